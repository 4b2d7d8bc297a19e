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


def drawings(rng: np.random.Generator, copies: int = 60) -> tuple[Labelled, Labelled]:
    """Return digits that were drawn for this book, some to learn from and some to test on.

    There are four drawings in each of thirty styles.  Two of the four are held for the test.  The
    others are drawn again and again, as :func:`augment` does, with pens of several widths.

    Parameters
    ----------
    rng : numpy.random.Generator
        How they are drawn again: the same seed, the same pictures.
    copies : int, optional
        How often each is drawn again; at least 1.

    Returns
    -------
    (x_train, y_train), (x_test, y_test)
        As of :func:`digits`: 60 `copies` pictures to learn from, and the 60 that are held, in the
        order of ``recorded("drawn")["held"]``.

    Examples
    --------
    >>> (x_train, y_train), (x_test, y_test) = drawings(np.random.default_rng(0), copies=1)
    >>> x_train.shape, x_test.shape, y_test[:8].tolist()
    ((60, 784), (60, 784), [0, 0, 0, 0, 0, 0, 1, 1])
    """
    _checks.instance("rng", rng, np.random.Generator)
    copies = _checks.whole("copies", copies, at_least=1)
    drawn = recorded("drawn")
    strokes, labels, held = drawn["strokes"], np.array(drawn["digits"]), drawn["held"]
    again = [i for i in range(len(strokes)) if i not in held for _ in range(copies)]
    learn = [scan(augment(rng, strokes[i]), pen=rng.uniform(0.045, 0.09)) for i in again]
    keep = [scan(strokes[i]) for i in held]
    return (enlarge(learn), labels[again]), (enlarge(keep), labels[held])


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


def scan(strokes: Sequence[ArrayLike], pen: float = 0.07) -> NDArray[np.intp]:
    """Return a drawing of a digit in the form of the scans of :func:`digits`.

    It goes the way that those went.  The ink is stretched to 20 x 32 of 32 x 32 fields.  Where the
    lines have come out thin they are thickened, and where thick, thinned.  Then each row is shifted
    so that the left edge of the ink is as far left at the bottom as at the top, which takes a slant
    away.  The inked fields are counted in blocks of 4 x 4.

    Parameters
    ----------
    strokes : sequence of array_like, shape (points, 2)
        The lines that the pen drew, in any unit; x to the right, y down.
    pen : float, optional
        Half the width of a line, as a share of the longer side of the drawing; positive.  Below
        0.03 a line may pass between the middles of the fields, and then leaves no ink.

    Returns
    -------
    numpy.ndarray of int, shape (8, 8)
        How many of 16 fields of each pixel are inked.

    References
    ----------
    M. D. Garris et al., "NIST form-based handprint recognition system", NISTIR 5469 (1994).

    Examples
    --------
    >>> scan([[(0, 0), (0, 10)]])[:2].tolist()
    [[0, 0, 7, 8, 8, 7, 0, 0], [0, 0, 16, 16, 16, 16, 0, 0]]
    """
    lines = _lines(strokes)
    pen = _checks.positive("pen", pen)
    ink = np.zeros((32, 32), dtype=bool)
    ink[:, 6:26] = _inked(lines, pen, width=20, height=32)
    blocks = _straightened(_even(ink)).reshape(8, 4, 8, 4)
    return np.asarray(blocks.sum(axis=(1, 3)))


def _lines(strokes: Sequence[ArrayLike]) -> list[Floats]:
    """Check the lines of a drawing."""
    strokes = _checks.not_empty("strokes", strokes)
    lines = [_checks.samples(f"strokes[{i}]", stroke) for i, stroke in enumerate(strokes)]
    for i, line in enumerate(lines):
        if line.ndim != 2 or line.shape[1] != 2:
            what = f"strokes[{i}] must be of shape (points, 2), got shape {line.shape}"
            raise _checks.refused(ValueError, what)
    return lines


def _inked(lines: list[Floats], pen: float, width: int, height: int) -> NDArray[np.bool_]:
    """Return which fields a pen reaches, if all that it inks is stretched to so many."""
    low, high = _corners(lines)
    pen = pen * max(float(np.max(high - low)), 1e-9)
    low, high = low - pen, high + pen
    x, y = (
        low[axis] + (np.arange(count) + 0.5) / count * (high - low)[axis]
        for axis, count in ((0, width), (1, height))
    )
    ax, ay = np.concatenate(lines).T
    wx, wy = np.concatenate([np.diff(line, axis=0, append=line[-1:]) for line in lines]).T
    # From each field to the closest point of each piece of a line.
    dx, dy = x[:, None] - ax, y[:, None, None] - ay
    along = np.clip((dx * wx + dy * wy) / np.maximum(wx * wx + wy * wy, 1e-12), 0, 1)
    nearest = np.min((dx - along * wx) ** 2 + (dy - along * wy) ** 2, axis=-1)
    return np.asarray(nearest <= pen * pen)


def _corners(lines: list[Floats]) -> tuple[Floats, Floats]:
    points = np.concatenate(lines)
    return points.min(axis=0), points.max(axis=0)


def _even(ink: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Thicken or thin the lines until a fair share of the fields is inked, but twice at most."""
    count = ink.sum()
    for few, many in ((256, 412), (108, 560)):  # of 1024 fields
        if count < few:
            ink = _near(ink)
        elif count > many:
            ink = ~_near(~ink, beyond=True)
    return ink


def _near(fields: NDArray[np.bool_], *, beyond: bool = False) -> NDArray[np.bool_]:
    """Return the fields that are set or have a neighbour that is; beyond the edge all are alike."""
    around = np.pad(fields, 1, constant_values=beyond)
    beside = around[:-2, 1:-1] | around[2:, 1:-1] | around[1:-1, :-2] | around[1:-1, 2:]
    return np.asarray(fields | beside)


def _straightened(ink: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Shift rows until the left edge of the ink is upright; its outermost rows are noisy."""
    rows = np.flatnonzero(ink.any(axis=1))
    top, bottom = rows.min(initial=32) + 2, rows.max(initial=-1) - 2
    if top >= bottom or not (ink[top].any() and ink[bottom].any()):
        return ink
    lean = (ink[bottom].argmax() - ink[top].argmax()) / (bottom - top)
    y, x = np.nonzero(ink)
    there = x - np.floor((y - 16) * lean + 0.5).astype(np.intp)
    kept = (there >= 0) & (there < 32)
    straight = np.zeros_like(ink)
    straight[y[kept], there[kept]] = True
    return straight


def augment(rng: np.random.Generator, strokes: Sequence[ArrayLike]) -> list[Floats]:
    """Return a drawing as another hand might have drawn it.

    The whole is slanted, turned and stretched a little, and bent as if the paper were rubber.  Each
    stroke is moved, and loses a piece at both ends.  So from one drawing come many to learn from.

    Parameters
    ----------
    rng : numpy.random.Generator
        What chance decides: the same seed, the same drawing.
    strokes : sequence of array_like, shape (points, 2)
        The lines that the pen drew, in any unit.

    Returns
    -------
    list of numpy.ndarray
        As many lines, about as large and about where they were.

    References
    ----------
    P. Simard, D. Steinkraus and J. Platt, "Best practices for convolutional neural networks applied
    to visual document analysis", *ICDAR* (2003).

    Examples
    --------
    >>> (line,) = augment(np.random.default_rng(1), [[(0, 0), (10, 0), (4, 20)]])
    >>> line.round(1).tolist()
    [[1.3, -0.8], [8.9, 0.5], [1.7, 19.1]]
    """
    _checks.instance("rng", rng, np.random.Generator)
    lines = _lines(strokes)
    low, high = _corners(lines)
    middle, size = (low + high) / 2, max(float(np.max(high - low)), 1e-9)
    slant, turn, stretch = rng.uniform(-1, 1, 3) * [0.4, 0.12, 0.3]
    turned = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    matrix = np.array([[np.exp(stretch), 0], [slant, 1]]) @ turned
    pulls = rng.normal(0, 0.06, (4, 4, 2))  # at 4 x 4 places of the paper
    varied = []
    for line in lines:
        first, last = (rng.uniform(0, 0.12, 2) * len(line)).astype(int)
        kept = (line[first : len(line) - last] - middle) / size
        # How much each of the 4 places in a row, or in a column, has to say at a point.
        across, down = np.maximum(1 - abs((3 * kept.T + 1.5)[..., None] - np.arange(4)), 0)
        bent = kept + np.einsum("pi,pj,ijk->pk", across, down, pulls)
        varied.append(middle + size * (bent + rng.normal(0, 0.03, 2)) @ matrix)
    return varied


def recorded(name: str) -> dict[str, Any]:
    """Return what was recorded once and is used in the book.

    The build of the book measures no time, so that two builds give the same bytes.

    Parameters
    ----------
    name : str
        Which one, of "batches", "training", "pytorch", "parallel", "blocks", "claims",
        "comparisons" and "drawn".  ``make bench RECORD=1`` makes the first five, ``make claims
        RECORD=1`` the next two.  The last holds 120 digits drawn for this book: the ``strokes`` of
        each, for :func:`scan`, the ``digits`` that they are meant to be, in which of three
        ``styles`` each is drawn, and which of them are ``held`` for the test.

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
