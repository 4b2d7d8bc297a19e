"""Build the site beside the one that stands, and put it in its place when all is well.

Nothing is done when nothing has changed. When only the text of pages has, Sphinx goes on from what
the last build read (extensions/incremental.py). Anything else makes every page anew; then only the
results of the cells are kept, and the type (extensions/execution.py and assets.py).
"""

from __future__ import annotations

import errno
import gc
import json
import os
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypedDict
from unittest import mock

from conf import inputs
from conf.inputs import BUILD, ROOT, Inputs

CONF = ROOT / "conf"
SITE, NEW, OLD, KEPT = BUILD / "html", BUILD / "new", BUILD / "old", BUILD / "kept"
# Of what a build has read, for the next one; and of what and into what it was made.
READ = "doctrees", "jupyter_execute"
MADE = KEPT / "made.json"
# What a build needs of earlier ones comes back when it is lost.
ONCE = BUILD / ".jupyter_cache", BUILD / "assets"


class Made(TypedDict):
    """Of what the site was made, what was wanted of it, and the hash of all its files."""

    inputs: Inputs
    wanted: list[str]
    site: str


UNWRITABLE = "The build must be able to write there."
IN_THE_WAY = "A file stands where the build needs a folder."
FULL = "Make room on the disk, then build again."
HINTS = {
    errno.ENOSPC: FULL,
    errno.EDQUOT: FULL,
    errno.EFBIG: FULL,
    errno.EROFS: UNWRITABLE,
    errno.EACCES: UNWRITABLE,
    errno.EPERM: UNWRITABLE,
    errno.EEXIST: IN_THE_WAY,
    errno.ENOTDIR: IN_THE_WAY,
}
SET_UP = "What `make` has set up lacks it: `make distclean book` sets up anew."
# Trees of millions of nodes live to the end of a build. Python would look through them for garbage
# every 700 new objects, which takes a third of the time.
OBJECTS = 50_000


def causes(error: BaseException | None) -> Iterator[BaseException]:
    while error:
        yield error
        error = error.__cause__


def explain(error: BaseException) -> str:
    """Return one line for what is wrong with the machine and not with the book; else nothing."""
    for cause in causes(error):
        if isinstance(cause, ImportError):
            return f"{cause}. {SET_UP}"
        if isinstance(cause, sqlite3.OperationalError):
            return f"The results in _build/.jupyter_cache: {cause}. {FULL} {UNWRITABLE}"
        if isinstance(cause, OSError) and cause.errno in HINTS:
            place = cause.filename2 or cause.filename or BUILD
            return f"{place}: {cause.strerror}. {HINTS[cause.errno]}"
        if isinstance(cause, FileNotFoundError):
            file = Path(cause.filename or "")
            if {"node_modules", ".venv"} & {*file.parts}:
                return f"There is no {file}. {SET_UP}"
    for code, hint in HINTS.items():  # what another program has said
        if (said := os.strerror(code)).lower() in str(error).lower():
            return f"{BUILD}: {said}. {hint}"
    return ""


def sphinx(builder: str, *options: str) -> None:
    """Run Sphinx, which shows what is wrong with the book."""
    import sphinx._cli.util.errors as errors
    from sphinx.builders.html import StandaloneHTMLBuilder
    from sphinx.cmd.build import main

    told = errors.handle_exception

    def tell(error: BaseException, /, **options: Any) -> None:
        if line := explain(error):
            sys.exit(f"\n{line}")
        told(error, **options)

    StandaloneHTMLBuilder.epilog = ""  # it would say where the site is now, not where it will be
    folders = ["-c", str(CONF), "-d", str(NEW / "doctrees"), str(ROOT / "book"), str(NEW / builder)]
    with mock.patch.object(errors, "handle_exception", tell):
        if status := main(["-b", builder, "-n", "-W", *options, *folders]):
            sys.exit(status)


def formats() -> None:
    """Put the book as a PDF and an EPUB into the site, whose front page then says how large."""
    from conf import pdf

    sphinx("epub", "-q")
    made = NEW / "formats"
    shutil.copy(NEW / "epub" / "rolling-downhill.epub", made)
    pdf.main(NEW / "html", made / "rolling-downhill.pdf")
    sphinx("html", "-q")


def clear() -> None:
    """Take away what an earlier build left. One that was killed between two names left no site."""
    if OLD.exists() and not SITE.exists():
        OLD.rename(SITE)
    for folder in NEW, OLD:
        if folder.exists():
            shutil.rmtree(folder)


def last() -> Made | None:
    """Return how the last build was made, if all that it left is still there."""
    try:
        made: Made = json.loads(MADE.read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    whole = made["site"] == hashed(SITE) and all(folder.is_dir() for folder in ONCE)
    return made if whole else None


def hashed(site: Path) -> str:
    return inputs.digest(*inputs.files(site), root=site)


def take_place(made: Made) -> None:
    """Put the new site in the place of the old one, and keep what was read for the next."""
    made["site"] = hashed(NEW / "html")
    MADE.unlink(missing_ok=True)
    shutil.rmtree(KEPT, ignore_errors=True)
    if SITE.exists():
        SITE.rename(OLD)
    (NEW / "html").rename(SITE)
    NEW.rename(KEPT)
    clear()
    MADE.write_text(json.dumps(made), "utf-8")


def main(*wanted: str) -> None:
    gc.set_threshold(OBJECTS)
    try:
        from conf.extensions import build_lock

        build_lock.wait(BUILD)
        clear()
        before, now = last(), inputs.now()
        if not before or wanted or before["wanted"] or before["inputs"] != now:
            if before and before["inputs"]["around"] == now["around"]:
                for folder in filter(Path.is_dir, map(KEPT.joinpath, READ)):
                    shutil.copytree(folder, NEW / folder.name)
            sphinx("html")
            if "formats" in wanted:
                formats()
            take_place({"inputs": now, "wanted": list(wanted), "site": ""})
    except Exception as error:
        if line := explain(error):
            sys.exit(f"\n{line}")
        raise
    except KeyboardInterrupt:
        sys.exit("\nInterrupted!")
    print("Read it: open _build/html/index.html in a browser.")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
        # Chapters that still run end with us. Why is said; what their threads say of it is not.
        sys.stderr.flush()
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
        sys.exit(1)
