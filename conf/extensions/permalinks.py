"""Names a place by what stands there, so that its address outlives an edit elsewhere on the page.

docutils and Sphinx count what has no name that they can use: `#id14`, `#term-3`, `#index-0`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms import SphinxTransform
from sphinx.util.nodes import traverse_parent

if TYPE_CHECKING:
    from sphinx.application import Sphinx

COUNTED = re.compile(r"(id|term-|index-)\d+")
LONGEST = 60  # characters of a name
HEADS = nodes.title, nodes.caption
#: A heading's name -> what it was before: links from elsewhere still lead there.
FORMER = {"in-short": "in-one-breath"}


class NameByContent(SphinxTransform):
    default_priority = 840  # when all have ids, and before Sphinx notes what leads where

    def apply(self, **options: object) -> None:
        for node in list(self.document.findall(nodes.Element)):
            ids: list[str] = node.get("ids", [])
            for old in [place for place in ids if COUNTED.fullmatch(place)]:
                # A list of works is known by its number until it is made.
                if type(node).__name__ != "bibliography":
                    self.rename(node, old)
        for section in self.document.findall(nodes.section):
            section["ids"] += [FORMER[name] for name in section["ids"] if name in FORMER]

    def rename(self, node: nodes.Element, old: str) -> None:
        node["ids"].remove(old)
        # Nothing leads to a citation, only from it.
        if not node["ids"] and not isinstance(node, addnodes.pending_xref):
            node["ids"].append(self.name(node, old))
        new = next(iter(node["ids"]), "")
        self.document.ids[new] = self.document.ids.pop(old, node)
        self.follow(old, new)

    def name(self, node: nodes.Element, old: str) -> str:
        """Return what a place is called: its kind if Sphinx names that, and its first words."""
        head = next((child for child in node.children if isinstance(child, HEADS)), node)
        words = head.astext()
        if isinstance(node, nodes.footnote_reference):
            words = f"to {node.get('refid') or node.astext()}"
        elif isinstance(node, nodes.target):  # of the index, whose entries stand before it
            before = node.parent[node.parent.index(node) - 1]
            entries = before["entries"] if isinstance(before, addnodes.index) else ()
            words = next((value for _, value, place, *_ in entries if place == old), words)
        slug = slugged(words) or node.tagname
        if kind := re.match(r"[a-z]+-", old):
            slug = kind[0] + slug
        sections = [*traverse_parent(node.parent, nodes.section)]
        if slug in self.document.ids and sections:
            slug = f"{sections[0]['ids'][0]}-{slug}"
        name, count = slug, 1
        while name in self.document.ids:
            name, count = f"{slug}-{count + 1}", count + 1
        return name

    def follow(self, old: str, new: str) -> None:
        """Lead what led to a place by its old name there by its new one."""
        here, names = self.env.docname, self.document.nameids
        names |= {name: new for name, place in names.items() if place == old}
        for node in self.document.findall(nodes.Element):
            if node.get("refid") == old:
                node["refid"] = new
            if old in node.get("backrefs", ()):
                node["backrefs"] = [new if back == old else back for back in node["backrefs"]]
            if isinstance(node, addnodes.index):
                node["entries"] = [
                    (kind, value, new if place == old else place, *rest)
                    for kind, value, place, *rest in node["entries"]
                ]
        slugs = self.env.metadata[here].get("myst_slugs", {})
        slugs |= {s: (line, new, t) for s, (line, place, t) in slugs.items() if place == old}
        standard = self.env.domains.standard_domain
        moved = {name for name, place in standard.objects.items() if place == (here, old)}
        standard.objects.update(dict.fromkeys(moved, (here, new)))
        terms = {name.lower(): (here, new) for kind, name in moved if kind == "term"}
        standard._terms.update(terms)


def slugged(words: str) -> str:
    return "-".join(re.findall(r"\w+", words.lower()))[:LONGEST].strip("-")


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_transform(NameByContent)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
