r"""Batches: which samples a gradient looks at.

Let there be :math:`N` samples.  A gradient over all of them makes *batch* gradient descent, over
one drawn at random *stochastic* gradient descent (SGD), over a few *mini-batch* gradient descent.
The program is the same, and the batch size :math:`N`, 1 or :math:`B` is the whole difference.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gdcore import _checks
from gdcore._checks import Count, checked

#: One batch: the chosen samples of each array, in the order of the arrays.
Batch = tuple[NDArray[Any], ...]


class Batches(Iterator[Batch]):
    r"""An endless supply of batches, drawn at random from arrays that belong together.

    Without replacement the samples are shuffled once an epoch and dealt out in order, so that an
    epoch shows each of them once.  If `batch_size` does not divide the number of samples, the last
    batch of an epoch is shorter.  Like every other it is an even draw, so at any fixed place its
    gradient is on average that of all; but it is noisier, and a sample weighs more in it.

    With replacement each sample of each batch is drawn from all of them, whatever came before.

    Parameters
    ----------
    *data : array_like, shape (samples, ...)
        Arrays of as many samples each, for example features and targets; finite real numbers.
        Arrays are not copied: leave them alone while batches are drawn.
    batch_size : int
        From 1 to the number of samples.  If it is that number, and without replacement, every
        batch is a read-only view of the data as they stand, and `rng` is not asked.
    rng : numpy.random.Generator
        Where the draws come from: the same seed, the same batches.
    replace : bool, optional
        Whether to draw with replacement.

    Attributes
    ----------
    steps_per_epoch : int
        How many batches hold as many samples as there are, the last one rounded up.

    Raises
    ------
    TypeError
        If an array holds no real numbers, or another argument is not of the type above.
    ValueError
        If there are no arrays, if one is empty, not finite or of another length than the first, or
        if `batch_size` is below 1 or above the number of samples.

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

    @checked
    def __init__(
        self, *data: ArrayLike, batch_size: Count, rng: np.random.Generator, replace: bool = False
    ) -> None:
        arrays = enumerate(_checks.some("data", data))
        self._data = [_checks.samples(f"data[{i}]", array).view() for i, array in arrays]
        for array in self._data:
            array.flags.writeable = False
        lengths = [len(array) for array in self._data]
        count, *others = set(lengths)
        if others:
            raise ValueError(f"data must be arrays of equal length, got lengths {lengths}")
        if batch_size > count:
            raise ValueError(f"batch_size must be at most the {count} samples, got {batch_size}")
        self.steps_per_epoch = -(-count // batch_size)
        self._whole = batch_size == count and not replace
        self._indices = draw_indices(count, batch_size, rng, replace)

    def __next__(self) -> Batch:
        """Return the next batch, one array of at most `batch_size` samples for each of the data."""
        if self._whole:
            return tuple(self._data)
        chosen = next(self._indices)
        return tuple(array.take(chosen, axis=0) for array in self._data)


def draw_indices(
    samples: int, batch_size: int, rng: np.random.Generator, replace: bool
) -> Iterator[NDArray[np.intp]]:
    """Yield the indices of one batch after the other, for ever.

    It does not check its arguments: :class:`Batches` does.

    Parameters
    ----------
    samples : int
        How many there are to draw from.
    batch_size : int
        From 1 to `samples`.
    rng : numpy.random.Generator
        Where the draws come from.
    replace : bool
        Whether each index is drawn from all, or each epoch deals out every index once.

    Yields
    ------
    numpy.ndarray of int, shape (batch_size,) or shorter
        The last batch of an epoch without replacement may be shorter.

    Examples
    --------
    >>> indices = draw_indices(5, batch_size=2, rng=np.random.default_rng(1), replace=False)
    >>> [next(indices).tolist() for _ in range(3)]
    [[4, 0], [1, 2], [3]]
    """
    while True:
        if replace:
            yield rng.integers(samples, size=batch_size)
        else:
            order = rng.permutation(samples)
            for first in range(0, samples, batch_size):
                yield order[first : first + batch_size]
