"""What a page may do in a reader's browser, and what it keeps there: its own, and one choice."""

import base64
import hashlib

import pytest
from bs4 import BeautifulSoup
from conftest import CHAPTERS, choose_colours, listen, read_through, settle, visit
from pages import THEME
from playwright.sync_api import Page

DIRECTIVES = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],  # and the hashes of what stands in the page
    "style-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "font-src": ["'self'"],
    "connect-src": ["'self'"],
    "form-action": ["'self'"],
    "base-uri": ["'none'"],
}
META = 'meta[http-equiv="Content-Security-Policy"]'


def hashes(soup: BeautifulSoup, tags: str) -> list[str]:
    texts = (tag.string.encode() for tag in soup.select(tags))
    return [f"'sha256-{base64.b64encode(hashlib.sha256(t).digest()).decode()}'" for t in texts]


def test_every_page_has_a_strict_policy(pages, subtests):
    scripts = 'script:not([src], [type="application/json"])'
    for name, soup in pages.items():
        with subtests.test(page=name):
            (meta,) = soup.select(META)
            # It binds only what comes after it.
            assert not meta.find_all_previous(["script", "style", "link"])
            said = [directive.split() for directive in meta["content"].split(";")]
            assert {word: rest for word, *rest in said} == DIRECTIVES | {
                "script-src": [*DIRECTIVES["script-src"], *hashes(soup, scripts)],
                "style-src": [*DIRECTIVES["style-src"], *hashes(soup, "style")],
            }
            assert soup.select("[style]") == []
            assert [t.name for t in soup.find_all() if any(a[:2] == "on" for a in t.attrs)] == []
            assert all(
                form.get("action", "") in ("", "#", "search.html") for form in soup.select("form")
            )


def use(page: Page) -> None:
    """Do at once what a reader may do on a page."""
    for mode in "As the system", "Light", "Dark":
        choose_colours(page, mode)
    for button in page.locator("button.play, .copybtn").all()[:4]:
        button.dispatch_event("click")
    for field in page.locator(".panes svg:first-child").all():
        field.scroll_into_view_if_needed()
        box = field.bounding_box()
        page.mouse.move(box["x"] + box["width"] / 3, box["y"] + box["height"] / 2)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 3)
        page.mouse.up()
    for control in page.locator(".live :is(input[type=range], select)").all():
        control.press("ArrowDown")
    for button in page.locator(".live button").all():
        button.click()


KEPT = """async () => ({
    local: Object.keys(localStorage),
    session: Object.keys(sessionStorage),
    cookies: document.cookie,
    databases: (await indexedDB.databases()).length,
    caches: (await caches.keys()).length,
    workers: (await navigator.serviceWorker.getRegistrations()).length,
})"""
NOTHING = {"local": [], "session": [], "cookies": "", "databases": 0, "caches": 0, "workers": 0}


def test_who_only_reads_leaves_nothing_behind(desk):
    assert desk.page.evaluate(KEPT) == NOTHING


# The other pages have none of this but the button for colours.
@pytest.mark.parametrize("name", [*CHAPTERS, "index.html", "search.html"])
def test_a_page_in_use_breaks_no_rule_and_keeps_one_choice(chromium, address, name):
    with visit(chromium, "about:blank", bypass_csp=False) as page:
        _, failed = listen(page)  # a breach of the policy is an error of the console
        read_through(page, address + name + "?q=derivative" * (name == "search.html"))
        assert page.evaluate(KEPT) == NOTHING
        use(page)
        if name == "search.html":
            page.locator("article .search-results a").first.wait_for()
            assert page.evaluate(KEPT) == NOTHING | {"local": [THEME]}
            page.locator("article .search-results a").first.click()
            page.wait_for_url("**/derivatives.html#*")
        assert page.evaluate(KEPT) == NOTHING | {"local": [THEME]}
        assert page.context.cookies() == []
        settle(page)
        assert failed == []


SLIP_IN = """() => {
    window.broken = {};
    addEventListener('securitypolicyviolation', e => broken[e.effectiveDirective] = e.blockedURI);
    const tag = (name, properties) => document.body.append(
        Object.assign(document.createElement(name), properties));
    const marked = '<p id="slip" style="color: red" onclick="hit = 1">';
    document.body.insertAdjacentHTML('beforeend', marked);
    document.querySelector('#slip').click();
    setTimeout('hit = 1');
    tag('script', { textContent: 'hit = 1' });
    tag('script', { src: 'https://example.org/script.js' });
    tag('style', { textContent: '#slip { color: red }' });
    tag('link', { rel: 'stylesheet', href: 'https://example.org/style.css' });
    tag('img', { src: 'https://example.org/image.png' });
    tag('iframe', { src: 'https://example.org/' });
    tag('object', { data: 'https://example.org/' });
    tag('base', { href: 'https://example.org/' });
    tag('form', { action: 'https://example.org/' });
    try { document.body.lastChild.submit(); } catch {}  // Firefox says so, others are silent
    fetch('https://example.org/').catch(() => {});
}"""
RED = "rgb(255, 0, 0)"
STOPPED = {
    "script-src", "script-src-elem", "script-src-attr", "style-src-elem", "style-src-attr",
    "img-src", "frame-src", "object-src", "base-uri", "form-action", "connect-src",
}  # fmt: skip


OUTCOME = """enough => new Promise(done => {
    const look = turns => Object.keys(broken).length < enough && turns
        ? setTimeout(look, 50, turns - 1) : done([Object.keys(broken), window.hit]);
    look(200);
})"""


@pytest.mark.parametrize("way", ["served", "file"])
def test_the_policy_stops_what_is_slipped_in(chromium, address, site, way):
    with visit(chromium, "about:blank", bypass_csp=False) as page:
        sent: list[str] = []
        page.route("https://example.org/**", lambda route: sent.append(route.request.url))
        page.goto((address if way == "served" else site.as_uri() + "/") + "derivatives.html")
        page.evaluate(SLIP_IN)
        directives, hit = page.evaluate(OUTCOME, len(STOPPED))
        assert hit is None
        assert set(directives) == STOPPED
        assert page.evaluate("getComputedStyle(document.querySelector('#slip')).color") != RED
        assert sent == []


def test_firefox_obeys_the_policy_too(gecko, site):
    gecko.failed.clear()
    gecko.goto((site / "index.html").as_uri())
    assert gecko.failed == []
    gecko.evaluate(SLIP_IN)
    directives, hit = gecko.evaluate(OUTCOME, len(STOPPED))
    assert hit is None
    assert set(directives) == STOPPED
