"""A build that is killed leaves the old site whole, and nothing that makes the next one wrong."""

import fcntl
import json
import re
import shutil
import signal
from pathlib import Path

import pytest
from books import EXECUTED, files, replace, small_book
from conftest import make_book

from tools.project import begin_book

# Python imports it by its name, sitecustomize.
FATAL = """\
import os
import re
import signal
import sys

BUILD, LOG, AT = (os.environ[f"FATAL_{name}"] for name in ("BUILD", "LOG", "AT"))
CHANGES = {"os.mkdir", "os.remove", "os.rename", "os.rmdir", "sqlite3.connect"}
done = 0


def note(event: str, arguments: tuple) -> None:
    global done
    writes = event == "open" and set("wax+") & set(str(arguments[1]))
    if (writes or event in CHANGES) and str(arguments[0]).startswith(BUILD):
        done += 1
        change = f"{done} {event} {arguments[0]}"
        if re.search(AT, change):
            os.killpg(0, signal.SIGKILL)
        with open(LOG, "a") as log:
            print(change, file=log)


sys.addaudithook(note)
"""
CHAPTER = (
    EXECUTED
    + """\
# A chapter

A formula, $x^2$.

```{code-cell}
:tags: [remove-cell]
import os, signal

if "FATAL_CELL" in os.environ:
    os.killpg(os.getpgid(os.getppid()), signal.SIGKILL)
```

```{code-cell}
:mystnb:
:  figure:
:    name: fig-slopes
:    caption: A tangent.
:  image:
:    alt: A curve with a line that touches it.

from IPython.display import SVG

SVG('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 9L9 0"/></svg>')
```
"""
)
WORDS = "A formula", "The formula"


class Book:
    """A small book that is built again and again, each time with the one or the other words."""

    def __init__(self, folder: Path) -> None:
        self.project = small_book(folder / "book", chapter=CHAPTER)
        self.build = self.project / "_build"
        shutil.rmtree(self.build, ignore_errors=True)  # the first build is to make everything
        self.log = folder / "log"
        self.hook = folder / "hook"
        self.hook.mkdir()
        (self.hook / "sitecustomize.py").write_text(FATAL)
        self.first, old = self.watched()
        self.edit()
        self.again, new = self.watched()
        assert old != new
        self.sites = [old, new]

    def watched(self) -> tuple[list[str], dict[str, bytes]]:
        """Build, and say how files changed one after the other, and what the site is then."""
        self.log.write_text("")
        done = make_book(self.project, hook=self.hook, **self.fatal("nowhere"))
        assert done.returncode == 0, done.stdout + done.stderr
        return self.log.read_text().splitlines(), self.site()

    def fatal(self, at: str) -> dict[str, str]:
        named = {"BUILD": f"{self.build}/", "LOG": str(self.log), "AT": at}
        return {f"FATAL_{name}": said for name, said in named.items()}

    def edit(self) -> None:
        chapter = self.project / "book/chapter.md"
        old, new = WORDS if WORDS[0] in chapter.read_text() else WORDS[::-1]
        replace(chapter, old, new)

    def site(self, name: str = "html") -> dict[str, bytes]:
        return files(self.build / name)

    def survives(self, at: str = "nowhere", **variables: str) -> None:
        """Kill a build of the other words, look at what it leaves, and build again."""
        new, old = self.sites
        self.edit()
        variables |= self.fatal(at)
        with begin_book(self.project, apart=True, hook=self.hook, **variables) as killed:
            killed.communicate()
        assert killed.returncode == -signal.SIGKILL
        assert (self.site() or self.site("old")) in (old, new)
        self.builds(new)
        self.sites.reverse()

    def builds(self, site: dict[str, bytes]) -> None:
        done = make_book(self.project)
        assert done.returncode == 0, done.stdout + done.stderr
        assert self.site() == site
        left = {path.name for path in self.build.iterdir()}
        assert not left & {"new", "old"}

    def forget(self, kept: str) -> None:
        """Remove the results of the cells, or what else is made once."""
        for path in self.build.glob(kept):
            shutil.rmtree(path)


@pytest.fixture(scope="module")
def book(tmp_path_factory) -> Book:
    return Book(tmp_path_factory.mktemp("interrupted"))


def test_a_build_that_is_killed_when_all_is_cached(book, subtests):
    swap = [
        int(change.split()[0])
        for change in book.again
        if re.search("remove .*/kept/made.json$|rename .*/(html|new)$", change)
    ]
    assert len(swap) == 4
    for number in [swap[0] // 2, *swap, len(book.again)]:
        with subtests.test(change=book.again[number - 1]):
            book.survives(f"^{number} ")


RESULTS = ".jupyter_cache"
MADE_ONCE = {
    "assets": r"open .*/assets/katex/katex\.css",
    RESULTS: r"rename .*/cache$|open .*/base\.ipynb",
}


def test_a_build_that_is_killed_when_nothing_is_cached(book, subtests):
    for kept, changes in MADE_ONCE.items():
        for change in changes.split("|"):
            with subtests.test(change=change):
                assert any(re.search(change, done) for done in book.first)
                book.forget(kept)
                book.survives(change)
    with subtests.test(change="a cell at work"):
        book.forget(RESULTS)
        book.survives(FATAL_CELL="1")


def test_half_a_result_is_made_again(book):
    (result,) = book.build.glob(".jupyter_cache/*/executed/*/base.ipynb")
    text = result.read_text()
    result.write_text(text[: len(text) // 2])
    book.edit()  # else nobody looks at it
    book.sites.reverse()
    book.builds(book.sites[1])
    json.loads(result.read_text())


def test_a_build_that_fails_leaves_the_old_site(book):
    # So a kill between the two names leaves it.
    (book.build / "html").rename(book.build / "old")
    page = book.project / "book/index.md"
    text = page.read_text()
    page.write_text(text + "\n{ref}`nowhere`\n")
    try:
        assert make_book(book.project).returncode
        assert book.site() == book.sites[1]
    finally:
        page.write_text(text)


def test_builds_take_turns(book):
    book.forget(RESULTS)
    with (book.build / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        builds = [begin_book(book.project) for _ in range(2)]
        for build in builds:
            assert any("Another build is at work" in line for line in build.stdout)
        assert [build.poll() for build in builds] == [None, None]
    for build in builds:
        said = "".join(build.communicate())
        assert build.returncode == 0, said
    assert book.site() == book.sites[1]
