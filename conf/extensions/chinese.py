"""Marks Chinese words, `` {zh}`梯度` ``, for screen readers and for the choice of type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docutils import nodes

if TYPE_CHECKING:
    from docutils.parsers.rst.states import Inliner
    from sphinx.application import Sphinx


def chinese(
    name: str, raw: str, text: str, line: int, inliner: Inliner, *_: object
) -> tuple[list[nodes.Node], list[nodes.system_message]]:
    # docutils writes such a class as the attribute `lang`.
    return [nodes.inline(raw, text, classes=["language-zh-Hans"])], []


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_role("zh", chinese)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
