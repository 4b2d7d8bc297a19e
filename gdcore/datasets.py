"""Datasets: the numbers that the book learns from, and what was measured."""

from __future__ import annotations

import gzip
import json
import math
import os
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gdcore import _checks
from gdcore._checks import Count, File, Samples, checked

Array = NDArray[np.float64]
#: Features, and the class of each sample.
Labelled = tuple[Array, NDArray[np.intp]]


@checked
def beans(rng: np.random.Generator, count: Count = 100) -> tuple[Array, Array]:
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
    size = rng.uniform(0, 1, count)
    return size, 0.9 * size + 0.3 + rng.normal(0, 0.1, count)


@checked
def plane(
    rng: np.random.Generator, samples: Count = 100_000, features: Count = 10
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
    x = rng.standard_normal((samples, features)) * np.geomspace(1, 1 / 3, features)
    return x, x @ rng.standard_normal(features) + rng.standard_normal(samples)


@checked
def noisy_parabola(rng: np.random.Generator, samples: Count = 300) -> tuple[Array, Array]:
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

    Raises
    ------
    TypeError, ValueError
        If `rng` is no generator, or `samples` no whole number of at least 1.

    Examples
    --------
    >>> x, y = noisy_parabola(np.random.default_rng(1), samples=3)
    >>> x.tolist(), y.round(2).tolist()
    ([-1.0, 0.0, 1.0], [0.52, -0.46, 0.52])
    """
    x = np.linspace(-1, 1, samples)
    return x, x**2 - 0.5 + rng.normal(0, 0.05, len(x))


@checked
def digits(rng: np.random.Generator, test: Count = 500) -> tuple[Labelled, Labelled]:
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
    TypeError, ValueError
        If `rng` is no generator, or `test` no whole number from 1 to 1,796.

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
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise ImportError("digits needs scikit-learn: pip install scikit-learn") from None
    scans = load_digits()
    if test >= len(scans.target):
        raise ValueError(f"test must be below the {len(scans.target)} scans, got {test}")
    x = enlarge(scans.images)
    order = rng.permutation(len(x))
    learn, keep = order[test:], order[:test]
    return (x[learn], scans.target[learn]), (x[keep], scans.target[keep])


@checked
def enlarge(scans: Samples) -> Array:
    """Return scans of 8 x 8 as pictures of 28 x 28, by linear interpolation between pixels.

    Parameters
    ----------
    scans : numpy.ndarray, shape (samples, 8, 8)
        How many of 16 fields of each pixel are inked.

    Returns
    -------
    numpy.ndarray, shape (samples, 784)
        From 0 (paper) to 1 (ink), row by row.

    Raises
    ------
    TypeError, ValueError
        If `scans` holds no finite real numbers, or has another shape.

    Examples
    --------
    >>> picture = enlarge(np.full((1, 8, 8), 4))
    >>> picture.shape, float(picture.min()), float(picture.max())
    ((1, 784), 0.25, 0.25)
    """
    if scans.shape[1:] != (8, 8):
        raise ValueError(f"scans must be of shape (samples, 8, 8), got {scans.shape}")
    # Where the centres of 28 pixels lie among 8, and how much each of the 8 has to say there.
    places = (np.arange(28) + 0.5) * 8 / 28 - 0.5
    widen = np.array([np.interp(places, np.arange(8), pixel) for pixel in np.eye(8)]).T
    return np.reshape(widen @ (scans / 16) @ widen.T, (-1, 784))


@checked
def scan(strokes: Sequence[Samples]) -> NDArray[np.intp]:
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

    Raises
    ------
    TypeError, ValueError
        If there is no stroke, or one holds no finite points of the plane.

    Examples
    --------
    >>> scan([[(0, 0), (0, 10)]])[3].tolist()
    [0, 0, 4, 16, 16, 4, 0, 0]
    """
    lines = _checks.some("strokes", strokes)
    for i, line in enumerate(lines):
        if line.ndim != 2 or line.shape[1] != 2:
            raise ValueError(f"strokes[{i}] must be of shape (points, 2), got {line.shape}")
    corners = np.array([function(np.concatenate(lines), axis=0) for function in (np.min, np.max)])
    fill = np.array([16, 28]) / np.maximum(corners[1] - corners[0], 1e-9)
    stretch = np.minimum(fill, 2 * fill[::-1])
    fields = np.stack(np.meshgrid(np.arange(32) + 0.5, np.arange(32) + 0.5), axis=-1)
    nearest = np.full((32, 32), np.inf)
    for line in lines:
        placed = (line - (corners[0] + corners[1]) / 2) * stretch + 16
        for a, b in zip(placed, [*placed[1:], placed[-1]], strict=True):
            way, off = b - a, fields - a
            along = np.sum(off * way, axis=-1) / max(np.sum(way**2), 1e-12)
            off -= np.clip(along, 0, 1)[..., None] * way
            nearest = np.minimum(nearest, np.sum(off**2, axis=-1))
    inked = np.zeros(32 * 32, np.intp)
    inked[np.argsort(nearest, axis=None, kind="stable")[:307]] = 1
    return np.asarray(inked.reshape(8, 4, 8, 4).sum(axis=(1, 3)))


@checked
def mnist(images: File, labels: File) -> Labelled:
    """Return the MNIST digits from two files of yours, in the form of :func:`digits`.

    Parameters
    ----------
    images, labels : str or os.PathLike
        For example ``train-images-idx3-ubyte.gz`` and ``train-labels-idx1-ubyte.gz``.

    Returns
    -------
    x : numpy.ndarray, shape (samples, 784)
        The pixels, from 0 to 1.
    y : numpy.ndarray of int, shape (samples,)
        The digits.

    Raises
    ------
    OSError
        If a file cannot be opened.
    TypeError
        If `images` or `labels` is no path.
    ValueError
        If a file is damaged, as for :func:`read_idx`, if it holds something else, or if the two do
        not belong together.

    References
    ----------
    Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based learning applied to document
    recognition", *Proceedings of the IEEE* 86, 2278-2324 (1998).

    Examples
    --------
    >>> import struct, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     images, labels = Path(folder, "images"), Path(folder, "labels")
    ...     _ = images.write_bytes(struct.pack(">4B3I", 0, 0, 8, 3, 2, 28, 28) + bytes(2 * 784))
    ...     _ = labels.write_bytes(struct.pack(">4BI", 0, 0, 8, 1, 2) + bytes([7, 2]))
    ...     x, y = mnist(images, labels)
    >>> x.shape, y.tolist()
    ((2, 784), [7, 2])
    """
    x, y = read_idx(images), read_idx(labels)
    if x.shape[1:] != (28, 28) or not len(x):
        raise ValueError(f"{os.fspath(images)} holds no pictures of 28 x 28, but shape {x.shape}")
    if y.ndim != 1 or len(y) != len(x):
        what = f"{os.fspath(labels)} of shape {y.shape} does not fit"
        raise ValueError(f"{what} the {len(x)} pictures of {os.fspath(images)}")
    if y.max() > 9:
        at = int(np.argmax(y > 9))
        raise ValueError(f"{os.fspath(labels)} holds {y[at]} at index {at}, which is no digit")
    return x.reshape(len(x), 784) / 255, y.astype(np.intp)


@checked
def read_idx(file: File) -> NDArray[np.uint8]:
    """Read an IDX file of unsigned bytes, plain or gzipped.

    It begins with two zero bytes, the type 8 and the number of axes.  Then come the length of each
    axis, in four bytes, and the data.

    Parameters
    ----------
    file : str or os.PathLike
        Whether it is gzipped is told by its content.

    Returns
    -------
    numpy.ndarray of uint8
        Read-only.  It takes the memory that its header and its content agree on: a header that
        claims more costs nothing, and of a gzipped file no more is unpacked than it claims.

    Raises
    ------
    OSError
        If the file cannot be opened.
    TypeError
        If `file` is no path.
    ValueError
        If it is damaged or not of this kind; the message says which file and what is wrong.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "three-idx1-ubyte")
    ...     _ = file.write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 3, 5, 0, 4]))
    ...     read_idx(file).tolist()
    [5, 0, 4]
    """
    name, magic = os.fspath(file), _beginning(file, 4)
    if len(magic) == 4 and (magic[:2] != b"\0\0" or not magic[3]):
        raise ValueError(f"{name} is no IDX file: it begins with the bytes {magic.hex(' ')}")
    if len(magic) == 4 and magic[2] != 8:
        raise ValueError(f"{name} holds numbers of type {magic[2]}, and only 8, bytes, can be read")
    header = 4 + 4 * magic[3] if len(magic) == 4 else 4
    content = _beginning(file, header)
    if len(content) < header:
        raise ValueError(f"{name} is cut short in its header of {header} bytes")
    shape = tuple(int(n) for n in np.frombuffer(content[4:], ">u4"))
    expected = header + math.prod(shape)
    content = _beginning(file, expected + 1)
    if len(content) != expected:
        long = len(content) > expected
        fault, there = ("is too long", "more") if long else ("is cut short", len(content))
        claim = f"shape {shape} takes {expected} bytes"
        raise ValueError(f"{name} {fault}: {claim}, and there are {there}")
    try:
        return np.frombuffer(content, np.uint8, offset=header).reshape(shape)
    except ValueError as error:  # NumPy takes 64 axes at most, and no vast ones beside an empty one
        raise ValueError(f"{name} of shape {shape} makes no array: {error}") from error


def _beginning(file: File, count: int) -> bytes:
    """Return the first bytes of a file, gzipped or not: `count`, or all if there are fewer."""
    name, pieces = os.fspath(file), []
    with open(file, "rb") as opened:
        packed = opened.read(2) == b"\x1f\x8b"
    if name.endswith(".gz") and not packed:
        raise ValueError(f"{name} is not a gzip file, whatever its name says")
    try:
        with gzip.open(file) if packed else open(file, "rb") as opened:
            # Bit by bit: who asks for much at once gets room for it, whatever there is.
            while piece := opened.read(min(count, 1 << 20)):
                pieces.append(piece)
                count -= len(piece)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ValueError(f"{name} is a damaged gzip file: {error}") from error
    return b"".join(pieces)


@checked
def recorded(name: str) -> dict[str, Any]:
    """Return what was recorded once and is used in the book.

    The build of the book measures no time, so that two builds give the same bytes.

    Parameters
    ----------
    name : {"batches", "training", "pytorch", "claims", "comparisons", "drawn"}
        ``make bench RECORD=1`` makes the first three, ``make claims RECORD=1`` the next two.  The
        last holds thirty digits drawn for this book: the ``strokes`` of each, for :func:`scan`, and
        the ``digits`` that they are meant to be.

    Returns
    -------
    dict
        Of a measurement ``date``, ``machine``, ``versions``, and what the program of that name in
        ``bench`` says.

    Raises
    ------
    TypeError, ValueError
        If `name` is no text, or there is no such record.

    Examples
    --------
    >>> sorted(recorded("batches"))
    ['date', 'excess', 'machine', 'results', 'rounds', 'versions']
    """
    names = "batches", "training", "pytorch", "claims", "comparisons", "drawn"
    if name not in names:
        raise ValueError(f"name must be one of {', '.join(map(repr, names))}, got {name!r}")
    return dict(json.loads(Path(__file__).with_name(f"{name}.json").read_text("utf-8")))
