"""Times builds of the book against each other: without a change, after an edit, from nothing.

Each round builds a copy of the project in each of these ways, one after the other. What
counts is the ratio within a round: to a build that makes all pages of results that are there, and,
from nothing, to one that runs one chapter after the other.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np

from tools.project import copy_project

ALONE = "import os; os.cpu_count = lambda: 1; from conf.build import main; main()"


def build(project: Path, *forgotten: str, program: tuple[str, ...] = ("-m", "conf.build")) -> float:
    """Return the seconds that a build takes when something of the last ones is gone."""
    for name in forgotten:
        shutil.rmtree(project / "_build" / name)
    start = time.perf_counter()
    python = project / ".venv" / "bin" / "python"
    subprocess.run([python, *program], cwd=project, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def edit(project: Path) -> None:
    """Add a sentence to a chapter."""
    page = project / "book" / "batches.md"
    page.write_text(page.read_text("utf-8") + "\nOne more sentence.\n", "utf-8")


def measure(project: Path, seconds: dict[str, list[float]]) -> None:
    """Add one time of each kind."""
    results = ".jupyter_cache", "kept"
    seconds["one chapter at a time"].append(build(project, *results, program=("-c", ALONE)))
    seconds["from nothing"].append(build(project, *results))
    seconds["all pages"].append(build(project, "kept"))
    seconds["no change"].append(build(project))
    edit(project)
    seconds["prose"].append(build(project))


def main() -> None:
    """Print the seconds and the ratios, with their quartiles."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    references = {
        "no change": "all pages",
        "prose": "all pages",
        "from nothing": "one chapter at a time",
    }
    seconds: dict[str, list[float]] = {name: [] for name in {*references, *references.values()}}
    with tempfile.TemporaryDirectory() as folder:
        project = copy_project(Path(folder) / "book")
        build(project)
        for number in range(rounds):
            print(f"round {number + 1} of {rounds} ...", flush=True)
            measure(project, seconds)
    print(f"seconds, the least of {rounds}; ratio to another build, with quartiles")
    for name, reference in references.items():
        pairs = np.array(seconds[name]) / np.array(seconds[reference])
        low, middle, high = np.quantile(pairs, [0.25, 0.5, 0.75])
        print(
            f"  {name:13}{min(seconds[name]):7.2f}   {middle:.3f} [{low:.3f}, {high:.3f}] "
            f"of {reference} ({min(seconds[reference]):.2f})"
        )


if __name__ == "__main__":
    main()
