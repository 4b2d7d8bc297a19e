"""What tests ask of a page: what axe finds, what it says, whether it is light."""

import re
from collections.abc import Iterator
from pathlib import Path

import pypdfium2
from bs4 import Tag
from conftest import ROOT
from playwright.sync_api import Page

AXE = (ROOT / "conf/node_modules/axe-core/axe.min.js").read_text("utf-8")
#: Where the site keeps the choice of colours.
THEME = "rolling-downhill-theme"
#: The live figure of a name.
FIND = """name => [...document.querySelectorAll('figure')].find(f => f.live?.name === name)"""
# What MyST and TeX look like when they are not understood.
SILENT = {"pre", "code", "script", "style", "math"}
RAW = re.compile(r"\$|\\[a-zA-Z(\[]|\{[a-z:-]+\}|```|:::|\]\(|\^\{|_\{")


def is_light(page: Page) -> bool:
    red = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/[0-9]+/)[0]")
    return int(red) > 127


# The pieces of a formula are hidden from who hears it, and axe would look at each of twenty
# thousand. What scrolls sideways stays, since a keyboard must reach it.
RUN_AXE = """async ([part, rules]) => {
    const scrolls = frame => frame && frame.scrollWidth > frame.clientWidth
    const aside = [...document.querySelectorAll('.katex-html[aria-hidden=true]')]
        .filter(formula => !scrolls(formula.closest('.math-scroll')))
        .map(formula => [formula, [...formula.childNodes]])
    for (const [formula] of aside) formula.replaceChildren()
    const { violations } = await axe.run(part, { resultTypes: ['violations'], rules })
    for (const [formula, pieces] of aside) formula.append(...pieces)
    return violations
}"""


def axe(page: Page, part: str = "html", **rules: bool) -> list[str]:
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)  # as a script of the page, its policy would refuse it
    chosen = {name.replace("_", "-"): {"enabled": on} for name, on in rules.items()}
    found = page.evaluate(RUN_AXE, [part, chosen])
    return [f"{v['id']}: {node['html']}" for v in found for node in v["nodes"]]


def spoken(tag: Tag) -> Iterator[str]:
    """Yield the words of a part of a page, without code and formulas."""
    yield from (tag[a] for a in ("alt", "title", "aria-label") if tag.has_attr(a))
    for child in tag.children:
        if not isinstance(child, Tag):
            yield child
        elif child.name not in SILENT and not {"katex", "sig"} & {*child.get("class", [])}:
            yield from spoken(child)


def printed(pdf: bytes | Path) -> list[str]:
    """The text of each page of a PDF."""
    with pypdfium2.PdfDocument(pdf) as opened:
        texts = [page.get_textpage().get_text_bounded() for page in opened]
    return [text.replace("\x02", "-") for text in texts]  # at the end of a line
