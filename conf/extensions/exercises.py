"""Gives each exercise and its solution an address, and lists them all where `{exercises}` stands.

The list is made from the chapters themselves, in the order of the book, whenever the site is built.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx import addnodes
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import clean_astext, make_refnode

if TYPE_CHECKING:
    from sphinx.application import Sphinx

logger = logging.getLogger(__name__)

ENOUGH = 80  # characters


def boxes(tree: nodes.document, kind: str) -> list[nodes.Element]:
    found = tree.findall(nodes.admonition)
    return [box for box in found if kind in box["classes"]]


def number(app: Sphinx, tree: nodes.document) -> None:
    """Name exercise 3 of a page #exercise-3 and its solution #solution-3."""
    exercises, solutions = boxes(tree, "exercise"), boxes(tree, "solution")
    for kind, found in (("exercise", exercises), ("solution", solutions)):
        for n, box in enumerate(found, start=1):
            title, *content = box.children
            if not re.match(rf"{kind} {n}\b", title.astext(), re.IGNORECASE):
                logger.warning("this should be %s %d of the page", kind, n, location=box)
            # A browser opens an answer when the address leads to something in it.
            place = content[0] if kind == "solution" else box
            assert isinstance(place, nodes.Element)
            place["ids"].insert(0, f"{kind}-{n}")
    if len(exercises) != len(solutions):
        page = app.env.docname
        logger.warning("%d exercises, %d solutions", len(exercises), len(solutions), location=page)


class exercise_list(nodes.General, nodes.Element):
    pass


class Exercises(SphinxDirective):
    def run(self) -> list[nodes.Node]:
        self.env.metadata[self.env.docname]["lists_exercises"] = True
        return [exercise_list()]


class ListExercises(SphinxPostTransform):
    default_priority = 5  # before references are resolved: the sentences that are copied have some

    def run(self, **options: object) -> None:
        for place in list(self.document.findall(exercise_list)):
            place.replace_self([*self.chapters()])

    def chapters(self) -> Iterator[nodes.section]:
        for page in reading_order(self.env, self.config.root_doc):
            tree = self.env.get_doctree(page)
            if exercises := boxes(tree, "exercise"):
                name = clean_astext(self.env.titles[page])
                title = nodes.title("", "", self.link(page, "", name))
                entries = [self.entry(page, n, box) for n, box in enumerate(exercises, start=1)]
                yield nodes.section("", title, nodes.bullet_list("", *entries), ids=[page])

    def entry(self, page: str, n: int, exercise: nodes.Element) -> nodes.list_item:
        title, text = exercise.children[:2]
        line = nodes.paragraph(
            "", "", self.link(page, f"exercise-{n}", title.astext()), nodes.Text(". ")
        )
        line += [*beginning(text)]
        line += [nodes.Text(" "), self.link(page, f"solution-{n}", f"Solution {n}")]
        for reference in line.findall(addnodes.pending_xref):
            reference["refdoc"] = self.env.docname
        return nodes.list_item("", line)

    def link(self, page: str, anchor: str, words: str) -> nodes.reference:
        builder = self.env._app.builder
        return make_refnode(builder, self.env.docname, page, anchor, nodes.Text(words))


def reading_order(env: BuildEnvironment, page: str) -> Iterator[str]:
    yield page
    for below in env.toctree_includes.get(page, []):
        yield from reading_order(env, below)


def beginning(paragraph: nodes.Node) -> Iterator[nodes.Node]:
    """Yield whole sentences, enough of them to know the exercise again."""
    before = 0
    for part in paragraph.children:
        if isinstance(part, nodes.Text):
            for end in re.finditer(r"[.?](?=\s|$)", part):
                if before + end.end() > ENOUGH:
                    yield nodes.Text(part[: end.end()])
                    return
        before += len(part.astext())
        yield part.deepcopy()


def pages_to_write(app: Sphinx, env: BuildEnvironment) -> list[str]:
    return [page for page, about in env.metadata.items() if about.get("lists_exercises")]


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_node(exercise_list)
    app.add_directive("exercises", Exercises)
    app.add_post_transform(ListExercises)
    app.connect("doctree-read", number)
    app.connect("env-updated", pages_to_write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
