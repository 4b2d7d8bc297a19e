// The search of the book, loaded when somebody comes to a search field. The index comes as a script too, since no browser
// lets a page fetch a file from disk.

import MiniSearch from "minisearch";
import { excerpt, find, marked } from "./find.mjs";
import { OPTIONS, words } from "./words.mjs";

const root = document.documentElement.dataset.content_root;

const index = new Promise((arrived, failed) => {
  window.bookIndex = (data) => arrived(MiniSearch.loadJS(data, OPTIONS));
  const script = document.createElement("script");
  script.src = `${root}_static/search-index.js`;
  script.onerror = failed;
  document.head.append(script);
});

function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

const withMarks = (text, found) =>
  marked(text, found).map(([piece, hit]) =>
    hit ? element("mark", { textContent: piece }) : piece,
  );

function entry({ url, title, within, text, names, terms }) {
  const found = new Set(terms);
  const hit = (name) =>
    name !== title &&
    words(name).every(
      ({ parts, whole }) => found.has(whole) || parts.every((part) => found.has(part)),
    );
  const link = element(
    "a",
    { href: root + url },
    element("span", { className: "search-title" }, ...withMarks(title, found)),
  );
  const where = [within, ...names.filter(hit)].filter(Boolean).join(" · ");
  if (where) link.append(element("span", { className: "search-within", textContent: where }));
  link.append(
    element("span", { className: "search-excerpt" }, ...withMarks(excerpt(text, found), found)),
  );
  return element("li", {}, link);
}

function serve(form) {
  const input = form.querySelector("input[type=search]");
  const status = element("p", { className: "search-status", role: "status" });
  const list = element("ol", { className: "search-results" });
  const links = () => [...list.querySelectorAll("a")];
  form.after(status, list);
  input.autocomplete = "off";

  async function show() {
    const query = input.value.trim();
    if (query) status.textContent = "Searching …";
    const results = query ? find(await index, query) : [];
    if (query !== input.value.trim()) return; // more was typed meanwhile
    list.replaceChildren(...results.map(entry));
    status.textContent = !query
      ? ""
      : results.length
        ? `${results.length === 20 ? "The best 20" : results.length} result${results.length > 1 ? "s" : ""}`
        : `Nothing says “${query}”.`;
  }

  function move(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    const stops = [input, ...links()];
    stops[stops.indexOf(document.activeElement) + step]?.focus();
    event.preventDefault();
  }

  input.addEventListener("input", show);
  form.addEventListener("keydown", move);
  list.addEventListener("keydown", move);
  list.addEventListener("click", ({ target }) => {
    if (target.closest("a")) form.closest("dialog")?.close();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    links()[0]?.click();
  });
  if (!form.closest("dialog")) input.value ||= new URLSearchParams(location.search).get("q") ?? "";
  show();
}

document.querySelectorAll("form:has(input[type=search])").forEach(serve);
