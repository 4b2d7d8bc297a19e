// A point on a curve, a second one Δx further on, and the line through both.
import { curve, live, number, rounded } from "./base.js";

const CURVES = {
  parabola: { f: (x) => x * x, slope: (x) => 2 * x, y: [-1.5, 7] },
  wave: { f: (x) => (x * x * x) / 3 - x, slope: (x) => x * x - 1, y: [-4, 4] },
  corner: { f: Math.abs, slope: (x) => (x === 0 ? NaN : Math.sign(x)), y: [-1.5, 3.5] },
};

live({
  settings: {
    curve: {
      label: "Curve",
      value: "parabola",
      options: { parabola: "x²", wave: "x³/3 − x", corner: "|x|" },
    },
    x: { label: "Place *x*", step: 0.01, range: [-3, 3], value: 1 },
    zoom: {
      label: "Zoom",
      log: 40,
      range: [1, 100],
      value: 1,
      write: (v) => `${number(v, 2)} times`,
    },
    // In parts of the window, so that zooming in makes it shorter.
    reach: {
      label: "Step Δ*x*",
      step: 0.01,
      range: [-2, 2],
      value: 1.5,
      write: (v, { zoom }) => number(v / zoom),
    },
  },

  model({ curve, x, reach, zoom }) {
    const { f, slope } = CURVES[curve],
      dx = reach / zoom;
    return {
      dx,
      height: f(x),
      next: f(x + dx),
      quotient: (f(x + dx) - f(x)) / dx,
      slope: slope(x),
    };
  },

  met: ({ curve }, { quotient, slope }) => curve !== "corner" && Math.abs(quotient - slope) < 0.01,

  panes: {
    pane: {
      label: "A curve with the secant through two points to drag, and the tangent at the first",
      ratio: 0.6,
      handles: [
        {
          name: "<tspan>x</tspan>",
          at: ({ x }, { height }) => [x, height],
          move: (x) => ({ x: rounded(x, 100) }),
        },
        {
          name: "<tspan>x</tspan> + Δ<tspan>x</tspan>",
          look: "diamond",
          at: ({ x }, { dx, next }) => [x + dx, next],
          move: (to, _, { x, zoom }) => ({ reach: rounded((to - x) * zoom, 100) }),
        },
      ],
    },
  },

  draw({ pane }, s, n) {
    const { f, y } = CURVES[s.curve],
      near = 1 - 1 / s.zoom,
      middle = (y[0] + y[1]) / 2;
    const around = (centre, half) => [centre - half / s.zoom, centre + half / s.zoom];
    const window = {
      x: around(near * s.x, 3.6),
      y: around(middle + near * (n.height - middle), (y[1] - y[0]) / 2),
    };
    const through = (slope, look) =>
      Number.isFinite(slope)
        ? pane.line(
            window.x.map((to) => [to, n.height + slope * (to - s.x)]),
            look,
          )
        : "";
    pane.frame({ ...window, xlabel: "<tspan>x</tspan>", ylabel: "<tspan>y</tspan>" });
    pane.paint(
      curve(pane, f, "function") +
        through(n.slope, "tangent") +
        through(n.quotient, "secant") +
        pane.line(
          [
            [s.x, n.height],
            [s.x + n.dx, n.height],
            [s.x + n.dx, n.next],
          ],
          "thin data",
        ),
      s,
      n,
    );
  },

  words(s, n) {
    const rise = n.next - n.height;
    const quotient = n.dx
      ? `${number(rise)} / ${number(n.dx)} = <b>${number(n.quotient, 6)}</b>`
      : "0 / 0, which is no number";
    const tangent = Number.isFinite(n.slope)
      ? `The tangent (dashed) has the slope <b>${number(n.slope, 6)}</b>` +
        (n.dx
          ? `: the secant is off by ${number(Number((n.quotient - n.slope).toFixed(9)), 3)}.`
          : ".")
      : "There is no tangent: zoom in, and the corner stays a corner.";
    return `Slope of the secant (dotted): Δ<i>y</i> / Δ<i>x</i> = ${quotient}. ${tangent}`;
  },
});
