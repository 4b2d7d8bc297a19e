"""Times contenders against each other on a machine that other work disturbs too.

A round gives every contender one fresh process, one after the other.  Within a round
the machine is about the same for all, so a ratio is taken there, and its median over the rounds is
what counts.  pyperf starts the processes, warms them up and knows the machine.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pyperf

Run = Callable[[], Any]
THREADS = [f"{library}_NUM_THREADS" for library in ("OMP", "OPENBLAS", "MKL")]


def work(contenders: Mapping[str, Callable[[], Run]]) -> None:
    """Time what pyperf asks for: each entry sets itself up, untimed, and returns what to time."""
    runner = pyperf.Runner()
    for name, make in contenders.items():
        runner.bench_time_func(name, _seconds, make)


def _seconds(loops: int, make: Callable[[], Run]) -> float:
    run = make()
    start = time.perf_counter()
    for _ in range(loops):
        run()
    return time.perf_counter() - start


def measure(
    script: str, rounds: int, variables: Mapping[str, str], *options: str, threads: int = 1
) -> dict[str, list[float]]:
    """Run a script that calls `work`, so many rounds, with environment variables and options.

    Return a list of seconds for each contender, one for each round.
    """
    environment = dict.fromkeys(THREADS, str(threads)) | dict(variables)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "runs.json")
        for number in range(rounds):
            print(f"round {number + 1} of {rounds} ...", file=sys.stderr, flush=True)
            once = ["--processes=1", "--values=3", "--warmups=1", "--quiet", *options]
            inherited = f"--inherit-environ={','.join(environment)}"
            subprocess.run(
                [sys.executable, script, *once, inherited, f"--append={file}"],
                env=os.environ | environment,
                stdout=subprocess.DEVNULL,
                check=True,
            )
        suite = pyperf.BenchmarkSuite.load(str(file))
    return {
        benchmark.get_name(): [
            float(np.median(run.values)) for run in benchmark.get_runs() if run.values
        ]
        for benchmark in suite
    }


def surroundings(*packages: str) -> dict[str, Any]:
    """Return when, on what machine and with which versions something is measured."""
    metadata = pyperf.Run([1.0], collect_metadata=True).get_metadata()
    return {
        "date": time.strftime("%Y-%m-%d"),
        "machine": {
            "processor": metadata.get("cpu_model_name", platform.processor()),
            "cores": os.cpu_count(),
            "system": f"{platform.system()} {platform.machine()}",
        },
        "versions": {"python": platform.python_version()}
        | {name: version(name) for name in ("numpy", "gdcore", *packages)},
    }


def ratios(seconds: Mapping[str, list[float]], name: str, reference: str) -> list[float]:
    """Return the quartiles, the median in the middle, of a contender's time by the reference's."""
    pairs = np.array(seconds[name]) / np.array(seconds[reference])
    return [float(quartile) for quartile in np.quantile(pairs, [0.25, 0.5, 0.75])]


def options(description: str | None, rounds: int = 0) -> argparse.Namespace:
    """Return what the command line says, with `rounds` by default if there are rounds at all."""
    parser = argparse.ArgumentParser(description=description)
    if rounds:
        parser.add_argument("--rounds", type=int, default=rounds)
        parser.add_argument(
            "--quick", dest="rounds", action="store_const", const=1, help="one round"
        )
    parser.add_argument("--record", type=Path, help="a file for the result")
    return parser.parse_args()


def store(record: Mapping[str, Any], file: Path) -> None:
    """Write what was measured, in a form that a diff can show."""
    file.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", "utf-8")


def report(record: Mapping[str, Any], text: str, file: Path | None) -> None:
    """Print what was measured, and store it if there is a file for it."""
    print(text)
    if file:
        store(record, file)
