"""Ties a number or a symbol in the text to what it stands for in a figure.

    {mark}`2 · 3 = 6 <fig-backward.w2-11>`

On paper and without scripts the text is all there is. Otherwise a pointer over it, the focus or a
tap lights a part of the figure with that name (theme/mark.js): in a static one what
`gdcore.plots._figure.mark` laid there under the name behind the dot, in a live one whatever has it
as a class, "as-w2-11".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.util import logging
from sphinx.util.docutils import ReferenceRole
from sphinx.writers.html5 import HTML5Translator

if TYPE_CHECKING:
    from sphinx.application import Sphinx


logger = logging.getLogger(__name__)


class mark(nodes.inline):
    pass


class Mark(ReferenceRole):
    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        figure, _, part = self.target.partition(".")
        if not (self.has_explicit_title and figure and part):
            warning = f"mark: write 'text <figure.part>', not {self.text!r}"
            return [], [self.inliner.reporter.warning(warning, line=self.lineno)]
        node = mark(self.rawtext, "", figure=figure, part=part)
        self.set_source_info(node)
        memo: Any = self.inliner  # which MyST does not look at
        words, messages = self.inliner.parse(self.title, self.lineno, memo, node)
        node += words
        return [node], messages


def check(app: Sphinx, tree: nodes.document) -> None:
    """Refuse a mark whose figure is not on its page."""
    for node in tree.findall(mark):
        if node["figure"] not in tree.nameids:
            name = node["figure"]
            logger.warning("mark: there is no figure %r on this page", name, location=node)


def visit_mark(self: HTML5Translator, node: mark) -> None:
    self.body.append(f'<span data-mark="{node["figure"]}.{node["part"]}">')


def depart_mark(self: HTML5Translator, node: mark) -> None:
    self.body.append("</span>")


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_node(mark, html=(visit_mark, depart_mark))
    app.add_role("mark", Mark())
    app.connect("doctree-read", check)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
