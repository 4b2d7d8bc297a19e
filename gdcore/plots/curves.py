"""Figures of functions of one variable, and charts of numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated, Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from gdcore import _checks
from gdcore._checks import Positive
from gdcore.descent import Run
from gdcore.landscapes import Function, Landscape
from gdcore.plots import _figure as fig
from gdcore.plots._figure import Curve, Figure, Look, MovingCurve, Roll, RollingBalls

_NotZero = Annotated[float, partial(_checks.within, "other than 0", bool)]


def _draw(axes: Axes, f: Function, domain: tuple[float, float], **look: Any) -> None:
    x = np.linspace(*domain, 401)
    axes.plot(x, f(x) + 0 * x, **(fig.CURVE | look))


def _draw_line(
    axes: Axes, x: float, y: float, slope: float, domain: tuple[float, float], name: str, look: Look
) -> None:
    """Draw the line of that slope through (x, y) and write its name and slope at its right end."""
    reach = np.array(domain)
    heights = y + slope * (reach - x)
    axes.plot(reach, heights, **look)
    right = (reach[1], heights[1])
    fig.write(axes, f"{name}: slope {slope:g}", right, (4, 0), color=look["color"], va="center")


def _fit(axes: Axes, landscape: Landscape) -> None:
    """Show the landscape's domain and its heights there, whatever else is drawn."""
    y = landscape(np.linspace(*landscape.domain, 401))
    margin = 0.06 * np.ptp(y)
    axes.set(xlim=landscape.domain, ylim=(y.min() - margin, y.max() + margin))


@fig.styled
def nudges(f: Function, points: Sequence[float], dx: Positive, domain: fig.Interval) -> Figure:
    """Draw what the same nudge `dx` to the right does to the height at several points.

    Parameters
    ----------
    f : callable
        The function, elementwise.
    points : sequence of float
        Where to nudge.
    dx : float
        The nudge, above 0.
    domain : tuple of float
        The part of the curve to draw.

    Returns
    -------
    Figure

    Raises
    ------
    TypeError, ValueError
        If an argument is not of the kind above, or not finite.

    Examples
    --------
    >>> figure = nudges(np.sin, points=[0.0, 2.0], dx=0.5, domain=(-1, 4))
    """
    figure, axes = fig.canvas(230)
    _draw(axes, f, domain)
    for x in points:
        left, right = f(x), f(x + dx)
        axes.plot([x, x + dx], [left, left], color=fig.INK, linewidth=1.2, zorder=3)
        axes.plot([x + dx, x + dx], [left, right], color=fig.TANGENT, linewidth=2.6, zorder=3)
        axes.plot(x, left, **fig.DOT)
        beyond = 5 if right < left else -12
        fig.write(axes, r"$\Delta x$", (x + dx / 2, left), (0, beyond), ha="center")
        change, middle = rf"$\Delta y = {right - left:+.2f}$", (x + dx, (left + right) / 2)
        fig.write(axes, change, middle, (5, 0), color=fig.TANGENT, va="center")
    axes.set(xlabel="$x$", ylabel="$y$", xlim=domain)
    return figure


@fig.styled
def secants(
    f: Function, x: float, steps: Sequence[_NotZero], slope: float, domain: fig.Interval
) -> Figure:
    """Draw secants from `x` to `x` + each step, and the tangent that they turn into.

    Parameters
    ----------
    f : callable
        The function, elementwise.
    x : float
        The point that all the lines go through.
    steps : sequence of float
        The widths of the secants, none of them 0.
    slope : float
        The slope of the tangent at `x`.
    domain : tuple of float
        The part of the curve to draw.

    Returns
    -------
    Figure

    Raises
    ------
    TypeError, ValueError
        If an argument is not of the kind above, or not finite.

    Examples
    --------
    >>> figure = secants(np.square, 1.0, steps=[2, 1], slope=2.0, domain=(-1, 4))
    >>> [label.get_text() for label in figure.axes[0].texts][-1]
    'tangent: slope 2'
    """
    figure, axes = fig.canvas(250)
    _draw(axes, f, domain)
    for dx in steps:
        quotient = (f(x + dx) - f(x)) / dx
        _draw_line(axes, x, f(x), quotient, domain, rf"$\Delta x = {dx:g}$", fig.SECANT)
        axes.plot(x + dx, f(x + dx), **(fig.DOT | {"markerfacecolor": fig.PAPER}))
    _draw_line(axes, x, f(x), slope, domain, "tangent", fig.TANGENT_LINE)
    axes.plot(x, f(x), **fig.DOT)
    y = f(np.linspace(*domain, 401))
    axes.set(xlabel="$x$", ylabel="$y$", xlim=domain, ylim=(y.min() - 0.2 * np.ptp(y), y.max()))
    return figure


@fig.styled
def zoom(f: Function, x: float, slope: float, widths: Sequence[Positive]) -> Figure:
    """Draw the curve around `x` in ever narrower windows, beside its tangent.

    Parameters
    ----------
    f : callable
        The function, elementwise.
    x : float
        The point to zoom in on.
    slope : float
        The slope of the tangent at `x`.
    widths : sequence of float
        Half the width of each window, above 0.

    Returns
    -------
    Figure

    Raises
    ------
    TypeError, ValueError
        If an argument is not of the kind above, or not finite, or `widths` is empty.

    Examples
    --------
    >>> figure = zoom(np.square, 1.0, slope=2.0, widths=[1, 0.1])
    """
    _checks.some("widths", widths)
    figure, panels = fig.canvas(150, columns=len(widths), squeeze=False)
    for axes, width in zip(panels[0], widths, strict=True):
        reach = np.array([x - width, x + width])
        _draw(axes, f, (reach[0], reach[1]))
        axes.plot(reach, f(x) + slope * (reach - x), **fig.TANGENT_LINE)
        axes.plot(x, f(x), **fig.DOT)
        axes.set(xlim=reach, xticks=[x], yticks=[], title=rf"$\pm\,{width:g}$")
    return figure


@fig.styled
def slopes(landscape: Curve, points: Sequence[float]) -> Figure:
    """Draw a landscape with tangents at some points, and its derivative below.

    Parameters
    ----------
    landscape : Landscape
        The function and its gradient.
    points : sequence of float
        Where to draw tangents.

    Returns
    -------
    Figure

    Raises
    ------
    TypeError, ValueError
        If an argument is not of the kind above.

    Examples
    --------
    >>> from gdcore.landscapes import parabola
    >>> figure = slopes(parabola, points=[-2, 0, 1])
    """
    figure, (above, below) = fig.canvas(320, rows=2, sharex=True)
    _draw(above, landscape, landscape.domain)
    _draw(below, landscape.gradient, landscape.domain, color=fig.TANGENT)
    below.axhline(0, color=fig.MUTED, linewidth=0.8)
    width, height = np.ptp(landscape.domain), np.ptp(landscape(np.linspace(*landscape.domain, 401)))
    for x in points:
        slope = landscape.gradient(x)
        # Tangents of one drawn length, so that steep ones do not run out of the picture.
        reach = 0.2 * width / np.hypot(1, slope * width / height)
        t = np.array([x - reach, x + reach])
        above.plot(t, landscape(x) + slope * (t - x), **fig.TANGENT_LINE)
        above.plot(x, landscape(x), **fig.DOT)
        below.plot([x, x], [0, slope], color=fig.TANGENT, linewidth=1.0, linestyle=":")
        below.plot(x, slope, **fig.DOT)
    above.set(ylabel="height")
    below.set(xlabel="$x$", ylabel="slope", xlim=landscape.domain)
    return figure


@fig.styled
def difference_errors(
    h: fig.Row, errors: Mapping[str, fig.Row], best: Mapping[str, Positive]
) -> Figure:
    """Draw the error of numerical derivatives against the step, both axes logarithmic.

    Parameters
    ----------
    h : array_like, shape (n,)
        The steps, above 0; others are left out.
    errors : mapping of str to array_like, shape (n,)
        For each recipe its errors.  Those below 1e-17, 0 among them, are drawn at 1e-17.
    best : mapping of str to float
        For some of the recipes the predicted best step, above 0, marked by an upright line.

    Returns
    -------
    Figure

    Raises
    ------
    TypeError, ValueError
        If an argument is not of the kind above, or there are no recipes or more than four.

    Examples
    --------
    >>> h = [1e-8, 1e-4, 1.0]
    >>> figure = difference_errors(h, {"forward": [1e-8, 1e-4, 1]}, best={"forward": 1e-8})
    """
    figure, axes = fig.canvas(270)
    for name, look in fig.looks("errors", errors):
        fig.alike("h and errors", h, errors[name])
        axes.loglog(h, np.maximum(errors[name], 1e-17), label=name, **look)
        if name in best:
            axes.axvline(best[name], color=look["color"], linewidth=0.9, linestyle=":")
    axes.set(xlabel="$h$", ylabel="error of the derivative")
    axes.grid(color=fig.GRID, linewidth=0.6)
    fig.legend(axes, len(errors), columnspacing=1.2)
    return figure


@fig.styled
def kinks(functions: Mapping[str, Function], x: float = 0.0, h: Positive = 1.0) -> Figure:
    """Draw secants to the left and to the right of a point where a function has a kink.

    Parameters
    ----------
    functions : mapping of str to callable
        TeX name -> function, elementwise.
    x : float, optional
        Where the kink is.
    h : float, optional
        The width of the secants, above 0.

    Returns
    -------
    Figure

    Raises
    ------
    TypeError, ValueError
        If an argument is not of the kind above, or not finite, or `functions` is empty.

    Examples
    --------
    >>> figure = kinks({"|x|": np.abs})
    """
    _checks.some("functions", functions)
    figure, panels = fig.canvas(170, columns=len(functions), squeeze=False)
    for axes, (name, f) in zip(panels[0], functions.items(), strict=True):
        _draw(axes, f, (x - 2 * h, x + 2 * h))
        for side in (-h, h):
            slope = (f(x + side) - f(x)) / side
            reach = np.array([x - 0.6 * side, x + 1.6 * side])
            axes.plot(reach, f(x) + slope * (reach - x), **fig.TANGENT_LINE)
            words = f"slope {slope:+g}".replace("-", "\N{MINUS SIGN}") if slope else "slope 0"
            place, offset = x + 0.7 * side, (5 * np.sign(side), -8 if slope else 8)
            look: Look = {"color": fig.TANGENT, "ha": "left" if side > 0 else "right"}
            fig.write(axes, words, (place, f(place)), offset, va="center", **look)
        axes.plot(x, f(x), **fig.DOT)
        axes.set(title=f"${name}$", xlabel="$x$", xlim=(x - 2 * h, x + 2 * h))
    return figure


@fig.styled
def descents(
    landscape: Curve, paths: Mapping[str, Roll], *, minimum: float | None = None
) -> Figure:
    """Draw runs on a landscape, one panel each: hops from point to point on the curve.

    Parameters
    ----------
    landscape : Landscape
        Where the runs were made; its domain is what is shown.
    paths : mapping of str to Run
        Title -> run.  More than one run stand in two columns.
    minimum : float, optional
        Where the minimum is, drawn as a star.

    Returns
    -------
    Figure

    Raises
    ------
    TypeError, ValueError
        If an argument is not of the kind above, or `paths` is empty.

    Examples
    --------
    >>> from gdcore.descent import descend
    >>> from gdcore.landscapes import parabola
    >>> from gdcore.rules import GradientDescent
    >>> path = descend(parabola.gradient, -4, rule=GradientDescent(0.1), max_steps=5)
    >>> figure = descents(parabola, {"five steps": path}, minimum=0.0)
    """
    _checks.some("paths", paths)
    columns = 1 if len(paths) == 1 else 2
    rows = -(-len(paths) // columns)
    height = 230 if columns == 1 else 165 * rows
    figure, panels = fig.canvas(height, rows, columns, squeeze=False, sharex=True, sharey=True)
    for axes in panels.flat[len(paths) :]:
        axes.set_visible(False)
    for axes, (title, path) in zip(panels.flat, paths.items(), strict=False):
        _draw(axes, landscape, landscape.domain)
        axes.plot(path.points, path.values(landscape), **fig.HOPS)
        axes.plot(path.start, landscape(path.start), **fig.START)
        if minimum is not None:
            axes.plot(minimum, landscape(minimum), **fig.STAR)
        axes.set(title=title, xlabel="$x$", ylabel=f"${landscape.tex}$")
        axes.label_outer()
        _fit(axes, landscape)
    panels[0, 0].locator_params(axis="x", nbins=6, integer=True)
    return figure


@fig.styled
def rolling_balls(
    landscape: Curve, paths: Sequence[Roll], *, seconds: Positive = 6.0
) -> RollingBalls:
    """Draw runs on one landscape, with a ball for each that can be made to roll.

    Parameters
    ----------
    landscape : Landscape
        Where the runs were made; its domain is what is shown.
    paths : sequence of Run
        The runs.  All balls take equally long for a step.
    seconds : float, optional
        How long the roll takes, above 0.

    Returns
    -------
    RollingBalls

    Raises
    ------
    TypeError, ValueError
        If an argument is not of the kind above, or `paths` is empty.

    Examples
    --------
    >>> from gdcore.descent import descend
    >>> from gdcore.landscapes import parabola
    >>> from gdcore.rules import GradientDescent
    >>> path = descend(parabola.gradient, -4, rule=GradientDescent(0.1), max_steps=5)
    >>> figure = rolling_balls(parabola, [path])
    >>> figure.tracks[0].shape  # six frames a step, and the end
    (31, 2)
    """
    _checks.some("paths", paths)
    figure = RollingBalls(figsize=(fig.WIDTH / 72, 230 / 72))
    axes = figure.subplots()
    _draw(axes, landscape, landscape.domain)
    for path in paths:
        axes.plot(path.points, path.values(landscape), **fig.HOPS)
    _fit(axes, landscape)
    axes.set(xlabel="$x$", ylabel=f"${landscape.tex}$")
    figure.draw_without_rendering()  # settles the layout, and with it where a point lands
    figure.seconds = seconds
    steps = max(path.steps for path in paths)
    rolls = [_roll(path, steps) for path in paths]
    figure.tracks = [fig.from_top_left(axes, x, landscape(x)) for x in rolls]
    return figure


def _roll(path: Run, steps: int) -> NDArray[np.float64]:
    """Return places along the path: every step slows down towards its end, like a real ball."""
    ease = np.sin(np.linspace(0, np.pi / 2, 6, endpoint=False))
    points = np.append(path.points, [path.end] * (steps - path.steps))
    places = points[:-1, None] + np.diff(points)[:, None] * ease
    return np.append(places, points[-1])


@fig.styled
def rates(
    learning_rates: fig.Row, measured: fig.Row, curvature: Positive, samples: Mapping[str, float]
) -> Figure:
    """Draw the factor by which one step shrinks the distance to the minimum of a parabola.

    Parameters
    ----------
    learning_rates : array_like, shape (n,)
        The learning rates that were tried.
    measured : array_like, shape (n,)
        The factor that each run showed.
    curvature : float
        The curvature L of the parabola, above 0; the curve drawn is ``|1 - L * rate|``.
    samples : mapping of str to float
        Learning rates to name in the picture.

    Returns
    -------
    Figure

    Raises
    ------
    TypeError, ValueError
        If an argument is not of the kind above, or the rows differ in length.

    Examples
    --------
    >>> figure = rates([0.1, 0.9], [0.8, 0.8], curvature=2.0, samples={"creep": 0.1})
    """
    fig.alike("learning_rates and measured", learning_rates, measured)
    top = 1.25 * 2 / curvature
    figure, axes = fig.canvas(250)
    _draw(axes, lambda rate: abs(1 - curvature * rate), (0, top))
    axes.plot(learning_rates, measured, **(fig.DOT | {"markerfacecolor": fig.PAPER}))
    axes.axhline(1, color=fig.MUTED, linewidth=0.8, linestyle=":")
    axes.axvline(2 / curvature, color=fig.MUTED, linewidth=0.8, linestyle=":")
    axes.text(2 / curvature, 1.42, r" $2/L$", color=fig.MUTED)
    for name, rate in samples.items():
        place = rate, abs(1 - curvature * rate)
        offset = (8, 5 if curvature * rate < 1 else -5)  # beside the V, not on it
        fig.write(axes, name, place, offset, color=fig.PATH, va="center")
        axes.plot(*place, **(fig.BALL | {"markersize": 6}))
    axes.set(xlabel=r"learning rate $\eta$", ylabel="distance after / before a step")
    axes.set(xlim=(0, top), ylim=(-0.08, 1.55))
    return figure


@fig.styled
def progress(
    series: Mapping[str, fig.Row], ylabel: str, *, xlabel: str = "step", log: bool = True
) -> Figure:
    """Draw numbers against the step at which they were measured.

    Parameters
    ----------
    series : mapping of str to array_like, shape (steps + 1,)
        Label -> one number for each step, from step 0 on, finite or not.
    ylabel : str
        What the numbers are.
    xlabel : str, optional
        What is counted.
    log : bool, optional
        Whether the upright axis is logarithmic.  Numbers that are not above 0 are left out then.

    Returns
    -------
    Figure

    Raises
    ------
    TypeError, ValueError
        If an argument is not of the kind above, or there are no series or more than four.

    Examples
    --------
    >>> figure = progress({"halving": [4, 2, 1]}, ylabel="distance")
    """
    figure, axes = fig.canvas(240)
    for label, look in fig.looks("series", series):
        values = series[label]
        axes.plot(np.where(values > 0, values, np.nan) if log else values, label=label, **look)
    axes.set(xlabel=xlabel, ylabel=ylabel, yscale="log" if log else "linear")
    axes.grid(color=fig.GRID, linewidth=0.6)
    fig.legend(axes)
    return figure


@fig.styled
def basins(landscape: Curve, paths: Sequence[Roll]) -> Figure:
    """Draw where many runs started and where each of them ended.

    Parameters
    ----------
    landscape : Landscape
        Where the runs were made; its domain is what is shown.
    paths : sequence of Run
        The runs, with at most four ends (to three decimals).  Starts that share an end share
        a marker.

    Returns
    -------
    Figure

    Raises
    ------
    TypeError, ValueError
        If an argument is not of the kind above, or the runs have no end or more than four.

    Examples
    --------
    >>> from gdcore.descent import descend
    >>> from gdcore.landscapes import double_well
    >>> from gdcore.rules import GradientDescent
    >>> well = double_well(tilt=0.3)
    >>> runs = [descend(well.gradient, x, rule=GradientDescent(0.05)) for x in (-1.5, 1.5)]
    >>> figure = basins(well, runs)
    """
    figure, axes = fig.canvas(250)
    _draw(axes, landscape, landscape.domain)
    ends = sorted({round(path.end, 3) for path in paths})
    _checks.some("the ends of paths", ends, most=len(fig.MARKS))
    for path in paths:
        mark = fig.MARKS[ends.index(round(path.end, 3))]
        axes.plot(path.start, landscape(path.start), **(fig.BALL | {"markersize": 5.5} | mark))
    for end in ends:
        axes.plot(end, landscape(end), **fig.STAR)
    _fit(axes, landscape)
    axes.set(xlabel="start $x_0$", ylabel=f"${landscape.tex}$")
    return figure


@fig.styled
def agreement(
    x: Sequence[Any],
    predicted: Mapping[str, fig.FiniteRow],
    measured: Mapping[str, fig.FiniteRow],
    *,
    xlabel: str,
    ylabel: str,
    log: bool = False,
    ticks: Sequence[float] | None = None,
) -> Figure:
    """Draw what a theory says as lines, and what was measured as open circles.

    Parameters
    ----------
    x : array_like, shape (n,), or a pair of them
        Where it was predicted and measured.  Of a pair, the first is for what was predicted and
        the second for what was measured.
    predicted, measured : mapping of str to array_like, shape (n,)
        Label -> numbers, at most four each.  The first line and the first circles share a
        colour, and so on; where they share a label too, it is written once.
    xlabel, ylabel : str
        What the numbers are.
    log : bool, optional
        Whether both axes are logarithmic.
    ticks : iterable of float, optional
        Where to mark the level axis.

    Returns
    -------
    Figure

    Raises
    ------
    TypeError, ValueError
        If a mapping is empty or has more than four entries, or if numbers are not finite or do
        not fit `x`.

    Examples
    --------
    >>> x = [1, 2, 4]
    >>> theory, seen = {"$1/n$": [1, 0.5, 0.25]}, {"counted": [0.9, 0.5, 0.3]}
    >>> figure = agreement(x, theory, seen, xlabel="$n$", ylabel="share", log=True)
    """
    places = _checks.some("x", x)
    pair = places if _checks.even("x", places[0]).ndim else [places, places]
    if len(pair) != 2:
        raise ValueError(f"x must be a row of numbers or a pair of such rows, got {x!r}")
    figure, axes = fig.canvas(250)
    both = ("predicted", predicted), ("measured", measured)
    rows = [fig.row("x", side, finite=True) for side in pair]
    for (role, series), across in zip(both, rows, strict=True):
        for label, look in fig.looks(role, series):
            numbers = series[label]
            fig.alike(f"{role} and x", numbers, across)
            if role == "measured":
                look = fig.DOT | {"color": look["color"], "markerfacecolor": fig.PAPER}
                label = f"_{label}" if label in predicted else label
            axes.plot(across, numbers, label=label, **look)
    scale = "log" if log else "linear"
    axes.set(xlabel=xlabel, ylabel=ylabel, xscale=scale, yscale=scale)
    if ticks is not None:
        axes.set_xticks(ticks)
    axes.grid(color=fig.GRID, linewidth=0.6)
    fig.legend(axes)
    return figure


@fig.styled
def fits(
    x: fig.FiniteRow,
    y: fig.FiniteRow,
    functions: Mapping[str, Function],
    *,
    kinks: Sequence[float] = (),
    xlabel: str = "$x$",
    ylabel: str = "$y$",
) -> Figure:
    """Draw measured points, and functions that were fitted to them.

    Parameters
    ----------
    x, y : array_like, shape (samples,)
        The points.
    functions : mapping of str to callable
        Label -> function, elementwise; at most four.
    kinks : array_like, shape (n,), optional
        Where to draw an upright, up to a small circle on the first of the functions.
    xlabel, ylabel : str, optional
        What the coordinates are.

    Returns
    -------
    Figure

    Raises
    ------
    TypeError, ValueError
        If an argument is not of the kind above, or not finite, if `x` and `y` differ in length, or
        if there are no functions or more than four.

    Examples
    --------
    >>> figure = fits([-1, 2], [0.9, 2.2], {"$|x|$": np.abs}, kinks=[0])
    """
    fig.alike("x and y", x, y)
    figure, axes = fig.canvas(250)
    axes.plot(x, y, **fig.DATA)
    for label, look in fig.looks("functions", functions):
        _draw(axes, functions[label], (min(0.0, x.min()), x.max()), label=label, **look)
    if len(kinks):
        bottom = axes.get_ylim()[0]
        tops = next(iter(functions.values()))(np.array(kinks))
        axes.vlines(kinks, bottom, tops, **fig.UPRIGHT)
        axes.plot(kinks, tops, **(fig.DOT | {"markersize": 4, "markerfacecolor": fig.PAPER}))
        axes.set_ylim(bottom)
    axes.set(xlabel=xlabel, ylabel=ylabel)
    fig.legend(axes)
    return figure


@fig.styled
def moving_fit(
    x: fig.FiniteRow,
    y: fig.FiniteRow,
    moments: Sequence[tuple[fig.FiniteRow, fig.FiniteRow]],
    *,
    seconds: Positive = 8.0,
    xlabel: str = "$x$",
    ylabel: str = "$y$",
) -> MovingCurve:
    """Draw measured points and a broken line that can be seen to move towards them.

    Parameters
    ----------
    x, y : array_like, shape (samples,)
        The points.
    moments : sequence of (array_like, array_like)
        The corners of the line at one moment after the other, from left to right.
    seconds : float, optional
        How long it moves, above 0.  All moments are shown equally long.
    xlabel, ylabel : str, optional
        What the coordinates are.

    Returns
    -------
    MovingCurve

    Raises
    ------
    TypeError, ValueError
        If an argument is not of the kind above, or not finite, if `x` and `y` or the coordinates of
        a line differ in length, or if there are no moments.

    Examples
    --------
    >>> figure = moving_fit([0, 1], [0, 1], [([0, 1], [1, 0]), ([0, 1], [0, 1])])
    >>> len(figure.tracks)
    2
    """
    fig.alike("x and y", x, y)
    for line in _checks.some("moments", moments):
        fig.alike("both of moments", *line)
    figure = MovingCurve(figsize=(fig.WIDTH / 72, 250 / 72))
    axes = figure.subplots()
    axes.plot(x, y, **fig.DATA)
    axes.margins(0.04, 0.12)
    axes.set(xlabel=xlabel, ylabel=ylabel, ylim=axes.get_ylim(), xlim=axes.get_xlim())
    axes.plot(*moments[0], label="before", **fig.SECANT)
    axes.plot([], [], label="after", **fig.CURVE)
    fig.legend(axes)
    figure.draw_without_rendering()  # settles the layout, and with it where a point lands
    figure.seconds = seconds
    figure.pane = fig.from_top_left(axes, axes.get_xlim(), axes.get_ylim())
    figure.tracks = [fig.from_top_left(axes, *line) for line in moments]
    return figure


@fig.styled
def average(
    members: Sequence[Curve],
    mean: Curve,
    domain: fig.Interval,
    *,
    xlabel: str = "$w$",
    ylabel: str = "loss",
) -> Figure:
    """Draw some functions, thin, each with its lowest point, and their mean with its minimum.

    Parameters
    ----------
    members : sequence of Landscape
        Some of the functions that the mean is of.
    mean : Landscape
        The mean.
    domain : tuple of float
        The part of the curves to draw.
    xlabel, ylabel : str, optional
        What the coordinates are.

    Returns
    -------
    Figure

    Raises
    ------
    TypeError, ValueError
        If an argument is not of the kind above, or there are no members.

    Examples
    --------
    >>> from gdcore.landscapes import quadratic
    >>> figure = average([quadratic(1, 0, 0), quadratic(3, -4, 2)], quadratic(2, -2, 1), (-1, 2))
    """
    figure, axes = fig.canvas(250)
    w = np.linspace(*domain, 401)
    for member in _checks.some("members", members):
        heights = member(w)
        axes.plot(w, heights, color=fig.MUTED, linewidth=0.8, zorder=1)
        lowest = np.argmin(heights)
        if 0 < lowest < len(w) - 1:
            axes.plot(w[lowest], heights[lowest], **fig.DATA)
    _draw(axes, mean, domain, linewidth=2.4)
    heights = mean(w)
    lowest = np.argmin(heights)
    axes.plot(w[lowest], heights[lowest], **fig.STAR)
    top = 1.1 * heights.max()
    axes.set(xlabel=xlabel, ylabel=ylabel, xlim=domain, ylim=(-0.04 * top, top))
    return figure


@fig.styled
def races(
    panels: Mapping[str, Mapping[str, tuple[fig.Row, fig.Row]]],
    ylabel: str,
    *,
    bottom: Positive | None = None,
) -> Figure:
    """Draw how several runs come down, in panels that count what it costs in different units.

    Parameters
    ----------
    panels : mapping of str to mapping of str to (array_like, array_like), shape (n,) each
        Unit -> run -> how much was spent, and what had been reached then; at most four runs.  Both
        axes are logarithmic, and what is not above 0 is left out.
    ylabel : str
        What was reached.
    bottom : float, optional
        Where the upright axes end, above 0.

    Returns
    -------
    Figure

    Raises
    ------
    TypeError, ValueError
        If an argument is not of the kind above, or there are no panels, or a panel has no runs or
        more than four.

    Examples
    --------
    >>> runs = {"all": ([1, 2, 3], [4, 2, 1]), "one": ([1, 2, 3], [3, 2, 2])}
    >>> figure = races({"steps": runs, "seconds": runs}, ylabel="loss")
    """
    _checks.some("panels", panels)
    height = 220 if len(panels) == 1 else 150 * len(panels)
    figure, rows = fig.canvas(height + 20, rows=len(panels), sharey=True, squeeze=False)
    for (unit, runs), axes in zip(panels.items(), rows[:, 0], strict=True):
        _checks.some("the runs of panels", runs, most=len(fig.RUNS))
        for (label, (spent, reached)), look in zip(runs.items(), fig.RUNS, strict=False):
            fig.alike("both of panels", spent, reached)
            line = look | {"marker": "none", "label": label}
            axes.loglog(spent, np.where(reached > 0, reached, np.nan), **line)
        axes.set(xlabel=unit, ylabel=ylabel)
        axes.set_ylim(bottom=bottom)
        axes.grid(color=fig.GRID, linewidth=0.6)
    fig.legend(rows[0, 0], 3 if len(runs) == 3 else 2, columnspacing=1.2)
    return figure
