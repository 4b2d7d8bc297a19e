"""What goes deeper is folded until it is wanted, and a drill says whether an answer is right."""

import json
import re
from pathlib import Path
from zipfile import ZipFile

import pytest
from books import CELL, PAGE, small_book
from bs4 import BeautifulSoup
from conftest import make_book, visit
from pages import axe, printed

from conf.extensions.drills import evaluate, margin

CHAPTER = (
    CELL
    + """\
How does it go on?

## First section

Words of the main line. The rest is [here](#the-proof) and [there](#inner-place).

:::{drill}
:answer: 0.8 * -4
What is $x_1$, if $x_0 = -4$?
---
$x_1 = 0.8 \\cdot (-4) = -3.2$.
:::

:::{drill}
:choices: down | up | level with $x$
:answer: up
Which way does $-x$ go, if $x$ goes down?
---
Each step turns around.
:::

(the-proof)=
{.deeper}
### Why it is so

Here stands the proof.

$$
x = 1
$$ (eq:deep)

```{code-cell}
print("deep")
```

:::{drill}
:answer: 13002
:within: 0
How many?
---
They are 13,002.
:::

#### And more

(inner-place)=
A paragraph with a place.

## Second section

:::{admonition} Proof
:class: deeper dropdown
:name: short-proof

Three lines.
:::
"""
    + "\nMore words.\n" * 60
)


@pytest.fixture(scope="module")
def book(tmp_path_factory) -> Path:
    other = PAGE + "See {ref}`the-proof`, [that](chapter.md#inner-place) and {eq}`eq:deep`.\n"
    project = small_book(tmp_path_factory.mktemp("floors") / "book", chapter=CHAPTER, other=other)
    done = make_book(project)
    assert done.returncode == 0, done.stdout + done.stderr
    return project / "_build/html"


@pytest.fixture(scope="module")
def page(book) -> BeautifulSoup:
    return BeautifulSoup((book / "chapter.html").read_bytes(), "lxml")


def test_a_deeper_section_is_a_closed_part_under_its_heading(page):
    (part,) = page.select("details.deeper:not(.admonition)")
    assert not part.has_attr("open")
    assert part.summary.h3.get_text().strip() == "Go deeper: Why it is so"
    section = part.summary.find_next_sibling()
    assert section["id"] == "the-proof" and section.find(id="why-it-is-so", recursive=False)
    assert section.select(".math") and section.select(".cell") and section.h4
    assert "Second section" not in part.get_text()
    (entry,) = page.select('.page-toc a[href="#the-proof"]')
    assert entry.get_text() == "Why it is so"


PLACES = ["the-proof", "why-it-is-so", "inner-place", "and-more", "equation-eq-deep", "short-proof"]
# Wherever the browser has to scroll, it takes its time.
SEEN = """async (id, patience) => {
    const place = document.getElementById(id)
    const seen = () => {
        const { top } = place.getBoundingClientRect()
        return place.checkVisibility() && top >= 0 && top < innerHeight
    }
    while (!seen() && patience-- > 0) await new Promise(requestAnimationFrame)
    return seen()
}"""


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
@pytest.mark.parametrize("place", PLACES)
def test_an_address_opens_what_it_leads_to(chromium, book, place, scripts):
    url = (book / "chapter.html").as_uri()
    options = {"java_script_enabled": scripts, "reduced_motion": "reduce"}
    with visit(chromium, f"{url}#{place}", **options) as page:
        assert page.locator(f"details[open]:has([id='{place}'])").count() == 1
        assert 0 <= page.locator(f"[id='{place}']").bounding_box()["y"] < 900
        if place in ("the-proof", "short-proof"):  # the summary stays below the bar
            part = page.locator(f"details[open]:has([id='{place}']) > summary")
            assert (
                part.bounding_box()["y"]
                >= page.locator(".bd-header-article").bounding_box()["height"]
            )


def test_firefox_opens_it_too(gecko, book):
    url = (book / "chapter.html").as_uri()
    for place in PLACES:
        gecko.goto("about:blank")
        gecko.goto(f"{url}#{place}")
        assert gecko.evaluate(SEEN, place, 200), place
    gecko.goto(url)
    assert not gecko.evaluate(SEEN, "inner-place", 0)
    gecko.evaluate("document.querySelector('article a[href=\"#inner-place\"]').click()")
    assert gecko.evaluate(SEEN, "inner-place", 200)


def test_what_is_folded_is_not_laid_out(chromium, book):
    with visit(chromium, (book / "chapter.html").as_uri()) as page:
        high = "document.documentElement.scrollHeight"
        closed = page.evaluate(high)
        assert not page.evaluate("document.querySelector('#inner-place').checkVisibility()")
        skipped = """getComputedStyle(document.querySelector('details.deeper'),
            '::details-content').contentVisibility"""
        assert page.evaluate(skipped) == "hidden"
        page.locator("details.deeper > summary").first.click()
        assert page.evaluate(high) > closed + 100


def test_paper_shows_it(chromium, book):
    with visit(chromium, (book / "chapter.html").as_uri(), java_script_enabled=False) as page:
        page.emulate_media(media="print")
        assert page.get_by_text("Here stands the proof").is_visible()
        assert page.get_by_text("Each step turns around").is_visible()
        assert page.locator("form").first.is_hidden()


def test_axe_finds_nothing_open_or_closed(chromium, book):
    for theme in "light", "dark":
        with visit(chromium, (book / "chapter.html").as_uri(), theme=theme) as page:
            assert axe(page, "article") == []
            page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
            page.locator(".drill input").first.fill("1")
            page.locator(".drill button").first.click()
            assert axe(page, "article") == []


def test_neighbours_stand_in_one_box(page):
    boxes = page.select(".drills")
    assert [len(box.select(".drill")) for box in boxes] == [2, 1]
    assert {box.p.get_text() for box in boxes} == {"Quick check"}
    ids = [tag["id"] for tag in page.select("[id]")]
    assert len(ids) == len({*ids})


# What a reader may write, and what it is read as, if the answer is right or wrong.
WRITTEN = {
    "0.5": ["0.5", ".5", "1/2", "0,5", " 0.50 ", "5e-1", "+0.5", "2/4", "50%", "0.5000001"],
    "-3": ["-3", "−3", "–3", "- 3", "-3.0", "-6/2", "6/-2", "-3,0"],
    "0.001": ["1e-3", "1E-3", "0.001", "1/1000", "0.0010"],
    "13002": ["13002", "13,002", "13 002", "13\u202f002", "13002.0"],
    "1.25": ["1,25", "1.250", "1,250", "5/4"],
    "0": ["0", "-0", "0/3", "0.0"],
}
REFUSED = ["", "x", "1/0", "1/2/3", "--3", "1.2.3", "e", "NaN", "Infinity", "0x10", "1e", "2x"]


def test_a_number_is_read_as_people_write_it(chromium, book):
    with visit(chromium, (book / "chapter.html").as_uri()) as page:
        form = page.locator(".drill form").first

        def said(answer: str, written: str) -> str:
            form.evaluate("(form, answer) => { form.dataset.answer = answer }", answer)
            form.evaluate("form => { form.dataset.within = 1e-5 }")
            form.locator("input").fill(written)
            form.locator("input").press("Enter")
            return form.locator("output").get_attribute("class")

        for answer, ways in WRITTEN.items():
            assert {way: said(answer, way) for way in ways} == dict.fromkeys(ways, "right")
            assert said(answer, "7.77") == "wrong"
        assert {way: said("0.5", way) for way in REFUSED} == dict.fromkeys(REFUSED, "unread")
        said("-3", "3")
        assert "sign" in form.locator("output").inner_text()
        assert page.url == (book / "chapter.html").as_uri()


def test_the_margin_is_met_and_not_passed(chromium, book):
    with visit(chromium, (book / "chapter.html").as_uri()) as page:
        form = page.locator(".drill form").first
        assert form.get_attribute("data-answer") == "-3.2"
        for written, verdict in {"-3.15": "right", "-3.25": "right", "-3.26": "wrong"}.items():
            form.locator("input").fill(written)
            form.get_by_role("button").click()
            assert form.locator("output").get_attribute("class") == verdict


def test_a_drill_is_done_by_keyboard(chromium, book):
    with visit(chromium, (book / "chapter.html").as_uri()) as page:
        first, second, _ = page.locator(".drill").all()
        field = first.get_by_label("Your answer")
        heard = page.locator(f"[id='{field.get_attribute('aria-describedby')}']")
        assert "What is" in heard.inner_text()
        assert second.locator("details").get_attribute("open") is None
        height = first.bounding_box()["height"]
        field.focus()
        page.keyboard.type("5")
        page.keyboard.press("Enter")
        assert first.locator("output").inner_text().startswith("No.")
        assert first.bounding_box()["height"] == height  # nothing has moved
        for _ in range(3):  # the button, the answer, the first choice
            page.keyboard.press("Tab")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowUp")
        page.keyboard.press("Enter")
        assert second.locator("output").inner_text() == "Right."
        assert second.get_by_text("Each step turns around").is_visible()


def test_without_scripts_an_answer_opens(chromium, book):
    with visit(chromium, (book / "chapter.html").as_uri(), java_script_enabled=False) as page:
        assert page.locator(".drill form").first.is_hidden()
        assert page.get_by_text("down / up / level with").is_visible()
        page.locator(".drill summary").nth(1).click()
        assert page.get_by_text("up. Each step turns around.").is_visible()


def test_a_notebook_says_all_of_it(book):
    cells = json.loads((book / "notebooks/chapter.ipynb").read_text("utf-8"))["cells"]
    text = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
    assert "### Go deeper: Why it is so" in text
    assert re.search(r"\*\*Quick check\.\*\* What is \$x_1\$.*\n\n<details><summary>Answer", text)
    assert "(down / up / level with $x$)" in text and "**up**. Each step" in text
    assert ":answer:" not in text and "{.deeper}" not in text and "\n---" not in text


def test_the_search_leads_into_it_and_gives_no_answer_away(book):
    known = json.loads((book.parent / "kept/doctrees/search.json").read_text("utf-8"))
    records = {record["ids"][0]: record for record in known["chapter"]}
    assert records["the-proof"]["title"] == "Why it is so"
    assert "Here stands the proof." in records["the-proof"]["text"]
    assert records["short-proof"]["title"] == "Proof"
    said = json.dumps(records)
    assert "13,002" not in said and "Quick check" not in said and "Main line" not in said


def test_pdf_and_epub_show_all_of_it_open(book, launch):
    assert make_book(book.parents[1], "formats").returncode == 0
    pdf = " ".join(" ".join(printed(book / "rolling-downhill.pdf")).split())
    with ZipFile(book / "rolling-downhill.epub") as packed:
        read = BeautifulSoup(packed.read("chapter.xhtml"), "xml")
    assert read.select("form, details, input") == []
    (section,) = read.select("section.deeper")
    assert section.h3.get_text() == "Go deeper: Why it is so"
    for text in pdf, " ".join(read.body.get_text().split()):
        assert "Go deeper: Why it is so" in text
        assert "Here stands the proof." in text
        assert re.search(r"down / up / level with.{,9} Answer up\. Each step", text)
        assert "Three lines." in text
        assert "Check " not in text


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("0.8 * -4", -3.2),
        ("-3", -3),
        ("2 ** 10 / (1 + 3)", 256),
        ("sqrt(16) + log(exp(2))", 6),
        ("2 * pi", 6.28318530718),
        ("0.1 + 0.2", 0.3),
        ("+1e-3", 0.001),
    ],
)
def test_arithmetic_is_evaluated(expression, result):
    assert evaluate(expression) == result


@pytest.mark.parametrize(
    "expression",
    [
        *("", "x", "1 +", "1 / 0", "9 ** 9 ** 9", "sqrt(-1)", "(-1) ** 0.5", "log(0)", "1e999"),
        *("__import__('os')", "pi.real", "[1][0]", "True", "'1'", "sqrt(1, 2)", "lambda: 1", "1j"),
    ],
)
def test_nothing_else_is_evaluated(expression):
    with pytest.raises(ValueError, match=r"arithmetic|finite"):
        evaluate(expression)


@pytest.mark.parametrize(
    ("answer", "within"),
    [(-3.2, 0.05), (0.125, 0.005), (0.001, 0.00005), (4, 0.05), (100, 0.4), (13002, 0.4), (0, 0)],
)
def test_two_digits_count_and_whole_numbers_are_met(answer, within):
    assert margin(float(answer)) == pytest.approx(within)
