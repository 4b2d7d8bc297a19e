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

    Parameters
    ----------
    *data : array_like, shape (samples, ...)
        Arrays with the same number of samples, for example features and targets; finite real
        numbers.  Arrays are not copied: leave them alone while batches are drawn.
    batch_size : int
        From 1 to the number of samples.  If it is that number, and without replacement, every
        batch is a read-only view of the data in their own order, and `rng` is not used.
    rng : numpy.random.Generator
        Where the draws come from: the same seed, the same batches.
    replace : bool, optional
        Whether to draw with replacement.

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
    """

    steps_per_epoch: int

    def __init__(
        self,
        *data: ArrayLike,
        batch_size: int,
        rng: np.random.Generator,
        replace: bool = False,
    ) -> None:
        arrays = enumerate(_checks.not_empty("data", data))
        self._data = [_checks.samples(f"data[{i}]", array) for i, array in arrays]
        lengths = [len(array) for array in self._data]
        count, *others = set(lengths)
        if others:
            what = f"data must be arrays of equal length, got lengths {lengths}"
            raise _checks.refused(ValueError, what)
        self._indices = Indices(count, batch_size, rng, replace)
        self.steps_per_epoch = -(-count // self._indices.batch_size)
        self._whole = self._indices.batch_size == count and not replace

    def __next__(self) -> Batch:
        """Return the next batch, one array of at most `batch_size` samples for each of the data."""
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


def _read_only(array: NDArray[Any]) -> NDArray[Any]:
    view = array.view()
    view.flags.writeable = False
    return view
