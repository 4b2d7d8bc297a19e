"""What the site is made of, as hashes: so a build knows what has changed since the last one."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypedDict

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "_build"
PAGES = ROOT / "book"
PINS = ROOT / "conf" / "requirements" / "book.txt"
# Other programs' own, or named by their versions in what is looked at.
FOREIGN = {"node_modules", "__pycache__", ".ipynb_checkpoints"}
VARIABLES = "BOOK_URL", "BOOK_SOURCE", "SOURCE_DATE_EPOCH"


class Inputs(TypedDict):
    """All that a build reads. An edit of a page's text calls for less than any other change."""

    around: str
    pages: dict[str, str]
    commit: str


def now() -> Inputs:
    pages = {page(file): digest(file) for file in files(PAGES) if file.suffix == ".md"}
    return {"around": around(pages), "pages": pages, "commit": commit()}


def around(pages: Iterable[str]) -> str:
    """Hash which pages there are, and whatever is not the text of a page."""
    sources = [file for file in files(PAGES) if file.suffix != ".md"]
    sources += [*files(ROOT / "conf"), *files(ROOT / "gdcore")]
    sources += [ROOT / "pyproject.toml", ROOT / "conf/node_modules/.package-lock.json"]
    packages = Path(sysconfig.get_path("purelib")).glob("*.dist-info")
    variables = [f"{name}={os.environ.get(name)}" for name in VARIABLES]
    named = [str(ROOT), sys.version, *pages, *variables, *sorted(path.name for path in packages)]
    return digest(*sources, words=named)


def results(settings: str) -> str:
    """Hash what the cells of the chapters can see besides themselves."""
    return digest(PINS, *files(ROOT / "gdcore"), words=[sys.version, settings])


def page(file: Path) -> str:
    """Return Sphinx's name of a page."""
    return file.relative_to(PAGES).with_suffix("").as_posix()


def commit() -> str:
    """Return what the pages' dates are taken from."""
    git = ["git", "rev-parse", "HEAD", "--is-shallow-repository"]
    try:
        return subprocess.run(git, cwd=ROOT, capture_output=True, text=True, check=False).stdout
    except OSError:
        return ""


def files(folder: Path) -> Iterator[Path]:
    """Yield the files in a folder, in the same order everywhere."""
    for path, folders, names in os.walk(folder):
        folders[:] = sorted({*folders} - FOREIGN)
        yield from (Path(path, name) for name in sorted(names))


def digest(*sources: Path, words: Iterable[str] = (), root: Path = ROOT) -> str:
    """Return a hash of words, and of files with their names below a folder."""
    seen = hashlib.sha256("\0".join(words).encode())
    for file in sources:
        seen.update(f"\0{file.relative_to(root)}\0".encode() + file.read_bytes())
    return seen.hexdigest()
