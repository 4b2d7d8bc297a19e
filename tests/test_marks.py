"""Numbers in the text that light what they stand for in a figure."""

import gzip
import re

import pytest
from bs4 import BeautifulSoup
from conftest import ROOT, settle, visit
from pages import axe
from playwright.sync_api import Page

#: Each page that has some, and how many at least.
MARKED = {"descent-1d.html": 6, "neural-networks.html": 14, "beyond.html": 2}
#: What is lit: of a static figure the address names it, of a live one it has a class.
LIT = """mark => {
    const figure = document.getElementById(mark.dataset.mark.split('.')[0]);
    return figure.live ? figure.live.element.querySelectorAll('.lit').length > 0
        : figure.querySelector('img').src.split('#')[1];
}"""


def test_each_mark_has_its_part_in_a_figure(pages: dict[str, BeautifulSoup], site):
    found = {}
    for name, soup in pages.items():
        for mark in soup.select("[data-mark]"):
            figure, part = mark["data-mark"].split(".")
            image = soup.find(id=figure).img
            svg = (site / image["src"]).read_text("utf-8")
            assert f'<g id="{part}">' in svg, mark
            assert ":target path" in svg
            if soup.find(id=figure).select(".live"):
                code = soup.find(id=figure).find_next("script", attrs={"data-live": True}).string
                assert f'"{part}"' in code, mark
            assert mark.get_text().strip()
            found[name] = found.get(name, 0) + 1
    assert found.keys() == MARKED.keys()
    assert all(found[name] >= least for name, least in MARKED.items())


def looks(page: Page, figure: str) -> bytes:
    page.wait_for_timeout(300)  # until the picture has come
    return page.locator(f"#{figure} img").screenshot()


@pytest.mark.parametrize("name", MARKED)
def test_pointer_keyboard_and_finger_light_a_figure(chromium, address, name):
    for hand in ({}, {"has_touch": True, "is_mobile": True}):
        with visit(chromium, address + name, **hand) as page:
            settle(page)
            marks = page.locator("[data-mark]")
            for mark in marks.all()[:4]:
                mark.scroll_into_view_if_needed()
                part = mark.get_attribute("data-mark").split(".")[1]
                if hand:
                    mark.tap()
                else:
                    mark.hover()
                page.wait_for_timeout(50)
                assert mark.evaluate(LIT) in (part, True)
                away = page.locator("h1")
                away.tap() if hand else away.hover()
                page.wait_for_timeout(50)
                assert not mark.evaluate(LIT)
            marks.first.focus()
            page.wait_for_timeout(50)
            assert marks.first.evaluate(LIT)
            page.keyboard.press("Tab")
            page.wait_for_timeout(50)
            assert marks.nth(1).evaluate(LIT)
            marks.nth(1).evaluate("mark => mark.blur()")
            page.wait_for_timeout(50)
            assert not marks.nth(1).evaluate(LIT)


@pytest.mark.parametrize("where", ["http", "file"])
def test_what_is_lit_is_seen(chromium, address, site, where):
    """And nothing of the page moves for it."""
    base = address if where == "http" else site.as_uri() + "/"
    with visit(chromium, base + "neural-networks.html", 1280) as page:
        page.locator("#fig-backward").scroll_into_view_if_needed()
        settle(page)
        seen = [looks(page, "fig-backward")]
        box = page.locator("#fig-backward img").bounding_box()
        marks = page.locator("[data-mark^='fig-backward.']")
        for i in range(marks.count()):
            marks.nth(i).evaluate("mark => mark.focus({ preventScroll: true })")
            seen.append(looks(page, "fig-backward"))
            assert page.locator("#fig-backward img").bounding_box() == box
        marks.last.evaluate("mark => mark.blur()")
        assert looks(page, "fig-backward") == seen[0]
        assert len({*seen}) == marks.count() + 1  # each lights another part


def test_without_scripts_and_on_paper_it_is_plain_text(chromium, address):
    line = "mark => getComputedStyle(mark).textDecorationLine"
    with visit(chromium, address + "neural-networks.html", java_script_enabled=False) as page:
        mark = page.locator("[data-mark]").first
        assert mark.get_attribute("tabindex") is None
        assert mark.evaluate(line) == "none"
    with visit(chromium, address + "neural-networks.html") as page:
        mark = page.locator("[data-mark]").first
        assert mark.evaluate(line) == "underline"
        page.emulate_media(media="print")
        assert mark.evaluate(line) == "none"


def test_firefox_lights_them_too(gecko, site):
    gecko.size(1280, 900)
    gecko.goto((site / "neural-networks.html").as_uri())
    lit = f"({LIT})(document.querySelector('[data-mark]'))"
    assert not gecko.evaluate(lit)
    gecko.evaluate("document.querySelector('[data-mark]').focus()")
    assert gecko.evaluate(lit)


def test_axe_finds_nothing_while_one_is_lit(chromium, address):
    with visit(chromium, address + "descent-1d.html") as page:
        page.locator("[data-mark]").first.focus()
        assert axe(page, "#the-loop") == []


def test_the_script_is_small():
    code = (ROOT / "conf/theme/mark.js").read_text("utf-8")
    assert len(gzip.compress(re.sub(r"\s+", " ", code).encode())) <= 1024
