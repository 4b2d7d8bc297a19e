"""The book as a PDF, an EPUB and notebooks: all of it is there, and nothing is stale."""

import io
import re
import subprocess
import unicodedata
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit
from zipfile import ZipFile

import nbformat
import pikepdf
import pypdfium2
import pytest
from books import FRONT_MATTER, files, small_book
from bs4 import BeautifulSoup, Tag
from conftest import make_book
from pages import RAW, printed, spoken

NAMES = ["rolling-downhill.pdf", "rolling-downhill.epub", "rolling-downhill-notebooks.zip"]
# What has to be found again, if it is no formula and holds no other piece.
TEXT = "h1, h2, h3, h4, p, li, td"
CHAPTER = (
    FRONT_MATTER
    + """\
# A chapter

A formula, $x^2$, and one with a number:

$$
\\frac{x}{2}
$$ (eq:half)

| head | other |
| --- | --- |
| cell | cell |
"""
)
# What a book in one file does not say again: it has contents, the exercises in their chapters, and
# no phone, on which the cells of a table say what their columns are.
ELSEWHERE = {"toctree-wrapper", "repeated", "all-exercises", "label"}
BLOCKS = "p, ul, ol, table, pre, figure, div"


@pytest.fixture(scope="session")
def pdf(elsewhere, launch) -> Iterator[pikepdf.Pdf]:
    with pikepdf.open(elsewhere / NAMES[0]) as opened:
        yield opened


@pytest.fixture(scope="session")
def sheets(elsewhere, launch) -> list[str]:
    """The text of each page, without its number."""
    texts = map(squeezed, printed(elsewhere / NAMES[0]))
    return [text.removeprefix(str(number)) for number, text in enumerate(texts, start=1)]


@pytest.fixture(scope="session")
def epub(elsewhere, launch) -> dict[str, bytes]:
    with ZipFile(elsewhere / NAMES[1]) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


@pytest.fixture(scope="session")
def spine(epub) -> dict[str, BeautifulSoup]:
    """The pages of the EPUB in reading order."""
    package = BeautifulSoup(epub["content.opf"], "xml")
    where = {item["id"]: item["href"] for item in package.select("manifest > item")}
    names = [where[item["idref"]] for item in package.select("spine > itemref")]
    as_in_html = {"multi_valued_attributes": {"*": ["class"]}}
    return {name: BeautifulSoup(epub[name], "xml", **as_in_html) for name in names}


def squeezed(text: str) -> str:
    """Leave out what a line break changes, and take ligatures apart."""
    return re.sub(r"[\s\u00ad\u200b‐-]", "", unicodedata.normalize("NFKC", text))


def said_elsewhere(piece: Tag) -> bool:
    return any({*tag.get("class", ())} & ELSEWHERE for tag in [piece, *piece.parents])


def told(article: Tag) -> Iterator[str]:
    """What a page says, piece by piece, as far as it is no formula."""
    for piece in article.select(TEXT):
        if not piece.select(f"{BLOCKS}, .katex") and not said_elsewhere(piece):
            yield squeezed(piece.get_text()).removesuffix("#")


@pytest.fixture(scope="session")
def pieces(pages) -> dict[str, list[str]]:
    """What the pages of the site say, in reading order."""
    found, name = {}, "index.html"
    while name:
        found[name] = list(told(pages[name].select_one("main article")))
        following = pages[name].select_one("a.right-next")
        name = following and following["href"]
    assert all(found.values())
    return found


@pytest.fixture(scope="session")
def titles(pieces, pages) -> list[list[str]]:
    """The headings of each chapter, in reading order."""
    heads = [pages[name].select("main article :is(h1, h2)") for name in pieces]
    return [[squeezed(head.get_text()).removesuffix("#") for head in page] for page in heads]


def sheet_of(piece: str, sheets: list[str], first: int) -> int | None:
    """The page that a piece of text begins on, soon after another page or the contents."""
    for number in range(first, min(first + 6, len(sheets))):
        here, after = sheets[number], "".join(sheets[number + 1 : number + 2])
        cuts = range(len(piece), 0, -1)
        if piece in here or any(piece[:cut] in here and piece[cut:] in after for cut in cuts):
            return number
    return None


def test_each_chapter_is_in_the_pdf_in_order(sheets, pieces, subtests):
    sheet = 0
    for name, said in pieces.items():
        lost = []
        for piece in said:
            found = sheet_of(piece, sheets, sheet)
            if found is None:
                lost.append(piece)
            else:
                sheet = found
        with subtests.test(page=name):
            assert lost == []
    assert sheet > len(sheets) - 5


def test_each_chapter_is_in_the_epub_in_order(spine, pieces, pages, subtests):
    for name, said in pieces.items():
        article, read = pages[name].select_one("main article"), spine[name[:-5] + ".xhtml"]
        text, place, lost = squeezed(read.body.get_text()), 0, []
        for piece in said:
            found = text.find(piece, place)
            place = max(place, found)
            lost += [piece] * (found < 0)
        with subtests.test(page=name):
            assert lost == []
            for here, there in ("math", ".katex"), ("img", "img"):
                meant = [
                    tag
                    for tag in article.select(there)
                    if not tag.find_parent(class_=ELSEWHERE) and not tag.find_parent("form")
                ]
                assert len(read.select(here)) == len(meant)
    assert [name for name in spine if name in pages_of(pieces)] == pages_of(pieces)


def pages_of(pieces: dict[str, list[str]]) -> list[str]:
    return [name[:-5] + ".xhtml" for name in pieces]


def test_no_answer_is_left_closed(spine, sheets, pages):
    text = "".join(sheets)
    closed = (page.select("summary.admonition-title") for page in pages.values())
    answers = [squeezed(answer.get_text()) for page in closed for answer in page]
    assert len(answers) > 20
    assert [answer for answer in answers if answer not in text] == []
    for page in spine.values():
        assert page.select("details, script") == []


def test_no_markup_is_left(spine, sheets, pages):
    texts = [text for page in spine.values() for text in spoken(page.body)]
    assert len(texts) > 1000
    assert [text for text in texts if RAW.search(text)] == []
    # The code of the book holds some TeX, and some MyST where it shows how to write a page.
    myst = re.compile(r":::|```|\{(glue|numref|doc|eq)[:}]")
    pres = [pre for page in pages.values() for pre in page.select("pre")]
    code = [squeezed(pre.get_text()) for pre in pres if not pre.find_parent(class_="repeated")]
    printed, meant = (
        Counter(found[0] for text in texts for found in myst.finditer(text))
        for texts in (sheets, code)
    )
    assert printed == meant


def test_pdf_says_what_it_is_and_can_be_heard(pdf):
    assert pdf.Root.Lang == "en"
    assert pdf.Root.MarkInfo.Marked
    assert pdf.Root.StructTreeRoot.K
    assert pdf.docinfo.Title == "Rolling Downhill"
    assert pdf.docinfo.Author == "The Rolling Downhill authors"


def test_pdf_brings_its_type_along(pdf):
    fonts = {}
    for page in pdf.pages:
        for font in page.Resources.get("/Font", {}).values():
            fonts[font.objgen] = font
    assert len(fonts) > 5
    named = set()
    for font in fonts.values():
        if font.Subtype == "/Type3":  # its letters are drawings
            continue
        inner = font.DescendantFonts[0] if "/DescendantFonts" in font else font
        assert "/FontFile2" in inner.FontDescriptor or "/FontFile3" in inner.FontDescriptor
        named.add(str(font.BaseFont).partition("+")[2])
    assert {"Literata-Regular", "Literata-Italic", "KaTeX_Main-Regular"} <= named
    ours = re.compile("Literata|KaTeX|DejaVu|ZCOOL")
    assert [name for name in named if not ours.match(name)] == []


def test_bookmarks_and_contents_lead_to_every_section(elsewhere, sheets, titles):
    with pypdfium2.PdfDocument(elsewhere / NAMES[0]) as opened:
        marks = [(squeezed(m.get_title()), m.get_dest().get_index()) for m in opened.get_toc()]
    assert [title for title, sheet in marks if title not in sheets[sheet]] == []
    following = iter(marks)
    # Each heading is behind the one before.
    begin = [
        [next(sheet for mark, sheet in following if mark == title) + 1 for title in chapter]
        for chapter in titles
    ]
    contents = "".join(sheets[: begin[1][0] - 1])
    listed = [f"{chapter[0]}{first}" for chapter, (first, *_) in zip(titles, begin, strict=True)]
    assert [line for line in listed[1:] if line not in contents] == []


def test_links_within_the_pdf_arrive(pdf):
    names = pdf.Root.Dests
    links = [link for page in pdf.pages for link in page.get("/Annots", [])]
    inner = [str(link.Dest) for link in links if "/Dest" in link]
    outer = [str(link.A.URI) for link in links if "/A" in link]
    assert len(inner) > 200
    assert [name for name in inner if name not in names] == []
    assert [url for url in outer if not url.startswith("https://")] == []


def test_epubcheck_finds_nothing(elsewhere, launch, epubcheck):
    done = subprocess.run(
        [*epubcheck, "--failonwarnings", elsewhere / NAMES[1]],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_links_within_the_epub_arrive(spine, epub):
    ids = {name: {tag["id"] for tag in page.select("[id]")} for name, page in spine.items()}
    everything = spine | {"nav.xhtml": BeautifulSoup(epub["nav.xhtml"], "xml")}
    dead = []
    for name, page in everything.items():
        for tag in page.select("[href], [src]"):
            url = urlsplit(urljoin(name, tag.get("href") or tag["src"]))
            target = unquote(url.path) or name
            lost = url.fragment and unquote(url.fragment) not in ids.get(target, ())
            if not url.scheme and (target not in epub or lost):
                dead.append(f"{name}: {url.geturl()}")
    assert dead == []


def test_epub_says_what_it_is(epub):
    package = BeautifulSoup(epub["content.opf"], "xml")
    said = {tag.name: tag.get_text() for tag in package.metadata.find_all(True)}
    assert said["title"] == "Rolling Downhill"
    assert said["language"] == "en"
    assert said["identifier"].startswith("urn:uuid:")
    assert "CC BY 4.0" in said["rights"]
    cover = package.select_one('[properties="cover-image"]')
    assert epub[cover["href"]].startswith(b"\x89PNG")


def test_the_zip_holds_the_notebook_of_each_chapter(site, pages, chapters):
    with ZipFile(site / NAMES[2]) as packed:
        held = {Path(name).name: packed.read(name) for name in packed.namelist()}
    links = [pages[name].select_one('a[href$=".ipynb"]')["href"] for name in chapters]
    (wheel,) = (site / "notebooks").glob("gdcore-*.whl")
    assert held == {file.name: file.read_bytes() for file in [wheel, *map(site.joinpath, links)]}
    for name, content in held.items():
        if name != wheel.name:
            nbformat.validate(nbformat.read(io.BytesIO(content), as_version=4))


def offered(site: Path) -> list[str]:
    page = BeautifulSoup((site / "index.html").read_bytes(), "lxml")
    links = page.select('a[href^="rolling-downhill"]')
    for link in links:
        size = (site / link["href"]).stat().st_size
        assert f"({size / 1e6:.1f} MB)" in link.get_text()
    return [link["href"] for link in links]


def test_the_front_page_offers_the_formats(elsewhere, launch):
    assert offered(elsewhere) == NAMES


def test_formats_are_the_same_bytes_twice_and_gone_with_the_next_book(tmp_path, launch):
    books = [small_book(tmp_path / name, chapter=CHAPTER) for name in ("one", "other one")]
    with ThreadPoolExecutor() as pool:
        done = list(pool.map(lambda book: make_book(book, "formats"), books))
    assert [d.returncode for d in done] == [0, 0], done[0].stdout + done[0].stderr
    site, other = (book / "_build/html" for book in books)
    assert offered(site) == NAMES
    built = files(site)
    assert files(other) == built

    assert make_book(books[0]).returncode == 0
    assert offered(site) == NAMES[2:]
    assert [name for name in NAMES if (site / name).exists()] == NAMES[2:]

    unbroken = f"$\\text{{{'wide ' * 40}}}$"
    (books[1] / "book/chapter.md").write_text(f"{CHAPTER}\n{unbroken}\n")
    done = make_book(books[1], "formats")
    assert done.returncode != 0
    assert 'Wider than the paper of the PDF:\n<span class="math' in done.stderr
    assert files(other) == built
