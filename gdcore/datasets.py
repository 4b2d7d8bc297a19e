"""Datasets: the numbers that the book learns from, made from a seed; and what was measured."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gdcore import _checks

Array = NDArray[np.float64]


def beans(rng: np.random.Generator, count: int = 100) -> tuple[Array, Array]:
    r"""Return the sizes of some beans and how toxic each of them is.

    .. math:: y_i = 0.9\, x_i + 0.3 + \varepsilon_i, \qquad \varepsilon_i \sim N(0, 0.1^2)

    The sizes :math:`x_i` are drawn evenly from 0 to 1.  A line through the origin misses the beans
    on purpose: they have an intercept.

    Parameters
    ----------
    rng : numpy.random.Generator
        Where the draws come from: the same seed, the same beans.
    count : int, optional
        How many; at least 1.

    Returns
    -------
    size, toxicity : numpy.ndarray, shape (count,)

    Raises
    ------
    TypeError, ValueError
        If `rng` is no generator, or `count` no whole number of at least 1.

    Examples
    --------
    >>> size, toxicity = beans(np.random.default_rng(1), count=3)
    >>> size.round(2).tolist(), toxicity.round(2).tolist()
    ([0.51, 0.95, 0.14], [0.63, 1.25, 0.47])
    """
    _checks.instance("rng", rng, np.random.Generator)
    count = _checks.whole("count", count, at_least=1)
    size = rng.uniform(0, 1, count)
    return size, 0.9 * size + 0.3 + rng.normal(0, 0.1, count)


def plane(
    rng: np.random.Generator, samples: int = 100_000, features: int = 10
) -> tuple[Array, Array]:
    r"""Return noisy heights of a plane over many features, to measure speed on.

    .. math:: y_i = \sum_j x_{ij} \theta_j + \varepsilon_i, \qquad
        \theta_j, \varepsilon_i \sim N(0, 1), \quad x_{ij} \sim N(0, s_j^2)

    The spreads :math:`s_j` of the features fall evenly on a log scale from 1 to 1/3, so that the
    condition number is about 9.

    Parameters
    ----------
    rng : numpy.random.Generator
        Where the draws come from.
    samples, features : int, optional
        How many; at least 1.

    Returns
    -------
    x : numpy.ndarray, shape (samples, features)
    y : numpy.ndarray, shape (samples,)

    Raises
    ------
    TypeError, ValueError
        If `rng` is no generator, or a number is not a whole one of at least 1.

    Examples
    --------
    >>> x, y = plane(np.random.default_rng(1), samples=4, features=2)
    >>> x.shape, y.shape
    ((4, 2), (4,))
    """
    _checks.instance("rng", rng, np.random.Generator)
    samples = _checks.whole("samples", samples, at_least=1)
    features = _checks.whole("features", features, at_least=1)
    x = rng.standard_normal((samples, features)) * np.geomspace(1, 1 / 3, features)
    return x, x @ rng.standard_normal(features) + rng.standard_normal(samples)


def measured() -> dict[str, Any]:
    """Return the times that ``make bench RECORD=1`` last kept, with date, machine and versions.

    The build of the book measures no time, so that two builds give the same bytes.

    Returns
    -------
    dict
        ``results``, by data and contender, has the ``samples`` until the goal, the median
        ``seconds`` and the quartiles of the ``ratio`` to the reference; beside it stand ``date``,
        ``machine``, ``versions``, the number of ``rounds``, and the ``excess`` loss of the goal.

    Examples
    --------
    >>> sorted(measured())
    ['date', 'excess', 'machine', 'results', 'rounds', 'versions']
    """
    record: dict[str, Any] = json.loads(
        Path(__file__).with_name("measured.json").read_text("utf-8")
    )
    return record
