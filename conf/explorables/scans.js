// What the figures on handwritten digits share: scans, their pictures, and what is made of outputs.
import { bytes, within } from "./base.js";

/** What the build packed, as 16-bit whole numbers of a unit. */
export const numbersOf = ({ unit, counts }) =>
  Array.from(new Int16Array(bytes(counts)), (count) => count * unit);

const SMALL = 8;
export const LARGE = 28;

/** How much each of 8 pixels in a row has to say in each of 28. */
const WIDEN = Array.from({ length: LARGE }, (_, i) => {
  const place = within(((i + 0.5) * SMALL) / LARGE - 0.5, [0, SMALL - 1]);
  return Array.from({ length: SMALL }, (_, k) => Math.max(1 - Math.abs(place - k), 0));
});

const times = (A, B) =>
  A.map((row) => B[0].map((_, k) => row.reduce((sum, a, j) => sum + a * B[j][k], 0)));
const turned = (A) => A[0].map((_, k) => A.map((row) => row[k]));
const square = (values) =>
  Array.from({ length: SMALL }, (_, i) => values.slice(i * SMALL, (i + 1) * SMALL));

/** 8 x 8 to 28 x 28, by linear interpolation between the middles of the pixels. */
export const enlarge = (values) => times(times(WIDEN, square(values)), turned(WIDEN)).flat();

/** Each pixel of 8 x 8 multiplied by its enlarged picture, where the whole enlarged picture is. */
const OVERLAP = times(turned(WIDEN), WIDEN);
export const overlap = (values) => times(times(OVERLAP, square(values)), OVERLAP).flat();

export function softmax(z) {
  const most = Math.max(...z),
    raised = Array.from(z, (value) => Math.exp(value - most));
  const sum = raised.reduce((a, b) => a + b);
  return raised.map((value) => value / sum);
}

export const share = (p) =>
  p > 0.999 ? "over 99.9 %" : p < 0.001 ? "under 0.1 %" : `${(100 * p).toFixed(1)} %`;

/** A path for each shade, of so many: the deeper, the farther from 0; "minus" below it. */
export const shades = (paths, look, most, width = 1.5) =>
  Object.entries(paths)
    .map(
      ([level, d]) =>
        `<path class="${look}${level < 0 ? " minus" : ""}" opacity="${Math.abs(level) / most}" stroke-width="${width}" d="${d}"/>`,
    )
    .join("");

/** Square pixels from −1 to 1, as few shapes: one path for each shade. */
export function pixels(pane, values, side, [left, top], size, look = "") {
  const cell = size / side,
    paths = {},
    shade = (row, column) => Math.round(8 * values[row * side + column]);
  for (let row = 0; row < side; row++) {
    const y = pane.Y(top - (row + 0.5) * cell);
    for (let from = 0, to; from < side; from = to) {
      const here = shade(row, from);
      for (to = from + 1; to < side && shade(row, to) === here; ) to++;
      if (here)
        paths[here] =
          `${paths[here] ?? ""}M${pane.X(left + from * cell)} ${y}H${pane.X(left + to * cell)}`;
    }
  }
  const tall = pane.Y(0) - pane.Y(cell);
  return shades(paths, `pixel ${look}`, 8, tall);
}
