"""Folds what goes deeper, until a reader or an address opens it.

    {.deeper}
    ### Why the two speeds add up

A section of this class becomes a native <details>, and its heading the summary. All else stands in
an element with the section's id, since a browser opens what an address leads into, but not what it
leads to. Print, PDF, EPUB and notebooks show it open.

Short asides without code fold in place, as admonitions with `:class: deeper dropdown`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator

if TYPE_CHECKING:
    from sphinx.application import Sphinx

logger = logging.getLogger(__name__)

CLASS = "deeper"
#: What a reader sees before the heading; the contents and the search show the heading alone.
MARK = "Go deeper: "


def check(app: Sphinx, page: str, content: list[str]) -> None:
    """Before anything else than a heading the mark would fold nothing, and say nothing."""
    for line in re.finditer(rf"^\{{\.{CLASS}\}}$\n(?!#)", content[0], re.MULTILINE):
        place = page, content[0].count("\n", 0, line.start()) + 1
        logger.warning("%s folds a section, from its heading on", line[0].strip(), location=place)


def is_deeper(node: nodes.Node | None) -> bool:
    return isinstance(node, nodes.section) and CLASS in node["classes"]


def folds(self: HTML5Translator, node: nodes.Node | None) -> bool:
    return is_deeper(node) and self.builder.name == "html"


def visit_section(self: HTML5Translator, node: nodes.section) -> None:
    if folds(self, node):
        self.section_level += 1
        self.body.append(f'<details class="{CLASS}">\n<summary>')
    else:
        HTML5Translator.visit_section(self, node)


def depart_section(self: HTML5Translator, node: nodes.section) -> None:
    HTML5Translator.depart_section(self, node)
    if folds(self, node):
        self.body.append("</details>\n")


def visit_title(self: HTML5Translator, node: nodes.title) -> None:
    HTML5Translator.visit_title(self, node)
    if is_deeper(node.parent):
        self.body.append(f'<span class="mark">{MARK}</span>')


def depart_title(self: HTML5Translator, node: nodes.title) -> None:
    if folds(self, node.parent):
        # What opens at a click can hold no link, so that of the heading stands below it.
        self.body.append(f"{self.context.pop()}</summary>\n")
        self.body.append(self.starttag(node.parent, "section"))
        self.add_permalink_ref(node.parent, "Link to this heading")
    else:
        HTML5Translator.depart_title(self, node)


def lead_inside(app: Sphinx, tree: nodes.document) -> None:
    """Move the address of a folded box into it."""
    for box in tree.findall(nodes.admonition):
        if {CLASS, "dropdown"} <= {*box["classes"]} and box["ids"]:
            box.insert(1, nodes.target("", "", ids=box["ids"]))
            box["ids"] = []


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_node(nodes.section, override=True, html=(visit_section, depart_section))
    app.add_node(nodes.title, override=True, html=(visit_title, depart_title))
    app.connect("source-read", check)
    app.connect("doctree-read", lead_inside)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
