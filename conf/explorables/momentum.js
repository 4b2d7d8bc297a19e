// A ball with weight races one without, and all settings that it could have lie in a plane.
import { border, data, ellipse, equal, live, number, outside, rounded } from "./base.js";
import { descend } from "./descend.js";

const { condition, max_steps: maxSteps, labelled, regions } = data;
const CURVATURES = [1, condition];
const RATES = [0.001, 0.16],
  SHARES = [0, 0.99];
const distance = (p) => Math.hypot(...p);
const loss = ([x, y]) => (x * x + condition * y * y) / 2;

/** The size of the larger solution of r² − (1 + β − ηλ) r + β = 0. */
function solution(rate, share, curvature) {
  const a = 1 + share - rate * curvature,
    d = a * a - 4 * share;
  return d < 0 ? Math.sqrt(share) : (Math.abs(a) + Math.sqrt(d)) / 2;
}
const radius = (rate, share) => Math.max(...CURVATURES.map((c) => solution(rate, share, c)));

/** By what a step multiplied the distance: the farthest of the last third against the third before. */
function pace(points) {
  const third = Math.floor(maxSteps / 3);
  const farthest = (end) => Math.max(...points.slice(end - third + 1, end + 1).map(distance));
  return (farthest(maxSteps) / farthest(maxSteps - third)) ** (1 / third);
}

live({
  settings: {
    rate: { label: "Learning rate *η*", step: 0.001, range: RATES, value: 0.01 },
    share: { label: "Share of the velocity kept, *β*", step: 0.01, range: SHARES, value: 0.8 },
    x: { step: 0.05, range: [-4, 4], value: -3.6 },
    y: { step: 0.05, range: [-1.5, 1.5], value: 1 },
  },

  model({ x, y, rate, share }) {
    const [heavy, plain] = [share, 0].map(
      (kept) =>
        descend(([x, y]) => [x, condition * y], [x, y], { rate, share: kept, maxSteps }).points,
    );
    return {
      heavy,
      plain,
      losses: [heavy, plain].map((points) => points.map(loss)),
      radii: [radius(rate, share), radius(rate, 0)],
      pace: pace(heavy),
    };
  },

  walk: { length: ({ heavy }) => heavy.length - 1 },
  lines: 3,

  panes: {
    map: {
      label: "Map of a long valley, with the start to drag",
      ratio: 0.75,
      keys: [0.05, 0.05],
      handles: [
        { at: ({ x, y }) => [x, y], move: (x, y) => ({ x: rounded(x, 20), y: rounded(y, 20) }) },
      ],
    },
    plane: {
      label: "Plane of all settings, with the point to drag",
      ratio: 0.75,
      keys: [0.001, 0.01],
      handles: [
        {
          at: ({ rate, share }) => [rate, share],
          move: (rate, share) => ({ rate: rounded(rate, 1000), share: rounded(share, 100) }),
        },
      ],
    },
  },

  draw({ map, plane }, s, n) {
    map.frame(equal(map, 8.4, 3.4));
    const [right, [bottom, top]] = [map.x[1], map.y];
    const ball = (points, look, name) => {
      const walked = points.slice(0, s.k + 1);
      return (
        map.line(walked, `${look} thin as-${name}`) +
        map.dots(walked, `${look} mark`, 1.5) +
        map.dots(walked.slice(-1), `${look} mark`, 6) +
        outside(map, walked.at(-1), look)
      );
    };
    map.paint(
      [0.35, 0.8, 1.4, 2.1, 2.9, 3.8]
        .map((across) => ellipse(map, across, across / Math.sqrt(condition), "shade"))
        .join("") +
        [5.5, 8, 11, 14]
          .map((across) => ellipse(map, across, across / Math.sqrt(condition), "level"))
          .join("") +
        border(map) +
        map.star([0, 0]) +
        ball(n.plain, "tangent", "without") +
        ball(n.heavy, "path", "with-weight") +
        map.text([right, top], "with weight", "label path end", [-8, 18]) +
        map.text([right, bottom], "without", "label tangent end", [-8, -9]),
      s,
      n,
    );

    plane.frame({
      x: [0, RATES[1]],
      y: [0, 1],
      xlabel: "learning rate <tspan>η</tspan>",
      ylabel: "share kept, <tspan>β</tspan>",
    });
    plane.paint(
      regions.map(({ corners }) => plane.line([...corners, corners[0]], "shade")).join("") +
        regions
          .filter(({ factor }) => labelled.includes(factor))
          .map(({ factor, corners: [, [left, top], [right]] }) =>
            plane.text([(left + right) / 2, top], factor, "middle", [0, 14]),
          )
          .join("") +
        plane.text([RATES[1], 0], "flies away", "end", [0, -8]),
      s,
      n,
    );
  },

  words(s, n) {
    const [heavy, plain] = n.losses.map((losses) => losses[Math.min(s.k, losses.length - 1)]);
    const [factor, without] = n.radii.map((r) => Number(r.toFixed(12)));
    const notes = [
      Number.isFinite(n.pace) && `seen here: ${number(n.pace, 3)}`,
      factor > 1 ? "<b>it flies away</b>" : factor === 1 && "it never settles",
    ].filter(Boolean);
    return (
      `After ${s.k} steps the loss is <b>${number(heavy, 3)}</b> with weight, <b>${number(plain, 3)}</b> without. ` +
      `In the long run a step multiplies the distance by <b>${number(factor, 3)}</b>` +
      `${notes.length ? ` (${notes.join(", ")})` : ""}, without weight by ${number(without, 3)}.`
    );
  },
});
