"""A downloaded notebook runs for a reader who has Jupyter and nothing of ours."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from urllib.request import urlopen
from zipfile import ZipFile

import nbformat
import pytest
from bs4 import BeautifulSoup
from conftest import CHAPTERS, ROOT
from flit_core.wheel import make_wheel_in
from nbformat import NotebookNode
from packaging.requirements import Requirement

from conf.extensions import notebooks as notebook_extension

READERS_PACKAGES = (
    "ipykernel",
    "nbclient",
    "numpy",
    "matplotlib",
    "tqdm",
    "scikit-learn",
    "distributed",
)
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
    readers_python, notebooks, pages, site, name, tmp_path
):
    (wheel,) = site.glob("notebooks/gdcore-*.whl")
    kept = results(notebooks[name], wheel.read_bytes())
    if os.environ.get("CI") or not kept.exists():
        kept.parent.mkdir(exist_ok=True)
        notebook = kept.with_suffix(".new")
        notebook.write_text(notebooks[name])
        shutil.copy(wheel, tmp_path)
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


# --- the first cell: the book's module, in the version that the notebook was written for

SAY = """\
import nbclient, nbformat, sys
cells = [nbformat.v4.new_code_cell(source) for source in sys.argv[1:]]
notebook = nbformat.v4.new_notebook(cells=cells)
try:
    nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
except nbclient.exceptions.CellExecutionError as error:
    print("STOPPED", error.ename, error.evalue)
for output in notebook.cells[-1].outputs:
    print("\\n".join(output.get("traceback", [])) or output.get("text", ""))
"""


@dataclass
class Reader:
    """Someone with Jupyter, and a folder where a notebook lies."""

    python: Path
    folder: Path
    first: str

    def says(self, *before: str, first: str = "") -> str:
        """What the first cell says after some other cells."""
        cells = [*before, first or self.first]
        said = subprocess.check_output(
            [self.python, "-P", "-c", SAY, *cells], cwd=self.folder, text=True
        )
        return re.sub(r"Note: you may need to restart the kernel.*\n", "", said).strip()

    def has(self) -> str:
        ask = "from importlib.metadata import version; print(version('gdcore'))"
        done = subprocess.run([self.python, "-P", "-c", ask], capture_output=True, text=True)
        return done.stdout.strip()

    def pip(self, *words: object) -> None:
        command = [self.python, "-m", "pip", "--quiet", "--disable-pip-version-check", *words]
        subprocess.run(command, check=True, env=os.environ | {"PIP_ROOT_USER_ACTION": "ignore"})


@pytest.fixture
def reader(readers_python, notebooks, tmp_path) -> Reader:
    """Without gdcore so far."""
    first = "".join(json.loads(notebooks[CHAPTERS[0]])["cells"][0]["source"])
    found = Reader(readers_python(), tmp_path, first)
    found.pip("uninstall", "--yes", "gdcore")
    return found


@pytest.fixture(scope="module")
def wheel(site) -> Path:
    (found,) = site.glob("notebooks/gdcore-*.whl")
    return found


def older(folder: Path) -> Path:
    """A wheel of a gdcore with fewer names in it."""
    (folder / "gdcore").mkdir(parents=True)
    (folder / "gdcore/__init__.py").write_text('"""Old."""\n\n__version__ = "0.1.0"\n')
    (folder / "pyproject.toml").write_text(
        '[project]\nname = "gdcore"\ndynamic = ["version", "description"]\n'
    )
    return Path(make_wheel_in(folder / "pyproject.toml", folder).file)


def test_gdcore_comes_from_beside_the_notebook_or_from_the_site(reader, wheel, address):
    shutil.copy(wheel, reader.folder)
    assert reader.says() == ""
    assert reader.has() == wheel.name.split("-")[1]
    assert reader.says() == ""  # once more

    reader.pip("uninstall", "--yes", "gdcore")
    (reader.folder / wheel.name).unlink()
    published = re.sub(r'(GDCORE, MORE, SITE = .*, ")"', rf'\1{address}notebooks/"', reader.first)
    assert published != reader.first
    assert reader.says(first=published) == ""
    assert reader.has() == wheel.name.split("-")[1]


def test_who_has_neither_is_told_in_one_sentence_what_to_do(reader, wheel):
    said = reader.says()
    assert "Traceback" not in said
    assert f"Put {wheel.name} beside this notebook" in said
    assert "localhost" not in reader.first
    nowhere = re.sub(
        r'(GDCORE, MORE, SITE = .*, ")"', r'\1http://127.0.0.1:9/notebooks/"', reader.first
    )
    said = reader.says(first=nowhere)
    assert "could not install http://127.0.0.1:9/notebooks/gdcore-" in said
    assert f"Put {wheel.name} beside this notebook" in said


def test_an_older_gdcore_makes_way_for_the_right_one(reader, wheel, tmp_path):
    shutil.copy(wheel, reader.folder)
    reader.pip("install", "--no-deps", older(tmp_path / "old"))
    assert reader.has() == "0.1.0"
    said = reader.says("import gdcore")
    assert re.search(r"gdcore 0\.1\.0\+\w+ is installed now, but 0\.1\.0 is still loaded", said)
    assert "restart the kernel" in said
    assert reader.has() == wheel.name.split("-")[1]
    assert reader.says("import gdcore") == ""


@pytest.mark.parametrize("module", ["matplotlib", "numpy", "PIL", "sklearn"])
def test_an_older_package_that_is_loaded_asks_for_a_restart_each_time(reader, wheel, module):
    shutil.copy(wheel, reader.folder)
    loaded = f"import {module}; {module}.__version__ = '1.0'"
    for _ in range(2):
        said = reader.says(loaded)
        assert "but 1.0 is still loaded: restart the kernel" in said
        assert "Traceback" not in said
    assert reader.says(f"import {module}") == ""


def test_the_zip_holds_each_notebook_and_the_module(site, notebooks, wheel):
    with ZipFile(site / "rolling-downhill-notebooks.zip") as packed:
        held = {Path(name).name: packed.read(name) for name in packed.namelist()}
    files = [*site.glob("notebooks/*")]
    assert held == {file.name: file.read_bytes() for file in files}
    assert len(files) == len(notebooks) + 1
    assert [oct(file.stat().st_mode & 0o777) for file in files] == ["0o644"] * len(files)


def test_no_two_contents_go_by_one_version(tmp_path):
    def version(project: Path) -> str:
        return notebook_extension.build_wheel(project, tmp_path).name.split("-")[1]

    one, same, other = (tmp_path / name for name in ("one", "deeper/same", "other"))
    for copy in one, same, other:
        shutil.copytree(ROOT / "gdcore", copy / "gdcore")
        shutil.copy(ROOT / "pyproject.toml", copy)
    (other / "gdcore/rules.py").rename(other / "gdcore/ways.py")
    assert version(one) == version(same) != version(other)
    (same / "gdcore/__pycache__/junk.pyc").parent.mkdir(exist_ok=True)
    (same / "gdcore/__pycache__/junk.pyc").write_bytes(b"of this machine")
    assert version(one) == version(same)
    with (same / "gdcore/rules.py").open("a") as file:
        file.write("# an edit\n")
    assert version(one) != version(same)


# --- what a notebook says of figures and equations, and where its links lead

LINK = re.compile(r"\[([^]]*)\]\(([^)\s]+)\)")


def prose(notebook: str) -> str:
    cells = [cell for cell in json.loads(notebook)["cells"] if cell["cell_type"] == "markdown"]
    texts = ["".join(cell["source"]) for cell in cells]
    return re.sub(r"```.*?```|`[^`]*`|\$\$.*?\$\$|\$[^$]*\$", "", "\n".join(texts), flags=re.S)


def test_without_an_address_no_link_leads_nowhere(notebooks):
    for name, text in notebooks.items():
        links = [target for _, target in LINK.findall(prose(text))]
        assert [link for link in links if not link.startswith("https://")] == [], name


def test_equations_and_figures_have_the_numbers_of_the_page(notebooks, pages, subtests):
    for name, text in notebooks.items():
        with subtests.test(page=name):
            main = pages[name].main
            numbered = [tag.get_text().strip("()") for tag in main.select(".eqno")]
            said = "".join(flatten(text))
            assert re.findall(r"\\tag\{([^}]*)\}", said) == numbered
            captions = [tag.get_text().strip() for tag in main.select("figure .caption-number")]
            assert captions
            for caption in captions:
                assert f"{caption}: " in said
            assert "(eq:" not in said


def flatten(notebook: str) -> Iterator[str]:
    for cell in json.loads(notebook)["cells"]:
        yield from cell["source"]
