"""What is wrong with the machine and not with the book is said in one line, with what to do."""

import os
import resource
import shutil
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from books import CELL, PAGE, files, replace, small_book
from conftest import ROOT, make_book

from tools.project import begin_book

ROOM = "Make room on the disk, then build again."
SET_UP = "What `make` has set up lacks it: `make distclean book` sets up anew."


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    """A small book with its site."""
    chapter = CELL + f"```{{code-cell}}\nprint({'1' * 25_000!r})\n```\n"
    project = small_book(tmp_path_factory.mktemp("messages") / "book", page=PAGE, chapter=chapter)
    done = make_book(project)
    assert done.returncode == 0, done.stdout + done.stderr
    return project


@pytest.fixture
def project(built, tmp_path) -> Path:
    """The same, for a test that breaks it."""
    return shutil.copytree(built, tmp_path / "book", symlinks=True)


def complaint(project: Path, target: str = "book", **options: Any) -> str:
    """Call make in vain. It names its file and what failed, and leaves the site as it was."""
    before = files(project / "_build/html")
    done = make_book(project, target, **options)
    assert done.returncode != 0
    assert files(project / "_build/html") == before
    assert "Traceback" not in done.stdout + done.stderr
    assert "sphinx-err" not in done.stderr
    *_, line = (line for line in done.stderr.splitlines() if line and not line.startswith("make"))
    return line


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """What is started within can write so much to a file: a full disk that needs no rights."""
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, old[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)


@pytest.mark.parametrize(("kept", "size"), [("none", 8), ("none", 40), ("all", 60)])
def test_a_disk_that_fills_up(project, kept, size):
    if kept == "none":
        shutil.rmtree(project / "_build/.jupyter_cache")
    with largest_file(size * 1000):
        line = complaint(project)
    assert line.endswith(ROOM) or "The results in _build/.jupyter_cache" in line


def test_a_full_disk(project):
    settings = project / "_build/ipython/profile_default/ipython_kernel_config.py"
    settings.unlink()
    settings.symlink_to("/dev/full")
    assert complaint(project) == f"{project}/_build: No space left on device. {ROOM}"


@pytest.mark.parametrize("folder", [".", "_build"])
def test_a_folder_that_may_not_be_written(project, folder):
    # Root may write everywhere, unless it gives that right away.
    root = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] * (os.geteuid() == 0)
    if root and not shutil.which("setpriv"):
        pytest.skip("root without setpriv, so no folder is read-only here")
    if folder == ".":
        shutil.rmtree(project / "_build")
    (project / folder).chmod(0o555)
    try:
        line = complaint(project, prefix=root)
    finally:
        (project / folder).chmod(0o755)
    assert line.startswith(f"{project}/_build")
    assert line.endswith("Permission denied. The build must be able to write there.")


def test_a_file_where_a_folder_should_be(project):
    shutil.rmtree(project / "_build")
    (project / "_build").touch()
    assert complaint(project).startswith(f"{project}/_build: File exists. A file stands where")


def test_a_missing_font(project):
    modules = project / "conf/node_modules"
    modules.unlink()
    modules.mkdir()
    for package in (ROOT / "conf/node_modules").iterdir():
        if package.name != "@fontsource-variable":
            (modules / package.name).symlink_to(package)
    shutil.rmtree(project / "_build/assets")
    font = modules / "@fontsource-variable/literata/files/literata-latin-wght-normal.woff2"
    assert complaint(project) == f"There is no {font}. {SET_UP}"


def test_a_missing_package(project, tmp_path):
    (tmp_path / "resvg_py.py").write_text(
        "raise ModuleNotFoundError(\"No module named 'resvg_py'\")"
    )
    line = complaint(project, hook=tmp_path)
    assert line == f"No module named 'resvg_py'. {SET_UP}"


def test_what_ends_with_a_build_says_nothing(project, tmp_path):
    """A chapter that still runs when another one fails; here something that always complains."""
    (tmp_path / "resvg_py.py").write_text(
        "import atexit\natexit.register(lambda: 1 / 0)\nraise ModuleNotFoundError('No resvg_py')"
    )
    assert complaint(project, hook=tmp_path) == f"No resvg_py. {SET_UP}"


def test_an_occupied_port(project):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        line = complaint(project, "live", PORT=port)
    assert line == f"Port {port}: Address already in use. Name another: make live PORT=8001"


@pytest.mark.parametrize("port", ["no", "70000", "-1"])
def test_no_port(project, port):
    assert complaint(project, "live", PORT=port).startswith(f"Port {port}: no such port.")


def test_a_page_is_served_and_made_again_when_it_is_saved(project):
    def served(words: str) -> None:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            # While the site is swapped, half a page may come.
            with (
                suppress(OSError, HTTPException),
                urlopen(f"http://127.0.0.1:{port}/page.html") as page,
            ):
                if words in page.read().decode():
                    return
            time.sleep(0.2)
        pytest.fail(f"no page says {words}")

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    with begin_book(project, "live", apart=True, PORT=port) as live:
        try:
            served("Page")
            replace(project / "book/page.md", "# Page", "# Other words")
            served("Other words")
        finally:
            os.killpg(live.pid, signal.SIGTERM)
