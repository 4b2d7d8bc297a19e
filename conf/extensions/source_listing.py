"""Shows an object of gdcore in a chapter as it stands in its file, without the docstring.

    ```{listing} gdcore.descent.descend
    ```

The page is built again when the file changes, and the caption leads to the object's reference.
"""

from __future__ import annotations

import ast
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective

if TYPE_CHECKING:
    from sphinx.application import Sphinx

Definition = ast.FunctionDef | ast.ClassDef


def find(root: Path, name: str) -> tuple[Path, list[Definition]]:
    """Return the file of a dotted name and the nested definitions that lead to the object."""
    parts = name.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        file = root.joinpath(*parts[:cut]).with_suffix(".py")
        if file.is_file():
            break
    else:
        raise LookupError(f"no module of this tree holds {name!r}")
    inside: list[ast.stmt] = ast.parse(file.read_text("utf-8")).body
    trail: list[Definition] = []
    for part in parts[cut:]:
        for statement in inside:
            if isinstance(statement, Definition) and statement.name == part:
                trail.append(statement)
                inside = statement.body
                break
        else:
            raise LookupError(f"{file.relative_to(root).as_posix()} defines no {part!r}")
    return file, trail


def source(file: Path, definition: Definition) -> str:
    """Return the lines of a definition, its decorators included and its docstrings cut out."""
    lines = file.read_text("utf-8").splitlines()
    first = min([definition.lineno, *(d.lineno for d in definition.decorator_list)])
    cut: set[int] = set()
    for node in ast.walk(definition):
        if isinstance(node, Definition) and ast.get_docstring(node) is not None:
            end = node.body[0].end_lineno or 0
            following = node.body[1].lineno if len(node.body) > 1 else end + 1
            blank_until = next(
                (n for n in range(end + 1, following) if lines[n - 1].strip()), following
            )
            cut.update(range(node.body[0].lineno, blank_until))
    kept = [n for n in range(first, (definition.end_lineno or first) + 1) if n not in cut]
    return textwrap.dedent("\n".join(lines[n - 1] for n in kept))


class Listing(SphinxDirective):
    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        name, root = self.arguments[0], Path(self.env.srcdir).parent
        try:
            file, trail = find(root, name)
        except LookupError as problem:
            return [self.state.document.reporter.warning(f"listing: {problem}", line=self.lineno)]
        self.env.note_dependency(file)
        code = source(file, trail[-1])
        block = nodes.literal_block(code, code, language="python")
        path = file.relative_to(root).as_posix()
        link: nodes.Node = nodes.literal(name, name)
        if name.startswith("gdcore.") and "._" not in name:  # the rest has no reference
            link = addnodes.pending_xref(
                "",
                link,
                refdomain="py",
                reftype="class" if isinstance(trail[-1], ast.ClassDef) else "func",
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
