"""Makes the index of the search: a record for each section, term, exercise, function and work.

The records are taken from the pages as they are written, so the numbers of the runs are in them.
MiniSearch makes an index of them, in node (conf/search). A build that writes only some of the pages
keeps what it knew of the others.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode
from sphinx import addnodes
from sphinx.util.nodes import traverse_parent

from conf import node as program

from .drills import drill
from .katex import typeset
from .page_metadata import number
from .reading import TIME

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

#: What is not read out: code and its output, pictures, drills, and what stands there for Sphinx.
SILENT = (
    nodes.literal_block,
    nodes.doctest_block,
    nodes.raw,
    nodes.image,
    nodes.Invisible,
    nodes.title,
    nodes.rubric,
    addnodes.toctree,
    addnodes.index,
    addnodes.desc_signature,
    HideCodeCellNode,
    drill,
)
# An explanation comes before an exercise on it, and a chapter before the back matter.
TERM, BACK, EXERCISE, FOLDED = 0.8, 0.6, 0.5, 0.4


@dataclass
class Record:
    """A place that a search can lead to."""

    page: str
    ids: list[str]
    title: str
    within: list[str]
    weight: float = 1
    names: list[str] = field(default_factory=list)
    introduced: str = ""  # where, for an entry of the glossary
    stands_for: str = ""  # a term, for a symbol
    text: str = ""


class Reader:
    """Takes the records from one page."""

    def __init__(self, app: Sphinx, page: str) -> None:
        self.app = app
        self.page = page
        self.weight = 1 if "kernelspec" in app.env.metadata[page] else BACK
        self.records: list[Record] = []

    def add(self, node: nodes.Element, around: list[str], **known: Any) -> Record:
        """Read what a place says; the places within it become records of their own."""
        defaults = {"ids": node["ids"], "weight": self.weight}
        record = Record(page=self.page, within=around, **defaults | known)
        self.records.append(record)
        record.text = tidy("".join(self.read(node, [*around, record.title])))
        return record

    def read(self, node: nodes.Node, around: list[str]) -> Iterator[str]:
        if isinstance(node, nodes.Text):
            yield node.astext()
        elif isinstance(node, nodes.math | nodes.math_block):
            yield self.formula(node)
        else:
            for child in node.children:
                if not silent(child) and not self.begin(child, around):
                    yield from self.read(child, around)
        if not isinstance(node, nodes.Inline | nodes.Text):
            yield " "

    def begin(self, node: nodes.Node, around: list[str]) -> bool:
        """Add the records of a node that is a place of its own, or say that it is none."""
        if around and "exercises_of" in self.app.env.metadata[self.page]:
            return True  # the chapters say the same
        if isinstance(node, nodes.section):
            self.add(node, around, title=self.said(node[0]))
        elif isinstance(node, nodes.admonition) and "dropdown" in node["classes"]:
            self.add(node, around, title=self.said(node[0]), ids=[anchor(node)], weight=FOLDED)
        elif isinstance(node, nodes.admonition) and "exercise" in node["classes"]:
            self.add(node, around, title=self.said(node[0]), weight=EXERCISE)
        elif isinstance(node, addnodes.glossary):
            for entry in node[0].children:
                self.term(entry, around)
        elif isinstance(node, nodes.table) and "symbols" in node["classes"]:
            for row in node.findall(nodes.row):
                if not isinstance(row.parent, nodes.thead):
                    self.symbol(row, around)
        elif isinstance(node, addnodes.desc):
            self.function(node, around)
        elif isinstance(node, nodes.bullet_list) and "works" in node["classes"]:
            for work in node.findall(nodes.list_item):
                self.add(work, [], title=around[-1])
        else:
            return False
        return True

    def term(self, entry: nodes.Node, around: list[str]) -> None:
        *terms, said = (part for part in entry.children if isinstance(part, nodes.Element))
        names = [self.said(term) for term in terms]
        known = {"title": names[0], "ids": terms[0]["ids"], "names": names, "weight": TERM}
        record = self.add(said, around, **known)
        text, arrow, _ = record.text.rpartition(" →")
        if arrow and (places := list(said.findall(nodes.reference))):
            record.text, record.introduced = text, places[-1].get("refuri", "")

    def symbol(self, row: nodes.Element, around: list[str]) -> None:
        row["ids"] = row["ids"] or [f"symbol-{row.parent.index(row) + 1}"]
        symbols, meaning, *_ = map(self.said, row.children)
        record = Record(self.page, row["ids"], symbols, around, TERM, symbols.split(", "))
        record.text = meaning
        # '"eta": the learning rate, above 0'
        if term := re.match(r'(?:[“"].*?[”"]: )?(?:the|a|an) ([^,:;]+)', meaning):
            record.stands_for = term[1]
        self.records.append(record)

    def function(self, node: addnodes.desc, around: list[str]) -> None:
        signature, *_, said = node.children
        assert isinstance(signature, addnodes.desc_signature)
        assert isinstance(said, addnodes.desc_content)
        name = signature.get("fullname") or signature.astext()
        self.add(said, around, title=name, ids=signature["ids"], names=[name])

    def said(self, node: nodes.Node) -> str:
        return tidy("".join(self.read(node, [])))

    def formula(self, node: nodes.math | nodes.math_block) -> str:
        display = isinstance(node, nodes.math_block)
        html = typeset(node.astext(), display).get("html", "")
        math = re.search(r"<math.*?</math>", html, re.S)
        return readable(math[0]) if math else ""


def anchor(box: nodes.Element) -> str:
    """Return the address of what is in a folded box: a browser that is led there opens the box."""
    title, inside, *_ = box.children
    assert isinstance(inside, nodes.Element)
    if not inside["ids"]:
        section, *_ = traverse_parent(box, nodes.section)
        alike = [
            other for other in section.findall(type(box)) if other[0].astext() == title.astext()
        ]
        name = nodes.make_id(f"{section['ids'][0]}-{title.astext()}")
        inside["ids"].append(f"{name}-{alike.index(box) + 1}" if len(alike) > 1 else name)
    return str(inside["ids"][0])


def silent(node: nodes.Node) -> bool:
    listing = isinstance(node, nodes.container) and node.get("literal_block")
    time = isinstance(node, nodes.paragraph) and TIME in node["classes"]
    return isinstance(node, SILENT) or bool(listing) or time


def tidy(text: str) -> str:
    return re.sub(r"\s+(?=[,.;:?!)](\s|$))", "", re.sub(r"\s+", " ", text)).strip()


# --- A formula in one line: x ← x − η g

NAMESPACE = "{http://www.w3.org/1998/Math/MathML}"
BELOW = str.maketrans(
    "0123456789+−=()aehijklmnoprstuvxβγρφχ", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ"
)
ABOVE = str.maketrans("0123456789+−=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱ")
ACCENTS = {"^": "\u0302", "ˉ": "\u0304", "~": "\u0303", "˙": "\u0307", "‾": "\u0304", "⃗": "\u20d7"}


def readable(mathml: str) -> str:
    text = written(ElementTree.fromstring(mathml))
    text = re.sub(r"\s*([=≈≤≥<>←→↦⇒∈≠∝≪≫∼])\s*", r" \1 ", text)
    text = re.sub(r"(?<=[^\s(\[{=,<>|∣])\s*([+−·⋅×±])\s*", r" \1 ", text)
    text = re.sub(r"\s*([,;])\s*", r"\1 ", re.sub(r"\s+", " ", text))
    return re.sub(r"; (?=[=≈≤≥<>])|\s(?=[_^])", " ", text).replace(" _", "_").strip(" ;")


def written(node: ElementTree.Element) -> str:
    tag = node.tag.removeprefix(NAMESPACE)
    if tag in ("mi", "mn", "mo", "mtext"):
        return (node.text or "").replace("\u2061", "")  # "applied to", which nobody sees
    if tag in ("annotation", "mspace"):
        return " " * (tag == "mspace")
    parts = [written(child) for child in node]
    match tag:
        case "mfrac":
            return f"{grouped(parts[0])}/{grouped(parts[1])}"
        case "msqrt" | "mroot":
            return f"√{grouped(parts[0])}"
        case "msub" | "munder":
            return parts[0] + moved(parts[1], BELOW, "_")
        case "msup" | "mover":
            return parts[0] + (ACCENTS.get(parts[1]) or moved(parts[1], ABOVE, "^"))
        case "msubsup" | "munderover":
            return parts[0] + moved(parts[1], BELOW, "_") + moved(parts[2], ABOVE, "^")
    return {"mtr": " ", "mtable": "; "}.get(tag, "").join(parts)


def grouped(text: str) -> str:
    return f"({text})" if re.search(r"[\s+−·⋅/=→≤≥<>]", text) else text


def moved(text: str, signs: dict[int, int], mark: str) -> str:
    """Return a text raised or lowered, as far as there are letters for it."""
    if not text.strip("′∗⊤ "):
        return text
    if all(ord(letter) in signs for letter in text):
        return text.translate(signs)
    return mark + grouped(text)


# --- The index


def listen(app: Sphinx, tree: nodes.document, page: str) -> None:
    if app.builder.name == "html":
        reader = Reader(app, page)
        for section in tree.children:
            reader.begin(section, [])
        app.search_records[page] = [asdict(record) for record in reader.records]  # type: ignore[attr-defined]


def reading_order(env: BuildEnvironment, page: str) -> Iterator[str]:
    yield page
    for below in env.toctree_includes.get(page, []):
        yield from reading_order(env, below)


def known(app: Sphinx) -> Path:
    return Path(app.doctreedir, "search.json")


def start(app: Sphinx) -> None:
    """Take up what the last build knew."""
    file = known(app)
    app.search_records = json.loads(file.read_text("utf-8")) if file.exists() else {}  # type: ignore[attr-defined]


def search_page(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    if app.builder.name == "html":
        yield "search", {}, "search.html"


def finish(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None or app.builder.name != "html":
        return
    pages: dict[str, list[dict[str, Any]]] = app.search_records  # type: ignore[attr-defined]
    order = [page for page in reading_order(app.env, app.config.root_doc) if page in pages]
    told = json.dumps(list(told_to_node(app, [Record(**r) for p in order for r in pages[p]])))
    maker, static = Path(app.confdir, "search", "index.mjs"), Path(app.outdir, "_static")
    program.run("The index of the search", maker, static, told=told)
    known(app).write_text(json.dumps({page: pages[page] for page in order}), "utf-8")


def told_to_node(app: Sphinx, records: list[Record]) -> Iterator[dict[str, Any]]:
    """Yield what the index holds: a section answers to the terms and symbols that it introduces."""
    introduces: dict[str, list[str]] = {}
    terms = {name: r.introduced for r in records if r.introduced for name in r.names}
    for record in records:
        if place := record.introduced or terms.get(record.stands_for):
            introduces.setdefault(place, []).extend(record.names)
    for record in records:
        chapter = number(app, record.page)
        around = " › ".join(record.within)
        places = [f"{app.builder.get_target_uri(record.page)}#{anchor}" for anchor in record.ids]
        yield {
            "url": places[0],
            "title": record.title,
            "within": f"{chapter}. {around}" if chapter and around else around,
            "text": record.text,
            "names": sum((introduces.get(place, []) for place in places), record.names),
            "weight": record.weight,
        }


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("builder-inited", start)
    app.connect("doctree-resolved", listen, priority=900)
    app.connect("html-collect-pages", search_page)
    app.connect("build-finished", finish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
