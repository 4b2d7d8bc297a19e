// A ball on a curve: where it starts, how far it goes, when it stops, and how that can go wrong. Three figures have one knob
// each and a challenge, the fourth has all.
import { curve, data, live, number, rounded } from "./base.js";
import { descend } from "./descend.js";

const { kind, tilt, delta, gap, max_steps: maxSteps } = data;

// A browser's ** may miss the last digit, on which a difference quotient depends, and a frozen run.
function square(x) {
  return x * x;
}

/** x³, rounded once, as C's `pow` gives it to gdcore. */
function cube(x) {
  const whole = square(x) * x;
  const rest = lost(square(x), x, whole) + lost(x, x, square(x)) * x;
  return Number.isFinite(whole + rest) ? whole + rest : whole;
}

/** What rounding took from a product (T. J. Dekker, 1971). */
function lost(a, b, product) {
  const high = (v) => {
    const big = 134217729 * v;
    return big - (big - v);
  };
  const [a1, b1] = [high(a), high(b)],
    [a2, b2] = [a - a1, b - b1];
  return a2 * b2 - (product - a1 * b1 - a2 * b1 - a1 * b2);
}

const LANDSCAPES = {
  parabola: {
    f: square,
    gradient: (x) => 2 * x,
    curvature: () => 2,
    x: [-5, 5],
    y: [-1, 25],
    minima: [0],
    start: { x: -4, rate: 0.1 },
    rates: [0.01, 2],
  },
  well: {
    f: (x) => square(x * x - 1) + tilt * x,
    gradient: (x) => 4 * x * (x * x - 1) + tilt,
    curvature: (x) => 12 * x * x - 4,
    x: [-1.75, 1.75],
    y: [-0.6, 3.5],
    minima: data.minima,
    start: { x: 0.1, rate: 0.05 },
    rates: [0.001, 1],
  },
  root: {
    f: (x) => square(cube(x) + 2 * x - 3),
    gradient: (x) => (cube(x) + 2 * x - 3) * (6 * (x * x) + 4),
    curvature: (x) => 30 * x ** 4 + 48 * x * x - 36 * x + 8,
    x: [-2.5, 5.5],
    y: [0, 30000],
    minima: [1],
    start: { x: 5, rate: 1e-4 },
    rates: [1e-5, 0.1],
    squeezed: true,
  },
  pit: {
    f: (x) => 1 - Math.exp(-square(x)),
    gradient: (x) => 2 * x * Math.exp(-square(x)),
    curvature: (x) => (2 - 4 * square(x)) * Math.exp(-square(x)),
    x: [-3.2, 3.2],
    y: [-0.1, 2.1],
    minima: [0],
  },
};

const STOPS = {
  change: (f, tolerance) => ({
    after: (previous, x) => {
      const change = Math.abs(f(x) - f(previous));
      return change < tolerance && `the last step changed the loss by only ${number(change, 3)}`;
    },
  }),
  step: (f, tolerance) => ({
    after: (previous, x) => Math.abs(x - previous) < tolerance && "the last step was short enough",
  }),
  slope: (f, tolerance) => ({
    before: (x, g) => Math.abs(g) < tolerance && "the slope used is small enough",
  }),
};
/** The rules as flags: what stands on each, what it claims, and how high it is. */
const FLAGS = [
  { name: "loss", says: "the loss hardly changes", top: 1.3 },
  { name: "step", says: "the step is short", top: 1.6 },
  { name: "slope", says: "the slope is small", top: 1.9 },
];

const ENDS = {
  stopped: ({ reason }) => `Stopped, since ${reason}.`,
  stalled: ({ slopes }) =>
    slopes.at(-1) ? "<b>Frozen</b>: a step changes nothing any more." : "At rest.",
  diverged: () => "<b>Diverged</b>: here the numbers end.",
  "step limit": () => "Still not done.",
};

/** What a run does on a parabola, where each step multiplies the distance from the vertex by `q`. */
function regime(q) {
  if (Math.abs(q) < 1e-9) return "one jump";
  if (q === -1) return "cycle";
  return q > 1 ? "run away" : q > 0 ? "creep" : q > -1 ? "hop" : "explode";
}

const endOf = ({ points }) => points.at(-1);
const inPit = (run) => Math.abs(endOf(run)) < 0.5;

/** What is special in the figures with one knob: their runs, when the challenge is met, and what they say. */
const KNOBS = {
  rate: {
    runs: (s, go) => [go(s.x, s.stop)],
    met: ([{ factors }]) => regime(factors[0]) === "one jump",
    words(s, { points, factors: [q] }) {
      const name = regime(q);
      return (
        `<b>${name[0].toUpperCase() + name.slice(1)}:</b> each step multiplies the distance to the star by ` +
        `1 − 2<i>η</i> = <b>${number(q)}</b>. After step ${s.k} the ball is at ${number(points[s.k], 3)}.`
      );
    },
  },
  start: {
    runs: (s, go) => [s.x, s.x + gap].map((x) => go(x, s.stop)),
    met: ([one, other]) => endOf(one) * endOf(other) < 0,
    words(s, { runs, met }) {
      const [one, other] = runs.map(({ points }) => number(points[s.k] ?? points.at(-1), 3));
      return (
        `They start at ${number(s.x, 3)} and ${number(s.x + gap, 3)}. After step ${s.k} they are at <b>${one}</b> and ` +
        `<b>${other}</b>, and in the end in ${met ? "<b>different valleys</b>" : "the same valley"}.`
      );
    },
  },
  stop: {
    runs: (s, go) => Object.keys(STOPS).map((stop) => go(s.x, stop)),
    // A little coarser, and not all three would get down.
    met: (runs, s, go) =>
      runs.every(inPit) &&
      !KNOBS.stop.runs(s, (x, stop) => go(x, stop, 1.5 * s.tolerance)).every(inPit),
    words(s, { runs }) {
      const ends = runs.map(
        (run, i) =>
          `“${FLAGS[i].says}” after ${run.steps} (${inPit(run) ? "in the pit" : "<b>on the plain</b>"})`,
      );
      return `Three rules stop the same ball. In steps: ${ends.join(", ")}.`;
    },
  },
};
const knob = KNOBS[kind];

live({
  settings: {
    landscape: {
      label: "Landscape",
      value: "parabola",
      options: { parabola: "x²", well: "two valleys", root: "(x³ + 2x − 3)²" },
      also: (value) => LANDSCAPES[value].start,
    },
    x: {
      label: "Start *x*₀",
      step: 0.01,
      value: (s) => LANDSCAPES[s.landscape].start.x,
      range: (s) => LANDSCAPES[s.landscape].x,
    },
    rate: {
      label: "Learning rate *η*",
      ...(knob ? { step: 0.01 } : { log: 115 }),
      value: (s) => LANDSCAPES[s.landscape].start.rate,
      range: (s) => (knob ? [0.01, 1.2] : LANDSCAPES[s.landscape].rates),
    },
    stop: {
      label: "Stop when",
      value: "change",
      options: {
        change: "change of loss < ε",
        step: "length of step < ε",
        slope: "size of slope < ε",
      },
    },
    tolerance: {
      label: "Tolerance *ε*",
      log: knob ? 50 : 80,
      range: knob ? [1e-6, 0.1] : [1e-8, 1],
      value: 1e-5,
    },
    by: {
      label: "Slope from",
      value: "formula",
      options: { formula: "the formula", difference: "a forward difference" },
    },
  },

  model(s) {
    const { f, gradient, curvature } = LANDSCAPES[s.landscape];
    const slope = s.by === "formula" ? gradient : (x) => (f(x + delta) - f(x)) / delta;
    const go = (x, stop, tolerance = s.tolerance) => {
      const run = descend(slope, x, { rate: s.rate, stop: STOPS[stop](f, tolerance), maxSteps });
      return {
        ...run,
        steps: run.points.length - 1,
        slopes: run.points.map(gradient),
        factors: run.points.map((x) => 1 - s.rate * curvature(x)),
      };
    };
    const runs = knob ? knob.runs(s, go) : [go(s.x, s.stop)];
    return { ...runs[0], runs, met: knob?.met(runs, s, go) };
  },

  walk: { length: ({ runs }) => Math.max(...runs.map(({ steps }) => steps)) },
  met: (_, { met }) => met,
  lines: knob ? 3 : 4,

  panes: {
    pane: {
      label: data.label ?? "A curve with the run, and the start to drag",
      ratio: 0.6,
      handles:
        knob && kind !== "start"
          ? []
          : [
              {
                name: "start",
                at: (s) => [s.x, height(s, s.x)],
                move: (x) => ({ x: rounded(x, 100) }),
              },
            ],
    },
  },

  draw({ pane }, s, n) {
    const { x, y, minima, squeezed } = LANDSCAPES[s.landscape];
    pane.frame({
      x,
      y: squeezed ? y.map(squeeze) : y,
      xlabel: "<tspan>x</tspan>",
      ylabel: squeezed ? "loss, squeezed" : "loss",
    });
    const marks = n.runs.map(({ points, steps }, i) => {
      const places = points.slice(0, s.k + 1).map((at) => [at, height(s, at)]),
        look = kind === "start" && i ? "tangent mark" : "path",
        [at] = places.at(-1);
      const beyond = at < x[0] ? [x[0], "◀ ", 8] : at > x[1] ? [x[1], "▶ ", -100] : undefined;
      return (
        pane.line(places, `${look} thin`) +
        pane.dots(places.slice(0, -1), look, 2.5) +
        (kind === "stop" && s.k >= steps ? flag(pane, places.at(-1), FLAGS[i]) : "") +
        pane.dots(places.slice(-1), look, 7) +
        (beyond
          ? pane.text(
              [beyond[0], (pane.y[0] + pane.y[1]) / 2],
              beyond[1] + number(at),
              "label path",
              [beyond[2], 0],
            )
          : "")
      );
    });
    pane.paint(
      curve(pane, (at) => height(s, at), "function") +
        marks.join("") +
        minima.map((at) => pane.star([at, height(s, at)])).join(""),
      s,
      n,
    );
  },

  words(s, n) {
    if (knob) return knob.words(s, n);
    const end = s.k === n.steps ? ENDS[n.outcome](n) : "";
    const factor = n.factors[s.k];
    return (
      `Step ${s.k}. ${end} The ball is at ${number(n.points[s.k], 6)}, where the slope is ${number(n.slopes[s.k], 3)}.` +
      (n.outcome === "stalled" && s.k === n.steps
        ? ""
        : ` A parabola this curved would mean: <b>${regime(factor)}</b>, since 1 − <i>η</i> <i>f</i>″ is ${number(factor)}.`)
    );
  },

  table: knob
    ? undefined
    : (s, n) => {
        const first = Math.max(s.k - 3, 0);
        const rows = [0, 1, 2, 3]
          .map((i) => first + i)
          .map(
            (k) =>
              `<tr><td>${k <= s.k ? k : ""}<td>${k <= s.k ? number(n.points[k], 8) : ""}<td>${k <= s.k && k in n.gradients ? number(n.gradients[k], 6) : ""}`,
          );
        return `<table><thead><tr><th><i>k</i><th><i>x</i><th>slope used</thead><tbody>${rows.join("")}</tbody></table>`;
      },
});

/** A pole on the curve with the name of a rule: here it stops the run. */
function flag(pane, [x, y], { name, top }) {
  const pole = [
    [x, y],
    [x, top],
  ];
  return pane.line(pole, "secant mark") + pane.text([x, top], name, "label", [5, 4]);
}

function squeeze(loss) {
  return Math.asinh(loss / 5);
}
function height({ landscape }, x) {
  const loss = LANDSCAPES[landscape].f(x);
  return LANDSCAPES[landscape].squeezed ? squeeze(loss) : loss;
}
