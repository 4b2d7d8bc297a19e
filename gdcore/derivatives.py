r"""Numerical derivatives of a function of one variable, by three recipes.

A difference has two errors that pull against each other.  *Truncation* is the tail of Taylor's
series that the recipe drops; it shrinks with the step `h`.  *Round-off* comes from subtracting
nearly equal floats; it grows as `h` shrinks.  The complex step subtracts nothing, so its round-off
does not grow.  With the unit roundoff :math:`u = 2^{-53}`:

======================  ======================  =====================  ======================
recipe                  evaluations of ``f``    truncation             round-off
======================  ======================  =====================  ======================
forward difference      2                       :math:`O(h)`           :math:`O(u/h)`
central difference      2                       :math:`O(h^2)`         :math:`O(u/h)`
complex step            1, on complex numbers   :math:`O(h^2)`         :math:`O(u)`
======================  ======================  =====================  ======================
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gdcore import _checks

#: A float, or an array on which the function works elementwise.
Real = Any
Function = Callable[[Any], Any]


def forward_difference(f: Function, x: Real, h: float = 1e-8) -> Real:
    r"""Return the slope of the secant from `x` to `x + h`.

    .. math:: f'(x) = \frac{f(x + h) - f(x)}{h} - \frac h2 f''(\xi), \qquad x < \xi < x + h,

    for `f` twice differentiable.  The bias :math:`\frac h2 f''` is why a descent by forward
    differences settles beside the minimum.

    Parameters
    ----------
    f : callable
        A function of one real variable; elementwise if `x` is an array.
    x : float or array_like
        Where to take the derivative; finite.
    h : float, optional
        The step, finite and above 0, in units of `x`.  The default suits `x` and `f` near 1.

    Returns
    -------
    float or numpy.ndarray
        The difference quotient, of the shape of `x`.  It is exactly 0 where `h` is so small
        beside `x` that ``x + h == x``, and ``f(x)`` is finite.

    Raises
    ------
    TypeError, ValueError
        If `f` cannot be called, `x` is not real and finite, or `h` is not finite and above 0.

    References
    ----------
    W. H. Press et al., *Numerical Recipes*, 3rd ed., section 5.7, Cambridge (2007).

    Examples
    --------
    >>> forward_difference(lambda x: x**2, 3.0, h=0.5)
    6.5
    >>> forward_difference(lambda x: x**2, 1e10, h=1e-8)
    0.0
    """
    x, h = _arguments(f, x, h)
    return _plain((f(x + h) - f(x)) / h)


def central_difference(f: Function, x: Real, h: float = 1e-5) -> Real:
    r"""Return the slope of the secant from `x - h` to `x + h`.

    .. math:: f'(x) = \frac{f(x + h) - f(x - h)}{2h} - \frac{h^2}{6} f'''(\xi),
        \qquad x - h < \xi < x + h,

    for `f` three times differentiable with a continuous third derivative.

    Parameters
    ----------
    f : callable
        A function of one real variable; elementwise if `x` is an array.
    x : float or array_like
        Where to take the derivative; finite.
    h : float, optional
        The step, finite and above 0, in units of `x`.  The default suits `x` and `f` near 1.

    Returns
    -------
    float or numpy.ndarray
        The difference quotient, of the shape of `x`.

    Raises
    ------
    TypeError, ValueError
        If `f` cannot be called, `x` is not real and finite, or `h` is not finite and above 0.

    References
    ----------
    W. H. Press et al., *Numerical Recipes*, 3rd ed., section 5.7, Cambridge (2007).

    Examples
    --------
    >>> central_difference(lambda x: x**2, 3.0, h=0.5)
    6.0
    >>> central_difference(lambda x: x**3, 0.0, h=0.5)
    0.25
    """
    x, h = _arguments(f, x, h)
    return _plain((f(x + h) - f(x - h)) / (2 * h))


def complex_step(f: Function, x: Real, h: float = 1e-20) -> Real:
    r"""Return the derivative by one step along the imaginary axis.

    .. math:: f'(x) = \frac{\operatorname{Im} f(x + \mathrm{i} h)}{h} + O(h^2)

    The recipe subtracts nothing, so `h` can be tiny, and if the code of `f` does not cancel digits
    itself, the result is good to rounding.  The price: `f` must be analytic at `x`, real for real
    arguments, and its code must pass complex numbers through.  ``abs`` and conjugates do not, and
    give a wrong answer without a word; at a kink so do ``max`` and comparisons.

    Parameters
    ----------
    f : callable
        An analytic function whose code accepts complex numbers; elementwise if `x` is an array.
    x : float or array_like
        Where to take the derivative; finite.
    h : float, optional
        The step, finite and above 0, in units of `x`.

    Returns
    -------
    float or numpy.ndarray
        The derivative, of the shape of `x`.

    Raises
    ------
    TypeError, ValueError
        If `f` cannot be called, `x` is not real and finite, or `h` is not finite and above 0.

    References
    ----------
    W. Squire and G. Trapp, "Using complex variables to estimate derivatives of real functions",
    *SIAM Review* 40, 110-112 (1998).

    Examples
    --------
    >>> complex_step(lambda x: x**3, 2.0)
    12.0
    >>> complex_step(abs, -2.0)
    0.0
    """
    x, h = _arguments(f, x, h)
    return _plain(np.imag(f(x + 1j * h)) / h)


def _arguments(f: Function, x: Real, h: float) -> tuple[NDArray[np.floating], float]:
    _checks.function("f", f)
    # float64 always: the default steps are too small for float32
    return _checks.reals("x", x).astype(np.float64)[()], _checks.positive("h", h)


def _plain(derivative: Any) -> Real:
    """Return a Python float for a scalar, the array itself for an array."""
    return float(derivative) if np.ndim(derivative) == 0 else derivative
