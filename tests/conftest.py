"""The built site, a server for it and a browser: made once for all tests that need them."""

import fcntl
import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import browser
import firefox
import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parent.parent
NOT_SOURCE = ("_build", ".*cache", ".venv", ".git", "node_modules", "__pycache__", ".hypothesis")
NO_BROWSER = "NO BROWSER, SO THE SITE IS UNCHECKED: install Chromium or name one in $CHROMIUM"
NO_FIREFOX = "no Firefox, so the live figures are checked in Chromium only: name one in $FIREFOX"
NO_EPUBCHECK = "no epubcheck, so nobody but the tests has looked at the EPUB"
WANTED = (
    ("launch", browser.find, NO_BROWSER),
    ("gecko", firefox.find, NO_FIREFOX),
    ("epubcheck", browser.epubcheck, NO_EPUBCHECK),
)


def make_book(
    project: Path = ROOT, target: str = "book", **variables: str
) -> subprocess.CompletedProcess[str]:
    """Build a site as a reader does, whatever an outer make or a published address say."""
    outer = "MAKEFLAGS", "BOOK_URL", "BOOK_SOURCE"
    inherited = {k: v for k, v in os.environ.items() if k not in outer}
    # A copy borrows its tools: its make must not set them up anew.
    borrowed = [".venv/.book", ".venv/.test", "conf/node_modules/.stamp"]
    kept = [] if project == ROOT else [word for stamp in borrowed for word in ("-o", stamp)]
    return subprocess.run(
        ["make", target, *kept],
        cwd=project,
        env=inherited | variables,
        text=True,
        capture_output=True,
        check=False,
    )


def copy_project(to: Path) -> Path:
    """The project's sources in another directory, with the tools of this one."""
    shutil.copytree(ROOT, to, ignore=shutil.ignore_patterns(*NOT_SOURCE))
    for tools in ".venv", "conf/node_modules":
        (to / tools).symlink_to(ROOT / tools)
    return to


@pytest.fixture(scope="session")
def site(testrun_uid: str) -> Path:
    """The folder of the built site. Of processes that test together, the first one builds it."""
    build = ROOT / "_build"
    build.mkdir(exist_ok=True)
    with (build / ".tested-by").open("a+") as built:
        fcntl.flock(built, fcntl.LOCK_EX)
        built.seek(0)
        if built.read() != testrun_uid:
            done = make_book(target="formats" if browser.find() else "book")
            if done.returncode:
                pytest.fail(f"the book does not build:\n{done.stdout}{done.stderr}", pytrace=False)
            built.truncate(0)
            built.write(testrun_uid)
    return build / "html"


@pytest.fixture(scope="session")
def pages(site: Path) -> dict[str, BeautifulSoup]:
    """Every page of the site, by its address within it."""
    found = {str(path.relative_to(site)): path for path in sorted(site.rglob("*.html"))}
    assert "index.html" in found
    return {name: BeautifulSoup(path.read_bytes(), "html.parser") for name, path in found.items()}


@pytest.fixture(scope="session")
def chapters(pages: dict[str, BeautifulSoup]) -> list[str]:
    """The pages whose cells were executed: they offer their notebook."""
    found = [name for name, soup in pages.items() if soup.select('a[href$=".ipynb"]')]
    assert found
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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long. Without a browser, skip what needs one; in CI let it fail."""
    # A process that has nothing left to do takes tests over from the end of another's list.
    items.sort(key=lambda item: not needs(item, "site"))
    for fixture, find, reason in WANTED:
        needing = [item for item in items if needs(item, fixture)]
        if needing and not os.environ.get("CI") and find() is None:
            for item in needing:
                item.add_marker(pytest.mark.skip(reason=reason))


def needs(item: pytest.Item, fixture: str) -> bool:
    return fixture in getattr(item, "fixturenames", ())


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
