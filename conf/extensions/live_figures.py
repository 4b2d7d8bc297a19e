"""Puts a live figure in the place of the static one before it, for readers whose scripts run.

    ```{live} ball
    ```

The figure is `conf/explorables/ball.js`. theme/bundle.mjs makes one script of it and of what it
imports, since a browser loads no modules from a file. What it needs from gdcore is glued as JSON
under its name, and stands beside it in the page. With `:as: name` the figure has another name, in
addresses and for what is glued, so that one script makes several figures of a page. It stands there
once.

The script stands right after the figure and runs before anything below is laid out. So nothing
moves when the live figure takes the static one's place. It draws in a shadow tree around the
static figure: whatever takes the page without its scripts, such as a reader view, finds that one.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from docutils import nodes
from docutils.parsers.rst import directives
from myst_nb.core.variables import RetrievalError
from myst_nb.ext.glue.utils import retrieve_glue_data
from sphinx.util.docutils import SphinxDirective

from conf.inputs import BUILD

if TYPE_CHECKING:
    from sphinx.application import Sphinx

SCRIPTS = BUILD / "explorables"


class Live(SphinxDirective):
    required_arguments = 1
    option_spec = {"as": directives.unchanged_required}  # noqa: RUF012

    def run(self) -> list[nodes.Node]:
        name = self.arguments[0]
        script = SCRIPTS / f"{name}.js"
        if not script.is_file():
            warning = f"live: there is no conf/explorables/{name}.js"
            return [self.state.document.reporter.warning(warning, line=self.lineno)]
        *_, static = self.state.document.findall(nodes.image)
        static["loading"] = "lazy"  # whose scripts run need not wait for it
        frame = nodes.container("", classes=["live"])
        static.parent.replace(static, frame)
        frame += static
        try:
            known = self.options.get("as", name)
            data = self.glued(known) | {"name": known}
        except RetrievalError as problem:
            return [self.state.document.reporter.warning(f"live: {problem}", line=self.lineno)]
        code = f"live_{name}()"
        on_page = cast(set[str], self.env.temp_data.setdefault("live", set()))
        if name not in on_page:
            body = script.read_text("utf-8").strip()
            code = f'var live_{name}=()=>{{"use strict";{body}}};{code}'
        if not on_page:  # all figures of a page share it
            data["style"] = (SCRIPTS / "live.css").read_text("utf-8").strip()
        on_page.add(name)
        html = f'<script type="application/json">{compact(data)}</script>\n'
        html += f'<script data-live="{name}">{code}</script>\n'
        return [nodes.raw("", html, format="html", live=name)]

    def glued(self, name: str) -> Any:
        return retrieve_glue_data(self.state.document, name).data["application/json"]


def compact(data: Any) -> str:
    """Return JSON that may stand between script tags."""
    return json.dumps(data, separators=(",", ":")).replace("</", "<\\/")


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("live", Live)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
