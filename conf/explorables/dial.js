// All directions from one place: how steep is each, and which is steepest by which ruler?
import { ellipse, equal, live, number, rounded, within } from "./base.js";

/** The size of a vector, and the largest slope that a direction of size 1 can have. */
const NORMS = {
  2: { size: (v) => Math.hypot(...v), steepest: (g) => Math.hypot(...g), corners: [] },
  inf: {
    size: (v) => Math.max(...v.map(Math.abs)),
    steepest: ([a, b]) => Math.abs(a) + Math.abs(b),
    corners: [45, 135, 225, 315],
  },
  1: {
    size: ([a, b]) => Math.abs(a) + Math.abs(b),
    steepest: (g) => Math.max(...g.map(Math.abs)),
    corners: [0, 90, 180, 270],
  },
};
/** How far the direction reaches on the map. */
const ARM = 1;
const unit = (degrees) => [Math.cos, Math.sin].map((f) => f((degrees * Math.PI) / 180));
const unnoisy = (v) => Number(v.toFixed(12));
const TURN = Array.from({ length: 181 }, (_, i) => 2 * i);

function way(degrees, norm) {
  const v = unit(degrees),
    size = NORMS[norm].size(v);
  return v.map((coordinate) => coordinate / size);
}

live({
  settings: {
    angle: {
      label: "Direction, 0° is east",
      step: 1,
      range: [0, 360],
      value: 120,
      write: (v) => `${number(v)}°`,
    },
    norm: {
      label: "Length by",
      value: "2",
      options: { 2: "the 2-norm", inf: "the ∞-norm", 1: "the 1-norm" },
    },
    x: { label: "Place *x*", step: 0.05, range: [-1.6, 1.6], value: 1 },
    y: { label: "Place *y*", step: 0.05, range: [-1.6, 1.6], value: 1 },
  },

  model({ x, y, angle, norm }) {
    const gradient = [3 * x, y],
      v = way(angle, norm);
    const size = Math.hypot(...gradient);
    const cosine = (gradient[0] * unit(angle)[0] + gradient[1] * unit(angle)[1]) / size;
    return {
      gradient,
      v,
      height: (3 * x * x + y * y) / 2,
      slope: gradient[0] * v[0] + gradient[1] * v[1],
      steepest: -NORMS[norm].steepest(gradient),
      between: (Math.acos(within(cosine, [-1, 1])) * 180) / Math.PI,
    };
  },

  side: true,
  met: (_, { slope, steepest }) => Math.abs(slope / steepest - 0.5) < 0.02,

  panes: {
    map: {
      label: "Map of a bowl, with a place and a direction to drag",
      ratio: 1,
      handles: [
        {
          name: "place",
          at: ({ x, y }) => [x, y],
          move: (x, y) => ({ x: rounded(x, 20), y: rounded(y, 20) }),
        },
        {
          name: "way",
          look: "diamond",
          at: ({ x, y }, { v }) => [x + ARM * v[0], y + ARM * v[1]],
          move: (toX, toY, { x, y }) => ({
            angle: Math.round((Math.atan2(toY - y, toX - x) * 180) / Math.PI + 360) % 360,
          }),
        },
      ],
    },
    slopes: { label: "The slope in each direction", ratio: 1 },
  },

  draw({ map, slopes }, s, n) {
    const here = [s.x, s.y],
      [gx, gy] = n.gradient,
      size = Math.hypot(gx, gy);
    const from = ([a, b], length) => [s.x + length * a, s.y + length * b];
    map.frame(equal(map, 4.4, 4.4));
    const oval = (height, look) =>
      ellipse(map, Math.sqrt((2 * height) / 3), Math.sqrt(2 * height), look);
    const level = size
      ? [
          [-3, 3].map((t) => from([-gy / size, gx / size], t)),
          [
            [0, 0],
            [gx / size, gy / size],
          ],
        ]
      : [];
    map.paint(
      [0.1, 0.4, 0.9, 1.6, 2.5, 3.6, 4.9].map((height) => oval(height, "shade")).join("") +
        oval(n.height, "thin function") +
        map.star([0, 0]) +
        (size
          ? map.line(level[0], "secant") +
            arrow(map, here, from([gx / size, gy / size], ARM)) +
            map.text(from([gx / size, gy / size], ARM / 2), "∇f", "label tangent middle", [0, -8])
          : "") +
        map.line(
          [...TURN, 0].map((angle) => from(way(angle, s.norm), ARM)),
          "thin data",
        ) +
        map.line([here, from(n.v, ARM)], "path"),
      s,
      n,
    );
    const at = (angle) => {
      const v = way(angle, s.norm);
      return gx * v[0] + gy * v[1];
    };
    const most = Math.max(-n.steepest * 1.15, 1e-3);
    slopes.frame({
      x: [0, 360],
      y: [-most, most],
      xlabel: "direction in degrees",
      ylabel: "slope",
    });
    slopes.paint(
      slopes.line(
        [
          [0, 0],
          [360, 0],
        ],
        "axis",
      ) +
        slopes.line(
          [
            [0, n.steepest],
            [360, n.steepest],
          ],
          "thin secant",
        ) +
        slopes.line(
          [...TURN, ...NORMS[s.norm].corners]
            .sort((a, b) => a - b)
            .map((angle) => [angle, at(angle)]),
          "function",
        ) +
        slopes.dots([[s.angle, n.slope]], "path", 6),
      s,
      n,
    );
  },

  words(s, n) {
    if (!Math.hypot(...n.gradient)) return "Here the gradient is (0, 0): level in every direction.";
    return (
      `The gradient is (${n.gradient.map((v) => number(v, 3)).join(", ")}). In this direction, ${number(n.between, 3)}° away from it, ` +
      `the slope is <b>${number(unnoisy(n.slope), 4)}</b>. The steepest way down by this norm has ${number(n.steepest, 4)} (dotted).` +
      (Math.abs(n.between - 90) < 0.51
        ? " You go along the tangent of the contour: (nearly) level."
        : "")
    );
  },
});

/** An arrow in the colour of gradients. */
function arrow(map, [x, y], [toX, toY]) {
  const [a, b] = [map.X(toX) - map.X(x), map.Y(toY) - map.Y(y)],
    turn = (Math.atan2(b, a) * 180) / Math.PI;
  return (
    map.line(
      [
        [x, y],
        [toX, toY],
      ],
      "tangent mark",
    ) +
    `<path class="tangent mark" transform="translate(${map.X(toX)} ${map.Y(toY)}) rotate(${turn.toFixed(1)})" d="M-8-5 0 0-8 5"/>`
  );
}
