"""Lets a page run and show only what is its own: its Content-Security-Policy, and no style inline.

The policy stands in the page, since who serves the site may be unable to send it (GitHub Pages is)
and nobody serves a file. It names each inline script by its hash. KaTeX places every letter by a
style attribute, which would need 'unsafe-inline'; as classes these weigh less, too.
"""

from __future__ import annotations

import base64
import hashlib
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx

SCRIPT = re.compile(r"<script(?: data-live=\"\w+\")?>(.*?)</script>", re.S)
STYLED = re.compile(r'(<\w+[^<>]*?) style="([^"]*)"([^<>]*>)')


def classes(html: str) -> tuple[str, str]:
    """Return the text with a class in place of each style attribute, and what the classes say."""
    names: dict[str, str] = {}

    def named(tag: re.Match[str]) -> str:
        name = names.setdefault(tag[2].rstrip(";"), f"_{len(names)}")
        if ' class="' in tag[1] + tag[3]:
            return (tag[1] + tag[3]).replace(' class="', f' class="{name} ', 1)
        return f'{tag[1]} class="{name}"{tag[3]}'

    html = STYLED.sub(named, html)
    rules = "".join(f".{name}{{{style}}}" for style, name in names.items())
    # With the name of the place they win over KaTeX's classes, as the attributes did.
    return html, rules and f"#main-content{{{rules}}}"


def policy(rules: str, *html: str) -> str:
    """Return the policy of a page that has these rules and scripts."""
    scripts = "".join(map(hashed, SCRIPT.findall("".join(html))))
    return (
        f"default-src 'none'; script-src 'self'{scripts}; style-src 'self'{hashed(rules)}; "
        "img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; "
        "base-uri 'none'"
    )


def hashed(text: str) -> str:
    if not text:
        return ""
    return f" 'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def apply(
    app: Sphinx, page: str, template: str, context: dict[str, Any], tree: nodes.document | None
) -> None:
    if app.builder.name != "html":
        return
    context["policy"] = policy
    context["body"], context["rules"] = classes(context.get("body", ""))


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("html-page-context", apply, priority=900)  # when the text is as it will be
    return {"parallel_read_safe": True, "parallel_write_safe": True}
