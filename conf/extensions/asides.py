"""Blocks of the page: asides in the margin, answers that the reader opens, tables and pictures.

An `{aside}` stands in the margin of a wide page and between the paragraphs of a narrow one. An
admonition with `:class: dropdown` becomes a native <details>, which needs no script.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import traverse_parent
from sphinx.writers.html5 import HTML5Translator

if TYPE_CHECKING:
    from sphinx.application import Sphinx

# In characters: what the text's width holds, and how much of it the edges of a box take.
TEXT_WIDTH, BOX_WIDTH = 72, 5
# A table of as many becomes, on a phone, a list of rows.
MANY_COLUMNS = 4


class aside(nodes.General, nodes.Element):
    pass


class Aside(SphinxDirective):
    has_content = True

    def run(self) -> list[nodes.Node]:
        node = aside()
        self.set_source_info(node)
        node += self.parse_content_to_nodes()
        return [node]


def visit_aside(self: HTML5Translator, node: aside) -> None:
    self.body.append(self.starttag(node, "div", CLASS="aside", role="note"))


def depart_div(self: HTML5Translator, node: nodes.Element) -> None:
    self.body.append("</div>\n")


def close_dropdowns(app: Sphinx, tree: nodes.document) -> None:
    for node in tree.findall(nodes.Element):
        if isinstance(node, nodes.Admonition) and "dropdown" in node["classes"]:
            node["collapsible"] = "closed"


def visit_hidden_cell(self: HTML5Translator, node: HideCodeCellNode) -> None:
    self.body.append(self.starttag(node, "details", CLASS="hidden-cell"))
    prompt = node["prompt_show"].replace("source", "code")
    self.body.append(f"<summary>{self.encode(prompt)}</summary>\n")


def depart_hidden_cell(self: HTML5Translator, node: HideCodeCellNode) -> None:
    self.body.append("</details>\n")


def boxes(node: nodes.Element) -> int:
    """Count the boxes and lists around a node; each takes some of the text's width."""
    around = traverse_parent(node, (nodes.Admonition, nodes.list_item))
    return sum(1 for _ in around)


def widen(app: Sphinx, tree: nodes.document, page: str) -> None:
    """Mark code that is wider than the text: on a wide page it reaches into the margin."""
    for block in [*tree.findall(nodes.literal_block), *tree.findall(nodes.doctest_block)]:
        room = TEXT_WIDTH - BOX_WIDTH * boxes(block.parent)
        if max(map(len, block.astext().splitlines()), default=0) > room:
            block["classes"].append("wide")


def wait(app: Sphinx, tree: nodes.document, page: str) -> None:
    """Let the pictures below the first come when the reader comes near them."""
    if app.builder.name == "html":
        for image in list(tree.findall(nodes.image))[1:]:
            image["loading"] = "lazy"


def visit_table(self: HTML5Translator, node: nodes.table) -> None:
    """A wide table scrolls in a frame of its own; book.js makes that reachable by keyboard."""
    self._table_row_indices.append(0)
    self.column_heads = []  # type: ignore[attr-defined]
    (group,) = node.findall(nodes.tgroup)
    many = group["cols"] >= MANY_COLUMNS
    self.body.append('<div class="table-scroll">')
    self.body.append(self.starttag(node, "table", CLASS="stacked" if many else ""))


def depart_table(self: HTML5Translator, node: nodes.table) -> None:
    self._table_row_indices.pop()
    self.body.append("</table></div>\n")


def visit_entry(self: HTML5Translator, node: nodes.entry) -> None:
    """An empty cell of the head heads nothing; on a phone, a cell says what its column is."""
    HTML5Translator.visit_entry(self, node)
    if not node.astext():
        self.body[-1] = self.body[-1].replace("<th", "<td")
        self.context[-1] = self.context[-1].replace("</th", "</td")
    heads = self.column_heads  # type: ignore[attr-defined]
    if isinstance(node.parent.parent, nodes.thead):
        heads.append(len(self.body))
    elif len(heads) >= MANY_COLUMNS and self.builder.name == "html":
        self.body.append(f'<div class="label" hidden>{heads[node.parent.index(node)]}</div>')


def depart_entry(self: HTML5Translator, node: nodes.entry) -> None:
    if isinstance(node.parent.parent, nodes.thead):
        heads = self.column_heads  # type: ignore[attr-defined]
        heads[-1] = "".join(self.body[heads[-1] :])
    HTML5Translator.depart_entry(self, node)


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_node(aside, html=(visit_aside, depart_div))
    app.add_directive("aside", Aside)
    app.add_node(nodes.entry, override=True, html=(visit_entry, depart_entry))
    app.add_node(nodes.table, override=True, html=(visit_table, depart_table))
    app.add_node(HideCodeCellNode, override=True, html=(visit_hidden_cell, depart_hidden_cell))
    app.connect("doctree-read", close_dropdowns)
    app.connect("doctree-resolved", widen)
    app.connect("doctree-resolved", wait)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
