"""Says in a sentence whom it cites: "Robbins and Monro (1951)", as one link to the list of works.

The list needs no labels then, and becomes a plain one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from docutils import nodes
from pybtex.richtext import BaseText
from pybtex.style.template import join
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinxcontrib.bibtex.plugin import register_plugin
from sphinxcontrib.bibtex.style.referencing import BaseReferenceStyle, BracketStyle, PersonStyle
from sphinxcontrib.bibtex.style.template import reference, year

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment


@dataclass
class InSentence(BaseReferenceStyle):  # type: ignore[misc, unused-ignore]
    """`{cite:t}` names up to two authors, `{cite:ts}` all of them."""

    person: PersonStyle = field(
        default_factory=partial(PersonStyle, last_sep=" and ", other=" and others")
    )

    def role_names(self) -> Iterable[str]:
        return ["t", "ts"]

    def outer(self, role_name: str, children: list[BaseText]) -> Any:
        return BracketStyle(sep2=" and ", last_sep=" and ").outer(children)

    def inner(self, role_name: str) -> Any:
        names = self.person.author_or_editor_or_title(full="s" in role_name)
        return reference[join[names, " (", year, ")"]]


class PlainList(SphinxPostTransform):
    default_priority = 6  # right after the list of works is made

    def run(self, **options: object) -> None:
        for works in list(self.document.findall(nodes.container)):
            if works.children and all(isinstance(work, nodes.citation) for work in works):
                items = [nodes.list_item("", *work[1:], ids=work["ids"]) for work in works]  # type: ignore[index]
                plain = nodes.bullet_list("", *items, classes=["works"])
                works.replace_self(plain)
                plain["ids"].clear()  # the number of the list


def pages_to_write(app: Sphinx, env: BuildEnvironment) -> set[str]:
    """Name the pages whose list depends on what is cited elsewhere, when that has changed."""
    domain: Any = env.get_domain("cite")
    cited = {target.key for ref in domain.citation_refs for target in ref.targets}
    before, env.book_cited = getattr(env, "book_cited", None), cited  # type: ignore[attr-defined]
    return set() if cited == before else {list_.docname for list_ in domain.bibliographies}


def setup(app: Sphinx) -> dict[str, bool]:
    register_plugin("sphinxcontrib.bibtex.style.referencing", "in_sentence", InSentence)
    app.add_post_transform(PlainList)
    app.connect("env-updated", pages_to_write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
