// A digit, drawn or scanned, on its way through the network of 784-16-16-10 that the build trained.
import { bytes, data, live, within } from "./base.js";

const SIZES = [784, 16, 16, 10];
const { scans, labels } = data;
const GRID = 32,
  BOX = [20, 32],
  PEN = 0.07,
  SMALL = 8,
  LARGE = 28;

// --- The network. For each neuron of the first layer the page holds a picture of 8 x 8, which makes its weights when
// it is enlarged.

const { unit, counts } = data.weights;
const numbers = Array.from(new Int16Array(bytes(counts)), (count) => count * unit),
  rows = Array.from({ length: 16 }, (_, j) => enlarge(numbers.slice(64 * j, 64 * (j + 1))));
const theta = Float32Array.from([...rows.flat(), ...numbers.slice(16 * 64)]);

/** What every layer returns; the last one without a bend. */
function activations(picture) {
  const layers = [picture];
  for (let l = 1, at = 0; l < SIZES.length; l++) {
    const before = SIZES[l - 1],
      after = SIZES[l],
      biases = at + before * after;
    const out = new Float32Array(after);
    for (let j = 0; j < after; j++) {
      let z = theta[biases + j];
      for (let i = 0; i < before; i++) z += theta[at + j * before + i] * layers[l - 1][i];
      out[j] = l < SIZES.length - 1 ? Math.max(z, 0) : z;
    }
    layers.push(out);
    at = biases + after;
  }
  return layers.slice(1);
}

function softmax(z) {
  const most = Math.max(...z),
    raised = Array.from(z, (value) => Math.exp(value - most));
  const sum = raised.reduce((a, b) => a + b);
  return raised.map((value) => value / sum);
}

// --- The way of a drawing to the 784 numbers: that of the scans it learned from.

const share = (p) =>
  p > 0.999 ? "over 99.9 %" : p < 0.001 ? "under 0.1 %" : `${(100 * p).toFixed(1)} %`;

const strokesOf = (text) =>
  (/^[\d ,;-]*$/.test(text) ? text : "")
    .split(";")
    .filter(Boolean)
    .map((stroke) => stroke.split(" ").map((point) => point.split(",").map(Number)));

/** gdcore.datasets.scan: 20 x 32 of 32 x 32 fields are inked, evened, straightened and counted. */
function scan(strokes) {
  const counts = new Array(SMALL * SMALL).fill(0);
  if (strokes.length)
    straightened(even(inked(strokes))).forEach((ink, at) => {
      counts[Math.floor(at / (4 * GRID)) * SMALL + Math.floor((at % GRID) / 4)] += ink;
    });
  return counts;
}

/** Which fields a pen reaches, if all that it inks is stretched to 20 x 32 of them. */
function inked(strokes) {
  const sides = [0, 1].map((axis) => strokes.flat().map((point) => point[axis]));
  const low = sides.map((side) => Math.min(...side)),
    high = sides.map((side) => Math.max(...side));
  const pen = PEN * Math.max(high[0] - low[0], high[1] - low[1], 1e-9);
  const [xs, ys] = BOX.map((count, axis) => {
    const edge = low[axis] - pen,
      far = high[axis] + pen;
    return Array.from({ length: count }, (_, i) => edge + ((i + 0.5) / count) * (far - edge));
  });
  const fields = new Array(GRID * GRID).fill(false),
    left = (GRID - BOX[0]) / 2;
  for (const stroke of strokes)
    stroke.forEach(([ax, ay], i) => {
      const [bx, by] = stroke[i + 1] ?? [ax, ay],
        wx = bx - ax,
        wy = by - ay,
        square = Math.max(wx * wx + wy * wy, 1e-12);
      ys.forEach((y, row) => {
        xs.forEach((x, column) => {
          const along = within(((x - ax) * wx + (y - ay) * wy) / square, [0, 1]);
          const dx = x - ax - along * wx,
            dy = y - ay - along * wy;
          if (dx * dx + dy * dy <= pen * pen) fields[row * GRID + left + column] = true;
        });
      });
    });
  return fields;
}

/** Lines thickened or thinned until a fair share of the fields is inked, but twice at most. */
function even(ink) {
  const count = ink.filter(Boolean).length;
  for (const [few, many] of [
    [256, 412],
    [108, 560],
  ])
    if (count < few) ink = near(ink, true);
    else if (count > many) ink = near(ink, false);
  return ink;
}

/** The fields that are such, or have a neighbour that is; beyond the edge there is paper. */
const near = (ink, such) =>
  ink.map((here, at) => {
    const column = at % GRID;
    const around = [
      here,
      column > 0 && ink[at - 1],
      column < GRID - 1 && ink[at + 1],
      ink[at - GRID] ?? false,
      ink[at + GRID] ?? false,
    ];
    return around.includes(such) ? such : here;
  });

/** Rows shifted until the left edge of the ink is upright; its outermost rows are noisy. */
function straightened(ink) {
  const left = Array.from({ length: GRID }, (_, row) =>
    ink.slice(row * GRID, (row + 1) * GRID).indexOf(true),
  );
  const top = left.findIndex((column) => column >= 0) + 2,
    bottom = left.findLastIndex((column) => column >= 0) - 2;
  if (top >= bottom || left[top] < 0 || left[bottom] < 0) return ink;
  const lean = (left[bottom] - left[top]) / (bottom - top);
  return ink.map((_, at) => {
    const row = Math.floor(at / GRID),
      from = (at % GRID) + Math.floor((row - GRID / 2) * lean + 0.5);
    return from >= 0 && from < GRID && ink[row * GRID + from];
  });
}

/** 8 x 8 to 28 x 28, by linear interpolation between the middles of the pixels. */
function enlarge(values) {
  const places = Array.from({ length: LARGE }, (_, i) =>
    within(((i + 0.5) * SMALL) / LARGE - 0.5, [0, SMALL - 1]),
  );
  const between = (get, place) => {
    const low = Math.min(Math.floor(place), SMALL - 2),
      part = place - low;
    return get(low) * (1 - part) + get(low + 1) * part;
  };
  return Array.from({ length: LARGE * LARGE }, (_, at) =>
    between(
      (row) => between((column) => values[row * SMALL + column], places[at % LARGE]),
      places[Math.floor(at / LARGE)],
    ),
  );
}

function read(counts) {
  const picture = Float32Array.from(enlarge(counts.map((count) => count / 16)));
  const layers = activations(picture),
    chances = softmax(layers[2]);
  const order = [...chances.keys()].sort((a, b) => layers[2][b] - layers[2][a]);
  return { counts, picture, layers, chances, answer: order[0], second: order[1] };
}

// --- The figure

/** Square pixels, as few shapes: one path for each shade. */
function pixels(pane, values, side, [left, top], size) {
  const cell = size / side,
    wide = pane.X(cell) - pane.X(0),
    ink = Array.from({ length: 9 }, () => "");
  values.forEach((value, i) => {
    ink[Math.round(8 * value)] +=
      `M${pane.X(left + (i % side) * cell)} ${pane.Y(top - (Math.floor(i / side) + 0.5) * cell)}h${wide}`;
  });
  return ink
    .map((d, shade) =>
      shade && d
        ? `<path class="pixel" stroke-width="${wide}" opacity="${shade / 8}" d="${d}"/>`
        : "",
    )
    .join("");
}

const figure = live({
  settings: {
    sample: {
      label: "Test scan",
      step: 1,
      range: [0, scans.length],
      value: 0,
      write: (i) => i || "none, your drawing",
    },
    strokes: { value: "" },
  },

  model: ({ sample, strokes }) =>
    read(sample ? [...scans[sample - 1]].map((c) => parseInt(c, 17)) : scan(strokesOf(strokes))),

  panes: {
    field: {
      label: "Field to draw a digit in",
      style: "aspect-ratio: 1; flex: 0 1 13rem; touch-action: none",
      pen(x, y, { strokes, sample }, begins) {
        const [px, py] = [x, y].map((v) => Math.round(within(v, [0, 1000])));
        const before = begins && sample ? "" : strokes;
        const [lastX, lastY] = before.split(/[ ;]/).at(-1).split(",");
        if (!begins && Math.hypot(px - lastX, 1000 - py - lastY) < 15) return {};
        return { sample: 0, strokes: `${before}${begins ? before && ";" : " "}${px},${1000 - py}` };
      },
    },
    net: {
      label: "The pixels, the two hidden layers and the ten chances",
      style: "aspect-ratio: 1.8; flex: 1 1 18rem",
    },
  },
  again: "Clear",
  lines: 2,

  draw({ field, net }, s, n) {
    field.frame({ x: [0, 1000], y: [0, 1000], ticks: false });
    const drawn = strokesOf(s.strokes).map((stroke) => stroke.map(([x, y]) => [x, 1000 - y]));
    field.paint(
      '<rect class="sheet"/>' +
        (s.sample
          ? pixels(
              field,
              n.counts.map((v) => v / 16),
              SMALL,
              [0, 1000],
              1000,
            )
          : drawn.map((stroke) => field.line([...stroke, stroke.at(-1)], "ink")).join("")),
      s,
      n,
    );
    net.frame({ x: [0, 104], y: [0, 58], ticks: false });
    let drawing =
      pixels(net, n.picture, LARGE, [0, 44], 34) +
      [
        [0, "784"],
        [44, "16"],
        [56, "16"],
        [73, "chances"],
      ]
        .map(([x, words]) => net.text([x, 55], words))
        .join("");
    for (const [layer, x] of [
      [0, 45],
      [1, 57],
    ]) {
      const most = Math.max(...n.layers[layer], 1e-9);
      n.layers[layer].forEach((a, j) => {
        drawing += `<circle class="neuron" cx="${net.X(x)}" cy="${net.Y(50 - j * 3.2)}" fill-opacity="${(a / most).toFixed(2)}"/>`;
      });
    }
    n.chances.forEach((chance, digit) => {
      const y = 49 - digit * 5.1;
      drawing +=
        net.text([68, y], digit, digit === n.answer ? "label path" : "", [0, 4]) +
        `<path class="bar ${digit === n.answer ? "path" : "function"}" d="M${net.X(73)} ${net.Y(y)}H${net.X(73 + 16 * chance)}"/>` +
        net.text([90, y], `${(100 * chance).toFixed(0)} %`, "", [0, 4]);
    });
    net.paint(drawing, s, n);
  },

  words(s, n) {
    if (!n.counts.some(Boolean))
      return "Draw a digit into the field. (The network has an answer even to the empty one.)";
    const meant = s.sample ? ` The label says ${labels[s.sample - 1]}.` : "";
    return `It reads <b>${n.answer}</b> (${share(n.chances[n.answer])}), then ${n.second} (${share(n.chances[n.second])}).${meant}`;
  },
});
figure.read = read; // for whoever has a scan of their own
