// Makes the site's one style and one script: what the pages need of sphinx-book-theme and pydata-sphinx-theme, and the
// book's own on top. And the script of each live figure. Arguments: the folders of the two packages, colours as CSS, and where to write.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import esbuild from "esbuild";
import { PurgeCSS } from "purgecss";

const [bookPackage, pydataPackage, colours, target] = process.argv.slice(2);
const book = `${bookPackage}/theme/sphinx_book_theme`;
const pydata = `${pydataPackage}/theme/pydata_sphinx_theme`;
const own = (name) => fileURLToPath(new URL(name, import.meta.url));
const read = (file) => readFileSync(file, "utf-8");

// --- The signs on the buttons, instead of three fonts.
const SIGNS = {
  bars: "M3 6h18M3 12h18M3 18h18",
  list: "M9 6h12M9 12h12M9 18h12M4 6h.01M4 12h.01M4 18h.01",
  "magnifying-glass": "M17 10.5a6.5 6.5 0 1 1-13 0 6.5 6.5 0 0 1 13 0M15.5 15.5 21 21",
  download: "M12 3v12m-5-5 5 5 5-5M4 20h16",
  rocket: "M7 4.5v15l12-7.5z",
  expand: "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5",
  sun: "M16 12a4 4 0 1 1-8 0 4 4 0 0 1 8 0M12 2v2m0 16v2M2 12h2m16 0h2M5 5l1.4 1.4m11.2 11.2L19 19M19 5l-1.4 1.4M6.4 17.6 5 19",
  moon: "M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5z",
  "circle-half-stroke": "M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0M12 3v18M15 5v14M18 7.5v9",
  "angle-left": "M15 5l-7 7 7 7",
  "angle-right": "M9 5l7 7-7 7",
  "chevron-down": "M5 9l7 7 7-7",
  code: "M8 7l-5 5 5 5M16 7l5 5-5 5",
  file: "M6 3h8l5 5v13H6zM14 3v5h5",
  "file-pdf": "M7 8V3h10v5M7 17H4V9h16v8h-3M7 14h10v7H7z",
  "pencil-alt": "M4 20l1-4L16 5l3 3L8 19z",
  lightbulb: "M12 8v5m0 3.5v.01M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0",
  github:
    "M7 7.5a2.5 2.5 0 1 1 0-5 2.5 2.5 0 0 1 0 5zm0 0v9m0 0a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5zM17 9.5a2.5 2.5 0 1 1 0-5 2.5 2.5 0 0 1 0 5zm0 0c0 4-10 2-10 7",
};
const svg = (path) =>
  `<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' fill='none' stroke='%23000' stroke-width='2' ` +
  `stroke-linecap='round' stroke-linejoin='round'><path d='${path}'/></svg>`;
const signs = Object.entries(SIGNS).map(
  ([name, path]) => `.fa-${name}{--sign:url("data:image/svg+xml,${svg(path)}")}`,
);

// --- Style: of the theme's, only what its frame around the text can match. The text itself is the book's.
const FRAME = [
  `${pydata}/layout.html`,
  ...["header-article", "sidebar-primary", "sidebar-secondary", "footer-content"].map(
    (n) => `${pydata}/sections/${n}.html`,
  ),
  ...["search-field", "prev-next"].map((n) => `${pydata}/components/${n}.html`),
];
const OWN = [
  "layout",
  ...[
    "sbt-sidebar-nav",
    "article-header-buttons",
    "theme-switcher",
    "search-button-field",
    "search-button",
  ].map((n) => `components/${n}`),
];
// What the theme writes in Python and by script.
const MADE = `<html data-theme="auto light dark" data-mode="auto light dark"><body class="scrolled"><ul class="nav bd-sidenav
  section-nav flex-column pst-show_toc_level"><li class="toctree-l1 current active has-children nav-item toc-entry"><a
  class="reference internal nav-link active"></a><details open><summary><span class="toctree-toggle" role="presentation"></span></summary>
  </details></li></ul><p class="caption"></p><div class="pst-sidebar-hidden noprint">`;

function extract(html) {
  const all = (pattern, part = 1) => [...html.matchAll(pattern)].map((match) => match[part]);
  const words = (texts) =>
    texts.flatMap((text) => text.replace(/\{[{%].*?[}%]\}/gs, " ").split(/\s+/));
  return {
    tags: all(/<([a-z]\w*)/g),
    classes: words(all(/\bclass="([^"]*)"/gs)),
    ids: words(all(/\bid="([^"]*)"/g)),
    attributes: { names: all(/\s([a-z-]+)=/g), values: words(all(/="([^"]*)"/gs)) },
    undetermined: [],
  };
}

async function style() {
  const files = [
    ...FRAME,
    ...OWN.map((name) => own(`${name}.html`)),
    own("components/navbar-logo.html"),
  ];
  const sheets = [
    `${pydata}/static/styles/pydata-sphinx-theme.css`,
    `${book}/static/styles/sphinx-book-theme.css`,
  ];
  const kept = await new PurgeCSS().purge({
    content: [...files.map(read), MADE].map((raw) => ({ raw, extension: "html" })),
    css: sheets.map((file) => ({ raw: read(file) })),
    extractors: [{ extractor: extract, extensions: ["html"] }],
    // Other signs and menus stand there, and no header; and what tags look like is the book's business.
    blocklist: [
      /^fa-?/,
      /^svg-inline/,
      /^navbar/,
      /^bd-header$/,
      /^dropdown/,
      /^btn/,
      "form-control",
      "img",
      "code",
      "kbd",
      "table",
      "p",
      "summary",
    ],
    fontFace: true,
    keyframes: true,
    variables: true,
  });
  // Where the theme insists, it would outbid what stands above its layer.
  const theme = kept
    .map(({ css }) => css.replace(/@charset[^;]*;|@import[^;]*;|\s*!important/g, ""))
    .join("\n");
  const all = `@layer theme{${theme}}\n${read(colours)}\n${read(own("book.css"))}\n${signs.join("\n")}`;
  const { code } = await esbuild.transform(all, { loader: "css", minify: true, target: "es2022" });
  return code;
}

// --- Script: the theme's sources, without styles, without what compares versions, and with the book's storage.
const adapted = {
  name: "adapted",
  setup(build) {
    build.onResolve({ filter: /^compare-versions$/ }, () => ({
      path: "compare-versions",
      namespace: "none",
    }));
    build.onLoad({ filter: /.*/, namespace: "none" }, () => ({
      contents: "export const compare = () => false, validate = compare",
    }));
    build.onResolve({ filter: /^(pydata|book)-theme$/ }, ({ path }) => ({
      path:
        path === "book-theme"
          ? `${bookPackage}/assets/scripts/index.js`
          : `${pydataPackage}/assets/scripts/pydata-sphinx-theme.js`,
    }));
    const adapt = (filter, before, after) =>
      build.onLoad({ filter }, ({ path }) => {
        const text = read(path);
        if (!text.includes(before)) throw new Error(`${path} no longer says ${before}`);
        return { contents: text.replace(before, after) };
      });
    // Its sidebar gives way by the size of the window, ours also by that of the type.
    adapt(/sphinx_book_theme.assets.scripts.index\.js$/, "(min-width: 992px)", "(min-width: 62em)");
    // It measures one block of code, changes it, measures the next: half a second on a phone. book.js does it at once.
    adapt(
      /pydata_sphinx_theme.assets.scripts.pydata-sphinx-theme\.js$/,
      "function addTabStopsToScrollableElements() {",
      "function addTabStopsToScrollableElements() { return;",
    );
  },
};

const options = { bundle: true, minify: true, target: "es2022", logLevel: "warning" };
const script = await esbuild.build({
  ...options,
  write: false,
  entryPoints: [own("book.js")],
  inject: [own("storage.js")],
  loader: { ".scss": "empty" },
  drop: ["console"],
  plugins: [adapted],
});
writeFileSync(`${target}/book.js`, script.outputFiles[0].text);
writeFileSync(`${target}/book.css`, await style());

// --- Live figures: one script each, since a browser loads no modules from a file, and the style of all.
const SHARED = ["base.js", "descend.js"];
await esbuild.build({
  ...options,
  entryPoints: readdirSync(own("../explorables"))
    .filter((name) => !SHARED.includes(name))
    .map((name) => own(`../explorables/${name}`)),
  format: "iife",
  outdir: `${target}/../explorables`,
});
