"""A cluster on this machine, to look at: ``make cluster-demo`` or ``python -m gdcore.parallel``.

A scheduler and workers start as processes of their own, by the commands that start them on several
machines.  They train the network of chapter 6, and then all of them are stopped.
"""

from __future__ import annotations

import argparse
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gdcore import datasets
from gdcore.descent import Run, StoppingRule, descend
from gdcore.network import Network
from gdcore.parallel import Cluster, mean_of
from gdcore.rules import Adam

if TYPE_CHECKING:
    from distributed import Client

NETWORK = Network([784, 16, 16, 10])
HERE = "127.0.0.1"
#: Seconds in which a process must have started, and in which it must have ended.
PATIENCE = 60
#: A scheduler that nobody uses ends itself and its workers, should this process have been killed.
IDLE = "60s"

say = partial(print, flush=True)  # else a pipe would show nothing for a while


@contextmanager
def cluster_of(workers: int) -> Iterator[Client]:
    """Start a scheduler and workers on the loopback address; yield a client; stop all of them."""
    from distributed import Client

    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        file, log = Path(folder, "scheduler.json"), Path(folder, "log")
        scheduler = f"scheduler --host {HERE} --port 0 --dashboard-address {HERE}:0"
        scheduler += f" --idle-timeout {IDLE} --scheduler-file {shlex.quote(str(file))}"
        process = stack.enter_context(running(scheduler, log))
        deadline = time.monotonic() + PATIENCE
        while not file.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"The scheduler did not start:\n{log.read_text()}")
            time.sleep(0.05)
        client = stack.enter_context(Client(scheduler_file=str(file)))
        worker = f"worker {client.scheduler.address} --host {HERE} --nthreads 1"
        worker += " --no-nanny --no-dashboard"
        for _ in range(workers):
            stack.enter_context(running(worker, log))
        try:
            client.wait_for_workers(workers, timeout=PATIENCE)
        except TimeoutError:
            raise SystemExit(f"The workers did not start:\n{log.read_text()}") from None
        yield client


@contextmanager
def running(command: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command of Dask as long as the block goes on."""
    say(f"$ dask {command}")
    variables = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL")}
    variables["DASK_TEMPORARY_DIRECTORY"] = str(log.parent)
    with log.open("ab") as written:
        process = subprocess.Popen(
            [sys.executable, "-m", "dask", *shlex.split(command)],
            stdout=written,
            stderr=written,
            env=os.environ | variables,
            start_new_session=True,  # Ctrl-C is for us, and we stop it
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Progress(StoppingRule):
    """Says now and then how far a run is, and never stops it."""

    def __init__(self, steps: int, x: Any, y: Any) -> None:
        self.every, self.x, self.y = max(1, steps // 10), x, y

    def after_step(self, previous: Any, x: Any, k: int) -> str:
        """Read the digits that are for testing."""
        if not k % self.every:
            loss = NETWORK.loss(x, self.x, self.y)
            read = np.mean(NETWORK.forward(x, self.x).argmax(axis=1) == self.y)
            say(f"step {k:4}: loss {loss:.3f}, {read:.1%} of the test digits read")
        return ""


def train(gradient: Any, steps: int, stop: StoppingRule) -> Run:
    """Make so many steps from the same start."""
    start = NETWORK.initial(np.random.default_rng(1))
    return descend(gradient, start, rule=Adam(0.005), stop=stop, max_steps=steps)


def alone(x: Any, y: Any, parts: int, steps: int) -> Any:
    """Return where the run ends that one process makes alone."""
    gradient = mean_of(NETWORK.gradient, parts)
    return train(lambda theta: gradient(theta, x, y), steps, StoppingRule()).end


def show(workers: int, steps: int) -> bool:
    """Train on a cluster; return whether it ends where one process alone does."""
    (x, y), test = datasets.digits(np.random.default_rng(0))
    with cluster_of(workers) as client:
        if find_spec("bokeh"):
            say(f"Dask's dashboard: {client.dashboard_link}")
        else:
            say("To see Dask's dashboard, stop this and install bokeh: pip install bokeh")
        cluster = Cluster(client)
        gradient = cluster.gradient(NETWORK.gradient, cluster.scatter(x, y, parts=workers))
        begun = time.perf_counter()
        end = train(gradient, steps, Progress(steps, *test)).end
        took = time.perf_counter() - begun
        say(f"{steps} steps with {workers} workers took {took:.1f} s.")
        same = np.array_equal(end, client.submit(alone, x, y, workers, steps).result())
        say(f"One of them alone ends at {'the same' if same else 'OTHER'} {len(end):,} numbers.")
    say("All processes have ended.")
    return same


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m gdcore.parallel", description=__doc__)
    parser.add_argument("--workers", type=int, default=2, help="how many processes (2)")
    parser.add_argument("--steps", type=int, default=200, help="how many steps (200)")
    given = parser.parse_args()
    if min(given.workers, given.steps) < 1:
        parser.error("--workers and --steps must be at least 1")
    if not find_spec("distributed"):
        parser.error("this needs Dask: pip install distributed")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that all is stopped then, too
    signal.signal(signal.SIGINT, signal.default_int_handler)  # which a shell may have switched off
    try:
        sys.exit(not show(given.workers, given.steps))
    except KeyboardInterrupt:
        sys.exit("Stopped. All processes have ended.")


if __name__ == "__main__":
    main()
