// A bowl, κ times as curved across as along, a walk down it, and the speed of each coordinate.
import { border, data, ellipse, equal, live, number, outside, rounded } from "./base.js";
import { descend } from "./descend.js";

const { tolerance, max_steps: maxSteps } = data;
const LOOKS = ["path", "tangent"],
  SIGNS = [
    ["x", "η"],
    ["y", "ηκ"],
  ];
// How far the contours reach across; the lower half is shaded, as on the other maps.
const SHADES = [0.3, 0.8, 1.4, 2.1],
  LEVELS = [2.9, 3.8, 4.8, 6.5, 9, 13, 19, 28];
// How long the axis of steps is, unless the run is shorter.
const ROOM = [10, 30, 100, 300, 1000];

live({
  settings: {
    rate: { label: "Learning rate *η*", log: 62, range: [0.002, 2.5], value: 0.18 },
    condition: { label: "Condition number *κ*", log: 60, range: [1, 100], value: 10 },
    x: { step: 0.05, range: [-4, 4], value: -3.6 },
    y: { step: 0.05, range: [-3, 3], value: 1 },
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
  lines: 3,

  panes: {
    map: {
      label: "Map of the bowl, with the start to drag",
      ratio: 0.75,
      style: "--part: 3; --narrow: 0.5; --flat: 0.5",
      keys: [0.05, 0.05],
      handles: [
        { at: ({ x, y }) => [x, y], move: (x, y) => ({ x: rounded(x, 20), y: rounded(y, 20) }) },
      ],
    },
    speed: {
      label: "How far x and y are from 0, step by step",
      ratio: 1.08,
      style: "--part: 1; --narrow: 0.45; --flat: 0.4",
    },
  },

  draw({ map, speed }, s, n) {
    const points = n.points.slice(0, s.k + 1),
      size = (v) => Math.log10(Math.max(Math.abs(v), 1e-9));
    map.frame(equal(map, 8.6, 6.4));
    const contours = (reaches, look) =>
      reaches.map((across) => ellipse(map, across, across / Math.sqrt(s.condition), look)).join("");
    map.paint(
      contours(SHADES, "shade") +
        contours(LEVELS, "level") +
        border(map) +
        map.line(points, "path thin") +
        map.dots(points, "path", 2) +
        map.star([0, 0]) +
        map.dots(points.slice(-1), "path", 6) +
        outside(map, points.at(-1), "path"),
      s,
      n,
    );
    speed.frame({
      x: [
        0,
        Math.min(
          Math.max(n.steps, 5),
          ROOM.find((steps) => steps >= s.k),
        ),
      ],
      y: [-4.5, 2],
      xlabel: "step",
      ylabel: "distance from 0",
      powers: true,
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
              i ? 22 : -6,
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
    const end = {
      stopped: `It arrives in step <b>${n.steps}</b> (gradient below ${number(tolerance)}).`,
      diverged: `The numbers overflow in step <b>${n.steps}</b>.`,
    };
    const each = n.factors.map(
      (factor, i) =>
        `<i>${SIGNS[i][0]}</i> <b>${n.points[0][i] ? how(Number(factor.toPrecision(12))) : "stays 0"}</b>: each step multiplies it by 1 − <i>${SIGNS[i][1]}</i> = ${number(factor)}.`,
    );
    return `${end[n.outcome] ?? `Not there after ${n.steps} steps.`} ${each.join(" ")} The best rate for any start is 2 / (1 + <i>κ</i>) = ${number(n.best, 3)}.`;
  },
});
