"""Small books, to build in a folder of their own."""

import shutil
from pathlib import Path

from tools.project import ROOT, copy_project

FRONT_MATTER = "---\ndescription: A page of the tests.\n---\n\n"
EXECUTED = "---\nfile_format: mystnb\nkernelspec:\n  name: python3\ndescription: A test.\n---\n\n"
# The text begins in line 7, a chapter's in 10.
PAGE = FRONT_MATTER + "# Page\n\n"
CELL = EXECUTED + "# Chapter\n\n"

# What the first build makes for all that follow. The keys come last: they say that all is there.
MADE_ONCE = (
    *("assets", "explorables", "literata.ttf", "signs.ttf", "palette.css"),
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
    toctree = "\n".join(["```{toctree}", ":numbered: 1", "", *pages, "```", ""])
    (book / "index.md").write_text(FRONT_MATTER + "# A book\n\n" + toctree)
    for name, text in pages.items():
        (book / f"{name}.md").write_text(text)
    return project


def files(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def differences(one: dict[str, bytes], other: dict[str, bytes]) -> list[str]:
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
