"""Offers each chapter as a notebook that runs in a plain Jupyter, with gdcore beside it."""

from __future__ import annotations

import json
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from unittest import mock
from urllib.parse import urljoin

import nbformat
from docutils import nodes
from flit_core.wheel import make_wheel_in
from myst_nb.core.variables import format_plain_text
from myst_nb.sphinx_ import NbMetadataCollector
from sphinx.addnodes import pending_xref

from conf import inputs

from .deeper import CLASS, MARK
from .downloads import ZIP_EPOCH, stable_zip
from .drills import TITLE
from .incremental import Site
from .page_metadata import number
from .source_listing import find

if TYPE_CHECKING:
    from nbformat import NotebookNode
    from sphinx.application import Sphinx
    from sphinx.builders import Builder

# What a reader sees of it when something is missing is one sentence, without a traceback.
INSTALL = """\
# The book's module, from beside this notebook or from the book's site.
import os
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

# One thread, as in the book: the sums are the same, and threads do not wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

GDCORE, MORE, SITE = "{version}", "{more}", "{site}"
WHEEL = f"gdcore-{{GDCORE}}-py3-none-any.whl"


class NotReady(Exception):
    def _render_traceback_(self):
        return [str(self)]


def installed(package):
    try:
        return version(package)
    except PackageNotFoundError:
        return None


if installed("gdcore") != GDCORE or not all(map(installed, MORE.split())):
    wheel = f"./{{WHEEL}}" if Path(WHEEL).exists() else SITE and SITE + WHEEL
    if wheel:
        %pip install --quiet --disable-pip-version-check --retries 1 {{wheel}} {{MORE}}
    if installed("gdcore") != GDCORE:
        raise NotReady(
            f"This notebook needs gdcore {{GDCORE}}. "
            + (f"pip could not install {{wheel}}: why, it says above. " if wheel else "")
            + f"Put {{WHEEL}} beside this notebook, and run this cell again. "
            "It comes with all notebooks as one file, from the book's first page."
        )

PACKAGES = {{"gdcore": "gdcore", "numpy": "numpy", "matplotlib": "matplotlib", "PIL": "pillow",
            "sklearn": "scikit-learn", "tqdm": "tqdm", "distributed": "distributed"}}
for module, package in PACKAGES.items():
    old = getattr(sys.modules.get(module), "__version__", None)
    if old not in (None, installed(package)):
        raise NotReady(
            f"{{package}} {{installed(package)}} is installed now, but {{old}} is still loaded: "
            "restart the kernel, and run the notebook from the top."
        )
"""
# gdcore does without them, and so do most chapters.
ELSE_NEEDED = {"sklearn": "scikit-learn", "distributed": "distributed"}
UNUSED = shutil.ignore_patterns("__pycache__", ".*")
FOLDER = "rolling-downhill-notebooks"
GLUE_IMPORT = re.compile(r"^from myst_nb import glue$", re.MULTILINE)
DEEPER = re.compile(rf"^\{{\.{CLASS}\}}\n(#+) ", re.MULTILINE)
DRILL = re.compile(
    r"^(:{3,})\{drill\}\n(?P<options>(?::[^\n]*\n)*)\n*(?P<asked>.*?)\n---\n(?P<answer>.*?)\n\1$",
    re.MULTILINE | re.DOTALL,
)
GLUE_STAND_IN = "def glue(name, value, display=False): ...  # puts a value into the book's text"


def plain_markdown(text: str, values: dict[str, str], root: Path, references: References) -> str:
    """Say in plain Markdown what is said in MyST, as far as a notebook can show it."""

    def value(match: re.Match[str]) -> str:
        name, _, form = match[1].partition(":")
        if name not in values:  # the page has said so
            return match[0]
        return format_plain_text(values[name], form) if form else values[name].strip("'")

    def listed(match: re.Match[str]) -> str:
        try:
            _, _, code = find(root, match[1])
        except LookupError:  # the directive has said so
            return match[0]
        return f"```python\n{code}\n```"

    text = re.sub(r"\{glue:text\}`([^`]+)`", value, text)
    text = re.sub(r"^`{3,}\{live\}.*\n(:.*\n)*`{3,}\n", "", text, flags=re.M)
    text = re.sub(r"`{3,}\{listing\} (\S+)\n`{3,}", listed, text)
    text = DRILL.sub(drilled, text)
    text = DEEPER.sub(rf"\1 {MARK}", text)
    text = re.sub(
        r"^(:{3,}|`{3,})\{[\w-]+\} *(.*)\n(:[\w-]+:.*\n)*", r"**\2**\n\n", text, flags=re.M
    )
    text = re.sub(r"^:{3,}\s*$", "", text, flags=re.M).replace("****\n\n", "")
    text = re.sub(r"^\([\w-]+\)=(\n|$)", "", text, flags=re.M)
    text = re.sub(r"\s*\$\$ *\(([\w:-]+)\)", references.tag, text)
    text = re.sub(r"\{([\w:]+)\}`(?:([^`<]+?) *<)?([^`>]+)>?`", references.role, text)
    return re.sub(r"\[([^]]+)\]\(([\w./-]*)(?:#([\w-]+))?\)", references.link, text)


def drilled(drill: re.Match[str]) -> str:
    """Return a quick question with its answer folded, as Jupyter can."""
    options = dict(re.findall(r"^:(\w+): *(.*)$", drill["options"], re.MULTILINE))
    asked, answer = drill["asked"].strip(), drill["answer"].strip()
    if "choices" in options:
        asked += f" ({' / '.join(map(str.strip, options['choices'].split('|')))})"
        answer = f"**{options['answer']}**. {answer}"
    return f"**{TITLE}.** {asked}\n\n<details><summary>Answer</summary>\n\n{answer}\n\n</details>"


@dataclass
class References:
    """What the references of a page say, and where they lead if the site's address is known."""

    app: Sphinx
    page: str

    def number(self, label: re.Match[str]) -> str:
        """Return the number of an equation, in its parentheses."""
        node = self.resolved("eq", "", label[1])
        return node.astext() if node else label[0]

    def tag(self, label: re.Match[str]) -> str:
        return rf" \tag{{{self.number(label).strip('()')}}}" + "\n$$"

    def role(self, role: re.Match[str]) -> str:
        node = self.resolved(*role.groups(default=""))
        words = node.astext() if node else role[2] or role[3].lstrip("~")
        if role[1].startswith("py:"):
            words = f"`{words}`"
        links = list(node.findall(nodes.reference)) if node else []
        return self.linked(words, links[0]["refuri"] if links else "")

    def resolved(self, role: str, words: str, target: str) -> nodes.Element | None:
        """Return what Sphinx makes of a role, if it is a reference."""
        env, builder = self.app.env, self.app.builder
        domain, _, kind = role.rpartition(":")
        domain = domain or ("math" if kind == "eq" else "std")
        shown = nodes.inline("", words or target.lstrip("~"))
        node = pending_xref("", shown, refdoc=self.page, reftype=kind, refexplicit=bool(words))
        node["reftarget"] = target
        # From nowhere, so that each place has an address.
        return env.get_domain(domain).resolve_xref(env, "", builder, kind, target, node, shown)

    def link(self, link: re.Match[str]) -> str:
        words, page, place = link[1], link[2].removesuffix(".md") or self.page, link[3] or ""
        if page not in self.app.env.found_docs:
            return link[0]
        page, place = self.app.env.domains.standard_domain.anonlabels.get(place, (page, place))
        return self.linked(words, f"{self.app.builder.get_target_uri(page)}#{place}".rstrip("#"))

    def linked(self, words: str, address: str) -> str:
        site = self.app.config.book_url
        return f"[{words}]({urljoin(site, address)})" if site and address else words


def plain_notebook(
    book: NotebookNode, values: dict[str, str], root: Path, install: str, references: References
) -> NotebookNode:
    """Return the chapter without outputs, ready to run from top to bottom."""
    folded = {"jupyter": {"source_hidden": True}}
    cells = [nbformat.v4.new_code_cell(install, metadata=folded)]
    for cell in book.cells:
        if cell.cell_type == "code":
            code = GLUE_IMPORT.sub(GLUE_STAND_IN, cell.source)
            code = re.sub(r"\((eq:[\w-]+)\)", references.number, code)  # of its comments
            cells.append(nbformat.v4.new_code_cell(code))
            figure = cell.metadata.get("mystnb", {}).get("figure", {})
            text = f"{{numref}}`{figure.get('name')}`: {figure['caption']}" if figure else ""
        else:
            text = cell.source
        if text:
            text = plain_markdown(text, values, root, references)
            cells.append(nbformat.v4.new_markdown_cell(text))
    for place, cell in enumerate(cells):
        cell.id = f"cell-{place}"
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    plain: NotebookNode = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    return plain


def write(app: Sphinx, page: str, wheel: str) -> Path:
    """Write a chapter's notebook into the site, or take the old one if it is the same."""
    target = Path(app.outdir, "notebooks", f"{page}.ipynb")
    if isinstance(app.builder, Site) and page in app.builder.unchanged:
        app.builder.take(page)
        return target
    executed = Path(app.outdir).parent / "jupyter_execute" / f"{page}.ipynb"
    glued = executed.with_suffix(".glue.json")
    values = json.loads(glued.read_text("utf-8")) if glued.exists() else {}
    texts = {name: value["data"]["text/plain"] for name, value in values.items()}
    root = Path(app.confdir).parent
    book = nbformat.read(executed, as_version=4)
    more = [
        package
        for module, package in ELSE_NEEDED.items()
        if any(f"from {module}" in cell.source for cell in book.cells)
    ]
    install = INSTALL.format(
        version=wheel.split("-")[1],
        more=" ".join(more),
        site=urljoin(app.config.book_url, "notebooks/") if app.config.book_url else "",
    )
    notebook = plain_notebook(book, texts, root, install, References(app, page))
    if chapter := number(app, page):
        words = (cell for cell in notebook.cells if cell.cell_type == "markdown")
        title = next(cell for cell in words if cell.source.startswith("# "))
        title.source = f"# {chapter}. {title.source.removeprefix('# ')}"
    target.write_text(nbformat.writes(notebook) + "\n", "utf-8")
    return target


def is_chapter(app: Sphinx, page: str) -> bool:
    return page != app.config.root_doc and bool(NbMetadataCollector.get_exec_data(app.env, page))


def write_all(app: Sphinx, builder: Builder) -> None:
    """Write the notebooks, each for itself and all as one file, before a page says how large."""
    if builder.name != "html":
        return
    folder = Path(app.outdir, "notebooks")
    folder.mkdir(parents=True, exist_ok=True)
    wheel = build_wheel(Path(app.confdir).parent, folder)
    chapters = [page for page in sorted(app.env.found_docs) if is_chapter(app, page)]
    files = [write(app, page, wheel.name) for page in chapters]
    packed = {f"{FOLDER}/{file.name}": file.read_bytes() for file in [*files, wheel]}
    stable_zip(Path(app.outdir).parent / "formats" / f"{FOLDER}.zip", packed)


def build_wheel(root: Path, target: Path) -> Path:
    """Build gdcore for readers, with a version that tells its content: no two go by one name."""
    with TemporaryDirectory() as folder:
        copy = Path(folder)
        shutil.copytree(root / "gdcore", copy / "gdcore", ignore=UNUSED)
        for file in [root / "pyproject.toml", *root.glob("LICENSE*")]:
            shutil.copy(file, copy)
        content = inputs.digest(*inputs.files(copy), root=copy)
        names = copy / "gdcore" / "__init__.py"
        version = rf'\1+g{content[:8]}"'
        names.write_text(
            re.sub(r'^(__version__ = "[^"]+)"', version, names.read_text("utf-8"), flags=re.M),
            "utf-8",
        )
        with mock.patch.dict(os.environ, SOURCE_DATE_EPOCH=ZIP_EPOCH):
            wheel = Path(make_wheel_in(copy / "pyproject.toml", target).file)
    wheel.chmod(0o644)  # it was a temporary file, for its owner alone
    return wheel


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("write-started", write_all)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
