// A network of 784-16-16-10 at work on one digit, forwards and backwards, and learning ten of them.
//
// Each picture is a scan of 8 x 8 pixels, enlarged. So all that a neuron of the first layer does with its 784 weights
// follows from 64 numbers, and the weights that any picture can feel are an enlarged picture too. That is how they are
// kept here: a step changes the small picture as it changes the large one.
import { bytes, data, live, number, within } from "./base.js";

// --- Scans and their pictures

/** What the build packed, as 16-bit whole numbers of a unit. */
const numbersOf = ({ unit, counts }) =>
  Array.from(new Int16Array(bytes(counts)), (count) => count * unit);

const SMALL = 8;
const LARGE = 28;

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
const enlarge = (values) => times(times(WIDEN, square(values)), turned(WIDEN)).flat();

/** What the 64 pictures of single pixels have in common with an enlarged one. */
const overlap = (values) => {
  const both = times(turned(WIDEN), WIDEN);
  return times(times(both, square(values)), both).flat();
};

/** A path for each shade, of so many: the deeper, the farther from 0; "minus" below it. */
const shades = (paths, look, most, width = 1.5) =>
  Object.entries(paths)
    .map(
      ([level, d]) =>
        `<path class="${look}${level < 0 ? " minus" : ""}" opacity="${Math.abs(level) / most}" stroke-width="${width}" d="${d}"/>`,
    )
    .join("");

/** Pixels from −1 to 1 in a frame, as few shapes: one path for each shade. */
function pixels(pane, values, side, [left, top], [wide, tall], look = "") {
  const paths = {},
    shade = (row, column) => Math.round(8 * values[row * side + column]);
  for (let row = 0; row < side; row++) {
    const y = pane.Y(top - ((row + 0.5) * tall) / side);
    for (let from = 0, to; from < side; from = to) {
      const here = shade(row, from);
      for (to = from + 1; to < side && shade(row, to) === here; ) to++;
      if (here)
        paths[here] =
          `${paths[here] ?? ""}M${pane.X(left + (from * wide) / side)} ${y}H${pane.X(left + (to * wide) / side)}`;
    }
  }
  return shades(paths, `pixel ${look}`, 8, pane.Y(0) - pane.Y(tall / side));
}

const SIZES = [64, 16, 16, 10];
/** Of each layer: how many numbers go in and come out, and where its weights and its biases begin. */
const LAYERS = [0, 1040, 1312].map((W, l) => {
  const [before, after] = [SIZES[l], SIZES[l + 1]];
  return { before, after, W, b: W + before * after };
});
const scans = data.scans.map((scan) => [...scan].map((c) => parseInt(c, 17) / 16));
const met = scans.map(overlap);

// --- The network

/** What every layer returns for a digit, the chances, and the rate of the loss with each z. */
function pass(theta, digit) {
  const a = [met[digit]];
  LAYERS.forEach(({ before, after, W, b }, l) => {
    a[l + 1] = Array.from({ length: after }, (_, j) => {
      let z = theta[b + j];
      for (let i = 0; i < before; i++) z += theta[W + j * before + i] * a[l][i];
      return l < 2 ? Math.max(z, 0) : z;
    });
  });
  const raised = a[3].map(Math.exp), // which stay far from what a float can hold
    total = raised.reduce((sum, e) => sum + e),
    chances = raised.map((e) => e / total);
  const deltas = [];
  deltas[3] = chances.map((p, k) => p - (k === digit));
  for (const l of [2, 1]) {
    const { before, W } = LAYERS[l];
    deltas[l] = a[l].map((value, k) =>
      value > 0
        ? deltas[l + 1].reduce((sum, delta, j) => sum + delta * theta[W + j * before + k], 0)
        : 0,
    );
  }
  const answer = chances.indexOf(Math.max(...chances));
  return { a, chances, deltas, answer, loss: Math.log(total) - a[3][digit] };
}

/** The mean gradient over the ten digits: each slope is δ times what came through. */
function gradient(theta) {
  const mean = theta.map(() => 0);
  scans.forEach((scan, digit) => {
    const { a, deltas } = pass(theta, digit);
    LAYERS.forEach(({ before, after, W, b }, l) => {
      const came = l ? a[l] : scan;
      for (let j = 0; j < after; j++) {
        const delta = deltas[l + 1][j] / 10;
        for (let i = 0; i < before; i++) mean[W + j * before + i] += delta * came[i];
        mean[b + j] += delta;
      }
    });
  });
  return mean;
}

const runs = {};
/** The place after so many steps of descent; what was reached once is kept. */
function after(from, steps) {
  runs[from] ??= [numbersOf(data.weights[from])];
  const run = runs[from];
  while (run.length <= steps) {
    const slopes = gradient(run.at(-1));
    run.push(run.at(-1).map((value, i) => value - data.rate * slopes[i]));
  }
  return run[steps];
}

// --- Where everything stands

/** Neuron 1 to 42: its layer, and which it is there, from 0. */
const named = (neuron) => {
  const l = Math.min(Math.ceil(neuron / 16), 3);
  return [l, neuron - 16 * l + 15];
};
const called = (neuron) => {
  const [l, j] = named(neuron);
  return l < 3 ? `${j + 1} of layer ${l}` : `of the answer ${j}`;
};
/** On the axes of the picture: the layer, and how high of 16. */
const place = (l, j) => [l, 16 * (1 - (j + 0.5) / SIZES[l])];

/** A layer is lit at the stage of its number. At which its δ is there, and how far one is from a stage to the next: */
const known = (l) => 7 - l,
  sofar = (stage, from) => within(stage - from, [0, 1]);

const largest = (values) => Math.max(...values.map(Math.abs), 1e-12);

/** Lines between two places, drawn from a part of the way to another: few paths, one for each strength and sign. */
function bundle(pane, lines, which, look, from, to) {
  const most = largest(lines.map((line) => line[which])),
    paths = {};
  for (const line of lines) {
    const [[x, y], [toX, toY]] = line,
      level = Math.round((4 * line[which]) / most),
      point = (part) => `${pane.X(x + part * (toX - x))} ${pane.Y(y + part * (toY - y))}`;
    if (level && from < to) paths[level] = `${paths[level] ?? ""}M${point(from)}L${point(to)}`;
  }
  return shades(paths, `wire ${look}`, 4);
}

live({
  settings: {
    stage: {
      label: "Stage",
      step: 0.05,
      range: [0, 7],
      value: 0,
      write: (t) =>
        "picture,layer 1,layer 2,answer,its δ,δ of layer 2,δ of layer 1,slopes".split(",")[
          Math.floor(t)
        ],
    },
    steps: { label: "Training steps", step: 1, range: [0, data.steps], value: 0 },
    digit: { label: "Digit", step: 1, range: [0, 9], value: 3 },
    neuron: { label: "Neuron, ringed", step: 1, range: [1, 42], value: 8, write: called },
    from: {
      label: "Its weights",
      options: { start: "random", trained: "trained" },
      value: "start",
    },
  },

  model({ from, steps, digit }) {
    const theta = after(from, steps),
      passes = scans.map((_, d) => pass(theta, d));
    return {
      ...passes[digit],
      theta,
      mean: passes.reduce((sum, { loss }) => sum + loss, 0) / 10,
      read: passes.filter(({ answer }, d) => answer === d).length,
    };
  },

  buttons: {
    Forward: ({ stage }) => ({ stage: [stage < 3 ? stage : 0, 3] }),
    Backward: ({ stage }) => ({ stage: [stage < 7 ? Math.max(stage, 3) : 3, 7] }),
    Learn: ({ steps }) => ({ steps: steps + 1 }),
  },
  met: ({ from }, n) => from === "start" && n.read === 10,
  lines: 3,

  panes: {
    net: {
      label: "Network 784-16-16-10, with a ring to move",
      ratio: 0.6,
      keys: [1, 1],
      tap: true,
      handles: [
        {
          look: "ring",
          at: ({ neuron }) => place(...named(neuron)),
          move(x, y) {
            const l = within(Math.round(x), [1, 3]);
            const j = Math.floor((1 - y / 16) * SIZES[l]);
            return { neuron: 16 * l - 15 + within(j, [0, SIZES[l] - 1]) };
          },
        },
      ],
    },
  },

  draw({ net }, s, n) {
    // The pictures stand at the left, one above the other, then three columns of neurons, and the answers.
    const { em, width, height } = net,
      tall = (height - 16 - 18 * em) / 16,
      side = height / 2 - 8 - 18 * em,
      wide = (width - 20 - side - 74 * em) / 3,
      size = [side / wide, side / tall],
      left = -size[0],
      right = left + (width - 20) / wide,
      radius = 0.38 * tall;
    net.frame({ x: [left, right], y: [0, (height - 16) / tall], ticks: false });
    const spot = (i) => [
      (((i % 8) + 0.5) / 8 - 1) * size[0],
      16 - ((Math.floor(i / 8) + 0.5) / 8) * size[1],
    ];
    const [chosen, one] = named(s.neuron),
      back = s.stage >= known(chosen);
    let drawing = "",
      own;

    // The lines: faint with their weights, and lit as far as the signals, and later the rates, have come.
    LAYERS.forEach(({ before, after, W }, l) => {
      const lines = [],
        came = l ? n.a[l] : scans[s.digit];
      for (let j = 0; j < after; j++) {
        const weights = n.theta.slice(W + j * before, W + (j + 1) * before),
          signals = weights.map((weight, i) => weight * came[i]),
          slopes = came.map((a) => a * n.deltas[l + 1][j]);
        if (l + 1 === chosen && j === one) own = back ? slopes : weights;
        // Of the lines from the picture only some, from the middles of the pixels of the scan.
        const least = l ? 0 : signals.map(Math.abs).sort((a, b) => b - a)[4];
        signals.forEach((signal, i) => {
          const ends = [l ? place(l, i) : spot(i), place(l + 1, j)];
          if (Math.abs(signal) >= least) lines.push([...ends, weights[i], signal, slopes[i]]);
        });
      }
      const there = sofar(s.stage, l),
        far = 1 - sofar(s.stage, known(l + 1));
      if (there < 1) drawing += `<g opacity=".4">${bundle(net, lines, 2, "weight", 0, 1)}</g>`;
      drawing +=
        bundle(net, lines, 3, "weight", 0, there * far) + bundle(net, lines, 4, "slope", far, 1);
    });

    // The pictures: what goes in, and the weights of the chosen neuron, or later the slopes for them.
    const look = back ? "slope" : "weight",
      most = largest(own),
      shown = own.map((value) => value / most);
    drawing +=
      pixels(net, enlarge(scans[s.digit]), LARGE, [left, 16], size) +
      pixels(
        net,
        ...(chosen > 1 ? [shown, 4] : [enlarge(shown), LARGE]),
        [left, size[1]],
        size,
        look,
      ) +
      net.text([left, 16], `a ${s.digit}: 784 pixels`, "", [0, -5]) +
      net.text([left, size[1]], `its ${look}s`, "", [0, -5]);

    // The neurons: as full as what they return, or a triangle that points where descent would have them go.
    for (const l of [1, 2, 3]) {
      const values = l < 3 ? n.a[l] : n.chances,
        [strongest, steepest] = [values, n.deltas[l]].map(largest);
      drawing += net.text([l, 16], SIZES[l], "middle", [0, -5]);
      values.forEach((value, j) => {
        const at = place(l, j),
          delta = n.deltas[l][j],
          size = radius * (0.6 + (0.8 * Math.abs(delta)) / steepest),
          way = Math.sign(delta) * size;
        drawing += `<circle class="node" cx="${net.X(l)}" cy="${net.Y(at[1])}" r="${radius}"/>`;
        if (s.stage >= known(l)) {
          if (way)
            drawing += `<path class="delta" d="M${net.X(l)} ${net.Y(at[1])}m0 ${way}l${-size} ${-1.7 * way}h${2 * size}z"/>`;
        } else if (s.stage >= l && value > 0)
          drawing += `<g opacity="${0.15 + (0.85 * value) / strongest}">${net.dots([at], "pixel on", radius)}</g>`;
        if (l < 3) return;
        const look = s.stage >= 3 && j === n.answer ? "label path" : "",
          told = s.stage < 4 ? `${(100 * value).toFixed(0)} %` : number(delta, 2);
        drawing += net.text(at, j, look, [14, 4]);
        if (s.stage >= 3) drawing += net.text([right, at[1]], told, `end ${look}`, [0, 4]);
      });
    }
    net.paint(drawing, s, n);
  },

  words(s, n) {
    const [l, j] = named(s.neuron),
      stage = Math.floor(s.stage),
      layer = Math.min(stage, 7 - stage);
    const said = {
      0: `A ${s.digit} goes in. Weights above 0 are blue, below it orange and dashed.`,
      3: `It reads <b>${n.answer}</b>. The ${s.digit} gets ${number(100 * n.chances[s.digit], 3)} %: a surprise of <b>${number(n.loss, 3)}</b>.`,
      4: `Backwards: chance given minus chance deserved. ▲ should rise, ▼ fall.`,
      7: "All slopes are there: δ times what came through.",
    };
    const switches = `${stage < 3 ? "Forwards" : "Backwards"}, layer ${layer}: ${n.a[layer].filter((a) => a).length} of 16 neurons are on.`;
    const delta = stage < known(l) ? "" : `, δ ${number(n.deltas[l][j], 3)}`;
    const ringed = stage < l ? "" : `Neuron ${called(s.neuron)}: ${number(n.a[l][j], 3)}${delta}.`;
    return `${said[stage] ?? switches} ${ringed} Step ${s.steps}: mean loss <b>${number(n.mean, 3)}</b>, ${n.read} of ten digits right.`;
  },
});
