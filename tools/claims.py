"""Does every claim of the book survive other seeds?  `make claims` runs all chapters again to see.

Every cell runs, the hidden ones too, with each `np.random.default_rng(7)` seeded otherwise.  An
`assert` that fails is noted, and the run goes on.  What stands behind the comma says what the text
claims, and how far:

    assert early < late                              # always
    assert early < late, "the loss rises"            # always, in these words
    assert early < late, "here: the loss rises"      # of the numbers and pictures on the page
    assert early < late, "sometimes: the loss rises" # as often as `gdcore/data/claims.json` says

A claim about other starts or rates draws them, in a loop, from a generator with a seed.  Then other
seeds are other starts.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import io
import json
import os
import platform
import sys
import time
import types
import warnings
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
RECORD = ROOT / "gdcore" / "data" / "claims.json"
AT_A_TIME = 2
#: By so large a share of the runs the number that the text tells may be off.
MARGIN = 0.1


@dataclass
class Cell:
    """The code of a cell, and the line of the chapter in which it begins."""

    code: str
    line: int
    may_fail: bool
    hidden: bool


@dataclass
class Chapter:
    """The cells of a chapter that run, in their order."""

    file: Path
    cells: list[Cell]

    @property
    def name(self) -> str:
        return self.file.stem

    @property
    def is_random(self) -> bool:
        """Whether another seed changes anything."""
        return any("default_rng" in cell.code for cell in self.cells)


@dataclass
class Claim:
    """What an `assert` says, and in which of the runs it held."""

    where: str
    words: str
    held: list[bool] = field(default_factory=list)

    @property
    def extent(self) -> str:
        kind = self.words.partition(": ")[0]
        return kind if kind in ("here", "sometimes") else "always"

    @property
    def name(self) -> str:
        return self.words.partition(": ")[2] if self.extent != "always" else self.words


def read(file: Path) -> Chapter:
    """Return the cells of a chapter, by the reader that the build uses."""
    from myst_nb.core.read import read_myst_markdown_notebook
    from myst_parser.config.main import MdParserConfig

    text = file.read_text("utf-8")
    notebook = read_myst_markdown_notebook(text, MdParserConfig(), add_source_map=True)
    lines, cells = text.splitlines(), []
    for cell, fence in zip(notebook.cells, notebook.metadata.source_map, strict=True):
        tags = cell.metadata.get("tags", [])
        if cell.cell_type != "code" or "skip-execution" in tags:
            continue
        code = cell.source.splitlines()
        start = next(n for n in range(fence, len(lines)) if lines[n : n + len(code)] == code)
        may_fail, hidden = "raises-exception" in tags, "remove-cell" in tags
        cells.append(Cell(cell.source, start, may_fail, hidden))
    return Chapter(file, cells)


class Noting(ast.NodeTransformer):
    """Turns each `assert` into a note of whether it holds."""

    def visit_Assert(self, node: ast.Assert) -> ast.AST:
        words = ast.unparse(node.test)
        if isinstance(node.msg, ast.Constant):
            words = str(node.msg.value)
        note = f"__note__({node.lineno}, {words!r}, 0)"
        noted = ast.parse(f"try: {note}\nexcept Exception: {note}").body[0]
        assert isinstance(noted, ast.Try)
        (tried,) = noted.body
        assert isinstance(tried, ast.Expr)
        assert isinstance(tried.value, ast.Call)
        tried.value.args[2] = node.test
        for part in ast.walk(noted):
            if part is not node.test and not hasattr(part, "lineno"):
                continue
            ast.copy_location(part, node)
        return noted


@dataclass
class Run:
    """One run of a chapter: what each line claims, whether it held, and what failed elsewhere."""

    words: dict[int, str] = field(default_factory=dict)
    held: dict[int, bool] = field(default_factory=dict)
    errors: list[tuple[int, str]] = field(default_factory=list)

    def note(self, line: int, words: str, holds: Any) -> None:
        """Note a claim, which holds in this run if it does each time that it is met."""
        self.words[line] = words
        self.held[line] = bool(holds) and self.held.get(line, True)


class Undrawn(types.ModuleType):
    """Stands for a module that only shows things, and for whatever is in it."""

    def __getattr__(self, name: str) -> Undrawn:
        if name.startswith("__"):
            raise AttributeError(name)
        return Undrawn(name)

    def __call__(self, *_: Any, **__: Any) -> None:
        """Show nothing."""


class Counts(dict[str, Any]):
    """Recorded counts, where a claim that is not yet recorded held in none of the runs."""

    def __missing__(self, name: str) -> Any:
        return 0


def run(chapter: Chapter, shift: int) -> Run:
    """Run a chapter in this process, which is of no use for anything else afterwards."""
    warnings.simplefilter("ignore")
    drawing = [file.relative_to(ROOT) for file in (ROOT / "gdcore/plots").rglob("*.py")]
    for file in drawing:
        shown = ".".join(file.with_suffix("").parts).removesuffix(".__init__")
        sys.modules[shown] = Undrawn(shown)
    sys.modules["myst_nb"] = Undrawn("myst_nb")

    import numpy as np

    from gdcore import datasets

    seeded, recorded = np.random.default_rng, datasets.recorded

    def otherwise(seed: Any = None) -> np.random.Generator:
        if isinstance(seed, int | np.integer) and shift:
            seed = [int(seed), shift]
        return seeded(seed)

    def with_counts(name: str) -> dict[str, Any]:
        return counted() if name == "claims" else recorded(name)

    np.random.default_rng = otherwise
    datasets.recorded = with_counts

    done = Run()
    names: dict[str, Any] = {"__name__": "__main__", "__note__": done.note}
    for cell in chapter.cells:
        tree = ast.increment_lineno(ast.parse(cell.code), cell.line)
        code = compile(Noting().visit(tree), str(chapter.file), "exec")
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                exec(code, names)
        except Exception as error:
            if not cell.may_fail:
                line = cell.line + 1
                trace = error.__traceback__
                while trace:
                    if trace.tb_frame.f_code.co_filename == str(chapter.file):
                        line = trace.tb_lineno
                    trace = trace.tb_next
                done.errors.append((line, f"{type(error).__name__}: {error}"))
    return done


def counted() -> dict[str, Any]:
    """Return what `gdcore/data/claims.json` holds, or as much of it as there is."""
    record: dict[str, Any] = {"shifts": 0, "results": {}}
    if RECORD.exists():
        record = json.loads(RECORD.read_text("utf-8"))
    results: Counts = Counts()
    for chapter, counts in record["results"].items():
        results[chapter] = Counts(counts)

    class Chapters(Counts):
        def __missing__(self, name: str) -> Any:
            return Counts()

    return record | {"results": Chapters(results)}


def run_all(chapters: Sequence[Chapter], shifts: Iterable[int]) -> tuple[list[Claim], list[str]]:
    """Run the chapters with each of the shifts; return their claims, and what failed elsewhere."""
    from tqdm import tqdm

    for library in ("OMP", "OPENBLAS", "MKL"):
        os.environ[f"{library}_NUM_THREADS"] = "1"
    shifts = list(shifts)
    jobs = [(c, shift) for shift in shifts for c in chapters if c.is_random or shift == shifts[0]]
    runs: dict[str, list[Run]] = {chapter.name: [] for chapter in chapters}
    # A process for each run: what one changes no other sees.
    workers = ProcessPoolExecutor(AT_A_TIME, get_context("spawn"), max_tasks_per_child=1)
    with workers, tqdm(total=len(jobs), desc="runs of chapters", leave=False) as bar:
        running = {workers.submit(run, chapter, shift): chapter.name for chapter, shift in jobs}
        for done in as_completed(running):
            runs[running[done]].append(done.result())
            bar.update()
    claims, errors = [], []
    for chapter in chapters:
        place = (
            chapter.file.relative_to(ROOT) if chapter.file.is_relative_to(ROOT) else chapter.file
        )
        words = {line: said for one in runs[chapter.name] for line, said in one.words.items()}
        for line, said in sorted(words.items()):
            # A run that never came so far does not support the claim.
            held = [one.held.get(line, False) for one in runs[chapter.name]]
            claims.append(Claim(f"{place}:{line}", said, held))
        for one in runs[chapter.name]:
            errors += [f"{place}:{line}: {error}" for line, error in one.errors]
    return claims, errors


def table(claims: Iterable[Claim]) -> str:
    """Return the claims as text, those that held least often last."""
    rows = sorted(claims, key=lambda claim: -sum(claim.held) / len(claim.held))
    lines = []
    for claim in rows:
        words = claim.words if len(claim.words) <= 72 else claim.words[:69] + "..."
        held = f"{sum(claim.held)} of {len(claim.held)}"
        lines.append(f"{held:>8}  {claim.where:34} {words}")
    return "\n".join(lines)


def faults(claims: Iterable[Claim], errors: Iterable[str], record: dict[str, Any]) -> list[str]:
    """Return what is wrong: a claim that fails, or holds less or more often than the text says."""
    found = [f"{error} (not an assertion)" for error in dict.fromkeys(errors)]
    for claim in claims:
        held, of = sum(claim.held), len(claim.held)
        if claim.extent == "always" and held < of:
            found.append(f"{claim.where}: held in {held} of {of}: {claim.words}")
        if claim.extent == "sometimes":
            said = record["results"][Path(claim.where).stem][claim.name]
            share = said / max(record["shifts"], 1)
            # Of a few runs any number may be meant.
            if of >= record["shifts"] and abs(held / of - share) > MARGIN:
                told = f"held in {held} of {of}, and the record says {said} of {record['shifts']}"
                found.append(f"{claim.where}: {told} (make claims RECORD=1): {claim.name}")
    return found


def recording(claims: Iterable[Claim], shifts: int) -> dict[str, Any]:
    """Return how often each claim held that holds only sometimes, with the date and versions."""
    results: dict[str, dict[str, int]] = {}
    for claim in claims:
        if claim.extent == "sometimes":
            results.setdefault(Path(claim.where).stem, {})[claim.name] = sum(claim.held)
    return made() | {"shifts": shifts, "results": results}


def made() -> dict[str, Any]:
    """Return when, and with which versions, something is counted."""
    versions = {name: version(name) for name in ("numpy", "scikit-learn")}
    return {
        "date": time.strftime("%Y-%m-%d"),
        "versions": {"python": platform.python_version()} | versions,
    }


def main() -> None:
    """Run, print the table, and say by the exit code whether all claims hold."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("chapters", nargs="*", help="names such as 'batches'; all by default")
    parser.add_argument("--shifts", type=int, default=20)
    parser.add_argument("--record", action="store_true", help="keep the counts for the book")
    given = parser.parse_args()
    chosen = [ROOT / "book" / f"{name}.md" for name in given.chapters]
    files = chosen or sorted((ROOT / "book").glob("*.md"))
    chapters = [chapter for chapter in map(read, files) if chapter.cells]
    claims, errors = run_all(chapters, range(1, given.shifts + 1))
    print(table(claims))
    if given.record:
        record = recording(claims, given.shifts)
        if given.chapters:  # the others stay as they are
            record["results"] = counted()["results"] | record["results"]
        RECORD.write_text(json.dumps(record, indent=2) + "\n", "utf-8")
    wrong = faults(claims, errors, counted())
    print(f"\n{len(claims)} claims in {given.shifts} runs; {len(wrong)} faults")
    sys.exit("\n".join(wrong) or 0)


if __name__ == "__main__":
    main()
