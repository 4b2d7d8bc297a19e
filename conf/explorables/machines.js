// What more machines are worth, and what a ball does whose slopes arrive late.
import { data, live, number } from "./base.js";
import { descend } from "./descend.js";

const { machines, steps: maxSteps, compute, transfer } = data;
const START = 4;

/** The seconds of a step: the work is shared, and each machine's gradient has to arrive. */
const seconds = (n, latency) => compute / n + (n > 1 && latency + n * transfer);

/** Takes the slope of x²/2 at the place of some steps ago, or at the start. */
function stale(delay) {
  const seen = [];
  return (x) => seen[Math.max(seen.push(x) - 1 - delay, 0)];
}

live({
  settings: {
    n: { label: "Machines", step: 1, range: [1, machines], value: 16 },
    latency: {
      label: "Latency, in milliseconds",
      log: 100,
      range: [0.1, 100],
      value: 5,
      write: (ms) => number(ms, 2),
    },
    delay: { label: "Delay *τ*, in steps", step: 1, range: [0, 20], value: 3 },
    rate: { label: "Learning rate *η*", step: 0.01, range: [0.01, 2.2], value: 0.4 },
  },

  model({ latency, delay, rate }) {
    const speedups = Array.from(
      { length: machines },
      (_, i) => compute / seconds(i + 1, latency / 1000),
    );
    return {
      speedups,
      best: speedups.indexOf(Math.max(...speedups)) + 1,
      limit: 2 * Math.sin(Math.PI / (2 * (2 * delay + 1))),
      points: descend(stale(delay), START, { rate, maxSteps, stallAfter: delay + 1 }).points,
    };
  },

  lines: 4,
  pinned: true,
  met: ({ n }, { speedups }) => speedups[n - 1] >= data.times,

  panes: {
    speed: {
      label: "Speed-up against the number of machines, with the number to drag",
      ratio: 0.75,
      keys: [1, 0],
      handles: [
        {
          at: ({ n }, { speedups } = { speedups: [] }) => [n, speedups[n - 1]],
          move: (n) => ({ n: Math.round(n) }),
        },
      ],
    },
    run: { label: "Place of the ball against the step", ratio: 0.75 },
  },

  draw({ speed, run }, s, n) {
    const top = 1.3 * n.speedups[n.best - 1];
    speed.frame({ x: [0, machines], y: [0, top], xlabel: "machines", ylabel: "times as fast" });
    speed.paint(
      speed.line(
        [
          [0, 0],
          [machines, machines],
        ],
        "secant",
      ) +
        speed.line(
          n.speedups.map((times, i) => [i + 1, times]),
          "function",
        ) +
        speed.star([n.best, n.speedups[n.best - 1]]),
      s,
      n,
    );
    run.frame({ x: [0, maxSteps], y: [-6, 6], xlabel: "step", ylabel: "place" });
    const way = n.points.map((x, k) => [k, x]);
    run.paint(
      run.line(
        [
          [0, 0],
          [maxSteps, 0],
        ],
        "contour",
      ) +
        run.line(way, "path thin") +
        run.dots(way, "path mark", 2),
      s,
      n,
    );
  },

  words(s, n) {
    const below = Number((s.rate - n.limit).toFixed(12));
    const end = below < 0 ? "settles" : below > 0 ? "<b>flies away</b>" : "<b>never settles</b>";
    const one = s.n === 1 ? "One machine needs" : `${s.n} machines need`;
    return (
      `${one} ${number(1000 * seconds(s.n, s.latency / 1000), 3)} ms for a step: ` +
      `<b>${number(n.speedups[s.n - 1], 3)} times</b> as fast as one. ` +
      `The most is ${number(n.speedups[n.best - 1], 3)} times, with ${n.best}. ` +
      `With delay ${s.delay} the rate must stay below ${number(n.limit, 3)}: with ${number(s.rate, 3)} the ball ${end}.`
    );
  },
});
