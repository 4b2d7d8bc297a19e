"""A downloaded notebook runs for a reader who has Jupyter and nothing of ours."""

import hashlib
import json
import os
import re
import subprocess
import sys
import venv
from collections.abc import Callable, Iterator
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from urllib.request import urlopen

import nbformat
import pytest
from bs4 import BeautifulSoup
from conftest import CHAPTERS, ROOT
from nbformat import NotebookNode
from packaging.requirements import Requirement

# Where a notebook looks for the site unless BOOK_URL was set for the build.
DEFAULT_ADDRESS = "http://localhost:8000/"
READERS_PACKAGES = "ipykernel", "nbclient", "numpy", "matplotlib", "tqdm", "scikit-learn"
RUN = """\
import nbformat, nbclient, sys
notebook = nbformat.read(sys.argv[1], as_version=4)
nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3",
                         coalesce_streams=True).execute()
nbformat.write(notebook, sys.argv[1])
"""
# A role, a directive or a colon fence: Jupyter would show them as they stand.
MYST_ONLY = re.compile(r"\{[a-z:-]+\}`|```\{|^:::|^\([\w-]+\)=$", re.MULTILINE)


def closure(*names: str) -> set[str]:
    """These distributions and all that they need."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        found.add(name := waiting.pop())
        needs = [Requirement(line) for line in distribution(name).requires or []]
        needed = [n.name for n in needs if n.marker is None or n.marker.evaluate({"extra": ""})]
        waiting += set(needed) - found
    return found


@pytest.fixture(scope="module")
def readers_python(tmp_path_factory) -> Callable[[], Path]:
    """A new environment with what a reader has, made when it is needed."""
    return cache(lambda: new_environment(tmp_path_factory))


def new_environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a reader has. The pinned packages are linked, not downloaded."""
    home = tmp_path_factory.mktemp("reader") / "venv"
    venv.create(home, with_pip=True, symlinks=True)
    python = home / "bin" / "python"
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = Path(subprocess.check_output([python, "-c", where], text=True).strip())
    for name in closure(*READERS_PACKAGES):
        installed = distribution(name)
        for top in {file.parts[0] for file in installed.files or [] if ".." not in file.parts}:
            link = packages / top
            if not link.exists():
                link.symlink_to(Path(str(installed.locate_file(top))))
    subprocess.run([python, "-m", "ipykernel", "install", "--sys-prefix"], check=True)
    return python


def gdcore_of(python: Path) -> str:
    """The file that `import gdcore` loads there, or nothing."""
    ask = [python, "-P", "-c", "import gdcore; print(gdcore.__file__)"]
    return subprocess.run(ask, capture_output=True, text=True, check=False).stdout.strip()


@pytest.fixture(scope="module")
def notebooks(address, pages, chapters) -> dict[str, str]:
    """The notebook that each chapter offers, as downloaded."""
    links = {name: pages[name].select_one('a[href$=".ipynb"]')["href"] for name in chapters}
    return {name: urlopen(address + link).read().decode() for name, link in links.items()}


def test_notebooks_hold_no_markup_that_jupyter_cannot_show(notebooks, subtests):
    for name, text in notebooks.items():
        cells = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "markdown"]
        with subtests.test(page=name):
            assert cells
            assert [s for c in cells if MYST_ONLY.search(s := "".join(c["source"]))] == []


def shown_by_page(site: Path, page: BeautifulSoup) -> list[str]:
    """Each text and each figure that a cell of a page has put out."""
    found = page.select("main .cell_output :is(pre, img)")
    texts = (e.get_text() if e.name == "pre" else (site / e["src"]).read_text() for e in found)
    return [text.strip() for text in texts]


def shown_by_notebook(notebook: NotebookNode) -> Iterator[str]:
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            texts = output.data.values() if "data" in output else [output.get("text", "")]
            yield from (text.strip() for text in texts)


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_notebook_shows_in_a_new_environment_what_the_page_shows(
    readers_python, notebooks, pages, site, address, name, tmp_path
):
    assert DEFAULT_ADDRESS in notebooks[name]
    (wheel,) = site.glob("_static/gdcore-*.whl")
    kept = results(notebooks[name], wheel.read_bytes())
    if os.environ.get("CI") or not kept.exists():
        kept.parent.mkdir(exist_ok=True)
        notebook = kept.with_suffix(".new")
        notebook.write_text(notebooks[name].replace(DEFAULT_ADDRESS, address))
        done = subprocess.run(
            [python := readers_python(), "-P", "-c", RUN, notebook],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        assert str(python.parent.parent) in gdcore_of(python)
        notebook.replace(kept)
    wanted = shown_by_page(site, pages[name])
    assert wanted
    # It shows more: the cells of the assertions, too. What the page shows comes in the same order.
    coming = shown_by_notebook(nbformat.read(kept, as_version=4))
    assert [text for text in wanted if text not in coming] == []


def results(notebook: str, wheel: bytes) -> Path:
    """Where the results of a notebook are kept, as those of the cells of the book are.

    Its name stands for all that they come from: the cells, gdcore, Python and the packages.
    """
    packages = [(name, distribution(name).version) for name in sorted(closure(*READERS_PACKAGES))]
    told = hashlib.sha256(wheel + repr((notebook, RUN, sys.version, packages)).encode())
    return ROOT / "_build/notebooks" / f"{told.hexdigest()}.ipynb"
