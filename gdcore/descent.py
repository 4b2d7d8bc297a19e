r"""The loop: walk downhill from a start, and say why the walk ended.

.. math:: x_{k+1} = x_k - \operatorname{step}(g_k)

:func:`descend` does not know where the gradient comes from, and the gradient does not know who
asks for it.  What comes back is a :class:`Run`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from itertools import cycle
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from gdcore import _checks
from gdcore._checks import Checked, Count, Number, Positive, Start, checked
from gdcore.rules import AnyRule, Point

Function = Callable[[Any], Any]


class Outcome(StrEnum):
    """How a run ended.  None of the four says that a minimum was reached."""

    #: One of the stopping rules fired.
    STOPPED = "stopped"
    #: A step (or as many in a row as `stall_after` says) changed nothing, though no stopping rule
    #: had fired.  If the gradient depends on the place alone and the rule has no memory, no later
    #: step would either.
    STALLED = "stalled"
    #: The gradient or the next point was no longer finite.
    DIVERGED = "diverged"
    #: `max_steps` steps were made.
    STEP_LIMIT = "step limit"


@dataclass(frozen=True, eq=False)
class Run:
    """What one run left behind, by :func:`descend`: its fields are not checked.

    Attributes
    ----------
    points : numpy.ndarray, shape (m,) or (m, n)
        The places visited, the start first and the end last: all of them, or every so many as
        `record_every` says.  All are finite.
    gradients : numpy.ndarray, shape (m - 1,) or (m - 1, n), or one row more
        The gradient at each of these points, except at the end if the run did not look at the
        gradient there or found it not finite.
    outcome : Outcome
        How the run ended.
    reason : str
        The same in words, with the numbers that decided it.
    iterations : numpy.ndarray of int, shape (m,)
        After how many steps the run was at each of the points.

    Examples
    --------
    >>> from gdcore.rules import GradientDescent
    >>> path = descend(lambda x: 2 * x, start=-4, rule=GradientDescent(0.25), max_steps=2)
    >>> path.points.tolist(), path.gradients.tolist()
    ([-4.0, -2.0, -1.0], [-8.0, -4.0])
    >>> path.steps, path.end, path.outcome
    (2, -1.0, <Outcome.STEP_LIMIT: 'step limit'>)
    """

    points: NDArray[np.floating]
    gradients: NDArray[np.floating]
    outcome: Outcome
    reason: str
    iterations: NDArray[np.intp]

    @property
    def steps(self) -> int:
        """How many steps were made."""
        return int(self.iterations[-1])

    @property
    def start(self) -> Point:
        """The first point, a float or an array of shape ``(n,)``."""
        return self._point(0)

    @property
    def end(self) -> Point:
        """The last point, a float or an array of shape ``(n,)``."""
        return self._point(-1)

    @checked
    def values(self, function: Function) -> NDArray[np.floating]:
        """Return `function` at each of the points, shape ``(m,)``.

        Raises
        ------
        TypeError
            If `function` cannot be called, or does not return one number.

        Examples
        --------
        >>> from gdcore.rules import GradientDescent
        >>> descend(lambda x: 2 * x, -4, rule=GradientDescent(0.5)).values(lambda x: x * x).tolist()
        [16.0, 0.0]
        """
        # One call a point: a function of n variables need not know about stacks of points.
        with np.errstate(all="ignore"):
            return np.array([_checks.height("function", function, point) for point in self.points])

    def _point(self, index: int) -> Point:
        return float(self.points[index]) if self.points.ndim == 1 else self.points[index]

    def __repr__(self) -> str:
        run = f"{self.steps} steps from {self.start} to {self.end}"
        return f"Run({run},\n    {self.outcome}: {self.reason})"


class StoppingRule:
    """When to stop.  A rule looks at the gradient before a step, or at the step after it.

    Both methods return the reason to stop, in words, or the empty string to go on.  They do not
    check what they get: :func:`descend` has done so.
    """

    def before_step(self, x: Point, gradient: Point) -> str:
        """Look at the gradient at `x`, before the step is made."""
        return ""

    def after_step(self, previous: Point, x: Point) -> str:
        """Look at the step from `previous` to `x`, once it is made."""
        return ""


#: The rule that never fires.
NEVER = StoppingRule()


@dataclass(frozen=True)
class GradientBelow(Checked, StoppingRule):
    r"""Stop at a place that is nearly level: :math:`\lVert g_k \rVert_2 < \text{tolerance}`.

    Parameters
    ----------
    tolerance : float
        In units of the loss per unit of `x`; finite and above 0.

    Raises
    ------
    TypeError, ValueError
        If `tolerance` is not a real number, or not finite and above 0.

    Examples
    --------
    >>> from gdcore.rules import GradientDescent
    >>> descend(lambda x: 2 * x, 1.0, rule=GradientDescent(0.25), stop=GradientBelow(0.3))
    Run(3 steps from 1.0 to 0.125,
        stopped: gradient of size 0.25 < 0.3)
    """

    tolerance: Positive

    def before_step(self, x: Point, gradient: Point) -> str:
        """Compare the size of the gradient with the tolerance."""
        return _below("gradient of size", _length(gradient), self.tolerance)


@dataclass(frozen=True)
class StepBelow(Checked, StoppingRule):
    r"""Stop after a short step: :math:`\lVert x_{k+1} - x_k \rVert_2 < \text{tolerance}`.

    A small learning rate makes every step short, so this rule can fire far from any minimum.

    Parameters
    ----------
    tolerance : float
        In units of `x`; finite and above 0.

    Raises
    ------
    TypeError, ValueError
        If `tolerance` is not a real number, or not finite and above 0.

    Examples
    --------
    >>> from gdcore.rules import GradientDescent
    >>> descend(lambda x: 2 * x, 1.0, rule=GradientDescent(0.25), stop=StepBelow(0.3))
    Run(2 steps from 1.0 to 0.25,
        stopped: step of length 0.25 < 0.3)
    """

    tolerance: Positive

    def after_step(self, previous: Point, x: Point) -> str:
        """Compare the length of the step with the tolerance."""
        return _below("step of length", _length(x - previous), self.tolerance)


@dataclass(frozen=True)
class LossChangeBelow(Checked, StoppingRule):
    r"""Stop when the loss hardly changes: :math:`|f(x_{k+1}) - f(x_k)| < \text{tolerance}`.

    Two places of equal height satisfy this too, however steep they are.

    Parameters
    ----------
    tolerance : float
        In units of the loss; finite and above 0.
    loss : callable
        The function :math:`f` that the run is to make small; takes a point, returns a number.

    Raises
    ------
    TypeError, ValueError
        If `tolerance` is not a real number, or not finite and above 0, or `loss` is no function.

    Examples
    --------
    >>> from gdcore.rules import GradientDescent
    >>> stop = LossChangeBelow(0.5, loss=lambda x: x * x)
    >>> descend(lambda x: 2 * x, 1.0, rule=GradientDescent(0.25), stop=stop)
    Run(2 steps from 1.0 to 0.25,
        stopped: loss changed by 0.1875 < 0.5)
    """

    tolerance: Positive
    loss: Function

    def after_step(self, previous: Point, x: Point) -> str:
        """Compare the change of the loss with the tolerance."""
        before, now = (_checks.height("loss", self.loss, place) for place in (previous, x))
        return _below("loss changed by", abs(now - before), self.tolerance)


@dataclass(frozen=True)
class AnyOf(StoppingRule):
    """Stop as soon as one of several rules says so.

    Parameters
    ----------
    *rules : StoppingRule
        They are asked in this order, and the first that fires gives the reason.

    Raises
    ------
    TypeError
        If one of them is not a stopping rule.

    Examples
    --------
    >>> from gdcore.rules import GradientDescent
    >>> stop = AnyOf(GradientBelow(1e-9), StepBelow(0.3))
    >>> descend(lambda x: 2 * x, 1.0, rule=GradientDescent(0.25), stop=stop)
    Run(2 steps from 1.0 to 0.25,
        stopped: step of length 0.25 < 0.3)
    """

    rules: tuple[StoppingRule, ...]

    def __init__(self, *rules: StoppingRule) -> None:
        for i, rule in enumerate(rules):
            _checks.instance(f"rules[{i}]", rule, StoppingRule)
        object.__setattr__(self, "rules", rules)

    def before_step(self, x: Point, gradient: Point) -> str:
        """Return the first reason that a rule has, if any."""
        return next(filter(None, (rule.before_step(x, gradient) for rule in self.rules)), "")

    def after_step(self, previous: Point, x: Point) -> str:
        """Return the first reason that a rule has, if any."""
        return next(filter(None, (rule.after_step(previous, x) for rule in self.rules)), "")


@checked
@np.errstate(all="ignore")
def descend(
    gradient: Function,
    start: Start,
    *,
    rule: AnyRule,
    stop: StoppingRule = NEVER,
    max_steps: Number = 1000,
    stall_after: Count = 1,
    record_every: Count = 1,
) -> Run:
    r"""Walk from `start`, one step against the gradient at a time, until there is a reason to stop.

    .. math:: x_{k+1} = x_k - \operatorname{step}(g_k)

    Here :math:`g_k` is the gradient at :math:`x_k`.

    Parameters
    ----------
    gradient : callable
        Takes a point, returns the gradient there, of the point's shape.  Scalars arrive as
        NumPy's, so that an overflow gives infinity and no exception.  An array arrives read-only,
        and is written over two steps later: who wants to keep it, copies it.  The gradient may be
        returned in the same array each time.
    start : float or array_like, shape (n,)
        Where to start; finite.  It is copied, never changed.
    rule : Rule
        What to do with a gradient: :class:`gdcore.rules.GradientDescent` and its relatives.
    stop : StoppingRule, optional
        A reason to stop early, or :class:`AnyOf` several; by default there is none.
    max_steps : int, optional
        Stop after so many steps in any case; at least 0.
    stall_after : int, optional
        End the run as stalled after so many steps in a row that change nothing; at least 1.  If the
        gradient is that of a random batch, one batch may be content with a place that others are
        not.  Of `s` batches an epoch, :math:`2s - 1` in a row contain a whole epoch.
    record_every : int, optional
        Keep the place and the gradient after every so many steps, and at the end; at least 1.  All
        steps of a network with 13,002 parameters would soon fill the memory.

    Returns
    -------
    Run
        The points, the gradients, and why the run ended.  A run whose gradient or next point
        cannot be computed as finite numbers ends as ``Outcome.DIVERGED`` with its path so far;
        one that no longer moves ends as ``Outcome.STALLED``.  Neither raises, neither warns.
        A run of more than a second shows at a terminal how far it is.

    Raises
    ------
    TypeError
        If `gradient` cannot be called, or an argument is not of the type above.
    ValueError
        If `start` is empty, not finite or has more than one axis, if `max_steps` is negative or
        `stall_after` or `record_every` below 1, or if the gradient or the step has another shape
        than the point.

    References
    ----------
    J. Nocedal and S. J. Wright, *Numerical Optimization*, 2nd ed., chapters 2-3, Springer (2006).

    Examples
    --------
    >>> from gdcore.rules import GradientDescent
    >>> path = descend(lambda x: 2 * x, start=-4.0, rule=GradientDescent(0.1), max_steps=3)
    >>> path.points.tolist()
    [-4.0, -3.2, -2.56, -2.048]

    A learning rate above the boundary climbs out of the bowl until the numbers end:

    >>> descend(lambda x: 2 * x, start=-4.0, rule=GradientDescent(1.1), max_steps=5000).outcome
    <Outcome.DIVERGED: 'diverged'>
    """
    x = _locked(start)
    step = rule.begin(x)
    subtract = _subtraction(x)
    record = _Record()
    still = 0

    for k in _steps(max_steps):
        g = _evaluate(gradient, x)
        if not _checks.all_finite(g):
            return record.path(k, x, Outcome.DIVERGED, f"the gradient at {x} is {g}")
        if not k % record_every:
            record.add(k, x, g)
        if why := stop.before_step(x, g):
            return record.path(k, x, Outcome.STOPPED, why, g)

        previous, x = x, subtract(x, step(g))
        if not _checks.all_finite(x):
            return record.path(k, previous, Outcome.DIVERGED, f"{previous} steps to {x}", g)
        still = still + 1 if _same(x, previous) else 0
        if still == stall_after:
            return record.path(k, x, Outcome.STALLED, f"gradient {g} does not move {x}", g)
        if why := stop.after_step(previous, x):
            return record.path(k + 1, x, Outcome.STOPPED, why)

    return record.path(max_steps, x, Outcome.STEP_LIMIT, f"{max_steps} steps made")


class _Record:
    """What is kept of a run while it goes on."""

    def __init__(self) -> None:
        self.points: list[Point] = []
        self.gradients: list[Point] = []
        self.iterations: list[int] = []

    def add(self, k: int, x: Point, *gradient: Point) -> None:
        """Keep the place after `k` steps, and the gradient there if there is one."""
        if k not in self.iterations[-1:]:
            self.iterations.append(k)
            self.points.append(x.copy())
        if len(self.gradients) < len(self.points):
            self.gradients += [g.copy() for g in gradient]

    def path(self, k: int, x: Point, how: Outcome, why: str, *gradient: Point) -> Run:
        """Return the whole run, which ends after `k` steps at `x`."""
        self.add(k, x, *gradient)
        points, gradients = _stack(self.points, x), _stack(self.gradients, x)
        return Run(points, gradients, how, why, _locked(np.array(self.iterations)))


def _steps(count: int) -> Any:
    """Return the numbers of the steps; a person who waits at a terminal sees them go by."""
    return tqdm(range(count), disable=None, delay=1, leave=False, unit=" steps")


def _subtraction(x: Point) -> Callable[[Point, Point], Point]:
    """Return a function that takes a step away from a place of the kind of `x`, and locks it.

    A place is needed only until the next but one, so two arrays take turns.
    """
    if not isinstance(x, np.ndarray):
        return lambda a, step: x.dtype.type(a - _checks.shaped("the step", step, ()))
    turns = cycle([(room, _locked(room)) for room in (np.empty_like(x), np.empty_like(x))])

    def subtract(a: Point, step: Point) -> Point:
        room, locked = next(turns)
        np.subtract(a, _checks.shaped("the step", step, x.shape), out=room)
        return locked

    return subtract


def _evaluate(gradient: Function, x: Point) -> Point:
    """Return the gradient at `x`, infinite where Python's own floats overflow."""
    try:
        g = gradient(x)
    except OverflowError:
        g = np.full(x.shape, np.inf)
    array = _checks.shaped("gradient", g, x.shape).astype(x.dtype, copy=False)
    return _locked(array)[()]


def _locked(point: Point) -> Point:
    """Return a view that cannot be written to, since others get to see it."""
    if isinstance(point, np.ndarray):
        point = point.view()
        point.flags.writeable = False
    return point


def _same(a: Point, b: Point) -> bool:
    """Whether two points are equal, mostly told from one number: a step moves the last."""
    return bool(a.item(-1) == b.item(-1) and np.array_equal(a, b))


def _below(what: str, size: float, tolerance: float) -> str:
    return f"{what} {size:.6g} < {tolerance:g}" if size < tolerance else ""


def _length(vector: Point) -> float:
    """Return the 2-norm, of numbers so small or large that their squares are no floats too."""
    largest = np.max(np.abs(vector))
    return float(largest * np.linalg.norm(vector / largest)) if largest > 0 else 0.0


def _stack(rows: list[Point], like: Point) -> Any:
    """Return the rows as one array that cannot be written to, of the right shape when empty."""
    return _locked(np.reshape(rows, (len(rows), *np.shape(like))))
