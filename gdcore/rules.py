r"""Rules, which turn a gradient into a step, and schedules, which make the steps shrink.

A rule is a recipe, and what it remembers is its *state*, which it is given and gives back::

    state = rule.init(x)
    step, state = rule.update(g, state, x)
    x = x - step

So one rule serves many runs, and a run can go on from where another ended.  Each ``update`` below
is the rule's equation, line by line; the step is what is *subtracted*:

.. math:: x_{k+1} = x_k - \operatorname{step}(g_k).

``init`` and ``update`` do not check what they get: :func:`gdcore.descent.descend` has done so.

A setting of the wrong type raises a ``TypeError``, one out of its range a ``ValueError``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from gdcore import _checks
from gdcore._types import Function, Point, Update


class Rule(Protocol):
    """Anything with an ``init`` and an ``update`` like those of this module.

    Examples
    --------
    Weight decay needs the place (Loshchilov and Hutter, *ICLR* 2019):

    >>> class WeightDecay:
    ...     def init(self, x):
    ...         return None
    ...
    ...     def update(self, g, state, x):
    ...         return 0.5 * g + 0.125 * x, state
    >>> WeightDecay().update(g=8.0, state=None, x=4.0)
    (4.5, None)
    """

    def init(self, x: Point, /) -> Any:
        """Return the state of a run that starts at `x`."""
        ...

    def update(self, g: Point, state: Any, x: Point, /) -> Update:
        """Return the step to subtract from `x`, where the gradient is `g`, and the next state."""
        ...


@dataclass(frozen=True)
class GradientDescent:
    r"""Plain gradient descent: the step is the learning rate times the gradient.

    .. math:: x_{k+1} = x_k - \eta\, g_k

    Parameters
    ----------
    learning_rate : float
        The learning rate :math:`\eta`, finite and above 0.

    References
    ----------
    A.-L. Cauchy, "Méthode générale pour la résolution des systèmes d'équations
    simultanées", *Comptes rendus* 25, 536-538 (1847).

    Examples
    --------
    >>> GradientDescent(learning_rate=0.1).update(g=-8.0, state=None, x=-4.0)
    (-0.8, None)
    """

    learning_rate: float

    def __post_init__(self) -> None:
        _checks.fields(self, learning_rate=_checks.positive)

    def init(self, x: Point) -> None:
        """Return nothing: gradient descent does not remember anything."""

    def update(self, g: Point, state: None, x: Point) -> Update:
        """Return the step."""
        return self.learning_rate * g, state


@dataclass(frozen=True)
class SignDescent:
    r"""Sign descent: every coordinate whose slope is not 0 moves by the same fixed length.

    .. math:: x_{k+1} = x_k - \eta \operatorname{sign}(g_k)

    It is the steepest descent in the :math:`\infty`-norm.  A constant length settles only if the
    run happens to land exactly on a level place; otherwise it ends by hopping across the minimum.

    Parameters
    ----------
    learning_rate : float
        The length :math:`\eta` of each coordinate's step, finite and above 0.

    References
    ----------
    S. Boyd and L. Vandenberghe, *Convex Optimization*, section 9.4 and the exercises of chapter
    9, Cambridge (2004).

    Examples
    --------
    >>> step, _ = SignDescent(learning_rate=0.25).update(np.array([-8.0, 0.0, 1e-9]), None, x=4.0)
    >>> step.tolist()
    [-0.25, 0.0, 0.25]
    """

    learning_rate: float

    def __post_init__(self) -> None:
        _checks.fields(self, learning_rate=_checks.positive)

    def init(self, x: Point) -> None:
        """Return nothing: sign descent does not remember anything."""

    def update(self, g: Point, state: None, x: Point) -> Update:
        """Return the step."""
        return self.learning_rate * np.sign(g), state


@dataclass(frozen=True)
class Momentum:
    r"""Gradient descent with momentum: the ball keeps a share of its velocity.

    .. math::
        \begin{aligned}
        v_{k+1} &= \beta v_k + g_k, \qquad v_0 = 0 \\
        x_{k+1} &= x_k - \eta\, v_{k+1}
        \end{aligned}

    Where the gradient stays the same, the step grows towards :math:`1 / (1 - \beta)` times the
    plain one.  A run can pass the minimum at speed, and stand still where the slope is not 0.

    Parameters
    ----------
    learning_rate : float
        The learning rate :math:`\eta`, finite and above 0.
    momentum : float, optional
        The share :math:`\beta`, at least 0 and below 1.  With 0 this is :class:`GradientDescent`.

    References
    ----------
    B. T. Polyak, "Some methods of speeding up the convergence of iteration methods", *USSR
    Computational Mathematics and Mathematical Physics* 4 (5), 1-17 (1964).

    Examples
    --------
    >>> rule, v = Momentum(learning_rate=0.5, momentum=0.5), 0.0
    >>> for g in (8.0, 8.0, 8.0, 0.0):
    ...     step, v = rule.update(g, v, x=0.0)
    ...     print(step)
    4.0
    6.0
    7.0
    3.5
    """

    learning_rate: float
    momentum: float = 0.9

    def __post_init__(self) -> None:
        _checks.fields(self, learning_rate=_checks.positive, momentum=_checks.share)

    def init(self, x: Point) -> Point:
        """Return the velocity of a ball at rest."""
        return np.zeros_like(x)

    def update(self, g: Point, state: Point, x: Point) -> Update:
        """Return the step and the velocity."""
        v = state
        v = self.momentum * v + g
        return self.learning_rate * v, v


@dataclass(frozen=True)
class Nesterov:
    r"""Nesterov's momentum: the gradient is taken where the velocity is about to lead.

    .. math::
        \begin{aligned}
        v_{k+1} &= \beta v_k + g_k, \qquad v_0 = 0 \\
        x_{k+1} &= x_k - \eta\, (g_k + \beta v_{k+1})
        \end{aligned}

    Here :math:`x_k` is the place looked ahead to: the ball is at :math:`x_k + \eta \beta v_k`.

    Parameters
    ----------
    learning_rate : float
        The learning rate :math:`\eta`, finite and above 0.
    momentum : float, optional
        The share :math:`\beta`, at least 0 and below 1.  With 0 this is :class:`GradientDescent`.
    restart : bool, optional
        Whether to forget the velocity as soon as it leads uphill: where
        :math:`g_k \cdot v_k < 0`, the step is the plain one, and :math:`v_{k+1} = 0`.

    References
    ----------
    Y. Nesterov, "A method for solving the convex programming problem with convergence rate
    O(1/k^2)", *Soviet Mathematics Doklady* 27, 372-376 (1983).  The restart: B. O'Donoghue and
    E. Candès, "Adaptive restart for accelerated gradient schemes", *Foundations of Computational
    Mathematics* 15, 715-732 (2015), with the velocity of one step before.  In this form: I.
    Sutskever, J. Martens, G. Dahl and G. Hinton, "On the importance of initialization and momentum
    in deep learning", *ICML* (2013).

    Examples
    --------
    >>> rule, v = Nesterov(learning_rate=0.5, momentum=0.5), 0.0
    >>> for g in (8.0, 8.0, 8.0, 0.0):
    ...     step, v = rule.update(g, v, x=0.0)
    ...     print(step)
    6.0
    7.0
    7.5
    1.75
    """

    learning_rate: float
    momentum: float = 0.9
    restart: bool = False

    def __post_init__(self) -> None:
        _checks.fields(self, learning_rate=_checks.positive, momentum=_checks.share)
        _checks.instance("restart", self.restart, bool)

    def init(self, x: Point) -> Point:
        """Return the velocity of a ball at rest."""
        return np.zeros_like(x)

    def update(self, g: Point, state: Point, x: Point) -> Update:
        """Return the step and the velocity."""
        v = state
        if self.restart and np.vdot(g, v) < 0:
            return self.learning_rate * g, np.zeros_like(v)
        v = self.momentum * v + g
        return self.learning_rate * (g + self.momentum * v), v


@dataclass(frozen=True)
class RMSProp:
    r"""RMSProp: each coordinate is divided by the usual size of its own slope.

    .. math::
        \begin{aligned}
        s_{k+1} &= \rho\, s_k + (1 - \rho)\, g_k^2, \qquad s_0 = 0 \\
        x_{k+1} &= x_k - \eta\, \frac{g_k}{\sqrt{s_{k+1}} + \epsilon}
        \end{aligned}

    Squares, roots and quotients are taken coordinate by coordinate.  A slope beyond about
    :math:`10^{154}` (in float32 :math:`10^{19}`) has an infinite square: its coordinate stands
    still from then on (and with a `decay` of 0 the run ends as diverged).

    Parameters
    ----------
    learning_rate : float
        The learning rate :math:`\eta`, finite and above 0: about how far each coordinate moves,
        and at most :math:`\eta / \sqrt{1 - \rho}`.
    decay : float, optional
        The share :math:`\rho` that the mean square keeps, at least 0 and below 1.
    epsilon : float, optional
        The size :math:`\epsilon` of slopes that hardly count, finite and above 0.  In a run of
        float32 it must not be so small that it rounds to 0.

    References
    ----------
    T. Tieleman and G. Hinton, "Lecture 6.5: RMSProp", *Neural Networks for Machine Learning*,
    Coursera (2012).

    Examples
    --------
    Whether the slope is 8 or 8 millionths, the steps are the same:

    >>> rule, x = RMSProp(learning_rate=0.1, decay=0.75), np.zeros(2)
    >>> step, s = rule.update(np.array([8.0, 8e-6]), rule.init(x), x)
    >>> step.round(3).tolist()
    [0.2, 0.2]
    """

    learning_rate: float
    decay: float = 0.9
    epsilon: float = 1e-8

    def __post_init__(self) -> None:
        _checks.fields(self, learning_rate=_checks.positive, decay=_checks.share)
        _checks.fields(self, epsilon=_checks.positive)

    def init(self, x: Point) -> Point:
        """Return a mean square of 0."""
        return np.zeros_like(x)

    def update(self, g: Point, state: Point, x: Point) -> Update:
        """Return the step and the mean square of each slope."""
        s = state
        s = self.decay * s + (1 - self.decay) * g**2
        return self.learning_rate * g / (np.sqrt(s) + self.epsilon), s


@dataclass(frozen=True)
class Adam:
    r"""Adam: momentum, divided by the usual size of each slope.

    .. math::
        \begin{aligned}
        m_{k+1} &= \beta_1 m_k + (1 - \beta_1)\, g_k, \qquad m_0 = 0 \\
        s_{k+1} &= \beta_2 s_k + (1 - \beta_2)\, g_k^2, \qquad s_0 = 0 \\
        x_{k+1} &= x_k - \eta\, \frac{m_{k+1} / (1 - \beta_1^{k+1})}
            {\sqrt{s_{k+1} / (1 - \beta_2^{k+1})} + \epsilon}
        \end{aligned}

    The two quotients make up for means that began at 0.  Squares, roots and quotients are taken
    coordinate by coordinate.  A slope beyond about :math:`10^{154}` (in float32 :math:`10^{19}`)
    has an infinite square: its coordinate stands still from then on (and with a `beta2` of 0 the
    run ends as diverged).

    Parameters
    ----------
    learning_rate : float
        The learning rate :math:`\eta`, finite and above 0: about how far each coordinate moves.
    beta1, beta2 : float, optional
        The shares :math:`\beta_1, \beta_2` that the two means keep, at least 0 and below 1.
    epsilon : float, optional
        The size :math:`\epsilon` of slopes that hardly count, finite and above 0.  In a run of
        float32 it must not be so small that it rounds to 0.

    References
    ----------
    D. P. Kingma and J. Ba, "Adam: a method for stochastic optimization", *ICLR* (2015).

    Examples
    --------
    The first step is the learning rate, whatever the slope:

    >>> rule, x = Adam(learning_rate=0.1), np.zeros(2)
    >>> step, state = rule.update(np.array([8.0, -8e-6]), rule.init(x), x)
    >>> step.round(3).tolist()
    [0.1, -0.1]
    """

    learning_rate: float
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8

    def __post_init__(self) -> None:
        _checks.fields(self, learning_rate=_checks.positive, epsilon=_checks.positive)
        _checks.fields(self, beta1=_checks.share, beta2=_checks.share)

    def init(self, x: Point) -> tuple[int, Point, Point]:
        """Return that no step has been made, and two means of 0."""
        return 0, np.zeros_like(x), np.zeros_like(x)

    def update(self, g: Point, state: Any, x: Point) -> Update:
        """Return the step, and how many have been made, and both means."""
        k, m, s = state
        m = self.beta1 * m + (1 - self.beta1) * g
        s = self.beta2 * s + (1 - self.beta2) * g**2
        m_hat = m / (1 - self.beta1 ** (k + 1))
        s_hat = s / (1 - self.beta2 ** (k + 1))
        step = self.learning_rate * m_hat / (np.sqrt(s_hat) + self.epsilon)
        return step, (k + 1, m, s)


@dataclass(frozen=True)
class LineSearch:
    r"""Backtracking line search: shorten a step until it goes down far enough.

    .. math::
        x_{k+1} = x_k - \eta_k\, g_k, \qquad
        f(x_{k+1}) \le f(x_k) - c\, \eta_k \lVert g_k \rVert_2^2

    :math:`\eta_k` is the first of :math:`\eta, \eta\tau, \eta\tau^2, \dots` for which this holds.

    Parameters
    ----------
    loss : callable
        The very function :math:`f` whose gradient the run is given: with batches, the loss on the
        same batch.  Takes a point, returns a number.
    learning_rate : float, optional
        The learning rate :math:`\eta` that each step tries first, finite and above 0.
    shrink : float, optional
        The factor :math:`\tau`, above 0 and below 1.
    decrease : float, optional
        The share :math:`c` of the decrease that the tangent promises; at least 0 and below 1.
        Above 1/2 the best step along a parabola is refused.

    Raises
    ------
    TypeError
        In the run, if `loss` does not return one number.

    Notes
    -----
    Where no step goes down far enough, the last one is too short to move, and the run ends as
    stalled.  It ends so too where the square of a slope overflows.  Near a minimum whose value is
    not 0, a decrease is lost in the rounding of the loss long before the slope is 0.

    References
    ----------
    L. Armijo, "Minimization of functions having Lipschitz continuous first partial derivatives",
    *Pacific Journal of Mathematics* 16, 1-3 (1966).

    Examples
    --------
    On :math:`x^2` from 3, where the slope is 6, rate 1 would jump to -3 and 1/2 lands on 0:

    >>> LineSearch(loss=lambda x: x * x, learning_rate=1.0).update(g=6.0, state=None, x=3.0)
    (3.0, None)
    """

    loss: Function
    learning_rate: float = 1.0
    shrink: float = 0.5
    decrease: float = 1e-4

    def __post_init__(self) -> None:
        _checks.function("loss", self.loss)
        _checks.fields(self, learning_rate=_checks.positive)
        _checks.fields(self, shrink=_checks.factor, decrease=_checks.share)

    def init(self, x: Point) -> None:
        """Return nothing: each search starts anew."""

    def update(self, g: Point, state: None, x: Point) -> Update:
        """Return the first step that goes down far enough or is too short to change anything."""
        rate, height = self.learning_rate, self._height(x)
        # In float64, since the square of a float32 overflows early.
        promised = self.decrease * float(np.linalg.norm(np.asarray(g, np.float64))) ** 2
        while True:
            step = rate * g
            next_x = x - step
            reached = self._height(next_x)
            enough = np.isfinite(reached) and reached <= height - rate * promised
            if enough or np.array_equal(next_x, x):
                return step, state
            rate *= self.shrink

    def _height(self, x: Point) -> float:
        return _checks.height("loss", self.loss, x)


@dataclass(frozen=True)
class Scheduled:
    r"""Another rule whose steps are scaled by a schedule.

    .. math:: x_{k+1} = x_k - s(k) \operatorname{step}(g_k)

    A step of :class:`GradientDescent` or :class:`SignDescent` is proportional to the learning rate
    :math:`\eta`, so the learning rate of step :math:`k` is :math:`\eta\, s(k)`.

    Parameters
    ----------
    rule : Rule
        What makes the steps.
    schedule : callable
        The factor :math:`s(k)` of step :math:`k = 0, 1, 2, \dots`: a finite number.
        :class:`InverseTime` and :class:`Exponential` begin at 1 and fall.

    Raises
    ------
    TypeError, ValueError
        In the run, if `schedule` returns no real number, or one that is not finite.

    Examples
    --------
    >>> rule = Scheduled(GradientDescent(0.5), InverseTime(half_after=2))
    >>> state = rule.init(0.0)
    >>> for g in (1.0, 1.0, 1.0):
    ...     step, state = rule.update(g, state, x=0.0)
    ...     print(step)
    0.5
    0.3333333333333333
    0.25
    """

    rule: Rule
    schedule: Callable[[int], float]

    def __post_init__(self) -> None:
        _checks.rule("rule", self.rule)
        _checks.function("schedule", self.schedule)

    def init(self, x: Point) -> tuple[int, Any]:
        """Return that no step has been made, and the state of the other rule."""
        return 0, self.rule.init(x)

    def update(self, g: Point, state: Any, x: Point) -> Update:
        """Return the scaled step, and how many have been made, and the state of the other rule."""
        k, inner = state
        step, inner = self.rule.update(g, inner, x)
        return _checks.real("schedule(k)", self.schedule(k)) * step, (k + 1, inner)


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
        _checks.fields(self, half_after=_checks.positive)

    def __call__(self, k: int) -> float:
        """Return the factor of step `k`, a whole number of at least 0."""
        k = _checks.whole("k", k, at_least=0)
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
        _checks.fields(self, half_after=_checks.positive)

    def __call__(self, k: int) -> float:
        """Return the factor of step `k`, a whole number of at least 0."""
        k = _checks.whole("k", k, at_least=0)
        return float(2 ** (-k / self.half_after))
