// The theme's scripts, and the few things besides that a page of the book needs one for. The text reads without any.
import "pydata-theme";
import "book-theme";
import "./copy.js";
import "./drill.js";

const root = document.documentElement;

// --- A page that a browser has saved holds what scripts had made. They make it again.
document.querySelectorAll(".copybtn, .play").forEach((button) => button.remove());
document.querySelectorAll("dialog[open]").forEach((dialog) => dialog.close());

// --- Buttons that the theme gives handlers, which the page's policy refuses.
const RUN = {
  "window.print()": () => window.print(),
  "toggleFullScreen()": window.toggleFullScreen,
};
document
  .querySelectorAll("[data-run]")
  .forEach((button) => button.addEventListener("click", RUN[button.dataset.run]));

// --- Say which colours are chosen to those who cannot see it.
const modes = [...document.querySelectorAll(".theme-change-button")];
const pressed = () =>
  modes.forEach(
    (button) => (button.ariaPressed = String(button.dataset.mode === root.dataset.mode)),
  );
modes.forEach((button) => button.addEventListener("click", pressed));
pressed();

// --- The contents of a narrow page stand in a dialog, which closes after a choice.
document.querySelectorAll("dialog[id$=sidebar-modal]").forEach((dialog) => {
  dialog.addEventListener("click", ({ target }) => target.closest("a") && dialog.close());
});

// --- The contents show where the reader is, and keep that line in sight.
const links = [...document.querySelectorAll(".page-toc a")];
function place(link) {
  const section = document.getElementById(decodeURIComponent(link.hash.slice(1)));
  return section?.matches("details > section") ? section.parentElement : section;
}
const inView = new Set();
const atEnd = () => scrollY > 0 && root.scrollHeight - innerHeight - scrollY < 2;

function mark() {
  // A section holds its subsections, so the innermost one in view stands last. The last ones may be too short to come
  // to the top of the window.
  const here = atEnd() ? links.at(-1) : links.findLast((link) => inView.has(place(link)));
  if (here?.ariaCurrent) return;
  for (const link of links) {
    link.classList.toggle("active", link === here);
    link.ariaCurrent = link === here ? "location" : null;
    link.closest("li").classList.toggle("active", link.closest("li").contains(here));
  }
  const frame = here?.closest(".bd-sidebar-secondary");
  if (frame && frame.scrollHeight > frame.clientHeight)
    frame.scrollTop = here.offsetTop - frame.clientHeight / 2;
}

const seen = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries)
      inView[isIntersecting ? "add" : "delete"](target);
    mark();
  },
  { rootMargin: "0px 0px -75% 0px" },
);
links.forEach((link) => place(link) && seen.observe(place(link)));
if (links.length) addEventListener("scroll", mark, { passive: true });

// --- How far one has read: where style alone cannot tell.
if (!CSS.supports("animation-timeline: scroll()")) {
  const bar = document.querySelector(".bd-header-article");
  const move = () =>
    bar.style.setProperty("--read", scrollY / Math.max(1, root.scrollHeight - innerHeight));
  addEventListener("scroll", move, { passive: true });
  move();
}

// --- What is wider than the page scrolls inside itself, and can then be reached by keyboard.
const NAMED = { pre: "Code", "math-scroll": "Formula", "table-scroll": "Table" };

/** What to call a frame that is too narrow for what it holds; nothing for any other. */
function name(frame) {
  if (frame.scrollWidth <= frame.clientWidth + 1) return "";
  const caption = frame.querySelector("caption")?.innerText;
  return caption ?? NAMED[frame.className || frame.localName] ?? "Code";
}

function reach(frame, label) {
  if (label) Object.assign(frame, { tabIndex: 0, role: "group", ariaLabel: label });
  else for (const attribute of ["tabindex", "role", "aria-label"]) frame.removeAttribute(attribute);
  fade(frame);
}

// Its edge fades as long as there is more; most browsers see to that by style alone.
function fade(frame) {
  if (CSS.supports("animation-timeline: scroll()")) return;
  const rest = frame.scrollWidth - frame.clientWidth - frame.scrollLeft;
  frame.style.setProperty("--fade", rest > 1 ? "var(--edge)" : "0rem");
}

const frames = document.querySelectorAll(".math-scroll, .table-scroll, pre");
const widths = new ResizeObserver((entries) => {
  // All are measured before any is changed: a change makes the browser lay out the page again.
  const labels = entries.map(({ target }) => name(target));
  entries.forEach(({ target }, i) => reach(target, labels[i]));
});
frames.forEach((frame) => {
  widths.observe(frame);
  frame.addEventListener("scroll", () => fade(frame), { passive: true });
});

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
  // That of the front page moves once by itself, when the reader sees it.
  if (!image.classList.contains("once") || matchMedia("(prefers-reduced-motion: reduce)").matches)
    return;
  new IntersectionObserver(
    ([{ isIntersecting }], observer) => {
      if (!isIntersecting) return;
      observer.disconnect();
      image.setAttribute("src", `${still}#play`);
    },
    { threshold: 0.6 },
  ).observe(image);
});

// --- What searches comes when somebody goes to a search field, or brings a question in the address.
function search() {
  if (window.bookIndex) return;
  window.bookIndex = true; // until the script has come
  const script = document.createElement("script");
  script.src = `${root.dataset.content_root}_static/search.js`;
  document.head.append(script);
}
addEventListener("focusin", ({ target }) => target.matches("input[type=search]") && search());
if (document.querySelector("article input[type=search]") && location.search) search();

// --- Pictures that the reader has not come to, and the static ones behind live figures, come when the reader prints the
// page or leaves it for the browser's menu: perhaps to save it.
function fetchPictures() {
  document.querySelectorAll("img[loading=lazy]").forEach((image) => {
    image.loading = "eager";
  });
}
addEventListener("blur", fetchPictures, { once: true });
addEventListener("beforeprint", fetchPictures, { once: true });

// --- An address within a closed part opens it; some browsers do so by themselves.
function openAnswer() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target?.closest("details:not([open])")) return;
  for (const part of document.querySelectorAll("details"))
    if (part.contains(target)) part.open = true;
  target.scrollIntoView();
}
openAnswer();
addEventListener("hashchange", openAnswer);

// --- On paper every answer is open, but not the code behind a picture; afterwards those are closed that were.
const closed = [];
addEventListener("beforeprint", () => {
  closed.push(...document.querySelectorAll("details:not([open], .above-input)"));
  for (const answer of closed) answer.open = true;
});
addEventListener("afterprint", () => {
  for (const answer of closed.splice(0)) answer.open = false;
});
