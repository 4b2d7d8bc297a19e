"""Run every `>>>` of a Markdown file, whatever stands around it."""

import doctest
import re
from pathlib import Path

# A fence ends the expected output of an example, as a blank line does.
FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,}|:{3,}).*$", re.MULTILINE)
# What a reader takes for an example, also where doctest does not: in a quote, at a list's dot.
PROMPT = re.compile(r"^[ \t>*+-]*(?:\d+[.)][ \t]+)?>>>")


def prompts(text: str) -> set[int]:
    """The numbers of the lines that look like an example."""
    return {n for n, line in enumerate(text.splitlines(), 1) if PROMPT.match(line)}


def check(path: Path) -> str:
    """Run a file's examples one after the other; the report is empty if they all came true."""
    text = path.read_text(encoding="utf-8")
    try:
        examples = doctest.DocTestParser().get_examples(FENCE.sub("", text), str(path))
    except ValueError as error:
        return f'File "{path}": {error}'
    test = doctest.DocTest(examples, {"__name__": "__main__"}, str(path), str(path), 0, text)
    report: list[str] = []
    doctest.DocTestRunner(verbose=False, optionflags=doctest.ELLIPSIS).run(test, out=report.append)

    run = {e.lineno + 1 for e in examples if not e.options.get(doctest.SKIP)}
    never = sorted(prompts(text) - run)
    report += [f'File "{path}", line {n}: this >>> is never run\n' for n in never]
    return "".join(report)
