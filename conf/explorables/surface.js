// A hillside to turn, its map, and the two slices through one place.
import { border, data, ellipse, equal, live, number, rounded } from "./base.js";

const [a, b, c] = data.coefficients; // of x², xy and y²
const ENDS = [
  [-3, 3],
  [-2, 2],
];
// Contours, and how many of them lie higher tells how strong the colour is.
const LEVELS = [1, 2, 4, 7, 11, 16],
  HIGHEST = 24;
const NARROW = 260; // in so few pixels there is no room for more words
const UP = 0.17, // a unit of height beside one of x and y
  REACH = 1.2; // how far a tangent is drawn to each side
const height = ([x, y]) => a * x * x + b * x * y + c * y * y;
const even = ([from, to], count) =>
  Array.from({ length: count + 1 }, (_, i) => from + (i / count) * (to - from));

/** Where a point in space is in the picture: from above if `tilt` is 90, from the side if it is 0. */
function view({ turn, tilt }) {
  const [t, e] = [turn, tilt].map((degrees) => (degrees * Math.PI) / 180);
  const [ct, st, ce, se] = [Math.cos(t), Math.sin(t), Math.cos(e), Math.sin(e)];
  return ([x, y, z]) => [x * ct + y * st, (y * ct - x * st) * se + UP * (z - HIGHEST / 2) * ce];
}
const on = (p) => [...p, height(p)];

// The cells of the net: the middle and the corners of each, and its colour.
const [across, upwards] = [even(ENDS[0], 12), even(ENDS[1], 8)];
const CELLS = across.slice(1).flatMap((x1, i) =>
  upwards.slice(1).map((y1, j) => {
    const [x0, y0] = [across[i], upwards[j]];
    const middle = [(x0 + x1) / 2, (y0 + y1) / 2, 0];
    const above = LEVELS.filter((level) => level > height(middle)).length;
    return {
      middle,
      corners: [on([x0, y0]), on([x1, y0]), on([x1, y1]), on([x0, y1])],
      // Each contour of the map lays one more veil over what is inside.
      colour: `color-mix(in srgb, var(--function) ${100 * (1 - 0.92 ** above)}%, var(--paper))`,
    };
  }),
);

/** The way through a place along one axis: all its points, with that coordinate from end to end. */
const way = ({ x, y }, axis) => even(ENDS[axis], 40).map((v) => (axis ? [x, v] : [v, y]));

// The axes of a contour: how curved the hill is along each, and by how much the first is turned.
const spread = Math.hypot(a - c, b),
  [steep, flat] = [(a + c + spread) / 2, (a + c - spread) / 2],
  lean = Math.atan2(b, a - c) / 2;

const around = (turn) => ((((turn + 180) % 360) + 360) % 360) - 180;
let grip; // where the turn began

live({
  settings: {
    turn: { label: "Turn", step: 1, range: [-180, 180], value: 25, write: (v) => `${number(v)}°` },
    tilt: { label: "Tilt", step: 1, range: [5, 90], value: 32, write: (v) => `${v}°` },
    x: { step: 0.05, range: ENDS[0], value: -2 },
    y: { step: 0.05, range: ENDS[1], value: 1 },
  },

  model(s) {
    const { x, y } = s;
    return {
      height: height([x, y]),
      gradient: [2 * a * x + b * y, b * x + 2 * c * y],
      slices: [0, 1].map((axis) => way(s, axis).map(height)),
      ball: view(s)(on([x, y])),
    };
  },

  lines: 2,

  panes: {
    surface: {
      label: "The hillside as a surface, to turn",
      ratio: 0.78,
      style: "--least: 40%; --narrow: 1; --flat: 0.75; touch-action: pan-y; cursor: grab",
      keys: [5, 5],
      held: {
        at: ({ turn, tilt }) => [turn, tilt],
        move: (turn, tilt) => ({ turn: around(turn), tilt }),
      },
      pen(x, y, { turn, tilt }, begins) {
        // Across the picture is about half a turn.
        if (begins) grip = [turn + 20 * x, tilt + 20 * y];
        return {
          turn: around(Math.round(grip[0] - 20 * x)),
          tilt: Math.round(grip[1] - 20 * y),
        };
      },
    },
    map: {
      label: "Its map, with the place to drag",
      ratio: 0.78,
      style: "--least: 40%; --narrow: 1; --flat: 0.75",
      keys: [0.05, 0.05],
      handles: [
        { at: ({ x, y }) => [x, y], move: (x, y) => ({ x: rounded(x, 20), y: rounded(y, 20) }) },
      ],
    },
    east: {
      label: "The slice to the east, with its tangent",
      ratio: 0.5,
      style: "--least: 40%; --narrow: 0.85; --flat: 0.7",
    },
    north: {
      label: "The slice to the north, with its tangent",
      ratio: 0.5,
      style: "--least: 40%; --narrow: 0.85; --flat: 0.7",
    },
  },

  draw({ surface, map, east, north }, s, n) {
    const p = [s.x, s.y];
    drawSurface(surface, s, n);

    map.frame({
      ...equal(map, 6.3, 4.3, map.width > NARROW),
      xlabel: "<tspan>x</tspan>",
      ylabel: "<tspan>y</tspan>",
    });
    map.paint(
      LEVELS.map((level) =>
        ellipse(
          map,
          Math.sqrt(level / steep),
          Math.sqrt(level / flat),
          "shade",
          (lean * 180) / Math.PI,
        ),
      ).join("") +
        [0, 1].map((axis) => map.line(way(s, axis), "cut")).join("") +
        border(map),
      s,
      n,
    );

    [east, north].forEach((slice, axis) => {
      slice.frame({
        x: ENDS[axis],
        y: [-2, HIGHEST],
        xlabel: `<tspan>${"xy"[axis]}</tspan>`,
        ylabel: `height going ${axis ? "north" : "east"}`,
      });
      const along = even(ENDS[axis], 40);
      const slope = n.gradient[axis];
      slice.paint(
        slice.line(
          along.map((v, i) => [v, n.slices[axis][i]]),
          "function",
        ) +
          slice.line(
            [-REACH, REACH].map((t) => [p[axis] + t, n.height + t * slope]),
            "tangent",
          ) +
          slice.dots([[p[axis], n.height]], "path", 5) +
          slice.text(
            [(ENDS[axis][0] + ENDS[axis][1]) / 2, HIGHEST],
            `slope ${clean(slope)}`,
            "label tangent middle",
            [0, 14],
          ),
        s,
        n,
      );
    });
  },

  words(s, n) {
    const [x, y] = n.gradient.map((slope) =>
      Math.abs(slope) < 1e-9
        ? "it is <b>level</b>"
        : `it ${slope > 0 ? "rises" : "falls"} with the slope <b>${clean(slope)}</b>`,
    );
    return `At (${number(s.x)}, ${number(s.y)}) the hillside is <b>${clean(n.height)}</b> high. To the east ${x}, to the north ${y}.`;
  },
});

function clean(value) {
  return number(Number(value.toFixed(9)), 3);
}

/** The net, from the back to the front. */
function net(pane, s) {
  const seen = view(s),
    above = view({ ...s, tilt: 90 }); // from where upwards is away
  const place = (point) => {
    const [u, v] = seen(point);
    return `${pane.X(u)} ${pane.Y(v)}`;
  };
  return CELLS.map((cell) => [above(cell.middle)[1], cell])
    .sort(([one], [other]) => other - one)
    .map(
      ([, { corners, colour }]) =>
        `<path class="cell" fill="${colour}" d="M${corners.map(place).join("L")}z"/>`,
    )
    .join("");
}

/** The net in its axes, and on it the two ways, their tangents and the ball. */
function drawSurface(pane, s, n) {
  const wide = pane.width > NARROW;
  const frame = equal(pane, wide ? 8.4 : 9, wide ? 7.4 : 7.8);
  // Where it is narrow, the words at the left need more of the room.
  pane.frame(wide ? frame : { ...frame, x: frame.x.map((end) => end - 0.7) });
  const seen = view(s);
  const ground = [0, 1, 2, 3].map((i) => [ENDS[0][+(i % 3 > 0)], ENDS[1][+(i > 1)], 0]);
  const foot = ground.reduce((left, corner) => (seen(corner)[0] < seen(left)[0] ? corner : left));
  const mast = [0, HIGHEST].map((z) => seen([foot[0], foot[1], z]));
  const flatly = s.tilt > 75;
  // The sides that are nearer carry the names, a little further out.
  const middle = seen([0, 0, 0]);
  const names = [0, 1].map((axis) => {
    const sides = ENDS[1 - axis].map((v) => (axis ? [v, 0, 0] : [0, v, 0]));
    const [near] = sides.map(seen).sort((one, other) => one[1] - other[1] || other[0] - one[0]);
    const [u, v] = near.map((end, i) => end - middle[i]);
    const out = Math.hypot(u, v);
    const word = wide ? ["east, ", "north, "][axis] : "";
    return pane.text(near, `${word}<tspan>${"xy"[axis]}</tspan>`, "middle", [
      ((wide ? 34 : 12) * u) / out,
      4 - (16 * v) / out,
    ]);
  });
  pane.paint(
    pane.line([...ground, ground[0]].map(seen), "axis") +
      net(pane, s) +
      [0, 1]
        .map((axis) => {
          const ends = [-REACH, REACH].map((t) => {
            const p = [s.x, s.y];
            p[axis] += t;
            return seen([...p, n.height + t * n.gradient[axis]]);
          });
          return (
            pane.line(
              way(s, axis).map((p) => seen(on(p))),
              "cut",
            ) + pane.line(ends, "tangent")
          );
        })
        .join("") +
      pane.dots([n.ball], "path", 6) +
      (flatly
        ? ""
        : pane.line(mast, "axis") +
          (wide ? [0, 8, 16, 24] : [0, 24])
            .map((z) => {
              const at = seen([foot[0], foot[1], z]);
              return pane.dots([at], "axis", 1.5) + pane.text(at, z, "end", [-6, 4]);
            })
            .join("") +
          pane.text(mast[1], "height", "middle", [0, -9])) +
      names.join("") +
      (wide
        ? pane.text([pane.x[0], pane.y[1]], "drag to turn", "", [2, 12]) +
          pane.text([pane.x[1], pane.y[1]], "strong colour: low", "end", [-2, 12])
        : ""),
    s,
    n,
  );
}
