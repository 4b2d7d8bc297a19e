"""Every `>>>` that a reader can see is run: in the book, the README and the docstrings."""

import doctest
import importlib
from pathlib import Path

import examples
import pytest

ROOT = Path(__file__).parent.parent
# The examples of about.md use files that it tells the reader to add: test_about.py runs them.
PAGES = sorted({*ROOT.glob("*.md"), *ROOT.glob("book/**/*.md")} - {ROOT / "book/about.md"})
MODULES = [*sorted(ROOT.glob("gdcore/*.py")), ROOT / "gdcore/parallel/__init__.py"]

# Every way to write an example. `1 + 1` stands on the line that is named.
FENCES = {
    "doctest directive": (2, "```{doctest}\n>>> 1 + 1\n2\n```\n"),
    "python": (2, "```python\n>>> 1 + 1\n2\n```\n"),
    "pycon": (2, "```pycon\n>>> 1 + 1\n2\n```\n"),
    "no language": (2, "```\n>>> 1 + 1\n2\n```\n"),
    "tildes": (2, "~~~\n>>> 1 + 1\n2\n~~~\n"),
    "four backticks": (2, "````python\n>>> 1 + 1\n2\n````\n"),
    "code-block": (4, "```{code-block} pycon\n:caption: Sum\n\n>>> 1 + 1\n2\n```\n"),
    "no fence": (3, "Text.\n\n>>> 1 + 1\n2\n\nText.\n"),
    "indented block": (3, "Text.\n\n    >>> 1 + 1\n    2\n"),
    "admonition": (3, "````{admonition} Try\n```python\n>>> 1 + 1\n2\n```\n````\n"),
    "colon dropdown": (4, ":::{admonition} Try\n:class: dropdown\n\n>>> 1 + 1\n2\n:::\n"),
    "list": (4, "1. First:\n\n   ```python\n   >>> 1 + 1\n   2\n   ```\n"),
    "after a first example": (5, "```\n>>> a = 1\n>>> a\n1\n>>> 1 + 1\n2\n```\n"),
    "after many blank lines": (8, "\n\n\n# Title\n\n\n```\n>>> 1 + 1\n2\n```\n"),
    "two lines": (1, ">>> (1 +\n...  1)\n2\n"),
}
# What doctest's parser passes over in silence, or cannot read.
UNREADABLE = {
    "quote": (3, "Text.\n\n> >>> 1 + 1\n> 2\n"),
    "list without a fence": (1, "- >>> 1 + 1\n  2\n"),
    "numbered list": (1, "1. >>> 1 + 1\n   2\n"),
    "no blank": (2, "```\n>>>1 + 1\n2\n```\n"),
    "outdented output": (3, "```\n  >>> 1 + 1\n2\n```\n"),
    "skipped": (2, "```\n>>> 1 + 1  # doctest: +SKIP\n2\n```\n"),
}


def check(directory: Path, text: str) -> str:
    page = directory / "page.md"
    page.write_text(text, encoding="utf-8")
    return examples.check(page)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_examples_of_pages(page):
    if report := examples.check(page):
        pytest.fail(report, pytrace=False)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: str(module.relative_to(ROOT)))
def test_pytest_sees_every_example_of_a_docstring(module):
    # `--doctest-modules` runs them, but only in the docstrings that doctest finds.
    parts = module.relative_to(ROOT).with_suffix("").parts
    name = ".".join(part for part in parts if part != "__init__")
    found = doctest.DocTestFinder().find(importlib.import_module(name))
    ran = [e for test in found for e in test.examples if not e.options.get(doctest.SKIP)]
    assert len(ran) == len(examples.prompts(module.read_text(encoding="utf-8")))


@pytest.mark.parametrize(("line", "text"), FENCES.values(), ids=FENCES)
def test_a_wrong_example_is_caught_in_every_fence(tmp_path, line, text):
    assert check(tmp_path, text) == ""
    report = check(tmp_path, text.replace("2\n", "3\n"))
    assert f'page.md", line {line}, ' in report
    assert "Expected:\n    3\nGot:\n    2\n" in report


@pytest.mark.parametrize(("line", "text"), UNREADABLE.values(), ids=UNREADABLE)
def test_an_example_that_cannot_be_run_is_reported(tmp_path, line, text):
    report = check(tmp_path, text)
    assert "page.md" in report
    assert f"line {line}" in report


def test_a_prompt_in_a_sentence_is_no_example(tmp_path):
    assert check(tmp_path, "Every `>>>` runs, and a >>> in a sentence is text.\n") == ""


def test_an_example_that_raises_is_caught(tmp_path):
    report = check(tmp_path, "```python\n>>> 1 / 0\n```\n")
    assert 'page.md", line 2' in report
    assert "ZeroDivisionError" in report
