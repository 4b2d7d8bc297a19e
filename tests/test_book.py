"""`make book` builds the same bytes everywhere, does no work twice and lets no mistake through."""

import shutil
from pathlib import Path

import pytest
from conftest import ROOT, copy_project, make_book

FRONT_MATTER = "---\ndescription: A page of the tests.\n---\n\n"
EXECUTED = "---\nfile_format: mystnb\nkernelspec:\n  name: python3\ndescription: A test.\n---\n\n"

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


# What the first build makes for all that follow. The keys come last: they say that all is there.
MADE_ONCE = (
    *("assets", "literata.ttf", "signs.ttf", "palette.css"),
    *("make_type.key", "make_look.key"),
)


def small_book(to: Path, **pages: str) -> Path:
    """The project with another book: an index and the given pages."""
    project = copy_project(to)
    if all((ROOT / "_build" / name).exists() for name in MADE_ONCE):
        (project / "_build").mkdir()
        for name in MADE_ONCE:
            made, copy = ROOT / "_build" / name, project / "_build" / name
            shutil.copytree(made, copy) if made.is_dir() else shutil.copy(made, copy)
    book = project / "book"
    for old in sorted({*book.rglob("*")} - {book / "references.bib"}, reverse=True):
        old.rmdir() if old.is_dir() else old.unlink()
    toctree = "\n".join(["```{toctree}", *pages, "```", ""])
    (book / "index.md").write_text(FRONT_MATTER + "# A book\n\n" + toctree)
    for name, text in pages.items():
        (book / f"{name}.md").write_text(text)
    return project


def files(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def plain(site: Path) -> dict[str, bytes]:
    """The files of a site without the PDF and the EPUB, of which `make book` knows nothing."""
    made = b"rolling-downhill.pdf", b"rolling-downhill.epub"
    found = {name: text for name, text in files(site).items() if name.encode() not in made}
    lines = found["index.html"].splitlines()
    return found | {
        "index.html": [line for line in lines if not any(name in line for name in made)]
    }


def differences(one: dict[str, bytes], other: dict[str, bytes]) -> list[str]:
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


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


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


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


# The line that the message must name, and the page. The text begins in line 7, a chapter's in 10.
PAGE = FRONT_MATTER + "# Page\n\n"
CELL = EXECUTED + "# Chapter\n\n"
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
    "displayed formula": (8, PAGE + "$$\n\\nosuch{x}\n$$\n"),
    "image": (7, PAGE + "![A ball](nowhere.svg)\n"),
    "listing": (7, PAGE + "```{listing} gdcore.nowhere\n```\n"),
    "directive": (7, PAGE + "```{nosuch}\n```\n"),
    "description": (1, "# Page without a description\n"),
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
