// The loop of the book, once more, for the live figures: gdcore's `descend` in JavaScript.

/**
 * Walk from `start`, one step against the gradient at a time, until there is a reason to stop.
 *
 * A place is a number, or an array of them. `stop` has the method `before(x, g)` or
 * `after(previous, x)`, which returns why to stop, or nothing. It counts and ends as gdcore does.
 * With a `share` of its velocity kept, the ball has weight: gdcore's `Momentum`. Any other rule is
 * a function of the gradient and of k that returns the step.
 */
export function descend(
  gradient,
  start,
  { rate, share = 0, rule, stop = {}, maxSteps = 1000, stallAfter = 1 },
) {
  const points = [start],
    gradients = [];
  const ended = (outcome, reason = "") => ({ points, gradients, outcome, reason });
  let still = 0,
    v;
  for (let x = start, k = 0; k < maxSteps; k++) {
    const g = gradient(x, k);
    if (!finite(g)) return ended("diverged");
    gradients.push(g);
    let why = stop.before?.(x, g);
    if (why) return ended("stopped", why);

    const previous = x;
    v = rule ? rule(g, k) : share && k ? plus(g, v, share) : g;
    x = plus(x, v, rule ? -1 : -(typeof rate === "function" ? rate(k) : rate));
    if (!finite(x)) return ended("diverged");
    still = same(x, previous) ? still + 1 : 0;
    if (still === stallAfter) return ended("stalled");
    points.push(x);
    why = stop.after?.(previous, x);
    if (why) return ended("stopped", why);
  }
  return ended("step limit");
}

const plus = (x, v, times) =>
  Array.isArray(x) ? x.map((xi, i) => xi + times * v[i]) : x + times * v;
const finite = (x) => (Array.isArray(x) ? x.every(Number.isFinite) : Number.isFinite(x));
const same = (x, y) => (Array.isArray(x) ? x.every((xi, i) => xi === y[i]) : x === y);
