"""A build that goes on from the last one makes the very site that a build from nothing makes."""

import os
import random
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from books import EXECUTED, FRONT_MATTER, differences, files, replace, small_book
from conftest import make_book

CHAPTER = (
    EXECUTED
    + """\
# A chapter

(sec-one)=
## First section

These words are said. A {term}`slope` is said in words here, and by {cite:t}`robbins1951`.

$$
y = x^2
$$ (eq:square)

```{code-cell}
:mystnb:
:  figure:
:    name: fig-line
:    caption: A line.
:  image:
:    alt: A line from corner to corner.

from IPython.display import SVG

SVG('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 9L9 0"/></svg>')
```

```{code-cell}
:tags: [remove-cell]
from myst_nb import glue

glue("number", 41)
```

The number is {glue:text}`number`.

```{listing} gdcore.descent.descend
```

:::{drill}
:answer: 1 + 1
How much?
---
It is 2.
:::

(the-proof)=
{.deeper}
### A proof

Folded.

## Exercises

:::{admonition} Exercise 1
:class: exercise

Find the slope of $x^2$ where it is level, and say why it is there.
:::

:::{admonition} Solution 1
:class: solution dropdown

It is 0.
:::
"""
)
PAGES = {
    "chapter": CHAPTER,
    "other": FRONT_MATTER
    + "# Another page\n\nSee {numref}`fig-line`, {eq}`eq:square`, {ref}`sec-one`, "
    "[it](chapter.md#the-proof)\nand {py:func}`gdcore.descent.descend`. A {term}`slope` again,\n"
    "in {minutes}`chapter` of {minutes}`all`.\n",
    "glossary": FRONT_MATTER
    + "# Glossary\n\n```{glossary}\nslope\n  How steep it is. → {ref}`sec-one`\n```\n",
    "solutions": FRONT_MATTER + "# Exercises\n\n```{exercises} chapter\n```\n",
    "references": FRONT_MATTER + "# Works\n\n```{bibliography}\n```\n",
    "api": FRONT_MATTER
    + "# Reference\n\n```{eval-rst}\n.. automodule:: gdcore.descent\n   :members:\n\n"
    ".. automodule:: gdcore.rules\n   :members:\n```\n",
}

Edit = Callable[[Path, random.Random], object]


def append(file: Path, text: str) -> None:
    file.write_text(file.read_text() + text)


def prose(project: Path, chance: random.Random) -> None:
    append(chance.choice(sorted(project.glob("book/*.md"))), f"\nMore words, {chance.random()}.\n")


def in_chapter(pattern: str, new: str) -> Edit:
    def edit(project: Path, chance: random.Random) -> None:
        file = project / "book/chapter.md"
        text, count = re.subn(pattern, new.format(chance.random()), file.read_text(), count=1)
        assert count
        file.write_text(text)

    return edit


def term(project: Path, chance: random.Random) -> None:
    name = f"slope{chance.randrange(1000)}"
    for file in project.glob("book/*.md"):
        file.write_text(re.sub(r"\bslope\d*(?=`|\n  )", name, file.read_text()))


def add(project: Path, chance: random.Random) -> None:
    name = f"page-{chance.randrange(1000)}"
    (project / f"book/{name}.md").write_text(
        FRONT_MATTER + f"# Page {name}\n\nSee {{ref}}`sec-one`.\n"
    )
    replace(project / "book/index.md", "chapter\n", f"{name}\nchapter\n")


def delete(project: Path, chance: random.Random) -> None:
    (project / "book/other.md").unlink()
    replace(project / "book/index.md", "other\n", "")


def setting(project: Path, chance: random.Random) -> None:
    append(project / "conf/conf.py", f'\nhtml_title = "Title {chance.random()}"\n')


def style(project: Path, chance: random.Random) -> None:
    append(project / "conf/theme/book.css", f"\n.of-the-test {{ order: {chance.randrange(99)} }}\n")


def docstring(project: Path, chance: random.Random) -> None:
    file = project / "gdcore/descent.py"
    file.write_text(re.sub('"""', f'"""{chance.choice("ABC")}: ', file.read_text(), count=1))


EDITS: dict[str, Edit] = {
    "prose": prose,
    "prose of the chapter": in_chapter(r"words", "words and {} words"),
    "title": in_chapter(r"(?m)^# .*", "# Chapter {}"),
    "section": in_chapter(r"(?m)^## .*", "## Section {}"),
    "caption": in_chapter(r"caption: .*", "caption: Line {}."),
    "a figure before": in_chapter(
        r"\n```\{code-cell\}\n:mystnb:",
        "\n```{{figure}} ball.svg\n:name: fig-{}\n:alt: A ball.\n\nA ball.\n```\n\\g<0>",
    ),
    "picture": in_chapter(r"M0 \d[.\d]*", "M0 {}"),
    "value": in_chapter(r'glue\("number", .*\)', 'glue("number", {})'),
    "exercise": in_chapter(r"Find the", "Find, in {}, the"),
    "length": in_chapter(r"words are", "words, and {}" + " more words" * 300 + " are"),
    "drill": in_chapter(r":answer: .*", ":answer: 2 * {}"),
    "deeper": in_chapter(r"### A proof", "### A proof of {}"),
    "citation": in_chapter(r"robbins1951`", "robbins1951`, and {{cite:t}}`polyak1964`"),
    "equation before": in_chapter(r"\n\$\$\n", "\n$$\nx = {0}\n$$ (eq:{0})\n\\g<0>"),
    "term": term,
    "add": add,
    "delete": delete,
    "setting": setting,
    "style": style,
    "docstring": docstring,
}


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    project = small_book(tmp_path_factory.mktemp("incremental") / "book", **PAGES)
    (project / "book/ball.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle r="4"/></svg>'
    )
    build(project)
    return project


def build(project: Path, **variables: str) -> tuple[dict[str, bytes], str]:
    done = make_book(project, **variables)
    assert done.returncode == 0, done.stdout + done.stderr
    # Sphinx writes in colours where CI is set.
    return files(project / "_build/html"), re.sub(r"\x1b\[[\d;]*m", "", done.stdout)


def forget(project: Path) -> None:
    """Leave nothing to go on from."""
    shutil.rmtree(project / "_build/kept")


def test_some_edits_one_after_the_other(project):
    seed = int(os.environ.get("SEED") or random.randrange(1 << 32))
    chance = random.Random(seed)
    done = []
    for name in chance.sample(sorted(EDITS), int(os.environ.get("EDITS", 9))):
        EDITS[name](project, chance)
        done.append(name)
        went_on, _ = build(project)
        forget(project)
        assert differences(went_on, build(project)[0]) == [], f"SEED={seed}: {done}"


def test_an_edit_of_prose_reads_one_page(project):
    build(project)
    append(project / "book/glossary.md", "\nAnother sentence.\n")
    _, said = build(project)
    assert re.findall(r"\[ *100%\] (\w+)", said)[0] == "glossary"
    assert "1 changed" in said


def test_a_build_without_a_change_starts_no_sphinx(project):
    site, _ = build(project)
    again, said = build(project)
    assert again == site
    assert "Sphinx" not in said


def test_another_address_reaches_every_page(project):
    def published() -> dict[str, bytes]:
        variables = {"BOOK_URL": "https://example.org/", "BOOK_SOURCE": "https://github.com/a/b"}
        return build(project, **variables)[0]

    site, _ = build(project)
    changed = published()
    forget(project)
    assert differences(changed, published()) == []
    assert differences(build(project)[0], site) == []


def test_a_site_that_somebody_has_changed_is_made_anew(project):
    site, _ = build(project)
    append(project / "_build/html/chapter.html", "<!-- mine -->")
    (project / "_build/html/glossary.html").unlink()
    assert differences(build(project)[0], site) == []
