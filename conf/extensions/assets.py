"""Prepares what the pages load besides their text: type, mathematics' style and the title card.

All of it comes from pinned packages and is made again only when its sources change. The site's own
files stay few: what Sphinx copies and no page loads is removed.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

if TYPE_CHECKING:
    from sphinx.application import Sphinx

# Latin as the book uses it, with some punctuation, arrows and signs. Formulas have their own type.
LETTERS = [*range(0x20, 0x7F), *range(0xA0, 0x180), *map(ord, "‐‑–—‘’‚“”„•…′″€←→↑↓−≈≠≤≥")]
FACES: dict[str, int | tuple[int, int]] = {"normal": (400, 700), "italic": 400}
UNUSED = ("basic.css", "pygments.css", "mystnb.*.css", "file.png", "plus.png", "minus.png")


def prepare(app: Sphinx) -> None:
    """Fill `_build/assets`, which Sphinx copies into the site, unless it is up to date."""
    conf, target = Path(app.confdir), Path(app.confdir).parent / "_build" / "assets"
    key = target.with_suffix(".key")
    sources = [Path(__file__), conf / "package-lock.json", conf / "requirements" / "book.txt"]
    sources += sorted((conf.parent / "gdcore").rglob("*.py"))  # which draws the card
    now = hashlib.sha256(b"".join(file.read_bytes() for file in sources)).hexdigest()
    if target.is_dir() and key.exists() and key.read_text() == now:
        return
    key.unlink(missing_ok=True)  # until all is made
    shutil.rmtree(target, ignore_errors=True)
    modules = conf / "node_modules"
    serif = modules / "@fontsource-variable" / "literata" / "files"
    for style, weight in FACES.items():
        font = cut_down(serif / f"literata-latin-wght-{style}.woff2", weight)
        save(font, target / "fonts" / f"literata-{style}.woff2", "woff2")
    copy_katex(modules / "katex" / "dist", target / "katex")
    letters = target.parent / "literata.ttf"
    save(cut_down(serif / "literata-latin-wght-normal.woff2", 600), letters, None)
    draw_card(letters, target / "card.png")
    draw_card(letters, target.parent / "cover.png", upright=True)
    key.write_text(now)


def cut_down(file: Path, weight: int | tuple[int, int]) -> TTFont:
    font = TTFont(file, recalcTimestamp=False)
    options = subset.Options(
        hinting=False, layout_features=["ccmp", "kern", "liga", "locl", "mark", "tnum"]
    )
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=LETTERS)
    cutter.subset(font)
    return instancer.instantiateVariableFont(font, {"wght": weight})


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


def draw_card(letters: Path, file: Path, upright: bool = False) -> None:
    """Draw what a link to the book shows, or its cover: a ball on its way down a parabola."""
    # Here, since most builds draw nothing and need not wait for matplotlib.
    import numpy as np
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties

    from gdcore.descent import descend
    from gdcore.landscapes import quadratic
    from gdcore.plots import PALETTE
    from gdcore.rules import Plain

    light = {role: shade for role, (shade, _) in PALETTE.items()}
    bowl = quadratic(a=0.16, b=-0.64, c=1.44)
    path = descend(bowl.gradient, start=-2.3, rule=Plain(1.2), max_steps=7)
    balls = path.values(bowl) + 0.15  # they lie on the curve, not in it

    left, right, low, high = (-2.5, 5.5, -6, 6) if upright else (-6, 6, -1.5, 4.8)
    size = right - left, high - low
    figure = Figure(figsize=size, dpi=100, facecolor=light["paper"])
    axes = figure.add_axes((0, 0, 1, 1), xlim=(left, right), ylim=(low, high))
    axes.axis("off")
    x = np.linspace(-6, 6, 400)
    axes.plot(x, bowl(x), color=light["function"], linewidth=4)
    axes.plot(path.points, balls, color=light["path"], linewidth=1.5, alpha=0.6)
    axes.scatter(
        path.points, balls, s=np.linspace(260, 60, len(balls)), color=light["path"], zorder=3
    )
    title, line = (FontProperties(fname=letters, size=size) for size in (64, 23))
    name = "Rolling Downhill"
    words = "Gradient descent from the first derivative to a neural network"
    if upright:
        name, words = "Rolling\nDownhill", words.replace("from", "\nfrom").replace("to", "\nto")
    top, under = (-0.8, -3.6) if upright else (0.5, -0.7)
    axes.text(left + 0.7, top, name, fontproperties=title, color=light["ink"], va="top")
    axes.text(left + 0.75, under, words, fontproperties=line, color=light["muted"], va="top")
    figure.savefig(file, metadata={"Software": None})


def tidy(app: Sphinx, exception: Exception | None) -> None:
    """Remove superseded styles, figures of earlier builds and pages of chapters that are gone."""
    if exception is not None or app.builder.name != "html":
        return
    site, pages = Path(app.outdir), {*app.env.found_docs, "search"}
    shown = {name for _, name in app.env.images.values()}
    built = [*site.glob("*.html"), *site.glob("notebooks/*.ipynb")]
    for file in [
        *(file for pattern in UNUSED for file in site.glob(f"_static/{pattern}")),
        *(file for file in site.glob("_images/*") if file.name not in shown),
        *(file for file in built if file.stem not in pages),
    ]:
        file.unlink()


def setup(app: Sphinx) -> dict[str, bool]:
    prepare(app)
    app.connect("build-finished", tidy, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
