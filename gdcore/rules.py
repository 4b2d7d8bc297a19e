r"""Rules: what to do with a gradient; and schedules, by which their steps shrink.

A rule is a recipe without memory.  :func:`gdcore.descent.descend` calls ``rule.begin(start)``
once a run and gets a function ``step``, fresh for that run, which turns each gradient into the
displacement to *subtract*:

.. math:: x_{k+1} = x_k - \operatorname{step}(g_k).

If the start is an array, all displacements of a run are returned in the same array.  ``begin`` and
``step`` do not check what they get: `descend` has done so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Annotated, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from gdcore import _checks
from gdcore._checks import Checked, Factor, Positive, Share

#: A place on the landscape, or a gradient there: a float, or an array of shape ``(n,)``.
Point = Any
#: Turns the gradient at the present place into the displacement to subtract from it.
Step = Callable[[Point], Point]


class Rule(Protocol):
    """Anything with a ``begin`` like the rules of this module."""

    def begin(self, start: Point) -> Step:
        """Return the step function of one run that starts at `start`."""
        ...


def _rule(name: str, value: Any) -> Any:
    """Return `value` if it has a method ``begin`` and is no mere class."""
    if isinstance(value, type) or not callable(getattr(value, "begin", None)):
        raise TypeError(f"{name} must be an object with a method 'begin', got {value!r}")
    return value


# A rule, where arguments are checked.
AnyRule = Annotated[Rule, _rule]


@dataclass(frozen=True)
class GradientDescent(Checked):
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
    >>> step = GradientDescent(learning_rate=0.1).begin(-4.0)
    >>> float(step(-8.0))
    -0.8
    """

    learning_rate: Positive

    def begin(self, start: Point) -> Step:
        """Return ``g -> learning_rate * g``; plain descent remembers nothing."""
        room = _room(start)
        return lambda gradient: np.multiply(self.learning_rate, gradient, out=room)


@dataclass(frozen=True)
class SignDescent(Checked):
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
    >>> step = SignDescent(learning_rate=0.25).begin(-4.0)
    >>> [float(step(g)) for g in (-8.0, 0.0, 1e-9)]
    [-0.25, 0.0, 0.25]
    """

    learning_rate: Positive

    def begin(self, start: Point) -> Step:
        """Return ``g -> learning_rate * sign(g)``; sign descent remembers nothing."""
        room = _room(start)
        return lambda gradient: np.multiply(self.learning_rate, np.sign(gradient), out=room)


@dataclass(frozen=True)
class Momentum(Checked):
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

    Raises
    ------
    TypeError
        If an argument is not a real number.
    ValueError
        If an argument is out of its range.

    References
    ----------
    B. T. Polyak, "Some methods of speeding up the convergence of iteration methods", *USSR
    Computational Mathematics and Mathematical Physics* 4 (5), 1-17 (1964).

    Examples
    --------
    >>> step = Momentum(learning_rate=0.5, momentum=0.5).begin(0.0)
    >>> [float(step(g)) for g in (8.0, 8.0, 8.0, 0.0)]
    [4.0, 6.0, 7.0, 3.5]
    """

    learning_rate: Positive
    momentum: Share = 0.9

    def begin(self, start: Point) -> Step:
        """Return a step that remembers the velocity."""
        velocity, room = _memory(start), _room(start)

        def step(gradient: Point) -> Point:
            _push(velocity, self.momentum, gradient)
            return np.multiply(self.learning_rate, velocity, out=room)

        return step


@dataclass(frozen=True)
class Nesterov(Checked):
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

    Raises
    ------
    TypeError
        If `learning_rate` or `momentum` is not a real number, or `restart` no truth value.
    ValueError
        If an argument is out of its range.

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
    >>> step = Nesterov(learning_rate=0.5, momentum=0.5).begin(0.0)
    >>> [float(step(g)) for g in (8.0, 8.0, 8.0, 0.0)]
    [6.0, 7.0, 7.5, 1.75]
    """

    learning_rate: Positive
    momentum: Share = 0.9
    restart: bool = False

    def begin(self, start: Point) -> Step:
        """Return a step that remembers the velocity."""
        velocity, room = _memory(start), _room(start)

        def step(gradient: Point) -> Point:
            if self.restart and np.vdot(gradient, velocity) < 0:
                velocity.fill(0)
                return np.multiply(self.learning_rate, gradient, out=room)
            _push(velocity, self.momentum, gradient)
            ahead = np.multiply(self.momentum, velocity, out=room)
            return np.multiply(self.learning_rate, np.add(gradient, ahead, out=room), out=room)

        return step


@dataclass(frozen=True)
class RMSProp(Checked):
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
        The size :math:`\epsilon` of slopes that count as nothing, finite and above 0, also in the
        precision of the run.

    Raises
    ------
    TypeError
        If an argument is not a real number.
    ValueError
        If an argument is out of its range.

    References
    ----------
    T. Tieleman and G. Hinton, "Lecture 6.5: RMSProp", *Neural Networks for Machine Learning*,
    Coursera (2012).

    Examples
    --------
    Whether the slope is 8 or 8 millionths, the steps are the same:

    >>> step = RMSProp(learning_rate=0.1, decay=0.75).begin(np.zeros(2))
    >>> step(np.array([8.0, 8e-6])).round(3).tolist()
    [0.2, 0.2]
    """

    learning_rate: Positive
    decay: Share = 0.9
    epsilon: Positive = 1e-8

    def begin(self, start: Point) -> Step:
        """Return a step that remembers the mean square of each slope."""
        square, room = _memory(start), _room(start)

        def step(gradient: Point) -> Point:
            _average(square, self.decay, np.square(gradient, out=room), room)
            usual = np.add(np.sqrt(square, out=room), self.epsilon, out=room)
            return np.multiply(self.learning_rate, np.divide(gradient, usual, out=room), out=room)

        return step


@dataclass(frozen=True)
class Adam(Checked):
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
        The size :math:`\epsilon` of slopes that count as nothing, finite and above 0, also in the
        precision of the run.

    Raises
    ------
    TypeError
        If an argument is not a real number.
    ValueError
        If an argument is out of its range.

    References
    ----------
    D. P. Kingma and J. Ba, "Adam: a method for stochastic optimization", *ICLR* (2015).

    Examples
    --------
    The first step is the learning rate, whatever the slope:

    >>> step = Adam(learning_rate=0.1).begin(np.zeros(2))
    >>> step(np.array([8.0, -8e-6])).round(3).tolist()
    [0.1, -0.1]
    """

    learning_rate: Positive
    beta1: Share = 0.9
    beta2: Share = 0.999
    epsilon: Positive = 1e-8

    def begin(self, start: Point) -> Step:
        """Return a step that remembers both means, and how many steps have been made."""
        mean, square, room, steps = _memory(start), _memory(start), _room(start), count(1)

        def step(gradient: Point) -> Point:
            k = next(steps)
            _average(mean, self.beta1, gradient, room)
            _average(square, self.beta2, np.square(gradient, out=room), room)
            usual = np.sqrt(np.divide(square, 1 - self.beta2**k, out=room), out=room)
            ratio = np.divide(mean, np.add(usual, self.epsilon, out=room), out=room)
            return np.multiply(self.learning_rate / (1 - self.beta1**k), ratio, out=room)

        return step


@dataclass(frozen=True)
class LineSearch(Checked):
    r"""Backtracking line search: shorten a step until it goes down far enough.

    .. math::
        x_{k+1} = x_k - \eta_k\, g_k, \qquad
        f(x_{k+1}) \le f(x_k) - c\, \eta_k \lVert g_k \rVert_2^2

    :math:`\eta_k` is the first of :math:`\eta, \eta\tau, \eta\tau^2, \dots` for which this holds.

    Parameters
    ----------
    loss : callable
        The function :math:`f` whose gradient the run gets, and no other: not that of another
        batch.  Takes a point, returns a number.
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
        If `loss` cannot be called, or another argument is not a real number.  In the run, if
        `loss` does not return one number.
    ValueError
        If an argument is out of its range.

    Notes
    -----
    A rule is not told where it is.  This one finds out by subtracting its own steps from the
    start, as :func:`gdcore.descent.descend` does: :class:`Scheduled` must not scale them.  Where no
    step goes down far enough, the last one is too short to move, and the run ends as stalled; so
    it does where the square of a slope is no number.  Near a minimum whose value is not 0,
    a decrease is lost in the rounding of the loss long before the slope is 0.

    References
    ----------
    L. Armijo, "Minimization of functions having Lipschitz continuous first partial derivatives",
    *Pacific Journal of Mathematics* 16, 1-3 (1966).

    Examples
    --------
    On :math:`x^2` from 3, where the slope is 6, rate 1 would jump to -3 and 1/2 lands on 0:

    >>> step = LineSearch(loss=lambda x: x * x, learning_rate=1.0).begin(3.0)
    >>> float(step(6.0))
    3.0
    """

    loss: Callable[[Any], Any]
    learning_rate: Positive = 1.0
    shrink: Factor = 0.5
    decrease: Share = 1e-4

    def begin(self, start: Point) -> Step:
        """Return a step that remembers where it has led, and how high that is."""
        place, room = start, _room(start)
        height = _checks.height("loss", self.loss, start)

        def step(gradient: Point) -> Point:
            nonlocal place, height
            rate = self.learning_rate
            promise = self.decrease * float(np.linalg.norm(np.asarray(gradient, float))) ** 2
            while True:
                move = np.multiply(rate, gradient, out=room)
                trial = place - move
                reached = _checks.height("loss", self.loss, trial)
                low = reached < np.inf and reached <= height - rate * promise
                if low or np.array_equal(trial, place):
                    place, height = trial, reached
                    return move
                rate *= self.shrink

        return step


@dataclass(frozen=True)
class Scheduled(Checked):
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
    TypeError
        If `rule` has no method ``begin`` or `schedule` cannot be called.  In the run, if `schedule`
        returns no real number.
    ValueError
        In the run, if `schedule` returns a number that is not finite.

    Examples
    --------
    >>> step = Scheduled(GradientDescent(0.5), InverseTime(half_after=2)).begin(0.0)
    >>> [float(step(1.0)) for _ in range(3)]
    [0.5, 0.3333333333333333, 0.25]
    """

    rule: AnyRule
    schedule: Callable[[int], float]

    def begin(self, start: Point) -> Step:
        """Return a step that remembers how many steps have been made."""
        step, factors, room = self.rule.begin(start), map(self.schedule, count()), _room(start)
        return lambda gradient: np.multiply(
            _checks.real("schedule(k)", next(factors)), step(gradient), out=room
        )


@dataclass(frozen=True)
class InverseTime(Checked):
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

    half_after: Positive

    def __call__(self, k: int) -> float:
        """Return the factor of step `k`, a whole number of at least 0."""
        k = _checks.whole("k", k, at_least=0)
        return 1 / (1 + k / self.half_after)


@dataclass(frozen=True)
class Exponential(Checked):
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

    half_after: Positive

    def __call__(self, k: int) -> float:
        """Return the factor of step `k`, a whole number of at least 0."""
        k = _checks.whole("k", k, at_least=0)
        return float(2 ** (-k / self.half_after))


def _room(start: Point) -> Any:
    """Return an array for the displacements of one run, so that no step needs new memory."""
    return _memory(start) if isinstance(start, np.ndarray) else None


def _memory(start: Point) -> NDArray[np.floating]:
    """Return zeros in the shape of the start, of its precision, that a rule can write to."""
    return np.zeros_like(start * 1.0)


def _push(velocity: NDArray[np.floating], share: float, gradient: Point) -> None:
    """Keep that share of the velocity, and add the gradient."""
    np.add(np.multiply(velocity, share, out=velocity), gradient, out=velocity)


def _average(mean: NDArray[np.floating], share: float, new: Point, room: Any) -> None:
    """Keep that share of a running mean, and take the rest from what is new."""
    np.multiply(mean, share, out=mean)
    np.add(mean, np.multiply(1 - share, new, out=room), out=mean)
