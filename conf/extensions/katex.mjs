// Typesets formulas for katex.py: one request and one answer a line, in JSON, until stdin closes.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const katex = createRequire(`${process.argv[2]}/`)("katex");

for await (const line of createInterface({ input: process.stdin })) {
  const { tex, display, output } = JSON.parse(line);
  let answer;
  try {
    answer = {
      html: katex.renderToString(tex, {
        displayMode: display,
        output,
        strict: "error",
        throwOnError: true,
      }),
    };
  } catch (error) {
    answer = { error: error.rawMessage ?? String(error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
