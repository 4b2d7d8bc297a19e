// Finds what a query means. It knows nothing of a page, so that it can be tried in node.

import { terms, words } from "./words.mjs";

const HAN = /\p{Script=Han}/u;
const DIGIT = /\d/;
const SHOWN = 20;
const WIDTH = 170; // characters of an excerpt

/** The records that say what is asked for, the best first. */
export function find(index, query) {
  const asked = words(query);
  const all = asked.map(({ whole, parts }) => {
    const every = { combineWith: "AND", queries: parts };
    return whole ? { combineWith: "OR", queries: [whole, every] } : every;
  });
  // What the book writes as one word, somebody may write as two.
  const joined = asked.length > 1 ? [asked.flatMap(({ parts }) => parts).join("")] : [];
  const exact = { tokenize: (term) => [term], boostDocument: (id, term, { weight }) => weight };
  exact.prefix = (term) => term.length > 1 || HAN.test(term);
  const known = (term) => index.search(term, exact).length > 0;
  const fuzzy = (term) =>
    term.length > 3 &&
    !DIGIT.test(term) &&
    !HAN.test(term) &&
    !known(term) &&
    (term.length > 5 ? 2 : 1);
  const search = (queries, combineWith) =>
    index.search({ queries, combineWith }, { ...exact, fuzzy });

  let found = search([{ combineWith: "AND", queries: all }, ...joined], "OR");
  if (!found.length) found = search(all, "OR");
  // What is asked for by its full name comes first, and the section that introduces it before all others.
  const named = ({ names, weight, terms: found }) => {
    const meant = ({ parts, whole }) =>
      found.includes(whole) || parts.every((part) => found.includes(part));
    return names.map(words).some((name) => name.length === asked.length && name.every(meant))
      ? weight
      : 0;
  };
  return found.sort((a, b) => named(b) - named(a) || b.score - a.score).slice(0, SHOWN);
}

/** Pieces of a text, of which those that were found are true. */
export function marked(text, found) {
  const pieces = [];
  let end = 0;
  const mark = (from, to) => {
    if (from > end) pieces.push([text.slice(end, from), false]);
    pieces.push([text.slice(from, to), true]);
    end = to;
  };
  for (const { 0: piece, index } of text.matchAll(
    /\p{Script=Han}{1,2}|[\p{L}\p{M}\p{N}'’]+|\S/gu,
  )) {
    if (terms(piece).some((term) => found.has(term))) mark(index, index + piece.length);
  }
  if (end < text.length) pieces.push([text.slice(end), false]);
  return pieces;
}

/** The part of a text that holds most of what was found, from the beginning of a sentence if one is near. */
export function excerpt(text, found) {
  const places = [];
  let at = 0;
  for (const [piece, hit] of marked(text, found)) {
    if (hit) places.push([at, terms(piece).find((term) => found.has(term))]);
    at += piece.length;
  }
  const held = (from) =>
    new Set(places.filter(([at]) => at >= from && at < from + WIDTH * 0.7).map(([, term]) => term))
      .size;
  const best = places.reduce(
    (best, [at]) => (held(at) > held(best) ? at : best),
    places[0]?.[0] ?? 0,
  );
  const before = text.slice(0, best);
  const sentence = Math.max(
    ...[". ", "? ", "! ", "。"].map((stop) => before.lastIndexOf(stop) + stop.length),
  );
  const start =
    best < WIDTH / 2
      ? 0
      : best - sentence < WIDTH / 2
        ? sentence
        : before.lastIndexOf(" ", best - WIDTH / 4) + 1;
  const stop = start + WIDTH < text.length ? text.lastIndexOf(" ", start + WIDTH) : text.length;
  const end = stop > best ? stop : start + WIDTH;
  return `${start && start !== sentence ? "… " : ""}${text.slice(start, end)}${end < text.length ? " …" : ""}`;
}
