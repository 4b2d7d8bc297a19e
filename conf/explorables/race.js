// Five rules race on three landscapes, and a handle turns the ground under them.
import { border, data, equal, live, number, outside, rounded, within } from "./base.js";
import { descend } from "./descend.js";

const { places, max_steps: maxSteps, arrival, condition, shallow } = data;
const SHARE = 0.9,
  SLOW = 0.999,
  TINY = 1e-8;

// Each rule works coordinate by coordinate: it remembers something, and makes of a slope a step.
const RULES = {
  plain: (rate) => (g) => rate * g,
  momentum:
    (rate, v = 0) =>
    (g) => {
      v = SHARE * v + g;
      return rate * v;
    },
  Nesterov:
    (rate, v = 0) =>
    (g) => {
      v = SHARE * v + g;
      return rate * (g + SHARE * v);
    },
  RMSProp:
    (rate, s = 0) =>
    (g) => {
      s = SHARE * s + (1 - SHARE) * (g * g);
      return (rate * g) / (Math.sqrt(s) + TINY);
    },
  Adam:
    (rate, m = 0, s = 0) =>
    (g, k) => {
      m = SHARE * m + (1 - SHARE) * g;
      s = SLOW * s + (1 - SLOW) * (g * g);
      const [mean, square] = [m / (1 - SHARE ** (k + 1)), s / (1 - SLOW ** (k + 1))];
      return (rate * mean) / (Math.sqrt(square) + TINY);
    },
};
const NAMES = Object.keys(RULES);
// The axis of steps is one of these long.
const ROOM = [60, 150, maxSteps];
// So many steps of a way are seen at once.
const TAIL = 60;
// What each is drawn with: its look, and its mark with the width of the pen.
const SIGNS = {
  plain: ["tangent", "M-2-2H2V2H-2z", 5],
  momentum: ["path", "M0 0h0", 10],
  Nesterov: ["secant", "M0-5.5 5.2 4H-5.2z", 2],
  RMSProp: ["minimum", "M0-6 5 0 0 6-5 0z", 2],
  Adam: ["function", "M-4-4 4 4M4-4-4 4", 3],
};

// A landscape lies around the middle of its map. On a contour, `left` of the level is left for the
// square of the distance from its middle line, which runs over the `spans`; `at` is a point of it.
const GROUNDS = {
  bowl: {
    size: 8.8,
    height: ([x, y]) => (x * x + condition * y * y) / 2,
    slope: ([x, y]) => [x, condition * y],
    levels: [0.5, 2, 5, 10, 25, 60, 110],
    left: (level, t) => level - (t * t) / 2,
    at: (t, r) => [t, r * Math.sqrt(2 / condition)],
    spans: (level) => [[-Math.sqrt(2 * level), Math.sqrt(2 * level)]],
    lowest: [[0, 0]],
  },
  Rosenbrock: {
    size: 3.5,
    height: ([x, y]) => (1 - x) ** 2 + 100 * (y + 0.6 - x * x) ** 2,
    slope: ([x, y]) => {
      const off = y + 0.6 - x * x;
      return [-2 * (1 - x) - 400 * x * off, 200 * off];
    },
    levels: [0.5, 3, 12, 40, 100, 220, 450],
    left: (level, t) => level - (1 - t) ** 2,
    at: (t, r) => [t, t * t - 0.6 + r / 10],
    spans: (level) => [[1 - Math.sqrt(level), 1 + Math.sqrt(level)]],
    lowest: [[1, 0.4]],
  },
  ridge: {
    size: 4.6,
    height: ([x, y]) => (x * x) / 2 + (shallow * (y * y - 1) ** 2) / 4,
    slope: ([x, y]) => [x, shallow * (y * (y * y - 1))],
    levels: [0.003, 0.0125, 0.05, 0.2, 0.6, 1.4, 2.6],
    left: (level, t) => level - (shallow * (t * t - 1) ** 2) / 4,
    at: (t, r) => [r * Math.SQRT2, t],
    spans: (level) => {
      const part = Math.sqrt((4 * level) / shallow);
      const [near, far] = [Math.sqrt(Math.max(1 - part, 0)), Math.sqrt(1 + part)];
      return part < 1
        ? [
            [near, far],
            [-far, -near],
          ]
        : [[-far, far]];
    },
    lowest: [
      [0, 1],
      [0, -1],
    ],
  },
};
for (const ground of Object.values(GROUNDS))
  ground.contours = ground.levels.map((level) =>
    ground
      .spans(level)
      .map((ends) => ends.map((end) => within(end, [-ground.size, ground.size])))
      .map(([from, to]) =>
        Array.from({ length: 65 }, (_, i) => {
          const t = (from + to) / 2 - ((to - from) / 2) * Math.cos((i * Math.PI) / 32);
          const r = Math.sqrt(Math.max(ground.left(level, t), 0));
          return ground.at(t, i < 32 ? r : -r);
        }),
      ),
  );

/**
 * Turn a point by so many degrees, counter-clockwise.
 *
 * Where RMSProp hops, a last digit grows until it is seen, and browsers differ in that of a cosine.
 * So it is rounded: now all of them run the same race.
 */
function turning(degrees) {
  const [c, s] = [Math.cos, Math.sin].map((f) => rounded(f((degrees * Math.PI) / 180), 1e12));
  return ([x, y]) => [c * x - s * y, s * x + c * y];
}

/** All runs on a landscape that was turned, and the loss at each place. */
function race(place, turn) {
  const { height, slope } = GROUNDS[place],
    { start, rates } = places[place];
  const [there, back] = [turning(turn), turning(-turn)];
  const runs = NAMES.map((name) => {
    const rules = start.map(() => RULES[name](rates[name]));
    return descend((p) => there(slope(back(p))), there(start), {
      rule: (g, k) => g.map((gi, i) => rules[i](gi, k)),
      maxSteps,
    }).points;
  });
  return { runs, losses: runs.map((points) => points.map((p) => height(back(p)))) };
}

const unturned = {}; // the losses on each landscape, once they have been asked for

const marked = (name, place) => {
  const [look, shape, pen] = SIGNS[name];
  return `<path class="${look} mark" stroke-width="${pen}" transform="translate(${place})" d="${shape}"/>`;
};

const sign = (name) => `<svg class="sign" viewBox="-7 -7 14 14">${marked(name, [0, 0])}</svg>`;

/** Where the handle is, on the axis that turns with the ground. */
const reach = (place) => 0.45 * GROUNDS[place].size;

/** The ground as it was before it was turned: contours, the axis, and arrows along which its end goes. */
function ground(pane, place) {
  const [x, y] = [pane.X(0), pane.Y(0)],
    r = pane.X(reach(place)) - x;
  const arrow = `M${0.99 * r} ${0.14 * r}A${r} ${r} 0 0 1 ${0.93 * r} ${0.37 * r}l5-4m-5 4-1-6`;
  const contours = GROUNDS[place].contours.flatMap((pieces, i) =>
    pieces.map((piece) => pane.line(piece, i < 4 ? "shade" : "level")),
  );
  const arrows = [1, -1].map(
    (side) =>
      `<path class="axis" transform="translate(${x} ${y}) scale(1 ${side})" d="M0 0H${r}${arrow}"/>`,
  );
  return [...contours, ...arrows].join("");
}

/** The points without those that would fall on the same spot. */
function fine(pane, points) {
  let [x, y] = [1e9, 1e9];
  return points.filter((p, i) => {
    const [u, v] = [pane.X(p[0]), pane.Y(p[1])];
    const apart = Math.abs(u - x) + Math.abs(v - y) > 1 || i === points.length - 1;
    if (apart) [x, y] = [u, v];
    return apart;
  });
}

live({
  settings: {
    turn: {
      label: "Turn the ground by",
      step: 1,
      range: [-90, 90],
      value: 0,
      write: (v) => `${number(v)}°`,
    },
    place: {
      label: "Landscape",
      options: { bowl: "Long bowl", Rosenbrock: "Rosenbrock’s valley", ridge: "Ridge" },
      value: "bowl",
    },
  },

  model({ place, turn }) {
    unturned[place] ??= race(place, 0).losses;
    return { ...race(place, turn), unturned: unturned[place] };
  },

  walk: { length: () => maxSteps, shown: data.shown, longest: 9000 },
  lines: 3,

  panes: {
    map: {
      label: "Map with the ways of the five, and a handle that turns the ground",
      ratio: 0.8,
      style: "--part: 3; --least: 9rem; --narrow: 1.2; --flat: 1.2; --rows: 1",
      handles: [
        {
          at: ({ place, turn }) => turning(turn)([reach(place), 0]),
          move: (x, y) => ({ turn: Math.round((Math.atan2(y, x) * 180) / Math.PI) }),
        },
      ],
    },
    loss: {
      label: "The loss of each, step by step",
      ratio: 1.2,
      style: "--part: 1; --least: 9rem; --narrow: 1.2; --flat: 1.2; --rows: 1",
    },
  },

  draw({ map, loss }, s, n) {
    const { size, lowest } = GROUNDS[s.place],
      there = turning(s.turn);
    map.frame(equal(map, size, size));
    const ends = n.runs.map((points) => points[Math.min(s.k, points.length - 1)]);
    map.paint(
      `<g transform="rotate(${-s.turn} ${map.X(0)} ${map.Y(0)})">${ground(map, s.place)}</g>` +
        border(map) +
        map.dots(n.runs[0].slice(0, 1), "data", 3) +
        lowest.map((p) => map.star(there(p))).join("") +
        NAMES.map((name, i) =>
          map.line(
            fine(map, n.runs[i].slice(Math.max(s.k - TAIL, 0), s.k + 1)),
            `${SIGNS[name][0]} thin`,
          ),
        ).join("") +
        NAMES.map(
          (name, i) =>
            marked(name, [map.X(ends[i][0]), map.Y(ends[i][1])]) +
            outside(map, ends[i], SIGNS[name][0]),
        ).join(""),
      s,
      n,
    );

    const last = ROOM.find((steps) => steps >= s.k);
    loss.frame({
      x: [0, 1.04 * last],
      y: [-8, 3],
      xlabel: "step",
      ylabel: "loss",
      powers: true,
    });
    const curves = n.losses.map((losses) =>
      losses.slice(0, s.k + 1).map((value, k) => [k, Math.log10(Math.max(value, 1e-12))]),
    );
    loss.paint(
      loss.line(
        [0, last].map((k) => [k, Math.log10(arrival)]),
        "axis",
      ) +
        loss.text([last, Math.log10(arrival)], "goal", "end", [0, 15]) +
        NAMES.map((name, i) => loss.line(fine(loss, curves[i]), `${SIGNS[name][0]} thin`)).join(
          "",
        ) +
        NAMES.map((name, i) => {
          const [k, value] = curves[i].at(-1);
          return marked(name, [loss.X(k), loss.Y(value)]);
        }).join(""),
      s,
      n,
    );
  },

  words(s, n) {
    const now = (losses) => losses[Math.min(s.k, losses.length - 1)];
    const ranked = NAMES.map((name, i) => [now(n.losses[i]), name, now(n.unturned[i])]).sort(
      ([one], [other]) => one - other,
    );
    const row = ranked
      .map(([value, name]) => `<span>${sign(name)} ${name} <b>${number(value, 2)}</b></span>`)
      .join(", ");
    const noticed = ranked.filter(
      ([value, , before]) => Math.abs(value - before) > 1e-6 * before + 1e-12,
    );
    const turned = noticed.length
      ? `Unturned: ${noticed.map(([, name, before]) => `${name} ${number(before, 2)}`).join(", ")}; for the others it is the same.`
      : s.turn
        ? "Nobody notices the turn."
        : "Turn the ground: who notices?";
    return `Loss after ${s.k} steps: ${row}. ${turned}`;
  },
});
