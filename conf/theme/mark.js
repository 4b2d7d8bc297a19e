// A number in the text lights what it stands for in a figure: under the pointer, in focus, or at a tap.
const MARK = "[data-mark]";
let lit;

function show(mark, on) {
  if (!mark) return;
  const [name, part] = mark.dataset.mark.split(".");
  const figure = document.getElementById(name);
  if (figure.live) return figure.live.light(on && part);
  const image = figure.querySelector("img"), // whose style lights the part that its address names
    [file] = image.getAttribute("src").split("#");
  image.setAttribute("src", on ? `${file}#${part}` : file);
}

function light(mark) {
  if (mark === lit) return;
  show(lit, false);
  show(mark, true);
  lit = mark;
}

for (const mark of document.querySelectorAll(MARK)) mark.tabIndex = 0;
for (const kind of ["pointerover", "focusin"])
  addEventListener(kind, ({ target }) =>
    light(target.closest?.(MARK) ?? document.activeElement.closest(MARK)),
  );
addEventListener("focusout", () => light(null));
