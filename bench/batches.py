"""Batch, stochastic and mini-batch descent by gdcore, scikit-learn and a plain Python loop.

`make bench` runs this, and `make bench RECORD=1` stores the result in `gdcore/data/batches.json`,
which chapter 5 shows.  On each of two sets of data there is a goal, a loss.  A contender is there
when the mean loss of some runs is, so that no lucky step counts.  For each one the learning rate is
chosen that is there first, and a run up to there is timed.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

import numpy as np
import paired
from sklearn.linear_model import SGDRegressor

from gdcore import datasets, regression
from gdcore.batches import Batches
from gdcore.descent import Run, descend
from gdcore.rules import GradientDescent

BEANS, PLANE = "100 beans", "100,000 x 10"
#: On the beans the goal is a loss so much above the least one.  On the large data it is the loss
#: that SGDRegressor, as it comes, has after one pass.
EXCESS = 0.01
ONE_PASS, DIRECT = "SGDRegressor pass", "least squares"
COMPILED, LOOP = "SGDRegressor", "plain Python"
#: What gdcore is called with, by its name in the table.
SIZES = {
    BEANS: {"gdcore, batch 1": 1, "gdcore, batch 10": 10, "gdcore, all": 100},
    PLANE: {
        "gdcore, batch 1": 1,
        "gdcore, batch 256": 256,
        "gdcore, all": 100_000,
    },
}
REFERENCE = {BEANS: COMPILED, PLANE: ONE_PASS}
#: The learning rates tried, and the seeds of the runs whose mean loss has to be at the goal.
RATES = 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 0.7
SEEDS = 1, 2, 3, 4, 5
#: The needs of each contender, as JSON: found once, and handed down to the processes.
NEEDS = "BENCH_NEEDS"

Trace = Iterable[tuple[int, Any]]


def data(on: str) -> tuple[Any, Any]:
    """Return features and targets.  The last feature of a bean is the 1 of the intercept."""
    if on == PLANE:
        return datasets.plane(np.random.default_rng(0))
    size, toxicity = datasets.beans(np.random.default_rng(5))
    return regression.with_intercept(size), toxicity


def by_gdcore(batch_size: int, x: Any, y: Any, rate: float, steps: int, seed: int = 1) -> Run:
    """Make one call of `descend`; the path goes with it, as it does for every reader."""
    draw = Batches(x, y, batch_size=batch_size, rng=np.random.default_rng(seed))
    return descend(
        lambda theta: regression.gradient(theta, *next(draw)),
        np.zeros(x.shape[1]),
        rule=GradientDescent(rate),
        max_steps=steps,
        stall_after=2 * draw.steps_per_epoch - 1,
    )


def as_it_comes(seed: int) -> SGDRegressor:
    """Return scikit-learn's loop over single samples, on the loss that gdcore has."""
    return SGDRegressor(penalty=None, fit_intercept=False, tol=None, random_state=seed)


def compiled(rate: float, seed: int) -> SGDRegressor:
    """Return the same with a constant learning rate.  Its loss has a half in front."""
    return as_it_comes(seed).set_params(learning_rate="constant", eta0=2 * rate)


def by_scikit_learn(x: Any, y: Any, rate: float, samples: int, seed: int = 1) -> Any:
    """Make whole passes, and then a part of one: the samples stand in random order."""
    model = compiled(rate, seed)
    passes, rest = divmod(samples, len(x))
    if passes:
        model.set_params(max_iter=passes).fit(x, y)
    if rest:
        model.partial_fit(x[:rest], y[:rest])
    return model.coef_


def one_pass(x: Any, y: Any) -> Any:
    """Make one pass with the learning rate that SGDRegressor comes with."""
    return as_it_comes(SEEDS[0]).set_params(max_iter=1).fit(x, y).coef_


def by_plain_python(
    x: list[list[float]], y: list[float], rate: float, steps: int, seed: int = 1
) -> list[float]:
    """Descend as one writes it without NumPy: loop over the samples, and over the features."""
    shuffled = random.Random(seed)
    theta = [0.0] * len(x[0])
    order = list(range(len(x)))
    for begun in range(0, steps, len(x)):
        shuffled.shuffle(order)
        for i in order[: steps - begun]:
            row = x[i]
            error = -y[i]
            for a, weight in zip(row, theta, strict=True):
                error += a * weight
            step = 2 * rate * error
            for j, a in enumerate(row):
                theta[j] -= step * a
    return theta


def trace_gdcore(batch_size: int, x: Any, y: Any, rate: float, seed: int) -> Trace:
    """Yield samples and parameters of a run, about every fiftieth of an epoch."""
    stride = max(1, len(x) // 50 // batch_size)
    path = by_gdcore(batch_size, x, y, rate, longest(len(x), batch_size), seed)
    return ((k * batch_size, path.points[k]) for k in range(stride, path.steps + 1, stride))


def trace_scikit_learn(x: Any, y: Any, rate: float, seed: int) -> Trace:
    """Yield the same of one growing run of SGDRegressor."""
    stride = max(1, len(x) // 50)
    model = compiled(rate, seed)
    for k in range(0, longest(len(x), 1), stride):
        some = slice(k % len(x), k % len(x) + stride)
        yield k + stride, model.partial_fit(x[some], y[some]).coef_


def longest(samples: int, batch_size: int) -> int:
    """Return the steps after which a contender is given up."""
    return 100 if batch_size == samples else min(30 * samples, 50_000) // batch_size


def tuned(traces: Any, x: Any, y: Any, goal: float) -> dict[str, float]:
    """Return the learning rate that is at the goal first, and after how many samples."""
    # Where a rate is too large, the numbers end.
    with np.errstate(all="ignore"):
        found = [(first([traces(x, y, r, seed) for seed in SEEDS], x, y, goal), r) for r in RATES]
    samples, rate = min(found)
    if not np.isfinite(samples):
        raise SystemExit("a contender does not reach the goal")
    return {"learning_rate": rate, "samples": int(samples)}


def first(traces: list[Trace], x: Any, y: Any, goal: float) -> float:
    """Return the first number of samples at which the mean loss of the runs is at the goal."""
    for stops in zip(*traces, strict=False):  # a run that leaves the numbers is shorter
        samples, thetas = stops[0][0], [theta for _, theta in stops]
        if not np.isfinite(thetas).all():
            break
        if np.mean([regression.loss(theta, x, y) for theta in thetas]) <= goal:
            return float(samples)
    return float("inf")


def goal_of(on: str, x: Any, y: Any) -> float:
    """Return the loss that is to be reached."""
    least = float(regression.loss(regression.least_squares(x, y), x, y))
    return (1 + EXCESS) * least if on == BEANS else float(regression.loss(one_pass(x, y), x, y))


def needs_of(on: str) -> dict[str, Any]:
    """Return what each contender needs to be at the goal, in the order of the table."""
    x, y = data(on)
    goal = goal_of(on, x, y)
    needs: dict[str, Any] = {ONE_PASS: {"samples": len(x)}} if on == PLANE else {}
    needs[COMPILED] = tuned(trace_scikit_learn, x, y, goal)
    for name, batch_size in SIZES[on].items():
        needs[name] = tuned(partial(trace_gdcore, batch_size), x, y, goal)
    # The plain loop makes the steps of batch size 1.
    needs[LOOP] = needs["gdcore, batch 1"]
    return needs | {DIRECT: {"samples": len(x)}}


def set_up(on: str, name: str, twice: bool = False) -> paired.Run:
    """Return the run that is timed, or one of twice as many steps."""
    x, y = data(on)
    need = json.loads(os.environ[NEEDS])[on][name]
    if name == ONE_PASS:
        return partial(one_pass, x, y)
    if name == DIRECT:
        return partial(regression.least_squares, x, y)
    rate, samples = need["learning_rate"], need["samples"]
    if name == COMPILED:
        return partial(by_scikit_learn, x, y, rate, samples)
    if name == LOOP:
        return partial(by_plain_python, x.tolist(), y.tolist(), rate, samples)
    batch_size = SIZES[on][name]
    return partial(by_gdcore, batch_size, x, y, rate, (1 + twice) * samples // batch_size)


def contenders(needs: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield what is timed, by name; gdcore also with twice the steps, to know what one costs."""
    for on, names in needs.items():
        for name in names:
            yield f"{on}: {name}", partial(set_up, on, name)
            if name in SIZES[on]:
                yield f"{on}: {name}, twice", partial(set_up, on, name, twice=True)


def results(
    seconds: dict[str, list[float]], on: str, needs: dict[str, Any]
) -> dict[str, dict[str, Any]]:
    """Return for each contender what it needed for the goal, and how that compares."""
    rows = {}
    for name, need in needs.items():
        key = f"{on}: {name}"
        rows[name] = need | {
            "seconds": float(np.median(seconds[key])),
            "ratio": paired.ratios(seconds, key, f"{on}: {REFERENCE[on]}"),
        }
        if name in SIZES[on]:
            more = np.subtract(seconds[f"{key}, twice"], seconds[key])
            steps = need["samples"] // SIZES[on][name]
            rows[name]["seconds_per_step"] = float(np.median(more)) / steps
    return rows


def table(record: dict[str, Any], on: str) -> str:
    """Return the record of one set of data as text."""
    lines = [f"{on:18}{'samples':>10}{'time':>12}   time / {REFERENCE[on]} (quartiles)"]
    for name, row in record["results"][on].items():
        low, middle, high = row["ratio"]
        lines.append(
            f"{name:18}{row['samples']:>10,}{row['seconds'] * 1e3:>9.3g} ms"
            f"{middle:>10.3g}   ({low:.3g} to {high:.3g})"
        )
    return "\n".join(lines)


def main() -> None:
    """Find out what each contender needs, measure, print and store."""
    given = paired.options(__doc__, rounds=11)
    needs = {on: needs_of(on) for on in SIZES}
    seconds = paired.measure(__file__, given.rounds, {NEEDS: json.dumps(needs)}, "--min-time=0.02")
    record = paired.surroundings("scikit-learn") | {
        "rounds": given.rounds,
        "excess": EXCESS,
        "results": {on: results(seconds, on, needs[on]) for on in needs},
    }
    paired.report(record, "\n\n".join(table(record, on) for on in needs), given.record)


if __name__ == "__main__":
    if NEEDS in os.environ:
        paired.work(dict(contenders(json.loads(os.environ[NEEDS]))))
    else:
        main()
