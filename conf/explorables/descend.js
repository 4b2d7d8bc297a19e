// The loop of the book, once more, for the live figures: gdcore's `descend` in JavaScript.

/**
 * Walk from `start`, one step against the gradient at a time, until there is a reason to stop.
 *
 * A place is a number, or an array of them. `stop` has the method `before(x, g)` or
 * `after(previous, x)`, which returns why to stop, or nothing. It counts and ends as gdcore does.
 */
export function descend(gradient, start, { rate, stop = {}, maxSteps = 1000, stallAfter = 1 }) {
  const points = [start],
    gradients = [];
  const ended = (outcome, reason = "") => ({ points, gradients, outcome, reason });
  let still = 0;
  for (let x = start, k = 0; k < maxSteps; k++) {
    const g = gradient(x, k);
    if (!finite(g)) return ended("diverged");
    gradients.push(g);
    let why = stop.before?.(x, g);
    if (why) return ended("stopped", why);

    const previous = x;
    x = step(x, g, typeof rate === "function" ? rate(k) : rate);
    if (!finite(x)) return ended("diverged");
    still = same(x, previous) ? still + 1 : 0;
    if (still === stallAfter) return ended("stalled");
    points.push(x);
    why = stop.after?.(previous, x);
    if (why) return ended("stopped", why);
  }
  return ended("step limit");
}

const step = (x, g, rate) => (Array.isArray(x) ? x.map((xi, i) => xi - rate * g[i]) : x - rate * g);
const finite = (x) => (Array.isArray(x) ? x.every(Number.isFinite) : Number.isFinite(x));
const same = (x, y) => (Array.isArray(x) ? x.every((xi, i) => xi === y[i]) : x === y);
