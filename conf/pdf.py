"""Print the book: the pages of the built site, one after the other, as one PDF.

Chromium prints, since it shows the pages as readers see them and tags what it prints. It is told
no font of the machine, so that the same pages give the same bytes.
"""

from __future__ import annotations

import io
import os
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import matplotlib as mpl
import pikepdf
from bs4 import BeautifulSoup, Tag
from playwright.sync_api import Page, sync_playwright

from conf.extensions.assets import cut_down, save
from tools import browser

ROOT = Path(__file__).parent.parent
SITE = ROOT / "_build" / "html"

PRINT = ROOT / "conf/theme/paper.css"
LITERATA = ROOT / "conf/node_modules/@fontsource-variable/literata/files"
ZCOOL = ROOT / "conf/node_modules/@fontsource/zcool-xiaowei/files"
DEJAVU = Path(mpl.get_data_path(), "fonts/ttf")
# A PDF can hold no variable font: Chromium would draw each of its letters.
WEIGHTS = 400, 600, 700
FACES = {
    "ZCOOL": ZCOOL / "zcool-xiaowei-chinese-simplified-400-normal.woff2",
    "DejaVu Serif": DEJAVU / "DejaVuSerif.ttf",
    "DejaVu Sans": DEJAVU / "DejaVuSans.ttf",
    "DejaVu Sans; font-style: italic": DEJAVU / "DejaVuSans-Oblique.ttf",
    "DejaVu Sans; font-weight: 700": DEJAVU / "DejaVuSans-Bold.ttf",
    "DejaVu Sans Mono": DEJAVU / "DejaVuSansMono.ttf",
    "DejaVu Sans Mono; font-style: italic": DEJAVU / "DejaVuSansMono-Oblique.ttf",
    "DejaVu Sans Mono; font-weight: 700": DEJAVU / "DejaVuSansMono-Bold.ttf",
}
AUTHOR = "The Rolling Downhill authors"
LEFT_OUT = "script, .headerlink, .hidden-cell > summary, .repeated, .all-exercises, .drill form"
# The width of an A4 page between its margins, in CSS pixels.
WIDTH = round((210 - 2 * 22) / 25.4 * 96)
# What is wider than the page becomes as much smaller as it must.
FIT = """() => document.querySelectorAll(".math-scroll, .table-scroll").forEach(frame => {
    if (frame.scrollWidth > frame.clientWidth)
        frame.style.zoom = 0.99 * frame.clientWidth / frame.scrollWidth
})"""
# The box of a root is a little wider than its ink.
TOO_WIDE = """() => [...document.querySelectorAll("main *")]
    .filter(e => e.checkVisibility() && !e.matches("svg *") &&
        e.getBoundingClientRect().right > innerWidth + 3)
    .map(e => e.outerHTML.slice(0, 200))"""
# Where things are can be seen without ink, in half the time.
INK = "on => document.documentElement.classList.toggle('without-ink', !on)"
NUMBER = """pages => [...document.querySelectorAll(".contents a")].map(link => {
    const place = link.hash.slice(1)
    link.querySelector(".number").textContent = pages[place]
    return place
})"""


def pages(site: Path = SITE) -> Iterator[tuple[str, BeautifulSoup]]:
    """Read the site as one who turns its pages."""
    name = "index.html"
    while name:
        page = BeautifulSoup((site / name).read_bytes(), "lxml")
        yield name, page
        following = page.select_one("a.right-next")
        name = urljoin(name, str(following["href"])) if following else ""


def anchor(name: str, fragment: str = "") -> str:
    """Return an id that is one in the whole book."""
    page = name.removesuffix(".html")
    return f"{page}--{fragment}" if fragment else page


def bind(name: str, article: Tag, names: set[str], site: Path, address: str) -> None:
    """Lead what leads to another page of the site to its place in the book."""
    for tag in article.select(LEFT_OUT):
        tag.decompose()
    for heading in article.select("details.deeper:not(.admonition) > summary > *"):
        section = heading.find_next("section")
        assert section is not None and section.parent is not None
        section.insert(0, heading)
        section.parent.replace_with(section)
    for tag in article.find_all(True):
        if tag.has_attr("id"):
            tag["id"] = anchor(name, str(tag["id"]))
        if tag.name == "a" and tag.has_attr("href"):
            url = urlsplit(urljoin(name, str(tag["href"])))
            if url.scheme:
                continue
            if (url.path or name) in names:
                tag["href"] = "#" + anchor(url.path or name, url.fragment)
            elif address:
                tag["href"] = urljoin(address, url.geturl())
            else:
                del tag["href"]
        elif tag.name == "img":
            tag["src"] = urljoin((site / name).as_uri(), str(tag["src"]))
            del tag["loading"]
        elif tag.name == "details":
            tag.name = "div"
        elif tag.name == "summary":
            tag.name = "p"
    article["id"] = anchor(name)
    for formula in article.select(".katex"):
        # A PDF holds no MathML. A reader who cannot see the formula hears its TeX.
        spoken, seen = formula.select("annotation, .katex-html")
        seen.attrs = {"class": seen["class"], "role": "img", "aria-label": spoken.text}
        formula.contents[0].extract()


def joined(parts: Iterable[Tag]) -> str:
    return "".join(map(str, parts))


def type_of(site: Path, folder: Path) -> dict[str, Path]:
    """Return the file of each face; what the site has as one variable font is made there."""
    fonts = {"Paper; font-style: italic": site / "_static/fonts/literata-italic.woff2", **FACES}
    for weight in WEIGHTS:
        file = folder / f"literata-{weight}.ttf"
        save(cut_down(LITERATA / "literata-latin-wght-normal.woff2", weight), file, None)
        fonts[f"Paper; font-weight: {weight}"] = file
    return fonts


def contents(articles: dict[str, Tag]) -> Iterator[str]:
    """Write a line for each page but the front page, and for each section of a chapter."""
    for name, article in articles.items():
        if head := article.h1:
            numbered = head.select_one(".section-number")
            sections = [(str(h2.parent["id"]), h2) for h2 in article.select("h2") if h2.parent]
            within = "".join(line(*section) for section in sections if numbered)
            yield line(anchor(name), head, f"<ul>{within}</ul>" if within else "")


def line(place: str, head: Tag, within: str = "") -> str:
    words = f'{head.decode_contents()}<span class="number"></span>'
    return f'<li class="toctree-l{head.name[1]}"><a href="#{place}">{words}</a>{within}</li>'


def assemble(site: Path, folder: Path, address: str = "") -> Path:
    """Write the pages of a site, one after the other, into a page for print."""
    book = dict(pages(site))
    first = book["index.html"]
    root = first.html
    assert root is not None
    articles, rules = {}, ""
    for name, page in book.items():
        article = page.select_one("main article")
        assert article is not None
        bind(name, article, set(book), site, address)
        articles[name] = article
        # The classes of a page's formulas are its own.
        rules += joined(page.select("head style")).replace("#main-content{", f"#{anchor(name)}{{")
    front = articles["index.html"]
    title = [part.extract() for part in front.select("h1, .hero > p:first-child")]
    faces = "".join(
        f"@font-face {{ font-family: {family}; src: url({file.as_uri()}) }}\n"
        for family, file in type_of(site, folder).items()
    )
    sheets = [site / "_static/book.css", site / "_static/katex/katex.css", PRINT]
    html = f"""<!DOCTYPE html>
<html lang="{root["lang"]}" data-theme="light">
<head>
<meta charset="utf-8">
<title>{title[0].get_text(strip=True)}</title>
{"".join(f'<link rel="stylesheet" href="{sheet.as_uri()}">' for sheet in sheets)}
<style>{faces}</style>
{rules}
</head>
<body><main>
<div class="title">
{first.select_one(".navbar-brand svg")}
{joined(title)}
{first.select_one(".imprint")}
</div>
<nav class="contents"><h2>Contents</h2><ul>{"".join(contents(articles))}</ul></nav>
{joined(articles.values())}
</main></body>
</html>
"""
    source = folder / "paper.html"
    source.write_text(html, "utf-8")
    return source


def prints(page: Page) -> pikepdf.Pdf:
    done = page.pdf(prefer_css_page_size=True, print_background=True, tagged=True, outline=True)
    # Cells of tables are named by what Chromium has counted so far, a few more or less each time.
    name = re.compile(rb"(?<=\(node)\d{8}(?=\))")
    least = min(map(int, name.findall(done)), default=0)
    return pikepdf.open(io.BytesIO(name.sub(lambda n: b"%08d" % (int(n[0]) - least), done)))


def page_numbers(paper: pikepdf.Pdf) -> dict[str, int]:
    """Say on which page each place is that a link leads to."""
    numbers: dict[Any, int] = {
        page.objgen: number for number, page in enumerate(paper.pages, start=1)
    }
    return {str(name)[1:]: numbers[at[0].objgen] for name, at in paper.Root.Dests.items()}


def marks(items: list[pikepdf.OutlineItem]) -> Iterator[pikepdf.OutlineItem]:
    for item in items:
        yield item
        yield from marks(item.children)


def finish(paper: pikepdf.Pdf, headings: list[str], target: Path) -> None:
    """Leave the time out, which is another in each run, and pack what Chromium wrote at length."""
    with paper.open_outline() as outline:
        # Chromium says a heading twice that takes signs from another face.
        for mark, heading in zip(marks(outline.root), headings, strict=True):
            mark.title = heading
    for name in "/CreationDate", "/ModDate":
        del paper.docinfo[name]
    paper.docinfo["/Author"] = AUTHOR
    paper.save(target, object_stream_mode=pikepdf.ObjectStreamMode.generate, deterministic_id=True)


def main(site: Path, target: Path) -> None:
    source = assemble(site, target.parent, os.environ.get("BOOK_URL", ""))
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=browser.find(), args=["--no-sandbox", "--disable-gpu"]
        )
        page = chromium.new_page(
            java_script_enabled=False, viewport={"width": WIDTH, "height": 1000}
        )
        page.emulate_media(media="print", color_scheme="light")
        page.goto(source.as_uri())
        page.evaluate(FIT)
        if wide := page.evaluate(TOO_WIDE):
            sys.exit("\nWider than the paper of the PDF:\n" + "\n".join(wide))
        page.evaluate(INK, False)
        numbers = page_numbers(prints(page))
        page.evaluate(INK, True)
        listed = page.evaluate(NUMBER, numbers)
        paper = prints(page)
        headings = page.locator("h1, h2, h3, h4, h5, h6").all_text_contents()
        chromium.close()
    again = page_numbers(paper)
    assert [numbers[place] for place in listed] == [again[place] for place in listed]
    finish(paper, headings, target)
