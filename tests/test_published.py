"""What a published site has around its text, and what it leaves out where it knows no address."""

import os
import re
import shutil
import subprocess
import threading
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from http.server import ThreadingHTTPServer
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from books import EXECUTED, FRONT_MATTER, files, replace, small_book
from bs4 import BeautifulSoup
from conftest import Quiet, listen, make_book, visit
from matplotlib.colors import to_rgb
from matplotlib.image import imread
from pages import axe, is_light
from PIL import Image

from gdcore.plots import PALETTE

FOLDER = "/deep/book/"
ADDRESS = "https://owner.github.io" + FOLDER
SOURCE = "https://github.com/owner/repo"
PUBLISHED = {"BOOK_URL": ADDRESS, "BOOK_SOURCE": SOURCE}
DAY, LATER = "2024-02-01", "2025-03-04"
CHAPTER = (
    EXECUTED
    + """\
# Signs like ∇ & <

```{code-cell}
:mystnb:
:  figure:
:    name: fig-slopes
:    caption: Two tangents.
:  image:
:    alt: A curve with two straight lines that touch it.

from gdcore import plots
from gdcore.landscapes import parabola

plots.tangents(parabola, points=[-2, 1])
```
"""
)
PAGES = {
    "chapter": CHAPTER,
    "other": CHAPTER.replace("# Signs", "# More signs").replace("fig-slopes", "fig-more"),
    "page": FRONT_MATTER + "# A page\n\nSome prose.\n",
}


def commit(project: Path, day: str) -> None:
    """Commit every file of the book, on the last evening before that day in the far west."""
    when = f"{date.fromisoformat(day) - timedelta(days=1)}T20:00:00-0500"
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    for words in ["init", "--quiet"], ["add", "book"], [*who, "commit", "-qm", day, "--date", when]:
        environment = {"PATH": os.environ["PATH"], "GIT_COMMITTER_DATE": when}
        subprocess.run(["git", *words], cwd=project, env=environment, check=True)


def build(project: Path, **variables: str) -> Path:
    done = make_book(project, **variables)
    assert done.returncode == 0, done.stdout + done.stderr
    return project / "_build/html"


def soup(site: Path, page: str) -> BeautifulSoup:
    return BeautifulSoup((site / f"{page}.html").read_bytes(), "lxml")


def days(site: Path) -> dict[str, str | None]:
    """The date that each page shows."""
    shown = {page: soup(site, page).select_one("footer time") for page in ["index", *PAGES]}
    return {page: time and time["datetime"] for page, time in shown.items()}


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    """A book that was committed once and built for publication. Nobody edits it."""
    if not shutil.which("git") and not os.environ.get("CI"):
        pytest.skip("no git, so what a published site says of its history is unchecked")
    project = small_book(tmp_path_factory.mktemp("published") / "book", **PAGES)
    commit(project, DAY)
    build(project, **PUBLISHED)
    return project


@pytest.fixture(scope="module")
def published(project) -> Path:
    return project / "_build/html"


@pytest.fixture
def copy(project, tmp_path) -> Path:
    """The same, built, for a test that edits it."""
    return shutil.copytree(project, tmp_path / "copy", symlinks=True)


def said(page: BeautifulSoup, name: str) -> str | None:
    tag = page.select_one(f'meta[property="{name}"], meta[name="{name}"]')
    return tag and tag["content"]


def test_a_shared_link_shows_the_page_and_a_card_of_its_own(published):
    cards = []
    for name in ["index", *PAGES]:
        page = soup(published, name)
        address = ADDRESS if name == "index" else f"{ADDRESS}{name}.html"
        assert said(page, "og:url") == page.select_one('link[rel="canonical"]')["href"] == address
        assert said(page, "og:site_name") == "Rolling Downhill"
        assert said(page, "og:title") == page.h1.get_text().removesuffix("#")
        assert said(page, "og:description") == said(page, "description")
        assert said(page, "twitter:card") == "summary_large_image"
        figure = page.select_one("main img")
        assert (figure["alt"] if figure else "bowl") in said(page, "og:image:alt")

        card = (published / said(page, "og:image").removeprefix(ADDRESS)).read_bytes()
        with Image.open(BytesIO(card)) as image:
            size = said(page, "og:image:width"), said(page, "og:image:height")
            assert image.format == "PNG"
            assert image.size == tuple(map(int, size)) == (1200, 630)
        assert len(card) < 64 * 1024
        cards.append(card)
    assert len(set(cards)) == len(cards) == 4


def test_a_card_shows_title_number_and_opening_figure(published):
    def seen(name: str, role: str, across: slice) -> bool:
        pixels = imread(published / f"cards/{name}.png")[150:450, across, :3]
        return (abs(pixels - to_rgb(PALETTE[role][0])).max(axis=2) < 0.05).sum() > 200

    words, picture = slice(0, 560), slice(600, 1200)
    for name in ["index", *PAGES]:
        assert seen(name, "ink", words)
        assert seen(name, "path", words) == (name in PAGES)
        assert seen(name, "tangent", picture) == (name in ("chapter", "other"))


def test_the_map_lists_exactly_the_pages(published):
    space = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    entries = ET.parse(published / "sitemap.xml").getroot().findall(f"{space}url")
    listed = {e.findtext(f"{space}loc"): e.findtext(f"{space}lastmod") for e in entries}
    assert len(entries) == len(listed)
    assert listed == dict.fromkeys([ADDRESS, *(f"{ADDRESS}{page}.html" for page in PAGES)], DAY)
    assert f"\nSitemap: {ADDRESS}sitemap.xml\n" in (published / "robots.txt").read_text()


class GitHubPages(Quiet):
    """Serves a site below a folder, and its 404.html for whatever is not there."""

    def translate_path(self, path: str) -> str:
        inside = path.startswith(FOLDER)
        return super().translate_path(path.removeprefix(FOLDER[:-1]) if inside else "/missing")

    def send_error(self, code: int, *rest: object) -> None:
        page = Path(self.directory, "404.html").read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(page)


@pytest.fixture(scope="module")
def home(published) -> Iterator[str]:
    handler = partial(GitHubPages, directory=str(published))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}{FOLDER}"
        server.shutdown()


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 375)])
def test_a_missing_page_leads_home_from_any_depth(chromium, home, theme, width):
    missing = home + "no/such/page.html"
    with visit(chromium, "about:blank", width, theme) as page:
        asked, failed = listen(page)
        page.goto(missing, wait_until="networkidle")
        # The browser, too, says once that the page itself is missing.
        assert [line for line in failed if "status of 404" not in line] == [f"404 {missing}"]
        assert len(failed) == 2
        assert [url for url in asked if not url.startswith(home)] == []
        assert "Literata" in page.evaluate("getComputedStyle(document.body).fontFamily")
        assert page.evaluate("document.fonts.check('16px Literata')")
        assert is_light(page) == (theme == "light")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert axe(page) == []
        assert page.locator('meta[name="robots"]').get_attribute("content") == "noindex"
        assert page.locator('link[rel="canonical"]').count() == 0

        links = page.locator(".bd-sidebar-primary a, article a")
        contents = links.evaluate_all("links => links.map(link => link.href)")
        assert set(contents) == {f"{home}{name}.html" for name in ["index", *PAGES]}
        assert [url for url in contents if page.request.get(url).status != 200] == []
        page.locator("#main-content").get_by_role("link", name="A page").click()
        assert page.url == f"{home}page.html"

        page.goto(missing)
        page.get_by_role("searchbox").fill("prose")
        page.locator(".search-results a").first.click()
        page.get_by_role("heading", level=1, name="A page").wait_for()


def test_notebooks_open_elsewhere_from_the_branch_of_the_site(published):
    for name in PAGES:
        page = soup(published, name)
        menus = page.select("#download-buttons a, #launch-buttons a")
        links = [a["href"] for a in menus]
        assert f"_sources/{name}.md" in links
        links.remove(f"_sources/{name}.md")
        if name == "page":
            assert links == []
            continue
        download, colab, binder = links
        assert (published / download).is_file()
        branch = "https://colab.research.google.com/github/owner/repo/blob/gh-pages/"
        assert colab == branch + download
        opened = urlsplit(binder)
        assert opened.netloc + opened.path == "mybinder.org/v2/gh/owner/repo/gh-pages"
        assert parse_qs(opened.query) == {"labpath": [download]}


def test_binder_finds_what_the_notebooks_import(published):
    lines = (published / "binder/requirements.txt").read_text().splitlines()
    names = "distributed", "matplotlib", "numpy", "scikit-learn", "tqdm"
    assert lines == [f"{name}=={version(name)}" for name in names]
    assert re.fullmatch(r"python-3\.\d+\n", (published / "binder/runtime.txt").read_text())


def test_a_page_leads_to_its_source_and_to_a_report(project, published):
    for name in ["index", *PAGES]:
        page = soup(published, name)
        links = {a.get_text(): a["href"] for a in page.select("footer a")}
        file = links["Edit this page"].removeprefix(f"{SOURCE}/edit/main/")
        assert file == f"book/{name}.md"
        assert (project / file).is_file()
        report, _, query = links["Report a mistake"].partition("?")
        assert report == f"{SOURCE}/issues/new"
        assert parse_qs(query)["title"] == [f"{page.h1.get_text().removesuffix('#')}: "]
        menu = [a["href"].partition("?")[0] for a in page.select("#source-buttons a")]
        assert menu == [SOURCE, f"{SOURCE}/edit/main/{file}", report]
    assert not soup(published, "search").select("footer a[href*=edit]")


def test_two_builds_of_a_commit_are_identical(project, published, tmp_path):
    fresh = shutil.copytree(
        project, tmp_path / "else where", symlinks=True, ignore=shutil.ignore_patterns("_build")
    )
    one, other = files(published), files(build(fresh, **PUBLISHED))
    assert one.keys() == other.keys()
    assert [name for name in one if one[name] != other[name]] == []
    assert days(published) == dict.fromkeys(["index", *PAGES], DAY)


def test_a_date_waits_for_the_commit(copy):
    replace(copy / "book/page.md", "Some prose.", "Other words.")
    site = build(copy, **PUBLISHED)
    assert "Other words." in (site / "page.html").read_text()
    assert set(days(site).values()) == {DAY}

    commit(copy, LATER)
    site = build(copy, **PUBLISHED)
    assert days(site) == dict.fromkeys(["index", *PAGES], DAY) | {"page": LATER}
    assert soup(site, "page").select_one("footer time").get_text() == "4 March 2025"
    assert f"page.html</loc><lastmod>{LATER}<" in (site / "sitemap.xml").read_text()


def without_history(project: Path) -> None:
    shutil.rmtree(project / ".git")


def cut_off(project: Path) -> None:
    head = subprocess.check_output(["git", "rev-parse", "HEAD"], cwd=project)
    (project / ".git/shallow").write_bytes(head)


@pytest.mark.parametrize("change", [without_history, cut_off])
def test_no_date_is_guessed(copy, change):
    change(copy)
    site = build(copy, **PUBLISHED)
    assert set(days(site).values()) == {None}
    assert "Last changed" not in (site / "page.html").read_text()
    assert "lastmod" not in (site / "sitemap.xml").read_text()


def test_a_build_needs_no_git(copy, tmp_path):
    for tool in "make", "sh", "mkdir", "touch", "rm":
        (tmp_path / tool).symlink_to(shutil.which(tool))
    assert set(days(build(copy, PATH=str(tmp_path), **PUBLISHED)).values()) == {None}


def test_what_needs_an_address_is_left_out_without_one(copy):
    site = build(copy)
    for name in ["index", *PAGES, "search"]:
        page = soup(site, name)
        assert not page.select('link[rel="canonical"], [property="og:url"], [property^="og:image"]')
        assert not page.select('[name^="twitter"], a[href*=colab], a[href*=binder]')
        assert not page.select(f'a[href^="{SOURCE}"]')
        if name != "search":
            assert said(page, "og:title")
    gone = "404.html", "sitemap.xml", "robots.txt", "cards", "binder"
    assert [name for name in files(site) if name.startswith(gone)] == []
