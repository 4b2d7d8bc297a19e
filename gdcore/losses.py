"""Losses, which compare the outputs of a network with the targets, and their gradients.

An argument of the wrong type raises a ``TypeError``; one that is out of range, or whose shape does
not fit, a ``ValueError``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from gdcore import _checks
from gdcore._types import Array


class Loss:
    """What a network is trained for: a mean over samples, and its gradient.

    To write one of your own, give it these two methods.  A :class:`gdcore.network.Network` hands
    them its outputs, of shape ``(samples, outputs)``, and `y` as it came, which it does not check.
    """

    def value(self, outputs: ArrayLike, y: ArrayLike) -> float:
        """Return the loss."""
        raise NotImplementedError

    def gradient(self, outputs: ArrayLike, y: ArrayLike) -> Array:
        """Return the partial derivatives of the loss with respect to each output."""
        raise NotImplementedError


class MeanSquaredError(Loss):
    r"""The mean of the squared errors over all samples and outputs.

    .. math:: J = \frac{1}{N K} \sum_{i=1}^N \sum_{k=1}^K (z_{ik} - y_{ik})^2, \qquad
        \frac{\partial J}{\partial z_{ik}} = \frac{2}{N K} (z_{ik} - y_{ik})

    Outputs have the shape ``(samples, outputs)``, and targets too; for one output ``(samples,)``
    will do.  Targets are finite.

    Examples
    --------
    >>> outputs, y = [[1.0], [2.0]], [[1.0], [5.0]]
    >>> MeanSquaredError().value(outputs, y)
    4.5
    >>> MeanSquaredError().gradient(outputs, y).tolist()
    [[0.0], [-3.0]]
    """

    def value(self, outputs: ArrayLike, y: ArrayLike) -> float:
        """Return the mean of the squares."""
        z = _outputs(outputs)
        return float(np.mean((z - _numbers(y, z)) ** 2))

    def gradient(self, outputs: ArrayLike, y: ArrayLike) -> Array:
        """Return the partial derivatives, of the shape and precision of the outputs."""
        z = _outputs(outputs)
        return 2 / z.size * (z - _numbers(y, z))


class CrossEntropy(Loss):
    r"""The mean surprise at the right class, whose probability :func:`softmax` computes.

    .. math:: J = -\frac1N \sum_{i=1}^N \ln p_{i y_i}, \qquad
        \frac{\partial J}{\partial z_{ik}} = \frac1N \bigl( p_{ik} - [k = y_i] \bigr)

    Outputs have the shape ``(samples, classes)``.  Targets are the classes, whole numbers from 0,
    of shape ``(samples,)``.

    References
    ----------
    I. Goodfellow, Y. Bengio and A. Courville, *Deep Learning*, section 6.2.2.3, MIT Press (2016).

    Examples
    --------
    >>> outputs, y = np.log([[3.0, 1.0], [1.0, 1.0]]), [0, 1]
    >>> round(CrossEntropy().value(outputs, y), 4)  # -(ln 3/4 + ln 1/2) / 2
    0.4904
    >>> CrossEntropy().gradient(outputs, y).round(4).tolist()  # (3/4 - 1) / 2, 1/4 / 2, ...
    [[-0.125, 0.125], [0.25, -0.25]]
    """

    def value(self, outputs: ArrayLike, y: ArrayLike) -> float:
        """Return the mean surprise."""
        z = _outputs(outputs)
        y = _classes(y, z)
        # Subtracting the largest output of a sample changes no probability, and nothing overflows.
        z = z - z.max(axis=1, keepdims=True)
        surprise = np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(y)), y]
        return float(np.mean(surprise))

    def gradient(self, outputs: ArrayLike, y: ArrayLike) -> Array:
        """Return the partial derivatives, of the shape and precision of the outputs."""
        p = softmax(outputs)
        p[np.arange(len(p)), _classes(y, p)] -= 1
        return p / len(p)


def softmax(outputs: ArrayLike) -> Array:
    r"""Turn the outputs of each sample into probabilities, :math:`p_k = e^{z_k} / \sum_j e^{z_j}`.

    Parameters
    ----------
    outputs : array_like, shape (samples, classes)
        Real numbers; they may be large, and the difference of two is what counts.  A row with
        a NaN or an infinite number comes out as NaN, except that ``-inf`` has probability 0.

    Returns
    -------
    numpy.ndarray, shape (samples, classes)
        Each row adds up to 1.

    Examples
    --------
    >>> softmax([[1000.0, 1000.0], [0.0, -np.inf]]).tolist()
    [[0.5, 0.5], [1.0, 0.0]]
    """
    # With a column for each sample NumPy finds the largest of all columns at once.
    z = _outputs(outputs).T.copy()
    p = np.exp(z - z.max(axis=0))
    probabilities: Array = p / p.sum(axis=0)
    return probabilities.T


def _outputs(outputs: ArrayLike) -> Array:
    z = _checks.numbers("outputs", outputs)
    if z.ndim != 2 or not z.size:
        what = f"outputs must be of shape (samples, outputs), got shape {z.shape}"
        raise _checks.refused(ValueError, what)
    return z if z.dtype.kind == "f" else z.astype(np.float64)


def _numbers(y: ArrayLike, z: Array) -> Array:
    """Return targets that are numbers, one for each output, in the precision of the outputs."""
    y = _checks.numbers("y", y)
    if y.shape != z.shape and (*y.shape, 1) != z.shape:
        what = f"y of shape {y.shape} does not fit {len(z)} samples and {z.shape[1]} outputs"
        raise _checks.refused(ValueError, what)
    return _checks.samples("y", y.astype(z.dtype, copy=False)).reshape(z.shape)


def _classes(y: ArrayLike, z: Array) -> Array:
    """Return targets that are classes, one for each sample."""
    y = _checks.numbers("y", y)
    if y.dtype.kind == "f":
        what = f"y must hold classes, which are whole numbers, got {y.dtype}"
        raise _checks.refused(TypeError, what)
    if y.shape != z.shape[:1]:
        what = f"y of shape {y.shape} does not fit {len(z)} samples: give one class for each"
        raise _checks.refused(ValueError, what)
    if y.min() < 0 or y.max() >= z.shape[1]:
        wrong = y[(y < 0) | (y >= z.shape[1])][0]
        what = f"y must hold classes from 0 to {z.shape[1] - 1}, got {wrong}"
        raise _checks.refused(ValueError, what)
    return y
