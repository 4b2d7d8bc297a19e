"""Keeps the names of the code as they are where a browser translates the page.

Sphinx marks code by a class that only some translators know; signatures and the names in docstrings
it does not mark at all.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx import addnodes
from sphinx.util.nodes import traverse_parent
from sphinx.writers.html5 import HTML5Translator

if TYPE_CHECKING:
    from sphinx.application import Sphinx

MARK = "notranslate"


class Translator(HTML5Translator):
    def starttag(
        self, node: Any, tagname: str, suffix: str = "\n", empty: bool = False, **attributes: Any
    ) -> str:
        classes = [*node.get("classes", ()), *attributes.get("CLASS", "").split()]
        if MARK in classes:
            attributes["translate"] = "no"
        tag: str = super().starttag(node, tagname, suffix, empty, **attributes)
        return tag


def mark(app: Sphinx, tree: nodes.document) -> None:
    for described in tree.findall(addnodes.desc):
        for node in described.findall(nodes.Element):
            # The lists of Napoleon write names and types so.
            within_list = isinstance(node, nodes.strong | nodes.emphasis) and any(
                traverse_parent(node, nodes.field)
            )
            if isinstance(node, addnodes.desc_signature | nodes.title_reference) or within_list:
                node["classes"].append(MARK)

    for caption in tree.findall(nodes.caption):
        if re.fullmatch(r"[\w./-]+", caption.astext()):  # a file
            caption["classes"].append(MARK)


def setup(app: Sphinx) -> dict[str, bool]:
    app.set_translator("html", Translator)
    app.connect("doctree-read", mark)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
