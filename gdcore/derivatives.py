r"""Numerical derivatives: three recipes for one variable, and what they give for many.

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

For many variables nothing new is needed.  On a straight line through a point, a function of many
variables is a function of one.  So each of the recipes gives directional derivatives, and those
along the axes make up the gradient.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from numbers import Number
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gdcore import _checks
from gdcore._types import Array, Function, Gradient

Recipe = Callable[..., Any]


def forward_difference(f: Function, x: ArrayLike, h: float = 1e-8) -> Any:
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
        If `f` cannot be called or returns no numbers, `x` is not real and finite, or `h`
        is not finite and above 0.

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
    f, x, h = _numeric(f), _real("x", x), _checks.positive("h", h)
    return _plain((f(x + h) - f(x)) / h)


def central_difference(f: Function, x: ArrayLike, h: float = 1e-5) -> Any:
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
        If `f` cannot be called or returns no numbers, `x` is not real and finite, or `h`
        is not finite and above 0.

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
    f, x, h = _numeric(f), _real("x", x), _checks.positive("h", h)
    return _plain((f(x + h) - f(x - h)) / (2 * h))


def complex_step(f: Function, x: ArrayLike, h: float = 1e-20) -> Any:
    r"""Return the derivative by one step along the imaginary axis.

    .. math:: f'(x) = \frac{\operatorname{Im} f(x + \mathrm{i} h)}{h} + O(h^2)

    The recipe subtracts nothing, so `h` can be tiny, and if the code of `f` does not cancel digits
    itself, the result is good to rounding.  The price: `f` must be analytic at `x`, real for real
    arguments, and its code must pass complex numbers through.  What makes them real, as ``abs`` and
    ``math.sin`` do, is refused; but a conjugate inside, or at a kink ``max`` and comparisons, give
    a wrong answer silently.

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
        If `f` cannot be called, does not take complex numbers or returns none, `x` is not real and
        finite, or `h` is not finite and above 0.

    References
    ----------
    W. Squire and G. Trapp, "Using complex variables to estimate derivatives of real functions",
    *SIAM Review* 40, 110-112 (1998).

    Examples
    --------
    >>> complex_step(lambda x: x**3, 2.0)
    12.0
    >>> complex_step(lambda x: (x * x.conjugate()) / x, 2.0)  # x, for real numbers
    -1.0
    """
    f, x, h = _complex(f), _real("x", x), _checks.positive("h", h)
    return _plain(f(x + 1j * h).imag / h)


def directional_derivative(
    f: Function,
    x: ArrayLike,
    direction: ArrayLike,
    *,
    recipe: Recipe = central_difference,
    h: float | None = None,
) -> Any:
    r"""Return the slope of `f` as you pass through `x` in some direction.

    .. math:: D_v f(x) = \frac{\mathrm d}{\mathrm dt} f(x + t v) \Big|_{t=0}

    Where `f` is differentiable this is :math:`\nabla f(x) \cdot v`.

    Parameters
    ----------
    f : callable
        A function of an array of shape ``(n,)``; to get several slopes at once, of ``(n, ...)``.
    x : array_like, shape (n,) or (n, ...)
        Where to take the derivative; finite.
    direction : array_like, shape (n,) or (n, ...)
        The direction :math:`v`, finite.  It is taken as it is: to get a slope per unit of length,
        give it the length 1.  The coordinates lie along the first axis; along the others, `x` and
        `direction` are paired, and one of them may stand for many.
    recipe : callable, optional
        :func:`forward_difference`, :func:`central_difference` or :func:`complex_step`.
    h : float, optional
        The step of the recipe, in units of :math:`t`; by default the recipe's own.

    Returns
    -------
    float or numpy.ndarray
        One slope for each pair of a point and a direction.

    Raises
    ------
    TypeError, ValueError
        If `f` or `recipe` cannot be called, `f` does not return one number a point, `x` or
        `direction` is not real and finite or has no axis, their shapes do not fit, or `h` is not
        finite and above 0.

    References
    ----------
    T. M. Apostol, *Calculus*, vol. 2, 2nd ed., sections 8.6-8.12, Wiley (1969).

    Examples
    --------
    >>> from gdcore.landscapes import oval
    >>> directional_derivative(oval, [1.0, 1.0], [3.0, -4.0], h=0.5)  # 3 * 3 - 4 * 1
    5.0
    >>> east_and_south = [[1.0, 0.0], [0.0, -1.0]]
    >>> directional_derivative(oval, [1.0, 1.0], east_and_south, h=0.5).tolist()
    [3.0, -1.0]
    """
    _checks.function("f", f)
    _checks.function("recipe", recipe)
    x, v = _paired(_vectors("x", x), _vectors("direction", direction))
    options = {} if h is None else {"h": _checks.positive("h", h)}
    slopes = recipe(lambda t: f(x + t * v), 0.0, **options)
    return _one_each(slopes, np.broadcast_shapes(x.shape, v.shape)[1:])


def numerical_gradient(
    f: Function, x: ArrayLike, *, recipe: Recipe = central_difference, h: float | None = None
) -> Array:
    r"""Return the vector of partial derivatives of `f` at `x`, each by a recipe for one variable.

    .. math:: \nabla f(x) = \bigl( D_{e_1} f(x), \dots, D_{e_n} f(x) \bigr)

    Here :math:`e_i` points along axis `i`.  It costs `n` times as much as one derivative, so for
    many variables it is a means to check a formula, not to train with.

    Parameters
    ----------
    f : callable
        A function of an array of shape ``(n,)``; for many points at once, of ``(n, ...)``.
    x : array_like, shape (n,) or (n, ...)
        Where to take the gradient; finite.
    recipe : callable, optional
        :func:`forward_difference`, :func:`central_difference` or :func:`complex_step`.
    h : float, optional
        The step of the recipe, in units of `x`; by default the recipe's own.

    Returns
    -------
    numpy.ndarray
        The gradient, of the shape of `x`.

    Raises
    ------
    TypeError, ValueError
        If `f` or `recipe` cannot be called, `f` does not return one number a point, `x` is not
        real and finite or has no axis, or `h` is not finite and above 0.

    References
    ----------
    J. Nocedal and S. J. Wright, *Numerical Optimization*, 2nd ed., section 8.1, Springer (2006).

    Examples
    --------
    >>> from gdcore.landscapes import oval
    >>> numerical_gradient(oval, [1.0, 1.0], h=0.5).tolist()
    [3.0, 1.0]
    >>> numerical_gradient(oval, [1.0, 1.0], recipe=forward_difference, h=0.5).tolist()
    [3.75, 1.25]
    """
    x = _vectors("x", x)
    gradient, axis = np.empty_like(x), np.zeros(len(x))
    for i in range(len(x)):
        axis[i] = 1
        gradient[i] = directional_derivative(f, x, axis, recipe=recipe, h=h)
        axis[i] = 0
    return gradient


@dataclass(frozen=True, eq=False)
class GradientCheck:
    r"""Slopes along some directions, by a formula for the gradient and without it.

    :func:`check_gradient` makes it, and its fields are not checked again.

    Attributes
    ----------
    formula : numpy.ndarray, shape (directions,)
        The slopes :math:`g \cdot v` by the gradient `g` that is checked.
    numerical : numpy.ndarray, shape (directions,)
        The slopes :math:`D_v f` of the function itself.

    Examples
    --------
    >>> GradientCheck(formula=np.array([3.0, 1.0]), numerical=np.array([3.0, 0.5]))
    GradientCheck(relative error 0.158
           formula     numerical
                 3             3
                 1           0.5)
    """

    formula: Array
    numerical: Array

    @property
    def error(self) -> float:
        r"""The norm of the differences, divided by the larger norm of the slopes.

        It lies between 0 and 2, up to rounding.  Over random directions it estimates the error of
        the whole gradient, :math:`\lVert g - \nabla f \rVert_2`, relative to the larger of
        :math:`\lVert g \rVert_2` and :math:`\lVert \nabla f \rVert_2`.  If a slope is not finite,
        it is NaN, so that no comparison with a tolerance holds.
        """
        largest = np.max(np.abs([self.formula, self.numerical]))
        if not largest or not np.isfinite(largest):
            return np.nan if largest else 0.0
        # Scaled, so that no square is too small or too large for a float.
        formula, numerical = self.formula / largest, self.numerical / largest
        size = max(np.linalg.norm(formula), np.linalg.norm(numerical))
        return float(np.linalg.norm(formula - numerical) / size)

    def __repr__(self) -> str:
        rows = zip(self.formula, self.numerical, strict=True)
        table = "".join(f"\n  {a:12.6g}  {b:12.6g}" for a, b in rows)
        heading = f"\n  {'formula':>12}  {'numerical':>12}"
        return f"GradientCheck(relative error {self.error:.3g}{heading}{table})"


def check_gradient(
    f: Function,
    gradient: Gradient,
    x: ArrayLike,
    rng: np.random.Generator,
    *,
    directions: int = 10,
    recipe: Recipe = central_difference,
    h: float | None = None,
) -> GradientCheck:
    r"""Compare a formula for the gradient of `f` with slopes of `f` in random directions.

    Along each of the directions :math:`v`, of length 1 and drawn uniformly,
    :math:`g \cdot v` should be :math:`D_v f(x)`.  A wrong gradient differs from the right one by
    some vector, and a random direction is at a right angle to it with probability 0.

    Parameters
    ----------
    f : callable
        A function of an array of shape ``(n,)``.
    gradient : callable
        The formula to check: takes the same array, returns an array of shape ``(n,)``.
    x : array_like, shape (n,)
        Where to check; finite.  Choose a place without symmetry, and not one where the gradient
        is small beside `f`, since there the relative error is mostly rounding.
    rng : numpy.random.Generator
        Where the directions come from.
    directions : int, optional
        How many; at least 1.
    recipe : callable, optional
        :func:`forward_difference`, :func:`central_difference` or :func:`complex_step`.
    h : float, optional
        The step of the recipe, in units of `x`; by default the recipe's own.

    Returns
    -------
    GradientCheck
        Both slopes for each direction, and their relative error.

    Raises
    ------
    TypeError, ValueError
        If an argument is not of the type above, not finite or of another shape, or if `gradient`
        returns something of another shape than `x`.

    Examples
    --------
    >>> from gdcore.landscapes import oval
    >>> rng = np.random.default_rng(1)
    >>> check = check_gradient(oval, oval.gradient, [1.0, 2.0], rng)
    >>> check.error < 1e-9
    True
    >>> check_gradient(oval, lambda p: [2 * p[0], p[1]], [1.0, 2.0], rng).error > 0.1
    True
    """
    _checks.function("f", f)
    _checks.gradient("gradient", gradient)
    _checks.instance("rng", rng, np.random.Generator)
    _checks.whole("directions", directions, at_least=1)
    x = _vectors("x", x)
    if x.ndim != 1:
        what = f"x must be one point, an array of shape (n,), got shape {x.shape}"
        raise _checks.refused(ValueError, what)
    g = _checks.shaped("gradient", gradient(x.copy()), x.shape)
    v = rng.standard_normal((directions, len(x)))
    v /= np.linalg.norm(v, axis=1, keepdims=True)
    slopes = [directional_derivative(f, x, direction, recipe=recipe, h=h) for direction in v]
    return GradientCheck(formula=v @ g, numerical=np.array(slopes))


def _real(name: str, value: Any) -> float | Array:
    """Return `value` as float64 always: the default steps are too small for float32."""
    if isinstance(value, float) and np.isfinite(value):
        return value
    return _checks.finite_floats(name, value).astype(np.float64)[()]


def _vectors(name: str, value: Any) -> Array:
    """Return one vector or many, their coordinates along the first axis."""
    array = np.asarray(_real(name, value))
    if not array.ndim or not array.size:
        what = f"{name} must be an array, not empty, got shape {array.shape}"
        raise _checks.refused(ValueError, what)
    return array


def _paired(x: Array, v: Array) -> list[Array]:
    """Return both with as many axes as the larger, so that their coordinates stay the first."""
    sides = zip(x.shape[1:], v.shape[1:], strict=False)
    if len(x) != len(v) or any(a != b and 1 not in (a, b) for a, b in sides):
        what = f"direction of shape {v.shape} does not fit x of shape {x.shape}"
        raise _checks.refused(ValueError, what)
    axes = max(x.ndim, v.ndim)
    return [a.reshape(*a.shape, *[1] * (axes - a.ndim)) for a in (x, v)]


def _numeric(f: Function) -> Function:
    """Return `f` with a check that it returns numbers."""
    _checks.function("f", f)

    def numeric(x: Any) -> Any:
        y = f(x)
        if isinstance(y, np.ndarray):
            good = y.dtype.kind in "iufcO" and not np.ma.isMaskedArray(y)
        else:
            good = isinstance(y, Number) and not isinstance(y, bool)
        if not good:
            what = f"f must return a number, or an array of them, got {_checks.shown(y)}"
            raise _checks.refused(TypeError, what)
        return y

    return numeric


def _complex(f: Function) -> Function:
    """Return `f` with a check that it returns complex numbers for complex ones."""
    f = _numeric(f)

    def complex_valued(z: Any) -> Any:
        try:
            y = f(np.complex128(z))
        except np.exceptions.ComplexWarning as error:  # where warnings are errors
            what = f"f must not make complex numbers real: {error}"
            raise _checks.refused(TypeError, what) from error
        if not np.iscomplexobj(y):
            what = f"f must return complex numbers for complex ones, got {_checks.shown(y)}"
            raise _checks.refused(TypeError, what)
        return y

    return complex_valued


def _one_each(slopes: Any, shape: tuple[int, ...]) -> Any:
    """Return the slopes if there is one for each pair of a point and a direction."""
    if (got := np.shape(slopes)) != shape:
        what = f"f must return one number a point, of shape {shape}, got shape {got}"
        raise _checks.refused(TypeError, what)
    return slopes


def _plain(derivative: Any) -> Any:
    """Return a Python float for a scalar, the array itself for an array."""
    return derivative if np.ndim(derivative) else float(derivative)
