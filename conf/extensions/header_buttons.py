"""Puts the book's notebooks into the theme's menus, and who opens them.

The theme's own entries would lead to notebooks that know nothing of gdcore, and Colab to Markdown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx


def add(
    app: Sphinx, page: str, template: str, context: dict[str, Any], tree: nodes.document | None
) -> None:
    if not (notebook := context.get("notebook")):
        return
    buttons = context["header_buttons"]
    (downloads,) = (button for button in buttons if button.get("label") == "download-buttons")
    file = context["pathto"](notebook, 1)
    downloads["buttons"].insert(
        0, link(file, ".ipynb", "Download this chapter as a notebook", "fas fa-code")
    )
    if context["launch"]:
        places = [
            link(url, place, f"Run this chapter on {place}", "fas fa-rocket")
            for place, url in context["launch"].items()
        ]
        menu = link("", "", "Run this chapter", "fas fa-rocket") | {"label": "launch-buttons"}
        group = menu | {"type": "group", "buttons": places}
        buttons.insert(buttons.index(downloads) + 1, group)


def link(url: str, text: str, tooltip: str, icon: str) -> dict[str, Any]:
    return {"type": "link", "url": url, "text": text, "tooltip": tooltip, "icon": icon}


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("html-page-context", add, priority=600)  # after the theme's own
    return {"parallel_read_safe": True, "parallel_write_safe": True}
