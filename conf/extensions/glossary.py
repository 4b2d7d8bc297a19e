"""Puts a line of letters before the glossary: each leads to the first term that begins with it."""

from __future__ import annotations

from itertools import groupby
from string import ascii_uppercase
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx import addnodes

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def add_letters(app: Sphinx, tree: nodes.document) -> None:
    for glossary in list(tree.findall(addnodes.glossary)):
        # The first name of an entry is the English one; the others are Chinese.
        (entries,) = glossary.children
        terms = [entry.children[0] for entry in entries.children]
        first = {
            letter: next(begun)["ids"][0]  # type: ignore[index]
            for letter, begun in groupby(terms, lambda term: term.astext()[0].upper())
        }
        line = nodes.paragraph(classes=["letters"])
        for letter in ascii_uppercase:
            if letter in first:
                line += nodes.reference("", letter, refid=first[letter], internal=True)
            else:
                line += nodes.inline("", letter)
            line += nodes.Text(" ")
        glossary.parent.insert(glossary.parent.index(glossary), line)


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("doctree-read", add_letters)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
