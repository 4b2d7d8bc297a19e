"""Runs the chapters' cells: anew when anything they depend on has changed, loudly when one fails.

MyST-NB keys its cache by the cells alone and would show old results after an edit of the module.
So the cache stands in a folder that is named by the content of everything else a cell can see.

Chapters run side by side, as many as there are processors, while Sphinx reads what needs no run.
"""

from __future__ import annotations

import os
import re
import shutil
import textwrap
from contextlib import suppress
from functools import cached_property, partial
from multiprocessing.pool import AsyncResult, ThreadPool
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import jupyter_cache.executors.utils as runner
import myst_nb.core.execute as myst_execute
import myst_nb.core.execute.cache as myst_cache
import nbclient
from jupyter_cache import get_cache
from jupyter_cache.cache.db import NbCacheRecord
from jupyter_cache.executors.utils import ExecutionResult, single_nb_execution
from myst_nb.core.execute.base import ExecutionError
from myst_nb.core.execute.cache import NotebookClientCache
from myst_nb.core.read import create_nb_reader
from nbclient.exceptions import DeadKernelError
from sphinx.util import logging

from conf import inputs

if TYPE_CHECKING:
    from jupyter_cache.cache.main import JupyterCacheBase
    from myst_nb.core.config import NbParserConfig
    from nbformat import NotebookNode
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

KERNEL_PROFILE = """\
c.IPKernelApp.log_level = 40  # no word about the port it listens on
c.HistoryManager.enabled = False
"""
# Cells with such a tag show nothing of what they write to stderr.
UNSEEN = {"remove-cell", "remove-output", "remove-stderr"}


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

    cache = build / ".jupyter_cache" / inputs.results(KERNEL_PROFILE)[:16]
    if not cache.exists():
        # A database without its tables, which a kill may leave, would be taken for a whole one.
        unnamed = build / "new" / "cache"
        get_cache(unnamed).db.dispose()
        cache.parent.mkdir(exist_ok=True)
        unnamed.rename(cache)
    return cache


logger = logging.getLogger(__name__)


class Ahead:
    """Chapters that run, or wait for a processor, before Sphinx comes to read them."""

    def __init__(self) -> None:
        self.begun: dict[str, tuple[NotebookNode, AsyncResult[ExecutionResult]]] = {}

    @cached_property
    def pool(self) -> ThreadPool:
        """Nobody waits for these threads when a build ends early, and a kernel ends with us."""
        return ThreadPool(os.cpu_count())

    def begin(self, app: Sphinx, env: BuildEnvironment, pages: list[str]) -> None:
        """Begin with what has no result yet."""
        config: NbParserConfig = env.mystnb_config  # type: ignore[attr-defined]
        cache = get_cache(config.execution_cache_path)
        for file in map(env.doc2path, pages):
            text = Path(file).read_text("utf-8")
            reader = create_nb_reader(str(file), env.myst_config, config, text)  # type: ignore[attr-defined]
            if reader is None:
                continue
            notebook = reader.read(text)
            forget_what_is_broken(cache, notebook)
            try:
                cache.match_cache_notebook(notebook)
            except KeyError:
                if config.metadata_key not in notebook.metadata:  # else it has settings of its own
                    running = self.pool.apply_async(self.run, (notebook, config.execution_timeout))
                    self.begun[code(notebook)] = notebook, running

    def run(self, notebook: NotebookNode, timeout: int) -> ExecutionResult:
        with TemporaryDirectory() as folder:
            return single_nb_execution(notebook, folder, timeout, allow_errors=False)

    def result(self, notebook: NotebookNode, *settings: Any, **more: Any) -> ExecutionResult:
        """Wait for a chapter, or run it now; in place, as jupyter-cache does."""
        if code(notebook) not in self.begun:
            return single_nb_execution(notebook, *settings, **more)
        executed, running = self.begun.pop(code(notebook))
        running.wait()
        notebook.update(executed)
        return running.get()


def code(notebook: NotebookNode) -> str:
    return "\0".join(cell.source for cell in notebook.cells if cell.cell_type == "code")


def forget_what_is_broken(cache: JupyterCacheBase, notebook: NotebookNode) -> None:
    """Drop a result that no page can be made of, so that the cells run again.

    A killed build may have noted it and written half of it, or nothing. And what stands on stderr
    may never come again, such as a word about a cache that is filled once.
    """
    with suppress(KeyError):
        known = cache.match_cache_notebook(notebook)
        try:
            broken = complains(cache.get_cache_bundle(known.pk).nb)
        except (KeyError, ValueError):
            broken = True
        if broken:
            shutil.rmtree(cache.path / "executed" / known.hashkey, ignore_errors=True)
            NbCacheRecord.remove_record(known.pk, cache.db)


def complains(notebook: NotebookNode) -> bool:
    return any(
        output.get("name") == "stderr"
        for cell in notebook.cells
        if not UNSEEN & {*cell.metadata.get("tags", [])}
        for output in cell.get("outputs", [])
    )


class Client(NotebookClientCache):  # type: ignore[misc]
    """MyST-NB's own client, but a failing cell is told once: its file, its line and the error."""

    def start_client(self) -> None:
        try:
            given = self.notebook
            super().start_client()
            if self.notebook is given:  # it ran; from the cache it is as the next build finds it
                super().start_client()
        except (ExecutionError, DeadKernelError) as failure:
            error, line, code = self._what_failed()
            if isinstance(failure.__cause__, TimeoutError):
                error = f"it ran longer than {self.nb_config.execution_timeout} s"
            shown = textwrap.indent(code, "    ")
            logger.error("%s\n\n%s\n", error, shown, location=f"{self.path}:{line}")
            # Sphinx would report any other exception as if it were a bug of its own.
            raise SystemExit(1) from None
        if complains(self.notebook):
            forget_what_is_broken(get_cache(self.nb_config.execution_cache_path), self.notebook)

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


ahead = Ahead()


def setup(app: Sphinx) -> dict[str, bool]:
    # Else a line that the kernel happens to send in two pieces would be shown as two lines.
    runner.executenb = partial(nbclient.execute, coalesce_streams=True, shutdown_kernel="immediate")
    myst_cache.single_nb_execution = ahead.result
    myst_execute.NotebookClientCache = Client
    app.connect("env-before-read-docs", ahead.begin)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
