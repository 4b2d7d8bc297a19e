// Typesets formulas for katex.py: one request and one answer a line, in JSON, until stdin closes.
import { createInterface } from "node:readline";
import katex from "katex";

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
