"""Offers each chapter as a notebook that runs in a plain Jupyter, with gdcore from this site."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import nbformat
from flit_core.wheel import make_wheel_in
from myst_nb.core.variables import format_plain_text
from myst_nb.sphinx_ import NbMetadataCollector

from . import citations
from .downloads import ZIP_EPOCH, stable_zip
from .source_listing import find, source

if TYPE_CHECKING:
    from docutils import nodes
    from nbformat import NotebookNode
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

INSTALL = """\
# One thread, as in the book: the sums are the same, and threads do not wait for each other.
import os
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")
# The book's module, from the book's own site.
BOOK = "{url}"
try:
    import gdcore{module}
except ImportError:
    %pip install --quiet {{BOOK}}_static/{wheel}{package}
"""
FOLDER = "rolling-downhill-notebooks"
KINDS = {"fig": "the figure", "tab": "the table"}
GLUE_IMPORT = re.compile(r"^from myst_nb import glue$", re.MULTILINE)
GLUE_STAND_IN = "def glue(name, value, display=False): ...  # puts a value into the book's text"


def plain_markdown(
    text: str, values: dict[str, str], root: Path, cited: Callable[[str, str], str]
) -> str:
    """Say in plain Markdown what is said in MyST, as far as a notebook can show it."""

    def value(match: re.Match[str]) -> str:
        name, _, form = match[1].partition(":")
        if name not in values:  # the page has said so
            return match[0]
        return format_plain_text(values[name], form) if form else values[name].strip("'")

    def listed(match: re.Match[str]) -> str:
        try:
            file, trail = find(root, match[1])
        except LookupError:  # the directive has said so
            return match[0]
        return f"```python\n{source(file, trail[-1])}\n```"

    text = re.sub(r"\{glue:text\}`([^`]+)`", value, text)
    text = re.sub(r"^`{3,}\{live\}.*\n(:.*\n)*`{3,}\n", "", text, flags=re.M)
    text = re.sub(r"`{3,}\{listing\} (\S+)\n`{3,}", listed, text)
    text = re.sub(
        r"^(:{3,}|`{3,})\{[\w-]+\} *(.*)\n(:[\w-]+:.*\n)*", r"**\2**\n\n", text, flags=re.M
    )
    text = re.sub(r"^:{3,}\s*$", "", text, flags=re.M).replace("****\n\n", "")
    text = re.sub(r"^\([\w-]+\)=(\n|$)", "", text, flags=re.M)
    text = re.sub(r"\s*\$\$ *\(([\w:-]+)\)", r" \\tag{\1}\n$$", text)
    text = re.sub(r"\{eq\}`([\w:-]+)`", r"(\1)", text)
    text = re.sub(r"\{numref\}`(fig|tab)[^`]*`", lambda m: KINDS[m[1]], text)
    text = re.sub(r"\{cite:(\w+)\}`([^`]+)`", lambda m: cited(m[1], m[2]), text)
    text = re.sub(r"\{term\}`([^`<]+)`", r"\1", text)
    text = re.sub(r"\{[\w:]+\}`([^`<]+?) *<[^`>]*>`", r"\1", text)
    return re.sub(r"\{[\w:]+\}(`~?[^`]+`)", r"\1", text)


def plain_notebook(
    book: NotebookNode,
    values: dict[str, str],
    root: Path,
    install: str,
    cited: Callable[[str, str], str],
) -> NotebookNode:
    """Return the chapter without outputs, ready to run from top to bottom."""
    cells = [nbformat.v4.new_code_cell(install)]
    for cell in book.cells:
        if cell.cell_type == "code":
            cells.append(nbformat.v4.new_code_cell(GLUE_IMPORT.sub(GLUE_STAND_IN, cell.source)))
        else:
            text = plain_markdown(cell.source, values, root, cited)
            cells.append(nbformat.v4.new_markdown_cell(text))
    for number, cell in enumerate(cells):
        cell.id = f"cell-{number}"
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    plain: NotebookNode = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    return plain


def write(app: Sphinx, page: str) -> Path:
    """Write a chapter's notebook into the site."""
    executed = Path(app.outdir).parent / "jupyter_execute" / f"{page}.ipynb"
    glued = executed.with_suffix(".glue.json")
    values = json.loads(glued.read_text("utf-8")) if glued.exists() else {}
    texts = {name: value["data"]["text/plain"] for name, value in values.items()}
    root = Path(app.confdir).parent
    book = nbformat.read(executed, as_version=4)
    # gdcore does without it, and so do most chapters.
    learns = any("from sklearn" in cell.source for cell in book.cells)
    install = INSTALL.format(
        url=app.config.book_url or "http://localhost:8000/",
        wheel=wheel_name(app),
        module=", sklearn" if learns else "",
        package=" scikit-learn" if learns else "",
    )
    notebook = plain_notebook(book, texts, root, install, partial(citations.plain, app))
    target = Path(app.outdir, "notebooks", f"{page}.ipynb")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(nbformat.writes(notebook) + "\n", "utf-8")
    return target


def is_chapter(app: Sphinx, page: str) -> bool:
    return page != app.config.root_doc and bool(NbMetadataCollector.get_exec_data(app.env, page))


def write_all(app: Sphinx, env: BuildEnvironment) -> None:
    """Write the notebooks, each for itself and all as one file, before a page says how large."""
    if app.builder.name == "html":
        chapters = [page for page in sorted(env.found_docs) if is_chapter(app, page)]
        files = {f"{FOLDER}/{page}.ipynb": write(app, page).read_bytes() for page in chapters}
        stable_zip(Path(app.outdir).parent / "formats" / f"{FOLDER}.zip", files)


def offer(
    app: Sphinx, page: str, template: str, context: dict[str, Any], tree: nodes.document | None
) -> None:
    if app.builder.name == "html" and is_chapter(app, page):
        context["notebook"] = f"notebooks/{page}.ipynb"


def wheel_name(app: Sphinx) -> str:
    return f"gdcore-{app.config.release}-py3-none-any.whl"


def build_wheel(app: Sphinx, exception: Exception | None) -> None:
    if exception is None and app.builder.name == "html":
        root, target = Path(app.confdir).parent, Path(app.outdir, "_static")
        with mock.patch.dict(os.environ, SOURCE_DATE_EPOCH=ZIP_EPOCH):
            make_wheel_in(root / "pyproject.toml", target)


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("env-updated", write_all)
    app.connect("html-page-context", offer)
    app.connect("build-finished", build_wheel)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
