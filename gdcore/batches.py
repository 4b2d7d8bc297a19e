r"""Batches: which samples a gradient looks at.

Let there be :math:`N` samples.  A gradient over all of them makes *batch* gradient descent, over
one drawn at random *stochastic* gradient descent (SGD), over a few *mini-batch* gradient descent.
The program is the same, and the batch size :math:`N`, 1 or :math:`B` is the whole difference.

An argument of the wrong type raises a ``TypeError``; one that is out of range, or whose shape does
not fit, a ``ValueError``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gdcore import _checks

#: One batch: the chosen samples of each array, in the order of the arrays.
Batch = tuple[NDArray[Any], ...]


class Batches(Iterator[Batch]):
    r"""An endless supply of batches, drawn at random from arrays that belong together.

    Without replacement the samples are shuffled once an epoch and dealt out in order, so that an
    epoch shows each of them once.  If `batch_size` does not divide the number of samples, the last
    batch of an epoch is shorter.  It is drawn as evenly as the others, so at any fixed place its
    gradient is on average that of all; but it is noisier, and a sample weighs more in it.

    With replacement each sample of each batch is drawn from all of them, whatever came before.

    Data that do not fit into the memory are shuffled by blocks of `block_size` neighbouring
    samples.  Once an epoch the blocks are shuffled.  Then `blocks` of them at a time are read, and
    their samples are shuffled together and dealt out.  So an epoch still shows each sample once,
    but those of one batch come from a few places of the file.  The less neighbours are alike, the
    less it matters.

    Parameters
    ----------
    *data : array_like, shape (samples, ...)
        Arrays with the same number of samples, for example features and targets; finite real
        numbers.  Arrays are not copied: leave them alone while batches are drawn.  With
        `block_size` they may lie on disk: what ``numpy.load(file, mmap_mode="r")`` returns, or
        anything that has a shape, a dtype and slices, such as a Dask array.
    batch_size : int
        From 1 to the number of samples.  If it is that number, and without replacement or blocks,
        every batch is a read-only view of the data in their own order, and `rng` is not used.
    rng : numpy.random.Generator
        Where the draws come from: the same seed, the same batches.
    replace : bool, optional
        Whether to draw with replacement; not by blocks.
    block_size : int, optional
        How many neighbouring samples are read at a time, from 1 to the number of samples.  By
        default all data are in memory, and all samples are shuffled together.
    blocks : int, optional
        How many blocks are in memory at a time; at least 1.

    Attributes
    ----------
    steps_per_epoch : int
        The number of samples divided by `batch_size`, rounded up.

    References
    ----------
    L. Bottou, F. E. Curtis and J. Nocedal, "Optimization methods for large-scale machine
    learning", *SIAM Review* 60, 223-311 (2018).

    Examples
    --------
    >>> draw = Batches([10, 20, 30, 40, 50], batch_size=2, rng=np.random.default_rng(1))
    >>> draw.steps_per_epoch
    3
    >>> [next(draw)[0].tolist() for _ in range(6)]
    [[50, 10], [20, 30], [40], [40, 10], [20, 50], [30]]

    By blocks of three, two of which are in memory:

    >>> rng = np.random.default_rng(1)
    >>> draw = Batches(range(12), batch_size=4, rng=rng, block_size=3, blocks=2)
    >>> [next(draw)[0].tolist() for _ in range(3)]
    [[3, 0, 1, 4], [2, 5, 7, 11], [8, 9, 10, 6]]
    """

    steps_per_epoch: int

    def __init__(
        self,
        *data: ArrayLike,
        batch_size: int,
        rng: np.random.Generator,
        replace: bool = False,
        block_size: int | None = None,
        blocks: int = 8,
    ) -> None:
        check = _checks.samples if block_size is None else _sliced
        arrays = enumerate(_checks.not_empty("data", data))
        self._data = [check(f"data[{i}]", array) for i, array in arrays]
        lengths = [array.shape[0] for array in self._data]
        count, *others = set(lengths)
        if others:
            what = f"data must be arrays of equal length, got lengths {lengths}"
            raise _checks.refused(ValueError, what)
        self._indices = Indices(count, batch_size, rng, replace)
        self.steps_per_epoch = -(-count // self._indices.batch_size)
        self._whole = self._indices.batch_size == count and not replace
        blocks = _checks.whole("blocks", blocks, at_least=1)
        self._by_blocks = None
        if block_size is not None:
            if replace:
                what = f"replace must be False if block_size is given, got {replace}"
                raise _checks.refused(ValueError, what)
            block_size = _checks.whole("block_size", block_size, at_least=1)
            if block_size > count:
                what = f"block_size must be at most the {count} samples, got {block_size}"
                raise _checks.refused(ValueError, what)
            self._by_blocks = _ByBlocks(self._data, self._indices, block_size, blocks)

    def __next__(self) -> Batch:
        """Return the next batch, one array of at most `batch_size` samples for each of the data."""
        if self._by_blocks:
            return next(self._by_blocks)
        if self._whole:
            return tuple(_read_only(array) for array in self._data)
        chosen = next(self._indices)
        return tuple(array.take(chosen, axis=0) for array in self._data)


class Indices(Iterator[NDArray[np.intp]]):
    """The indices of one batch after the other, for ever, as :class:`Batches` draws them.

    Parameters
    ----------
    samples : int
        How many there are to draw from; at least 1.
    batch_size : int
        From 1 to `samples`.
    rng : numpy.random.Generator
        Where the draws come from.
    replace : bool, optional
        Whether each index is drawn from all.  Otherwise each epoch deals out every index once, and
        its last batch may be shorter.

    Examples
    --------
    >>> indices = Indices(5, batch_size=2, rng=np.random.default_rng(1))
    >>> [next(indices).tolist() for _ in range(3)]
    [[4, 0], [1, 2], [3]]
    """

    def __init__(
        self, samples: int, batch_size: int, rng: np.random.Generator, replace: bool = False
    ) -> None:
        self.samples = _checks.whole("samples", samples, at_least=1)
        self.batch_size = _checks.whole("batch_size", batch_size, at_least=1)
        if self.batch_size > self.samples:
            what = f"batch_size must be at most the {samples} samples, got {batch_size}"
            raise _checks.refused(ValueError, what)
        _checks.instance("rng", rng, np.random.Generator)
        _checks.instance("replace", replace, bool)
        self.rng, self.replace = rng, replace
        self._left = np.array([], np.intp)

    def __next__(self) -> NDArray[np.intp]:
        """Return the indices of the next batch."""
        if self.replace:
            return self.rng.integers(self.samples, size=self.batch_size)
        if not len(self._left):
            self._left = self.rng.permutation(self.samples)
        batch, self._left = self._left[: self.batch_size], self._left[self.batch_size :]
        return batch


class _ByBlocks(Iterator[Batch]):
    """The batches of data of which only some blocks are in memory."""

    def __init__(self, data: list[Any], draw: Indices, block_size: int, blocks: int) -> None:
        self.data, self.draw, self.block_size, self.blocks = data, draw, block_size, blocks
        self.starts = np.array([], np.intp)  # of the blocks that this epoch has not read
        self.buffer: Batch = ()
        self.order = np.array([], np.intp)  # of the samples in the buffer, those dealt out removed

    def __next__(self) -> Batch:
        parts: list[Batch] = []
        missing = self.draw.batch_size
        while missing:
            if not len(self.order):
                if not len(self.starts) and parts:
                    break  # at the end of an epoch
                self.read()
            chosen, self.order = self.order[:missing], self.order[missing:]
            parts.append(tuple(array.take(chosen, axis=0) for array in self.buffer))
            missing -= len(chosen)
        return tuple(map(np.concatenate, zip(*parts, strict=True))) if len(parts) > 1 else parts[0]

    def read(self) -> None:
        """Put the next blocks of the epoch, or the first ones of a new epoch, into the buffer."""
        rng = self.draw.rng
        if not len(self.starts):
            self.starts = rng.permutation(np.arange(0, self.draw.samples, self.block_size))
        starts, self.starts = self.starts[: self.blocks], self.starts[self.blocks :]
        self.buffer = ()  # let go of the old blocks before the new ones come
        self.buffer = tuple(
            np.concatenate([self.block(i, start) for start in starts])
            for i in range(len(self.data))
        )
        self.order = rng.permutation(len(self.buffer[0]))

    def block(self, i: int, start: int) -> NDArray[Any]:
        stop = min(start + self.block_size, self.draw.samples)
        return _checks.samples(f"data[{i}][{start}:{stop}]", self.data[i][start:stop])


def _sliced(name: str, value: Any) -> Any:
    """Return `value` as something to take slices of, without a look at its numbers."""
    lazy = isinstance(getattr(value, "dtype", None), np.dtype) and hasattr(value, "shape")
    array = value if lazy and not isinstance(value, np.ndarray) else _checks.array(name, value)
    if array.dtype.kind not in "iuf":
        raise _checks.refused(TypeError, f"{name} must hold real numbers, got {array.dtype}")
    if not array.shape or not all(isinstance(n, int) and n > 0 for n in array.shape):
        what = f"{name} must hold at least one sample, got shape {array.shape}"
        raise _checks.refused(ValueError, what)
    return array


def _read_only(array: NDArray[Any]) -> NDArray[Any]:
    view = array.view()
    view.flags.writeable = False
    return view
