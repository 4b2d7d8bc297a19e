"""The built site in a real browser: what a reader meets on every page, at a desk and on a phone."""

import copy
import io
import itertools
import re
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from conftest import (
    CHAPTERS,
    OPEN_ANSWERS,
    choose_colours,
    listen,
    read_through,
    settle,
    visit,
)
from matplotlib.image import imread
from pages import RAW, axe, is_light, printed, spoken
from playwright.sync_api import Locator

CLOSE_ANSWERS = OPEN_ANSWERS.replace("true", "false")
DRAWN = """images => images.map(image => image.complete && image.naturalWidth > 50
    && (image.checkVisibility() || image.closest('details:not([open])') !== null))"""
PLAIN = "index.html", "search.html"
STILLS = "scripts => scripts.map(s => s.previousElementSibling.previousElementSibling.outerHTML)"


# At a desk, where the same elements stand elsewhere: one page of each kind.
@pytest.mark.parametrize("read", [CHAPTERS[1], "api.html", *PLAIN], indirect=True)
def test_axe_finds_nothing_at_a_desk(desk):
    assert is_light(desk.page)
    assert axe(desk.page, **of_style(desk.name)) == []


def test_axe_finds_nothing_on_a_phone(phone):
    assert not is_light(phone.page)
    assert axe(phone.page, **of_style(phone.name)) == []


def of_style(name: str) -> dict[str, bool]:
    """Half of axe's time goes into what the one style sheet decides: one page stands for all.

    Contrast, test_budgets.py measures on every page.
    """
    return dict.fromkeys(("color_contrast", "link_in_text_block"), name == CHAPTERS[1])


def test_a_page_asks_nobody_else(desk, address):
    assert desk.asked
    assert [url for url in desk.asked if not url.startswith((address, "data:"))] == []


TOO_WIDE = """() => {
    const scrolls = e => e && e !== document.body &&
        (['auto', 'scroll'].includes(getComputedStyle(e).overflowX) || scrolls(e.parentElement))
    const unseen = '.katex-mathml *, svg *'  // text for screen readers, and what its frame cuts off
    return [...document.querySelectorAll('main *')]
        .filter(e => e.getBoundingClientRect().right > innerWidth + 1)
        .filter(e => e.checkVisibility() && !e.matches(unseen) && !scrolls(e.parentElement))
        .map(e => e.outerHTML.slice(0, 200))
}"""


# A window of 1280 by 1024 pixels, zoomed to 400 %, is as wide as 320: nobody need scroll sideways.
@pytest.mark.parametrize(("width", "height"), [(375, 812), (320, 256)], ids=["phone", "zoomed"])
def test_nothing_is_wider_than_the_window(phone, width, height):
    phone.page.set_viewport_size({"width": width, "height": height})
    assert phone.page.evaluate(TOO_WIDE) == []
    assert phone.page.evaluate("document.documentElement.scrollWidth") <= width


#: What cuts off some of its text, except where it is meant to.
CUT_OFF = """() => [...document.querySelectorAll('body *')]
    .filter(e => !e.matches('.unseen, .katex *, svg *, img') && e.checkVisibility())
    .filter(e => {
        const { overflowX, overflowY } = getComputedStyle(e)
        const cuts = overflow => ['hidden', 'clip'].includes(overflow)
        return cuts(overflowX) && (e.scrollWidth > e.clientWidth + 1 ||
            cuts(overflowY) && e.scrollHeight > e.clientHeight + 1)
    })
    .map(e => e.outerHTML.slice(0, 200))"""


def test_text_of_twice_the_size_fits(desk):
    """Someone has told the browser to write larger; the window stays as it is."""
    session = desk.page.context.new_cdp_session(desk.page)
    found = {}
    for size in 32, 16:
        session.send("Page.setFontSizes", {"fontSizes": {"standard": size, "fixed": size - 3}})
        body = desk.page.evaluate("getComputedStyle(document.body).fontSize")
        width = desk.page.evaluate("document.documentElement.scrollWidth")
        wide, cut = desk.page.evaluate(TOO_WIDE), desk.page.evaluate(CUT_OFF)
        found[size] = body, width <= 1280, wide, cut
    session.detach()
    assert found == {size: (f"{1.125 * size:g}px", True, [], []) for size in found}


def test_menu_and_search_are_in_reach_when_zoomed(chromium, address):
    with visit(chromium, address + CHAPTERS[0]) as page:
        page.set_viewport_size({"width": 320, "height": 256})
        page.mouse.wheel(0, 2000)
        page.wait_for_function("scrollY > 1000")
        # The bar stays, and leaves most of the window to the text.
        bar = page.locator(".bd-header-article").bounding_box()
        assert bar["y"] == 0
        assert bar["height"] <= 256 / 4
        choose_colours(page, "Dark")
        page.get_by_role("button", name="Chapters").click()
        last = page.get_by_role("navigation", name="Main").get_by_role("link").last
        last.scroll_into_view_if_needed()
        assert right_end(last) <= 320
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Search").click()
        page.get_by_role("searchbox").fill("derivative")
        result = page.locator(".search-results li").first
        result.wait_for()
        assert right_end(result) <= 320


def right_end(element: Locator) -> float:
    box = element.bounding_box()
    return box["x"] + box["width"]


def test_no_markup_is_left_in_the_text(pages, subtests):
    for name, soup in pages.items():
        with subtests.test(page=name):
            assert [text for text in spoken(soup.main) if RAW.search(text)] == []
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


def test_a_link_to_the_former_name_of_a_heading_arrives(pages, chapters):
    for chapter in chapters:
        assert pages[chapter].select_one("#in-short > #in-one-breath"), chapter


def test_a_page_and_the_search_work_from_a_file(chromium, site, chapters):
    with visit(chromium, "about:blank", bypass_csp=False) as page:
        asked, failed = listen(page)
        read_through(page, (site / chapters[0]).as_uri())
        assert failed == []
        read_through(page, (site / "search.html").as_uri() + "?q=derivative")
        page.locator(".search-results a").first.click()
        page.wait_for_url("**/derivatives.html#*")
        assert failed == []
        assert [url for url in asked if not url.startswith(("file:", "data:"))] == []


# As a tag, the page's policy would refuse it.
ON_GREY = """const grey = new CSSStyleSheet();
    grey.replaceSync('* { background: #888 !important; transition: none !important }');
    document.adoptedStyleSheets.push(grey)"""


@pytest.mark.parametrize(("system", "chosen"), [("light", "dark"), ("dark", "light")])
def test_figures_follow_the_theme(chromium, address, system, chosen):
    # The first figure of this page has no halo, which is drawn in the colour of the paper.
    with visit(chromium, address + "derivatives.html", theme=system) as page:
        figure = page.locator('main img[src$=".svg"]').first
        figure.scroll_into_view_if_needed()
        # On an even grey, dark ink can be told from light ink.
        page.evaluate(ON_GREY)
        ink = {system: more_light_than_dark(figure)}
        choose_colours(page, chosen.capitalize())
        ink[chosen] = more_light_than_dark(figure)
    assert ink == {"light": False, "dark": True}


def more_light_than_dark(figure: Locator) -> bool:
    grey = imread(io.BytesIO(figure.screenshot()))[..., :3].mean(axis=2)
    light, dark = (grey > 0.75).sum(), (grey < 0.25).sum()
    assert light + dark > 100
    return bool(light > dark)


@pytest.mark.parametrize(("system", "chosen"), [("light", "dark"), ("dark", "light")])
def test_forced_colours_hide_nothing(chromium, address, system, chosen):
    options = {"theme": system, "forced_colors": "active", "reduced_motion": "reduce"}
    with visit(chromium, address + "descent-1d.html", **options) as page:
        button = page.get_by_role("button", name="Colours")
        choose_colours(page, chosen.capitalize())
        page.mouse.move(0, 0)
        assert is_light(page) == (system == "light")
        question = page.locator(".admonition.question").first
        code, output = (page.locator(f".cell_{w} pre:not(details *)") for w in ("input", "output"))
        edges = {code.first: "top", output.first: "left", question: "left"}
        for box, side in edges.items():
            box.scroll_into_view_if_needed()
            assert stands_out(box, **{side: 3}) > 0.1
        for part in (
            button,
            page.locator('main img[src$=".svg"]').first,
            page.locator(".panes svg").first,
            page.locator(".handle").first,
            page.get_by_label("Learning rate").first,
        ):
            part.scroll_into_view_if_needed()
            assert stands_out(part) > 0.005
        play = page.get_by_role("button", name="Play").first
        play.scroll_into_view_if_needed()
        assert stands_out(play, around=5, top=4) < 0.01
        play.focus()
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Tab")
        assert stands_out(play, around=5, top=4) > 0.1


def stands_out(part: Locator, around: int = 0, **edge: int) -> float:
    """The share of pixels that differ clearly from the page; of one edge only, if one is named."""
    box = part.bounding_box()
    clip = {"x": box["x"] - around, "y": box["y"] - around}
    clip |= {"width": box["width"] + 2 * around, "height": box["height"] + 2 * around}
    clip |= {{"top": "height", "left": "width"}[side]: size for side, size in edge.items()}
    seen = imread(io.BytesIO(part.page.screenshot(clip=clip)))[..., :3].mean(axis=2)
    red = part.evaluate("getComputedStyle(document.body).backgroundColor.match(/[0-9]+/)[0]")
    return float((abs(seen - int(red) / 255) > 0.3).mean())


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
            looks: set[bytes] = set()
            for _ in range(15):
                looks.add(image.screenshot())
                if len(looks) > 4:
                    break
            assert len(looks) > 4
        assert sources[0].split("?")[0] in sources[1]
        assert len(set(sources)) == 3


def test_the_balls_of_the_front_page_roll_once_by_themselves(chromium, address):
    rolls = "document.querySelector('img.once').getAttribute('src').endsWith('#play')"
    with visit(chromium, address + "index.html") as page:
        page.locator("img.once").scroll_into_view_if_needed()
        page.wait_for_function(rolls)
    with visit(chromium, address + "index.html", reduced_motion="reduce") as page:
        page.locator("img.once").scroll_into_view_if_needed()
        page.wait_for_timeout(500)
        assert not page.evaluate(rolls)
        assert page.get_by_role("button", name="Play").is_visible()


def test_a_card_leads_to_each_chapter(pages, chapters):
    cards = pages["index.html"].select("ol.cards > li")
    assert [card.a["href"] for card in cards] == CHAPTERS
    for card in cards:
        assert card.svg and re.search(r"\? \d+ minutes$", card.get_text().strip())
    assert pages["index.html"].select_one(".button a")["href"] == CHAPTERS[0]


def test_an_animation_stands_still_for_who_wants_that(launch, address, pages):
    # Playwright's own emulation of this wish does not reach into an image.
    calm = launch("--force-prefers-reduced-motion")
    with visit(calm, address + animated(pages)) as page:
        image = page.locator("img.animated").first
        page.get_by_role("button", name="Play").first.press("Enter")
        still = image.screenshot()
        page.wait_for_timeout(500)
        assert image.screenshot() == still


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_page_is_complete_without_scripts(chromium, address, pages, name):
    with visit(chromium, address + name, java_script_enabled=False) as page:
        images = page.locator("main img")
        for image in images.all():
            image.scroll_into_view_if_needed()
        settle(page)
        assert images.evaluate_all(DRAWN) == [True] * images.count()
        if pages[name].select(".katex"):
            assert page.locator(".katex").first.is_visible()
        answers = page.locator("main details")
        # The browser itself opens them: one does as the other, as long as all are made alike.
        answers.locator("> summary:first-child").first.click()
        assert answers.locator("> summary:first-child").count() == answers.count()
        assert answers.first.locator("> :not(summary)").first.is_visible()
        # Each live figure has left the static one in its place.
        stills = page.locator("script[data-live]").evaluate_all(STILLS)
        assert len(stills) == len(pages[name].select("script[data-live]"))
        assert all("<img" in still for still in stills)
        assert page.locator(".live > img").count() == len(stills)


@pytest.mark.parametrize("read", CHAPTERS, indirect=True)
def test_print_shows_the_answers(desk, pages):
    main = copy.copy(pages[desk.name].main)
    # Formulas are read otherwise, and paper has no button that shows code or output, nor that code.
    for left_out in main.select(".katex, .hidden-cell > summary, .above-input"):
        left_out.decompose()
    answers = " ".join(answer.extract().get_text(" ") for answer in main.select("details"))
    only_there = words(answers) - words(main.get_text(" "))
    assert only_there
    desk.page.evaluate(CLOSE_ANSWERS)
    paper = desk.page.pdf(format="A4")
    desk.page.evaluate(OPEN_ANSWERS)
    # Paper has no spaces, only gaps, and a line may end within a word.
    text = re.sub(r"-?\s+", "", " ".join(printed(paper)))
    assert [word for word in only_there if word not in text] == []


def words(text: str) -> set[str]:
    return set(re.findall(r"\b[a-z]{5,}\b", text))
