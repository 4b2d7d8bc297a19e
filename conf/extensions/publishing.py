"""What a published site has around its pages: dates, a map for search engines, ways to its sources.

What needs an address that is not known is left out. (sphinx-sitemap lists the pages that this build
has written, and sphinx-last-updated-by-git asks for those that it has read: after a commit, or an
edit, both would be wrong. sphinxext-opengraph loads matplotlib for each build.)
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import requires, version
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from babel.dates import format_date

from .notebooks import ELSE_NEEDED

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

ROBOTS = "User-agent: *\nAllow: /\n\nSitemap: {}sitemap.xml\n"
SITEMAP = """\
<?xml version="1.0" encoding="utf-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
{}
</urlset>
"""


def commits(root: Path) -> dict[str, int]:
    """Return when each file was last committed; nothing without git or its whole history."""

    def git(*words: str) -> str:
        run = ["git", "-c", "core.quotePath=off", *words]
        return subprocess.run(run, cwd=root, capture_output=True, check=True).stdout.decode()

    try:
        if git("rev-parse", "--is-shallow-repository").strip() != "false":
            return {}
        log = git("log", "--format=%x00%ct", "--name-only", "--relative", "--no-show-signature")
    except (OSError, subprocess.CalledProcessError):
        return {}
    last: dict[str, int] = {}
    for commit in log.split("\0")[1:]:
        time, *files = commit.split("\n")
        for name in filter(None, files):
            file = str(root / name)
            last[file] = max(last.get(file, 0), int(time))
    return last


def date(app: Sphinx, env: BuildEnvironment) -> None:
    """Note when a page, or a file that it shows, last changed."""
    last = commits(Path(app.confdir).parent)
    for page in sorted(env.found_docs):
        files = [env.doc2path(page), *env.dependencies[page]]
        times = [last.get(os.path.normpath(Path(app.srcdir, file)), 0) for file in files]
        day = datetime.fromtimestamp(max(times), UTC).date().isoformat() if times[0] else ""
        env.metadata[page]["changed"] = day


def show(
    app: Sphinx, page: str, template: str, context: dict[str, Any], tree: nodes.document | None
) -> None:
    if tree is not None and (day := app.env.metadata[page]["changed"]):
        words = format_date(datetime.fromisoformat(day), "d MMMM y", locale=app.config.language)
        context["changed"], context["changed_words"] = day, words


def sitemap(app: Sphinx) -> str:
    entries = []
    for page in sorted(app.env.found_docs):
        name = "" if page == app.config.root_doc else app.builder.get_target_uri(page)
        day = app.env.metadata[page]["changed"]
        lastmod = f"<lastmod>{day}</lastmod>" if day else ""
        entries.append(f"<url><loc>{escape(app.config.book_url + name)}</loc>{lastmod}</url>")
    return SITEMAP.format("\n".join(entries))


def packages() -> str:
    """Return the versions that this build ran with, of all that a notebook imports."""
    names = {re.split(r"[^\w-]", line)[0] for line in requires("gdcore") or []}
    return "".join(f"{name}=={version(name)}\n" for name in sorted(names | {*ELSE_NEEDED.values()}))


def surround(app: Sphinx, exception: Exception | None) -> None:
    """Write what stands beside the pages."""
    if exception is not None or app.builder.name != "html":
        return
    url, source = app.config.book_url, app.config.book_source
    files = {
        "sitemap.xml": url and sitemap(app),
        "robots.txt": url and ROBOTS.format(url),
        "binder/requirements.txt": source and packages(),
        "binder/runtime.txt": source and f"python-{sys.version_info[0]}.{sys.version_info[1]}\n",
    }
    for name, text in files.items():
        if text:
            file = Path(app.outdir, name)
            file.parent.mkdir(exist_ok=True)
            file.write_text(text, "utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("env-updated", date)
    app.connect("html-page-context", show)
    app.connect("build-finished", surround)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
