"""Reads and writes only what has changed, and takes the other pages from the site that stands.

A page is read again when its own text changes. It is written again then, too; and all pages are
when anything changes that one page can show of another: titles, numbers, names, figures. What is
more than the text of a page has changed (see conf/inputs.py) leaves nothing to take over.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Set
from pathlib import Path
from typing import TYPE_CHECKING

from sphinx.builders.html import StandaloneHTMLBuilder

from conf import inputs

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

SITE = inputs.BUILD / "html"


class Site(StandaloneHTMLBuilder):
    """Sphinx's builder, but into an empty folder it writes some of the pages and takes the rest."""

    search = False
    #: The pages that are as in the site that stands.
    unchanged: Set[str] = frozenset()

    def get_outdated_docs(self) -> Iterator[str]:
        return iter(())  # all that is to be written is known otherwise

    def write_documents(self, docnames: Set[str]) -> None:
        for page in sorted(self.env.found_docs - docnames):
            self.take(page)
        self.images |= {uri: name for uri, (_, name) in self.env.images.items()}
        super().write_documents(docnames)

    def take(self, page: str) -> None:
        """Copy from the site what is named after a page, unless it is there already."""
        for file in sorted(SITE.glob(f"**/{page}.*")):
            target = Path(self.outdir, file.relative_to(SITE))
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, target)


def add_changed(
    app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]
) -> list[str]:
    """Find the pages whose text is another, whatever the files' dates say."""
    old = getattr(env, "book_pages", {})
    pages = {page: inputs.digest(Path(env.doc2path(page))) for page in env.found_docs}
    env.book_pages = pages  # type: ignore[attr-defined]
    changed |= {page for page, text in pages.items() if text != old.get(page)} - added
    return []


def note(app: Sphinx, env: BuildEnvironment, pages: list[str]) -> None:
    """Note which pages are not read."""
    if isinstance(app.builder, Site):
        app.builder.unchanged = env.found_docs - {*pages}


def affected(app: Sphinx, env: BuildEnvironment) -> Set[str]:
    """Name all pages if any of them could look otherwise, though its own text has not changed."""
    old, env.book_outline = getattr(env, "book_outline", None), outline(env)  # type: ignore[attr-defined]
    if env.book_outline == old:  # type: ignore[attr-defined]
        return set()
    if isinstance(app.builder, Site):
        app.builder.unchanged = set()
    return env.found_docs


def outline(env: BuildEnvironment) -> str:
    """Hash what one page can show of another."""
    said = {
        page: {key: value for key, value in about.items() if is_text(value)}
        for page, about in env.metadata.items()
    }
    shown = [
        {page: title.pformat() for page, title in env.titles.items()},
        {page: contents.pformat() for page, contents in env.tocs.items()},
        said,
        env.toctree_includes,
        env.toc_secnumbers,
        env.toc_fignumbers,
        env.domains.math_domain.equations,
        {uri: name for uri, (_, name) in env.images.items()},
    ]
    words = [repr(in_order(part)) for part in shown]
    for domain in env.domains.sorted():
        words += sorted(map(repr, domain.get_objects()))
    return inputs.digest(words=words)


def is_text(value: object) -> bool:
    """Whether it is words and not, for example, the lines where something stands."""
    return isinstance(value, str) or (isinstance(value, list) and all(map(is_text, value)))


def in_order(value: object) -> object:
    """Return dictionaries as sorted lists: a page that is read again goes to the end of them."""
    if isinstance(value, dict):
        return sorted((str(key), in_order(part)) for key, part in value.items())
    return value


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_builder(Site, override=True)
    app.connect("env-get-outdated", add_changed, priority=100)  # others look at what it adds
    app.connect("env-before-read-docs", note)
    app.connect("env-get-updated", affected, priority=900)  # when all is numbered
    return {"parallel_read_safe": True, "parallel_write_safe": True}
