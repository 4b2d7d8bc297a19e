"""The project in a folder of its own, and make at work there, as a reader has it."""

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
NOT_SOURCE = ("_build", ".*cache", ".venv", ".git", "node_modules", "__pycache__", ".hypothesis")


def chapters() -> list[str]:
    """Return the names of the chapters, in their order."""
    index = (ROOT / "book/index.md").read_text("utf-8")
    found = re.search(r":caption: Chapters\n\n(.*?)```", index, re.S)
    assert found
    return found[1].split()


def copy_project(to: Path) -> Path:
    """The sources in another folder, with the tools of this one."""
    shutil.copytree(ROOT, to, ignore=shutil.ignore_patterns(*NOT_SOURCE))
    for tools in ".venv", "conf/node_modules":
        (to / tools).symlink_to(ROOT / tools)
    return to


def begin_book(
    project: Path = ROOT,
    target: str = "book",
    prefix: Sequence[str] = (),
    apart: bool = False,
    hook: Path | None = None,
    **variables: str,
) -> subprocess.Popen[str]:
    """Begin to make something, whatever an outer make or a published address say.

    From the hook's folder Python imports first. (make lets no PYTHONPATH through.)
    """
    outer = "MAKEFLAGS", "BOOK_URL", "BOOK_SOURCE"
    inherited = {k: v for k, v in os.environ.items() if k not in outer}
    # A copy borrows its tools: its make must not set them up anew.
    borrowed = [".venv/.book", ".venv/.test", "conf/node_modules/.stamp"]
    kept = [] if project == ROOT else [word for stamp in borrowed for word in ("-o", stamp)]
    hooked = [f"PY=PYTHONPATH='{hook}' .venv/bin/python"] if hook else []
    return subprocess.Popen(
        [*prefix, "make", target, *kept, *hooked],
        cwd=project,
        env=inherited | variables,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=apart,
    )


def make_book(
    project: Path = ROOT, target: str = "book", **options: Any
) -> subprocess.CompletedProcess[str]:
    """Make something as `begin_book` does, and wait for the end of it."""
    with begin_book(project, target, **options) as build:
        said = build.communicate()
    return subprocess.CompletedProcess(build.args, build.returncode, *said)
