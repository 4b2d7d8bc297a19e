"""Prepares what the pages load besides their text: type and mathematics' style.

All of it comes from pinned packages and is made again only when its sources change. The site's own
files stay few: what Sphinx copies and no page loads is removed.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Iterable
from importlib.metadata import files
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fontTools.ttLib import TTFont
    from sphinx.application import Sphinx

# Latin as the book and the names in it use it, with some punctuation, arrows and signs. A letter
# costs every page a hundred bytes. Formulas have their own type.
LETTERS = [*range(0x20, 0x7F), *range(0xDF, 0x100)]
LETTERS += map(ord, "\u00a0ÀÄÅÇÉÖØÜŁłœšžđ§«»°±²³·×÷¼½¾‐‑–—‘’‚“”„•…′″€←→↑↓−≈≠≤≥©")
FACES: dict[str, int | tuple[int, int]] = {"normal": (400, 700), "italic": 400}
# Packages whose files Sphinx copies into the site.
CARRIED = "sphinx", "sphinx-copybutton", "snowballstemmer"
UNUSED = ("basic.css", "pygments.css", "mystnb.*.css", "file.png", "plus.png", "minus.png")


def prepare(app: Sphinx) -> None:
    """Fill `_build/assets`, which Sphinx copies into the site, unless it is up to date."""
    conf, target = Path(app.confdir), Path(app.confdir).parent / "_build" / "assets"
    key = target.with_suffix(".key")
    sources = [Path(__file__), conf / "package-lock.json", conf / "requirements" / "book.txt"]
    now = hashlib.sha256(b"".join(file.read_bytes() for file in sources)).hexdigest()
    if target.is_dir() and key.exists() and key.read_text() == now:
        return
    from fontTools.ttLib import TTFont  # here, since most builds find the type made

    key.unlink(missing_ok=True)  # until all is made
    shutil.rmtree(target, ignore_errors=True)
    modules = conf / "node_modules"
    serif = modules / "@fontsource-variable" / "literata" / "files"
    for style, weight in FACES.items():
        font = cut_down(serif / f"literata-latin-wght-{style}.woff2", weight)
        save(font, target / "fonts" / f"literata-{style}.woff2", "woff2")
    copy_katex(modules / "katex" / "dist", target / "katex")
    copy_licences({"literata": serif.parent, "katex": modules / "katex"}, target / "licences")
    # For the cards: one weight, and from the type of formulas what it lacks.
    bold = cut_down(serif / "literata-latin-wght-normal.woff2", 600)
    save(bold, target.parent / "literata.ttf", None)
    signs = TTFont(modules / "katex" / "dist" / "fonts" / "KaTeX_Main-Bold.ttf")
    keep(signs, signs.getBestCmap().keys() - bold.getBestCmap().keys())
    save(signs, target.parent / "signs.ttf", None)
    key.write_text(now)


def cut_down(file: Path, weight: int | tuple[int, int]) -> TTFont:
    from fontTools.ttLib import TTFont
    from fontTools.varLib import instancer

    font = TTFont(file, recalcTimestamp=False)
    keep(font, LETTERS)
    return instancer.instantiateVariableFont(font, {"wght": weight})


def keep(font: TTFont, letters: Iterable[int]) -> None:
    from fontTools import subset

    options = subset.Options(
        hinting=False, layout_features=["ccmp", "kern", "liga", "locl", "mark", "tnum"]
    )
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=letters)
    cutter.subset(font)


def save(font: TTFont, file: Path, flavor: str | None) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    font.flavor = flavor
    font.save(file)


def copy_katex(dist: Path, target: Path) -> None:
    """Take KaTeX's style sheet, and of its fonts only the format that every browser reads."""
    shutil.copytree(
        dist / "fonts",
        target / "fonts",
        ignore=lambda _, names: [n for n in names if not n.endswith(".woff2")],
    )
    css = (dist / "katex-swap.min.css").read_text("utf-8")
    (target / "katex.css").write_text(
        re.sub(r',url\([^)]*\) format\("(woff|truetype)"\)', "", css), "utf-8"
    )
    shutil.copy(dist / "contrib" / "copy-tex.min.js", target / "copy-tex.js")


def copy_licences(folders: dict[str, Path], target: Path) -> None:
    """Let the licences go along with the works, as they demand."""
    target.mkdir()
    texts = {name: folder / "LICENSE" for name, folder in folders.items()}
    for name in CARRIED:
        texts[name] = next(
            Path(str(file.locate()))
            for file in files(name) or []
            if file.stem in ("LICENSE", "COPYING") and ".dist-info" in str(file)
        )
    for name, text in texts.items():
        shutil.copyfile(text, target / f"{name}.txt")


def tidy(app: Sphinx, exception: Exception | None) -> None:
    """Remove superseded styles, and what explains the styles."""
    if exception is not None or app.builder.name != "html":
        return
    static = Path(app.outdir, "_static")
    for pattern in UNUSED:
        for file in static.glob(pattern):
            file.unlink()
    # Comments and indents are for who reads the style where it is written.
    style = static / "book.css"
    bare = re.sub(r"\s*/\*.*?\*/|^ +", "", style.read_text("utf-8"), flags=re.M | re.S)
    style.write_text(bare, "utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    prepare(app)
    app.connect("build-finished", tidy, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
