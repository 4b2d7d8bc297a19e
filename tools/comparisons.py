"""Comparisons that need many trainings: the rules of chapter 7 and the networks of chapter 6.

`make claims RECORD=1` runs this, and it takes some minutes.  The build shows what is stored in
`gdcore/data/comparisons.json` and runs none of it.  Each seed deals the digits anew into those to
learn from and those to be tested on, and draws other weights and other batches; all contenders get
the same.  So a difference between two is taken seed by seed, and its standard error from those.
"""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Callable
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
from gdcore.rules import Adam, GradientDescent, Momentum, Nesterov, RMSProp, Rule
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


def main() -> None:
    """Train, and store."""
    for library in ("OMP", "OPENBLAS", "MKL"):  # one thread for each process
        os.environ[f"{library}_NUM_THREADS"] = "1"
    contenders = [*NETWORKS, "MLPClassifier", "nearest mean"]
    with ProcessPoolExecutor(AT_A_TIME, get_context("spawn")) as workers:

        def results(work: Callable[..., Any], jobs: list[Any], what: str) -> dict[Any, Any]:
            bar = tqdm(workers.map(work, jobs), total=len(jobs), desc=what)
            return dict(zip(jobs, bar, strict=True))

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
        rules: dict[str, dict[str, Any]] = {
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
        read = results(one_network, [(name, seed) for name in contenders for seed in SHOWN], "nets")
    record = made() | {
        "seeds": len(SHOWN),
        "seeds_for_rates": len(CHOSEN_WITH),
        "rates": RATES,
        "rules": rules,
        "networks": {name: [read[name, seed] for seed in SHOWN] for name in contenders},
    }
    RECORD.write_text(json.dumps(record) + "\n", "utf-8")
    for name, row in rules.items():
        last = [losses[-1] for losses in row["loss"]]
        print(f"{name:14} {np.mean(last):.3f} ± {error(last):.3f}")
    for name, shares in record["networks"].items():
        print(f"{name:14} {np.mean(shares):.1%} ± {error(shares):.1%}")


def error(values: Any) -> float:
    """Return the standard error of the mean."""
    return float(np.std(values, ddof=1) / len(values) ** 0.5)


if __name__ == "__main__":
    main()
