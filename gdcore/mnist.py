"""MNIST: a reader of its files, which are of the IDX format."""

from __future__ import annotations

import gzip
import math
import os
import struct
import zlib
from io import BufferedIOBase

import numpy as np
from numpy.typing import NDArray

from gdcore import _checks
from gdcore._types import File
from gdcore.datasets import Labelled


def load_mnist(images: File, labels: File) -> Labelled:
    """Return the MNIST digits of two files, in the form of :func:`gdcore.datasets.digits`.

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
    >>> import pathlib, struct, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     images, labels = pathlib.Path(folder, "images"), pathlib.Path(folder, "labels")
    ...     _ = images.write_bytes(struct.pack(">4B3I", 0, 0, 8, 3, 2, 28, 28) + bytes(2 * 784))
    ...     _ = labels.write_bytes(struct.pack(">4BI", 0, 0, 8, 1, 2) + bytes([7, 2]))
    ...     x, y = load_mnist(images, labels)
    >>> x.shape, y.tolist()
    ((2, 784), [7, 2])
    """
    _checks.file("images", images)
    _checks.file("labels", labels)
    x, y = read_idx(images), read_idx(labels)
    images, labels = os.fspath(images), os.fspath(labels)
    if x.shape[1:] != (28, 28) or not len(x):
        what = f"{images} holds no pictures of 28 x 28, but shape {x.shape}"
        raise _checks.refused(ValueError, what)
    if y.ndim != 1 or len(y) != len(x):
        what = f"{labels} of shape {y.shape} does not fit the {len(x)} pictures of {images}"
        raise _checks.refused(ValueError, what)
    if y.max() > 9:
        at = int(np.argmax(y > 9))
        what = f"{labels} holds {y[at]} at index {at}, which is no digit"
        raise _checks.refused(ValueError, what)
    return x.reshape(len(x), 784) / 255, y.astype(np.intp)


def read_idx(file: File) -> NDArray[np.uint8]:
    """Read an IDX file of unsigned bytes, plain or gzipped.

    It begins with two zero bytes, the type 8 and the number of axes.  Then come the length of each
    axis, in four bytes, and the data.

    Parameters
    ----------
    file : str or os.PathLike
        Its content decides whether it is read as gzipped, not its name.

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
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder, "three-idx1-ubyte")
    ...     _ = file.write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 3, 5, 0, 4]))
    ...     read_idx(file).tolist()
    [5, 0, 4]
    """
    _checks.file("file", file)
    name = os.fspath(file)
    try:
        with _unpacked(file) as opened:
            shape = _shape(opened, name)
            size = math.prod(shape)
            data = _read(opened, size + 1)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        what = f"{name} is a damaged gzip file: {error}"
        raise _checks.refused(ValueError, what) from error
    if len(data) != size:
        fault = "is cut short" if len(data) < size else "is too long"
        there = len(data) if len(data) < size else "more"
        what = f"{name} {fault}: shape {shape} takes {size} bytes of data, and there are {there}"
        raise _checks.refused(ValueError, what)
    try:
        return np.frombuffer(data, np.uint8).reshape(shape)
    except ValueError as error:  # NumPy takes 64 axes at most, and no vast ones beside an empty one
        what = f"{name} of shape {shape} makes no array: {error}"
        raise _checks.refused(ValueError, what) from error


def _unpacked(file: File) -> BufferedIOBase:
    """Open a file, gzipped or not, to read what is in it."""
    with open(file, "rb") as opened:
        packed = opened.read(2) == b"\x1f\x8b"
    if not packed and os.fspath(file).endswith(".gz"):
        what = f"{os.fspath(file)} is not a gzip file, whatever its name says"
        raise _checks.refused(ValueError, what)
    return gzip.open(file) if packed else open(file, "rb")


def _shape(opened: BufferedIOBase, name: str) -> tuple[int, ...]:
    """Read the header of an IDX file: the length of each axis."""
    magic = opened.read(4)
    if len(magic) < 4:
        raise _checks.refused(ValueError, f"{name} is cut short in its header of 4 bytes")
    *zeros, kind, axes = magic
    if any(zeros) or not axes:
        what = f"{name} is no IDX file: it begins with the bytes {magic.hex(' ')}"
        raise _checks.refused(ValueError, what)
    if kind != 8:
        what = f"{name} holds numbers of type {kind}, and only 8, bytes, can be read"
        raise _checks.refused(ValueError, what)
    lengths = opened.read(4 * axes)
    if len(lengths) < 4 * axes:
        what = f"{name} is cut short in its header of {4 + 4 * axes} bytes"
        raise _checks.refused(ValueError, what)
    return struct.unpack(f">{axes}I", lengths)


def _read(opened: BufferedIOBase, most: int) -> bytes:
    """Read so many bytes, or all if there are fewer, in no more memory than there are bytes."""
    pieces = []
    while piece := opened.read(min(most, 1 << 20)):
        pieces.append(piece)
        most -= len(piece)
    return b"".join(pieces)
