"""Samples on disk, shuffled by blocks: how fast that is, and what it costs the training.

`make bench` runs this, and `make bench RECORD=1` stores the result in `gdcore/data/blocks.json`,
which chapter 8 shows.  Timed are batches from a file of which the system keeps nothing in its
memory from one batch to the next, as if the file were far larger.  The cost is the loss after some
epochs of training, the mean over many seeds, when the file has the digits in random order, and when
it has them class by class, the worst order there is.
"""

from __future__ import annotations

import mmap
import os
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import paired

from gdcore import datasets
from gdcore.batches import Batches
from gdcore.descent import descend
from gdcore.network import Network
from gdcore.rules import GradientDescent

#: Of the file: 188 MB of pictures.
SAMPLES, PIXELS = 60_000, 784
#: So many batches are timed: those of two times 8 blocks.
BATCH_SIZE, BATCHES = 256, 16
#: How batches are drawn: the arguments of `Batches`, by name in the table.
EVERYTHING = "all shuffled together"
DRAWS: dict[str, dict[str, Any]] = {
    EVERYTHING: {},
    "8 blocks of 256": {"block_size": 256, "blocks": 8},
    "1 block of 256": {"block_size": 256, "blocks": 1},
}
#: The training, of which the memory may hold a tenth of the 1,297 digits.
TRAINING = {"batch_size": 32, "learning_rate": 0.05, "epochs": 10}
SEEDS = 40
TRAINED: dict[str, dict[str, Any]] = {
    EVERYTHING: {},
    "8 blocks of 16": {"block_size": 16, "blocks": 8},
    "1 block of 128": {"block_size": 128, "blocks": 1},
}
ORDERS = "random order", "class by class"
#: The file, handed down to the processes that are timed.
FILE = "BENCH_FILE"


def make_file(folder: Path) -> Path:
    """Write random pictures."""
    rng = np.random.default_rng(0)
    np.save(folder / "pictures.npy", rng.random((SAMPLES, PIXELS), dtype=np.float32))
    return folder / "pictures.npy"


def forget(file: Path, mapped: Any) -> None:
    """Let the system drop from its memory what it has read of a file."""
    mapped.madvise(mmap.MADV_DONTNEED)
    with file.open("rb") as opened:
        os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def set_up(name: str) -> paired.Run:
    """Return a run that draws some batches, each as if the file had not been read before."""
    file = Path(os.environ[FILE])
    pictures = np.load(file, mmap_mode="r")
    draw = Batches(pictures, batch_size=BATCH_SIZE, rng=np.random.default_rng(1), **DRAWS[name])

    def run() -> None:
        for _ in range(BATCHES):
            forget(file, pictures._mmap)
            next(draw)

    return run


def contenders() -> Iterator[tuple[str, Any]]:
    """Yield what is timed, by name."""
    for name in DRAWS:
        yield name, partial(set_up, name)


def loss_after(order: str, name: str, seed: int) -> float:
    """Return the loss over all samples after some epochs."""
    (x, y), _ = datasets.digits(np.random.default_rng(seed))
    if order == ORDERS[1]:
        by_class = np.argsort(y, kind="stable")
        x, y = x[by_class], y[by_class]
    network, size = Network([784, 16, 16, 10]), int(TRAINING["batch_size"])
    draw = Batches(x, y, batch_size=size, rng=np.random.default_rng(seed + 1000), **TRAINED[name])
    steps = int(TRAINING["epochs"]) * draw.steps_per_epoch
    end = descend(
        lambda theta: network.gradient(theta, *next(draw)),
        network.initial(np.random.default_rng(seed + 2000)),
        rule=GradientDescent(TRAINING["learning_rate"]),
        max_steps=steps,
        record_every=steps,
    ).end
    return network.loss(end, x, y)


def costs() -> dict[str, dict[str, dict[str, float]]]:
    """Return the mean losses and their standard errors, by the order of the file and the draws."""
    found: dict[str, dict[str, dict[str, float]]] = {order: {} for order in ORDERS}
    for order in ORDERS:
        for name in TRAINED:
            losses = [loss_after(order, name, seed) for seed in range(SEEDS)]
            error = float(np.std(losses, ddof=1) / np.sqrt(SEEDS))
            found[order][name] = {"loss": float(np.mean(losses)), "standard_error": error}
    return found


def speeds(seconds: dict[str, list[float]]) -> dict[str, dict[str, Any]]:
    """Return how fast batches come, and how long that takes compared with shuffling all."""
    return {
        name: {
            "samples_per_second": float(np.median(BATCH_SIZE * BATCHES / np.array(seconds[name]))),
            "ratio": paired.ratios(seconds, name, EVERYTHING),
        }
        for name in DRAWS
    }


def table(record: dict[str, Any]) -> str:
    """Return the record as text."""
    lines = [f"{'from disk':24}{'samples/s':>12}   time / {EVERYTHING} (quartiles)"]
    for name, row in record["speed"].items():
        low, middle, high = row["ratio"]
        rate = f"{row['samples_per_second']:>12,.0f}"
        lines.append(f"{name:24}{rate}{middle:>10.2f}   ({low:.2f} to {high:.2f})")
    for order, rows in record["cost"].items():
        lines.append(f"loss after {TRAINING['epochs']} epochs, file in {order}")
        for name, row in rows.items():
            lines.append(f"{name:24}{row['loss']:>12.4f} ± {row['standard_error']:.4f}")
    return "\n".join(lines)


def main() -> None:
    """Train, measure, print and store."""
    given = paired.options(__doc__, rounds=7)
    with tempfile.TemporaryDirectory() as folder:
        file = make_file(Path(folder))
        seconds = paired.measure(__file__, given.rounds, {FILE: str(file)}, "--loops=1")
    record = paired.surroundings("scikit-learn") | {
        "rounds": given.rounds,
        "training": TRAINING,
        "seeds": SEEDS,
        "speed": speeds(seconds),
        "cost": costs(),
    }
    paired.report(record, table(record), given.record)


if __name__ == "__main__":
    if FILE in os.environ:
        paired.work(dict(contenders()))
    else:
        main()
