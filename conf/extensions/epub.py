"""Makes an EPUB of the book: Sphinx's own, with what e-readers and the standard want besides.

E-readers run no scripts and know neither KaTeX's type nor, often, CSS variables. So answers stand
open, formulas are MathML, and figures have their light colours.
"""

from __future__ import annotations

import os
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode
from sphinx.builders.epub3 import Epub3Builder
from sphinx.util.osutil import copyfile

from . import social_cards
from .downloads import ZIP_EPOCH, stable_zip

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.builders._epub_base import NavPoint

# What the standard wants to be told of a page or a picture.
PROPERTIES = {"mathml": "<math ", "svg": "<svg "}
# What a reader wants to know before choosing a book: https://www.w3.org/TR/epub-a11y-11/
ACCESS = "".join(
    f'<meta property="schema:{name}">{value}</meta>\n    '
    for name, values in {
        "accessMode": ["textual", "visual"],
        "accessModeSufficient": ["textual"],
        "accessibilityFeature": ["alternativeText", "MathML", "structuralNavigation"],
        "accessibilityHazard": ["none"],
        "accessibilitySummary": ["All pictures have a text that says what they show."],
    }.items()
    for value in values
)


class Epub(Epub3Builder):
    """Sphinx's builder, but it takes along only what the book shows."""

    def init(self) -> None:
        super().init()
        language = self.config.language
        self.html_tag = f'{self.html_tag[:-1]} lang="{language}" xml:lang="{language}">'

    def copy_static_files(self) -> None:
        theme, target = Path(self.app.confdir) / "theme", self.outdir / "_static"
        target.mkdir(exist_ok=True)
        copyfile(theme / "epub.css", target / "epub.css", force=True)
        (target / "cover.png").write_bytes(social_cards.cover(theme.parent))

    def copy_image_files(self) -> None:
        super().copy_image_files()
        for file in (self.outdir / self.imagedir).glob("*.svg"):
            file.write_text(plain_svg(file.read_text("utf-8")), "utf-8")

    def content_metadata(self) -> dict[str, Any]:
        moment = time.gmtime(int(os.environ.get("SOURCE_DATE_EPOCH", ZIP_EPOCH)))
        date = time.strftime("%Y-%m-%dT%H:%M:%SZ", moment)
        return super().content_metadata() | {"date": date}

    def toc_metadata(self, level: int, navpoints: list[NavPoint]) -> dict[str, Any]:
        return super().toc_metadata(level, navpoints) | {"uid": self.config.epub_identifier}

    def build_content(self) -> None:
        super().build_content()
        file = self.outdir / "content.opf"
        text = file.read_text("utf-8")
        if "SOURCE_DATE_EPOCH" not in os.environ:  # then nobody knows when it appeared
            text = re.sub(r"\s*<dc:date>.*</dc:date>", "", text)
        text = text.replace("</metadata>", f"{ACCESS}</metadata>")
        file.write_text(re.sub(r'<item [^>]*href="([^"]+)"[^>]*', self.described, text), "utf-8")

    def described(self, item: re.Match[str]) -> str:
        if item[1].endswith("cover.png"):
            properties = "cover-image"
        elif item[1].endswith(self.out_suffix) and "properties" not in item[0]:
            page = (self.outdir / item[1]).read_text("utf-8")
            properties = " ".join(name for name, tag in PROPERTIES.items() if tag in page)
        else:
            return item[0]
        return item[0].rstrip(" /") + f' properties="{properties}" /' if properties else item[0]

    def build_epub(self) -> None:
        names = ["mimetype", "META-INF/container.xml", "content.opf", "toc.ncx", "nav.xhtml"]
        names += [name for name in self.files if name not in names]
        files = {name: (self.outdir / name).read_bytes() for name in names}
        stable_zip(self.outdir / f"{self.config.epub_basename}.epub", files)


def plain_svg(text: str) -> str:
    """Return a figure in the colours of the light page."""
    text = social_cards.light(text)
    text = re.sub(r"<path(?![^>]* d=)[^>]*/>", lambda path: f'{path[0][:-2]} d=""/>', text)
    return re.sub(
        r":root\{--.*?\}(@media \(prefers-color-scheme:dark\)\{:root\{.*?\}\})?", "", text
    )


def open_everything(app: Sphinx, tree: nodes.document, page: str) -> None:
    if app.builder.name != "epub":
        return
    for node in list(tree.findall(nodes.Element)):
        listed = isinstance(node, nodes.paragraph) and node.next_node(nodes.bullet_list)
        if isinstance(node, HideCodeCellNode) or listed:  # Napoleon writes lists into paragraphs
            node.replace_self(node.children)
        elif isinstance(node, nodes.raw) and ("live" in node or "<svg" in node.astext()):
            node.parent.remove(node)
        else:
            node.attributes.pop("collapsible", None)


def plain_page(
    app: Sphinx, page: str, template: str, context: dict[str, Any], tree: nodes.document | None
) -> None:
    if app.builder.name == "epub":
        context["css_files"] = [s for s in context["css_files"] if "epub.css" in str(s.filename)]
        context["script_files"] = []
        # What lies beside the pages of the site does not lie in the EPUB.
        context["body"] = re.sub(
            r'<a href="_static/[^>]*>(.*?)</a>', r"\1", context.get("body", "")
        )


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_builder(Epub, override=True)
    app.connect("doctree-resolved", open_everything)
    app.connect("html-page-context", plain_page, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
