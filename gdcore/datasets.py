"""Datasets: the numbers that the book learns from, and what was measured.

An argument of another kind than the docstrings say raises a ``TypeError``; one out of its range, or
of a shape that does not fit, a ``ValueError``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gdcore import _checks

Floats = NDArray[np.float64]
#: Features, and the class of each sample.
Labelled = tuple[Floats, NDArray[np.intp]]
#: What stands in the folder `data`.
RECORDS = "batches", "training", "pytorch", "parallel", "blocks", "claims", "comparisons", "drawn"


def beans(rng: np.random.Generator, count: int = 100) -> tuple[Floats, Floats]:
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
) -> tuple[Floats, Floats]:
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


def noisy_parabola(rng: np.random.Generator, samples: int = 300) -> tuple[Floats, Floats]:
    r"""Return points of a parabola with some noise, for a network to bend to.

    .. math:: y_i = x_i^2 - \tfrac12 + \varepsilon_i, \qquad \varepsilon_i \sim N(0, 0.05^2)

    Parameters
    ----------
    rng : numpy.random.Generator
        Where the noise comes from: the same seed, the same points.
    samples : int, optional
        How many; at least 1.

    Returns
    -------
    x, y : numpy.ndarray, shape (samples,)
        The `x` are spread evenly from -1 to 1.

    Examples
    --------
    >>> x, y = noisy_parabola(np.random.default_rng(1), samples=3)
    >>> x.tolist(), y.round(2).tolist()
    ([-1.0, 0.0, 1.0], [0.52, -0.46, 0.52])
    """
    _checks.instance("rng", rng, np.random.Generator)
    samples = _checks.whole("samples", samples, at_least=1)
    x = np.linspace(-1, 1, samples)
    return x, x**2 - 0.5 + rng.normal(0, 0.05, len(x))


def digits(rng: np.random.Generator, test: int = 500) -> tuple[Labelled, Labelled]:
    """Return scikit-learn's scans of handwritten digits, some to learn from and some to test on.

    The 1,797 scans of 8 x 8 pixels are enlarged to 28 x 28 by linear interpolation, the size for
    which a well-known network of 784-16-16-10 is made.

    Parameters
    ----------
    rng : numpy.random.Generator
        What deals them into two parts: the same seed, the same parts.
    test : int, optional
        How many to test on; from 1 to 1,796.

    Returns
    -------
    (x_train, y_train), (x_test, y_test)
        Pictures, shape (samples, 784), each pixel from 0 (paper) to 1 (ink), row by row; and the
        digits that they are meant to be, shape (samples,), whole numbers from 0 to 9.

    Raises
    ------
    ImportError
        If scikit-learn is not installed.

    References
    ----------
    E. Alpaydin and C. Kaynak, "Optical recognition of handwritten digits", UCI Machine Learning
    Repository (1998).

    Examples
    --------
    >>> (x_train, y_train), (x_test, y_test) = digits(np.random.default_rng(0))
    >>> x_train.shape, x_test.shape, y_test[:5].tolist()
    ((1297, 784), (500, 784), [6, 6, 6, 2, 5])
    """
    _checks.instance("rng", rng, np.random.Generator)
    test = _checks.whole("test", test, at_least=1)
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise ImportError("digits needs scikit-learn: pip install scikit-learn") from None
    scans = load_digits()
    if test >= len(scans.target):
        what = f"test must be below the {len(scans.target)} scans, got {test}"
        raise _checks.refused(ValueError, what)
    x = enlarge(scans.images)
    order = rng.permutation(len(x))
    learn, keep = order[test:], order[:test]
    return (x[learn], scans.target[learn]), (x[keep], scans.target[keep])


def enlarge(scans: ArrayLike) -> Floats:
    """Return scans of 8 x 8 as pictures of 28 x 28, by linear interpolation between pixels.

    Parameters
    ----------
    scans : numpy.ndarray, shape (samples, 8, 8)
        How many of 16 fields of each pixel are inked.

    Returns
    -------
    numpy.ndarray, shape (samples, 784)
        From 0 (paper) to 1 (ink), row by row.

    Examples
    --------
    >>> picture = enlarge(np.full((1, 8, 8), 4))
    >>> picture.shape, float(picture.min()), float(picture.max())
    ((1, 784), 0.25, 0.25)
    """
    scans = _checks.samples("scans", scans)
    if scans.shape[1:] != (8, 8):
        what = f"scans must be of shape (samples, 8, 8), got shape {scans.shape}"
        raise _checks.refused(ValueError, what)
    # Where the centres of 28 pixels lie among 8, and how much each of the 8 has to say there.
    places = (np.arange(28) + 0.5) * 8 / 28 - 0.5
    widen = np.array([np.interp(places, np.arange(8), pixel) for pixel in np.eye(8)]).T
    return np.reshape(widen @ (scans / 16) @ widen.T, (-1, 784))


def scan(strokes: Sequence[ArrayLike]) -> NDArray[np.intp]:
    """Return a drawing of a digit in the form of the scans of :func:`digits`.

    Those were made by programs that are not at hand.  But they show what these did: nearly every
    scan reaches the first and the last row, uses the six columns in the middle, and has about 30 %
    ink.  So here the lines of a drawing are centred and stretched to 16 x 28 of 32 x 32 fields,
    though not more than twice as much one way as the other.  The 307 fields closest to them are
    inked, which is 30 %, and counted in blocks of 4 x 4.

    Parameters
    ----------
    strokes : sequence of array_like, shape (points, 2)
        The lines that the pen drew, in any unit; x to the right, y down.

    Returns
    -------
    numpy.ndarray of int, shape (8, 8)
        How many of 16 fields of each pixel are inked.

    Examples
    --------
    >>> scan([[(0, 0), (0, 10)]])[3].tolist()
    [0, 0, 4, 16, 16, 4, 0, 0]
    """
    strokes = _checks.not_empty("strokes", strokes)
    lines = [_checks.samples(f"strokes[{i}]", stroke) for i, stroke in enumerate(strokes)]
    for i, line in enumerate(lines):
        if line.ndim != 2 or line.shape[1] != 2:
            what = f"strokes[{i}] must be of shape (points, 2), got shape {line.shape}"
            raise _checks.refused(ValueError, what)
    points = np.concatenate(lines)
    low, high = points.min(axis=0), points.max(axis=0)
    fill = np.array([16, 28]) / np.maximum(high - low, 1e-9)
    stretch = np.minimum(fill, 2 * fill[::-1])
    centres = np.arange(32) + 0.5
    fields = np.stack(np.meshgrid(centres, centres), axis=-1)
    nearest = np.full((32, 32), np.inf)
    for line in lines:
        placed = (line - (low + high) / 2) * stretch + 16
        for a, b in zip(placed, [*placed[1:], placed[-1]], strict=True):
            way, off = b - a, fields - a
            along = np.sum(off * way, axis=-1) / max(np.sum(way**2), 1e-12)
            off -= np.clip(along, 0, 1)[..., None] * way
            nearest = np.minimum(nearest, np.sum(off**2, axis=-1))
    inked = np.zeros(32 * 32, np.intp)
    inked[np.argsort(nearest, axis=None, kind="stable")[:307]] = 1
    return np.asarray(inked.reshape(8, 4, 8, 4).sum(axis=(1, 3)))


def recorded(name: str) -> dict[str, Any]:
    """Return what was recorded once and is used in the book.

    The build of the book measures no time, so that two builds give the same bytes.

    Parameters
    ----------
    name : str
        Which one, of "batches", "training", "pytorch", "parallel", "blocks", "claims",
        "comparisons" and "drawn".
        ``make bench RECORD=1`` makes the first five, ``make claims RECORD=1`` the next two.  The
        last holds thirty digits drawn for this book: the ``strokes`` of each, for :func:`scan`, and
        the ``digits`` that they are meant to be.

    Returns
    -------
    dict
        Of a measurement ``date``, ``machine``, ``versions``, and what the program of that name in
        ``bench`` says.

    Examples
    --------
    >>> sorted(recorded("batches"))
    ['date', 'excess', 'machine', 'results', 'rounds', 'versions']
    """
    _checks.instance("name", name, str)
    if name not in RECORDS:
        what = f"name must be one of {', '.join(RECORDS)}, got {_checks.shown(name)}"
        raise _checks.refused(ValueError, what)
    file = Path(__file__).parent / "data" / f"{name}.json"
    return dict(json.loads(file.read_text("utf-8")))
