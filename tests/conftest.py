"""The built site, a server for it and a browser: made once for all tests that need them."""

import fcntl
import gc
import json
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from weakref import WeakKeyDictionary

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, Page, Request, sync_playwright

from conf import inputs
from tools import browser, firefox
from tools.project import ROOT, chapters, copy_project, make_book

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have switched it off
gc.set_threshold(50_000)  # as conf/build.py: the trees of the pages live to the end

NO_BROWSER = "NO BROWSER, SO THE SITE IS UNCHECKED: install Chromium or name one in $CHROMIUM"
NO_FIREFOX = "no Firefox, so the live figures are checked in Chromium only: name one in $FIREFOX"
NO_EPUBCHECK = "no epubcheck, so nobody but the tests has looked at the EPUB"
WANTED = (
    ("launch", browser.find, NO_BROWSER),
    ("gecko", firefox.find, NO_FIREFOX),
    ("epubcheck", browser.epubcheck, NO_EPUBCHECK),
)

# A test runs it; that it is imported here would run it too.
collect_ignore = ["user_script.py"]

# Known before the site is built, so that each page can be a test of its own.
PAGES = [*sorted(file.stem + ".html" for file in (ROOT / "book").glob("*.md")), "search.html"]
CHAPTERS = [f"{name}.html" for name in chapters()]
OPEN_ANSWERS = "document.querySelectorAll('details').forEach(answer => { answer.open = true })"


def once(mark: Path, run: str, project: Path, target: str, prepare: Callable[[], object]) -> Path:
    """The folder of a site. Of processes that test together, the first one builds it."""
    mark.parent.mkdir(exist_ok=True)
    with mark.open("a+") as built:
        fcntl.flock(built, fcntl.LOCK_EX)
        built.seek(0)
        if built.read() != run:
            built.truncate(0)
            prepare()
            done = make_book(project, target)
            if done.returncode:
                pytest.fail(f"the book does not build:\n{done.stdout}{done.stderr}", pytrace=False)
            built.write(run)
    return project / "_build" / "html"


@pytest.fixture(scope="session")
def site(testrun_uid: str) -> Path:
    """The folder of the built site."""
    return once(ROOT / "_build/.tested-by", testrun_uid, ROOT, "book", lambda: None)


@pytest.fixture(scope="session")
def elsewhere(site: Path, testrun_uid: str) -> Path:
    """The same, built in another folder, with the PDF and the EPUB if there is a browser.

    It is kept as long as nothing that it is made of changes; in CI each run builds it.
    """
    project = ROOT / "_build/elsewhere/deeper down"

    def prepare() -> None:
        shutil.rmtree(project, ignore_errors=True)
        copy_project(project)
        if (ROOT / ".git").exists():  # which knows when a page was changed
            (project / ".git").symlink_to(ROOT / ".git")
        if not os.environ.get("CI"):
            # Cells take a minute. What they show without results, test_notebooks.py compares.
            results = "_build/.jupyter_cache"
            shutil.copytree(ROOT / results, project / results)

    run = testrun_uid if os.environ.get("CI") else ingredients()
    target = "formats" if browser.find() else "book"
    return once(ROOT / "_build/.elsewhere", run, project, target, prepare)


def ingredients() -> str:
    """What the site and its formats are made of, as a hash."""
    chromium = [browser.find() or "false", "--version"]
    with suppress(OSError):
        version = subprocess.run(chromium, capture_output=True, text=True, check=False).stdout
    return inputs.digest(words=[version, json.dumps(inputs.now())])


@pytest.fixture(scope="session")
def pages(site: Path) -> dict[str, BeautifulSoup]:
    """Every page of the site, by its address within it."""
    found = {str(path.relative_to(site)): path for path in sorted(site.rglob("*.html"))}
    assert sorted(found) == sorted(PAGES)
    return {name: BeautifulSoup(path.read_bytes(), "lxml") for name, path in found.items()}


@pytest.fixture(scope="session")
def chapters(pages: dict[str, BeautifulSoup]) -> list[str]:
    """The pages whose cells were executed: they offer their notebook."""
    found = [name for name, soup in pages.items() if soup.select('a[href$=".ipynb"]')]
    assert sorted(found) == sorted(CHAPTERS)
    return found


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    """Where the site is served, with a slash at the end."""
    handler = partial(Quiet, directory=str(site))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def pytest_xdist_auto_num_workers() -> int:
    """One process more than there are processors: each waits now and then, for a page or so."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long. Without a browser, skip what needs one; in CI let it fail."""
    # Each process begins with its part of the list, and then takes over from the end of another's:
    # one builds the site, the others do what needs none. What takes long must not come last; and
    # those with a common need stand together, since each process makes its own Firefox and so on.
    first = "site", "readers_python", "gecko", "elsewhere", "pages"
    items.sort(key=lambda item: [not needs(item, name) for name in first])
    for fixture, find, reason in WANTED:
        needing = [item for item in items if needs(item, fixture)]
        if needing and not os.environ.get("CI") and find() is None:
            for item in needing:
                item.add_marker(pytest.mark.skip(reason=reason))


def needs(item: pytest.Item, fixture: str) -> bool:
    return fixture in getattr(item, "fixturenames", ())


def pytest_terminal_summary(terminalreporter) -> None:
    """Say what test_budgets.py has measured, for whoever wants to know how much room is left."""
    reports = [r for kind in ("passed", "failed") for r in terminalreporter.getreports(kind)]
    found = [dict(r.user_properties).get("measured") for r in reports if r.when == "call"]
    for page in sorted(filter(None, found), key=lambda measured: measured["page"]):
        words = (f"{k} {v:.1f}" if isinstance(v, float) else f"{k} {v}" for k, v in page.items())
        terminalreporter.write_line(", ".join(words))


@pytest.fixture(scope="session")
def launch() -> Iterator[Callable[..., Browser]]:
    """Start a Chromium with some more arguments."""
    path = browser.find()
    if path is None:
        pytest.fail(NO_BROWSER, pytrace=False)
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        yield lambda *arguments: playwright.chromium.launch(
            executable_path=path, args=[*quiet, *arguments]
        )


@pytest.fixture(scope="session")
def chromium(launch: Callable[..., Browser]) -> Browser:
    return launch()


@contextmanager
def visit(
    chromium: Browser, url: str, width: int = 1280, theme: str = "light", **options: object
) -> Iterator[Page]:
    # Playwright waits by evaluating strings, which the policy of a page forbids. What obeys it:
    # `read`, and test_trust.py, which uses everything.
    options = {"bypass_csp": True, "viewport": {"width": width, "height": 900}, **options}
    with chromium.new_context(color_scheme=theme, **options) as context:
        page = context.new_page()
        coming = COMING[page] = set()
        page.on("request", lambda request: coming.add(request))
        page.on("requestfinished", lambda request: coming.discard(request))
        page.on("requestfailed", lambda request: coming.discard(request))
        page.goto(url)
        yield page


def choose_colours(page: Page, mode: str) -> None:
    """Choose "Light", "Dark" or "As the system" as a reader does."""
    page.get_by_role("button", name="Colours").click()
    page.get_by_role("button", name=mode, exact=True).click()


# What each page has asked for and not got yet.
COMING: WeakKeyDictionary[Page, set[Request]] = WeakKeyDictionary()


def settle(page: Page) -> None:
    """Wait until all has come. (Playwright's "networkidle" would wait for half a second more.)"""
    deadline = time.monotonic() + 30
    page.wait_for_timeout(50)
    while waiting := [r.url for r in COMING[page] if not r.url.startswith("data:")]:
        assert time.monotonic() < deadline, waiting
        page.wait_for_timeout(20)


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


# What is asked for late comes when the reader comes near; a frame must pass for a page to notice.
SCROLL = """async () => {
    for (const figure of document.querySelectorAll('figure')) {
        figure.scrollIntoView({ behavior: 'instant' });
        await new Promise(requestAnimationFrame);
    }
    const shown = [...document.images].filter(image => image.checkVisibility());
    const missing = shown.filter(image => !image.complete);
    await Promise.all(missing.map(image => new Promise(done => {
        image.onload = image.onerror = done;
    })));
}"""


def read_through(page: Page, url: str) -> None:
    page.goto(url)
    unfold(page)


def unfold(page: Page) -> None:
    page.evaluate(OPEN_ANSWERS)
    page.evaluate(SCROLL)
    settle(page)


@dataclass
class Read:
    """A page that was read to its end, with all answers open. A test leaves it as it was."""

    name: str
    page: Page
    asked: list[str]
    at_once: list[str]  # what came before the reader did anything
    responses: list[str]

    def seen(self, width: int, height: int, theme: str) -> "Read":
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.emulate_media(color_scheme=theme)
        return self


# One visit serves many tests: pytest runs those of one page one after the other.
@pytest.fixture(scope="session", params=PAGES)
def read(request, chromium: Browser, address: str) -> Iterator[Read]:
    """Each page of the site."""
    with visit(chromium, "about:blank", bypass_csp=False) as page:
        asked, failed = listen(page)
        responses: list[str] = []
        page.on("response", lambda response: responses.append(response.url))
        page.goto(address + request.param)
        settle(page)
        at_once = responses.copy()
        unfold(page)
        yield Read(request.param, page, asked, at_once, responses)
        assert failed == []


@pytest.fixture
def desk(read: Read) -> Read:
    """Each page on a wide screen, in the light."""
    return read.seen(1280, 900, "light")


@pytest.fixture
def phone(read: Read) -> Read:
    """Each page on a narrow screen, in the dark."""
    return read.seen(375, 812, "dark")


@pytest.fixture(scope="session")
def gecko() -> Iterator[firefox.Firefox]:
    """A Firefox with one tab."""
    path = firefox.find()
    if path is None:
        pytest.fail(NO_FIREFOX, pytrace=False)
    with firefox.started(path) as tab:
        yield tab


@pytest.fixture(scope="session")
def epubcheck() -> list[str]:
    """The command that checks an EPUB."""
    command = browser.epubcheck()
    if command is None:
        pytest.fail(NO_EPUBCHECK, pytrace=False)
    return command
