"""Each chapter has a main line that nobody gives up: short, with pictures, and with drills.

`python -m tools.reading` prints what is measured here, and `-k derivatives` tests one chapter.
"""

import re
import textwrap

import pytest
from bs4 import BeautifulSoup
from conftest import CHAPTERS, ROOT
from docutils import nodes

from conf.extensions.reading import count, duration, main_line
from tools import reading

NAMES = [page.removesuffix(".html") for page in CHAPTERS]


@pytest.fixture(scope="module", params=NAMES)
def chapter(request, site) -> str:
    return request.param


@pytest.fixture(scope="module")
def tree(chapter) -> nodes.document:
    """A chapter as Sphinx has read it."""
    return reading.read(chapter)


def test_the_main_line_takes_half_an_hour(tree):
    found = count(main_line(tree))
    assert found.minutes <= reading.MINUTES, found
    assert found.words > 1000


def test_each_page_says_how_long_it_takes(chapter, tree, pages):
    minutes = duration(count(main_line(tree)).rounded)
    (said,) = pages[f"{chapter}.html"].select(".reading-time")
    assert said.get_text() == f"Main line: about {minutes}"
    (link,) = pages["index.html"].select(f'.cards a[href="{chapter}.html"]')
    assert link.find_parent("li").select_one(".minutes").get_text() == minutes


def test_no_more_than_three_windows_go_without_a_picture(chapter, chromium, address):
    gaps = reading.gaps(chromium, f"{address}{chapter}.html")
    assert len(gaps) > 5
    assert [str(gap) for gap in gaps if gap.windows > reading.WINDOWS] == []


def test_no_sentence_is_long(tree):
    found = list(reading.sentences(tree))
    assert len(found) > 100
    assert [f"{s.words}: {s.text}" for s in found if s.words > reading.SENTENCE] == []


def test_some_goes_deeper_and_not_too_much(tree):
    least, most = reading.DEEPER
    assert least <= reading.deeper_share(tree) <= most


def test_each_section_has_a_drill(tree):
    assert list(reading.few_drills(tree)) == []


def test_each_drill_is_explained(tree):
    assert list(reading.unexplained(tree)) == []


def test_who_is_asked_before_a_look_does_not_see_the_answer(tree):
    assert list(reading.open_answers(tree)) == []


@pytest.mark.parametrize("name", NAMES)
def test_what_a_reader_copies_runs(name):
    assert reading.run_cells(ROOT / "book" / f"{name}.md") == ""


# --- What is measured is right


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One. Two? Three! Four", ["One.", "Two?", "Three!", "Four"]),
        ("It is 0.5. Then 2.", ["It is 0.5.", "Then 2."]),
        ("See Fig. 3, e.g. This one.", ["See Fig. 3, e.g. This one."]),
        ("By J. Nocedal. (He is.) And so on.", ["By J. Nocedal.", "(He is.)", "And so on."]),
        ("He said “No.” Then “Why?” she asked.", ["He said “No.”", "Then “Why?” she asked."]),
        ("It ends. \ue000 is next.", ["It ends.", "\ue000 is next."]),
        ("It takes: one; two, three.", ["It takes: one; two, three."]),
    ],
)  # fmt: skip
def test_a_text_is_cut_into_sentences(text, sentences):
    assert list(reading.cut(text)) == sentences


def test_a_sentence_goes_on_behind_a_formula():
    tree = nodes.section("", nodes.title("", "Head"))
    tree += nodes.paragraph("", "The height is")
    tree += nodes.math_block("", r"f(x) = x^2 ,")
    tree += nodes.paragraph("", "as you know. It is ", nodes.math("", "a. B"), nodes.Text(" high."))
    tree += nodes.math_block("", "x = 1")
    tree += nodes.paragraph("", "of another sentence")
    found = list(reading.sentences(tree))
    assert [s.text for s in found] == [
        "The height is $f(x) = x^2 ,$ as you know.",
        "It is $a. B$ high.",
        "of another sentence",
    ]
    assert [s.words for s in found] == [6, 3, 3]


def test_numbers_are_found_in_an_explanation():
    assert reading.numbers(r"\eta = -3.2") >= {-3.2}
    assert 3.2 not in reading.numbers(r"x = -3.2")
    assert reading.numbers(r"5 - 3") >= {5, 3}
    assert reading.numbers(r"\frac{1}{4} and 3/8, −7") >= {0.25, 0.375, -7}
    assert reading.numbers(r"2 \cdot 10^{-3}, 10^4, 13{,}002") >= {0.002, 10_000, 13_002}
    assert reading.numbers(r"25\,\% or 7 %") >= {25, 7} or reading.numbers("7 %") >= {0.07}


def test_what_is_folded_is_not_counted():
    box = nodes.admonition("", nodes.title("", "Solution"), classes=["solution", "dropdown"])
    box += nodes.paragraph("", "It is short.")
    deeper = nodes.section("", nodes.title("", "More"), classes=["deeper"])
    deeper += nodes.paragraph("", "A proof.")
    hidden = nodes.container("", nb_element="cell_code", hide_mode="input")
    for part in "source", "output":
        hidden += nodes.container("", nb_element=f"cell_code_{part}")
    hidden[0] += nodes.literal_block("", "x = 1")
    hidden[1] += nodes.figure("", nodes.image(), nodes.caption("", "Two words."))
    tree = nodes.section("", nodes.title("", "Head"), box, deeper, hidden)
    tree += nodes.paragraph("", "Three words, ", nodes.math("", "x + y"), nodes.Text(" and one."))
    found = count(main_line(tree))
    assert (found.words, found.figures, found.inline, found.code) == (7, 1, 1, 0)
    assert found.minutes == pytest.approx(7 / 200 + (20 + 3) / 60)
    assert reading.deeper_share(tree) == pytest.approx(3 / 10)
    hidden["hide_mode"] = "output"
    found = count(main_line(tree))
    assert (found.words, found.figures, found.code) == (5, 0, 1)


def test_a_time_is_said_in_words():
    assert [duration(m) for m in (1, 59, 60, 61, 250)] == [
        "1 minute", "59 minutes", "1 hour", "1 hour 1 minute", "4 hours 10 minutes",
    ]  # fmt: skip


def test_windows_without_a_picture_are_measured(chromium, tmp_path):
    page = tmp_path / "page.html"
    page.write_text(
        "<!DOCTYPE html><style>* { margin: 0 } div { height: 1600px } img { height: 800px }</style>"
        "<article><h1>One</h1><div></div><img alt=''><h2>Two</h2>"
        "<details><img alt=''></details><div></div><div></div></article>",
        "utf-8",
    )
    first, second = reading.gaps(chromium, page.as_uri())
    assert (first.begins, first.ends) == ("One", "Two") or first.begins == "Two"
    assert first.windows == pytest.approx(4.05, abs=0.1)
    assert second.windows == pytest.approx(2.05, abs=0.1)


def test_cells_run_by_themselves(tmp_path):
    file = tmp_path / "page.md"
    cells = """\
    ---
    file_format: mystnb
    kernelspec:
      name: python3
    ---

    ```{code-cell}
    :tags: [remove-cell]
    hidden = 1
    ```

    ```{code-cell}
    shown = 2
    ```

    ```{code-cell}
    assert shown == 2
    ```
    """
    file.write_text(textwrap.dedent(cells), "utf-8")
    assert reading.run_cells(file) == ""
    file.write_text(textwrap.dedent(cells) + "\n```{code-cell}\nhidden\n```\n", "utf-8")
    assert re.search(r"line 2\d: .*NameError: name 'hidden'", reading.run_cells(file), re.S)


def test_the_front_page_says_the_sum(pages):
    front: BeautifulSoup = pages["index.html"]
    minutes = sum(count(main_line(reading.read(name))).rounded for name in NAMES)
    assert duration(minutes) in [said.get_text() for said in front.select("p > .minutes")]
