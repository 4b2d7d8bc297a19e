r"""Rules: what to do with a gradient; and schedules, by which their steps shrink.

A rule is a recipe without memory.  :func:`gdcore.descent.descend` calls ``rule.begin(start)``
once a run and gets a function ``step``, fresh for that run, which turns each gradient into the
displacement to *subtract*:

.. math:: x_{k+1} = x_k - \operatorname{step}(g_k).

If the start is an array, all displacements of a run are returned in the same array.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
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
    >>> float(step(-8.0))
    -0.8
    """

    learning_rate: float

    def __post_init__(self) -> None:
        # A plain float: a fraction does not mix with arrays, NumPy's float64 widens float32 steps.
        rate = _checks.positive("learning_rate", self.learning_rate)
        object.__setattr__(self, "learning_rate", rate)

    def begin(self, start: Point) -> Step:
        """Return ``g -> learning_rate * g``; plain descent remembers nothing."""
        room = _room(start)
        return lambda gradient: np.multiply(self.learning_rate, gradient, out=room)


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
        room = _room(start)
        return lambda gradient: np.multiply(self.learning_rate, np.sign(gradient), out=room)


@dataclass(frozen=True)
class Scheduled:
    r"""Another rule whose steps are scaled by a schedule.

    .. math:: x_{k+1} = x_k - s(k) \operatorname{step}(g_k)

    A step of :class:`Plain` or :class:`Sign` is proportional to the learning rate :math:`\eta`, so
    the learning rate of step :math:`k` is :math:`\eta\, s(k)`.

    Parameters
    ----------
    rule : Rule
        What makes the steps.
    schedule : callable
        The factor :math:`s(k)` of step :math:`k = 0, 1, 2, \dots`: a finite number.
        :class:`InverseTime` and :class:`Exponential` begin at 1 and fall.

    Raises
    ------
    TypeError
        If `rule` has no method ``begin`` or `schedule` cannot be called.  In the run, if `schedule`
        returns no real number.
    ValueError
        In the run, if `schedule` returns a number that is not finite.

    Examples
    --------
    >>> step = Scheduled(Plain(0.5), InverseTime(half_after=2)).begin(0.0)
    >>> [float(step(1.0)) for _ in range(3)]
    [0.5, 0.3333333333333333, 0.25]
    """

    rule: Rule
    schedule: Callable[[int], float]

    def __post_init__(self) -> None:
        _checks.method("rule", self.rule, "begin")
        _checks.function("schedule", self.schedule)

    def begin(self, start: Point) -> Step:
        """Return a step that remembers how many steps have been made."""
        step, factors, room = self.rule.begin(start), map(self.schedule, count()), _room(start)
        return lambda gradient: np.multiply(
            _checks.real("schedule(k)", next(factors)), step(gradient), out=room
        )


@dataclass(frozen=True)
class InverseTime:
    r"""A schedule that falls like :math:`1/k`.

    .. math:: s(k) = \frac{1}{1 + k / \tau}

    It meets the two conditions of Robbins and Monro: :math:`\sum_k s(k) = \infty`, so that no place
    is out of reach, and :math:`\sum_k s(k)^2 < \infty`, so that the noise dies out.

    Parameters
    ----------
    half_after : float
        The steps :math:`\tau` after which the factor is 1/2; finite and above 0.

    Raises
    ------
    TypeError, ValueError
        If `half_after` is not a real number, or not finite and above 0.

    References
    ----------
    H. Robbins and S. Monro, "A stochastic approximation method", *The Annals of Mathematical
    Statistics* 22, 400-407 (1951).

    Examples
    --------
    >>> [InverseTime(half_after=10)(k) for k in (0, 10, 30)]
    [1.0, 0.5, 0.25]
    """

    half_after: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "half_after", _checks.positive("half_after", self.half_after))

    def __call__(self, k: int) -> float:
        """Return the factor of step `k`."""
        return 1 / (1 + k / self.half_after)


@dataclass(frozen=True)
class Exponential:
    r"""A schedule that halves again and again.

    .. math:: s(k) = 2^{-k / \tau}

    The sum of all factors is finite.  So a run with bounded gradients can go only so far, and may
    come to rest on the way.

    Parameters
    ----------
    half_after : float
        The steps :math:`\tau` after which the factor is 1/2, and half of that after as many more;
        finite and above 0.

    Raises
    ------
    TypeError, ValueError
        If `half_after` is not a real number, or not finite and above 0.

    References
    ----------
    H. Robbins and S. Monro, "A stochastic approximation method", *The Annals of Mathematical
    Statistics* 22, 400-407 (1951): the condition that it fails.

    Examples
    --------
    >>> [Exponential(half_after=10)(k) for k in (0, 10, 30)]
    [1.0, 0.5, 0.125]
    """

    half_after: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "half_after", _checks.positive("half_after", self.half_after))

    def __call__(self, k: int) -> float:
        """Return the factor of step `k`."""
        return float(2 ** (-k / self.half_after))


def _room(start: Point) -> Any:
    """Return an array for the displacements of one run, so that no step needs new memory."""
    return np.empty_like(start) if isinstance(start, np.ndarray) else None
