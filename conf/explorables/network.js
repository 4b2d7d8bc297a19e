// A network of 784-16-16-10 at work on one digit, forwards and backwards, and learning ten of them.
//
// Each picture is a scan of 8 x 8 pixels, enlarged. So all that a neuron of the first layer does with its 784 weights
// follows from 64 numbers, and the weights that any picture can feel are an enlarged picture too. That is how they are
// kept here: a step changes the small picture as it changes the large one.
import { data, live, number, within } from "./base.js";
import { descend } from "./descend.js";
import { enlarge, LARGE, numbersOf, overlap, pixels, share, softmax } from "./scans.js";

const SIZES = [64, 16, 16, 10],
  NEURONS = 42;
/** Where the weights and the biases of each layer begin among the parameters. */
const LAYERS = [];
for (let l = 1, W = 0; l < SIZES.length; l++) {
  const [before, after] = [SIZES[l - 1], SIZES[l]],
    b = W + before * after;
  LAYERS.push({ before, after, W, b });
  W = b + after;
}
const scans = data.scans.map((scan) => [...scan].map((c) => parseInt(c, 17) / 16));
const met = scans.map(overlap);
const pictures = scans.map(enlarge),
  digits = [...scans.keys()];

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
  const chances = softmax(a[3]);
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
  return { a, chances, deltas, loss: -Math.log(chances[digit]) };
}

/** Add the slope for each parameter, δ times what came through, to a sum. */
function addSlopes(sum, { a, deltas }, digit, times = 1) {
  LAYERS.forEach(({ before, after, W, b }, l) => {
    const came = l ? a[l] : scans[digit];
    for (let j = 0; j < after; j++) {
      const delta = times * deltas[l + 1][j];
      for (let i = 0; i < before; i++) sum[W + j * before + i] += delta * came[i];
      sum[b + j] += delta;
    }
  });
  return sum;
}
const zeros = (theta) => new Array(theta.length).fill(0);

/** The mean gradient over the ten digits. */
const gradient = (theta) =>
  digits.reduce((sum, digit) => addSlopes(sum, pass(theta, digit), digit, 0.1), zeros(theta));

/** A run that goes on where it stopped. */
function training(packed) {
  const points = [numbersOf(packed)];
  return (k) => {
    const maxSteps = k - points.length + 1;
    if (maxSteps > 0)
      points.push(
        ...descend(gradient, points.at(-1), { rate: data.rate, maxSteps }).points.slice(1),
      );
    return points[k];
  };
}
const runs = { start: training(data.weights.start), trained: training(data.weights.trained) };

// --- Where everything stands

/** Neuron 1 to 42: its layer, and which it is there, from 0. */
const named = (neuron) =>
  neuron <= 16 ? [1, neuron - 1] : neuron <= 32 ? [2, neuron - 17] : [3, neuron - 33];
const numbered = (l, j) => 16 * (l - 1) + j + 1;
const called = (neuron) => {
  const [l, j] = named(neuron);
  return l < 3 ? `${j + 1} of layer ${l}` : `of the answer ${j}`;
};
/** On the axes of the picture: the layer, and how high of 16. */
const place = (l, j) => [l, 16 * (1 - (j + 0.5) / SIZES[l])];

/** In pixels: the pictures at the left, three columns of neurons, and room for the answers at the right. */
function layout({ width, height, em }) {
  const w = width - 20,
    h = height - 16,
    title = 18 * em,
    side = Math.min((h - 2 * title) / 2, 0.3 * w),
    narrow = w < 450,
    wide = (w - side - (narrow ? 64 : 130)) / 3;
  return { w, h, title, side, narrow, wide, pitch: (h - title) / 16 };
}

/** The stage at which a layer is lit, at which its δ is there, and how far one is from a stage to the next. */
const lit = (l) => l,
  known = (l) => 7 - l,
  sofar = (stage, from) => within(stage - from, [0, 1]);

const tenths = (pixels) => Math.round(10 * pixels) / 10;
const signed = (value) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;
const largest = (values) => Math.max(...values.map(Math.abs), 1e-12);

/** Lines between two places, each with its number: few paths, one for each strength and sign. */
function bundle(pane, lines, look, [from, to] = [0, 1]) {
  const most = largest(lines.map(([, , value]) => value)),
    paths = {};
  for (const [[x, y], [toX, toY], value] of lines) {
    const level = Math.round((4 * value) / most),
      point = (part) => `${pane.X(x + part * (toX - x))} ${pane.Y(y + part * (toY - y))}`;
    if (level) paths[level] = `${paths[level] ?? ""}M${point(from)}L${point(to)}`;
  }
  return Object.entries(paths)
    .map(
      ([level, d]) =>
        `<path class="wire ${look}${level < 0 ? " minus" : ""}" stroke-opacity="${Math.abs(level) / 4}" stroke-width="${0.5 + Math.abs(level) / 3}" d="${d}"/>`,
    )
    .join("");
}

live({
  settings: {
    stage: {
      label: "How far it has come",
      step: 0.05,
      range: [0, 7],
      value: 0,
      write: (t) =>
        [
          "the picture",
          "layer 1",
          "layer 2",
          "the answer",
          "δ of the answer",
          "δ of layer 2",
          "δ of layer 1",
          "all slopes",
        ][Math.floor(t + 1e-9)],
    },
    steps: { label: "Steps of training", step: 1, range: [0, data.steps], value: 0 },
    digit: { label: "Digit", step: 1, range: [0, 9], value: 3 },
    neuron: { label: "Neuron, ringed", step: 1, range: [1, NEURONS], value: 8, write: called },
    from: {
      label: "Its weights",
      options: { start: "as drawn at the start", trained: "as trained below" },
      value: "start",
    },
  },

  model({ from, steps, digit }) {
    const theta = runs[from](steps),
      passes = digits.map((d) => pass(theta, d)),
      now = passes[digit];
    const best = passes.map(({ chances }) => chances.indexOf(Math.max(...chances)));
    return {
      ...now,
      theta,
      gradient: addSlopes(zeros(theta), now, digit),
      answer: best[digit],
      mean: passes.reduce((sum, { loss }) => sum + loss, 0) / 10,
      read: best.filter((answer, d) => answer === d).length,
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
      label: "A network with the layers 784, 16, 16 and 10, and a ring to choose a neuron",
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
            return { neuron: numbered(l, within(j, [0, SIZES[l] - 1])) };
          },
        },
      ],
    },
  },

  draw({ net }, s, n) {
    const { w, h, title, side, narrow, wide, pitch } = layout(net);
    net.frame({ x: [-side / wide, (w - side) / wide], y: [0, h / pitch], ticks: false });
    const [chosen, one] = named(s.neuron),
      // Places within the two pictures, in pixels from the lower left corner.
      sheet = { X: (x) => tenths(net.left + x), Y: (y) => tenths(net.top + h - y) },
      spot = (i) => [
        ((((i % 8) + 0.5) * side) / 8 - side) / wide,
        (h - title - ((Math.floor(i / 8) + 0.5) * side) / 8) / pitch,
      ];
    let drawing = "";

    // The lines: faint with their weights, and lit as far as the signals, and later the rates, have come.
    LAYERS.forEach(({ before, after, W }, l) => {
      const lines = [],
        came = l ? n.a[l] : scans[s.digit];
      for (let j = 0; j < after; j++) {
        const row = n.theta.slice(W + j * before, W + (j + 1) * before),
          felt = l ? row : overlap(row);
        // Of the lines from the picture only some, each for the place of one pixel of the scan.
        const strength = felt.map((weight, i) => Math.abs(weight) * (s.stage ? came[i] : 1));
        const least = l ? 0 : [...strength].sort((a, b) => b - a)[4];
        felt.forEach((weight, i) => {
          if (strength[i] >= least)
            lines.push({
              ends: [l ? place(l, i) : spot(i), place(l + 1, j)],
              weight,
              signal: weight * came[i],
              slope: n.deltas[l + 1][j] * came[i],
            });
        });
      }
      const by = (what) => lines.map(({ ends, ...line }) => [...ends, line[what]]);
      const there = sofar(s.stage, l),
        back = sofar(s.stage, known(l + 1));
      if (there < 1 || (back > 0 && back < 1))
        drawing += `<g opacity="${s.stage ? 0.25 : 0.7}">${bundle(net, by("weight"), "weight")}</g>`;
      if (back) drawing += bundle(net, by("slope"), "slope", [1 - back, 1]);
      else if (there) drawing += bundle(net, by("signal"), "weight", [0, there]);
    });

    // The pictures: what goes in, and the weights of the chosen neuron, or later the slopes for them.
    const backwards = s.stage >= known(chosen),
      { before, W } = LAYERS[chosen - 1],
      came = chosen > 1 ? n.a[chosen - 1] : scans[s.digit],
      shown = backwards
        ? came.map((value) => n.deltas[chosen][one] * value)
        : n.theta.slice(W + one * before, W + (one + 1) * before),
      parts = shown.map((value) => value / largest(shown)),
      look = backwards ? "slope" : "weight";
    drawing += pixels(sheet, pictures[s.digit], LARGE, [0, h - title], side);
    if (chosen === 1) drawing += pixels(sheet, enlarge(parts), LARGE, [0, side], side, look);
    else
      parts.forEach((part, i) => {
        const y = sheet.Y(side * (1 - (i + 0.5) / 16));
        drawing += `<path class="pixel ${look}${part < 0 ? " minus" : ""}" stroke-width="${(0.7 * side) / 16}" d="M${sheet.X(side / 2)} ${y}H${sheet.X((side / 2) * (1 + part))}"/>`;
      });
    const write = (x, y, words, look = "") =>
      `<text class="${look}" x="${sheet.X(x)}" y="${sheet.Y(y)}">${words}</text>`;
    for (const [y, words] of [
      [h - title, `a ${s.digit}, 784 pixels`],
      [side, backwards ? "its slopes" : "its weights"],
    ])
      drawing +=
        `<rect class="axis" x="${sheet.X(0)}" y="${sheet.Y(y)}" width="${side}" height="${side}"/>` +
        write(0, y + 5, words);

    // The neurons: as full as what they return, or a triangle that points where descent would have them go.
    const radius = Math.min(0.4 * pitch, 7);
    for (const l of [1, 2, 3]) {
      drawing += write(side + l * wide, h - title + 5, SIZES[l], "middle");
      const values = l < 3 ? n.a[l] : n.chances,
        strongest = largest(values),
        steepest = largest(n.deltas[l]);
      values.forEach((value, j) => {
        const [x, y] = [net.X(l), net.Y(place(l, j)[1])],
          circle = `cx="${x}" cy="${y}" r="${radius}"`,
          delta = n.deltas[l][j],
          way = Math.sign(delta),
          size = radius * (0.5 + 0.9 * Math.sqrt(Math.abs(delta) / steepest));
        drawing += `<circle class="node" ${circle}/>`;
        if (s.stage >= known(l)) {
          if (way)
            drawing += `<path class="delta" d="M${x} ${tenths(y + way * size)}l${-size} ${-1.7 * way * size}h${2 * size}z"/>`;
        } else if (s.stage >= lit(l) && value > 0)
          drawing += `<circle class="node on" ${circle} fill-opacity="${0.15 + (0.85 * value) / strongest}"/>`;
      });
    }

    // The answers.
    n.chances.forEach((chance, digit) => {
      const x = side + 3 * wide,
        y = (h - title) * (1 - (digit + 0.5) / 10),
        low = y - 4 * net.em,
        told = s.stage >= 3,
        answer = told && digit === n.answer;
      drawing += write(x + 14, low, digit, answer ? "label path" : "");
      if (!told) return;
      const words = s.stage < 4 ? `${(100 * chance).toFixed(0)} %` : signed(n.deltas[3][digit]);
      drawing +=
        `<path class="bar ${answer ? "path" : "function"}" d="M${sheet.X(x + 29)} ${sheet.Y(y)}h${(narrow ? 34 : 50) * chance}"/>` +
        (narrow ? "" : write(w, low, words, "end"));
    });
    net.paint(drawing, s, n);
  },

  words(s, n) {
    const [l, j] = named(s.neuron),
      stage = Math.floor(s.stage + 1e-9);
    const on = (layer) => n.a[layer].filter((a) => a > 0).length;
    const said = [
      `A ${s.digit} goes in, as 784 numbers. Each line is a weight: blue above 0, orange and dashed below.`,
      `Forwards: ${on(1)} of the 16 switches of layer 1 are on.`,
      `Forwards: ${on(2)} of the 16 switches of layer 2 are on.`,
      `It reads <b>${n.answer}</b> (${share(n.chances[n.answer])}). The ${s.digit} gets ${share(n.chances[s.digit])}: a surprise of <b>${number(n.loss, 3)}</b>.`,
      `Backwards: chance given minus chance deserved. The ${s.digit} should rise (▲), all others fall (▼).`,
      "Backwards: layer 2 has its δ. Where a switch is off, it is 0.",
      "Backwards: layer 1 has its δ. Where a switch is off, it is 0.",
      "All slopes are there, δ times what came through. <i>Learn</i> goes a step against them.",
    ][stage];
    const numbers = [
      stage >= lit(l) && number(n.a[l][j], 3),
      stage >= known(l) && `δ ${number(n.deltas[l][j], 3)}`,
    ].filter(Boolean);
    const ringed = numbers.length ? ` Neuron ${called(s.neuron)}: ${numbers.join(", ")}.` : "";
    const steps = s.steps === 1 ? "1 step" : `${s.steps} steps`;
    return `${said}${ringed} After ${steps} the mean loss is <b>${number(n.mean, 3)}</b>, and ${n.read} of the ten digits are read.`;
  },
});
