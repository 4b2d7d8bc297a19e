"""Shows an object of gdcore in a chapter as it stands in its file, without the docstring.

    ```{listing} gdcore.descent.descend
    ```

The page is built again when the file changes, and the caption leads to the object's reference.
"""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx import addnodes
from sphinx.pycode import ModuleAnalyzer
from sphinx.util.docutils import SphinxDirective

if TYPE_CHECKING:
    from sphinx.application import Sphinx

# One that other lines of the same function follow; alone it is the function's body.
DOCSTRING = re.compile(r'^( +)r?"""(?:(?!""")[\s\S])*"""\n+(?=\1)', re.MULTILINE)


def find(root: Path, name: str) -> tuple[Path, str, str]:
    """Return the file of a dotted name, the kind of thing it is, and its code."""
    parts = name.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        file = root.joinpath(*parts[:cut]).with_suffix(".py")
        if file.is_file():
            break
    else:
        raise LookupError(f"no module of this tree holds {name!r}")
    module, place = ".".join(parts[:cut]), ".".join(parts[cut:])
    analyzer = ModuleAnalyzer.for_file(file, module)
    if place not in analyzer.find_tags():
        raise LookupError(f"{module} defines no {place!r}")
    kind, first, last = analyzer.find_tags()[place]
    code = textwrap.dedent("".join(analyzer.code.splitlines(keepends=True)[first - 1 : last]))
    return file, kind, DOCSTRING.sub("", code).rstrip()


class Listing(SphinxDirective):
    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        name, root = self.arguments[0], Path(self.env.srcdir).parent
        try:
            file, kind, code = find(root, name)
        except LookupError as problem:
            return [self.state.document.reporter.warning(f"listing: {problem}", line=self.lineno)]
        self.env.note_dependency(file)
        block = nodes.literal_block(code, code, language="python")
        path = file.relative_to(root).as_posix()
        link: nodes.Node = nodes.literal(name, name)
        if name.startswith("gdcore.") and "._" not in name:  # the rest has no reference
            link = addnodes.pending_xref(
                "",
                link,
                refdomain="py",
                reftype="class" if kind == "class" else "func",
                reftarget=name,
                refdoc=self.env.docname,
                refwarn=True,
            )
        place = nodes.inline("", path, classes=["notranslate"])
        caption = nodes.caption("", "", link, nodes.Text(" in "), place)
        box = nodes.container(
            "", caption, block, literal_block=True, classes=["literal-block-wrapper"], names=[name]
        )
        for node in (box, block, caption, link):
            self.set_source_info(node)
        return [box]


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("listing", Listing)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
