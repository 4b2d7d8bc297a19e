"""Offers the whole book on the front page: all notebooks, and what `make formats` has made.

It lies in `formats` beside the site that is being made (see conf/build.py).
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

ZIP_EPOCH = "315532800"  # 1980, the first year of a zip file
NAMES = {".pdf": "PDF", ".epub": "EPUB", ".zip": "all notebooks"}


def stable_zip(target: Path, files: dict[str, bytes]) -> None:
    """Write a zip file that is the same every time; the first file stays as readable as it is."""
    target.parent.mkdir(exist_ok=True)
    with ZipFile(target, "w") as packed:
        for number, (name, content) in enumerate(files.items()):
            entry = ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o644 << 16
            packed.writestr(entry, content, ZIP_DEFLATED if number else ZIP_STORED)


def made(app: Sphinx) -> list[Path]:
    """Return the files to offer, in the order of NAMES."""
    folder = Path(app.outdir).parent / "formats"
    return [file for kind in NAMES for file in folder.glob(f"*{kind}")]


def write_anew(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """The front page says what there is and how large, whether or not its text has changed."""
    return [app.config.root_doc]


def offer(
    app: Sphinx, page: str, template: str, context: dict[str, Any], tree: nodes.document | None
) -> None:
    if page == app.config.root_doc:
        context["formats"] = [
            (file.name, NAMES[file.suffix], f"{file.stat().st_size / 1e6:.1f} MB")
            for file in made(app)
        ]


def take_along(app: Sphinx, exception: Exception | None) -> None:
    if exception is None and app.builder.name == "html":
        for file in made(app):
            shutil.copy(file, app.outdir)


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("env-updated", write_anew)
    app.connect("html-page-context", offer)
    app.connect("build-finished", take_along)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
