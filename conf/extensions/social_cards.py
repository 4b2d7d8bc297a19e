"""Draws the picture that stands for a page wherever somebody shares its link.

It has the page's title and its opening figure. Only a full address can lead to it, so it is drawn
when the book knows where it will stand. (sphinxext-opengraph draws cards of text alone.)
"""

from __future__ import annotations

import io
import re
import textwrap
from base64 import b64encode
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from PIL import Image
from resvg_py import svg_to_bytes

from gdcore.plots import PALETTE

from .page_metadata import drawn, number

if TYPE_CHECKING:
    from sphinx.application import Sphinx

SUBTITLE = "Gradient descent from the first derivative to a neural network"
CARD = """\
<svg xmlns="http://www.w3.org/2000/svg" width="1200" height="630"
     font-family="Literata" font-size="27" fill="var(--ink)">
<rect width="1200" height="630" fill="var(--paper)"/>
<image x="60" y="48" width="52" height="52" href="{mark}"/>
<text x="126" y="84">{project}</text>
<text x="64" y="{above}" fill="var(--path)">{chapter}</text>
<text font-size="54">{title}</text>
<text x="64" y="584" font-size="23" fill="var(--muted)">{subtitle}</text>
<image x="580" y="50" width="580" height="520" href="{picture}"/>
</svg>
"""
BOWL = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="-4 -2 40 24">
<path d="M2 2C8 24 24 24 30 2" fill="none" stroke="var(--function)" stroke-width=".9"
      stroke-linecap="round"/>
<circle cx="6.9" cy="7.5" r="2.6" fill="var(--path)"/>
</svg>
"""


COVER = """\
<svg xmlns="http://www.w3.org/2000/svg" width="800" height="1200"
     font-family="Literata" font-size="27" fill="var(--ink)">
<rect width="800" height="1200" fill="var(--paper)"/>
<image x="50" y="80" width="700" height="420" href="{picture}"/>
<text font-size="96"><tspan x="80" y="680">Rolling</tspan>
<tspan x="80" y="790">Downhill</tspan></text>
<text fill="var(--muted)"><tspan x="84" y="880">Gradient descent from the first derivative</tspan>
<tspan x="84" y="918">to a neural network</tspan></text>
</svg>
"""


def cover(conf: Path) -> bytes:
    """Return the cover of the book as a PNG."""
    return rendered(COVER.format(picture=embedded(BOWL)), conf)


def draw(project: str, title: str, chapter: str, picture: str, conf: Path) -> bytes:
    """Return the card as a PNG of few colours."""
    lines = textwrap.wrap(title, 17, break_on_hyphens=False)
    top = 340 - 31 * (len(lines) - 1)
    spans = "".join(
        f'<tspan x="64" y="{top + 62 * i}">{escape(line)}</tspan>' for i, line in enumerate(lines)
    )
    svg = CARD.format(
        mark=embedded((conf / "theme" / "static" / "favicon.svg").read_text("utf-8")),
        picture=embedded(picture),
        project=escape(project) if title != project else "",
        chapter=chapter,
        above=top - 74,
        title=spans,
        subtitle=SUBTITLE,
    )
    return rendered(svg, conf)


def rendered(svg: str, conf: Path) -> bytes:
    """Return an SVG in the book's colours and type as a PNG of few colours."""
    fonts = [str(conf.parent / "_build" / name) for name in ("literata.ttf", "signs.ttf")]
    png = svg_to_bytes(svg_string=light(svg), dpi=96, skip_system_fonts=True, font_files=fonts)
    file = io.BytesIO()
    with Image.open(io.BytesIO(png)) as image:
        few = image.convert("RGB").quantize(64, dither=Image.Dither.NONE)
        few.save(file, "png", optimize=True)
    return file.getvalue()


def light(svg: str) -> str:
    """Write the colours of the light page in place of their names."""
    return re.sub(r"var\(--(\w+)\)", lambda role: PALETTE[role[1]][0], svg)


def embedded(svg: str) -> str:
    bare = re.sub(r"(?<=\d)px", "", light(svg))  # SVG has no units where CSS has them
    return f"data:image/svg+xml;base64,{b64encode(bare.encode()).decode()}"


def offer(
    app: Sphinx, page: str, template: str, context: dict[str, Any], tree: nodes.document | None
) -> None:
    if tree is None or not app.config.book_url or app.builder.name != "html":
        return
    picture, alt = BOWL, "A ball on its way down a bowl."
    figures = (image for image in tree.findall(nodes.image) if image["uri"].endswith(".svg"))
    if figure := next(figures, None):
        picture = drawn(app, Path(figure["uri"]).name).read_text("utf-8")
        alt = figure.get("alt", "")
    chapter = f"Chapter {n}" if (n := number(app, page)) else ""
    title = app.env.titles[page].astext()
    context["card"], context["card_alt"] = f"cards/{page}.png", f"{title}. {alt}"
    target = Path(app.outdir, context["card"])
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(draw(app.config.project, title, chapter, picture, Path(app.confdir)))


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("html-page-context", offer)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
