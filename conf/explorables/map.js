// A bowl, κ times as curved across as along, a walk down it, and the speed of each coordinate.
import { data, ellipse, equal, live, number, rounded } from "./base.js";
import { descend } from "./descend.js";

const { tolerance, max_steps: maxSteps } = data;
const LOOKS = ["path", "tangent"],
  SIGNS = [
    ["x", "η"],
    ["y", "ηκ"],
  ];

live({
  settings: {
    x: { label: "Start *x*₀", step: 0.05, range: [-4, 4], value: -3.6 },
    y: { label: "Start *y*₀", step: 0.05, range: [-3, 3], value: 1 },
    condition: { label: "Condition number *κ*", log: 60, range: [1, 100], value: 10 },
    rate: { label: "Learning rate *η*", log: 62, range: [0.002, 2.5], value: 0.18 },
  },

  model({ x, y, condition, rate }) {
    const small = { before: (_, [gx, gy]) => Math.hypot(gx, gy) < tolerance };
    const run = descend(([x, y]) => [x, condition * y], [x, y], { rate, stop: small, maxSteps });
    return {
      ...run,
      steps: run.points.length - 1,
      factors: [1 - rate, 1 - rate * condition],
      best: 2 / (1 + condition),
    };
  },

  walk: { length: ({ steps }) => steps },

  panes: {
    map: {
      label: "Map of a bowl with the run, and the start to drag",
      ratio: 0.75,
      handles: [
        { at: ({ x, y }) => [x, y], move: (x, y) => ({ x: rounded(x, 20), y: rounded(y, 20) }) },
      ],
    },
    speed: { label: "Distance of each coordinate from 0 after each step", ratio: 0.75 },
  },

  draw({ map, speed }, s, n) {
    const points = n.points.slice(0, s.k + 1),
      size = (v) => Math.log10(Math.max(Math.abs(v), 1e-9));
    map.frame(equal(map, 8.6, 6.4));
    const contours = [0.3, 0.8, 1.4, 2.1, 2.9, 3.8, 4.8].map((across) =>
      ellipse(map, across, across / Math.sqrt(s.condition), "contour"),
    );
    map.paint(
      contours.join("") +
        map.star([0, 0]) +
        map.line(points, "path thin") +
        map.dots(points, "path", 2) +
        map.dots(points.slice(-1), "path", 6),
      s,
      n,
    );
    speed.frame({
      x: [0, Math.max(n.steps, 5)],
      y: [-4.5, 1.5],
      xlabel: "step",
      ylabel: "distance from 0, powers of 10",
    });
    speed.paint(
      [0, 1]
        .map((i) =>
          speed.line(
            points.map((p, k) => [k, size(p[i])]),
            LOOKS[i],
          ),
        )
        .join("") +
        [0, 1]
          .map((i) =>
            speed.text([0, size(n.points[0][i])], SIGNS[i][0], `label ${LOOKS[i]}`, [
              8,
              i ? 14 : -6,
            ]),
          )
          .join(""),
      s,
      n,
    );
  },

  words(s, n) {
    const how = (factor) =>
      factor > 0
        ? "creeps"
        : factor === 0
          ? "jumps"
          : factor > -1
            ? "hops"
            : factor === -1
              ? "cycles"
              : "explodes";
    const each = n.factors.map(
      (factor, i) =>
        `<i>${SIGNS[i][0]}</i> <b>${n.points[0][i] ? how(Number(factor.toPrecision(12))) : "stays 0"}</b>: each step multiplies it by 1 − <i>${SIGNS[i][1]}</i> = ${number(factor)}.`,
    );
    const end = {
      stopped: `It arrives in step <b>${n.steps}</b> (gradient below ${number(tolerance)}).`,
      diverged: `The numbers end in step ${n.steps}.`,
    };
    return `${each.join(" ")} ${end[n.outcome] ?? `Not there after ${n.steps} steps.`} For all starts together the best rate is 2 / (1 + <i>κ</i>) = ${number(n.best, 3)}.`;
  },
});
