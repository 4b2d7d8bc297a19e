"""Runs the chapters' cells: anew when anything they depend on has changed, loudly when one fails.

MyST-NB keys its cache by the cells alone and would show old results after an edit of the module.
So the cache stands in a folder that is named by the content of everything else a cell can see.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import sys
import textwrap
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import jupyter_cache.executors.utils as runner
import myst_nb.core.execute as myst_execute
import nbclient
from jupyter_cache import get_cache
from jupyter_cache.cache.db import NbCacheRecord
from myst_nb.core.execute.base import ExecutionError
from myst_nb.core.execute.cache import NotebookClientCache
from nbclient.exceptions import DeadKernelError
from sphinx.util import logging

if TYPE_CHECKING:
    from nbformat import NotebookNode
    from sphinx.application import Sphinx

KERNEL_PROFILE = """\
c.IPKernelApp.log_level = 40  # no word about the port it listens on
c.HistoryManager.enabled = False
"""


def prepare(root: Path, build: Path) -> Path:
    """Show the kernels this tree's module and settings; return the folder for their results."""
    profile = build / "ipython" / "profile_default" / "ipython_kernel_config.py"
    profile.parent.mkdir(parents=True, exist_ok=True)
    profile.write_text(KERNEL_PROFILE, "utf-8")
    os.environ["IPYTHONDIR"] = str(build / "ipython")
    os.environ["PYTHONPATH"] = str(root)
    # On any number of cores the same sums in the same order; and small products are no faster on
    # two, where the threads wait for each other.
    for library in ("OMP", "OPENBLAS", "MKL"):
        os.environ[f"{library}_NUM_THREADS"] = "1"

    # Not the reader's own: their settings would show, and a lock that a kill left there would stay.
    os.environ["MPLCONFIGDIR"] = str(build / "matplotlib")
    for lock in (build / "matplotlib").glob("*.matplotlib-lock"):
        lock.unlink()

    seen = hashlib.sha256((KERNEL_PROFILE + sys.version).encode())
    pins = root / "conf" / "requirements" / "book.txt"
    module = (file for kind in ("py", "json") for file in (root / "gdcore").rglob(f"*.{kind}"))
    for file in [pins, *sorted(module)]:
        seen.update(f"{file.relative_to(root).as_posix()}\0".encode() + file.read_bytes() + b"\0")
    cache = build / ".jupyter_cache" / seen.hexdigest()[:16]
    if not cache.exists():
        # A database without its tables, which a kill may leave, would be taken for a whole one.
        unnamed = build / "new" / "cache"
        get_cache(unnamed).db.dispose()
        cache.parent.mkdir(exist_ok=True)
        unnamed.rename(cache)
    return cache


logger = logging.getLogger(__name__)


class Client(NotebookClientCache):  # type: ignore[misc]
    """MyST-NB's own client, but a failing cell is told once: its file, its line and the error."""

    def start_client(self) -> None:
        try:
            self._forget_what_is_broken()
            super().start_client()
            super().start_client()  # from the cache, where it is as the next build will find it
        except (ExecutionError, DeadKernelError) as failure:
            error, line, code = self._what_failed()
            if isinstance(failure.__cause__, TimeoutError):
                error = f"it ran longer than {self.nb_config.execution_timeout} s"
            shown = textwrap.indent(code, "    ")
            logger.error("%s\n\n%s\n", error, shown, location=f"{self.path}:{line}")
            # Sphinx would report any other exception as if it were a bug of its own.
            raise SystemExit(1) from None

    def _forget_what_is_broken(self) -> None:
        """Drop a result that a killed build had noted, and written by half or not at all."""
        cache = get_cache(self.nb_config.execution_cache_path)
        with suppress(KeyError):
            known = cache.match_cache_notebook(self.notebook)
            try:
                cache.get_cache_bundle(known.pk)
            except (KeyError, ValueError):
                shutil.rmtree(cache.path / "executed" / known.hashkey, ignore_errors=True)
                NbCacheRecord.remove_record(known.pk, cache.db)

    def _what_failed(self) -> tuple[str, int, str]:
        """Return the error, the line in the chapter and the code of the cell that failed."""
        for cell, fence in zip(self.notebook.cells, self.notebook.metadata.source_map, strict=True):
            allowed = {"raises-exception", "skip-execution"} & set(cell.metadata.get("tags", []))
            if cell.cell_type != "code" or allowed:
                continue
            failed, place = cell, fence
            if _error(cell) or not cell.execution_count:
                break
        # Where no cell has an error, the last one that began has taken the kernel with it.
        code = failed.source.splitlines()
        lines = self.path.read_text("utf-8").splitlines()
        starts = (n for n in range(place, len(lines)) if lines[n : n + len(code)] == code)
        start = next(starts, place)  # there is none where the code stands in another file
        error, line = "it did not end", 1
        if raised := _error(failed):
            error = f"{raised.ename}: {raised.evalue}"
            traceback = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(raised.traceback))
            where = re.search(r"Cell In\[\d+\], line (\d+)", traceback)
            line = int(where[1]) if where else 1
        return error, start + line, failed.source


def _error(cell: NotebookNode) -> NotebookNode | None:
    return next((output for output in cell.outputs if output.output_type == "error"), None)


def setup(app: Sphinx) -> dict[str, bool]:
    # Else a line that the kernel happens to send in two pieces would be shown as two lines.
    runner.executenb = partial(nbclient.execute, coalesce_streams=True)
    myst_execute.NotebookClientCache = Client
    return {"parallel_read_safe": True, "parallel_write_safe": True}
