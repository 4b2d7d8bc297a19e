"""What *About this book* says is true: its worked example, taken from the page, and its lists."""

import json
import os
import re
import shutil
import subprocess
from importlib.metadata import files
from pathlib import Path

import examples
import numpy as np
import pytest
import yaml
from books import PAGE, small_book
from bs4 import BeautifulSoup
from conftest import ROOT, make_book, visit
from fontTools.ttLib import TTFont
from pages import FIND, THEME

import gdcore
from gdcore.derivatives import numerical_gradient

ABOUT = ROOT / "book/about.md"
BLOCK = re.compile(
    r"^(`{3,})\{code-block\} (\w+)\n(?::caption: ([^\n]+)\n\n)?(.*?)^\1$", re.MULTILINE | re.DOTALL
)
# Language, caption and text of each block, in the order of the page.
BLOCKS = [match.groups()[1:] for match in BLOCK.finditer(ABOUT.read_text("utf-8"))]
FILES = {caption: text for kind, caption, text in BLOCKS if kind in ("python", "none")}
LANDSCAPE, CHAPTER, INDEX = "gdcore/himmelblau.py", "book/four-valleys.md", "book/index.md"
(DRILL,) = (text for kind, _, text in BLOCKS if kind == "markdown")
(LINE,) = (text for _, caption, text in BLOCKS if caption == INDEX)


def edit(project: Path, name: str, diff: str, back: bool = False) -> None:
    """Apply a block of lines that go and come, or take it back."""
    lines = diff.splitlines(keepends=True)
    old, new = ("".join(line[1:] for line in lines if line[0] in signs) for signs in (" -", " +"))
    if back:
        old, new = new, old
    text = (project / name).read_text("utf-8")
    assert text.count(old) == 1, f"{name} does not say once:\n{old}"
    (project / name).write_text(text.replace(old, new), "utf-8")


def run(project: Path, command: str) -> str:
    """Run a command of the page; return what it says, with names of files as in the page."""
    if command == "make book":
        done = make_book(project)
    else:
        seen = os.environ | {"PYTHONPATH": str(project)}
        done = subprocess.run(
            command.split(), cwd=project, env=seen, capture_output=True, text=True
        )
    return (done.stdout + done.stderr).replace(f"{project}/", "")


@pytest.fixture(scope="module")
def extended(tmp_path_factory) -> Path:
    """A small book with the real settings, and what the page tells the reader to add."""
    project = small_book(tmp_path_factory.mktemp("about") / "book", **{"neural-networks": PAGE})
    assert set(FILES) == {LANDSCAPE, CHAPTER}
    for name, text in FILES.items():
        (project / name).write_text(text, "utf-8")
    with (project / CHAPTER).open("a", encoding="utf-8") as page:
        page.write("\n" + DRILL)
    edit(project, INDEX, LINE)
    return project


def test_the_line_of_the_contents_fits_the_real_index(tmp_path):
    (tmp_path / "book").mkdir()
    shutil.copy(ROOT / INDEX, tmp_path / INDEX)
    edit(tmp_path, INDEX, LINE)


def test_the_worked_example_builds_and_shows_what_the_page_says(extended):
    assert run(extended, ".venv/bin/python -m doctest gdcore/himmelblau.py") == ""
    done = make_book(extended)
    assert done.returncode == 0, done.stdout + done.stderr

    html = (extended / "_build/html/four-valleys.html").read_bytes()
    page = BeautifulSoup(html, "html.parser")
    (image,) = page.select("figure img")
    assert (extended / "_build/html" / image["src"]).stat().st_size > 1000
    assert "near the top and lead into one hollow each" in image["alt"]
    text = " ".join(page.main.get_text().split())
    said = re.search(r"the sentence \"(The longest run .+?)\"", ABOUT.read_text("utf-8"))[1]
    assert said in text
    assert page.select('.drill form[data-answer="0"]')
    assert page.select("details.solution") and not page.select("details.solution[open]")
    assert page.select_one(".prev-next-area .left-prev")["href"] == "neural-networks.html"


@pytest.fixture
def himmelblau(extended, monkeypatch):
    """The landscape of the page, as if its file stood in gdcore."""
    monkeypatch.setattr(gdcore, "__path__", [*gdcore.__path__, str(extended / "gdcore")])
    from gdcore.himmelblau import himmelblau

    return himmelblau


def test_every_example_of_the_page(himmelblau):
    if report := examples.check(ABOUT):
        pytest.fail(report, pytrace=False)


def test_the_gradient_of_the_landscape_is_its_slope(himmelblau):
    for p in np.random.default_rng(2).uniform(-5, 5, (20, 2)):
        numerical = numerical_gradient(himmelblau, p)
        assert himmelblau.gradient(p) == pytest.approx(numerical, rel=1e-6, abs=1e-5)


def mistakes() -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Each mistake that the page makes on purpose, and what commands then say of it."""
    found: list[tuple[str, str, list[tuple[str, str]]]] = []
    for kind, caption, text in BLOCKS:
        if kind == "diff" and caption != INDEX:
            found.append((caption, text, []))
        elif kind == "text":
            found[-1][2].append((caption.split("`")[1], text))
    return found


@pytest.mark.parametrize(("name", "diff", "outcomes"), mistakes(), ids=["gradient", "claim"])
def test_a_mistake_says_what_the_page_says(extended, name, diff, outcomes):
    edit(extended, name, diff)
    try:
        assert outcomes
        for command, said in outcomes:
            assert said in run(extended, command)
    finally:
        edit(extended, name, diff, back=True)


def test_the_citation_is_that_of_the_file():
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    (author,) = (author["name"] for author in cited["authors"])
    title, version = cited["title"], cited["version"]
    year = re.search(r"Copyright \(c\) (\d{4})", (ROOT / "LICENSE").read_text("utf-8"))[1]
    (bibtex,) = (text for kind, _, text in BLOCKS if kind == "bibtex")
    assert version == gdcore.__version__
    assert f"\n> {author} ({year}). *{title}*. Version {version}.\n" in ABOUT.read_text("utf-8")
    assert re.sub(r"\n {4,}", " ", bibtex) == (
        "@misc{rolling-downhill,\n"
        f"  author = {{{{{author}}}}},\n"
        f"  title  = {{{title}}},\n"
        f"  year   = {{{year}}},\n"
        f"  note   = {{Version {version}}},\n"
        "}\n"
    )


# What stands in each licence and in no other of them.
WORDS = {
    "MIT": "to deal in the Software without restriction",
    "BSD 2-Clause": "two clause BSD",
    "BSD 3-Clause": "Neither the name",
    "SIL Open Font License 1.1": "SIL OPEN FONT LICENSE Version 1.1",
}


#: Scripts and styles of ours with what they hold of others.
BUNDLES = {
    "search.js": {"minisearch", "stemmer"},
    "book.js": {"pydata-sphinx-theme", "sphinx-book-theme"},
    "book.css": {"pydata-sphinx-theme", "sphinx-book-theme"},
}


def owner(name: str) -> str:
    """Whose file of `_static` this is: ours, or that of a package."""
    folder, _, file = name.rpartition("/")
    if folder.startswith("katex"):
        return "katex"
    if folder == "fonts":
        return "literata"
    if name.startswith(("live/", "licences/", "card.png", "gdcore-", "search-index.js")):
        return "ours"
    if (ROOT / "conf/theme/static" / name).exists():
        return "ours"
    packages = [
        package
        for package in ("sphinx", "sphinx-copybutton")
        if any(re.fullmatch(re.escape(file) + r"(_t|\.jinja)?", f.name) for f in files(package))
    ]
    assert len(packages) == 1, f"whose file is _static/{name}?"
    return packages[0]


def test_all_that_others_made_is_listed_with_its_licence(site, pages):
    static = site / "_static"
    shipped = {str(path.relative_to(static)) for path in static.rglob("*") if path.is_file()}
    owners = {owner(name) for name in shipped - BUNDLES.keys()}.union(*BUNDLES.values()) - {"ours"}
    links = {a["href"]: a.get_text() for a in pages["about.html"].select('td a[href^="_static"]')}
    assert set(links) == {f"_static/licences/{name}.txt" for name in owners}
    for link, name in links.items():
        text = " ".join((site / link).read_text("utf-8").split())
        assert [known for known, words in WORDS.items() if words in text] == [name]

    npm = json.loads((ROOT / "conf/package.json").read_text())["dependencies"]
    tools = {"esbuild", "purgecss"}  # they leave nothing of their own in what they make
    in_print = {"zcool-xiaowei": "ZCOOL XiaoWei"}
    assert {name.rpartition("/")[2] for name in npm} - tools - in_print.keys() <= owners
    assert all(name in pages["about.html"].get_text() for name in in_print.values())


def test_fonts_are_those_of_the_list(site):
    families = {}
    for path in sorted((site / "_static").rglob("*.woff2")):
        names = TTFont(path)["name"]
        families[names.getDebugName(1).partition("_")[0]] = names
    assert families.keys() == {"Literata", "KaTeX"}
    # As the page says, the notice stands in the file.
    assert "OFL" in families["KaTeX"].getDebugName(14)


def test_the_page_names_what_the_browser_keeps():
    section = ABOUT.read_text("utf-8").partition("**Kept in your browser:**")[2].partition("\n")[0]
    assert re.findall("`(.+?)`", section) == [THEME]


def test_the_linked_setting_of_a_live_figure_is_what_the_page_says(chromium, address):
    link, rate = re.search(
        r"`(descent-1d\.html#ball\?rate=(.+?))`", ABOUT.read_text("utf-8")
    ).groups()
    with visit(chromium, address + link) as page:
        page.wait_for_function(f"({FIND})('ball')?.live.state.rate === {rate}")
        page.locator(".readout").get_by_text("explode").wait_for()
