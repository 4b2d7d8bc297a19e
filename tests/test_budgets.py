"""What a page may cost its readers. Whoever crosses a line has to move it here, and say why."""

import gzip
import re
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from bs4 import BeautifulSoup, Tag
from conftest import CHAPTERS

#: Measure -> the most of it in a chapter, on the front page, and on any other. Each is what the
#: fullest page has today and little more. (One page has all solutions, folded.)
BUDGETS = {
    # Gzipped, with all that comes when the page is opened: pictures come as the reader nears them.
    "KiB": (270, 140, 195),
    # Each is a turn to the server: one for a figure, and some fifteen for style, type and scripts.
    "requests": (30, 20, 20),
    # The same for somebody who opens all that is folded and reads to the end.
    "KiB in all": (340, 140, 200),
    "requests in all": (40, 20, 20),
    # The letters of formulas are most of them. They cost a phone time and memory, above all where
    # they are laid out; what stands folded is not.
    "elements": (30_000, 21_000, 32_000),
    "laid out": (11_000, 1_000, 8_000),
    # Years of school (Flesch-Kincaid) that the paragraphs ask for; other pages are lists.
    "grade": (5, None, None),
}
FOLDED = "details:not([open]) > :not(summary)"
#: WCAG 2.2, 1.4.3 and 1.4.11: of text, and of lines and marks that carry meaning.
CONTRAST = {"text": 4.5, "lines": 3}


def grade(soup: BeautifulSoup) -> float:
    """Flesch and Kincaid's school year of the paragraphs; a formula is read as one short word.

    (textstat, the library for it, brings NLTK with it, and cannot tell a formula from a word.)
    """
    text = " ".join(said(p) for p in soup.select("article p") if not p.find_parent("table"))
    sentences = len(re.findall(r"[.?!:](?=\s|$)", text))
    words = re.findall(r"[^\W\d_]+(?:['’-][^\W\d_]+)*", text)
    assert sentences and words
    return 0.39 * len(words) / sentences + 11.8 * sum(map(syllables, words)) / len(words) - 15.59


def said(tag: Tag) -> str:
    if "katex" in tag.get("class", []) or tag.name == "code":
        return "x"
    return "".join(said(child) if isinstance(child, Tag) else child for child in tag.children)


def syllables(word: str) -> int:
    """Count groups of vowels; a last e, es or ed is mostly silent."""
    bare = re.sub(r"(?<=[^aeiouyl])(e|es|ed)$", "", word.lower())
    return max(1, len(re.findall("[aeiouy]+", bare)))


def test_the_grade_is_that_of_known_texts():
    easy = "<article><p>The cat sat on the mat.</p></article>"
    hard = easy.replace("cat", "considerable administrative organisation of universities")
    assert grade(BeautifulSoup(easy, "html.parser")) == pytest.approx(-1.45)  # as published
    assert grade(BeautifulSoup(hard, "html.parser")) > 15


@cache
def packed(file: Path) -> int:
    return len(gzip.compress(file.read_bytes()))


def sent(responses: list[str], address: str) -> list[str]:
    return [url.removeprefix(address) for url in responses if not url.startswith("data:")]


def test_a_page_keeps_within_its_budgets(desk, pages, site, address, record_property):
    sizes = {name: packed(site / urlsplit(name).path) for name in sent(desk.responses, address)}
    at_once = sent(desk.at_once, address)
    measured = {
        "KiB": sum(sizes[name] for name in set(at_once)) / 1024,
        "requests": len(at_once),
        "KiB in all": sum(sizes.values()) / 1024,
        "requests in all": len(sent(desk.responses, address)),
        "elements": desk.page.evaluate("document.querySelectorAll('*').length"),
    }
    folded = pages[desk.name].select(f"{FOLDED}, {FOLDED} *")
    measured["laid out"] = measured["elements"] - len(folded)
    if desk.name in CHAPTERS:
        measured["grade"] = grade(pages[desk.name])
    record_property("measured", {"page": desk.name} | measured)
    assert len(sizes) > 3
    kind = 0 if desk.name in CHAPTERS else 1 if desk.name == "index.html" else 2
    assert {k: v for k, v in measured.items() if v > BUDGETS[k][kind]} == {}, sizes


#: What cannot be told from what is behind it: of text, and of the lines of live figures.
FAINT = """([text, lines]) => {
    const pen = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true })
    const known = new Map()
    const rgba = colour => {
        if (!known.has(colour)) {
            pen.clearRect(0, 0, 1, 1)
            pen.fillStyle = colour
            pen.fillRect(0, 0, 1, 1)
            known.set(colour, [...pen.getImageData(0, 0, 1, 1).data].map(v => v / 255))
        }
        return known.get(colour)
    }
    const over = ([r, g, b, a], below) =>
        [r, g, b].map((v, i) => a * v + (1 - a) * below[i])
    const behind = new Map([[null, [1, 1, 1]]])
    const above = e => e.parentElement ?? e.getRootNode().host ?? null
    const ground = e => {
        if (!behind.has(e))
            behind.set(e, over(rgba(getComputedStyle(e).backgroundColor), ground(above(e))))
        return behind.get(e)
    }
    const light = rgb => rgb.map(v => v > 0.04045 ? ((v + 0.055) / 1.055) ** 2.4 : v / 12.92)
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0.05)
    const contrast = (colour, e) => {
        const [a, b] = [over(rgba(colour), ground(e)), ground(e)].map(light)
        return Math.max(a, b) / Math.min(a, b)
    }
    const seen = e => e.checkVisibility({ opacityProperty: true, visibilityProperty: true })
    const faint = []
    const look = (e, colour, least) => {
        const c = contrast(colour, e)
        if (c < least) faint.push(`${c.toFixed(2)} ${e.outerHTML.slice(0, 120)}`)
    }
    let looked = 0
    const live = [...document.querySelectorAll('.live')].map(figure => figure.shadowRoot)
    const drawn = live.flatMap(tree => [...tree.querySelectorAll(':is(path, circle, ellipse)')])
    const done = new Set()
    const walks = [document.body, ...live].map(top =>
        document.createTreeWalker(top, NodeFilter.SHOW_TEXT))
    for (const walk of walks) while (walk.nextNode()) {
        const e = walk.currentNode.parentElement
        if (done.has(e) || !walk.currentNode.data.trim()) continue
        done.add(e)
        if (e.closest('script, style, noscript, .unseen, .katex-mathml') || !seen(e)) continue
        const style = getComputedStyle(e)
        look(e, e.closest('svg') ? style.fill : style.color, text)
        looked++
    }
    for (const e of drawn) {
        const { stroke, fill } = getComputedStyle(e)
        if (seen(e)) look(e, stroke === 'none' ? fill : stroke, lines)
    }
    return [looked, faint]
}"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_and_lines_stand_out(desk, theme):
    desk.page.emulate_media(color_scheme=theme)
    looked, faint = desk.page.evaluate(FAINT, list(CONTRAST.values()))
    assert looked > 20
    assert faint == []


@pytest.mark.parametrize("read", ["index.html"], indirect=True)
def test_who_asks_for_more_contrast_gets_it(desk):
    colours = "['body', '.imprint'].map(e => getComputedStyle(document.querySelector(e)).color)"
    for contrast, expected in ("no-preference", 2), ("more", 1), ("no-preference", 2):
        desk.page.emulate_media(contrast=contrast)
        assert len(set(desk.page.evaluate(colours))) == expected
