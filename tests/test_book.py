"""`make book` builds the same bytes everywhere, does no work twice and lets no mistake through."""

import os
import shutil
from pathlib import Path

import pytest
from books import CELL, EXECUTED, PAGE, differences, files, replace, small_book
from conftest import make_book

# Each cell that runs leaves one letter in a file outside the book.
CHAPTER = (
    EXECUTED
    + """\
# A chapter

Some prose.

```{code-cell}
import os

from gdcore import number

with open(os.environ["TALLY"], "a") as tally:
    tally.write("x")
print("The number is", number.VALUE)
```
"""
)


def plain(site: Path) -> dict[str, bytes]:
    """The files of a site without the PDF and the EPUB, of which `make book` knows nothing."""
    made = b"rolling-downhill.pdf", b"rolling-downhill.epub"
    found = {name: text for name, text in files(site).items() if name.encode() not in made}
    lines = found["index.html"].splitlines()
    return found | {
        "index.html": [line for line in lines if not any(name in line for name in made)]
    }


def test_a_build_elsewhere_is_identical(site, elsewhere):
    assert differences(plain(elsewhere), plain(site)) == []
    there = str(elsewhere.parents[1]).encode()
    assert [name for name, content in files(elsewhere).items() if there in content] == []


@pytest.fixture(scope="module")
def chapter(tmp_path_factory):
    """A book of one chapter, built once; the tests below edit it one after the other."""
    project = small_book(tmp_path_factory.mktemp("small") / "book", chapter=CHAPTER)
    (project / "gdcore" / "number.py").write_text("VALUE = 41\n")
    rebuild(project)
    return project


def rebuild(project: Path) -> tuple[str, int]:
    """Build, and say what is built then."""
    done = make_book(project, TALLY=str(project / "tally"))
    assert done.returncode == 0, done.stdout + done.stderr
    return built(project)


def built(project: Path) -> tuple[str, int]:
    """What the chapter's page is, and how often its cell has run so far."""
    page, tally = project / "_build/html/chapter.html", project / "tally"
    return page.read_text(), len(tally.read_text())


def test_a_second_build_runs_no_cell(chapter):
    site, (_, runs) = files(chapter / "_build/html"), built(chapter)
    assert rebuild(chapter)[1] == runs
    assert files(chapter / "_build/html") == site


def test_a_build_without_results_is_identical(chapter):
    site, (_, runs) = files(chapter / "_build/html"), built(chapter)
    shutil.rmtree(chapter / "_build/.jupyter_cache")
    assert rebuild(chapter)[1] == runs + 1
    assert files(chapter / "_build/html") == site


def test_a_line_that_is_sent_in_two_pieces_is_one_line(mistaken):
    cell = "print('half a', end=' ', flush=True)\ntime.sleep(0.5)\nprint('line')"
    text = CELL + f"```{{code-cell}}\nimport time\n{cell}\n```\n"
    (mistaken / "book/page.md").write_text(text)
    done = make_book(mistaken)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "half a line\n" in (mistaken / "_build/html/page.html").read_text()


def test_an_edit_of_prose_runs_no_cell(chapter):
    _, runs = built(chapter)
    replace(chapter / "book/chapter.md", "Some prose.", "Other words.")
    page, runs_then = rebuild(chapter)
    assert runs_then == runs
    assert "Other words." in page


def test_an_edit_of_gdcore_runs_the_cells_again(chapter):
    page, runs = built(chapter)
    assert "The number is 41" in page
    replace(chapter / "gdcore/number.py", "41", "42")
    page, runs_then = rebuild(chapter)
    assert runs_then == runs + 1
    assert "The number is 42" in page


def test_the_type_comes_back_when_lost(chapter):
    font = chapter / "_build/html/_static/fonts/literata-normal.woff2"
    shutil.rmtree(chapter / "_build/assets")
    font.unlink()
    rebuild(chapter)
    assert font.exists()


def test_what_a_cell_once_wrote_to_stderr_is_not_kept(mistaken):
    cell = "import os, sys\n\nif 'COMPLAIN' in os.environ:\n    print('Oh!', file=sys.stderr)"
    (mistaken / "book/page.md").write_text(CELL + f"```{{code-cell}}\n{cell}\n```\n")
    assert make_book(mistaken, COMPLAIN="1").returncode
    done = make_book(mistaken)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(os.cpu_count() == 1, reason="one processor runs one chapter after the other")
def test_chapters_run_side_by_side(tmp_path):
    wait = """\
import os, pathlib, time

here, there = map(pathlib.Path, {!r})
here.touch()
deadline = time.monotonic() + 60
while not there.exists():
    assert time.monotonic() < deadline
    time.sleep(0.1)
"""
    marks = [str(tmp_path / name) for name in ("one", "other")]
    pages = [CELL + f"```{{code-cell}}\n{wait.format(m)}```\n" for m in (marks, marks[::-1])]
    done = make_book(small_book(tmp_path / "book", first=pages[0], second=pages[1]))
    assert done.returncode == 0, done.stdout + done.stderr


# The line that the message must name, and the page.
ALLOWED = "```{{code-cell}}\n:tags: [{}]\nint('x')\n```\n\n```{{code-cell}}\n1 / 0\n```\n"
# The build ends here, since what follows may depend on the cell.
FATAL_MISTAKES = {
    "cell": (12, CELL + "```{code-cell}\na = 1\n1 / 0\n```\n"),
    "cell that warns": (12, CELL + "```{code-cell}\nimport warnings\nwarnings.warn('No')\n```\n"),
    "cell after one that may fail": (16, CELL + ALLOWED.format("raises-exception")),
    "cell after one that is skipped": (16, CELL + ALLOWED.format("skip-execution")),
    "cell that ends the kernel": (11, CELL + "```{code-cell}\nimport os; os._exit(1)\n```\n"),
}
MISTAKES = {
    "glued value": (10, CELL + "It is {glue:text}`nowhere`.\n"),
    "cell in a page": (7, PAGE + "```{code-cell}\n1 + 1\n```\n"),
    "cross-reference": (7, PAGE + "See {ref}`nowhere`.\n"),
    "name in gdcore": (7, PAGE + "See {py:func}`gdcore.nowhere`.\n"),
    "link": (7, PAGE + "See [there](nowhere.md).\n"),
    "anchor": (7, PAGE + "See [there](#nowhere).\n"),
    "term": (7, PAGE + "See {term}`nowhere`.\n"),
    "work": (7, PAGE + "See {cite:t}`nowhere`.\n"),
    "exercise out of order": (
        7,
        PAGE + ":::{admonition} Exercise 2\n:class: exercise\n\nFind.\n:::\n",
    ),
    "number of a figure": (7, PAGE + "See {numref}`nowhere`.\n"),
    "number of an equation": (7, PAGE + "See {eq}`nowhere`.\n"),
    "formula": (7, PAGE + "So $\\frac{1}{$ it is.\n"),
    "displayed formula": (7, PAGE + "$$\n\\nosuch{x}\n$$\n"),
    "image": (7, PAGE + "![A ball](nowhere.svg)\n"),
    "listing": (7, PAGE + "```{listing} gdcore.nowhere\n```\n"),
    "directive": (7, PAGE + "```{nosuch}\n```\n"),
    "description": (1, "# Page without a description\n"),
    "part without a heading": (9, PAGE + "Words.\n\n{.deeper}\n(place)=\n## A place\n"),
    "drill without an answer": (7, PAGE + ":::{drill}\nWhat?\n---\nThat.\n:::\n"),
    "drill without an explanation": (7, PAGE + ":::{drill}\n:answer: 1\nWhat?\n:::\n"),
    "drill without a question": (7, PAGE + ":::{drill}\n:answer: 1\n---\nThat.\n:::\n"),
    "arithmetic": (7, PAGE + ":::{drill}\n:answer: 2 x\nWhat?\n---\nThat.\n:::\n"),
    "choice": (7, PAGE + ":::{drill}\n:choices: a | b\n:answer: c\nWhat?\n---\nThat.\n:::\n"),
    "formula in a drill": (11, PAGE + ":::{drill}\n:answer: 1\nWhat?\n---\n$\\frac{1}{$.\n:::\n"),
    "mark without a figure": (7, PAGE + "It is {mark}`3 <fig-nowhere.n1>`.\n"),
    "mark without a part": (7, PAGE + "It is {mark}`3 <fig-nowhere>`.\n"),
    "minutes": (7, PAGE + "It takes {minutes}`nowhere`.\n"),
}


@pytest.fixture(scope="module")
def mistaken(tmp_path_factory):
    return small_book(tmp_path_factory.mktemp("mistakes") / "book", page=PAGE)


@pytest.mark.parametrize(("line", "text"), FATAL_MISTAKES.values(), ids=FATAL_MISTAKES)
def test_a_cell_that_fails_ends_the_build_with_file_and_line(mistaken, line, text):
    (mistaken / "book/page.md").write_text(text)
    done = make_book(mistaken)
    assert done.returncode != 0
    assert f"book/page.md:{line}: ERROR" in done.stdout + done.stderr


def test_a_mistake_fails_the_build_with_file_and_line(tmp_path, subtests):
    pages = {name.replace(" ", "-"): mistake for name, mistake in MISTAKES.items()}
    # One build for all takes as long as one for each of two.
    done = make_book(
        small_book(tmp_path / "book", **{name: text for name, (_, text) in pages.items()})
    )
    assert done.returncode != 0
    for name, (line, _) in pages.items():
        with subtests.test(mistake=name):
            assert f"book/{name}.md:{line}: WARNING" in done.stderr
