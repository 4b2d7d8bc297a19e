// A network of 1-10-1 bends to a parabola while you watch.
import { bytes, data, live, number } from "./base.js";
import { descend } from "./descend.js";

const HIDDEN = 10;
const floats = (text) => new Float32Array(bytes(text));
const ys = floats(data.y),
  count = ys.length;
// The places of numpy.linspace(-1, 1, count).
const xs = Array.from(ys, (_, i) => (i === count - 1 ? 1 : i * (2 / (count - 1)) - 1));
const starts = data.starts.map(floats);

// The parameters are one vector: ten weights, ten biases, ten weights, one bias.
const forward = (theta, x) => {
  let out = theta[3 * HIDDEN];
  for (let j = 0; j < HIDDEN; j++)
    out += theta[2 * HIDDEN + j] * Math.max(theta[j] * x + theta[HIDDEN + j], 0);
  return out;
};

function loss(theta) {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += (forward(theta, xs[i]) - ys[i]) ** 2;
  return sum / count;
}

/** Backpropagation: errors, then each slope by the chain rule. */
function gradient(theta) {
  const g = new Array(theta.length).fill(0),
    a = new Array(HIDDEN);
  for (let i = 0; i < count; i++) {
    const x = xs[i];
    let out = theta[3 * HIDDEN];
    for (let j = 0; j < HIDDEN; j++) {
      a[j] = Math.max(theta[j] * x + theta[HIDDEN + j], 0);
      out += theta[2 * HIDDEN + j] * a[j];
    }
    const delta = (2 / count) * (out - ys[i]);
    g[3 * HIDDEN] += delta;
    for (let j = 0; j < HIDDEN; j++) {
      if (a[j] <= 0) continue;
      const below = delta * theta[2 * HIDDEN + j];
      g[2 * HIDDEN + j] += delta * a[j];
      g[j] += below * x;
      g[HIDDEN + j] += below;
    }
  }
  return g;
}

/** A run that goes on where it stopped: `to(k)` returns the place after k steps, or at its end. */
function training(start, rate) {
  const points = [start];
  return {
    to(asked) {
      const k = Math.min(asked, data.steps);
      if (k >= points.length)
        points.push(
          ...descend(gradient, points.at(-1), {
            rate,
            maxSteps: k - points.length + 1,
          }).points.slice(1),
        );
      return points[Math.min(k, points.length - 1)];
    },
  };
}

const kinks = (theta) =>
  starts[0]
    .slice(0, HIDDEN)
    .map((_, j) => -theta[HIDDEN + j] / theta[j])
    .filter((x) => Math.abs(x) < 1);

const figure = live({
  settings: {
    rate: {
      label: "Learning rate *η*",
      log: 80,
      range: [0.01, 1],
      value: 0.1,
      also: () => ({ k: 0 }),
    },
    seed: {
      label: "Start again from seed",
      step: 1,
      range: [1, starts.length],
      value: 1,
      also: () => ({ k: 0 }),
    },
  },

  model: ({ rate, seed }) => training([...starts[seed - 1]], rate),
  walk: { length: () => data.steps, shown: 0, longest: 12000 },
  panes: { curve: { label: "The dots, and the broken line of the network", ratio: 0.6 } },

  draw({ curve }, s, n) {
    const theta = n.to(s.k);
    curve.frame({
      x: [-1, 1],
      y: [-1, 0.9],
      xlabel: "<tspan>x</tspan>",
      ylabel: "<tspan>y</tspan>",
    });
    const corners = [-1, ...kinks(theta).sort((a, b) => a - b), 1];
    curve.paint(
      curve.dots(
        [...ys].map((y, i) => [xs[i], y]),
        "data",
        1.4,
      ) +
        corners
          .slice(1, -1)
          .map((x) =>
            curve.line(
              [
                [x, -1],
                [x, 0.9],
              ],
              "thin secant",
            ),
          )
          .join("") +
        curve.line(
          corners.map((x) => [x, forward(theta, x)]),
          "path",
        ),
      s,
      n,
    );
  },

  words(s, n) {
    const theta = n.to(s.k),
      value = loss(theta);
    const noise = `The noise alone would leave about ${number(data.noise, 2)}.`;
    return (
      `After ${s.k} steps the loss is <b>${number(value, 4)}</b>. ${noise} ` +
      `${kinks(theta).length} of the ten kinks are in the picture (dotted).`
    );
  },
});
figure.loss = loss;
