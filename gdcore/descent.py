r"""The loop: walk downhill from a start, and say why the walk ended.

.. math:: x_{k+1} = x_k - \operatorname{step}(g_k)

:func:`descend` does not know where the gradient comes from, and the gradient does not know who
asks for it.  What comes back is a :class:`Run`.

A tolerance of the wrong type raises a ``TypeError``, one that is not finite and above 0 a
``ValueError``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gdcore import _checks
from gdcore._types import Array, Function, Gradient, Point
from gdcore.rules import Rule


class Outcome(StrEnum):
    """How a run ended.  None of the five says that a minimum was reached."""

    #: One of the stopping rules fired.
    STOPPED = "stopped"
    #: A step (or `stall_after` of them in a row) changed nothing, though no stopping rule had
    #: fired.  If the gradient depends on the place alone and the rule has no memory, no later
    #: step would either.
    STALLED = "stalled"
    #: The gradient or the next point was no longer finite.
    DIVERGED = "diverged"
    #: `max_steps` steps were made.
    STEP_LIMIT = "step limit"
    #: An exception in the gradient or in a rule, or Ctrl-C; it carries the run as ``error.run``.
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, eq=False)
class Run:
    """What a run of :func:`descend` leaves behind.  The fields are not checked again.

    Attributes
    ----------
    points : numpy.ndarray, shape (m,) or (m, n)
        The places visited, the start first and the end last; all of them, unless `record_every`
        is above 1.  All are finite.
    gradients : numpy.ndarray, shape (m - 1,) or (m - 1, n), or one row more
        The gradient at each of these points, except at the end if the run did not look at the
        gradient there or found it not finite.
    outcome : Outcome
        How the run ended.
    reason : str
        The same in words, with the numbers that decided it.
    iterations : numpy.ndarray of int, shape (m,)
        After how many steps the run was at each of the points.
    state : Any
        What the rule remembers at the end: with it, :func:`descend` goes on from there.

    Examples
    --------
    >>> from gdcore.rules import GradientDescent
    >>> run = descend(lambda x: 2 * x, start=-4, rule=GradientDescent(0.25), max_steps=2)
    >>> run.points.tolist(), run.gradients.tolist()
    ([-4.0, -2.0, -1.0], [-8.0, -4.0])
    >>> run.steps, run.end, run.outcome
    (2, -1.0, <Outcome.STEP_LIMIT: 'step limit'>)
    """

    points: Array
    gradients: Array
    outcome: Outcome
    reason: str
    iterations: NDArray[np.intp]
    state: Any

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

    def values(self, function: Function) -> Array:
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
        _checks.function("function", function)
        # One call a point: a function of n variables need not know about stacks of points.
        with np.errstate(all="ignore"):
            return np.array([_checks.height("function", function, point) for point in self.points])

    def _point(self, index: int) -> Point:
        point = self.points[index]
        # A float32 stays one, so that a run that goes on from here keeps its precision.
        return float(point) if isinstance(point, float) else point

    def __repr__(self) -> str:
        run = f"{self.steps} steps from {self.start} to {self.end}"
        return f"Run({run},\n    {self.outcome}: {self.reason})"


class StoppingRule:
    """When to stop.  A rule looks at the gradient before a step, or at the step after it.

    Derive your own from this class.  `before_step` and `after_step` return the reason to stop, in
    words, or the empty string to go on.  A rule that never stops can record what you like.  `k` is
    how many steps have been made.  The methods do not check what they get, since :func:`descend`
    has done so.

    Examples
    --------
    Stop when the loss has not been below its best for `patience` steps:

    >>> from gdcore.rules import GradientDescent
    >>> class Patience(StoppingRule):
    ...     def __init__(self, patience, loss):
    ...         self.patience, self.loss = patience, loss
    ...
    ...     def begin(self):
    ...         self.best, self.best_k = np.inf, 0
    ...
    ...     def after_step(self, previous, x, k):
    ...         if self.loss(x) < self.best:
    ...             self.best, self.best_k = self.loss(x), k
    ...         return "out of patience" if k - self.best_k == self.patience else ""
    >>> stop = Patience(3, loss=lambda x: x * x)
    >>> descend(lambda x: 2 * x, 1.0, rule=GradientDescent(1.25), stop=stop)
    Run(4 steps from 1.0 to 5.0625,
        stopped: out of patience)
    """

    def begin(self) -> None:
        """Forget the run before: each run calls this once, before its first step."""

    def before_step(self, x: Point, gradient: Point, k: int) -> str:
        """Look at the gradient at `x`, before the step is made."""
        return ""

    def after_step(self, previous: Point, x: Point, k: int) -> str:
        """Look at the step from `previous` to `x`, once it is made."""
        return ""


#: The rule that never fires.
NEVER = StoppingRule()


@dataclass(frozen=True)
class GradientBelow(StoppingRule):
    r"""Stop at a place that is nearly level: :math:`\lVert g_k \rVert_2 < \text{tolerance}`.

    Parameters
    ----------
    tolerance : float
        In units of the loss per unit of `x`; finite and above 0.

    Examples
    --------
    >>> from gdcore.rules import GradientDescent
    >>> descend(lambda x: 2 * x, 1.0, rule=GradientDescent(0.25), stop=GradientBelow(0.3))
    Run(3 steps from 1.0 to 0.125,
        stopped: gradient of size 0.25 < 0.3)
    """

    tolerance: float

    def __post_init__(self) -> None:
        _checks.fields(self, tolerance=_checks.positive)

    def before_step(self, x: Point, gradient: Point, k: int) -> str:
        """Compare the size of the gradient with the tolerance."""
        return _below("gradient of size", _length(gradient), self.tolerance)


@dataclass(frozen=True)
class StepBelow(StoppingRule):
    r"""Stop after a short step: :math:`\lVert x_{k+1} - x_k \rVert_2 < \text{tolerance}`.

    A small learning rate makes every step short, so this rule can fire far from any minimum.

    Parameters
    ----------
    tolerance : float
        In units of `x`; finite and above 0.

    Examples
    --------
    >>> from gdcore.rules import GradientDescent
    >>> descend(lambda x: 2 * x, 1.0, rule=GradientDescent(0.25), stop=StepBelow(0.3))
    Run(2 steps from 1.0 to 0.25,
        stopped: step of length 0.25 < 0.3)
    """

    tolerance: float

    def __post_init__(self) -> None:
        _checks.fields(self, tolerance=_checks.positive)

    def after_step(self, previous: Point, x: Point, k: int) -> str:
        """Compare the length of the step with the tolerance."""
        return _below("step of length", _length(x - previous), self.tolerance)


@dataclass(frozen=True)
class LossChangeBelow(StoppingRule):
    r"""Stop when the loss hardly changes: :math:`|f(x_{k+1}) - f(x_k)| < \text{tolerance}`.

    Two places of equal height satisfy this too, however steep they are.

    Parameters
    ----------
    tolerance : float
        In units of the loss; finite and above 0.
    loss : callable
        The function :math:`f` that the run is to make small; takes a point, returns a number.

    Examples
    --------
    >>> from gdcore.rules import GradientDescent
    >>> stop = LossChangeBelow(0.5, loss=lambda x: x * x)
    >>> descend(lambda x: 2 * x, 1.0, rule=GradientDescent(0.25), stop=stop)
    Run(2 steps from 1.0 to 0.25,
        stopped: loss changed by 0.1875 < 0.5)
    """

    tolerance: float
    loss: Function

    def __post_init__(self) -> None:
        _checks.fields(self, tolerance=_checks.positive, loss=_checks.function)

    def after_step(self, previous: Point, x: Point, k: int) -> str:
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

    def begin(self) -> None:
        """Let each of the rules forget the run before."""
        for rule in self.rules:
            rule.begin()

    def before_step(self, x: Point, gradient: Point, k: int) -> str:
        """Return the first reason that a rule has, if any."""
        return next(filter(None, (rule.before_step(x, gradient, k) for rule in self.rules)), "")

    def after_step(self, previous: Point, x: Point, k: int) -> str:
        """Return the first reason that a rule has, if any."""
        return next(filter(None, (rule.after_step(previous, x, k) for rule in self.rules)), "")


def descend(
    gradient: Gradient,
    start: ArrayLike,
    *,
    rule: Rule,
    stop: StoppingRule = NEVER,
    max_steps: int = 1000,
    stall_after: int = 1,
    record_every: int = 1,
    state: Any = None,
) -> Run:
    r"""Walk from `start`, one step against the gradient at a time, until there is a reason to stop.

    .. math:: x_{k+1} = x_k - \operatorname{step}(g_k)

    Here :math:`g_k` is the gradient at :math:`x_k`.

    Parameters
    ----------
    gradient : callable
        Takes a point, returns the gradient there, of the point's shape.  Scalars arrive as
        NumPy's, so that an overflow gives infinity and no exception.  An array arrives read-only.
        The gradient may be returned in the same array each time.
    start : float or array_like, shape (n,)
        Where to start; finite.  It is copied, never changed.
    rule : Rule
        What to do with a gradient: :class:`gdcore.rules.GradientDescent` and its relatives.
    stop : StoppingRule, optional
        A reason to stop early, or :class:`AnyOf` several; by default there is none.
    max_steps : int, optional
        Stop after this many steps in any case; at least 0.
    stall_after : int, optional
        End the run as stalled after this many steps in a row that change nothing; at least 1.  If
        the gradient is that of a random batch, it may be 0 at a place where that of other batches
        is not.  With `s` batches an epoch, any :math:`2s - 1` in a row contain a whole epoch.
    record_every : int, optional
        Keep the place and the gradient at the start, after every `record_every` steps, and at the
        end; at least 1.  All steps of a network with 13,002 parameters would soon fill the memory.
    state : Any, optional
        What the rule remembers from a run before, ``run.state``.  With ``run.end`` as the start,
        50 steps and 50 more are 100 steps.  By default the rule begins anew.

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
        If `gradient` cannot be called or is a function that has a gradient itself, if a stopping
        rule gives a reason that is not in words, or if an argument is not of the type above.
    ValueError
        If `start` is empty, not finite or has more than one axis, if `max_steps` is negative or
        `stall_after` or `record_every` below 1, or if the gradient or the step has another shape
        than the point.

    Notes
    -----
    When the gradient raises an exception, or you press Ctrl-C, the run so far is not lost: the
    exception carries it as ``error.run``.

    References
    ----------
    J. Nocedal and S. J. Wright, *Numerical Optimization*, 2nd ed., chapters 2-3, Springer (2006).

    Examples
    --------
    >>> from gdcore.rules import GradientDescent, Momentum
    >>> run = descend(lambda x: 2 * x, start=-4.0, rule=GradientDescent(0.1), max_steps=3)
    >>> run.points.tolist()
    [-4.0, -3.2, -2.56, -2.048]

    A learning rate above the boundary climbs out of the bowl until the numbers end:

    >>> descend(lambda x: 2 * x, start=-4.0, rule=GradientDescent(1.1), max_steps=5000).outcome
    <Outcome.DIVERGED: 'diverged'>

    A run goes on where another ended:

    >>> rule = Momentum(0.1)
    >>> run = descend(lambda x: 2 * x, start=-4.0, rule=rule, max_steps=50)
    >>> more = descend(lambda x: 2 * x, start=run.end, rule=rule, max_steps=50, state=run.state)
    >>> more.end == descend(lambda x: 2 * x, start=-4.0, rule=rule, max_steps=100).end
    True
    """
    _checks.gradient("gradient", gradient)
    _checks.rule("rule", rule)
    _checks.whole("max_steps", max_steps, at_least=0)
    x = _read_only(_checks.point("start", start))
    referee = _Referee(stop, stall_after)
    with _Recorder(record_every) as record, np.errstate(all="ignore"):
        state = rule.init(x) if state is None else state
        record.place(0, x, state)
        stop.begin()
        for k in _progress(max_steps):
            g = _evaluate(gradient, x)
            record.gradient(k, g)
            if over := referee.look_at_gradient(x, g, k):
                return record.run(*over)

            step, next_state = rule.update(g, state, x)
            next_x = _subtract(x, step)
            if over := referee.look_at_step(x, g, next_x):
                return record.run(*over)

            previous, x, state = x, next_x, next_state
            record.place(k + 1, x, state)
            if over := referee.look_at_place(previous, x, k + 1):
                return record.run(*over)
        return record.run(Outcome.STEP_LIMIT, f"{max_steps} steps made")


#: How and why a run is over, or None while it goes on.
_Over = tuple[Outcome, str] | None


class _Referee:
    """Says when a run is over."""

    def __init__(self, stop: StoppingRule, stall_after: int) -> None:
        self.stop = _checks.instance("stop", stop, StoppingRule)
        self.stall_after = _checks.whole("stall_after", stall_after, at_least=1)
        self.still = 0

    def look_at_gradient(self, x: Point, g: Point, k: int) -> _Over:
        """Say whether the run is over before the step."""
        if not _checks.all_finite(g):
            return Outcome.DIVERGED, f"the gradient at {_short(x)} is {_short(g)}"
        why = self.stop.before_step(x, g, k)
        return _stopped("before_step", why) if why else None

    def look_at_step(self, x: Point, g: Point, next_x: Point) -> _Over:
        """Say whether the run is over since the step leads nowhere."""
        if not _checks.all_finite(next_x):
            return Outcome.DIVERGED, f"{_short(x)} steps to {_short(next_x)}"
        self.still = self.still + 1 if _same(next_x, x) else 0
        if self.still == self.stall_after:
            return Outcome.STALLED, f"gradient {_short(g)} does not move {_short(x)}"
        return None

    def look_at_place(self, previous: Point, x: Point, k: int) -> _Over:
        """Say whether the run is over once the step is made."""
        why = self.stop.after_step(previous, x, k)
        return _stopped("after_step", why) if why else None


def _stopped(method: str, reason: str) -> tuple[Outcome, str]:
    """Return that a stopping rule ended the run, if its reason is in words."""
    if not isinstance(reason, str):
        what = f"{method} must return the reason to stop, or '', got {_checks.shown(reason)}"
        raise _checks.refused(TypeError, what)
    return Outcome.STOPPED, reason


class _Recorder:
    """Keeps places and gradients while a run goes on, and lets an exception take them along."""

    def __init__(self, every: int) -> None:
        self.every = _checks.whole("record_every", every, at_least=1)
        self.points: dict[int, Point] = {}
        self.gradients: dict[int, Point] = {}
        # Where the run is now, and the gradient seen last, whether or not they are to be kept.
        self.here: tuple[int, Point, Any]
        self.latest: dict[int, Point] = {}

    def place(self, k: int, x: Point, state: Any) -> None:
        """Note where the run is after `k` steps."""
        self.here = k, x, state
        if not k % self.every:
            self.points[k] = x

    def gradient(self, k: int, g: Point) -> None:
        """Note the gradient there."""
        self.latest = {k: g}
        if not k % self.every:
            self.gradients[k] = g

    def run(self, outcome: Outcome, reason: str) -> Run:
        """Return the run so far; the last place is part of it even if it was not to be kept."""
        k, x, state = self.here
        points = self.points | {k: x}
        gradients = {i: g for i, g in (self.gradients | self.latest).items() if i in points}
        if k in gradients and not _checks.all_finite(gradients[k]):
            del gradients[k]
        return Run(
            points=_stack(points, x),
            gradients=_stack(gradients, x),
            outcome=outcome,
            reason=reason,
            iterations=_read_only(np.array(list(points))),
            state=state,
        )

    def __enter__(self) -> _Recorder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if error is not None and self.points:
            error.run = self.run(Outcome.INTERRUPTED, repr(error))  # type: ignore[attr-defined]
            error.add_note(
                f"The run so far ({self.here[0]} steps) is this exception's attribute 'run'."
            )


def _progress(count: int) -> Iterable[int]:
    """Return the numbers of the steps, with a progress bar if somebody watches a long run."""
    try:
        watched = sys.stderr.isatty()
    except (AttributeError, ValueError):  # there is none, or it is closed
        watched = False
    if not watched:
        return range(count)
    from tqdm import tqdm  # not above: most runs show nothing

    return tqdm(range(count), delay=1, leave=False, unit=" steps")


def _evaluate(gradient: Gradient, x: Point) -> Point:
    """Return a copy of the gradient at `x`, infinite where Python's own floats overflow."""
    try:
        g = gradient(x)
    except OverflowError as error:
        if not _checks.beyond_floats(error):
            raise
        g = np.full(x.shape, np.inf)
    return _read_only(_checks.shaped("gradient", g, x.shape).astype(x.dtype)[()])


def _subtract(x: Point, step: Point) -> Point:
    """Return `x` minus the step, in the precision of `x`."""
    step = _checks.shaped("the step", step, x.shape)
    return _read_only((x - step).astype(x.dtype, copy=False))


def _read_only(point: Point) -> Point:
    """Make a point read-only, if it is an array, and return it."""
    if isinstance(point, np.ndarray):
        point.flags.writeable = False
    return point


def _same(a: Point, b: Point) -> bool:
    # Compare the last coordinate first: it almost always differs.
    return bool(a.item(-1) == b.item(-1) and np.array_equal(a, b))


def _below(what: str, size: float, tolerance: float) -> str:
    return f"{what} {size:.6g} < {tolerance:g}" if size < tolerance else ""


def _length(vector: Point) -> float:
    """Return the 2-norm, also where the squares are too small or too large for a float."""
    largest = np.max(np.abs(vector))
    return float(largest * np.linalg.norm(vector / largest)) if largest > 0 else 0.0


def _short(x: Point) -> str:
    return _checks.cut(str(x))


def _stack(rows: dict[int, Point], like: Point) -> Array:
    """Return the rows as one array that cannot be written to, of the right shape when empty."""
    return np.asarray(_read_only(np.reshape(list(rows.values()), (len(rows), *np.shape(like)))))
