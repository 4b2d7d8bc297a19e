// What counts as a word: the same when the index is made and when somebody searches it.

import { stemmer } from "stemmer";

/** A symbol is found by its name too, and its name finds the symbol. */
const NAMES = {
  α: "alpha",
  β: "beta",
  γ: "gamma",
  δ: "delta",
  ε: "epsilon",
  ϵ: "epsilon",
  ζ: "zeta",
  η: "eta",
  θ: "theta",
  κ: "kappa",
  λ: "lambda",
  μ: "mu",
  ν: "nu",
  ξ: "xi",
  π: "pi",
  ρ: "rho",
  σ: "sigma",
  ς: "sigma",
  τ: "tau",
  φ: "phi",
  χ: "chi",
  ψ: "psi",
  ω: "omega",
  "∇": "nabla",
  "∂": "partial",
  "∑": "sum",
  "∏": "product",
  "√": "root",
  "∞": "infinity",
  "‖": "norm",
};
const SIGN = `[${Object.keys(NAMES).join("")}]`;

const STOP = new Set(
  (
    "a an and are as at be by do does for from has have how if in into is it its of on or than that the then there these " +
    "this to was what when where which who why will with you your"
  ).split(" "),
);

/** Runs of Chinese, numbers, words with what joins their parts, and symbols that have a name. */
const WORD = new RegExp(
  `\\p{Script=Han}+|\\d+(?:[.,]\\d+)*|(?:(?!${SIGN}|\\p{Script=Han})\\p{L}|['’]|[-‑](?=\\p{L}))+|${SIGN}`,
  "giu",
);

/** Letters without accents and digits without height: è is e, and xₖ is xk. */
const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "");

/** The terms of a word: its parts, and the whole where there are several. */
function split(word) {
  // Chinese has no spaces: each two characters that stand together are a term.
  if (/\p{Script=Han}/u.test(word))
    return { parts: word.length > 1 ? [...word].slice(1).map((c, i) => word[i] + c) : [word] };
  if (/\d/.test(word)) return { parts: [word.replace(/,(?=\d{3})/g, "")] };
  const parts = word
    .replace(/['’]s$|['’]/gu, "")
    .split(/[-‑]|(?<=\p{Ll})(?=\p{Lu})/u)
    .map((part) => part.toLowerCase())
    .filter((part) => part && !STOP.has(part));
  return {
    parts: parts.map(stemmer),
    whole: parts.length > 1 ? stemmer(parts.join("")) : undefined,
  };
}

export function words(text) {
  const found = plain(text).match(WORD) ?? [];
  return found
    .map((word) => split(NAMES[word.toLowerCase()] ?? word))
    .filter(({ parts }) => parts.length);
}

export function terms(text) {
  return words(text).flatMap(({ parts, whole }) => (whole ? [...parts, whole] : parts));
}

/** The settings of the index: a section that introduces a term, or is named after it, comes first. */
export const OPTIONS = {
  fields: ["names", "title", "text"],
  storeFields: ["url", "title", "within", "text", "names", "weight"],
  tokenize: terms,
  processTerm: (term) => term,
  searchOptions: { boost: { names: 4, title: 3 } },
};
