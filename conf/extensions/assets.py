"""Prepares what the pages load besides their text: type, mathematics' style, the theme's look.

All of it comes from pinned packages and is made again only when its sources change. The site's own
files stay few: what Sphinx copies and no page loads is removed.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from importlib import resources
from importlib.metadata import files
from pathlib import Path
from typing import TYPE_CHECKING

from conf import inputs, node
from gdcore.plots import PALETTE

if TYPE_CHECKING:
    from fontTools.ttLib import TTFont
    from sphinx.application import Sphinx

# Latin as the book and the names in it use it, with some punctuation, arrows and signs. A letter
# costs every page a hundred bytes. Formulas have their own type.
LETTERS = [*range(0x20, 0x7F), *range(0xDF, 0x100)]
LETTERS += map(ord, "\u00a0ÀÄÅÇÉÖØÜŁłœšžđ§«»°±²³·×÷¼½¾‐‑–—‘’‚“”„•…′″€←→↑↓−≈≠≤≥©")
FACES: dict[str, int | tuple[int, int]] = {"normal": (400, 700), "italic": 400}
# Packages whose files Sphinx copies into the site.
CARRIED = (
    "pydata-sphinx-theme",
    "sphinx",
    "sphinx-book-theme",
    "sphinx-copybutton",
)
UNUSED = (
    *("basic.css", "pygments.css", "mystnb.*.css", "file.png", "plus.png", "minus.png"),
    *("doctools.js", "sphinx_highlight.js", "searchtools.js", "language_data.js"),
    # Of the theme: book.css and book.js hold what is used of it.
    *("styles", "scripts", "vendor", "images", "locales", "*webpack-macros.html", ".gitignore"),
)


def prepare(app: Sphinx) -> None:
    """Fill `_build/assets`, which Sphinx copies into the site, unless it is up to date."""
    conf, target = Path(app.confdir), Path(app.confdir).parent / "_build" / "assets"
    pins = [Path(__file__), conf / "package-lock.json", conf / "requirements" / "book.txt"]
    palette = conf.parent / "gdcore" / "plots" / "__init__.py"
    look = [*inputs.files(conf / "theme"), *inputs.files(conf / "explorables")]
    # A new type takes all away, so the look comes after it.
    made = "book.css", "../explorables"
    steps = (make_type, ("fonts",), pins), (make_look, made, [*pins, palette, *look])
    for make, results, sources in steps:
        key = target.with_name(f"{make.__name__}.key")
        now = inputs.digest(*sorted(sources))
        whole = all((target / result).exists() for result in results) and key.exists()
        if not whole or key.read_text() != now:
            key.unlink(missing_ok=True)  # until all is made
            make(conf, target)
            key.write_text(now)


def make_type(conf: Path, target: Path) -> None:
    from fontTools.ttLib import TTFont  # here, since most builds find the type made

    shutil.rmtree(target, ignore_errors=True)
    modules = conf / "node_modules"
    serif = modules / "@fontsource-variable" / "literata" / "files"
    for style, weight in FACES.items():
        font = cut_down(serif / f"literata-latin-wght-{style}.woff2", weight)
        save(font, target / "fonts" / f"literata-{style}.woff2", "woff2")
    copy_katex(modules / "katex" / "dist", target / "katex")
    works = {"literata": serif.parent}
    works |= {name: modules / name for name in ("katex", "minisearch", "stemmer")}
    copy_licences(works, target / "licences")
    # For the cards: one weight, and from the type of formulas what it lacks.
    bold = cut_down(serif / "literata-latin-wght-normal.woff2", 600)
    save(bold, target.parent / "literata.ttf", None)
    signs = TTFont(modules / "katex" / "dist" / "fonts" / "KaTeX_Main-Bold.ttf")
    keep(signs, signs.getBestCmap().keys() - bold.getBestCmap().keys())
    save(signs, target.parent / "signs.ttf", None)


def make_look(conf: Path, target: Path) -> None:
    """Make one style and script of the theme's and the book's, and one script of each live figure.

    It is theme/bundle.mjs that does it.
    """
    roles = "".join(
        f"--{role}:light-dark({light},{dark});" for role, (light, dark) in PALETTE.items()
    )
    colours = target.with_name("palette.css")
    colours.write_text(f":root{{{roles}}}", "utf-8")
    packages = [str(resources.files(f"{name}_theme")) for name in ("sphinx_book", "pydata_sphinx")]
    node.run("theme/bundle.mjs", conf / "theme" / "bundle.mjs", *packages, colours, target)


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


def copy_licences(folders: dict[str, Path], target: Path) -> None:
    """Let the licences go along with the works, as they demand."""
    target.mkdir()
    texts = {name: next(folder.glob("[Ll][Ii][Cc]*")) for name, folder in folders.items()}
    for name in CARRIED:
        texts[name] = next(
            Path(str(file.locate()))
            for file in files(name) or []
            if file.stem in ("LICENSE", "COPYING") and ".dist-info" in str(file)
        )
    for name, text in texts.items():
        shutil.copyfile(text, target / f"{name}.txt")


def tidy(app: Sphinx, exception: Exception | None) -> None:
    """Remove what Sphinx copies and no page loads."""
    if exception is not None or app.builder.name != "html":
        return
    for pattern in UNUSED:
        for found in Path(app.outdir, "_static").glob(pattern):
            if found.is_dir():
                shutil.rmtree(found)
            else:
                found.unlink()


def setup(app: Sphinx) -> dict[str, bool]:
    prepare(app)
    app.connect("build-finished", tidy, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
