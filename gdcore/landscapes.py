r"""Landscapes: the functions that the book walks on.

A :class:`Landscape` is a function with its gradient, its curvature and its name.  It can be
called like the function itself.  Every formula works on floats, on arrays of them (elementwise)
and, but for :data:`absolute_value`, on complex numbers, as
:func:`gdcore.derivatives.complex_step` wants.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from gdcore import _checks

Function = Callable[[Any], Any]


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
        Its derivative: a point to the slope there.
    curvature : callable or None
        Its second derivative, None where there is no useful one.
    domain : tuple of float
        The part worth drawing, ``(left, right)``.

    Examples
    --------
    >>> parabola(3.0), parabola.gradient(3.0), parabola.curvature(3.0)
    (9.0, 6.0, 2.0)
    """

    tex: str
    value: Function
    gradient: Function
    curvature: Function | None
    domain: tuple[float, float]

    def __call__(self, x: Any) -> Any:
        """Return the height of the landscape at `x`."""
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
        Its domain reaches 4 to either side of the vertex, or of 0 where `a` is 0.

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
    a, b, c = (_checks.real(name, v) for name, v in (("a", a), ("b", b), ("c", c)))
    vertex = -b / (2 * a) if a else 0.0
    return Landscape(
        tex=rf"{a:g} w^2 {b:+g} w {c:+g}",
        value=lambda w: a * w**2 + b * w + c,
        gradient=lambda w: 2 * a * w + b,
        curvature=lambda w: 2 * a + 0 * w,
        domain=(vertex - 4, vertex + 4),
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
        value=lambda x: (x**2 - 1) ** 2 + tilt * x,
        gradient=lambda x: 4 * x * (x**2 - 1) + tilt,
        curvature=lambda x: 12 * x**2 - 4,
        domain=(-1.75, 1.75),
    )


#: The parabola :math:`x^2`, the first landscape of the book.
parabola = Landscape(
    tex="x^2",
    value=lambda x: x**2,
    gradient=lambda x: 2 * x,
    curvature=lambda x: 2 + 0 * x,
    domain=(-5.0, 5.0),
)

#: The loss :math:`(x^3 + 2x - 3)^2`, which is 0 at the one real root, 1, of the cubic.
root_loss = Landscape(
    tex="(x^3 + 2x - 3)^2",
    value=lambda x: (x**3 + 2 * x - 3) ** 2,
    gradient=lambda x: 6 * x**5 + 16 * x**3 - 18 * x**2 + 8 * x - 12,
    curvature=lambda x: 30 * x**4 + 48 * x**2 - 36 * x + 8,
    domain=(-1.0, 2.0),
)

#: The absolute value :math:`|x|`.  At its kink the gradient given is the subgradient 0.
absolute_value = Landscape(
    tex="|x|",
    value=np.abs,
    gradient=np.sign,
    curvature=None,
    domain=(-3.0, 3.0),
)
