// What every live figure shares: settings and their controls, the address, the picture, the words.
//
// A figure is a few functions, and data flows one way through them:
//
//   settings --model--> numbers --draw--> picture
//                              --words--> read-out
//
// Whatever the reader does changes a setting, and everything is computed anew from there.

const script = document.currentScript;
const figure = [...document.querySelectorAll("figure")].at(-1);
const calm = matchMedia("(prefers-reduced-motion: reduce)");
let ids = 0;

/** What the build handed over: from gdcore, and the style of the figure. */
export const data = JSON.parse(script.previousElementSibling.textContent);

/** Its name in addresses. One script may make several figures of a page. */
const { name } = data;

/** Bytes that are written as base64. */
export const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer;

/** A number rounded to whole parts of 1: what a drag sets. */
export const rounded = (value, parts) => Math.round(value * parts) / parts;

/** A number as people write it: 0.25, −3, 1.2·10⁻⁵. */
export function number(value, digits = 4) {
  if (!Number.isFinite(value)) return value > 0 ? "∞" : value < 0 ? "−∞" : "no number";
  const size = Math.abs(value);
  const plain = size === 0 || (size >= 1e-3 && size < 1e5);
  const [mantissa, exponent] = plain
    ? [value.toPrecision(digits)]
    : value.toExponential(digits - 2).split("e");
  const raised = exponent
    ? `·10${[...String(Number(exponent))].map((c) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[c] ?? "⁻").join("")}`
    : "";
  return (Number(mantissa) + raised).replace(/^(-?)1·/, "$1").replace("-", "−");
}

export const element = (tag, properties = {}, ...children) => {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
};

export const within = (value, [low, high]) => Math.min(Math.max(value, low), high);

// --- Controls. Each has an element, and a function that shows a value.

/** A label and what it labels. What stands between stars is in the type of formulas. */
function labelled(kind, label, input, ...more) {
  input.id = `live-${name}-${++ids}`;
  const text = element("label", { htmlFor: input.id });
  text.innerHTML = label.replace(/\*(.+?)\*/g, "<i>$1</i>");
  return element("div", { className: kind }, text, ...more, input);
}

/** A slider runs evenly from end to end, or evenly in the logarithm. */
function slider({ label, step, log, write = (v) => number(v, 3) }, changed) {
  const input = element("input", { type: "range", oninput: () => changed(value()) });
  const output = element("output", { ariaHidden: "true" });
  let ends = [0, 1];
  const value = () =>
    Number(
      log ? (ends[0] * (ends[1] / ends[0]) ** (input.value / log)).toPrecision(2) : input.value,
    );
  return {
    element: labelled("slider", label, input, output),
    show(now, range, state) {
      ends = range;
      [input.min, input.max, input.step] = log ? [0, log, 1] : [...range, step];
      // Not while it says so already: two places may round to one number, and a key must lead on.
      if (value() !== now)
        input.value = log
          ? Math.round((log * Math.log(now / ends[0])) / Math.log(ends[1] / ends[0]))
          : now;
      output.value = input.ariaValueText = write(now, state);
    },
  };
}

function choice({ label, options }, changed) {
  const input = element("select", { oninput: () => changed(input.value) });
  for (const [value, text] of Object.entries(options)) input.add(new Option(text, value));
  return {
    element: labelled("choice", label, input),
    show: (now) => {
      input.value = now;
    },
  };
}

function box({ label }, changed) {
  const input = element("input", { type: "checkbox", oninput: () => changed(input.checked) });
  return {
    element: labelled("box", label, input),
    show: (now) => {
      input.checked = now;
    },
  };
}

const kindOf = (setting) =>
  setting.options ? choice : typeof setting.value === "boolean" ? box : slider;

// --- The picture: a frame with axes, drawn anew at each change, and handles that can be dragged.

/** What a handle looks like. Two in one picture differ in shape and colour. */
const SHAPES = {
  round: "M-9 0A9 9 0 0 1 9 0 9 9 0 0 1-9 0z",
  diamond: "M0-11 11 0 0 11-11 0z",
};

/** One picture. Its drawing functions return SVG in text; `paint` shows it. */
class Pane {
  constructor(
    { ratio, style = "", handles = [], pen, tap, label, keys, held = handles[0] },
    set,
    now,
  ) {
    const clip = `live-${name}-${++ids}`;
    this.svg = element("div", {
      innerHTML:
        `<svg><clipPath id="${clip}"><rect/></clipPath><g></g><g clip-path="url(#${clip})"></g>` +
        handles
          .map(
            ({ look = "", name = "" }) =>
              `<g class="handle ${look}"><circle class="reach"/><path d="${SHAPES[look] ?? SHAPES.round}"/>` +
              `<text>${name}</text></g>`,
          )
          .join(""),
    }).firstChild;
    this.svg.style.cssText = `--ratio: ${ratio}; ${style}`;
    this.svg.role = keys ? "application" : "img";
    this.label = label;
    this.say("");
    [this.ground, this.drawing, ...this.handles] = this.svg.querySelectorAll("g");
    this.window = this.svg.querySelector("rect");
    this.moves = handles;
    if (handles.length || pen) this.listen(set, pen);
    if (tap)
      this.svg.onclick = (event) => {
        set(handles[0].move(...this.place(event), now));
        this.settle();
      };
    if (keys) this.obey(set, now, held, keys);
  }

  /** Arrow keys move what is held, ten times as far with the shift key. */
  obey(set, now, { at, move }, [across, up]) {
    this.svg.tabIndex = 0;
    this.svg.onkeydown = (event) => {
      const [x, y] = at(now), // which may not be drawn yet
        times = event.shiftKey ? 10 : 1;
      const to = {
        ArrowLeft: [x - times * across, y],
        ArrowRight: [x + times * across, y],
        ArrowDown: [x, y - times * up],
        ArrowUp: [x, y + times * up],
      }[event.key];
      if (!to) return;
      event.preventDefault();
      set(move(...to, now));
      this.settle();
    };
  }

  /** What was changed stays. */
  settle() {
    this.svg.dispatchEvent(new Event("change", { bubbles: true }));
  }

  /** What is said of the picture. */
  say(words) {
    this.svg.ariaLabel = `${this.label}. ${words}`;
  }

  /**
   * The nearest handle follows the pointer, or the pen draws. Of two in one place it is the upper one, so that they can be
   * pulled apart. A finger beside the handles scrolls the page.
   */
  listen(set, pen) {
    let held = -1;
    const move = (event, begins = false) => {
      const at = this.place(event);
      set(pen ? pen(...at, this.state, begins) : this.moves[held].move(...at, this.state));
    };
    const grab = (event) => {
      const { left, top } = this.svg.getBoundingClientRect();
      const far = this.ends.map(([x, y]) =>
        Math.hypot(x + left - event.clientX, y + top - event.clientY),
      );
      held = pen ? 0 : far.findLastIndex((distance) => distance < Math.min(...far) + 1);
      // While a handle is dragged, the picture may move, but not what the pointer means.
      this.held = { x: this.x, y: this.y };
      if (pen || far[held] > 22) move(event, true);
    };
    const release = (event) => {
      if (!event.isPrimary) return;
      if (held >= 0) this.settle();
      held = -1;
    };
    this.svg.onpointerdown = (event) => {
      const scrolls = !pen && event.pointerType === "touch" && !event.target.closest(".handle");
      if (event.button || !event.isPrimary || scrolls) return;
      event.preventDefault();
      this.svg.setPointerCapture(event.pointerId);
      grab(event);
    };
    this.svg.onpointermove = (event) => held >= 0 && event.isPrimary && move(event);
    this.svg.onpointerup = this.svg.onpointercancel = release;
  }

  /** Where on the axes the pointer is. */
  place({ clientX, clientY }) {
    const { left, top } = this.svg.getBoundingClientRect();
    const {
      x: [x0, x1],
      y: [y0, y1],
    } = this.held ?? this;
    return [
      x0 + ((clientX - left - this.left) / this.across) * (x1 - x0),
      y1 - ((clientY - top - this.top) / this.up) * (y1 - y0),
    ];
  }

  /** Say what part of the plane is shown. With `powers`, y counts powers of 10. */
  frame({ x, y, xlabel = "", ylabel = "", ticks = true, powers = false }) {
    const { em } = this;
    [this.left, this.top] = ticks ? [46 * em, 22 * em] : [8, 8];
    this.across = this.width - this.left - 12;
    this.up = this.height - this.top - (ticks ? 40 * em : 8);
    [this.x, this.y] = [x, y];
    for (const [side, size] of Object.entries({
      x: this.left,
      y: this.top,
      width: this.across,
      height: this.up,
    }))
      this.window.setAttribute(side, size);
    const bottom = this.top + this.up,
      right = this.left + this.across;
    const write = (x, y, anchor, words) =>
      `<text class="${anchor}" x="${x}" y="${y}">${words}</text>`;
    const axis = (d) => `<path class="axis" d="M${d}"/>`;
    this.ground.innerHTML = !ticks
      ? ""
      : [
          axis(`${this.left} ${this.top}V${bottom}H${right}`),
          ...tick(x, this.across / 50 / em).map((v) => {
            const words = number(v),
              at = this.X(v);
            // At the edge a long number would be cut.
            const anchor = at + 4 * em * words.length > this.width ? "end" : "middle";
            return axis(`${at} ${bottom}v4`) + write(at, bottom + 4 + 13 * em, anchor, words);
          }),
          ...tick(y, powers ? Math.min(this.up / 20 / em, y[1] - y[0]) : this.up / 40 / em).map(
            (v) =>
              axis(`${this.left} ${this.Y(v)}h-4`) +
              write(this.left - 7, this.Y(v) + 4 * em, "end", number(powers ? 10 ** v : v)),
          ),
          write(right, bottom + 4 + 30 * em, "end", xlabel),
          write(4, 13 * em, "", ylabel),
        ].join("");
  }

  X(x) {
    return tenth(this.left + ((x - this.x[0]) / (this.x[1] - this.x[0])) * this.across);
  }
  Y(y) {
    return tenth(this.top + ((this.y[1] - y) / (this.y[1] - this.y[0])) * this.up);
  }

  line(points, look) {
    return `<path class="${look}" d="M${points.map(([x, y]) => `${this.X(x)} ${this.Y(y)}`).join("L")}"/>`;
  }

  /** Dots are the round ends of lines without length. */
  dots(points, look, radius = 3) {
    const ink = points.map(([x, y]) => `M${this.X(x)} ${this.Y(y)}h0`).join("");
    return `<path class="${look}" stroke-width="${2 * radius}" d="${ink}"/>`;
  }

  star([x, y]) {
    const shape = "M0-8 1.8-2.5H7.6L2.9 1 4.7 6.5 0 3.1-4.7 6.5-2.9 1-7.6-2.5H-1.8z";
    return `<path class="star" transform="translate(${this.X(x)} ${this.Y(y)})" d="${shape}"/>`;
  }

  text([x, y], words, look = "", [dx, dy] = [0, 0]) {
    return `<text class="${look}" x="${this.X(x) + dx}" y="${this.Y(y) + dy}">${words}</text>`;
  }

  paint(drawing, s, n) {
    this.state = s;
    this.drawing.innerHTML = drawing;
    this.ends = this.moves.map(({ at }) => {
      const [x, y] = at(s, n);
      return [
        within(this.X(x), [this.left, this.left + this.across]),
        within(this.Y(y), [this.top, this.top + this.up]),
      ];
    });
    this.ends.forEach(([x, y], i) => {
      this.handles[i].setAttribute("transform", `translate(${x} ${y})`);
      // A name stands above, or below where the other handle is above; at the upper edge it stands beside.
      const other = this.ends[1 - i]?.[1] ?? Infinity,
        above = y < other || (y === other && !i),
        left = x > this.left + this.across / 2;
      const [dx, dy, anchor] =
        above && y < 30
          ? [left ? -16 : 16, 5, left ? "end" : ""]
          : [
              within(x, [this.left + 24, this.left + this.across - 24]) - x,
              above ? -16 : 27,
              "middle",
            ];
      const text = this.handles[i].lastChild;
      text.setAttribute("x", dx);
      text.setAttribute("y", dy);
      text.setAttribute("class", `label ${anchor}`);
    });
  }
}

/** A function, from the left to the right of the picture. */
export function curve(pane, f, look) {
  const [from, to] = pane.x,
    steps = Math.ceil(pane.across / 2);
  const at = Array.from({ length: steps + 1 }, (_, i) => from + (i / steps) * (to - from));
  return pane.line(
    at.map((x) => [x, f(x)]),
    look,
  );
}

/** Around 0, and turned by so many degrees, counter-clockwise. */
export function ellipse(pane, across, up, look, turn = 0) {
  const [x, y] = [pane.X(0), pane.Y(0)];
  return `<ellipse class="${look}" transform="translate(${x} ${y}) rotate(${-turn})" rx="${pane.X(across) - x}" ry="${y - pane.Y(up)}"/>`;
}

/** A frame around 0, at least `x` wide and `y` high, where a unit is as long upwards as across. */
export function equal(pane, x, y, ticks = false) {
  const [across, up] = ticks
      ? [pane.width - 58, pane.height - 62]
      : [pane.width - 20, pane.height - 16],
    unit = Math.min(across / x, up / y);
  return {
    x: [-across / unit / 2, across / unit / 2],
    y: [-up / unit / 2, up / unit / 2],
    ticks,
  };
}

/** A line around what the frame of a map shows. */
export function border(pane) {
  const [[left, right], [bottom, top]] = [pane.x, pane.y];
  const corners = [left, right, right, left, left].map((x, i) => [x, i % 4 < 2 ? bottom : top]);
  return pane.line(corners, "axis");
}

/** For what is outside of a frame around 0: an arrowhead at the edge, away from the middle. */
export function outside(pane, [x, y], look) {
  const far = Math.max(Math.abs(x / pane.x[1]), Math.abs(y / pane.y[1]));
  if (far <= 1) return "";
  const turn = (-180 / Math.PI) * Math.atan2(y, x);
  return `<path class="${look} mark" stroke-width="3" transform="translate(${pane.X(x / far)} ${pane.Y(y / far)}) rotate(${turn})" d="M-12-7 -2 0-12 7"/>`;
}

const tenth = (pixels) => Math.round(within(pixels, [-1e4, 1e4]) * 10) / 10;

/** Round numbers to write along an axis. */
function tick([low, high], most) {
  const rough = (high - low) / Math.max(most, 2),
    power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((m) => m * power >= rough) * power;
  const first = Math.ceil(low / step - 1e-9);
  return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, i) =>
    Number(((first + i) * step).toPrecision(9)),
  );
}

// --- The figure.

/**
 * Put a live figure in the place of the static one before it.
 *
 * settings  name -> { label, value, and: range, step or log | options }
 * model     the settings -> the numbers that they lead to
 * panes     name -> { ratio, handles: [{ at(s, n), move(x, y, s) }] or pen(x, y, s, begins) };
 *           what is dragged returns settings to change. A handle may have a name, which stands beside
 *           it, and a look: diamond. label: what it is a picture of, to those who cannot see it;
 *           keys: how far an arrow key moves `held`, which is the first handle unless the pane says
 *           another; tap: whether a tap beside moves it too
 * draw      (panes, settings, numbers): paints them
 * words     (settings, numbers): the read-out, as HTML
 * table     optional, the same: rows to look up
 * lines     how many lines the read-out may take on a wide page
 * side      whether the pictures stand side by side, of three the first above the others
 * met       (settings, numbers): whether the reader has met the challenge that the page sets (`goal`)
 * buttons   what a button says -> (settings, numbers), which returns settings to change; one that is
 *           to run from a number to another, as a pair of them
 * again     what the button says that takes all settings back
 * walk      optional, { length(numbers), shown }: how many steps there are to play; the figure then
 *           has the setting k, the steps shown, of which the model knows nothing
 */
export function live({
  settings,
  model,
  panes,
  draw,
  words,
  table,
  walk,
  lines = 3,
  side = false,
  met,
  buttons: more = {},
  again = "Reset",
}) {
  const state = {},
    controls = {};
  let numbers,
    awaited = 0,
    silence = 0,
    spoken; // of which part of the picture the reader reads
  const compute = () => (numbers ??= model(state));
  const last = () => walk.length(compute());
  /** The settings with the step shown as a number. */
  const settled = () => (walk ? { ...state, k: Math.min(state.k, last()) } : state);
  if (walk) {
    settings.k = {
      label: "Steps shown",
      step: 1,
      value: walk.shown ?? Infinity,
      range: () => [0, last()],
      write: (k) => `${k} of ${last()}`,
    };
  }
  for (const [key, value] of Object.entries(data.start ?? {})) settings[key].value = value;

  const of = (key, what) =>
    typeof settings[key][what] === "function" ? settings[key][what](state) : settings[key][what];
  const clean = (key, value) => {
    const { options } = settings[key],
      usual = of(key, "value");
    if (value === undefined) return usual;
    if (options) return Object.hasOwn(options, value) ? value : usual;
    if (typeof usual === "string") return value;
    if (typeof usual === "boolean") return String(value) === "true";
    if (value === "" || Number.isNaN(Number(value))) return usual;
    const plain = settings[key].step === 1 ? Math.round(value) : Number(value);
    return key === "k" ? Math.max(plain, 0) : plain;
  };

  /** Change some settings; all others stay, as far as their ranges allow. */
  function set(changes) {
    for (const key in settings) {
      const value = clean(key, changes[key] ?? state[key]);
      const now = key !== "k" && settings[key].range ? within(value, of(key, "range")) : value;
      if (key !== "k" && now !== state[key]) numbers = undefined;
      state[key] = now;
    }
    if (walk && state.k >= last()) state.k = Infinity;
    later();
  }
  const later = () => {
    if (!awaited) awaited = requestAnimationFrame(show);
  };
  const reset = () => {
    for (const key in settings) delete state[key];
    set({});
  };

  const shown = {};
  const moved = (changes) => {
    stop();
    set(changes);
  };
  for (const key in panes) shown[key] = new Pane(panes[key], moved, state);
  const all = Object.values(shown);
  const readout = element("p", { className: "readout", style: `--lines: ${lines}` });
  const status = element("output", { className: "unseen" });
  const rows = element("div", { className: "rows" });
  const controlBox = element("div", { className: "controls" });
  const body = element(
    "div",
    { hidden: true },
    element(
      "div",
      { className: "stage" },
      element("div", { className: side ? "panes side" : "panes" }, ...all.map(({ svg }) => svg)),
      readout,
    ),
    controlBox,
    rows,
    status,
  );

  function show() {
    awaited = 0;
    const now = compute();
    const seen = settled();
    for (const key in controls) controls[key].show(seen[key], of(key, "range"), seen);
    readout.innerHTML = words(seen, now);
    if (data.goal)
      readout.innerHTML += met(seen, now)
        ? ` <b class="met">✓ ${data.goal}</b>`
        : ` <b>Challenge:</b> ${data.goal}`;
    rows.innerHTML = table?.(seen, now) ?? "";
    if (all.every(({ width }) => width)) draw(shown, seen, now);
    for (const part of body.querySelectorAll(`.as-${spoken}`)) part.classList.add("lit");
    clearTimeout(silence);
    // Read aloud once the reader pauses; and what the picture shows is what the words say.
    silence = setTimeout(() => {
      status.textContent = readout.innerText;
      for (const pane of all) pane.say(readout.innerText);
    }, 700);
  }

  // --- its controls
  for (const key of Object.keys(settings).filter(
    (key) => settings[key].label && (data.controls?.includes(key) ?? true),
  )) {
    controls[key] = kindOf(settings[key])(settings[key], (value) => {
      stop();
      set({ ...settings[key].also?.(value), [key]: value });
    });
    controlBox.append(controls[key].element);
  }
  const button = (innerText, pressed) =>
    element("button", {
      innerText,
      onclick: () => {
        pressed();
        remember();
      },
    });
  let stop = () => {};
  /** A button that changes settings. With a pair of numbers, a setting runs from one to the other. */
  function player(says, press) {
    const made = button(says, () => {
      const pauses = made.innerText !== says;
      stop();
      if (!pauses) start(press());
    });
    function start(changes) {
      const [key, ends] = Object.entries(changes).find(([, value]) => Array.isArray(value)) ?? [];
      if (!key) return set(changes);
      const [from, to] = ends;
      // With less motion it is seen in ten pictures or less, one a press.
      if (calm.matches) return set({ [key]: Math.min(Math.floor(from) + Math.ceil(to / 10), to) });
      const time = walk ? within(to * 160, [1000, walk.longest ?? 5000]) : 700 * (to - from);
      let began,
        frame = requestAnimationFrame(next);
      function next(now) {
        began ??= now;
        const part = Math.min((now - began) / time, 1);
        set({ [key]: rounded(from + part * (to - from), 1 / settings[key].step) });
        frame = requestAnimationFrame(next);
        if (part < 1) return;
        stop();
        remember();
      }
      made.innerText = "Pause";
      stop = () => {
        cancelAnimationFrame(frame);
        made.innerText = says;
        stop = () => {};
      };
    }
    return made;
  }
  const buttons = element("div", { className: "buttons" });
  if (walk)
    buttons.append(
      button("Step", () => {
        stop();
        set({ k: state.k < last() ? state.k + 1 : 0 });
      }),
      player("Play", () => ({ k: [state.k < last() ? state.k : 0, last()] })),
    );
  for (const [says, press] of Object.entries(more))
    buttons.append(player(says, () => press(settled(), compute())));
  buttons.append(
    button(again, () => {
      stop();
      reset();
    }),
  );
  controlBox.append(buttons);
  if (controls.k) controlBox.prepend(controls.k.element, buttons);
  else if (Object.keys(more).length) controlBox.prepend(buttons);

  // --- its address: what differs from the start stands behind #name?, one figure's after another's
  const told = () => {
    const [, ...parts] = location.hash.slice(1).split(/(?:^|&)([\w-]+)\?/);
    return new Map(parts.flatMap((part, i) => (i % 2 ? [] : [[part, parts[i + 1]]])));
  };
  function remember() {
    const all = told(),
      now = settled();
    all.delete(name);
    const own = Object.keys(state).filter((key) => state[key] !== of(key, "value"));
    if (own.length) all.set(name, new URLSearchParams(own.map((key) => [key, now[key]])));
    const hash = [...all].map(([figure, query]) => `${figure}?${query}`).join("&");
    if (hash || location.hash.includes("?"))
      history.replaceState("seen", "", hash ? `#${hash}` : location.pathname + location.search);
  }
  function follow() {
    const all = told();
    if (!all.has(name)) return;
    stop();
    reset();
    set(Object.fromEntries(new URLSearchParams(all.get(name))));
    for (const part of document.querySelectorAll("details"))
      if (part.contains(figure)) part.open = true;
    // A link leads here. Who loads the page again, or comes back, finds it where it was.
    if (history.state || name !== [...all.keys()].at(-1)) return;
    history.replaceState("seen", "");
    figure.scrollIntoView();
  }
  body.onchange = remember;
  addEventListener("hashchange", follow);
  addEventListener("load", follow);

  // --- and its place
  const sizes = new ResizeObserver((entries) => {
    for (const { target, contentRect } of entries) {
      const pane = all.find(({ svg }) => svg === target);
      pane.em = parseFloat(getComputedStyle(target).fontSize) / 13;
      pane.width = contentRect.width;
      pane.height = contentRect.height;
      target.setAttribute("viewBox", `0 0 ${pane.width} ${pane.height}`);
    }
    later();
  });
  for (const pane of all) {
    sizes.observe(pane.svg);
  }
  reset();
  show();
  // In a tree of its own: a reader view, a page that is saved and what is copied know only the page,
  // and so have the figure that needs no script. Where the tree is kept but its style is not, the
  // live one stays hidden.
  const tree = figure.querySelector(".live").attachShadow({ mode: "open" });
  if (!window.liveStyle) {
    window.liveStyle = new CSSStyleSheet();
    window.liveStyle.replaceSync(data.style);
  }
  tree.adoptedStyleSheets = [window.liveStyle];
  tree.append(body, element("slot"));
  const live = {
    name,
    element: body,
    set,
    state,
    light(part) {
      spoken = part;
      later();
    },
    get numbers() {
      return compute();
    },
  };
  figure.live = live;
  return live;
}
