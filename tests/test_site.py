"""The built site in a real browser: what a reader meets on every page, at a desk and on a phone."""

import gzip
import io
import itertools
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pypdf
import pytest
from bs4 import BeautifulSoup
from conftest import ROOT
from matplotlib.image import imread
from playwright.sync_api import Browser, Locator, Page, Response

AXE = ROOT / "conf/node_modules/axe-core/axe.min.js"
HEAVIEST = 250 * 1024
OPEN_ANSWERS = "document.querySelectorAll('details').forEach(answer => { answer.open = true })"
# What MyST and TeX look like when they are not understood.
RAW = re.compile(r"\$|\\[a-zA-Z(\[]|\{[a-z:-]+\}|```|:::|\]\(|\^\{|_\{")


@contextmanager
def visit(
    chromium: Browser, url: str, width: int = 1280, theme: str = "light", **options: object
) -> Iterator[Page]:
    view = {"width": width, "height": 900}
    with chromium.new_context(viewport=view, color_scheme=theme, **options) as context:
        page = context.new_page()
        page.goto(url)
        yield page


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(chromium, address, pages, subtests, theme, width):
    # Each theme and each width meets the answers closed once, and open always.
    closed = (theme, width) in {("light", 1280), ("dark", 390)}
    for name, soup in pages.items():
        with subtests.test(page=name), visit(chromium, address + name, width, theme) as page:
            assert is_light(page) == (theme == "light")
            if closed and soup.select("details"):
                assert axe(page) == []
            page.evaluate(OPEN_ANSWERS)
            assert axe(page) == []


def is_light(page: Page) -> bool:
    red = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/[0-9]+/)[0]")
    return int(red) > 127


def axe(page: Page, part: str = "html") -> list[str]:
    page.add_script_tag(path=AXE)
    run = "part => axe.run(part, { resultTypes: ['violations'] }).then(found => found.violations)"
    found = page.evaluate(run, part)
    return [f"{v['id']}: {node['html']}" for v in found for node in v["nodes"]]


def test_pages_ask_nobody_else_log_no_error_and_weigh_little(
    chromium, address, pages, chapters, subtests
):
    for name in pages:
        with subtests.test(page=name), chromium.new_context() as context:
            page = context.new_page()
            asked, failed = listen(page)
            responses: list[Response] = []
            page.on("response", lambda response, seen=responses: seen.append(response))
            read_through(page, address + name)
            assert [url for url in asked if not url.startswith((address, "data:"))] == []
            assert failed == []
            if name in chapters:
                sizes = {r.url: len(gzip.compress(r.body())) for r in responses}
                assert len(sizes) > 3
                assert sum(sizes.values()) <= HEAVIEST, sizes


def listen(page: Page) -> tuple[list[str], list[str]]:
    """Two lists that will fill: the addresses asked for, and whatever went wrong."""
    asked: list[str] = []
    failed: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("requestfailed", lambda request: failed.append(request.url))
    page.on("response", lambda r: failed.append(f"{r.status} {r.url}") if r.status >= 400 else None)
    page.on("console", lambda m: failed.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: failed.append(str(error)))
    return asked, failed


TOO_WIDE = """() => {
    const scrolls = e => e && e !== document.body &&
        (['auto', 'scroll'].includes(getComputedStyle(e).overflowX) || scrolls(e.parentElement))
    const unseen = '.katex-mathml *, svg *'  // text for screen readers, and what its frame cuts off
    return [...document.querySelectorAll('main *')]
        .filter(e => e.checkVisibility() && !e.matches(unseen) && !scrolls(e.parentElement))
        .filter(e => e.getBoundingClientRect().right > innerWidth + 1)
        .map(e => e.outerHTML.slice(0, 200))
}"""


def test_nothing_is_wider_than_a_phone(chromium, address, pages, subtests):
    for name in pages:
        with subtests.test(page=name), visit(chromium, address + name, 375) as page:
            for _ in "closed", "open":
                width = page.evaluate("document.documentElement.scrollWidth")
                assert page.evaluate(TOO_WIDE) == []
                assert width <= 375
                page.evaluate(OPEN_ANSWERS)


def test_no_markup_is_left_in_the_text(pages, subtests):
    for name, soup in pages.items():
        main = BeautifulSoup(str(soup.select_one("main article") or soup.main), "html.parser")
        for silent in main.select("pre, code, dt.sig, .katex, script, style"):
            silent.decompose()
        attributes = [
            tag[a] for a in ("alt", "title", "aria-label") for tag in main.select(f"[{a}]")
        ]
        lines = [*main.get_text().splitlines(), *attributes]
        with subtests.test(page=name):
            assert [line for line in lines if RAW.search(line)] == []
            assert soup.select(".katex-error, .problematic, .system-message") == []


def test_a_formula_keeps_its_comma_and_only_one(pages, subtests):
    kept = 0
    for name, soup in pages.items():
        with subtests.test(page=name):
            for formula in soup.select(".keep"):
                mark, rest = formula.get_text()[-1], formula.next_sibling or ""
                assert not rest.startswith(mark), formula.parent.get_text()
                kept += 1
    assert kept


def test_every_figure_can_be_heard_and_is_numbered(pages, subtests):
    heard = 0
    for name, soup in pages.items():
        for image in soup.select("main img"):
            heard += 1
            with subtests.test(page=name, image=image["src"]):
                alt = image.get("alt", "")
                caption = " ".join(image.find_parent("figure").figcaption.get_text().split())
                assert len(alt) >= 25
                assert Path(image["src"]).stem not in alt
                assert alt not in caption
                assert re.sub(r"^Fig\S* \S+ ", "", caption) not in alt
                assert re.match(r"Fig\S* \d", caption)
    assert heard


def test_headings_are_in_order(pages, subtests):
    for name, soup in pages.items():
        with subtests.test(page=name):
            levels = [int(h.name[1]) for h in soup.main.find_all(re.compile("^h[1-6]$"))]
            assert levels[:1] == [1]
            assert levels.count(1) == 1
            assert all(then <= now + 1 for now, then in itertools.pairwise(levels))


def test_every_link_arrives(site, pages, subtests):
    ids = {name: {tag["id"] for tag in soup.select("[id]")} for name, soup in pages.items()}
    for name, soup in pages.items():
        links = [tag[a] for a in ("href", "src") for tag in soup.select(f"[{a}]")]
        with subtests.test(page=name):
            assert [link for link in links if not arrives(site, ids, name, link)] == []


def arrives(site: Path, ids: dict[str, set[str]], page: str, link: str) -> bool:
    url = urlsplit(urljoin(page, link))
    if url.scheme or url.netloc:
        return True
    target = unquote(url.path) or page
    if target.endswith(".html") and url.fragment:
        return unquote(url.fragment) in ids.get(target, ())
    return (site / target).is_file()


def read_through(page: Page, url: str) -> None:
    page.goto(url)
    page.evaluate(OPEN_ANSWERS)
    for image in page.locator("img:visible").all():
        image.scroll_into_view_if_needed()
    page.wait_for_load_state("networkidle")


def test_a_page_and_the_search_work_from_a_file(chromium, site, chapters):
    with chromium.new_context() as context:
        page = context.new_page()
        asked, failed = listen(page)
        read_through(page, (site / chapters[0]).as_uri())
        assert failed == []
        # Sphinx then fetches each page for its summary, which no browser allows among files.
        read_through(page, (site / "search.html").as_uri() + "?q=derivative")
        page.locator("#search-results li a").first.click()
        page.get_by_role("heading", level=1).wait_for()
        assert "search.html" not in page.url
        assert [url for url in asked if not url.startswith(("file:", "data:"))] == []


@pytest.mark.parametrize(("system", "chosen"), [("light", "dark"), ("dark", "light")])
def test_figures_follow_the_theme(chromium, address, system, chosen):
    # The first figure of this page has no halo, which is drawn in the colour of the paper.
    with visit(chromium, address + "derivatives.html", theme=system) as page:
        figure = page.locator('main img[src$=".svg"]').first
        figure.scroll_into_view_if_needed()
        # On an even grey, dark ink can be told from light ink.
        page.add_style_tag(content="* { background: #888 !important; transition: none !important }")
        ink = {system: more_light_than_dark(figure)}
        while page.locator("html").get_attribute("data-theme") != chosen:
            page.get_by_role("button", name="Colours").click()
        ink[chosen] = more_light_than_dark(figure)
    assert ink == {"light": False, "dark": True}


def more_light_than_dark(figure: Locator) -> bool:
    grey = imread(io.BytesIO(figure.screenshot()))[..., :3].mean(axis=2)
    light, dark = (grey > 0.75).sum(), (grey < 0.25).sum()
    assert light + dark > 100
    return bool(light > dark)


def animated(pages) -> str:
    return next(name for name, soup in pages.items() if soup.select("img.animated"))


def test_an_animation_plays_by_keyboard_and_starts_again(chromium, address, pages):
    with visit(chromium, address + animated(pages)) as page:
        image = page.locator("img.animated").first
        image.scroll_into_view_if_needed()
        still = image.screenshot()
        page.wait_for_timeout(500)
        assert image.screenshot() == still

        page.get_by_role("button", name="Play").first.focus()
        sources = [image.get_attribute("src")]
        for key in "Enter", "Space":
            page.keyboard.press(key)
            sources.append(image.get_attribute("src"))
            # Loading may flash once; only a ball that rolls looks different again and again.
            assert len({image.screenshot() for _ in range(15)}) > 4
        assert sources[0].split("?")[0] in sources[1]
        assert len(set(sources)) == 3


def test_an_animation_stands_still_for_who_wants_that(launch, address, pages):
    # Playwright's own emulation of this wish does not reach into an image.
    calm = launch("--force-prefers-reduced-motion")
    with visit(calm, address + animated(pages)) as page:
        image = page.locator("img.animated").first
        page.get_by_role("button", name="Play").first.press("Enter")
        still = image.screenshot()
        page.wait_for_timeout(500)
        assert image.screenshot() == still


def test_a_page_is_complete_without_scripts(chromium, address, pages, chapters, subtests):
    for name in chapters:
        with (
            subtests.test(page=name),
            visit(chromium, address + name, java_script_enabled=False) as page,
        ):
            for image in page.locator("main img").all():
                image.scroll_into_view_if_needed()
                assert image.bounding_box()["height"] > 50
            if pages[name].select(".katex"):
                assert page.locator(".katex").first.is_visible()
            for answer in page.locator("main details").all():
                answer.locator("summary").click()
                assert answer.locator("> :not(summary)").first.is_visible()


def test_print_shows_the_answers(chromium, address, pages, chapters, subtests):
    for name in chapters:
        main = BeautifulSoup(str(pages[name].main), "html.parser")
        # Formulas are read otherwise, and paper has no button that shows code or output.
        for left_out in main.select(".katex, .hidden-cell > summary"):
            left_out.decompose()
        answers = " ".join(answer.extract().get_text(" ") for answer in main.select("details"))
        only_there = words(answers) - words(main.get_text(" "))
        if not answers:
            continue
        with subtests.test(page=name), visit(chromium, address + name) as page:
            paper = pypdf.PdfReader(io.BytesIO(page.pdf(format="A4")))
            printed = words(" ".join(sheet.extract_text() for sheet in paper.pages))
            assert only_there
            assert only_there - printed == set()


def words(text: str) -> set[str]:
    return set(re.findall(r"\b[a-z]{5,}\b", text))
