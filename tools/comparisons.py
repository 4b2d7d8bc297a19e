"""Comparisons of many trainings: rules, networks, drawings, and what machines do with gradients.

`make claims RECORD=1` runs this, and it takes some minutes; `python -m tools.comparisons sent`
runs one part and keeps the others.  The build shows what is stored in
`gdcore/data/comparisons.json` and runs none of it.  Each seed deals the digits anew into those to
learn from and those to be tested on, and draws other weights and other batches; all contenders get
the same.  So a difference between two is taken seed by seed, and its standard error from those.
"""

from __future__ import annotations

import argparse
import json
import os
import warnings
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from gdcore import datasets
from gdcore.batches import Batches
from gdcore.descent import Run, descend
from gdcore.network import Identity, Network, ReLU
from gdcore.rules import (
    Adam,
    GradientDescent,
    InverseTime,
    Momentum,
    Nesterov,
    RMSProp,
    Rule,
    Scheduled,
)
from tools.claims import made

RECORD = Path(__file__).parent.parent / "gdcore" / "data" / "comparisons.json"
AT_A_TIME = 2
SIZES = [784, 16, 16, 10]
#: The rates are chosen with other seeds than those that are shown.
CHOSEN_WITH, SHOWN = range(101, 106), range(1, 21)
RATES = [float(rate) for rate in 10.0 ** np.arange(-4, 0.6, 0.5)]
RULES: dict[str, Callable[[float], Rule]] = {
    "plain": GradientDescent,
    "momentum": Momentum,
    "Nesterov": Nesterov,
    "RMSProp": RMSProp,
    "Adam": Adam,
}


class FromATutorial(ReLU):
    """The ReLU of chapter 6 whose slope is wrong: 1 everywhere."""

    def derivative(self, z: Any, a: Any) -> Any:
        """Return 1 for each output, since none is negative."""
        return (a >= 0).astype(a.dtype)


NETWORKS = {
    "gdcore": Network(SIZES),
    "no bends": Network(SIZES, Identity()),
    "the bug": Network(SIZES, FromATutorial()),
}


def train(network: Network, train_set: Any, rule: Rule, epochs: int, seed: int) -> Run:
    """Train with batches of 32, and keep the parameters at the end of each epoch."""
    rng = np.random.default_rng(seed)
    draw = Batches(*train_set, batch_size=32, rng=rng)
    return descend(
        lambda theta: network.gradient(theta, *next(draw)),
        start=network.initial(rng),
        rule=rule,
        max_steps=epochs * draw.steps_per_epoch,
        record_every=draw.steps_per_epoch,
    )


def one_rule(job: tuple[str, float, int]) -> dict[str, Any]:
    """Return the loss after each of ten epochs, and what is read then of the test set."""
    name, rate, seed = job
    train_set, (x_test, y_test) = datasets.digits(np.random.default_rng(seed))
    network = Network(SIZES)
    run = train(network, train_set, RULES[name](rate), 10, seed)
    with np.errstate(over="ignore"):  # a run may have diverged
        losses = run.values(lambda theta: network.loss(theta, *train_set)).tolist()
    losses += [np.inf] * (11 - len(losses))  # a run that leaves the finite numbers
    read = network.forward(run.end, x_test).argmax(axis=1) == y_test
    return {"loss": losses, "read": float(np.mean(read))}


def one_network(job: tuple[str, int]) -> float:
    """Return which share of the test set is read after fifty epochs."""
    name, seed = job
    (x, y), (x_test, y_test) = datasets.digits(np.random.default_rng(seed))
    if name == "nearest mean":
        means = np.array([x[y == digit].mean(axis=0) for digit in range(10)])
        guesses = ((x_test[:, None] - means) ** 2).sum(axis=2).argmin(axis=1)
    elif name == "MLPClassifier":
        guesses = by_scikit_learn(x, y, seed).predict(x_test)
    else:
        network = NETWORKS[name]
        end = train(network, (x, y), GradientDescent(0.03), 50, seed).end
        guesses = network.forward(end, x_test).argmax(axis=1)
    return float(np.mean(guesses == y_test))


def one_hand(seed: int) -> dict[str, dict[str, Any]]:
    """Return what two networks make of the drawings that are held, and of the test set.

    One learns from scans alone, the other from drawings too, as in chapter 6.
    """
    network, rng = Network(SIZES), np.random.default_rng(seed)
    (x, y), (x_test, y_test) = datasets.digits(np.random.default_rng(seed))
    (x_drawn, y_drawn), (x_held, _) = datasets.drawings(np.random.default_rng(seed))
    x_both = np.concatenate([np.repeat(x, 3, axis=0), x_drawn]).astype(np.float32)
    draw = Batches(x_both, np.concatenate([np.repeat(y, 3), y_drawn]), batch_size=32, rng=rng)
    both = descend(
        lambda theta: network.gradient(theta, *next(draw)),
        start=network.initial(rng).astype(np.float32),
        rule=Scheduled(GradientDescent(0.03), InverseTime(3000)),
        max_steps=15_000,
        record_every=15_000,
    ).end
    alone = train(network, (x, y), GradientDescent(0.03), 50, seed).end
    return {
        name: {
            "answers": network.forward(theta, x_held).argmax(axis=1).tolist(),
            "read": float(np.mean(network.forward(theta, x_test).argmax(axis=1) == y_test)),
        }
        for name, theta in (("with drawings", both), ("scans alone", alone))
    }


def by_scikit_learn(x: Any, y: Any, seed: int) -> Any:
    """Return scikit-learn's network of the same shape, trained with the same settings."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    model = MLPClassifier(
        SIZES[1:-1],
        solver="sgd",
        learning_rate_init=0.03,
        momentum=0,
        alpha=0,
        batch_size=32,
        max_iter=50,
        tol=0,
        n_iter_no_change=50,
        random_state=seed,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(x, y)


# --- what machines do with their gradients (chapter 8)

#: Batch sizes, and the rate for each sample in a batch: as good a one as there is for 32.
BATCH_SIZES, RATE_EACH = (4, 8, 16, 32, 64, 128, 256), 0.001
#: How many machines share a batch of 32, and how many steps each makes before they meet.
MACHINES, LOCAL_STEPS = 4, (1, 4, 16, 64)


def loss_after_ten_epochs(gradient: Any, start: Any, rate: float, steps: int, data: Any) -> float:
    """Descend, and return the loss on all digits; infinite where the run left the numbers."""
    rule = GradientDescent(rate)
    run = descend(gradient, start, rule=rule, max_steps=steps, record_every=steps, stall_after=99)
    return float(Network(SIZES).loss(run.end, *data)) if run.steps == steps else float("inf")


def one_batch_size(job: tuple[int, float, int]) -> float:
    """Return the loss after ten epochs with batches of another size."""
    size, rate, seed = job
    data, _ = datasets.digits(np.random.default_rng(seed))
    network, rng = Network(SIZES), np.random.default_rng(seed)
    draw = Batches(*data, batch_size=size, rng=rng)
    return loss_after_ten_epochs(
        lambda theta: network.gradient(theta, *next(draw)),
        network.initial(rng), rate, 10 * draw.steps_per_epoch, data,
    )  # fmt: skip


def one_sending(job: tuple[str, float, int]) -> float:
    """Return the loss after ten epochs in which each machine sends its gradient, or signs."""
    what, rate, seed = job
    data, _ = datasets.digits(np.random.default_rng(seed))
    network, rng = Network(SIZES), np.random.default_rng(seed)
    draw = Batches(*data, batch_size=32, rng=rng)
    start = network.initial(rng)
    kept = np.zeros((MACHINES, start.size))

    def gradient(theta: Any) -> Any:
        parts = zip(*(np.array_split(array, MACHINES) for array in next(draw)), strict=True)
        arrived = np.zeros(start.size)
        for machine, part in enumerate(parts):
            wanted = network.gradient(theta, *part) + kept[machine]
            sent = wanted if what == "numbers" else np.where(wanted < 0, -1, 1) * abs(wanted).mean()
            if what == "signs, the rest kept":
                kept[machine] = wanted - sent
            arrived += sent / MACHINES
        return arrived

    return loss_after_ten_epochs(gradient, start, rate, 10 * draw.steps_per_epoch, data)


def one_meeting(job: tuple[str, int, float, int]) -> float:
    """Return the loss after ten epochs in which machines meet after some steps of their own."""
    split, local, rate, seed = job
    (x, y), _ = datasets.digits(np.random.default_rng(seed))
    network, rng = Network(SIZES), np.random.default_rng(seed)
    order = np.argsort(y, kind="stable") if split == "sorted" else np.arange(len(y))
    shares = [share[: len(y) // MACHINES] for share in np.array_split(order, MACHINES)]
    draws = [Batches(x[share], y[share], batch_size=8, rng=rng) for share in shares]
    own = GradientDescent(rate)

    def alone(theta: Any, draw: Batches) -> Any:
        return descend(
            lambda at: network.gradient(at, *next(draw)),
            theta, rule=own, max_steps=local, record_every=local, stall_after=99,
        ).end  # fmt: skip

    def moved(theta: Any) -> Any:
        return theta - np.mean([alone(theta, draw) for draw in draws], axis=0)

    rounds = 10 * draws[0].steps_per_epoch // local
    return loss_after_ten_epochs(moved, network.initial(rng), 1.0, rounds, (x, y))


Results = Callable[[Callable[..., Any], list[Any], str], dict[Any, Any]]


def tuned(results: Results, work: Callable[..., float], contenders: Iterable[Any]) -> list[Any]:
    """Return for each contender the best of the rates, and the losses with it, a seed each.

    A contender is a tuple, the first members of a job.
    """
    contenders = list(contenders)
    jobs = [(*c, rate, seed) for c in contenders for rate in RATES[2:] for seed in CHOSEN_WITH]
    tried = results(work, jobs, f"rates, {work.__name__}")
    rows = []
    for c in contenders:
        means = {r: np.mean([tried[(*c, r, seed)] for seed in CHOSEN_WITH]) for r in RATES[2:]}
        rows.append((c, min(means, key=lambda rate: means[rate])))
    shown = results(work, [(*c, r, seed) for c, r in rows for seed in SHOWN], work.__name__)
    return [(c, rate, [told(shown[(*c, rate, seed)]) for seed in SHOWN]) for c, rate in rows]


def told(loss: float) -> float | None:
    """Return a loss as it is stored: JSON knows no infinity."""
    return round(loss, 5) if loss < np.inf else None


def batch_sizes(results: Results) -> dict[str, Any]:
    """Compare batch sizes, with one rate for all, and with a rate in proportion to the size."""
    ways = {
        "same rate": dict.fromkeys(BATCH_SIZES, BATCH_SIZES[0] * RATE_EACH),
        "rate in proportion": {size: size * RATE_EACH for size in BATCH_SIZES},
    }
    jobs = {(*pair, seed) for way in ways.values() for pair in way.items() for seed in SHOWN}
    losses = results(one_batch_size, sorted(jobs), "batch sizes")
    return {
        "batch_sizes": {
            "sizes": BATCH_SIZES,
            "rate_each": RATE_EACH,
            "loss": {
                name: [[told(losses[(*pair, seed)]) for seed in SHOWN] for pair in way.items()]
                for name, way in ways.items()
            },
        }
    }


def sent(results: Results) -> dict[str, Any]:
    """Compare what machines send."""
    rows = tuned(results, one_sending, [("numbers",), ("signs",), ("signs, the rest kept",)])
    return {"sent": {what: {"rate": rate, "loss": row} for (what,), rate, row in rows}}


def meetings(results: Results) -> dict[str, Any]:
    """Compare how often machines meet."""
    splits = [(split, local) for split in ("dealt", "sorted") for local in LOCAL_STEPS]
    return {
        "meetings": [
            {"split": split, "local_steps": local, "rate": rate, "loss": row}
            for (split, local), rate, row in tuned(results, one_meeting, splits)
        ]
    }


# --- the parts


def rules(results: Results) -> dict[str, Any]:
    """Compare the rules, each with the best of the rates."""
    jobs = [(name, rate, seed) for name in RULES for rate in RATES for seed in CHOSEN_WITH]
    tried = results(one_rule, jobs, "rates")
    means = {
        name: [
            float(np.mean([tried[name, rate, seed]["loss"][-1] for seed in CHOSEN_WITH]))
            for rate in RATES
        ]
        for name in RULES
    }
    chosen = {name: RATES[int(np.argmin(means[name]))] for name in RULES}
    shown = results(
        one_rule, [(name, chosen[name], seed) for name in RULES for seed in SHOWN], "rules"
    )
    return {
        "rules": {
            name: {
                "rate": chosen[name],
                "loss_of_rates": [
                    round(mean, 4) if mean < np.inf else None for mean in means[name]
                ],
                "loss": [
                    [round(loss, 5) for loss in shown[name, chosen[name], seed]["loss"]]
                    for seed in SHOWN
                ],
                "read": [shown[name, chosen[name], seed]["read"] for seed in SHOWN],
            }
            for name in RULES
        }
    }


def networks(results: Results) -> dict[str, Any]:
    """Compare networks, scikit-learn's, and the nearest mean picture."""
    contenders = [*NETWORKS, "MLPClassifier", "nearest mean"]
    read = results(one_network, [(name, seed) for name in contenders for seed in SHOWN], "nets")
    return {"networks": {name: [read[name, seed] for seed in SHOWN] for name in contenders}}


def drawings(results: Results) -> dict[str, Any]:
    """Train on scans alone and on drawings too, and see how each reads the drawings held back."""
    hands = results(one_hand, list(SHOWN), "drawings")
    names = hands[SHOWN[0]].items()
    return {
        "drawings": {
            name: {what: [hands[seed][name][what] for seed in SHOWN] for what in row}
            for name, row in names
        }
    }


PARTS = {
    "rules": rules,
    "networks": networks,
    "drawings": drawings,
    "batch_sizes": batch_sizes,
    "sent": sent,
    "meetings": meetings,
}


def main() -> None:
    """Train, and store."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", choices=PARTS, default=[*PARTS], help="all by default")
    asked = parser.parse_args().parts
    for library in ("OMP", "OPENBLAS", "MKL"):  # one thread for each process
        os.environ[f"{library}_NUM_THREADS"] = "1"
    known = json.loads(RECORD.read_text("utf-8")) if RECORD.exists() else {}
    common = {"seeds": len(SHOWN), "seeds_for_rates": len(CHOSEN_WITH), "rates": RATES}
    record = known | made() | common
    with ProcessPoolExecutor(AT_A_TIME, get_context("spawn")) as workers:

        def results(work: Callable[..., Any], jobs: list[Any], what: str) -> dict[Any, Any]:
            bar = tqdm(workers.map(work, jobs), total=len(jobs), desc=what)
            return dict(zip(jobs, bar, strict=True))

        for part in asked:
            record |= PARTS[part](results)
    RECORD.write_text(json.dumps(record) + "\n", "utf-8")
    print_summary(record)


def print_summary(record: dict[str, Any]) -> None:
    """Print means and their standard errors."""
    for name, row in record["rules"].items():
        last = [losses[-1] for losses in row["loss"]]
        print(f"{name:14} {np.mean(last):.3f} ± {error(last):.3f}")
    for name, shares in record["networks"].items():
        print(f"{name:14} {np.mean(shares):.1%} ± {error(shares):.1%}")
    found = record["batch_sizes"]
    rows = {
        f"{way}, {size}": row
        for way, losses in found["loss"].items()
        for size, row in zip(found["sizes"], losses, strict=True)
    }
    rows |= {what: one["loss"] for what, one in record["sent"].items()}
    rows |= {f"{one['split']}, {one['local_steps']}": one["loss"] for one in record["meetings"]}
    for name, row in rows.items():
        reached = [loss for loss in row if loss is not None]
        print(f"{name:24} {np.mean(reached):.3f} ± {error(reached):.3f} ({len(reached)} runs)")


def error(values: Any) -> float:
    """Return the standard error of the mean."""
    return float(np.std(values, ddof=1) / len(values) ** 0.5)


if __name__ == "__main__":
    main()
