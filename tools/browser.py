"""Find what the tests of the built site need; run as a program, get it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from tools import firefox

# The first is Chromium without its windows: a page takes less than half the time.
SHELL = "chromium-headless-shell"
NAMES = SHELL, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"


def works(path: str | None) -> bool:
    # Ubuntu's `chromium-browser` may be an empty shell that asks for its snap, so ask it.
    return (
        path is not None and not subprocess.run([path, "--version"], capture_output=True).returncode
    )


def playwrights_own() -> str | None:
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def find() -> str | None:
    """The path of a Chromium that starts: $CHROMIUM if set, else one on PATH, else Playwright's."""
    if named := os.environ.get("CHROMIUM"):
        return next(filter(works, [shutil.which(named)]), None)
    return next(filter(works, map(shutil.which, NAMES)), None) or playwrights_own()


def epubcheck() -> list[str] | None:
    """The command that checks an EPUB. Debian's is a jar that only some kernels start."""
    path = shutil.which("epubcheck")
    if path and Path(path).read_bytes()[:2] == b"PK":
        # Compiling it well would take longer than it runs.
        return ["java", "-XX:TieredStopAtLevel=1", "-jar", path] if shutil.which("java") else None
    return [path] if path else None


def install(packages: list[str]) -> None:
    """Debian's packages where apt and root are there, else Playwright's own Chromium."""
    print(f"Getting {' and '.join(packages)} ...", flush=True)
    # A machine of CI is there for the tests alone, and lets them become root.
    root = ["sudo", "-n"] if os.environ.get("CI") and os.geteuid() else []
    if shutil.which("apt-get") and (root or os.geteuid() == 0):
        apt = [*root, "apt-get", "-qq", "install", "-y", "--no-install-recommends", *packages]
        subprocess.run([*root, "apt-get", "-qq", "update"], check=False)
        subprocess.run(apt, check=False)
    if not find():
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)


def good() -> bool:
    """Whether there is a Chromium; where nobody looks, as in CI, it is to be the quick one."""
    path = find() or ""
    anyone = not os.environ.get("CI") or "CHROMIUM" in os.environ
    return bool(path) if anyone else path.endswith(SHELL)


if __name__ == "__main__":
    finders = {SHELL: good, "firefox-esr": firefox.find, "epubcheck": epubcheck}
    if missing := [name for name in sys.argv[1:] or finders if not finders[name]()]:
        install(missing)
