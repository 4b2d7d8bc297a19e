// One program, three batch sizes: one bean at a time, some, and all at once. A place on the map is a line through the beans.
import { data, live, number, rounded } from "./base.js";
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

const stepsPerEpoch = (batchSize) => Math.ceil(count / batchSize);

/** The beans of step k. Every epoch deals them all out once, in an order that gdcore's generator has drawn. */
function batch(batchSize, k) {
  const perEpoch = stepsPerEpoch(batchSize),
    first = (k % perEpoch) * batchSize;
  return order[Math.floor(k / perEpoch)].slice(first, first + batchSize);
}

function train(batchSize, { w, b, rate, falls }) {
  const perEpoch = stepsPerEpoch(batchSize),
    halfAfter = 2 * perEpoch;
  return descend((theta, k) => gradient(theta, batch(batchSize, k)), [w, b], {
    rate: falls ? (k) => (1 / (1 + k / halfAfter)) * rate : rate,
    maxSteps: epochs * perEpoch,
    stallAfter: 2 * perEpoch - 1,
  });
}

const LOOKS = ["data thin", "path", "tangent"];
const floor = loss(minimum);
/** The means of the sizes and of their squares, which shape the contours. */
const MOMENTS = [1, 2].map((power) => xs.reduce((sum, x) => sum + x ** power, 0) / count);
/** By how much a line's loss is above the best one; quicker than asking all beans. */
function above([w, b]) {
  const [u, v] = [w - minimum[0], b - minimum[1]],
    [x1, xx] = MOMENTS;
  return (xx - x1 * x1) * u * u + (x1 * u + v) ** 2; // two squares: no overflow is no number
}
const through = ([w, b]) => [0, 1.1].map((x) => [x, w * x + b]);

live({
  settings: {
    batch: { label: "Beans for each step", step: 1, range: [1, count], value: 10 },
    rate: { label: "Learning rate *η*", log: 100, range: [0.01, 2], value: 0.2 },
    falls: { label: "Let the rate fall: to a half after 2 rounds, a third after 4", value: false },
    w: { step: 0.01, range: [-0.3, 1.5], value: 0 },
    b: { step: 0.01, range: [-0.15, 1.05], value: 0 },
  },

  model(s) {
    const sizes = [1, s.batch, count],
      runs = sizes.map((size) => train(size, s));
    return {
      paths: runs.map(({ points }) => points),
      outcomes: runs.map(({ outcome }) => outcome),
      losses: runs.map(({ points }) => loss(points.at(-1))),
      floor,
      // At most 20 of the steps of a round, its end among them: no more can be told apart.
      falls: runs.map(({ points }, i) => {
        const perEpoch = stepsPerEpoch(sizes[i]),
          every = Math.max(1, Math.floor(perEpoch / 10));
        return points
          .map((theta, k) => [k, theta])
          .filter(([k]) => (k % perEpoch) % every === 0)
          .map(([k, theta]) => [k / perEpoch, Math.log10(Math.max(above(theta), 1e-9))]);
      }),
    };
  },

  walk: { length: ({ paths }) => paths[1].length - 1 },
  side: true,
  buttons: {
    "Draw one bean": ({ batch, k }, { paths }) =>
      batch === 1 && k < paths[1].length - 1 ? { k: k + 1 } : { batch: 1, k: 1 },
  },

  panes: {
    line: { label: "The beans, and the line that the numbers mean", ratio: 0.42 },
    map: {
      label: "Map of all lines by slope and intercept, with the start to drag",
      ratio: 0.85,
      keys: [0.01, 0.01],
      handles: [
        {
          name: "start",
          at: ({ w, b }) => [w, b],
          move: (w, b) => ({ w: rounded(w, 100), b: rounded(b, 100) }),
        },
      ],
    },
    race: { label: "How far the loss is above the best one", ratio: 0.85 },
  },

  draw({ line, map, race }, s, n) {
    const rounds = s.k / stepsPerEpoch(s.batch);
    const ks = [1, s.batch, count].map((size) => Math.floor(rounds * stepsPerEpoch(size) + 1e-9));
    const [now, before] = [s.k, Math.max(s.k - 1, 0)].map((k) => n.paths[1][k]);
    const drawn = s.k ? batch(s.batch, s.k - 1) : [];
    const beans = (which) => which.map((i) => [xs[i], ys[i]]);

    line.frame({
      x: [0, 1.05],
      y: [0, 1.5],
      xlabel: "size <tspan>x</tspan>",
      ylabel: "toxicity <tspan>y</tspan>",
    });
    line.paint(
      line.dots(beans([...xs.keys()]), "data", 1.6) +
        line.line(through(minimum), "best") +
        line.line(through(before), "path thin") +
        drawn
          .map((i) =>
            line.line(
              [
                [xs[i], before[0] * xs[i] + before[1]],
                [xs[i], ys[i]],
              ],
              "path thin",
            ),
          )
          .join("") +
        line.dots(beans(drawn), "path", 3.5) +
        line.line(through(now), "path"),
      s,
      n,
    );

    map.frame({
      x: [-0.3, 1.6],
      y: [-0.2, 1.1],
      xlabel: "slope <tspan>w</tspan>",
      ylabel: "intercept <tspan>b</tspan>",
    });
    map.paint(
      [0.002, 0.01, 0.03, 0.07, 0.13, 0.22, 0.35]
        .map((excess) => map.line(contour(excess), "shade"))
        .join("") +
        n.paths
          .map((path, i) => {
            const walked = path.slice(0, ks[i] + 1);
            return map.line(walked, LOOKS[i]) + map.dots(walked.slice(-1), `${LOOKS[i]} mark`, 6);
          })
          .join("") +
        map.star(minimum),
      s,
      n,
    );

    race.frame({
      x: [0, epochs],
      y: [-5, 0.5],
      powers: true,
      xlabel: "rounds (epochs)",
      ylabel: "loss above the best",
    });
    race.paint(
      n.falls
        .map((fall, i) => {
          const seen = fall.filter(([round]) => round <= rounds + 1e-9);
          return race.line(seen, LOOKS[i]) + race.dots(seen.slice(-1), `${LOOKS[i]} mark`, 4);
        })
        .join(""),
      s,
      n,
    );
  },

  words(s, n) {
    const rounds = s.k / stepsPerEpoch(s.batch);
    const ends = n.paths.map((path, i) => {
      const k = Math.floor(rounds * stepsPerEpoch([1, s.batch, count][i]) + 1e-9);
      return n.outcomes[i] === "diverged" && k >= path.length
        ? "the numbers end"
        : number(loss(path[Math.min(k, path.length - 1)]) - floor, 3);
    });
    return (
      `After ${number(rounds, 3)} rounds the loss is above the best one by <b>${ends[1]}</b> with ` +
      `<b>${s.batch}</b> at a time (thick), ${ends[0]} one at a time (thin), ${ends[2]} all at once (dashed).`
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
