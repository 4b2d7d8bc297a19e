"""What becomes of a page that is taken elsewhere: copied, printed, saved, translated."""

import re
from collections import Counter
from pathlib import Path

import pytest
from books import EXECUTED, FRONT_MATTER, replace, small_book
from bs4 import BeautifulSoup, Tag
from conftest import CHAPTERS, OPEN_ANSWERS, ROOT, make_book, settle, visit
from pypdfium2 import PdfDocument

LIVE = CHAPTERS[1]
READABILITY = (ROOT / "conf/node_modules/@mozilla/readability/Readability.js").read_text("utf-8")

# --- copied

COPY = """selector => {
    let text = '';
    const hear = ({ clipboardData }) => { text = clipboardData.getData('text/plain'); };
    addEventListener('copy', hear);
    const range = document.createRange();
    range.selectNodeContents(document.querySelector(selector));
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    document.execCommand('copy');
    removeEventListener('copy', hear);
    return text || getSelection().toString();
}"""
#: What a page holds besides what one sees of it.
UNSEEN = "script, style, button, form, .hidden-cell, details > :not(summary), [hidden], .headerlink"


def seen(part: Tag) -> Counter[str]:
    """The words that one sees of a part of a page, formulas as TeX."""
    part = BeautifulSoup(str(part), "lxml")
    for tag in part.select(UNSEEN):
        tag.decompose()
    for formula in part.select(".katex"):
        tex = formula.annotation.get_text().strip()
        dollars = "$$" if formula.find_parent(class_="katex-display") else "$"
        formula.replace_with(f"{dollars}{tex}{dollars}")
    return Counter("".join(part.get_text().split()))


def letters(copied: str) -> Counter[str]:
    return Counter("".join(copied.split()))


@pytest.mark.parametrize("name", [*CHAPTERS, "index.html", "glossary.html", "solutions.html"])
def test_what_is_copied_is_what_one_sees(chromium, address, pages, name):
    with visit(chromium, address + name, bypass_csp=False) as page:
        page.wait_for_load_state()
        copied = page.evaluate(COPY, "main article")
        assert letters(copied) == seen(without_code_prompts(pages[name].select_one("main article")))
        assert page.locator("body > div").evaluate_all("all => all.every(e => !e.style.left)")


def without_code_prompts(article: Tag) -> Tag:
    """A summary that shows code is a button, and stays behind with what it shows."""
    copy = BeautifulSoup(str(article), "lxml")
    for tag in copy.select(".hidden-cell"):
        tag.decompose()
    return copy


def test_an_open_answer_is_copied_with_its_formulas(chromium, address, pages):
    answer = "details.answer:has(.katex)"
    wanted = [tex.get_text() for tex in pages[LIVE].select_one(answer).select("annotation")]
    with visit(chromium, address + LIVE) as page:
        page.evaluate(OPEN_ANSWERS)
        copied = page.evaluate(COPY, answer)
        assert wanted and all(f"${tex}$" in copied for tex in wanted)


def test_code_is_copied_line_by_line(chromium, address):
    with visit(chromium, address + LIVE) as page:
        page.evaluate(OPEN_ANSWERS)  # a listing stands in a deeper part
        copied = page.evaluate(COPY, "main .literal-block-wrapper pre")
        code = page.locator("main .literal-block-wrapper pre").first
        assert copied.strip() == code.inner_text().strip()
        assert "\n" in copied.strip()


def test_a_part_of_a_formula_is_copied_whole(chromium, address):
    part = """() => {
        const range = document.createRange();
        const letters = document.querySelector('p .katex .mord').firstChild;
        range.setStart(letters, 0);
        range.setEndAfter(document.querySelector('p .katex').closest('p').lastChild);
        getSelection().removeAllRanges();
        getSelection().addRange(range);
        let text;
        addEventListener('copy', e => { text = e.clipboardData.getData('text/plain') });
        document.execCommand('copy');
        return text;
    }"""
    with visit(chromium, address + LIVE) as page:
        assert re.match(r"\$[^$]+\$", page.evaluate(part))


def test_the_copy_buttons_take_the_code_alone(chromium, address):
    with visit(chromium, address + LIVE, permissions=["clipboard-read", "clipboard-write"]) as page:
        page.locator(".copybtn").first.wait_for(state="attached")
        for block in page.locator("main div.highlight:has(> .copybtn)").all()[:6]:
            block.locator(".copybtn").evaluate("button => button.click()")
            copied = page.evaluate("navigator.clipboard.readText()")
            assert copied.strip() == block.locator("pre").text_content().strip()


def test_firefox_copies_the_same(gecko, site, pages):
    gecko.goto((site / LIVE).as_uri())
    copied = gecko.evaluate(COPY, "main article")
    wanted = seen(without_code_prompts(pages[LIVE].select_one("main article")))
    assert letters(copied) == wanted


# --- printed

ANSWERS = "[...document.querySelectorAll('main details:not(.above-input)')]"
IS_OPEN = f"{ANSWERS}.map(answer => answer.open)"
CODE_IS_OPEN = "[...document.querySelectorAll('main .above-input')].map(code => code.open)"


def test_after_printing_the_answers_are_as_they_were(chromium, address):
    with visit(chromium, address + LIVE) as page:
        page.evaluate(f"{ANSWERS}[1].open = true")
        before = page.evaluate(IS_OPEN)
        assert before.count(True) == 1
        for _ in range(2):
            page.pdf()
            assert page.evaluate(IS_OPEN) == before
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert all(page.evaluate(IS_OPEN))
        assert page.evaluate(CODE_IS_OPEN) and not any(page.evaluate(CODE_IS_OPEN))
        page.evaluate("dispatchEvent(new Event('afterprint'))")
        assert page.evaluate(IS_OPEN) == before


@pytest.mark.parametrize(("paper", "size"), [("A4", (595, 842)), ("Letter", (612, 792))])
def test_a_page_prints_on_the_readers_paper(chromium, address, paper, size):
    with visit(chromium, address + CHAPTERS[0]) as page:
        printed = page.pdf(format=paper, prefer_css_page_size=True)
    with PdfDocument(printed) as opened:
        for sheet in opened:
            assert sheet.get_size() == pytest.approx(size, abs=1)


# --- saved by the browser, and opened

PARTS = """() => Object.fromEntries(['button', 'input', 'dialog', '.live', '.copybtn', '.play', '*']
    .map(kind => [kind, document.querySelectorAll('body ' + kind).length]))"""


@pytest.mark.parametrize("name", [*CHAPTERS, "index.html"])
def test_a_saved_page_works_like_the_page(chromium, site, tmp_path, name):
    copy = tmp_path / "saved"
    copy.mkdir()
    for part in "_static", "_images":
        (copy / part).symlink_to(site / part)
    with visit(chromium, (site / name).as_uri(), bypass_csp=False) as page:
        settle(page)
        parts = page.evaluate(PARTS)
        (copy / name).write_text(page.content())
    with visit(chromium, (copy / name).as_uri(), bypass_csp=False) as page:
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.reload()
        settle(page)
        assert page.evaluate(PARTS) == parts
        for figure in page.locator("figure:has(.live)").all():
            before = figure.evaluate("figure => JSON.stringify(figure.live.state)")
            slider = figure.locator("input[type=range]").last
            slider.press("Home")
            slider.press("ArrowRight")
            assert figure.evaluate("figure => JSON.stringify(figure.live.state)") != before
            assert figure.locator(".live > img").count() == 1
        assert errors == []


def test_a_page_saved_as_one_file_shows_the_static_figure(chromium, address, tmp_path):
    with visit(chromium, address + LIVE) as page:
        page.evaluate("dispatchEvent(new Event('blur'))")  # the reader is in the browser's menu
        still = page.locator(".live img").first
        page.wait_for_function("image => image.complete", arg=still.element_handle())
        session = page.context.new_cdp_session(page)
        saved = session.send("Page.captureSnapshot", {"format": "mhtml"})["data"]
    (tmp_path / "page.mhtml").write_text(saved)
    with visit(chromium, (tmp_path / "page.mhtml").as_uri()) as page:
        still = page.locator(".live img").first
        still.scroll_into_view_if_needed()
        assert still.is_visible()
        assert still.evaluate("image => image.naturalWidth") > 50
        assert not page.locator(".live input").first.is_visible()


# --- in the reader view of Firefox

READ = f"""() => {{
    {READABILITY}
    const {{ title, content }} = new Readability(document.cloneNode(true)).parse();
    return [title, content];
}}"""


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_reader_view_keeps_every_picture_and_no_control(chromium, address, pages, name):
    with visit(chromium, address + name) as page:
        settle(page)
        title, content = page.evaluate(READ)
    assert pages[name].title.get_text().startswith(title)
    read = BeautifulSoup(content, "lxml")
    pictures = {Path(image["src"]).name for image in read.select("img")}
    assert pictures == {Path(image["src"]).name for image in pages[name].select("article img")}
    assert read.select("button, input, select, output, svg, script, label") == []
    assert not re.search(r"\b(Reset|Play|Steps shown)\b\n", read.get_text())
    assert "#" not in [link.get_text().strip() for link in read.select("a")]


def test_a_picture_stands_by_itself(site):
    """Its colours are in it, light and dark, whatever page shows it."""
    drawn = [file.read_text() for file in site.glob("_images/*.svg")]
    assert drawn
    for svg in drawn:
        wanted = set(re.findall(r"var\(--(\w+)\)", svg))
        light, _, dark = svg.partition("@media (prefers-color-scheme:dark)")
        assert wanted <= {*re.findall(r"--(\w+):#", light)}
        assert wanted <= {*re.findall(r"--(\w+):#", dark)}


# --- where a browser keeps nothing

BLOCKED = """for (const name of ['localStorage', 'sessionStorage', 'indexedDB'])
    Object.defineProperty(window, name, { get() { throw new DOMException('', 'SecurityError') } })
Object.defineProperty(Document.prototype, 'cookie', {
    get() { throw new DOMException('', 'SecurityError') },
    set() { throw new DOMException('', 'SecurityError') },
})"""
FULL = """Storage.prototype.setItem = () => {
    throw new DOMException('', 'QuotaExceededError')
}"""


@pytest.mark.parametrize("way", [BLOCKED, FULL], ids=["blocked", "full"])
@pytest.mark.parametrize("name", [LIVE, "index.html", "search.html", "api.html"])
def test_a_page_works_where_nothing_can_be_kept(chromium, address, name, way):
    with visit(chromium, "about:blank", bypass_csp=False) as page:
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.add_init_script(way)
        page.goto(address + name)
        settle(page)
        mode = page.evaluate("document.documentElement.dataset.theme")
        page.locator(".theme-change-button[data-mode=dark]").first.evaluate("b => b.click()")
        page.locator(".theme-change-button[data-mode=light]").first.evaluate("b => b.click()")
        assert page.evaluate("document.documentElement.dataset.theme") == "light"
        assert mode in ("light", "dark")
        page.keyboard.press("Control+k")
        page.get_by_role("searchbox").locator("visible=true").first.fill("gradient")
        page.get_by_role("link", name=re.compile("gradient", re.I)).locator(
            "visible=true"
        ).first.wait_for()
        assert errors == []


def test_a_page_works_in_a_frame_that_is_shut_off(chromium, address):
    with visit(chromium, address + "references.html") as page:
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.evaluate(
            """url => document.body.replaceChildren(Object.assign(document.createElement('iframe'),
                { src: url, sandbox: 'allow-scripts', width: 1200, height: 800 }))""",
            address + LIVE,
        )
        frame = page.frame_locator("iframe")
        frame.locator(".live input[type=range]").last.press("End")
        assert errors == []


# --- translated by the browser

#: A name of the code: dots or underscores in it, a call, an option of a command.
NAME = re.compile(r"\bgdcore\.\w+|\b[a-z]+(?:_[a-z]+)+\b|\b\w+\(\)|(?<!\S)--[a-z]+")
NAMES = "code, pre, kbd, samp, dt.sig, .math, .field-list li > p > strong:first-child"


def untouched(tag: Tag) -> bool:
    return any(parent.get("translate") == "no" for parent in [tag, *tag.parents])


def test_no_name_is_translated(pages, subtests):
    for name, soup in pages.items():
        with subtests.test(page=name):
            assert [tag for tag in soup.select(NAMES) if not untouched(tag)] == []
            texts = soup.body.find_all(string=NAME)
            named = [t for t in texts if t.parent.name not in ("script", "style", "annotation")]
            assert [text for text in named if not untouched(text.parent)] == []


# --- linked to

COUNTED = re.compile(r"(?:[a-z]+-)?(?:id|term-|index-|cell-)\d+")
CHAPTER = (
    EXECUTED
    + """\
# A chapter

## The part

As {cite:t}`robbins1951` says, and a note.[^note]

```{listing} bench.pytorch_loop.train
```

```{code-block} python
:caption: What to type

descend(gradient, 0.0)
```

## 数

Words, and {index}`a term`.

```{glossary}
梯度
  The gradient.

η
  The rate.
```

[^note]: Below.
"""
)
MORE = """\
# A chapter

## Before

{cite:t}`cauchy1847` says more.[^more] And {index}`another`.

```{listing} bench.pointer.drag
```

```{glossary}
损失
  The loss.
```

[^more]: Far below.
"""


def places(soup: BeautifulSoup) -> set[str]:
    return {tag["id"] for tag in soup.main.select("[id]")}


def test_no_address_is_a_number_of_the_build(pages):
    for name, soup in pages.items():
        assert [place for place in places(soup) if COUNTED.fullmatch(place)] == [], name


def test_addresses_outlive_an_edit(tmp_path):
    references = FRONT_MATTER + "# References\n\n```{bibliography}\n```\n"
    project = small_book(tmp_path / "book", chapter=CHAPTER, references=references)
    found = []
    for _ in range(2):
        done = make_book(project)
        assert done.returncode == 0, done.stdout + done.stderr
        page = (project / "_build/html/chapter.html").read_bytes()
        found.append(places(BeautifulSoup(page, "lxml")))
        replace(project / "book/chapter.md", "# A chapter\n", MORE)
    before, after = found
    assert before < after
    assert {
        "bench-pytorch-loop-train",
        "what-to-type",
        "数",
        "to-note",
        "term-梯度",
        "term-η",
    } <= before


# --- and what surrounds it


def test_a_title_says_nothing_twice(pages):
    titles = [soup.title.get_text() for soup in pages.values()]
    assert len({*titles}) == len(titles)
    for title in titles:
        parts = [part.strip() for part in title.split("—")]
        assert len({*parts}) == len(parts), title
    assert pages["index.html"].title.get_text() == "Rolling Downhill"


def test_a_page_says_once_how_wide_it_is(pages):
    for name, soup in pages.items():
        assert len(soup.select('meta[name="viewport"]')) == 1, name


def test_nothing_is_fetched_ahead(pages):
    for soup in pages.values():
        for link in soup.select("link[rel]"):
            assert not {"next", "prefetch", "prerender", "dns-prefetch"} & {*link["rel"]}


def test_firefox_complains_of_nothing(gecko, address):
    gecko.failed.clear()
    gecko.goto(address + CHAPTERS[0])
    gecko.evaluate("new Promise(done => setTimeout(done, 1500))")  # it fetches when it is idle
    # Of some formulas it says that KaTeX's MathML is odd.
    assert [words for words in gecko.failed if "Invalid markup" not in words] == []
