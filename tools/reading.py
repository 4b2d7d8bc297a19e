"""How does each chapter read?  Measures the pages that `make book` has built.

    python -m tools.reading                   # a line for each chapter
    python -m tools.reading beyond            # and all that is too much in this one
    python -m tools.reading beyond --cells    # also runs its visible cells, by themselves

It looks at the main line, that is, at what stands unfolded (see conf/extensions/reading.py).  The
tests ask for the same (tests/test_reading.py).
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docutils import nodes
from playwright.sync_api import Browser, sync_playwright
from sphinx.addnodes import pending_xref
from sphinx.util.nodes import traverse_parent

from conf.extensions.deeper import is_deeper
from conf.extensions.drills import drill, drill_form
from conf.extensions.reading import (
    WORD,
    Count,
    count,
    folded,
    goes_deeper,
    is_box,
    main_line,
    of_cell,
    unread,
)
from tools import browser, claims
from tools.project import ROOT, chapters

SITE, READ = ROOT / "_build/html", ROOT / "_build/kept/doctrees"

# The most of each in a chapter, and of what goes deeper the least, too.
MINUTES, WINDOWS, SENTENCE = 35, 3.0, 30
DEEPER = 0.1, 0.7
#: The least in each section of the main line before the exercises, with these exceptions: what
#: sums up, what fails, and what is there to play with.
DRILLS = 2
UNDRILLED = {"What goes wrong", "In short", "Where this comes from", "Move the ball yourself"}
WIDTH, HEIGHT = 1280, 800


def read(chapter: str) -> nodes.document:
    """Return a chapter as Sphinx has read it."""
    with (READ / f"{chapter}.doctree").open("rb") as file:
        tree: nodes.document = pickle.load(file)
    return tree


# --- Sentences


@dataclass(frozen=True)
class Sentence:
    text: str
    line: int | None

    @property
    def words(self) -> int:
        """Its words, without formulas and code."""
        return len(WORD.findall(re.sub(r"\$.*?\$|`.*?`", " ", self.text)))


# While a text is cut, a formula or a piece of code is one letter that nobody writes.
STAND_IN = 0xE000
OPENING, CLOSING = "\"'“‘(\\[", "\"'”’)\\]"
END = re.compile(
    rf"[.?!…][{CLOSING}]*(?=\s+[{OPENING}]*[^\W\d_a-zß-öø-ÿα-ω]|\s+[{OPENING}]*[\d\ue000-\uf8ff])"
)
#: A point behind these ends no sentence.
SHORT = re.compile(r"(\b(e\.g|i\.e|vs|cf|Dr|Mr|Mrs|St|Fig|pp?)|\b[A-Z])\.$")
FORMAL = nodes.math, nodes.math_block, nodes.literal


def cut(text: str) -> Iterator[str]:
    """Yield the sentences of a text. What ends in a colon ends with its paragraph."""
    begin = 0
    for end in END.finditer(text):
        if not SHORT.search(text[begin : end.start() + 1]):
            yield text[begin : end.end()].strip()
            begin = end.end()
    if rest := text[begin:].strip():
        yield rest


def sentences(tree: nodes.Element) -> Iterator[Sentence]:
    """Yield the sentences of the main line, those of captions, lists and tables too."""
    done: set[int] = set()
    for block in main_line(tree):
        if not isinstance(block, nodes.paragraph | nodes.caption | nodes.term) or id(block) in done:
            continue
        stand_ins: list[str] = []
        text = flat(block, stand_ins)
        for more in going_on(block):
            done.add(id(more))
            text += " " + flat(more, stand_ins)
        for sentence in cut(re.sub(r"\s+", " ", text)):
            for number, formal in enumerate(stand_ins, start=STAND_IN):
                sentence = sentence.replace(chr(number), formal)
            yield Sentence(sentence, block.line)


def going_on(block: nodes.Element) -> Iterator[nodes.Element]:
    """Yield the formulas below a paragraph and the words after them that finish its sentence."""
    after: nodes.Node = block
    ended = block.astext().rstrip().endswith((".", "?", "!", ":"))
    while not ended:
        formula = after.next_node(descend=False, siblings=True)
        if not isinstance(formula, nodes.math_block):
            return
        yield formula
        ended = bool(re.search(r"[.?!](\s|\\[a-z]+\{\w+\}|\})*$", formula.astext()))
        words = formula.next_node(descend=False, siblings=True)
        if ended or not isinstance(words, nodes.paragraph) or not words.astext()[:1].islower():
            return
        yield words
        after, ended = words, words.astext().rstrip().endswith((".", "?", "!", ":"))


def flat(node: nodes.Node, stand_ins: list[str]) -> str:
    if isinstance(node, nodes.Text):
        return node.astext()
    if isinstance(node, FORMAL):
        mark = "`" if isinstance(node, nodes.literal) else "$"
        stand_ins.append(f"{mark}{node.astext()}{mark}")
        return chr(STAND_IN + len(stand_ins) - 1)
    text = "".join(flat(child, stand_ins) for child in node.children if not unread(child))
    # The names of works and chapters are put in later, and begin with a capital letter.
    if isinstance(node, pending_xref) and node["reftype"] in ("t", "ts", "p", "doc"):
        return text if node.get("refexplicit") else text.capitalize()
    return text


# --- Folds and drills


def deeper_share(tree: nodes.Element) -> float:
    """Return how much of the words stand in parts that go deeper, solutions apart."""
    main = count(main_line(tree)).words
    parts = [n for n in tree.findall(nodes.Element) if goes_deeper(n) and not in_another(n)]
    deeper = sum(count(main_line(part)).words for part in parts)
    return deeper / max(1, main + deeper)


def in_another(node: nodes.Node) -> bool:
    return any(map(goes_deeper, traverse_parent(node.parent)))


def few_drills(tree: nodes.document) -> Iterator[str]:
    """Yield the sections of the main line before the exercises that have too few drills."""
    (chapter,) = (child for child in tree.children if isinstance(child, nodes.section))
    for section in (child for child in chapter.children if isinstance(child, nodes.section)):
        title = section[0].astext()
        if any("exercise" in box["classes"] for box in section.findall(nodes.admonition)):
            return
        drills = sum(isinstance(node, drill) for node in main_line(section))
        if drills < DRILLS and title not in UNDRILLED and not is_deeper(section):
            yield f"{title} ({drills})"


SIGNED = r"[+−-]?\s*(?:\d+(?:\.\d+)?|\.\d+)"
FRACTION = re.compile(rf"([+−-]?)\\[dt]?frac\s*\{{({SIGNED})\}}\s*\{{({SIGNED})\}}")
POWER = re.compile(rf"(?:({SIGNED})\s*(?:\\cdot|\\times|·|×)\s*)?10\^\{{?({SIGNED})\}}?")
SIMPLE = re.compile(rf"({SIGNED})(?:\s*/\s*({SIGNED}))?")


def numbers(text: str) -> set[float]:
    """Return the numbers that a text or its TeX says, with their signs."""
    text = re.sub(r"(?<=\d)(\{,\}|\\,|,|[\u2009\u202f ])(?=\d{3}(?!\d))", "", text)
    found = [(sign + top, bottom) for sign, top, bottom in FRACTION.findall(text)]
    said = {plain(top) / plain(bottom) for top, bottom in found if plain(bottom)}
    said |= {plain(factor or "1") * 10 ** plain(power) for factor, power in POWER.findall(text)}
    for match in SIMPLE.finditer(text):
        top, bottom = plain(match[1]), plain(match[2] or "1")
        said |= {top, top / bottom} if bottom else {top}
        if re.search(r"[\w)}]\s*$", text[: match.start()]):  # then it is a plus or a minus
            said |= {abs(top), abs(top) / bottom} if bottom else set()
    return said | {number / 100 for number in map(plain, re.findall(rf"({SIGNED})\s*\\?%", text))}


def plain(number: str) -> float:
    return float(re.sub(r"\s", "", number).replace("−", "-").replace("--", ""))


def unexplained(tree: nodes.Element) -> Iterator[str]:
    """Yield the drills whose explanation does not come to the answer."""
    for question in tree.findall(drill):
        asked, form, answer = question.children
        assert isinstance(form, drill_form)
        if "within" in form:
            slack = form["within"] + 1e-9 * abs(form["answer"])
            if not any(abs(n - form["answer"]) <= slack for n in numbers(answer.astext())):
                yield f"{asked.astext()[:60]!r}: {form['answer']:g} is not in {answer.astext()!r}"


def open_answers(tree: nodes.Element) -> Iterator[str]:
    """Yield the questions before a look whose answer does not stand folded in or behind them."""
    for box in tree.findall(nodes.admonition):
        if "question" in box["classes"] and not any(map(folded, box.findall(nodes.admonition))):
            after = box.next_node(descend=False, siblings=True)
            while isinstance(after, nodes.Invisible):
                after = after.next_node(descend=False, siblings=True)
            outputs = [part for part in getattr(after, "children", ()) if is_output(part)]
            hides = bool(outputs) and all(map(folded, outputs))
            if not (hides or (after is not None and is_box(after, "answer"))):
                yield box.astext().replace("\n", " ")[:80]


def is_output(node: nodes.Node) -> bool:
    return of_cell(node) == "cell_code_output"


# --- Windows without a picture

GAPS = """() => {
    const article = document.querySelector('article')
    const seen = [...article.querySelectorAll('figure, img, svg, canvas, video')]
        .filter(e => !e.closest('.katex, button') && e.checkVisibility())
        .map(e => e.getBoundingClientRect()).map(({ top, bottom }) => [top, bottom])
        .sort((one, other) => one[0] - other[0])
    const { top, bottom } = article.getBoundingClientRect()
    const heads = [...article.querySelectorAll(':is(h1, h2, h3, h4)')]
        .filter(e => e.checkVisibility())
        .map(e => [e.getBoundingClientRect().top, e.innerText.trim()])
    const at = y => heads.findLast(([place]) => place <= y + 1)?.[1] ?? heads[0][1]
    const gaps = []
    let from = top
    for (const [begin, end] of [...seen, [bottom, bottom]]) {
        gaps.push({ pixels: begin - from, from: at(from), to: at(begin) })
        from = Math.max(from, end)
    }
    return gaps.sort((one, other) => other.pixels - one.pixels)
}"""


@dataclass(frozen=True)
class Gap:
    """A stretch without a picture: how many windows high, from which section to which."""

    windows: float
    begins: str
    ends: str

    def __str__(self) -> str:
        return f"{self.windows:.1f} windows, from {self.begins!r} to {self.ends!r}"


def gaps(chromium: Browser, address: str) -> list[Gap]:
    """Return what stands between the pictures of a page, the longest first."""
    with chromium.new_context(
        bypass_csp=True, viewport={"width": WIDTH, "height": HEIGHT}
    ) as context:
        page = context.new_page()
        page.goto(address)
        page.evaluate("document.fonts.ready.then(() => 0)")
        return [Gap(g["pixels"] / HEIGHT, g["from"], g["to"]) for g in page.evaluate(GAPS)]


# --- Cells

RUN = """
import json, sys, traceback
space = {"__name__": "__main__"}
for line, code, may_fail in json.load(sys.stdin):
    try:
        exec(compile(code, f"the cell in line {line}", "exec"), space)
    except Exception:
        if not may_fail:
            sys.exit(f"the cell in line {line}: {traceback.format_exc(limit=-1)}")
"""


def run_cells(file: Path) -> str:
    """Run what a reader can copy from a chapter, in order; return what went wrong."""
    cells = [
        (cell.line + 1, cell.code, cell.may_fail)
        for cell in claims.read(file).cells
        if not cell.hidden
    ]
    assert cells
    done = subprocess.run(
        [sys.executable, "-c", RUN],
        input=json.dumps(cells),
        env=os.environ | {"MPLBACKEND": "agg", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stderr if done.returncode else ""


# --- The table


def table(chromium: Browser, names: Iterable[str]) -> list[dict[str, Any]]:
    """Measure chapters; what comes to one number each makes a line."""
    rows = []
    for name in names:
        tree = read(name)
        found: Count = count(main_line(tree))
        (first, *_) = gaps(chromium, (SITE / f"{name}.html").as_uri())
        long = [sentence for sentence in sentences(tree) if sentence.words > SENTENCE]
        rows.append(
            {
                "chapter".ljust(20): name.ljust(20),
                "minutes": round(found.minutes, 1),
                "words": found.words,
                "figures": found.figures,
                "displayed": found.displayed,
                "inline": found.inline,
                "code": found.code,
                "deeper": f"{deeper_share(tree):.0%}",
                "windows": round(first.windows, 1),
                f">{SENTENCE} words": len(long),
                "few drills": len(list(few_drills(tree))),
            }
        )
    return rows


def report(chromium: Browser, name: str) -> Iterator[str]:
    """Yield all that is too much or too little in a chapter."""
    tree = read(name)
    for gap in gaps(chromium, (SITE / f"{name}.html").as_uri()):
        if gap.windows > WINDOWS:
            yield f"no picture for {gap}"
    for sentence in sorted(sentences(tree), key=lambda s: -s.words):
        if sentence.words > SENTENCE:
            yield f"{sentence.words} words, line {sentence.line}: {sentence.text}"
    yield from (f"too few drills: {title}" for title in few_drills(tree))
    yield from (f"a drill: {words}" for words in unexplained(tree))
    yield from (f"an answer that is not folded: {words}" for words in open_answers(tree))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.reading", description=__doc__)
    parser.add_argument("chapters", nargs="*")
    parser.add_argument("--cells", action="store_true", help="run the visible cells, too")
    asked = parser.parse_args()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=browser.find(), args=["--no-sandbox", "--disable-gpu"]
        )
        rows = table(chromium, asked.chapters or chapters())
        for row in [{key: key for key in rows[0]}, *rows]:
            print(*(str(value).rjust(max(len(key), 9)) for key, value in row.items()))
        for name in asked.chapters:
            print(f"\n{name}", *report(chromium, name), sep="\n- ")
    if asked.cells:
        for name in asked.chapters or chapters():
            print(f"\n{name}: {run_cells(ROOT / 'book' / f'{name}.md') or 'its cells run'}")


if __name__ == "__main__":
    main()
