"""One thread against two, one process against two workers, and what a message costs.

`make bench` runs this, and `make bench RECORD=1` stores the result in `gdcore/data/parallel.json`,
which chapter 8 shows.  Timed are steps of training in `float32`: a gradient, and the mean of the
parts' gradients.  `--quick` makes one round, to see that all works.

Each process of Dask's has one thread for its matrices, and so has the one process that they are
compared with; each keeps the memory that it will need again.  The workers have loaded their
samples before: parameters go to each of them, and a gradient comes back.  For what this costs
alone, the workers return the parameters as they are.
"""

from __future__ import annotations

import atexit
import logging
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import cache, partial
from typing import Any

import numpy as np
import paired
from threadpoolctl import threadpool_limits

from gdcore import datasets
from gdcore.network import Network
from gdcore.parallel import Cluster, Threads

SMALL, LARGE = (784, 16, 16, 10), (784, 512, 512, 10)
#: Layers and samples of a step, by name in the table.
THREADED = {
    "784-512-512-10, batch 256": (LARGE, 256),
    "784-512-512-10, batch 1,024": (LARGE, 1024),
}
SPREAD = {
    "784-512-512-10, 1,024 samples": (LARGE, 1024),
    "784-512-512-10, 8,192 samples": (LARGE, 8192),
    "784-16-16-10, 60,000 samples": (SMALL, 60_000),
}
#: The last: two halves, while the library has two threads for each of them.
ONE, HALVES, OWN, BOTH = "one thread", "two halves", "the library's two", "both"
ALONE = "one process"
WORKERS = {"1 worker": 1, "2 workers": 2}
#: How many numbers travel to each worker and back.
FLOATS = 1, 10_000, 100_000, 1_000_000
#: About so long a contender works at a time, in multiplications and additions, or messages.
WORK_AT_A_TIME, MESSAGES_AT_A_TIME = 3e10, 20
#: Seconds in which new workers still have other things to do.
WARM_UP = 1

#: Set in the processes that are timed.
WORK = "BENCH_WORK"
FLOAT = np.dtype(np.float32)


def samples(count: int, part: int = 0, parts: int = 1) -> tuple[Any, Any]:
    """Return a part of so many samples: the digits, again and again."""
    (x, y), _ = datasets.digits(np.random.default_rng(0))
    chosen = np.arange(count * part // parts, count * (part + 1) // parts) % len(x)
    return x[chosen].astype(FLOAT), y[chosen]


def operations(sizes: tuple[int, ...], count: int) -> int:
    """Return about how many multiplications and additions a step takes."""
    return 6 * count * Network(sizes).size


def steps_of(case: str) -> int:
    """Return how many steps are timed at a time."""
    return max(2, round(WORK_AT_A_TIME / operations(*(THREADED | SPREAD)[case])))


def repeat(step: Callable[[], Any], times: int) -> paired.Run:
    """Return a run of so many steps; one before it, untimed, makes what is made once."""

    def run() -> None:
        for _ in range(times):
            step()

    step()
    return run


def by_threads(case: str, name: str) -> paired.Run:
    """Return a run on two cores, by one thread or more."""
    sizes, count = THREADED[case]
    network, data = Network(sizes), samples(count)
    theta = network.initial(np.random.default_rng(1), FLOAT)
    threadpool_limits(2 if name in (OWN, BOTH) else 1)
    gradient = network.gradient if name in (ONE, OWN) else Threads(2).mean_of(network.gradient)
    if name == BOTH:
        halves, pool = np.array_split(np.arange(count), 2), ThreadPoolExecutor(2)
        parts = [tuple(array[half] for array in data) for half in halves]
        return repeat(
            lambda: sum(pool.map(lambda part: network.gradient(theta, *part), parts)) / 2,
            steps_of(case),
        )
    return repeat(lambda: gradient(theta, *data), steps_of(case))


@cache
def client_of(workers: int) -> Any:
    """Return a client of so many processes, which end with this one."""
    import dask.config
    from distributed import Client, LocalCluster

    os.environ |= dict.fromkeys(paired.THREADS, "1")  # for the workers: NumPy here has begun
    # Dask's workers give memory back at once, and then fetch it anew at each step.
    dask.config.set({"distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": None})
    stack = ExitStack()
    local = LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        dashboard_address=":0",
        silence_logs=logging.CRITICAL,  # of heartbeats that no longer arrive when all ends
    )
    client = stack.enter_context(Client(stack.enter_context(local)))
    atexit.register(stack.close)
    time.sleep(WARM_UP)
    return client


def by_workers(case: str, name: str) -> paired.Run:
    """Return a run in this process, or by workers."""
    sizes, count = SPREAD[case]
    network = Network(sizes)
    theta = network.initial(np.random.default_rng(1), FLOAT)
    threadpool_limits(1)
    if name == ALONE:
        data = samples(count)
        return repeat(lambda: network.gradient(theta, *data), steps_of(case))
    parts = WORKERS[name]
    cluster = Cluster(client_of(parts))
    shards = cluster.load(partial(samples, count, parts=parts), range(parts))
    gradient = cluster.gradient(network.gradient, shards)
    return repeat(lambda: gradient(theta), steps_of(case))


def echo(theta: Any, *data: Any) -> Any:
    """Return the point in place of a gradient."""
    return theta


def by_messages(floats: int, name: str) -> paired.Run:
    """Return a run in which numbers travel, and nothing else is done."""
    parts = WORKERS[name]
    cluster = Cluster(client_of(parts))
    gradient = cluster.gradient(echo, cluster.scatter(np.zeros(parts), parts=parts))
    theta = np.zeros(floats, FLOAT)
    return repeat(lambda: gradient(theta), MESSAGES_AT_A_TIME)


def contenders() -> Iterator[tuple[str, Any]]:
    """Yield what is timed, by name."""
    for case in THREADED:
        for name in (ONE, HALVES, OWN, BOTH):
            yield f"{case}: {name}", partial(by_threads, case, name)
    for case in SPREAD:
        for name in (ALONE, *WORKERS):
            yield f"{case}: {name}", partial(by_workers, case, name)
    for floats in FLOATS:
        for name in WORKERS:
            yield f"{floats}: {name}", partial(by_messages, floats, name)


def travelling(floats: int, workers: int) -> int:
    """Return the bytes of a step: all numbers to each worker, and as many back."""
    return 2 * workers * floats * FLOAT.itemsize


def rows(seconds: dict[str, list[float]], case: str, names: list[str]) -> dict[str, Any]:
    """Return for each contender how long a step takes, and its speed-up over the first."""
    steps = steps_of(case)
    found = {}
    for name in names:
        ratios = paired.ratios(seconds, f"{case}: {names[0]}", f"{case}: {name}")
        each = float(np.median(seconds[f"{case}: {name}"])) / steps
        found[name] = {"seconds": each, "speedup": ratios}
    return found


def results(seconds: dict[str, list[float]]) -> dict[str, Any]:
    """Return what the chapter needs to fit and to check a model of the time."""
    spread = {case: rows(seconds, case, [ALONE, *WORKERS]) for case in SPREAD}
    for case, (sizes, _) in SPREAD.items():
        for name, workers in WORKERS.items():
            spread[case][name]["bytes"] = travelling(Network(sizes).size, workers)
    return {
        "threads": {case: rows(seconds, case, [ONE, HALVES, OWN, BOTH]) for case in THREADED},
        "workers": spread,
        "messages": [
            {
                "workers": workers,
                "bytes": travelling(floats, workers),
                "seconds": float(np.median(seconds[f"{floats}: {name}"])) / MESSAGES_AT_A_TIME,
            }
            for name, workers in WORKERS.items()
            for floats in FLOATS
        ],
    }


def table(record: dict[str, Any]) -> str:
    """Return the record as text."""
    lines = []
    for case, found in (record["threads"] | record["workers"]).items():
        lines.append(f"{case:40}{'a step':>12}   speed-up (quartiles)")
        for name, row in found.items():
            low, middle, high = row["speedup"]
            each = f"{row['seconds'] * 1e3:>9.1f} ms"
            lines.append(f"  {name:38}{each}{middle:>8.2f}   ({low:.2f} to {high:.2f})")
    lines.append("messages: bytes there and back")
    for row in record["messages"]:
        each = f"{row['seconds'] * 1e3:>9.1f} ms"
        lines.append(f"  {row['workers']} workers, {row['bytes']:>12,} bytes      {each}")
    return "\n".join(lines)


def main() -> None:
    """Measure, print and store."""
    given = paired.options(__doc__, rounds=7)
    # One run is long enough to be timed: pyperf need not try how many are.
    seconds = paired.measure(__file__, given.rounds, {WORK: "1"}, "--loops=1", threads=2)
    record = paired.surroundings("distributed") | {"rounds": given.rounds, **results(seconds)}
    paired.report(record, table(record), given.record)


if __name__ == "__main__":
    if WORK in os.environ:
        paired.work(dict(contenders()))
    else:
        main()
