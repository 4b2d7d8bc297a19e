// Makes the two scripts of the search: the index, and what searches it. Told on stdin: the records, as search.py has
// them; as an argument: where to put the scripts.

import { writeFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import MiniSearch from "minisearch";
import { OPTIONS } from "./words.mjs";

const folder = process.argv[2];
const index = new MiniSearch(OPTIONS);
index.addAll(JSON.parse(await text(process.stdin)).map((record, id) => ({ id, ...record })));
// A script, since no browser lets a page fetch a file from disk.
writeFileSync(`${folder}/search-index.js`, `bookIndex(${JSON.stringify(index)})\n`);

buildSync({
  entryPoints: [fileURLToPath(import.meta.resolve("./search.mjs"))],
  outfile: `${folder}/search.js`,
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2022",
  logLevel: "warning",
});
