"""Training by gdcore, PyTorch and scikit-learn: the same batches, the same update, in `float32`.

`make bench` runs this, and `make bench RECORD=1` stores the result in `gdcore/data/training.json`,
which chapter 6 shows.  Every contender starts from the same weights and gets the same digits, cut
into the same batches, in the same order; drawing them is not part of the time.  Before anything is
timed the parameters after one epoch are compared.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from itertools import cycle, islice, pairwise
from typing import Any

import numpy as np
import paired

from gdcore import datasets
from gdcore.descent import descend
from gdcore.network import Network
from gdcore.rules import GradientDescent

#: Layers and batch size, by name in the table.
CASES = {
    "784-16-16-10, batch 32": ((784, 16, 16, 10), 32),
    "784-16-16-10, batch 256": ((784, 16, 16, 10), 256),
    "784-512-512-10, batch 256": ((784, 512, 512, 10), 256),
}
#: So many samples are used: whole batches of 32 and of 256.
SAMPLES = 1280
RATE = 0.1
#: A multiply and an add for each number, as the machine does them at best.
PEAK, EDGE = "matrix product", 1024
GDCORE, TORCH, SKLEARN, SHUFFLED = "gdcore", "PyTorch", "scikit-learn", "scikit-learn, shuffling"

#: Set in the processes that are timed.
WORK = "BENCH_WORK"

Train = Callable[[int], Any]


def data() -> tuple[Any, Any]:
    """Return the digits to train on."""
    (x, y), _ = datasets.digits(np.random.default_rng(0))
    return x[:SAMPLES].astype(np.float32), y[:SAMPLES]


def cut(batch_size: int, *arrays: Any) -> Any:
    """Return the batches, which are views."""
    starts = range(0, len(arrays[0]), batch_size)
    return [tuple(array[i : i + batch_size] for array in arrays) for i in starts]


def by_gdcore(network: Network, theta: Any, batch_size: int, x: Any, y: Any) -> Train:
    """Train by one call of `descend`."""
    batches = cut(batch_size, x, y)

    def train(epochs: int) -> Any:
        supply, steps = cycle(batches), epochs * len(batches)
        return descend(
            lambda place: network.gradient(place, *next(supply)),
            theta,
            rule=GradientDescent(RATE),
            max_steps=steps,
            record_every=steps,
        ).end

    return train


def by_pytorch(network: Network, theta: Any, batch_size: int, x: Any, y: Any) -> Train:
    """Train by the loop that the chapter shows."""
    import pytorch_loop  # not above: PyTorch slows other contenders down when it is loaded
    import torch

    torch.set_num_threads(int(os.environ.get(paired.THREADS[0], "1")))
    batches = cut(batch_size, torch.from_numpy(x), torch.from_numpy(y))
    model = pytorch_loop.model_of(network, theta)  # made once, as gdcore's parameters are

    def train(epochs: int) -> Any:
        supply = islice(cycle(batches), epochs * len(batches))
        pytorch_loop.train(model, supply, RATE)
        return pytorch_loop.parameters_of(model)

    return train


def by_scikit_learn(
    network: Network, theta: Any, batch_size: int, x: Any, y: Any, shuffle: bool = False
) -> Train:
    """Train by one call of `fit`."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    class FromTheSameWeights(MLPClassifier):  # type: ignore[misc]
        # There is no public way to say what to start from.
        def _initialize(self, *given: Any) -> None:
            super()._initialize(*given)
            self.coefs_ = [weights.T.copy() for weights, _ in network.layers(theta)]
            self.intercepts_ = [bias.copy() for _, bias in network.layers(theta)]

    def train(epochs: int) -> Any:
        model = FromTheSameWeights(
            network.sizes[1:-1],
            solver="sgd",
            learning_rate_init=RATE,
            momentum=0,
            alpha=0,
            batch_size=batch_size,
            shuffle=shuffle,
            max_iter=epochs,
            tol=0,
            n_iter_no_change=epochs,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(x, y)
        pairs = zip(model.coefs_, model.intercepts_, strict=True)
        return np.concatenate([part.ravel() for W, b in pairs for part in (W.T, b)])

    return train


CONTENDERS: dict[str, Callable[..., Train]] = {
    GDCORE: by_gdcore,
    TORCH: by_pytorch,
    SKLEARN: by_scikit_learn,
    SHUFFLED: partial(by_scikit_learn, shuffle=True),
}


def trainer(case: str, name: str) -> Train:
    """Return what trains a contender for so many epochs and returns its parameters."""
    sizes, batch_size = CASES[case]
    network = Network(sizes)
    theta = network.initial(np.random.default_rng(1), np.float32)
    return CONTENDERS[name](network, theta, batch_size, *data())


def check(case: str) -> None:
    """Refuse to time anything if not all do the same."""
    ours = trainer(case, GDCORE)(1)
    for name in (TORCH, SKLEARN):
        off = np.linalg.norm(trainer(case, name)(1) - ours) / np.linalg.norm(ours)
        if not off < 1e-4:
            raise SystemExit(f"{case}: after one epoch {name} differs from gdcore by {off:.1e}")


def epochs_of(case: str) -> int:
    """Return how many epochs are timed at a time, so many that setting up hardly counts."""
    sizes, batch_size = CASES[case]
    if max(sizes[1:]) > 16:
        return 6
    return 40 if batch_size < 100 else 100


def set_up(case: str, name: str) -> paired.Run:
    """Return the run that is timed."""
    return partial(trainer(case, name), epochs_of(case))


def product() -> paired.Run:
    """Return a product of two large matrices."""
    a, b = np.random.default_rng(0).random((2, EDGE, EDGE), dtype=np.float32)
    return partial(np.dot, a, b, out=np.empty_like(a))


def contenders() -> Iterator[tuple[str, Any]]:
    """Yield what is timed, by name."""
    yield PEAK, product
    for case in CASES:
        for name in CONTENDERS:
            yield f"{case}: {name}", partial(set_up, case, name)


def operations(case: str) -> int:
    """Return the multiplications and additions of one step.

    Forwards each weight takes one of each for a sample, backwards one for its own gradient and one
    to hand the errors down, which the first layer does not do.
    """
    sizes, batch_size = CASES[case]
    first, *others = [before * after for before, after in pairwise(sizes)]
    return 2 * batch_size * (2 * first + 3 * sum(others))


def results(seconds: dict[str, list[float]], case: str) -> dict[str, dict[str, Any]]:
    """Return for each contender how fast it is, and how many times faster gdcore."""
    seen = SAMPLES * epochs_of(case)
    steps = seen / CASES[case][1]
    peak = 2 * EDGE**3 / np.array(seconds[PEAK])
    rows = {}
    for name in CONTENDERS:
        mine = np.array(seconds[f"{case}: {name}"])
        rows[name] = {
            "samples_per_second": float(np.median(seen / mine)),
            "share_of_peak": float(np.median(operations(case) * steps / mine / peak)),
            "ratio": paired.ratios(seconds, f"{case}: {name}", f"{case}: {GDCORE}"),
        }
    return rows


def table(record: dict[str, Any]) -> str:
    """Return the record as text."""
    lines = []
    for case, threads in record["results"].items():
        for count, rows in threads.items():
            lines.append(f"{case}, threads: {count}")
            lines.append(f"{'':26}{'samples/s':>12}{'of peak':>9}   time / gdcore's (quartiles)")
            for name, row in rows.items():
                low, middle, high = row["ratio"]
                lines.append(
                    f"  {name:24}{row['samples_per_second']:>12,.0f}{row['share_of_peak']:>9.0%}"
                    f"{middle:>10.2f}   ({low:.2f} to {high:.2f})"
                )
    return "\n".join(lines)


def main() -> None:
    """Check, measure, print and store."""
    given = paired.options(__doc__, rounds=7)
    for case in CASES:
        check(case)
    # One run is long enough to be timed: pyperf need not try how many are.
    seconds = {
        n: paired.measure(__file__, given.rounds, {WORK: "1"}, "--loops=1", threads=n)
        for n in (1, 2)
    }
    record = paired.surroundings("scikit-learn", "torch") | {
        "rounds": given.rounds,
        "results": {case: {str(n): results(seconds[n], case) for n in seconds} for case in CASES},
    }
    paired.report(record, table(record), given.record)


if __name__ == "__main__":
    if WORK in os.environ:
        paired.work(dict(contenders()))
    else:
        main()
