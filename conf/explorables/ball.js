// A ball on a curve: where it starts, how far it goes, when it stops, and how that can go wrong.
import { curve, data, live, number, rounded } from "./base.js";
import { descend } from "./descend.js";

const { tilt, delta, max_steps: maxSteps, brief } = data;

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
};

const STOPS = {
  change: (f, tolerance) => ({
    after: (previous, x) => {
      const change = Math.abs(f(x) - f(previous));
      return change < tolerance && `the last step changed the loss by only ${number(change, 3)}`;
    },
  }),
  slope: (f, tolerance) => ({
    before: (x, g) => Math.abs(g) < tolerance && "the slope used is small enough",
  }),
};

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
      log: 115,
      value: (s) => LANDSCAPES[s.landscape].start.rate,
      range: (s) => LANDSCAPES[s.landscape].rates,
    },
    stop: {
      label: "Stop when",
      value: "change",
      options: { change: "change of loss < ε", slope: "size of slope < ε" },
    },
    tolerance: { label: "Tolerance *ε*", log: 80, range: [1e-8, 1], value: 1e-5 },
    by: {
      label: "Slope from",
      value: "formula",
      options: { formula: "the formula", difference: "a forward difference" },
    },
  },

  model(s) {
    const { f, gradient, curvature } = LANDSCAPES[s.landscape];
    const slope = s.by === "formula" ? gradient : (x) => (f(x + delta) - f(x)) / delta;
    const run = descend(slope, s.x, {
      rate: s.rate,
      stop: STOPS[s.stop](f, s.tolerance),
      maxSteps,
    });
    return {
      ...run,
      steps: run.points.length - 1,
      slopes: run.points.map(gradient),
      factors: run.points.map((x) => 1 - s.rate * curvature(x)),
    };
  },

  walk: { length: (n) => n.steps },

  panes: {
    pane: {
      ratio: 0.6,
      handles: [{ at: (s) => [s.x, height(s, s.x)], move: (x) => ({ x: rounded(x, 100) }) }],
    },
  },

  draw({ pane }, s, n) {
    const { x, y, minima, squeezed } = LANDSCAPES[s.landscape],
      now = n.points[s.k];
    const places = n.points.slice(0, s.k + 1).map((at) => [at, height(s, at)]);
    pane.frame({
      x,
      y: squeezed ? y.map(squeeze) : y,
      xlabel: "<tspan>x</tspan>",
      ylabel: squeezed ? "loss, squeezed" : "loss",
    });
    const beyond = now < x[0] ? [x[0], "◀ ", 8] : now > x[1] ? [x[1], "▶ ", -100] : undefined;
    pane.paint(
      curve(pane, (at) => height(s, at), "function") +
        minima.map((at) => pane.star([at, height(s, at)])).join("") +
        pane.line(places, "path thin") +
        pane.dots(places.slice(0, -1), "path", 2.5) +
        pane.dots(places.slice(-1), "path", 7) +
        (beyond
          ? pane.text(
              [beyond[0], (pane.y[0] + pane.y[1]) / 2],
              beyond[1] + number(now),
              "label path",
              [beyond[2], 0],
            )
          : ""),
      s,
      n,
    );
  },

  words(s, n) {
    const end = s.k === n.steps ? ENDS[n.outcome](n) : "";
    const factor = n.factors[s.k];
    return (
      `Step ${s.k}. ${end} The ball is at ${number(n.points[s.k], 6)}, where the slope is ${number(n.slopes[s.k], 3)}.` +
      (brief || (n.outcome === "stalled" && s.k === n.steps)
        ? ""
        : ` Regime of a parabola as curved as here: <b>${regime(factor)}</b>, since 1 − <i>η</i> <i>f</i>″ is ${number(factor)}.`)
    );
  },

  table: brief
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

function squeeze(loss) {
  return Math.asinh(loss / 5);
}
function height({ landscape }, x) {
  const loss = LANDSCAPES[landscape].f(x);
  return LANDSCAPES[landscape].squeezed ? squeeze(loss) : loss;
}
