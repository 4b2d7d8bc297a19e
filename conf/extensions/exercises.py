"""Gives exercises and solutions addresses, and shows those of a chapter on another page too.

    ```{exercises} derivatives
    ```

They are copied from the chapter when it has changed, with links both ways. A book in one file would
print them twice: there only the titles stand, as links.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx import addnodes
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import make_refnode

if TYPE_CHECKING:
    from sphinx.application import Sphinx

logger = logging.getLogger(__name__)


def boxes(tree: nodes.Element, kind: str) -> list[nodes.Element]:
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
            for label in box["names"]:  # a link to it shows its title
                target = app.env.docname, box["ids"][0], title.astext()
                app.env.domains.standard_domain.labels[label] = target
    said = "".join(box.pformat() for box in [*exercises, *solutions])
    app.env.metadata[app.env.docname]["exercises"] = sha256(said.encode()).digest()
    if len(exercises) != len(solutions):
        page = app.env.docname
        logger.warning("%d exercises, %d solutions", len(exercises), len(solutions), location=page)


class exercise_list(nodes.General, nodes.Element):
    pass


class Exercises(SphinxDirective):
    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        chapter = self.arguments[0]
        if chapter not in self.env.found_docs:
            warning = f"exercises: there is no chapter {chapter!r}"
            return [self.state.document.reporter.warning(warning, line=self.lineno)]
        self.env.metadata[self.env.docname].setdefault("exercises_of", []).append(chapter)
        return [exercise_list(chapter=chapter)]


class CopyExercises(SphinxPostTransform):
    default_priority = 4  # before glued values are put in and references are resolved

    def run(self, **options: object) -> None:
        for place in list(self.document.findall(exercise_list)):
            chapter = self.env.get_doctree(place["chapter"])
            pairs = zip(boxes(chapter, "exercise"), boxes(chapter, "solution"), strict=False)
            copies = [self.copy(place["chapter"], *pair) for pair in pairs]
            place.replace_self(copies)
        exercises = boxes(self.document, "exercise")
        for page, about in self.env.metadata.items():
            if exercises and self.env.docname in about.get("exercises_of", []):
                anchor = f"{self.env.docname}-{exercises[0]['ids'][0]}"
                link = self.link(page, anchor, "Exercises and solutions")
                words = "All exercises of the book, with their solutions, are in "
                last = boxes(self.document, "solution")[-1]
                last.parent.insert(
                    last.parent.index(last) + 1,
                    nodes.paragraph("", words, link, nodes.Text("."), classes=["all-exercises"]),
                )

    def copy(self, page: str, exercise: nodes.Element, solution: nodes.Element) -> nodes.Element:
        title, *body = (child.deepcopy() for child in exercise.children)
        answer = solution.deepcopy()
        place = f"{page}-{exercise['ids'][0]}"
        linked = nodes.title("", "", self.link(page, exercise["ids"][0], title.astext()))
        box = nodes.admonition("", linked, ids=[place], classes=exercise["classes"])
        if self.app.builder.name == "html":
            box += nodes.container("", *body, answer, classes=["repeated"])
            anchor = solution.children[1]["ids"][0]  # type: ignore[index]
            words = f"{answer[0].astext()} in the chapter"
            answer += nodes.paragraph("", "", self.link(page, anchor, words), classes=["back"])
        for node in box.findall(nodes.Element):
            self.move(node, page)
        box["ids"] = [place]
        return box

    def move(self, node: nodes.Element, page: str) -> None:
        """Give a copied node an address of its own, and lead its links from here."""
        node["ids"] = [f"{page}-{name}" for name in node["ids"]]
        node["names"] = []
        if isinstance(node, addnodes.pending_xref):
            node["refdoc"] = self.env.docname
        elif isinstance(node, nodes.reference) and "refid" in node:
            node["refuri"] = (
                f"{self.app.builder.get_relative_uri(self.env.docname, page)}#{node['refid']}"
            )
            del node["refid"]

    def link(self, page: str, anchor: str, words: str) -> nodes.reference:
        return make_refnode(self.app.builder, self.env.docname, page, anchor, nodes.Text(words))


def pages_to_write(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Name the pages that show exercises which have changed."""
    shown = {
        page: [env.metadata[chapter].get("exercises") for chapter in about["exercises_of"]]
        for page, about in env.metadata.items()
        if "exercises_of" in about
    }
    before, env.book_exercises = getattr(env, "book_exercises", {}), shown  # type: ignore[attr-defined]
    return [page for page, said in shown.items() if said != before.get(page)]


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_node(exercise_list)
    app.add_directive("exercises", Exercises)
    app.add_post_transform(CopyExercises)
    app.connect("doctree-read", number)
    app.connect("env-updated", pages_to_write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
