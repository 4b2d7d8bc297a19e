r"""Landscapes: the functions that the book walks on.

A :class:`Landscape` is a function with its gradient, its curvature and its name.  It can be
called like the function itself.

A function of one variable takes floats, and arrays of them elementwise.  A function of two
variables takes a point ``(x, y)`` as an array of shape ``(2,)``.  Its value and its gradient also
take many points at once, in an array of shape ``(2, ...)``: the coordinates always lie along the
first axis.  But for :data:`absolute_value` every formula takes complex numbers too, as
:func:`gdcore.derivatives.complex_step` wants.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Any

import numpy as np

from gdcore import _checks
from gdcore._checks import Checked, checked

Function = Callable[[Any], Any]


@dataclass(frozen=True)
class Landscape(Checked):
    """A function to walk on, and what is known of it.

    Attributes
    ----------
    tex : str
        The formula in TeX, without dollar signs.
    value : callable
        The function: a point to a number.
    gradient : callable
        Its derivative: a point to the slope there, or to the vector of partial derivatives,
        which has the shape of the point.
    curvature : callable or None
        Its second derivative; of two variables the matrix of second partial derivatives at one
        point, shape ``(2, 2)``.  None where the book has no use for it.
    domain : tuple
        The part worth drawing: ``(left, right)``, of two variables
        ``((left, right), (bottom, top))``.
    variables : sequence of str, optional
        What the coordinates are called, in TeX.

    Raises
    ------
    TypeError, ValueError
        If a field is not of the kind above, or `domain` does not hold finite numbers that rise.

    Examples
    --------
    >>> parabola(3.0), parabola.gradient(3.0), parabola.curvature(3.0)
    (9.0, 6.0, 2.0)
    """

    tex: str
    value: Function = field(repr=False)  # a function's name would say nothing
    gradient: Function = field(repr=False)
    curvature: Function | None = field(repr=False)
    domain: Annotated[tuple[Any, Any], _checks.domain]
    variables: Sequence[str] = ("x", "y")

    def __call__(self, x: Any) -> Any:
        """Return the height of the landscape at `x`, which is handed on and not checked."""
        return self.value(x)


@checked
def quadratic(a: float, b: float, c: float) -> Landscape:
    r"""Return the parabola :math:`a w^2 + b w + c`, whose slope is :math:`2 a w + b`.

    Parameters
    ----------
    a, b, c : float
        The coefficients, finite.  For `a` above 0 it opens upwards, with its minimum at
        :math:`w = -b / (2a)`.

    Returns
    -------
    Landscape
        Its domain reaches 4 (or to the next float) to either side of the vertex, or of 0 where `a`
        is 0.  A vertex beyond 1e300 counts as there.

    Raises
    ------
    TypeError, ValueError
        If a coefficient is not a real number, or not finite.

    Examples
    --------
    >>> bowl = quadratic(a=1, b=-4, c=7)
    >>> bowl(2.0), bowl.gradient(2.0), bowl.curvature(2.0)
    (3.0, 0.0, 2.0)
    """
    vertex = float(np.clip(-b / (2 * a), -1e300, 1e300)) if a else 0.0
    reach = max(4.0, np.spacing(abs(vertex)))
    return Landscape(
        tex=rf"{a:g} w^2 {b:+g} w {c:+g}",
        value=lambda w: a * w**2 + b * w + c,
        gradient=lambda w: 2 * a * w + b,
        curvature=lambda w: 2 * a + 0 * w,
        domain=(vertex - reach, vertex + reach),
    )


@checked
def double_well(tilt: float = 0.3) -> Landscape:
    r"""Return :math:`(x^2 - 1)^2 + t x`: two valleys, near :math:`-1` and near :math:`1`.

    Parameters
    ----------
    tilt : float, optional
        The slope :math:`t` that makes one valley the lower one (the left one if it is above 0).
        There are two valleys as long as :math:`|t| < 8 / (3\sqrt 3) \approx 1.54`.

    Returns
    -------
    Landscape

    Raises
    ------
    TypeError, ValueError
        If `tilt` is not a real number, or not finite.

    Examples
    --------
    >>> well = double_well(tilt=0.25)
    >>> well(-1.0), well(1.0), well.gradient(0.0), well.curvature(0.0)
    (-0.25, 0.25, 0.25, -4.0)
    """
    return Landscape(
        tex=rf"(x^2 - 1)^2 {tilt:+g} x",
        value=lambda x: _square(x * x - 1) + tilt * x,
        gradient=lambda x: 4 * x * (x * x - 1) + tilt,
        curvature=lambda x: 12 * x**2 - 4,
        domain=(-1.75, 1.75),
    )


def _square(x: Any) -> Any:
    """Return `x * x`, which all machines round alike; of ``x**2`` the last digit may differ."""
    return x * x


#: The parabola :math:`x^2`, the first landscape of the book.
parabola = Landscape(
    tex="x^2",
    value=lambda x: _square(x),
    gradient=lambda x: 2 * x,
    curvature=lambda x: 2 + 0 * x,
    domain=(-5.0, 5.0),
)

#: The loss :math:`(x^3 + 2x - 3)^2`, which is 0 at the one real root, 1, of the cubic.
root_loss = Landscape(
    tex="(x^3 + 2x - 3)^2",
    value=lambda x: _square(x**3 + 2 * x - 3),
    # By the chain rule.  Multiplied out, it would lose digits near the root.
    gradient=lambda x: (x**3 + 2 * x - 3) * (6 * x**2 + 4),
    curvature=lambda x: 30 * x**4 + 48 * x**2 - 36 * x + 8,
    domain=(-1.0, 2.0),
)

#: The absolute value :math:`|x|`.  At its kink the gradient given is 0, a subgradient.
absolute_value = Landscape(
    tex="|x|", value=np.abs, gradient=np.sign, curvature=None, domain=(-3.0, 3.0)
)


_AtLeast1 = Annotated[float, partial(_checks.within, "at least 1", lambda number: number >= 1)]


@checked
def bowl(condition: _AtLeast1, rotation: float = 0.0) -> Landscape:
    r"""Return a bowl with its minimum 0 at the origin, :math:`\kappa` times as curved one way.

    .. math:: f(x, y) = \tfrac12 \bigl( s^2 + \kappa\, t^2 \bigr), \qquad
        s = x \cos\alpha + y \sin\alpha, \quad t = y \cos\alpha - x \sin\alpha

    The curvature is 1 along its first axis, and :math:`\kappa` along the one across it.

    Parameters
    ----------
    condition : float
        The condition number :math:`\kappa`, finite and at least 1.
    rotation : float, optional
        The angle :math:`\alpha` from the x axis to the first axis, in radians, counter-clockwise.

    Returns
    -------
    Landscape

    Raises
    ------
    TypeError, ValueError
        If an argument is not a real number or not finite, or `condition` is below 1.

    Examples
    --------
    >>> valley = bowl(condition=10)
    >>> float(valley([1.0, 2.0])), valley.gradient([1.0, 2.0]).tolist()
    (20.5, [1.0, 20.0])
    >>> valley.curvature([1.0, 2.0]).tolist()
    [[1.0, 0.0], [0.0, 10.0]]
    """
    c, s = np.cos(rotation), np.sin(rotation)
    mixed = c * s - condition * c * s
    hessian = np.array([[c**2 + condition * s**2, mixed], [mixed, s**2 + condition * c**2]])
    return Landscape(
        tex=rf"\frac{{1}}{{2}} (s^2 + {condition:g} t^2)",
        value=lambda p: np.sum(p * np.tensordot(hessian, p, 1), axis=0) / 2,
        gradient=lambda p: np.tensordot(hessian, p, 1),
        curvature=lambda p: hessian.copy(),
        domain=((-4.0, 4.0), (-3.0, 3.0)),
    )


Formula = Callable[[Any, Any], Any]


def _two_variables(
    tex: str, f: Formula, f_x: Formula, f_y: Formula, curvature: Formula | None, domain: Any
) -> Landscape:
    """Return the landscape of formulas in x and y, its gradient made of two partial derivatives."""
    hessian = None if curvature is None else lambda p: np.array(curvature(*p))
    return Landscape(tex, lambda p: f(*p), lambda p: np.array([f_x(*p), f_y(*p)]), hessian, domain)


#: The bowl :math:`(3x^2 + y^2) / 2`, with gradient :math:`(3x, y)`.
oval = _two_variables(
    tex=r"\frac{1}{2} (3x^2 + y^2)",
    f=lambda x, y: (3 * x**2 + y**2) / 2,
    f_x=lambda x, y: 3 * x,
    f_y=lambda x, y: y,
    curvature=lambda x, y: [[3.0, 0.0], [0.0, 1.0]],
    domain=((-1.6, 1.6), (-1.6, 1.6)),
)

#: The saddle :math:`(x^2 - y^2) / 2`: its slice along x is a valley, that along y a hill top.
saddle = _two_variables(
    tex=r"\frac{1}{2} (x^2 - y^2)",
    f=lambda x, y: (x**2 - y**2) / 2,
    f_x=lambda x, y: x,
    f_y=lambda x, y: -y,
    curvature=lambda x, y: [[1.0, 0.0], [0.0, -1.0]],
    domain=((-1.6, 1.6), (-1.6, 1.6)),
)

#: Rosenbrock's function :math:`(1 - x)^2 + 100 (y - x^2)^2`: a flat valley that bends, with its
#: minimum 0 at (1, 1).  From H. H. Rosenbrock, "An automatic method for finding the greatest or
#: least value of a function", *The Computer Journal* 3, 175-184 (1960).
rosenbrock = _two_variables(
    tex="(1 - x)^2 + 100 (y - x^2)^2",
    f=lambda x, y: (1 - x) ** 2 + 100 * (y - x**2) ** 2,
    f_x=lambda x, y: -2 * (1 - x) - 400 * x * (y - x**2),
    f_y=lambda x, y: 200 * (y - x**2),
    curvature=lambda x, y: [[2 - 400 * (y - 3 * x**2), -400 * x], [-400 * x, 200 + 0 * y]],
    domain=((-1.6, 1.6), (-0.6, 1.8)),
)

#: The loss :math:`\sin^2(\frac12 x^2 - \frac14 y^2 + 3) \cos^2(2x + 1 - \mathrm e^y)`.  It is
#: 0, its least value, on whole curves.
wave_loss = _two_variables(
    tex=r"\sin^2(\frac{1}{2} x^2 - \frac{1}{4} y^2 + 3) \cos^2(2x + 1 - e^y)",
    f=lambda x, y: (np.sin(_sine_phase(x, y)) * np.cos(_cosine_phase(x, y))) ** 2,
    # The square of sin(a) cos(b) has the partial derivatives
    # sin(2a) cos(b)^2 times that of a, less sin(a)^2 sin(2b) times that of b.
    f_x=lambda x, y: _wave_slope(x, y, x, 2),
    f_y=lambda x, y: _wave_slope(x, y, -y / 2, -np.exp(y)),
    curvature=None,
    domain=((-1.5, 1.5), (-1.5, 1.5)),
)


def _sine_phase(x: Any, y: Any) -> Any:
    return x**2 / 2 - y**2 / 4 + 3


def _cosine_phase(x: Any, y: Any) -> Any:
    return 2 * x + 1 - np.exp(y)


def _wave_slope(x: Any, y: Any, a_slope: Any, b_slope: Any) -> Any:
    a, b = _sine_phase(x, y), _cosine_phase(x, y)
    return np.sin(2 * a) * np.cos(b) ** 2 * a_slope - np.sin(a) ** 2 * np.sin(2 * b) * b_slope
