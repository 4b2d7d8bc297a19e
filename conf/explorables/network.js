// A network of 784-16-16-10 at work on one digit, forwards and backwards, and learning ten of them.
//
// Each picture is a scan of 8 x 8 pixels, enlarged. So all that a neuron of the first layer does with its 784 weights
// follows from 64 numbers, and the weights that any picture can feel are an enlarged picture too. That is how they are
// kept here: a step changes the small picture as it changes the large one.
import { bytes, data, live, number } from "./base.js";
import { descend } from "./descend.js";
import { enlarge, LARGE, overlap, pixels, share, softmax } from "./scans.js";

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
function training({ unit, counts }) {
  const points = [Array.from(new Int16Array(bytes(counts)), (count) => count * unit)];
  return (k) => {
    const maxSteps = k - points.length + 1;
    if (maxSteps > 0)
      points.push(
        ...descend(gradient, points.at(-1), { rate: data.rate, maxSteps }).points.slice(1),
      );
    return points[k];
  };
}
const runs = { start: training(data.start), trained: training(data.trained) };

// --- Where everything stands, in pixels from the lower left corner

function places({ width, height }) {
  const w = width - 20,
    h = height - 16,
    side = Math.min((h - 38) / 2, 0.3 * w),
    answers = w < 450 ? 64 : 122,
    wide = w - side - answers;
  const x = [0, 0.34, 0.67, 1].map((part) => side + part * wide);
  return {
    w,
    h,
    side,
    x,
    pitch: (h - 18) / 16,
    spot: (s) => [(((s % 8) + 0.5) * side) / 8, h - 18 - ((Math.floor(s / 8) + 0.5) * side) / 8],
    neuron: (l, j) => [x[l], (h - 18) * (1 - (j + 0.5) / SIZES[l])],
  };
}

/** Neuron 1 to 42: its layer, and which it is there, from 0. */
const named = (neuron) =>
  neuron <= 16 ? [1, neuron - 1] : neuron <= 32 ? [2, neuron - 17] : [3, neuron - 33];
const numbered = (l, j) => 16 * (l - 1) + j + 1;
const called = (neuron) => {
  const [l, j] = named(neuron);
  return l < 3 ? `${j + 1} of layer ${l}` : `of the answer ${j}`;
};
/** The stages at which a layer is lit, and at which its δ is there. */
const lit = (l) => l,
  known = (l) => 7 - l;
const sofar = (stage, from) => Math.min(Math.max(stage - from, 0), 1);

/** Lines between two places, each with its number: few paths, one for each strength and sign. */
function bundle(pane, lines, look, [from, to] = [0, 1]) {
  const most = Math.max(...lines.map(([, , value]) => Math.abs(value)), 1e-12),
    paths = {};
  for (const [[x, y], [toX, toY], value] of lines) {
    const level = Math.round((4 * value) / most);
    if (level)
      paths[level] =
        `${paths[level] ?? ""}M${pane.X(x + from * (toX - x))} ${pane.Y(y + from * (toY - y))}` +
        `L${pane.X(x + to * (toX - x))} ${pane.Y(y + to * (toY - y))}`;
  }
  return Object.entries(paths)
    .map(
      ([level, d]) =>
        `<path class="wire ${look}${level < 0 ? " minus" : ""}" stroke-opacity="${Math.abs(level) / 4}" stroke-width="${0.5 + Math.abs(level) / 3}" d="${d}"/>`,
    )
    .join("");
}

const largest = (values) => Math.max(...values.map(Math.abs), 1e-12);

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
    neuron: {
      label: "Neuron, ringed",
      step: 1,
      range: [1, NEURONS],
      value: 5,
      write: called,
    },
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

  acts: {
    Forward: ({ stage }) => ({ stage: [stage < 3 ? stage : 0, 3] }),
    Backward: ({ stage }) => ({ stage: [stage < 7 ? Math.max(stage, 3) : 3, 7] }),
    Learn: ({ steps }) => ({ steps: steps + 1 }),
  },
  lines: 3,
  pinned: true,

  panes: {
    net: {
      label: "A network with the layers 784, 16, 16 and 10, and a neuron to choose",
      ratio: 0.6,
      pick(x, y, pane) {
        const { neuron } = places(pane);
        const far = Array.from({ length: NEURONS }, (_, i) => {
          const [nx, ny] = neuron(...named(i + 1));
          return Math.hypot(nx - x, ny - y);
        });
        return { neuron: far.indexOf(Math.min(...far)) + 1 };
      },
      keys(across, up, { neuron }) {
        const [l, j] = named(neuron),
          to = Math.min(Math.max(l + Math.sign(across), 1), 3);
        const place = to === l ? j - up : Math.floor(((j + 0.5) / SIZES[l]) * SIZES[to]);
        return { neuron: numbered(to, Math.min(Math.max(place, 0), SIZES[to] - 1)) };
      },
    },
  },

  draw({ net }, s, n) {
    const { w, h, side, x, pitch, spot, neuron } = places(net);
    net.frame({ x: [0, w], y: [0, h], ticks: false });
    const [chosen, one] = named(s.neuron),
      narrow = w < 450;
    let drawing = "";

    // The lines: faint with their weights, and lit from where the signals, and later the rates, have come.
    LAYERS.forEach(({ before, after, W }, l) => {
      const ends = [],
        came = l ? n.a[l] : scans[s.digit];
      for (let j = 0; j < after; j++) {
        // Of the lines from the picture only some, each for the spot of one pixel of the scan.
        const row = n.theta.slice(W + j * before, W + (j + 1) * before),
          felt = l ? row : overlap(row);
        const strong = felt.map((weight, i) => Math.abs(weight) * (s.stage > 0 ? came[i] : 1));
        const least = l ? 0 : [...strong].sort((a, b) => b - a)[5];
        for (let i = 0; i < before; i++)
          if (strong[i] >= least)
            ends.push([
              l ? neuron(l, i) : spot(i),
              neuron(l + 1, j),
              felt[i],
              felt[i] * came[i],
              n.deltas[l + 1][j] * came[i],
            ]);
      }
      const pick = (part) => ends.map((end) => [end[0], end[1], end[part]]);
      const there = sofar(s.stage, l),
        back = sofar(s.stage, known(l + 1));
      if (there < 1 || (back && back < 1))
        drawing += `<g opacity="${s.stage ? 0.25 : 0.7}">${bundle(net, pick(2), "weight")}</g>`;
      if (back) drawing += bundle(net, pick(4), "slope", [1 - back, 1]);
      else if (there) drawing += bundle(net, pick(3), "weight", [0, there]);
    });

    // The pictures: what goes in, and the weights or slopes of the chosen neuron.
    const backwards = s.stage >= known(chosen),
      { before, W } = LAYERS[chosen - 1];
    const slope = n.deltas[chosen][one];
    let shown = n.theta.slice(W + one * before, W + (one + 1) * before);
    if (backwards)
      shown = (chosen > 1 ? n.a[chosen - 1] : scans[s.digit]).map((value) => slope * value);
    const most = largest(shown),
      look = backwards ? "slope" : "weight",
      low = side;
    if (chosen === 1)
      drawing += pixels(
        net,
        enlarge(shown).map((v) => v / most),
        LARGE,
        [0, low],
        side,
        look,
      );
    else
      shown.forEach((value, i) => {
        const y = low - ((i + 0.5) * side) / 16,
          half = side / 2;
        drawing += `<path class="pixel ${look}${value < 0 ? " minus" : ""}" stroke-width="${(0.7 * side) / 16}" d="M${net.X(half)} ${net.Y(y)}H${net.X(half * (1 + value / most))}"/>`;
      });
    drawing += pixels(net, pictures[s.digit], LARGE, [0, h - 18], side);
    for (const top of [low, h - 18])
      drawing += `<rect class="axis" x="${net.X(0)}" y="${net.Y(top)}" width="${side}" height="${side}"/>`;
    drawing +=
      net.text([0, h], `a ${s.digit}, 784 pixels`, "", [0, 10]) +
      net.text(
        [0, low],
        `${narrow ? "its" : `neuron ${called(s.neuron)}:`} ${backwards ? "slopes" : "weights"}`,
        "",
        [0, -5],
      );

    // The neurons.
    for (const l of [1, 2, 3]) {
      drawing += net.text([x[l], h], SIZES[l], "middle", [0, 10]);
      const values = l < 3 ? n.a[l] : n.chances,
        [strongest, steepest] = [values, n.deltas[l]].map(largest);
      for (let j = 0; j < SIZES[l]; j++) {
        const [px, py] = neuron(l, j),
          at = `${net.X(px)} ${net.Y(py)}`,
          radius = Math.min(pitch * 0.4, 7),
          on = s.stage >= lit(l) ? values[j] / strongest : 0,
          delta = s.stage >= known(l) ? n.deltas[l][j] : 0;
        if (numbered(l, j) === s.neuron)
          drawing += `<circle class="ring" cx="${net.X(px)}" cy="${net.Y(py)}" r="${radius + 4}"/>`;
        drawing += `<circle class="node" cx="${net.X(px)}" cy="${net.Y(py)}" r="${radius}"/>`;
        if (s.stage >= known(l)) {
          // Up or down, as descent would have it go.
          const size = radius * (0.5 + 0.9 * Math.sqrt(Math.abs(delta) / steepest)),
            way = Math.sign(delta);
          if (way)
            drawing += `<path class="delta" d="M${at}m0 ${tenths(way * size)}l${tenths(-size)} ${tenths(-1.6 * way * size)}h${tenths(2 * size)}z"/>`;
        } else if (on)
          drawing += `<circle class="node on" cx="${net.X(px)}" cy="${net.Y(py)}" r="${radius}" fill-opacity="${(0.15 + 0.85 * on).toFixed(2)}"/>`;
        if (l < 3) continue;
        const answer = j === n.answer && s.stage >= 3;
        drawing += net.text([px + 13, py], j, answer ? "label path" : "", [0, 4]);
        if (s.stage < 3) continue;
        drawing += `<path class="bar ${answer ? "path" : "function"}" d="M${net.X(px + 27)} ${net.Y(py)}h${tenths((narrow ? 34 : 48) * n.chances[j])}"/>`;
        if (!narrow)
          drawing += net.text(
            [w, py],
            s.stage < 4 ? `${(100 * n.chances[j]).toFixed(0)} %` : signed(n.deltas[3][j]),
            "end",
            [0, 4],
          );
      }
    }
    net.paint(drawing, s, n);
  },

  words(s, n) {
    const [l, j] = named(s.neuron),
      t = Math.floor(s.stage + 1e-9);
    const on = (layer) => n.a[layer].filter((a) => a > 0).length;
    const said = [
      `A ${s.digit} goes in, as 784 numbers. Each line is a weight: blue above 0, orange and dashed below.`,
      `Forwards: ${on(1)} of the 16 switches of layer 1 are on.`,
      `Forwards: ${on(2)} of the 16 switches of layer 2 are on.`,
      `It reads <b>${n.answer}</b> (${share(n.chances[n.answer])}). The ${s.digit} gets ${share(n.chances[s.digit])}: a surprise of <b>${number(n.loss, 3)}</b>.`,
      `Backwards: chance given minus chance deserved. The ${s.digit} should rise (▲), all others fall (▼).`,
      "Backwards: layer 2 has its δ. What is off has none.",
      "Backwards: layer 1 has its δ. What is off has none.",
      "All slopes are there: δ times what came through. <i>Learn</i> goes a step against them.",
    ][t];
    const value = [
      t >= lit(l) && `${l < 3 ? "returns" : "has the output"} ${number(n.a[l][j], 3)}`,
      t >= known(l) && `its δ is ${number(n.deltas[l][j], 3)}`,
    ].filter(Boolean);
    const ringed = value.length ? ` Neuron ${called(s.neuron)} ${value.join(", ")}.` : "";
    const steps = s.steps === 1 ? "1 step" : `${s.steps} steps`;
    return `${said}${ringed} After ${steps} the mean loss of the ten digits is <b>${number(n.mean, 3)}</b>, and it reads ${n.read} of them.`;
  },
});

const tenths = (pixels) => Math.round(10 * pixels) / 10;
const signed = (value) =>
  `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;
