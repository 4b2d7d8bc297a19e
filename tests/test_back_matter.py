"""The back matter keeps step with the chapters: every term, exercise, source, work and symbol."""

import pkgutil
import re
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from bs4 import BeautifulSoup, Tag
from conftest import CHAPTERS, ROOT
from playwright.sync_api import Browser

import gdcore
from tools.project import chapters

BOOK = ROOT / "book"
CHINESE = re.compile(r"[\u4e00-\u9fff]")


Places = dict[str, dict[str, Tag]]


@pytest.fixture(scope="module")
def places(pages) -> Places:
    """Page -> name -> what bears it; the page itself has none."""
    return {
        page: {"": soup.main} | {tag["id"]: tag for tag in soup.find_all(id=True)}
        for page, soup in pages.items()
    }


def lands(places: Places, page: str, link: Tag) -> Tag | None:
    """The element that a link leads to."""
    url = urlsplit(urljoin(page, link["href"]))
    return places.get(url.path, {}).get(unquote(url.fragment))


def glossary(pages: dict[str, BeautifulSoup]) -> dict[str, tuple[list[Tag], Tag]]:
    """By its English name, the names of each term and what is said of it."""
    found: dict[str, tuple[list[Tag], Tag]] = {}
    for said in pages["glossary.html"].select("dl.glossary > dd"):
        names = []
        for before in said.find_previous_siblings(["dt", "dd"]):
            if before.name == "dd":
                break
            names.insert(0, before)
        found[str(names[0].find(string=True))] = names, said
    assert found
    return found


def test_every_term_is_linked_where_a_chapter_introduces_it(pages, places, chapters, subtests):
    linked = {
        unquote(urlsplit(link["href"]).fragment)
        for name in chapters
        for link in pages[name].select('article a[href^="glossary.html#"]')
    }
    for term, (names, said) in glossary(pages).items():
        with subtests.test(term=term):
            assert {name["id"] for name in names} & linked
            (place,) = [link for link in said.select("a") if "→" in link.previous_sibling]
            assert lands(places, "glossary.html", place) is not None
            assert place["href"].split("#")[0] in chapters


def test_a_chapter_links_a_term_once(pages, chapters, subtests):
    for name in chapters:
        links = [link["href"] for link in pages[name].select('article a[href^="glossary.html#"]')]
        with subtests.test(page=name):
            assert sorted(links) == sorted(set(links))


def test_every_term_has_a_chinese_name(pages, subtests):
    for term, (names, _) in glossary(pages).items():
        with subtests.test(term=term):
            chinese = [name.select_one('[lang="zh-Hans"]') for name in names]
            assert any(name and CHINESE.search(name.get_text()) for name in chinese)


def test_chinese_words_are_marked_as_such(pages, subtests):
    for name, soup in pages.items():
        with subtests.test(page=name):
            words = soup.find_all(string=CHINESE)
            assert [word for word in words if not word.find_parent(lang="zh-Hans")] == []


def test_every_source_leads_to_the_place_that_shows_it(pages, places, chapters, subtests):
    rows = pages["sources.html"].select("section:has(> h3)")
    assert len(rows) > 20
    for row in rows:
        links = row.select("a:not(.headerlink)")
        to_chapters = [link for link in links if link["href"].split("#")[0] in chapters]
        with subtests.test(row=row.h3.get_text()):
            assert to_chapters
            assert all("#" in link["href"] for link in to_chapters)
            assert [link for link in links if lands(places, "sources.html", link) is None] == []


def numbered(soup: BeautifulSoup, kind: str) -> list[Tag]:
    return soup.select(f".admonition.{kind}")


def test_every_exercise_has_a_hidden_solution_and_is_in_the_list(pages, places, chapters, subtests):
    hrefs = [link["href"] for link in pages["solutions.html"].select("article a")]
    for name in chapters:
        exercises, solutions = (numbered(pages[name], kind) for kind in ("exercise", "solution"))
        with subtests.test(page=name):
            assert 4 <= len(exercises) <= 8
            for n, (exercise, solution) in enumerate(zip(exercises, solutions, strict=True), 1):
                assert exercise["id"] == f"exercise-{n}"
                assert exercise.find_next_sibling() is solution
                assert solution.name == "details" and not solution.has_attr("open")
                assert places[name][f"solution-{n}"].find_parent("details") is solution
                assert hrefs.count(f"{name}#exercise-{n}") == 1
                assert hrefs.count(f"{name}#solution-{n}") == 1


def said_in(box: Tag) -> list[str]:
    """What an exercise or a solution says below its title."""
    title = box.select_one(".admonition-title")
    parts = [part for part in box.find_all(recursive=False) if part is not title]
    return [text for part in parts if (text := part.get_text(" ", strip=True))]


def test_all_exercises_stand_on_one_page_in_the_order_of_the_book(pages, chapters, subtests):
    order = [name for name in CHAPTERS if name in chapters]
    boxes = pages["solutions.html"].select(".admonition.exercise")
    for name in order:
        exercises, solutions = (numbered(pages[name], kind) for kind in ("exercise", "solution"))
        assert pages[name].select('.all-exercises a[href^="solutions.html#"]')
        for exercise, solution in zip(exercises, solutions, strict=True):
            box = boxes.pop(0)
            with subtests.test(page=name, exercise=exercise["id"]):
                assert box.select_one(".admonition-title a")["href"] == f"{name}#{exercise['id']}"
                *repeated, answer = box.select_one(".repeated").find_all(recursive=False)
                assert [part.get_text(" ", strip=True) for part in repeated] == said_in(exercise)
                assert said_in(answer)[:-1] == said_in(solution)  # the last line leads there
                assert not answer.has_attr("open")
    assert boxes == []


def test_no_link_shows_a_label_of_the_sources(pages, subtests):
    for name, soup in pages.items():
        with subtests.test(page=name):
            assert soup.select("a .std-ref > code") == []


def test_the_letters_lead_to_the_first_term_of_each(pages):
    soup = pages["glossary.html"]
    terms = [names[0] for names, _ in glossary(pages).values()]
    begin = [term.get_text(strip=True)[0].upper() for term in terms]
    assert begin == sorted(begin)
    links = {link.get_text(): link["href"] for link in soup.select(".letters a")}
    assert links == {b: f"#{terms[begin.index(b)]['id']}" for b in dict.fromkeys(begin)}


def test_every_module_has_a_page_of_reference(pages, subtests):
    modules = [m.name for m in pkgutil.iter_modules(gdcore.__path__) if m.name[0] != "_"]
    listed = [a["href"] for a in pages["api.html"].select("table a")]
    assert sorted(listed) == sorted(f"api-{module}.html" for module in modules)
    for module in modules:
        soup = pages[f"api-{module}.html"]
        with subtests.test(module=module):
            documented = {name["id"] for name in soup.select("dt.sig[id]")}
            names = soup.select("table.autosummary td:first-child a")
            summarised = {name["href"].lstrip("#") for name in names}
            assert summarised
            assert summarised <= documented | {f"module-gdcore.{module}"}
            # "J. Nocedal" begins a name, and no list.
            assert soup.select("ol:is(.upperalpha, .loweralpha, .upperroman)") == []


WHERE = "document.querySelector('#solution-3')"


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
@pytest.mark.parametrize("width", [1280, 375])
def test_a_link_to_a_solution_opens_it(chromium: Browser, address, scripts, width):
    view = {"width": width, "height": 800}
    calm = {"viewport": view, "java_script_enabled": scripts, "reduced_motion": "reduce"}
    with chromium.new_context(**calm) as context:
        page = context.new_page()
        page.goto(address + "solutions.html")
        page.locator("details:has(#derivatives-solution-3) > summary").click()
        page.locator('a[href="derivatives.html#solution-3"]').click()
        page.wait_for_url("**#solution-3")
        summary = page.locator("details:has(#solution-3) > summary")
        assert page.locator("#solution-3").is_visible()
        assert not page.locator("#solution-4").is_visible()
        bar = page.locator(".bd-header-article").bounding_box()
        covered = bar["y"] + bar["height"]
        assert max(covered, 0) <= summary.bounding_box()["y"] < 200


def test_a_script_opens_a_solution_where_the_browser_does_not(chromium: Browser, address):
    with chromium.new_context() as context:
        page = context.new_page()
        page.goto(address + "derivatives.html")
        # The address changes, and no browser opens anything for that.
        page.evaluate("history.replaceState(null, '', '#solution-3')")
        assert not page.locator("#solution-3").is_visible()
        page.evaluate("dispatchEvent(new HashChangeEvent('hashchange'))")
        assert page.locator("#solution-3").is_visible()


def test_firefox_opens_a_solution_too(gecko, site):
    gecko.failed.clear()
    gecko.goto((site / "derivatives.html").as_uri() + "#solution-3")
    assert gecko.evaluate(f"{WHERE}.checkVisibility()")
    assert not gecko.evaluate(f"{WHERE.replace('3', '4')}.checkVisibility()")
    assert gecko.failed == []


def test_no_page_is_an_orphan(pages):
    listed = {
        link["href"].split("#")[0]
        for link in pages["index.html"].select(".bd-sidebar-primary li a")
    }
    assert pages.keys() - listed - {"index.html", "search.html"} == set()


def works() -> dict[str, str]:
    """The entries of the bibliography, by their keys."""
    entries = re.split(r"^@\w+\{", (BOOK / "references.bib").read_text(), flags=re.M)[1:]
    assert entries
    return {entry.split(",")[0]: entry for entry in entries}


def test_every_work_is_cited_and_can_be_found():
    texts = "".join(path.read_text() for path in BOOK.glob("*.md"))
    cited = {key for keys in re.findall(r"\{cite:\w+\}`([^`]+)`", texts) for key in keys.split(",")}
    assert works().keys() == cited
    found = re.compile(r"^  (doi = \{10\.\d+/|isbn = \{97|url = \{https://)", re.M)
    assert [key for key, entry in works().items() if not found.search(entry)] == []


def test_the_list_of_works_is_complete_and_linked(pages, subtests):
    listed = {work["id"]: work for work in pages["references.html"].select("ul.works > li")}
    assert listed.keys() == works().keys()
    linked = {link["href"] for soup in pages.values() for link in soup.find_all("a", href=True)}
    for key, work in listed.items():
        with subtests.test(work=key):
            doi = re.search(r"doi = \{(.+)\}", works()[key])
            addresses = [link["href"] for link in work.select("a")]
            assert addresses == [f"https://doi.org/{doi[1]}"] if doi else True
            assert f"references.html#{key}" in linked


def tex(text: str) -> str:
    return re.sub(r"\s+", "", text)


def test_every_symbol_is_used_in_the_chapter_that_is_named(subtests):
    rows = re.findall(
        r"^\| (\$.*\$) \| .* \| \[\d\]\((.+)\) \|$", (BOOK / "notation.md").read_text(), re.M
    )
    table = [line for line in (BOOK / "notation.md").read_text().splitlines() if line[:3] == "| $"]
    assert len(rows) == len(table) > 50
    for symbols, chapter in rows:
        text = (BOOK / chapter).read_text()
        formulas = tex("".join(re.findall(r"\$\$.*?\$\$|\$[^$]+\$", text, re.S)))
        with subtests.test(symbols=symbols):
            assert [s for s in re.findall(r"\$([^$]+)\$", symbols) if tex(s) not in formulas] == []


def test_the_numbers_of_chapters_are_those_of_their_order():
    named = set(re.findall(r"\[(\d)\]\((.+?)\.md\)", (BOOK / "notation.md").read_text()))
    assert named <= {(str(n), chapter) for n, chapter in enumerate(chapters(), 1)}
