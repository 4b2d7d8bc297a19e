"""The child theme: what of sphinx-book-theme it replaces, and how a reader gets around with it."""

import hashlib
import re
from importlib.util import find_spec
from pathlib import Path

import pytest
from conftest import CHAPTERS, ROOT, visit
from playwright.sync_api import Page

CHILD = ROOT / "conf" / "theme"
#: The templates of the pinned pair that the child's replace, as they were when ours were written.
#: Who raises the pin reads what has changed in them, takes over what is good, and renews the line.
REPLACED = {
    "sphinx_book_theme/components/article-header-buttons.html": "01d586c72ac2",
    "sphinx_book_theme/components/page-toc.html": "d4026f8b419e",
    "sphinx_book_theme/components/sbt-sidebar-nav.html": "38342bd74404",
    "sphinx_book_theme/components/toggle-primary-sidebar.html": "316c98ec6677",
    "sphinx_book_theme/components/toggle-secondary-sidebar.html": "0cf39e5b61b0",
    "sphinx_book_theme/layout.html": "2cd2fbbe2cae",
    "pydata_sphinx_theme/components/navbar-logo.html": "4eeb463826bd",
    "pydata_sphinx_theme/components/page-toc.html": "de2e00d6d192",
    "pydata_sphinx_theme/components/search-button-field.html": "518dda81dd8c",
    "pydata_sphinx_theme/components/search-button.html": "65a5ba03ed2d",
    "pydata_sphinx_theme/components/search-field.html": "aec4ce15c313",
    "pydata_sphinx_theme/components/theme-switcher.html": "c46dff4372d7",
    "pydata_sphinx_theme/layout.html": "1f98508aa73a",
    "pydata_sphinx_theme/search.html": "098d19aa34f7",
    "pydata_sphinx_theme/sections/announcement.html": "76aa11613386",
}


def test_no_template_that_is_replaced_has_changed():
    now = {}
    for package in "sphinx_book_theme", "pydata_sphinx_theme":
        theme = Path(find_spec(package).origin).parent / "theme" / package
        for own in CHILD.rglob("*.html"):
            name = own.relative_to(CHILD)
            if (theme / name).exists():
                digest = hashlib.sha256((theme / name).read_bytes()).hexdigest()[:12]
                now[f"{package}/{name.as_posix()}"] = digest
    assert now == REPLACED


# --- the way around


def scroll(page: Page, to: int) -> None:
    page.evaluate("y => scrollTo({ top: y, behavior: 'instant' })", to)
    page.wait_for_function("y => Math.abs(scrollY - y) < 2", arg=to)


def box(page: Page, selector: str) -> dict[str, float]:
    found = page.locator(selector).bounding_box()
    assert found, selector
    return found


@pytest.mark.parametrize("width", [860, 992, 1100, 1200, 1280, 1920])
def test_contents_stay_while_one_scrolls(chromium, address, width):
    with visit(chromium, address + CHAPTERS[1], width=width) as page:
        for y in 0, 3000, 9000:
            scroll(page, y)
            contents = box(page, ".page-toc")
            text = box(page, "article")
            bar = box(page, ".bd-header-article")
            assert bar["y"] == 0
            assert bar["height"] <= contents["y"] < 200
            assert contents["y"] + 100 < 900
            assert text["x"] + text["width"] < contents["x"]
            assert contents["x"] + contents["width"] <= width
            if width >= 992:
                chapters = box(page, ".bd-sidebar-primary nav")
                assert 0 <= chapters["y"] < 200
                assert chapters["x"] + chapters["width"] <= text["x"]


def here(page: Page) -> list[str]:
    return page.locator(".page-toc a[aria-current]").all_inner_texts()


def test_contents_show_where_one_is(chromium, address):
    """Also after a jump into the middle of a section, whose heading is far above the window."""
    with visit(chromium, address + CHAPTERS[1]) as page:
        assert here(page) == []
        sections = page.locator("article > section > section")
        titles = page.locator("article > section > section > h2").all_inner_texts()
        for number in 3, 1, 5, 0:
            page.evaluate(
                "e => scrollTo({ top: e.offsetTop + e.offsetHeight - 500, behavior: 'instant' })",
                sections.nth(number).element_handle(),
            )
            name = titles[number].removesuffix("#")
            current = "document.querySelector('.page-toc > ul > .active > a')?.innerText"
            page.wait_for_function(f"name => {current} === name", arg=name)
            assert len(here(page)) == 1
        scroll(page, page.evaluate("document.documentElement.scrollHeight - innerHeight"))
        page.wait_for_function(f"name => {current} === name", arg=titles[-1].removesuffix("#"))
        bar = page.locator(".bd-header-article")
        assert bar.locator(".here").inner_text().startswith("2. ")


def test_a_line_says_how_far_one_has_read(chromium, address):
    length = """() => new DOMMatrix(
        getComputedStyle(document.querySelector('.bd-header-article'), '::after').transform).a"""
    with visit(chromium, address + CHAPTERS[0]) as page:
        whole = page.evaluate("document.documentElement.scrollHeight - innerHeight")
        for part in 0, 0.25, 0.75, 1:
            scroll(page, int(part * whole))
            page.wait_for_timeout(100)
            assert page.evaluate(length) == pytest.approx(part, abs=0.01)


def test_firefox_shows_the_line_and_the_edges_too(gecko, site):
    gecko.failed.clear()
    gecko.goto((site / CHAPTERS[0]).as_uri())
    bar = "document.querySelector('.bd-header-article')"
    length = f"new DOMMatrix(getComputedStyle({bar}, '::after').transform).a"
    gecko.evaluate("scrollTo({ top: document.documentElement.scrollHeight, behavior: 'instant' })")
    gecko.evaluate("new Promise(done => setTimeout(done, 300))")
    assert gecko.evaluate(length) == pytest.approx(1, abs=0.01)
    assert gecko.failed == []


def test_chapters_are_numbered_everywhere(site, pages, subtests):
    for number, name in enumerate(CHAPTERS, start=1):
        page = pages[name]
        with subtests.test(page=name):
            start = f"{number}. "
            assert page.h1.get_text().startswith(start)
            assert page.title.get_text().startswith(start)
            notebook = (site / "notebooks" / name.replace("html", "ipynb")).read_text("utf-8")
            assert f'"# {start}' in notebook
            entry = page.select_one(".bd-sidebar-primary .current > a")
            assert entry.get_text(strip=True).startswith(start)
            for caption in page.select("main .caption-number"):
                kind = r"(Figure|Table|Listing)"
                assert re.fullmatch(rf"{kind} {number}\.\d+ ", caption.get_text())
            for equation in page.select("main .eqno"):
                assert re.match(rf"\({number}\.\d+\)", equation.get_text())
            if number < len(CHAPTERS):
                following = page.select_one(".right-next .prev-next-title").get_text()
                assert following.startswith(f"{number + 1}. ")
    assert pages["index.html"].title.get_text() == "Rolling Downhill"


@pytest.mark.parametrize("width", [1280, 740, 375])
def test_the_chapters_before_and_after_are_one_step_away(chromium, address, width):
    with visit(chromium, address + CHAPTERS[1], width=width) as page:
        scroll(page, 5000)
        page.get_by_role("link", name="Next: 3.").first.click()
        page.wait_for_url("**/" + CHAPTERS[2])
        scroll(page, 5000)
        page.get_by_role("link", name="Previous: 2.").first.click()
        page.wait_for_url("**/" + CHAPTERS[1])
        last = page.locator(".prev-next-area .right-next")
        last.click()
        page.wait_for_url("**/" + CHAPTERS[2])


@pytest.mark.parametrize(("width", "height"), [(375, 812), (740, 360), (320, 256)])
def test_dialogs_of_a_narrow_page_open_and_close(chromium, address, width, height):
    with visit(chromium, address + CHAPTERS[1], width=width) as page:
        failed: list[str] = []
        page.on("pageerror", lambda error: failed.append(str(error)))
        page.set_viewport_size({"width": width, "height": height})
        scroll(page, 2000)
        for button, dialog in (
            ("On this page", "#pst-secondary-sidebar-modal"),
            ("Chapters", "#pst-primary-sidebar-modal"),
        ):
            page.get_by_role("button", name=button).click()
            frame = box(page, dialog)
            assert frame["x"] >= 0 and frame["x"] + frame["width"] <= width
            assert frame["y"] == 0 and frame["height"] == height
            page.keyboard.press("Escape")
            assert not page.locator(dialog).is_visible()
        page.get_by_role("button", name="On this page").click()
        page.locator("#pst-secondary-sidebar-modal").get_by_role("link").nth(4).click()
        assert not page.locator("#pst-secondary-sidebar-modal").is_visible()
        page.get_by_role("button", name="Chapters").click()
        page.locator("#pst-primary-sidebar-modal").get_by_role("link", name="5. Batch").click()
        page.wait_for_url("**/batches.html")
        assert failed == []


def test_a_live_figure_stands_beside_its_controls_on_a_phone_on_its_side(chromium, address):
    boxes = """() => {
        const tree = document.querySelector('.live').shadowRoot
        return ['.panes', '.controls'].map(part => tree.querySelector(part).getBoundingClientRect())
            .map(({ left, right, top, height }) => ({ left, right, top, height }))
    }"""
    with visit(chromium, address + CHAPTERS[0], width=740) as page:
        page.set_viewport_size({"width": 740, "height": 360})
        page.locator(".live").first.scroll_into_view_if_needed()
        picture, controls = page.evaluate(boxes)
        assert picture["right"] <= controls["left"]
        assert picture["height"] < 360 - 48


def test_the_chapters_fold_away(chromium, address):
    with visit(chromium, address + CHAPTERS[1]) as page:
        toggle = page.get_by_role("button", name="Chapters")
        toggle.click()
        assert not page.locator(".bd-sidebar-primary nav").is_visible()
        assert page.locator("main .navbar-brand").is_visible()
        toggle.click()
        assert page.locator(".bd-sidebar-primary nav").is_visible()


def test_search_opens_by_keyboard(chromium, address):
    with visit(chromium, address + CHAPTERS[1]) as page:
        dialog = page.locator("#pst-search-dialog")
        page.keyboard.press("Control+k")
        assert dialog.is_visible()
        assert page.evaluate("document.activeElement.matches('#pst-search-dialog input')")
        page.keyboard.press("Escape")
        assert not dialog.is_visible()
        page.get_by_role("button", name="Search").first.click()
        assert dialog.is_visible()


def test_menus_work_by_keyboard_and_without_scripts(chromium, address):
    for scripts in True, False:
        with visit(chromium, address + CHAPTERS[1], java_script_enabled=scripts) as page:
            page.get_by_role("button", name="Download this page").press("Enter")
            menu = page.locator("#download-buttons")
            assert menu.is_visible()
            files = [link.get_attribute("href") for link in menu.get_by_role("link").all()]
            assert files == ["notebooks/descent-1d.ipynb", "_sources/descent-1d.md"]
            for file in files:
                assert page.request.get(address + file).ok
            button = box(page, "button[popovertarget=download-buttons]")
            frame = menu.bounding_box()
            assert 0 <= frame["y"] - button["y"] - button["height"] < 20
            assert frame["x"] + frame["width"] <= 1280
            page.keyboard.press("Escape")
            assert not menu.is_visible()
            names = [b.get_attribute("title") for b in page.locator("main button").all()]
            visible = [b.is_visible() for b in page.locator("main .pst-js-only").all()]
            assert "Colours" in names
            assert any(visible) == scripts


def test_the_page_fills_the_screen_and_prints(chromium, address):
    with visit(chromium, address + CHAPTERS[1]) as page:
        page.evaluate("window.print = () => { window.printed = true }")
        page.get_by_role("button", name="Download this page").click()
        page.get_by_role("button", name=".pdf").click()
        assert page.evaluate("window.printed")
        page.get_by_role("button", name="Fullscreen").click()
        page.wait_for_function("document.fullscreenElement !== null")


# --- what is wide

SCROLLS = """() => [...document.querySelectorAll('main pre')]
    .filter(e => e.scrollWidth > e.clientWidth + 1)
    .map(e => [e.scrollWidth - e.clientWidth, e.innerText.slice(0, 80)])"""


@pytest.mark.parametrize("read", CHAPTERS, indirect=True)
def test_code_shows_its_end_at_a_desk(desk):
    """As far as it keeps to a hundred characters, which is what the code's own lines keep to."""
    assert desk.page.evaluate(SCROLLS) == []
    over = """() => {
        const asides = [...document.querySelectorAll('.aside')].map(e => e.getBoundingClientRect())
        return [...document.querySelectorAll('.wide')].map(e => e.getBoundingClientRect())
            .filter(a => asides.some(b => a.right > b.left && a.top < b.bottom && b.top < a.bottom))
            .length
    }"""
    assert desk.page.evaluate("document.querySelectorAll('.wide').length") > 0
    assert desk.page.evaluate(over) == 0


@pytest.mark.parametrize("read", [CHAPTERS[1]], indirect=True)
def test_the_edge_of_code_fades_as_long_as_there_is_more(phone):
    edges = """async () => {
        const fade = e => parseFloat(getComputedStyle(e).getPropertyValue('--fade'))
        const moved = () => new Promise(done => setTimeout(done, 100))
        const found = []
        for (const e of document.querySelectorAll('main pre')) {
            const more = e.scrollWidth > e.clientWidth + 1
            const before = fade(e)
            e.scrollLeft = 1e6
            await moved()
            found.push([more, before > 8, fade(e)])
            e.scrollLeft = 0
        }
        return found
    }"""
    found = phone.page.evaluate(edges)
    assert {more for more, _, _ in found} == {True, False}
    assert [(more, before, after) for more, before, after in found if before != more or after] == []


def test_tables_on_a_phone_keep_every_column_in_sight(phone):
    hidden = """() => [...document.querySelectorAll('main table :is(td, th)')]
        .filter(e => e.checkVisibility() && !e.closest('.live'))
        .filter(e => e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML)"""
    for width in 375, 320:
        phone.page.set_viewport_size({"width": width, "height": 812})
        assert phone.page.evaluate(hidden) == []
    for table in phone.page.locator("table.stacked").all():
        heads = table.locator("thead :is(th, td)").all_text_contents()
        for row in table.locator("tbody tr").all():
            labels = row.locator("td > .label")
            assert [label.strip() for label in labels.all_text_contents()] == [
                head.strip() for head in heads
            ]
            assert labels.last.is_visible()


@pytest.mark.parametrize("read", [CHAPTERS[0]], indirect=True)
def test_labels_of_cells_are_for_phones_only(desk):
    labels = desk.page.locator(".stacked .label")
    assert labels.count() > 10
    assert not any(label.is_visible() for label in labels.all())


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_figure_stands_in_a_white_box(chromium, address, theme):
    grounds = """() => [...document.querySelectorAll('main img:not(.live *)')].map(e => {
        const style = getComputedStyle(e)
        return [style.backgroundColor, style.filter, style.padding]
    })"""
    with visit(chromium, address + CHAPTERS[2], theme=theme) as page:
        found = {tuple(ground) for ground in page.evaluate(grounds)}
        assert found == {("rgba(0, 0, 0, 0)", "none", "0px")}
