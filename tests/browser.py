"""Find a Chromium for the tests of the built site; run as a program, get the browsers they need."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import firefox
from playwright.sync_api import sync_playwright

NAMES = "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"


def works(path: str | None) -> bool:
    # Ubuntu's `chromium-browser` may be an empty shell that asks for its snap, so ask it.
    return bool(path) and not subprocess.run([path, "--version"], capture_output=True).returncode


def playwrights_own() -> str | None:
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def find() -> str | None:
    """The path of a Chromium that starts: $CHROMIUM if set, else one on PATH, else Playwright's."""
    if named := os.environ.get("CHROMIUM"):
        return next(filter(works, [shutil.which(named)]), None)
    return next(filter(works, map(shutil.which, NAMES)), None) or playwrights_own()


def install(packages: list[str]) -> None:
    """Debian's packages where apt and root are there, else Playwright's own Chromium."""
    print(f"Getting {' and '.join(packages)} for the tests of the site ...", flush=True)
    if shutil.which("apt-get") and os.geteuid() == 0:
        apt = ["apt-get", "-qq", "install", "-y", "--no-install-recommends", *packages]
        subprocess.run(["apt-get", "-qq", "update"], check=False)
        subprocess.run(apt, check=False)
    if not find():
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)


if __name__ == "__main__":
    there = {"chromium": find(), "firefox-esr": firefox.find()}
    if missing := [name for name, path in there.items() if not path]:
        install(missing)
