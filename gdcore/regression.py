r"""Linear regression: the line through the beans, or the plane through any number of features.

.. math:: \hat y_i = \sum_j x_{ij} \theta_j, \qquad
    J(\theta) = \frac1N \sum_{i=1}^N (\hat y_i - y_i)^2, \qquad
    \partial_{\theta_j} J = \frac2N \sum_{i=1}^N (\hat y_i - y_i)\, x_{ij}

The loss is the *mean* over the samples given, all of them or a batch, with no half in front.  One
feature may come without its axis: then `x` has the shape of `y`, and `theta` is one number, the
slope.  An intercept is one more feature that is always 1: :func:`with_intercept`.

A look at all the data would cost as much as the gradient.  So NumPy may warn of a number that is
not finite before it is refused; :func:`gdcore.descent.descend` keeps NumPy quiet.

An argument of the wrong type raises a ``TypeError``; one that is out of range, or whose shape does
not fit, a ``ValueError``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gdcore import _checks
from gdcore._types import Array


def predict(theta: Any, x: ArrayLike) -> Array:
    r"""Return :math:`\hat y_i = \sum_j x_{ij} \theta_j` for each sample.

    Parameters
    ----------
    theta : float or array_like, shape (n,) or (n, ...)
        The parameters; along further axes, many sets of them at once.  For one feature without an
        axis a float, or an array of any shape.
    x : array_like, shape (samples,) or (samples, n)
        The features.

    Returns
    -------
    numpy.ndarray, shape (samples,) or (samples, ...)

    Examples
    --------
    >>> predict(2.0, [1.0, 3.0]).tolist()
    [2.0, 6.0]
    >>> predict([2.0, 0.5], [[1.0, 1.0], [3.0, 1.0]]).tolist()
    [2.5, 6.5]
    """
    x = _features(x)
    return np.asarray(np.tensordot(x, _parameters(theta, x, many=True), x.ndim - 1))


def loss(theta: Any, x: ArrayLike, y: ArrayLike) -> Any:
    r"""Return the mean of the squared errors, :math:`J(\theta)`.

    Parameters
    ----------
    theta : float or array_like, shape (n,) or (n, ...)
        The parameters, or many sets of them at once, as for :func:`predict`.
    x : array_like, shape (samples,) or (samples, n)
        The features; finite.
    y : array_like, shape (samples,)
        The targets; finite.

    Returns
    -------
    float or numpy.ndarray
        One number for each set of parameters.

    Examples
    --------
    >>> float(loss(2.0, x=[1.0, 3.0], y=[2.0, 5.0]))  # the errors are 0 and 1
    0.5
    """
    x = _features(_checks.samples("x", x))
    predicted, y = predict(theta, x), _checks.samples("y", _targets(y, x))
    errors = predicted - y.reshape(-1, *[1] * (predicted.ndim - 1))
    return _checks.finite(np.mean(errors**2, axis=0), theta=theta)


def gradient(theta: Any, x: ArrayLike, y: ArrayLike) -> Any:
    r"""Return the partial derivatives :math:`\partial_{\theta_j} J` of the mean squared error.

    Parameters
    ----------
    theta : float or array_like, shape (n,)
        The parameters; a float for one feature without an axis.
    x : array_like, shape (samples,) or (samples, n)
        The features; finite.
    y : array_like, shape (samples,)
        The targets; finite.

    Returns
    -------
    float or numpy.ndarray, shape (n,)
        Of the shape of `theta`.

    Examples
    --------
    >>> float(gradient(2.0, x=[1.0, 3.0], y=[2.0, 5.0]))  # 2 / 2 * (0 * 1 + 1 * 3)
    3.0
    """
    x = _features(x)
    theta, y = _parameters(theta, x), _targets(y, x)
    errors = np.dot(x, theta) - y
    return _checks.finite(2 * np.dot(errors, x) / len(y), theta=theta, x=x, y=y)


def least_squares(x: ArrayLike, y: ArrayLike) -> Any:
    r"""Return the parameters with the least mean squared error, without descending.

    They solve the *normal equations* :math:`X^\top X \theta = X^\top y`, here by singular value
    decomposition.  If several parameters are equally good, it is the shortest of them.

    Each feature is first divided by its largest size, so that it does not matter in which units it
    comes.  A direction of the parameters counts as one that the data say nothing about if its
    singular value is then below the rounding error of `x`: below `max(samples, n)` times the
    machine epsilon times the largest singular value.

    Parameters
    ----------
    x : array_like, shape (samples,) or (samples, n)
        The features; finite.
    y : array_like, shape (samples,)
        The targets; finite.

    Returns
    -------
    float or numpy.ndarray, shape (n,)

    References
    ----------
    A.-M. Legendre, *Nouvelles méthodes pour la détermination des orbites des comètes*, appendix,
    Paris (1805).

    Examples
    --------
    >>> w = least_squares(x=[1.0, 3.0], y=[2.0, 5.0])  # (1 * 2 + 3 * 5) / (1 * 1 + 3 * 3)
    >>> round(float(w), 12)
    1.7
    >>> least_squares(with_intercept([1.0, 3.0]), [2.0, 5.0]).round(12).tolist()
    [1.5, 0.5]
    """
    x = _features(_checks.samples("x", x))
    y = _checks.samples("y", _targets(y, x))
    precision: Any = np.float32 if x.dtype == np.float32 else np.float64
    columns = np.atleast_2d(x.T).T.astype(precision)
    # A feature that is always 0 must not be divided by 0.
    scale = np.maximum(np.abs(columns).max(axis=0), np.finfo(precision).tiny)
    theta, _, rank, _ = np.linalg.lstsq(columns / scale, y)
    theta /= scale
    if rank < len(theta):
        # The shortest is the part of any of them that lies in the space of the rows of x.
        rows = np.linalg.svd(columns / scale, full_matrices=False)[2][:rank] * scale
        basis = np.linalg.qr(rows.T)[0]
        theta = basis @ (basis.T @ theta)
    return theta.reshape(x.shape[1:])[()]


def with_intercept(x: ArrayLike) -> Array:
    """Return the features with one more, always 1: its parameter is the intercept.

    Parameters
    ----------
    x : array_like, shape (samples,) or (samples, n)
        The features.

    Returns
    -------
    numpy.ndarray, shape (samples, 2) or (samples, n + 1)
        A column of ones comes last.

    Examples
    --------
    >>> with_intercept([3.0, 5.0]).tolist()
    [[3.0, 1.0], [5.0, 1.0]]
    """
    x = _features(x)
    return np.column_stack([x, np.ones(len(x), x.dtype)])


def _features(x: ArrayLike) -> Array:
    x = _checks.numbers("x", x)
    if x.ndim not in (1, 2) or not x.size:
        what = f"x must be of shape (samples,) or (samples, n), got shape {x.shape}"
        raise _checks.refused(ValueError, what)
    return x


def _parameters(theta: Any, x: Array, many: bool = False) -> Array:
    """Return `theta` as an array of one set of parameters, or of many along further axes."""
    array = _checks.numbers("theta", theta)
    if array.dtype.kind != "f":  # whole numbers of few bits would wrap around
        array = array.astype(np.float64)
    one = array.shape[: x.ndim - 1] if many else array.shape
    if one != x.shape[1:]:
        what = f"theta of shape {array.shape} does not fit x of shape {x.shape}"
        raise _checks.refused(ValueError, what)
    return array


def _targets(y: ArrayLike, x: Array) -> Array:
    y = _checks.numbers("y", y)
    if y.shape != x.shape[:1]:
        raise _checks.refused(ValueError, f"y of shape {y.shape} does not fit x of shape {x.shape}")
    return y
