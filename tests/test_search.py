"""What readers look for is among the first three results, which open where it says so."""

import gzip
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from conftest import CHAPTERS, listen, settle, visit
from playwright.sync_api import Browser, Page

#: What somebody types, and a place that must be among the first three.
WANTED = {
    # As the review tried it: the place that introduces a term comes first.
    "learning rate": "descent-1d.html#the-loop",
    "gradient descent": "descent-1d.html#the-loop",
    "derivative": "derivatives.html#from-secant-to-tangent",
    "momentum": "beyond.html#momentum",
    "backpropagation": "neural-networks.html#backpropagation",
    "chain rule": "derivatives.html#the-chain-rule-two-gears",
    "stopping rule": "descent-1d.html#when-to-stop-and-how-each-rule-can-lie",
    "saddle": "partial-derivatives.html#a-saddle",
    "softmax": "neural-networks.html#ten-answers",
    "local minimum": "descent-1d.html#many-valleys",
    "condition number": "partial-derivatives.html#a-bowl-has-two-speeds",
    "epoch": "batches.html#one-program",
    "line search": "beyond.html#line-search-a-rate-for-each-step",
    "Adam": "beyond.html#adam",
    "overfitting": "neural-networks.html#handwritten-digits",
    "straggler": "machines.html#when-one-is-late",
    "speed-up": "machines.html#what-a-message-costs",
    "Hogwild": "machines.html#without-locks-hogwild",
    # typing errors
    "gradeint": "partial-derivatives.html#a-slope-is-a-slope-of-a-slice",
    "learnig rate": "descent-1d.html#the-loop",
    "momemtum": "beyond.html#momentum",
    "derivitive": "derivatives.html#from-secant-to-tangent",
    "backpropogation": "neural-networks.html#backpropagation",
    "nestrov": "beyond.html#nesterov-look-before-you-leap",
    # symbols, and their names
    "η": "descent-1d.html#the-loop",
    "eta": "descent-1d.html#the-loop",
    "ηₖ": "notation.html#symbol-",
    "β": "beyond.html#",
    "beta": "beyond.html#",
    "∇": "steepest-direction.html",
    "nabla": "steepest-direction.html",
    "x_k": "notation.html#symbol-",
    # numbers
    "784": "neural-networks.html#",
    "13,002": "neural-networks.html#numbers-learn-to-read",
    "13002": "neural-networks.html#numbers-learn-to-read",
    # accents, capitals, apostrophes
    "Candès": "beyond.html#restarts",
    "candes": "beyond.html#restarts",
    "CAUCHY": "glossary.html#term-CauchySchwarz-inequality",
    "newtons method": "glossary.html#term-Newton-s-method",
    # the same word, written otherwise
    "minibatch": "batches.html#one-program",
    "mini-batch": "batches.html#one-program",
    "mini batches": "batches.html#one-program",
    "back propagation": "neural-networks.html#backpropagation",
    "partial derivatives": "partial-derivatives.html#",
    "deriv": "derivatives.html#from-secant-to-tangent",
    # Chinese
    "梯度": "partial-derivatives.html#a-slope-is-a-slope-of-a-slice",
    "梯度下降": "descent-1d.html#the-loop",
    "学习率": "descent-1d.html#the-loop",
    # code
    "check_gradient": "api-derivatives.html#gdcore.derivatives.check_gradient",
    "GradientBelow": "api-descent.html#gdcore.descent.GradientBelow",
}
INDEX = "_static/search-index.js"


@contextmanager
def dialog(chromium: Browser, page_url: str, **options: object) -> Iterator[Page]:
    with visit(chromium, page_url, bypass_csp=False, **options) as page:
        page.keyboard.press("Control+K")
        yield page


def results(page: Page, query: str) -> list[str]:
    """The addresses of what is found, the best first."""
    field = page.locator("#pst-search-dialog input")
    field.fill(query)
    status = page.locator("#pst-search-dialog [role=status]")
    status.filter(has_text=re.compile("result|Nothing")).wait_for()
    return addresses(page)


def addresses(page: Page) -> list[str]:
    links = page.locator("#pst-search-dialog .search-results a")
    found = links.evaluate_all("links => links.map(link => link.getAttribute('href'))")
    return [url.removeprefix("./") for url in found]


@pytest.mark.parametrize("way", ["served", "file"])
def test_what_readers_look_for_is_among_the_first_three(chromium, address, site, way, subtests):
    start = (address if way == "served" else site.as_uri() + "/") + CHAPTERS[0]
    with visit(chromium, "about:blank", bypass_csp=False) as page:
        asked, failed = listen(page)
        page.goto(start)
        settle(page)
        assert not [url for url in asked if "search" in url]
        page.keyboard.press("Control+K")
        for query, place in WANTED.items():
            with subtests.test(query=query):
                found = results(page, query)[:3]
                assert any(url.startswith(place) for url in found), found
        assert [url for url in asked if "search" in url] != []
        assert failed == []


def test_nothing_is_found_for_what_the_book_does_not_say(chromium, address):
    with dialog(chromium, address + CHAPTERS[0]) as page:
        for query in "qwertzuiop", "Schrödinger", "!?", "火车":
            assert results(page, query) == []


def test_every_record_leads_to_a_place_that_exists(site, pages):
    text = (site / INDEX).read_text("utf-8")
    (told,) = re.fullmatch(r"bookIndex\((.*)\)\n", text, re.S).groups()
    stored = json.loads(told)["storedFields"].values()
    ids = {name: {tag["id"] for tag in soup.select("[id]")} for name, soup in pages.items()}
    assert len(stored) > 400
    for record in stored:
        page, _, place = record["url"].partition("#")
        assert not place or place in ids[page], record["url"]
        assert record["title"]


def test_excerpts_say_a_formula_once_and_no_code(site):
    text = (site / INDEX).read_text("utf-8")
    records = json.loads(text[len("bookIndex(") : -2])["storedFields"].values()
    (loop,) = (r for r in records if r["url"] == "descent-1d.html#the-loop")
    assert "xₖ₊₁ = xₖ − η f′(xₖ)" in loop["text"]
    raw = re.compile(r"\\[a-z]+|\$|>>> |^import |\bdef \w+\(|np\.array\(\[|\{[a-z:]+\}")
    assert [r["url"] for r in records if raw.search(r["text"])] == []


def test_the_index_is_small(site):
    # It holds each word of the book, some 30 KB a chapter, and comes when somebody searches.
    assert len(gzip.compress((site / INDEX).read_bytes())) < 250 * 1024
    assert len(gzip.compress((site / "_static/search.js").read_bytes())) < 12 * 1024


def test_it_is_used_by_keyboard_and_opens_what_is_folded(chromium, address):
    with dialog(chromium, address + CHAPTERS[0]) as page:
        results(page, "learning rate")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowDown")
        focused = page.evaluate("document.activeElement.getAttribute('href')")
        assert focused.removeprefix("./") == addresses(page)[1]
        page.keyboard.press("ArrowUp")
        page.keyboard.press("ArrowUp")
        assert page.evaluate("document.activeElement.name") == "q"
        page.keyboard.press("Enter")
        page.wait_for_url("**/descent-1d.html#the-loop")

        page.keyboard.press("Control+K")
        folded = "descent-1d.html#solution-7"
        assert folded in results(page, "solution 7 arrives one step parabola")
        page.locator(f'.search-results a[href$="{folded}"]').click()
        page.wait_for_url("**#solution-7")
        assert page.locator("#solution-7").is_visible()
        assert not page.locator("#pst-search-dialog").is_visible()


def test_the_search_page_answers_an_address(chromium, address, site):
    for start in address, site.as_uri() + "/":
        with visit(chromium, start + "search.html?q=chain+rule", bypass_csp=False) as page:
            first = page.locator("article .search-results a").first
            first.wait_for()
            assert first.get_attribute("href") == "./derivatives.html#the-chain-rule-two-gears"
            assert page.locator("article mark").first.inner_text().lower() in ("chain", "rules")


def test_without_scripts_a_sentence_says_so(chromium, address):
    with visit(chromium, address + "search.html", java_script_enabled=False) as page:
        assert page.get_by_text("The search needs scripts").is_visible()
        assert not page.get_by_role("searchbox").is_visible()
