r"""Rules: what to do with a gradient.

A rule is a recipe without memory.  :func:`gdcore.descent.descend` calls ``rule.begin(start)``
once a run and gets a function ``step``, fresh for that run, which turns each gradient into the
displacement to *subtract*:

.. math:: x_{k+1} = x_k - \operatorname{step}(g_k).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from gdcore import _checks

#: A place on the landscape, or a gradient there: a float, or an array of shape ``(n,)``.
Point = Any
#: Turns the gradient at the present place into the displacement to subtract from it.
Step = Callable[[Point], Point]


class Rule(Protocol):
    """Anything with a ``begin`` like the rules of this module."""

    def begin(self, start: Point) -> Step:
        """Return the step function of one run that starts at `start`."""
        ...


@dataclass(frozen=True)
class Plain:
    r"""Plain gradient descent: the step is the learning rate times the gradient.

    .. math:: x_{k+1} = x_k - \eta\, g_k

    Parameters
    ----------
    learning_rate : float
        The learning rate :math:`\eta`, finite and above 0.

    Raises
    ------
    TypeError
        If `learning_rate` is not a real number.
    ValueError
        If `learning_rate` is not finite or not above 0.

    References
    ----------
    A.-L. Cauchy, "Méthode générale pour la résolution des systèmes d'équations
    simultanées", *Comptes rendus* 25, 536-538 (1847).

    Examples
    --------
    >>> step = Plain(learning_rate=0.1).begin(-4.0)
    >>> step(-8.0)
    -0.8
    """

    learning_rate: float

    def __post_init__(self) -> None:
        # A plain float: a fraction does not mix with arrays, NumPy's float64 widens float32 steps.
        rate = _checks.positive("learning_rate", self.learning_rate)
        object.__setattr__(self, "learning_rate", rate)

    def begin(self, start: Point) -> Step:
        """Return ``g -> learning_rate * g``; plain descent remembers nothing."""
        return lambda gradient: self.learning_rate * gradient


@dataclass(frozen=True)
class Sign:
    r"""Sign descent: every coordinate whose slope is not 0 moves by the same fixed length.

    .. math:: x_{k+1} = x_k - \eta \operatorname{sign}(g_k)

    It is the steepest descent in the :math:`\infty`-norm.  A constant length settles only if the
    run happens to land exactly on a level place; otherwise it ends by hopping across the minimum.

    Parameters
    ----------
    learning_rate : float
        The length :math:`\eta` of each coordinate's step, finite and above 0.

    Raises
    ------
    TypeError
        If `learning_rate` is not a real number.
    ValueError
        If `learning_rate` is not finite or not above 0.

    References
    ----------
    S. Boyd and L. Vandenberghe, *Convex Optimization*, section 9.4 and the exercises of chapter
    9, Cambridge (2004).

    Examples
    --------
    >>> step = Sign(learning_rate=0.25).begin(-4.0)
    >>> [float(step(g)) for g in (-8.0, 0.0, 1e-9)]
    [-0.25, 0.0, 0.25]
    """

    learning_rate: float

    def __post_init__(self) -> None:
        rate = _checks.positive("learning_rate", self.learning_rate)
        object.__setattr__(self, "learning_rate", rate)

    def begin(self, start: Point) -> Step:
        """Return ``g -> learning_rate * sign(g)``; sign descent remembers nothing."""
        return lambda gradient: self.learning_rate * np.sign(gradient)
