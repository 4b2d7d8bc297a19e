"""What each page says about itself and its figures, and only the styles that it needs."""

from __future__ import annotations

import os
import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sphinx.util import logging

from conf import inputs

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx

logger = logging.getLogger(__name__)

TYPE = ["fonts/literata-normal"]
MATH_TYPE = ["katex/fonts/KaTeX_Main-Regular", "katex/fonts/KaTeX_Math-Italic"]
# book.css says what these say, and less; book.js holds the theme's script.
SUPERSEDED = (
    *("mystnb.", "pygments.css", "basic.css", "scripts/sphinx-book-theme.js"),
    # They serve Sphinx's own search.
    *("doctools.js", "sphinx_highlight.js"),
)


def drawn(app: Sphinx, name: str) -> Path:
    """Return the file that a build copies into `_images` under this name."""
    return Path(app.srcdir, next(path for path, to in app.builder.images.items() if to == name))


def number(app: Sphinx, page: str) -> str:
    """Return the number of a chapter; nothing for another page."""
    return ".".join(map(str, app.env.toc_secnumbers.get(page, {}).get("", ())))


def sized(app: Sphinx, image: re.Match[str]) -> str:
    """Tell the browser a figure's shape, so that the text stays where it is when it arrives."""
    text = drawn(app, image[1]).read_text("utf-8")
    box = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', text)
    size = f' width="{float(box[1]):.0f}" height="{float(box[2]):.0f}"' if box else ""
    return image[0] + size


def complete(
    app: Sphinx, page: str, template: str, context: dict[str, Any], tree: nodes.document | None
) -> None:
    context["description"] = (app.env.metadata.get(page) or {}).get("description", "")
    if tree is not None and not context["description"]:
        logger.warning("the front matter has no `description:`", location=(page, 1), type="page")
    context["book_url"], context["book_source"] = app.config.book_url, app.config.book_source
    if page == "404":
        context["content_root"] = app.config.notfound_urls_prefix
    if tree is None:  # the search, and what is shown in the place of a missing page
        context["pageurl"] = None
    elif page == app.config.root_doc:
        context["pageurl"] = app.config.book_url  # one address of the two that it answers to
    # docutils says it once more than Sphinx.
    tags = context.get("metatags", "")
    context["metatags"] = re.sub(r'<meta name="viewport"[^>]*>\s*', "", tags)
    # A list of chapters in the text: its caption would be a heading without a level.
    body = context.get("body", "").replace(' aria-level="2" role="heading"', "")
    context["body"] = re.sub(r'(?<= src=")_images/([^"]+\.svg)"', partial(sized, app), body)
    context["has_math"] = 'class="katex' in body
    context["early_faces"] = TYPE + MATH_TYPE * context["has_math"]
    for kind in "css_files", "script_files":
        context[kind] = [asset for asset in context[kind] if wanted(asset.filename)]


def wanted(filename: str | os.PathLike[str] | None) -> bool:
    """Tell what a page loads; what stands inline here would be for features that are not used."""
    return bool(filename) and not str(filename).removeprefix("_static/").startswith(SUPERSEDED)


def setup(app: Sphinx) -> dict[str, bool]:
    # Sphinx looks at the pages only.
    app.add_config_value("around", inputs.around(()), "env", str)
    app.add_config_value("book_url", "", "html", str)
    app.add_config_value("book_source", "", "html", str)
    app.connect("html-page-context", complete)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
