"""Says how long the main line of a chapter takes: what stands there unfolded.

It counts what is read, not what is worked at: 200 words a minute, 20 seconds for a figure or a
displayed formula, 10 for a block of code (what it puts out is glanced at), 3 for a formula in a
sentence. What is folded does not count: parts that go deeper, hidden code, answers and solutions.

Each chapter says it under its opening question. Elsewhere the role {minutes}`derivatives` does, and
{minutes}`all` for the whole book.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxRole
from sphinx.util.nodes import traverse_parent

from .deeper import CLASS, is_deeper
from .drills import drill_form

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

WORDS_A_MINUTE = 200
# In seconds each.
FIGURE, DISPLAYED, CODE, INLINE = 20, 20, 10, 3
WORD = re.compile(r"[^\W_]+(?:['’.,/_‑-][^\W_]+)*")
#: The line that says how long it takes.
TIME = "reading-time"
#: What the reader does not read.
UNSEEN = nodes.Invisible, nodes.raw, nodes.image, addnodes.index, addnodes.toctree, drill_form


@dataclass
class Count:
    words: int = 0
    figures: int = 0
    displayed: int = 0
    code: int = 0
    inline: int = 0

    @property
    def minutes(self) -> float:
        seconds = FIGURE * self.figures + DISPLAYED * self.displayed
        seconds += CODE * self.code + INLINE * self.inline
        return self.words / WORDS_A_MINUTE + seconds / 60

    @property
    def rounded(self) -> int:
        return max(1, round(self.minutes))


def is_box(node: nodes.Node, kind: str) -> bool:
    classes = {*node["classes"]} if isinstance(node, nodes.Element) else set()
    return isinstance(node, nodes.Admonition) and {kind, "dropdown"} <= classes


def goes_deeper(node: nodes.Node) -> bool:
    return is_deeper(node) or is_box(node, CLASS)


def folded(node: nodes.Node) -> bool:
    """Tell whether the reader must open something to see it."""
    if is_deeper(node) or is_box(node, "dropdown"):
        return True
    cell, part = node.parent, of_cell(node)
    hidden = cell.get("hide_mode") if part and isinstance(cell, nodes.Element) else None
    sides = "source+output" if hidden == "all" else (hidden or "").replace("input", "source")
    return bool(sides) and part.removeprefix("cell_code_") in sides.split("+")


def of_cell(node: nodes.Node | None) -> str:
    """Return what a node is to a cell: the cell itself, its source or its output."""
    return node.get("nb_element", "") if isinstance(node, nodes.Element) else ""


def unread(node: nodes.Node) -> bool:
    if isinstance(node, UNSEEN) or of_cell(node) == "mime_bundle":
        return True
    return isinstance(node, nodes.paragraph) and TIME in node["classes"]


def main_line(node: nodes.Node) -> Iterator[nodes.Node]:
    """Yield what is read of a tree by someone who opens nothing."""
    yield node
    for child in node.children:
        if not (unread(child) or folded(child)):
            yield from main_line(child)


def count(parts: Iterator[nodes.Node]) -> Count:
    """Count what is among the nodes of a walk."""
    found = Count()
    for node in parts:
        if isinstance(node, nodes.figure):
            found.figures += 1
        elif isinstance(node, nodes.math):
            found.inline += 1
        elif isinstance(node, nodes.math_block):
            found.displayed += 1
        elif isinstance(node, nodes.literal_block | nodes.doctest_block):
            found.code += not is_output(node)
        elif isinstance(node, nodes.Text):
            found.words += words(node)
        elif not node.children and isinstance(node, nodes.Inline):
            found.words += 1  # a number or a title that is put in later
    return found


def is_output(node: nodes.Node) -> bool:
    return any(of_cell(around).endswith("output") for around in traverse_parent(node.parent))


def words(text: nodes.Text) -> int:
    formal = nodes.math, nodes.math_block, nodes.literal_block, nodes.doctest_block
    return 0 if isinstance(text.parent, formal) else len(WORD.findall(text.astext()))


def is_chapter(app: Sphinx, page: str) -> bool:
    return page != app.config.root_doc and "kernelspec" in app.env.metadata[page]


def tell(app: Sphinx, tree: nodes.document) -> None:
    """Say how long a chapter takes, under its first paragraph."""
    page = app.env.docname
    if not is_chapter(app, page):
        return
    minutes = count(main_line(tree)).rounded
    app.env.metadata[page]["minutes"] = minutes
    opening = next(iter(tree.findall(nodes.paragraph)), None)
    if opening is not None:
        said = f"Main line: about {duration(minutes)}"
        after = nodes.paragraph("", said, classes=[TIME])
        opening.parent.insert(opening.parent.index(opening) + 1, after)


def duration(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    parts = [(hours, "hour"), (rest, "minute")]
    return " ".join(f"{number} {unit}{'s' * (number > 1)}" for number, unit in parts if number)


class told(nodes.Inline, nodes.Element):
    """Where the time of a page is put in."""


class Minutes(SphinxRole):
    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        if self.text != "all" and self.text not in self.env.found_docs:
            warning = f"minutes: there is no chapter {self.text!r}"
            return [], [self.inliner.reporter.warning(warning, line=self.lineno)]
        self.env.metadata[self.env.docname]["says_minutes"] = True
        return [told(page=self.text)], []


class TellElsewhere(SphinxPostTransform):
    default_priority = 4

    def run(self, **options: object) -> None:
        times = known(self.env)
        for place in list(self.document.findall(told)):
            page = place["page"]
            minutes = sum(times.values()) if page == "all" else times.get(page, 0)
            place.replace_self(nodes.inline("", duration(minutes), classes=["minutes"]))


def known(env: BuildEnvironment) -> dict[str, int]:
    return {page: about["minutes"] for page, about in env.metadata.items() if "minutes" in about}


def pages_to_write(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Name the pages that say how long others take, if that has changed."""
    before, env.book_minutes = getattr(env, "book_minutes", {}), known(env)  # type: ignore[attr-defined]
    if before == known(env):
        return []
    return [page for page, about in env.metadata.items() if "says_minutes" in about]


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_node(told)
    app.add_role("minutes", Minutes())
    app.add_post_transform(TellElsewhere)
    app.connect("doctree-read", tell, priority=600)  # when the drills are in their boxes
    app.connect("env-updated", pages_to_write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
