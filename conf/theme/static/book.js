// The few things of a page that need a script. Everything else works without.
"use strict";

// --- Light, dark, or as the system has it: one button goes round.
const root = document.documentElement;
const button = document.querySelector("button.theme");
const ROUND = { auto: "light", light: "dark", dark: "auto" };
const NAMES = { auto: "as the system", light: "light", dark: "dark" };

function label() {
  button.setAttribute("aria-label", `Colours: ${NAMES[root.dataset.theme]}`);
  button.title = button.ariaLabel;
}

button.hidden = false;
label();
button.addEventListener("click", () => {
  root.dataset.theme = ROUND[root.dataset.theme] ?? "auto";
  try {
    localStorage.setItem("rolling-downhill-theme", root.dataset.theme);
  } catch {
    // A browser that keeps nothing still changes this page.
  }
  label();
});

// --- What is wider than the page scrolls inside itself, and can then be reached by keyboard.
const NAMED = { pre: "Code", "math-scroll": "Formula", "table-scroll": "Table" };

function reach(frame) {
  if (frame.scrollWidth > frame.clientWidth + 1) {
    frame.tabIndex = 0;
    frame.role = "group";
    frame.ariaLabel =
      frame.querySelector("caption")?.innerText ?? NAMED[frame.className || frame.localName] ?? "Code";
  } else {
    for (const name of ["tabindex", "role", "aria-label"]) frame.removeAttribute(name);
  }
}

const widths = new ResizeObserver((entries) => entries.forEach(({ target }) => reach(target)));
document.querySelectorAll(".math-scroll, .table-scroll, pre").forEach((frame) => widths.observe(frame));

// --- An animated figure stands still until its button is pressed; each press starts it anew.
document.querySelectorAll("img.animated").forEach((image) => {
  if (image.closest(".live")) return;
  const play = document.createElement("button");
  const figure = image.closest("figure")?.querySelector(".caption-number")?.innerText ?? "figure";
  const still = image.getAttribute("src").split(/[?#]/)[0];
  let turn = 0;
  play.type = "button";
  play.className = "play";
  play.innerText = "Play";
  play.setAttribute("aria-label", `Play ${figure.trim()}`);
  play.addEventListener("click", () => image.setAttribute("src", `${still}?n=${++turn}#play`));
  image.after(play);
});

// --- The contents: show where the reader is, and close after a choice.
const contents = document.getElementById("contents");
const sections = [...contents.querySelectorAll(".here a")];
contents.addEventListener("click", ({ target }) => {
  if (target.closest("a") && contents.matches(":popover-open")) contents.hidePopover();
});
const inView = new Set();
const seen = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) inView[isIntersecting ? "add" : "delete"](target.id);
    // A section holds its subsections, so the innermost one in view stands last.
    const here = sections.findLast((link) => inView.has(decodeURIComponent(link.hash.slice(1))));
    for (const link of sections) {
      if (link === here) link.setAttribute("aria-current", "location");
      else link.removeAttribute("aria-current");
    }
  },
  { rootMargin: "0px 0px -75% 0px" },
);
for (const link of sections) {
  const section = link.hash && document.getElementById(decodeURIComponent(link.hash.slice(1)));
  if (section) seen.observe(section);
}

// --- An address within a closed answer opens it; some browsers do so by themselves.
function openAnswer() {
  const target = document.getElementById(location.hash.slice(1));
  const answer = target?.closest("details:not([open])");
  if (answer) {
    answer.open = true;
    target.scrollIntoView();
  }
}
openAnswer();
addEventListener("hashchange", openAnswer);

// --- On paper every answer is open.
addEventListener("beforeprint", () => {
  document.querySelectorAll("details").forEach((answer) => { answer.open = true; });
});
