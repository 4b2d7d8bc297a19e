// One program, three batch sizes: one bean at a time, some, and all at once.
import { data, live, number } from "./base.js";
import { descend } from "./descend.js";

const { size: xs, toxicity: ys, orders, minimum } = data;
const count = xs.length,
  epochs = orders.length;
const order = orders.map((word) => [...word].map((c) => c.charCodeAt(0) - 35));

function gradient([w, b], batch) {
  let [alongW, alongB] = [0, 0];
  for (const i of batch) {
    const error = w * xs[i] + b - ys[i];
    alongW += error * xs[i];
    alongB += error;
  }
  return [(2 * alongW) / batch.length, (2 * alongB) / batch.length];
}

function loss([w, b]) {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += (w * xs[i] + b - ys[i]) ** 2;
  return sum / count;
}

/** Every epoch deals out the beans once, in an order that gdcore's generator has drawn. */
function train(batchSize, rate, falls) {
  const perEpoch = Math.ceil(count / batchSize);
  const halfAfter = 2 * perEpoch;
  const batch = (k) => {
    const first = (k % perEpoch) * batchSize;
    return order[Math.floor(k / perEpoch)].slice(first, first + batchSize);
  };
  return descend((theta, k) => gradient(theta, batch(k)), [0, 0], {
    rate: falls ? (k) => (1 / (1 + k / halfAfter)) * rate : rate,
    maxSteps: epochs * perEpoch,
    stallAfter: 2 * perEpoch - 1,
  });
}

const LOOKS = ["data thin", "path", "tangent"];
const floor = loss(minimum);
/** The means of the sizes and of their squares, which shape the contours. */
const MOMENTS = [1, 2].map((power) => xs.reduce((sum, x) => sum + x ** power, 0) / count);

live({
  settings: {
    batch: { label: "Beans for each step", step: 1, range: [1, count], value: 10 },
    rate: { label: "Learning rate *η*", log: 100, range: [0.01, 2], value: 0.2 },
    falls: { label: "The rate falls: half after 2 rounds, a third after 4", value: false },
  },

  model({ batch, rate, falls }) {
    const runs = [1, batch, count].map((size) => train(size, rate, falls));
    return {
      paths: runs.map(({ points }) => points),
      outcomes: runs.map(({ outcome }) => outcome),
      losses: runs.map(({ points }) => loss(points.at(-1))),
      floor,
    };
  },

  panes: { map: { ratio: 0.85 }, race: { ratio: 0.85 } },

  draw({ map, race }, s, n) {
    const sizes = [1, s.batch, count];
    map.frame({
      x: [-0.3, 1.6],
      y: [-0.2, 1.1],
      xlabel: "slope <tspan>w</tspan>",
      ylabel: "intercept <tspan>b</tspan>",
    });
    map.paint(
      [0.002, 0.01, 0.03, 0.07, 0.13, 0.22, 0.35]
        .map((excess) => map.line(contour(excess), "contour"))
        .join("") +
        n.paths
          .map((path, i) => map.line(path, LOOKS[i]) + map.dots(path.slice(-1), LOOKS[i], 6))
          .join("") +
        map.star(minimum),
      s,
      n,
    );
    race.frame({
      x: [0, epochs],
      y: [-5, 0.5],
      xlabel: "rounds through all beans",
      ylabel: "loss above the best, powers of 10",
    });
    race.paint(
      n.paths
        .map((path, i) => {
          // At most 20 of the steps of a round, its end among them: no more can be told apart.
          const perEpoch = Math.ceil(count / sizes[i]),
            every = Math.max(1, Math.floor(perEpoch / 10));
          const kept = path
            .map((theta, k) => [k, theta])
            .filter(([k]) => (k % perEpoch) % every === 0);
          return race.line(
            kept.map(([k, theta]) => [
              k / perEpoch,
              Math.log10(Math.max(loss(theta) - floor, 1e-9)),
            ]),
            LOOKS[i],
          );
        })
        .join(""),
      s,
      n,
    );
  },

  words(s, n) {
    const names = [
      "one at a time (thin)",
      `<b>${s.batch} at a time</b> (thick)`,
      "all at once (dashed)",
    ];
    const ends = n.losses.map(
      (value, i) =>
        `${names[i]} ${n.outcomes[i] === "diverged" ? "the numbers end" : number(value - floor, 3)}`,
    );
    return (
      `After ${epochs} rounds the loss is above the best one by: ${ends.join("; ")}. The same learning rate for all, ` +
      `and ${n.paths.map((path) => path.length - 1).join(", ")} steps.`
    );
  },
});

/** Where the loss is higher than at the minimum by so much: an ellipse, since the loss is a parabola along every line. */
function contour(excess) {
  const [x1, xx] = MOMENTS;
  // xx u² + 2 x1 u v + v² = excess, by completing the square in v
  return Array.from({ length: 73 }, (_, i) => {
    const angle = (i * Math.PI) / 36,
      u = (Math.sqrt(excess) * Math.cos(angle)) / Math.sqrt(xx - x1 * x1);
    return [minimum[0] + u, minimum[1] - x1 * u + Math.sqrt(excess) * Math.sin(angle)];
  });
}
