r"""Landscapes: the functions that the book walks on.

A :class:`Landscape` is a function with its derivatives and its name.  It can be called like the
function itself.

A function of one variable takes floats, and arrays of them elementwise.  A function of two
variables takes a point ``(x, y)`` as an array of shape ``(2,)``.  Its value and its gradient also
take many points at once, in an array of shape ``(2, ...)``: the coordinates always lie along the
first axis.  Every formula except that of :data:`absolute_value` takes complex numbers too, as
:func:`gdcore.derivatives.complex_step` wants.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from gdcore import _checks
from gdcore._types import Array, Function


@dataclass(frozen=True)
class Landscape:
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
    domain : tuple
        The part worth drawing: ``(left, right)``, of two variables
        ``((left, right), (bottom, top))``.
    curvature : callable, optional
        Of one variable, the second derivative.
    hessian : callable, optional
        Of two variables, the matrix of second partial derivatives at one point, shape ``(2, 2)``.
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
    >>> oval.hessian([1.0, 1.0]).tolist()
    [[3.0, 0.0], [0.0, 1.0]]
    """

    tex: str
    value: Function = field(repr=False)  # a function's name would say nothing
    gradient: Callable[[Any], Any] = field(repr=False)
    domain: tuple[Any, Any]
    curvature: Function | None = field(default=None, repr=False)
    hessian: Callable[[Any], Any] | None = field(default=None, repr=False)
    variables: Sequence[str] = ("x", "y")

    def __post_init__(self) -> None:
        _checks.instance("tex", self.tex, str)
        _checks.function("value", self.value)
        _checks.function("gradient", self.gradient)
        for name in ("curvature", "hessian"):
            if getattr(self, name) is not None:
                _checks.function(name, getattr(self, name))
        object.__setattr__(self, "domain", _checks.domain("domain", self.domain))
        names = tuple(_checks.sequence("variables", self.variables))
        for i, variable in enumerate(names):
            _checks.instance(f"variables[{i}]", variable, str)
        object.__setattr__(self, "variables", names)

    def __call__(self, x: Any) -> Any:
        """Return the height of the landscape at `x`, which is handed on and not checked."""
        return self.value(x)


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
    a, b, c = _checks.real("a", a), _checks.real("b", b), _checks.real("c", c)
    vertex = float(np.clip(-b / (2 * a), -1e300, 1e300)) if a else 0.0
    reach = max(4.0, np.spacing(abs(vertex)))
    return Landscape(
        tex=rf"{a:g} w^2 {b:+g} w {c:+g}",
        value=partial(_quadratic, a, b, c),
        gradient=partial(_line, 2 * a, b),
        domain=(vertex - reach, vertex + reach),
        curvature=partial(_constant, 2 * a),
    )


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
    tilt = _checks.real("tilt", tilt)
    return Landscape(
        tex=rf"(x^2 - 1)^2 {tilt:+g} x",
        value=partial(_double_well, tilt),
        gradient=partial(_double_well_gradient, tilt),
        domain=(-1.75, 1.75),
        curvature=_double_well_curvature,
    )


def bowl(condition: float, rotation: float = 0.0) -> Landscape:
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
    >>> valley.hessian([1.0, 2.0]).tolist()
    [[1.0, 0.0], [0.0, 10.0]]
    """
    condition = _checks.within("at least 1", lambda number: number >= 1, "condition", condition)
    rotation = _checks.real("rotation", rotation)
    c, s = np.cos(rotation), np.sin(rotation)
    mixed = c * s - condition * c * s
    matrix = np.array([[c**2 + condition * s**2, mixed], [mixed, s**2 + condition * c**2]])
    return Landscape(
        tex=rf"\frac{{1}}{{2}} (s^2 + {condition:g} t^2)",
        value=partial(_bowl, matrix),
        gradient=partial(_bowl_gradient, matrix),
        domain=((-4.0, 4.0), (-3.0, 3.0)),
        hessian=partial(_bowl_hessian, matrix),
    )


# The formulas are functions with a name, so that a landscape can be sent to other processes.


def _square(x: Any) -> Any:
    """Return `x * x`, which all machines round alike; of ``x**2`` the last digit may differ."""
    return x * x


def _parabola_gradient(x: Any) -> Any:
    return 2 * x


def _line(slope: float, height: float, x: Any) -> Any:
    return slope * x + height


def _constant(height: float, x: Any) -> Any:
    return height + 0 * x


def _quadratic(a: float, b: float, c: float, w: Any) -> Any:
    return a * w**2 + b * w + c


def _double_well(tilt: float, x: Any) -> Any:
    return _square(x * x - 1) + tilt * x


def _double_well_gradient(tilt: float, x: Any) -> Any:
    return 4 * x * (x * x - 1) + tilt


def _double_well_curvature(x: Any) -> Any:
    return 12 * x**2 - 4


def _root_loss(x: Any) -> Any:
    return _square(x**3 + 2 * x - 3)


def _root_loss_gradient(x: Any) -> Any:
    # By the chain rule.  Multiplied out, it would lose digits near the root.
    return (x**3 + 2 * x - 3) * (6 * x**2 + 4)


def _root_loss_curvature(x: Any) -> Any:
    return 30 * x**4 + 48 * x**2 - 36 * x + 8


def _bowl(matrix: Array, p: Any) -> Any:
    return np.sum(p * np.tensordot(matrix, p, 1), axis=0) / 2


def _bowl_gradient(matrix: Array, p: Any) -> Any:
    return np.tensordot(matrix, p, 1)


def _bowl_hessian(matrix: Array, p: Any) -> Any:
    return matrix.copy()


def _oval(p: Any) -> Any:
    x, y = p
    return (3 * x**2 + y**2) / 2


def _oval_gradient(p: Any) -> Any:
    x, y = p
    return np.array([3 * x, y])


def _saddle(p: Any) -> Any:
    x, y = p
    return (x**2 - y**2) / 2


def _saddle_gradient(p: Any) -> Any:
    x, y = p
    return np.array([x, -y])


def _rosenbrock(p: Any) -> Any:
    x, y = p
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2


def _rosenbrock_gradient(p: Any) -> Any:
    x, y = p
    return np.array([-2 * (1 - x) - 400 * x * (y - x**2), 200 * (y - x**2)])


def _rosenbrock_hessian(p: Any) -> Any:
    x, y = p
    return np.array([[2 - 400 * (y - 3 * x**2), -400 * x], [-400 * x, 200 + 0 * y]])


def _wave_loss(p: Any) -> Any:
    x, y = p
    a, b = x**2 / 2 - y**2 / 4 + 3, 2 * x + 1 - np.exp(y)
    return (np.sin(a) * np.cos(b)) ** 2


def _wave_loss_gradient(p: Any) -> Any:
    x, y = p
    a, b = x**2 / 2 - y**2 / 4 + 3, 2 * x + 1 - np.exp(y)
    by_a, by_b = np.sin(2 * a) * np.cos(b) ** 2, -(np.sin(a) ** 2) * np.sin(2 * b)
    return np.array([by_a * x + by_b * 2, by_a * (-y / 2) + by_b * -np.exp(y)])


#: The parabola :math:`x^2`, the first landscape of the book.
parabola = Landscape(
    tex="x^2",
    value=_square,
    gradient=_parabola_gradient,
    domain=(-5.0, 5.0),
    curvature=partial(_constant, 2),
)

#: The loss :math:`(x^3 + 2x - 3)^2`, which is 0 at the one real root, 1, of the cubic.
root_loss = Landscape(
    tex="(x^3 + 2x - 3)^2",
    value=_root_loss,
    gradient=_root_loss_gradient,
    domain=(-1.0, 2.0),
    curvature=_root_loss_curvature,
)

#: The absolute value :math:`|x|`.  At its kink the gradient given is 0, a subgradient.
absolute_value = Landscape(tex="|x|", value=np.abs, gradient=np.sign, domain=(-3.0, 3.0))

#: The bowl :math:`(3x^2 + y^2) / 2`, with gradient :math:`(3x, y)`.
oval = Landscape(
    tex=r"\frac{1}{2} (3x^2 + y^2)",
    value=_oval,
    gradient=_oval_gradient,
    domain=((-1.6, 1.6), (-1.6, 1.6)),
    hessian=partial(_bowl_hessian, np.diag([3.0, 1.0])),
)

#: The saddle :math:`(x^2 - y^2) / 2`: its slice along x is a valley, that along y a hill top.
saddle = Landscape(
    tex=r"\frac{1}{2} (x^2 - y^2)",
    value=_saddle,
    gradient=_saddle_gradient,
    domain=((-1.6, 1.6), (-1.6, 1.6)),
    hessian=partial(_bowl_hessian, np.diag([1.0, -1.0])),
)

#: Rosenbrock's function :math:`(1 - x)^2 + 100 (y - x^2)^2`: a flat valley that bends, with its
#: minimum 0 at (1, 1).  From H. H. Rosenbrock, "An automatic method for finding the greatest or
#: least value of a function", *The Computer Journal* 3, 175-184 (1960).
rosenbrock = Landscape(
    tex="(1 - x)^2 + 100 (y - x^2)^2",
    value=_rosenbrock,
    gradient=_rosenbrock_gradient,
    domain=((-1.6, 1.6), (-0.6, 1.8)),
    hessian=_rosenbrock_hessian,
)

#: The loss :math:`\sin^2(\frac12 x^2 - \frac14 y^2 + 3) \cos^2(2x + 1 - \mathrm e^y)`.  It is
#: 0, its least value, on whole curves.
wave_loss = Landscape(
    tex=r"\sin^2(\frac{1}{2} x^2 - \frac{1}{4} y^2 + 3) \cos^2(2x + 1 - e^y)",
    value=_wave_loss,
    gradient=_wave_loss_gradient,
    domain=((-1.5, 1.5), (-1.5, 1.5)),
)
