"""Puts the book's notebooks into the theme's menus, and who opens them.

The theme's own entries would lead to notebooks that know nothing of gdcore, and Colab to Markdown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .notebooks import is_chapter

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx

GITHUB = "https://github.com/"
# Both open notebooks of a repository, so they take them from the branch that holds the built site.
LAUNCH = {
    "Colab": "https://colab.research.google.com/github/{}/blob/gh-pages/{}",
    "Binder": "https://mybinder.org/v2/gh/{}/gh-pages?labpath={}",
}


def add(
    app: Sphinx, page: str, template: str, context: dict[str, Any], tree: nodes.document | None
) -> None:
    if app.builder.name != "html" or not is_chapter(app, page):
        return
    buttons, file = context["header_buttons"], f"notebooks/{page}.ipynb"
    (downloads,) = (button for button in buttons if button.get("label") == "download-buttons")
    words = "Download this chapter as a notebook"
    downloads["buttons"].insert(0, link(context["pathto"](file, 1), ".ipynb", words, "fas fa-code"))
    if app.config.book_source.startswith(GITHUB):
        repository = app.config.book_source.removeprefix(GITHUB)
        words, icon = "Run this chapter", "fas fa-rocket"
        places = [
            link(url.format(repository, file), place, f"{words} on {place}", icon)
            for place, url in LAUNCH.items()
        ]
        menu = link("", "", words, icon) | {"label": "launch-buttons"}
        group = menu | {"type": "group", "buttons": places}
        buttons.insert(buttons.index(downloads) + 1, group)


def link(url: str, text: str, tooltip: str, icon: str) -> dict[str, Any]:
    return {"type": "link", "url": url, "text": text, "tooltip": tooltip, "icon": icon}


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("html-page-context", add, priority=600)  # after the theme's own
    return {"parallel_read_safe": True, "parallel_write_safe": True}
