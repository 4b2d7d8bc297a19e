"""Batch, stochastic and mini-batch descent by gdcore, scikit-learn and a plain Python loop.

`make bench` runs this, and `make bench RECORD=1` stores the result in `gdcore/measured.json`, which
chapter 5 shows.  Each contender is timed until its loss is first at the goal, on two sets of data.
On the large one the goal is what SGDRegressor reaches in one pass over the samples.
"""

from __future__ import annotations

import argparse
import json
import os
import random
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import paired
from sklearn.linear_model import SGDRegressor

from gdcore import datasets, regression
from gdcore.batches import Batches
from gdcore.descent import descend
from gdcore.rules import Plain, Rule, Scheduled

REFERENCE = "SGDRegressor"
BEANS, PLANE = "100 beans", "100,000 x 10"
#: On the beans the goal is a loss so much above the least one, within so many epochs.
EXCESS, EPOCHS = 0.01, 100
#: How many steps each contender needs, as JSON: found once, and handed down to the processes.
STEPS = "BENCH_STEPS"


def data(name: str) -> tuple[Any, Any]:
    """Return features and targets.  The last feature of a bean is the 1 of the intercept."""
    if name == PLANE:
        return datasets.plane(np.random.default_rng(0))
    size, toxicity = datasets.beans(np.random.default_rng(5))
    return regression.with_intercept(size), toxicity


def falling(k: int) -> float:
    """SGDRegressor's own schedule, "invscaling"."""
    return float((k + 1) ** -0.25)


def by_gdcore(batch_size: int, rule: Rule, x: Any, y: Any, steps: int) -> Any:
    """One call of `descend`; the path goes with it, as it does for every reader."""
    draw = Batches(x, y, batch_size=batch_size, rng=np.random.default_rng(1))
    return descend(
        lambda theta: regression.gradient(theta, *next(draw)),
        np.zeros(x.shape[1]),
        rule=rule,
        max_steps=steps,
        stall_after=draw.steps_per_epoch,
    )


def by_scikit_learn(options: dict[str, Any], x: Any, y: Any, steps: int) -> Any:
    """Its loss has a half in front, so its learning rate is twice as large as ours."""
    model = SGDRegressor(
        penalty=None, fit_intercept=False, tol=None, max_iter=steps // len(x), random_state=1
    )
    return model.set_params(**options).fit(x, y).coef_


def by_plain_python(
    rate: float, schedule: Callable[[int], float], x: list[list[float]], y: list[float], steps: int
) -> list[float]:
    """Descend as one writes it without NumPy: loop over the samples, and over the features."""
    shuffled, k = random.Random(1), 0
    theta = [0.0] * len(x[0])
    order = list(range(len(x)))
    while k < steps:
        shuffled.shuffle(order)
        for i in order[: steps - k]:
            row = x[i]
            error = -y[i]
            for a, weight in zip(row, theta, strict=True):
                error += a * weight
            step = 2 * rate * schedule(k) * error
            for j, a in enumerate(row):
                theta[j] -= step * a
            k += 1
    return theta


def steadily(k: int) -> float:
    """No schedule."""
    return 1.0


#: For each set of data, contender -> how to run it.  Learning rates are near the fastest of those
#: with two digits or fewer; those of single samples on the large set are SGDRegressor's defaults.
CONTENDERS: dict[str, dict[str, partial[Any]]] = {
    BEANS: {
        REFERENCE: partial(by_scikit_learn, {"learning_rate": "constant", "eta0": 0.02}),
        "plain Python loop": partial(by_plain_python, 0.01, steadily),
        "gdcore, batch size 1": partial(by_gdcore, 1, Plain(0.01)),
        "gdcore, batch size 10": partial(by_gdcore, 10, Plain(0.1)),
        "gdcore, all at once": partial(by_gdcore, 100, Plain(0.73)),
    },
    PLANE: {
        REFERENCE: partial(by_scikit_learn, {}),
        "plain Python loop": partial(by_plain_python, 0.005, falling),
        "gdcore, batch size 1": partial(by_gdcore, 1, Scheduled(Plain(0.005), falling)),
        "gdcore, batch size 256": partial(by_gdcore, 256, Plain(0.1)),
        "gdcore, all at once": partial(by_gdcore, 100_000, Plain(0.9)),
    },
}


def steps_needed(on: str) -> dict[str, int]:
    """Return after how many steps each contender is at the goal for the first time."""
    x, y = data(on)
    least = regression.loss(regression.least_squares(x, y), x, y)
    by_sklearn = CONTENDERS[on][REFERENCE]
    one_pass = regression.loss(by_sklearn(x, y, len(x)), x, y)
    goal = one_pass if on == PLANE else (1 + EXCESS) * least
    most = EPOCHS if on == BEANS else 2  # in epochs
    found = {}
    for name, run in CONTENDERS[on].items():
        if name.startswith("gdcore"):
            per_epoch = -(-len(x) // run.args[0])
            stride = max(1, per_epoch // 100)
            path = run(x, y, EPOCHS if per_epoch == 1 else most * per_epoch)
            tried = {k: path.points[k] for k in range(stride, path.steps + 1, stride)}
        else:
            given = (x.tolist(), y.tolist()) if "Python" in name else (x, y)
            passes = range(1, most + 1)
            tried = {e * len(x): np.asarray(run(*given, e * len(x))) for e in passes}
        hits = (k for k, theta in tried.items() if regression.loss(theta, x, y) <= goal)
        found[name] = next(hits, 0)
        if not found[name]:
            raise SystemExit(f"{name} does not reach the goal on {on} in time")
    return found


def set_up(on: str, name: str) -> paired.Run:
    """Return the run that is timed; the plain loop gets the lists that it is written for."""
    x, y = data(on)
    given = (x.tolist(), y.tolist()) if "Python" in name else (x, y)
    return partial(CONTENDERS[on][name], *given, json.loads(os.environ[STEPS])[on][name])


def results(
    seconds: dict[str, list[float]], on: str, steps: dict[str, int]
) -> dict[str, dict[str, Any]]:
    """Return for each contender what it needed for the goal, and how that compares."""
    rows = {}
    for name, run in CONTENDERS[on].items():
        batch_size = run.args[0] if name.startswith("gdcore") else 1
        rows[name] = {
            "samples": steps[name] * batch_size,
            "steps": steps[name],
            "seconds": float(np.median(seconds[f"{on}: {name}"])),
            "ratio": paired.ratios(seconds, f"{on}: {name}", f"{on}: {REFERENCE}"),
        }
    return rows


def table(record: dict[str, Any], on: str) -> str:
    """Return the record of one set of data as text."""
    lines = [f"{on:24}{'samples':>10}{'time':>12}{'by ' + REFERENCE:>22}   quartiles"]
    for name, row in record["results"][on].items():
        low, middle, high = row["ratio"]
        lines.append(
            f"{name:24}{row['samples']:>10,}{row['seconds'] * 1e3:>9.3g} ms{middle:>22.3g}"
            f"   {low:.3g} to {high:.3g}"
        )
    return "\n".join(lines)


def main() -> None:
    """Find the steps, measure, print and store."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=11)
    options.add_argument("--record", type=Path, help="a file for the result")
    given = options.parse_args()
    steps = {on: steps_needed(on) for on in CONTENDERS}
    record = paired.measure(__file__, given.rounds, **{STEPS: json.dumps(steps)})
    record["results"] = {on: results(record["seconds"], on, steps[on]) for on in CONTENDERS}
    del record["seconds"]
    print("\n\n".join(table(record, on) for on in CONTENDERS))
    if given.record:
        paired.store(record, given.record)


if __name__ == "__main__":
    if STEPS in os.environ:
        pairs = [(on, name) for on, entries in CONTENDERS.items() for name in entries]
        paired.work({f"{on}: {name}": partial(set_up, on, name) for on, name in pairs})
    else:
        main()
