"""Figures of landscapes of one variable, and of runs on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from gdcore import _checks
from gdcore._types import Array, Function
from gdcore.descent import Outcome, Run
from gdcore.landscapes import Landscape
from gdcore.plots import _figure as fig
from gdcore.plots import _inputs as inputs
from gdcore.plots._figure import Figure


def draw(axes: Axes, f: Function, domain: tuple[float, float], **look: object) -> None:
    """Draw a function as a curve."""
    x = np.linspace(*domain, 401)
    axes.plot(x, inputs.heights(f, x), **(fig.CURVE | look))


def frame_of(landscape: Landscape) -> Array:
    """Return the part of the picture that shows the whole landscape, a row for each axis."""
    x = np.linspace(*landscape.domain, 401)
    y = inputs.known(inputs.heights(landscape, x), landscape)
    margin = 0.06 * (np.ptp(y) or abs(y[0]) or 1)
    return np.array([landscape.domain, (y.min() - margin, y.max() + margin)])


def hops_of(landscape: Landscape, run: Run, frame: Array) -> Array:
    """Return the places of a run on the curve, one a row."""
    places = np.column_stack([run.points, run.values(landscape)]).astype(float)
    return inputs.visible(places, frame)


@fig.styled
def curve(
    landscape: Landscape,
    runs: Run | Sequence[Run] | Mapping[str, Run] | None = None,
    *,
    minimum: float | None = None,
) -> Figure:
    """Draw a landscape of one variable, and runs on it: hops from point to point.

    Parameters
    ----------
    landscape : Landscape
        Its domain is what is shown.
    runs : Run, sequence of Run, or mapping of str to Run, optional
        Each has a panel of its own, with its label as the title.  Several stand in two columns.
    minimum : float, optional
        Where the minimum is, drawn as a star.

    Returns
    -------
    Figure

    Examples
    --------
    >>> from gdcore import GradientDescent, descend, parabola
    >>> run = descend(parabola.gradient, -4.0, rule=GradientDescent(0.1), max_steps=5)
    >>> figure = curve(parabola, run, minimum=0.0)
    """
    inputs.landscape(landscape, 1)
    panels = {"": None} if runs is None else inputs.runs(runs, 1)
    lowest = None if minimum is None else _checks.real("minimum", minimum)
    columns = 1 if len(panels) == 1 else 2
    rows = -(-len(panels) // columns)
    height = 230 if columns == 1 else 165 * rows
    figure, grid = fig.canvas(height, rows, columns, squeeze=False, sharex=True, sharey=True)
    frame = frame_of(landscape)
    for axes in grid.flat[len(panels) :]:
        axes.set_visible(False)
    for axes, (title, run) in zip(grid.flat, panels.items(), strict=False):
        draw(axes, landscape, landscape.domain)
        if run is not None:
            hops = hops_of(landscape, run, frame)
            axes.plot(*hops.T, **fig.HOPS)
            axes.plot(*hops[0], **fig.START)
        if lowest is not None:
            axes.plot(lowest, inputs.height(landscape, lowest), **fig.STAR)
        axes.set(title=title, xlabel="$x$", ylabel=f"${landscape.tex}$")
        axes.set(xlim=frame[0], ylim=frame[1])
        axes.label_outer()
    grid[0, 0].locator_params(axis="x", nbins=6, integer=True)
    return figure


@fig.styled
def tangents(landscape: Landscape, points: ArrayLike) -> Figure:
    """Draw a landscape of one variable with tangents at some points, and its derivative below.

    Parameters
    ----------
    landscape : Landscape
        The function and its gradient; its domain is what is shown.
    points : array_like, shape (n,)
        Where to draw tangents.

    Returns
    -------
    Figure

    Examples
    --------
    >>> from gdcore import parabola
    >>> figure = tangents(parabola, points=[-2, 0, 1])
    """
    inputs.landscape(landscape, 1)
    places = inputs.row("points", points, finite=True)
    figure, (above, below) = fig.canvas(320, rows=2, sharex=True)
    draw(above, landscape, landscape.domain)
    draw(below, landscape.gradient, landscape.domain, color=fig.TANGENT)
    below.axhline(0, color=fig.MUTED, linewidth=0.8)
    (left, right), (low, high) = frame_of(landscape)
    width, height = right - left, (high - low) / 1.12
    for x in places:
        slope, y = inputs.gradient(landscape, x), inputs.height(landscape, x)
        # Tangents of one drawn length, so that steep ones do not run out of the picture.
        reach = 0.2 * width / np.hypot(1, slope * width / height)
        t = np.array([x - reach, x + reach])
        above.plot(t, y + slope * (t - x), **fig.TANGENT_LINE)
        above.plot(x, y, **fig.DOT)
        below.plot([x, x], [0, slope], color=fig.TANGENT, linewidth=1.0, linestyle=":")
        below.plot(x, slope, **fig.DOT)
    above.set(ylabel="height")
    below.set(xlabel="$x$", ylabel="slope", xlim=landscape.domain)
    return figure


@fig.styled
def basins(landscape: Landscape, runs: Run | Sequence[Run] | Mapping[str, Run]) -> Figure:
    """Draw where many runs on a landscape of one variable started, and where they ended.

    Parameters
    ----------
    landscape : Landscape
        Where the runs were made; its domain is what is shown.
    runs : Run, sequence of Run, or mapping of str to Run
        The runs, with at most four ends; what is closer together than a thousandth of the domain
        is one end.  Starts that share an end share a marker.  Where a run diverged, its start is
        a cross.

    Returns
    -------
    Figure

    Examples
    --------
    >>> from gdcore import GradientDescent, descend, double_well
    >>> well, rule = double_well(tilt=0.3), GradientDescent(0.05)
    >>> figure = basins(well, [descend(well.gradient, x, rule=rule) for x in (-1.5, 1.5)])
    """
    inputs.landscape(landscape, 1)
    every = list(inputs.runs(runs, 1).values())
    figure, axes = fig.canvas(250)
    draw(axes, landscape, landscape.domain)
    frame = frame_of(landscape)
    ends = _groups([r.end for r in every if r.outcome != Outcome.DIVERGED], np.ptp(frame[0]) / 1e3)
    if len(ends) > len(fig.MARKS):
        what = f"runs must have at most {len(fig.MARKS)} ends, got {len(ends)}"
        raise _checks.refused(ValueError, what)
    marks = {end: mark for group, mark in zip(ends, fig.MARKS, strict=False) for end in group}
    for run in every:
        mark = {"marker": "x"} if run.outcome == Outcome.DIVERGED else marks[run.end]
        axes.plot(
            run.start,
            inputs.height(landscape, run.start),
            **(fig.BALL | {"markersize": 5.5} | mark),
        )
    for group in ends:
        end = group[len(group) // 2]
        axes.plot(end, inputs.height(landscape, end), **fig.STAR)
    axes.set(xlim=frame[0], ylim=frame[1])
    axes.set(xlabel="start $x_0$", ylabel=f"${landscape.tex}$")
    return figure


def _groups(numbers: Sequence[float], gap: float) -> list[list[float]]:
    """Part numbers into groups that are further than `gap` from each other, in order."""
    groups: list[list[float]] = []
    for number in sorted(numbers):
        if groups and number - groups[-1][-1] <= gap:
            groups[-1].append(number)
        else:
            groups.append([number])
    return groups


@fig.styled
def rolling_balls(
    landscape: Landscape,
    runs: Run | Sequence[Run] | Mapping[str, Run],
    *,
    seconds: float = 6.0,
) -> Figure:
    """Draw runs on one landscape of one variable, with a ball for each that can be made to roll.

    The balls roll when the SVG is opened as ``file.svg#play``.

    Parameters
    ----------
    landscape : Landscape
        Where the runs were made; its domain is what is shown.
    runs : Run, sequence of Run, or mapping of str to Run
        The runs.  All balls take equally long for a step.
    seconds : float, optional
        How long the roll takes, above 0.

    Returns
    -------
    Figure

    Examples
    --------
    >>> from gdcore import GradientDescent, descend, parabola
    >>> run = descend(parabola.gradient, -4.0, rule=GradientDescent(0.1), max_steps=5)
    >>> figure = rolling_balls(parabola, run)
    >>> "@keyframes roll0" in figure._repr_svg_()
    True
    """
    inputs.landscape(landscape, 1)
    every = inputs.runs(runs, 1).values()
    figure = RollingBalls(figsize=(fig.WIDTH / 72, 230 / 72))
    figure.seconds = _checks.positive("seconds", seconds)
    axes = figure.subplots()
    frame = frame_of(landscape)
    draw(axes, landscape, landscape.domain)
    for run in every:
        axes.plot(*hops_of(landscape, run, frame).T, **fig.HOPS)
    axes.set(xlim=frame[0], ylim=frame[1])
    axes.set(xlabel="$x$", ylabel=f"${landscape.tex}$")
    figure.draw_without_rendering()  # settles the layout, and with it where a point lands
    steps = max(run.steps for run in every)
    figure.tracks = []
    for run in every:
        time, x = _roll(run, steps)
        places = inputs.bounded(np.column_stack([x, inputs.heights(landscape, x)]), frame)
        figure.tracks.append((time, fig.from_top_left(axes, *places.T)))
    return figure


def _roll(run: Run, steps: int) -> tuple[Array, Array]:
    """Return when a ball is where: every hop slows down towards its end, like a real ball."""
    ease = np.sin(np.linspace(0, np.pi / 2, 6, endpoint=False))
    points = np.clip(run.points.astype(float), -1e300, 1e300)  # so that no difference overflows
    time = run.iterations / max(steps, 1)
    moments = time[:-1, None] + np.diff(time)[:, None] * np.arange(6) / 6
    places = points[:-1, None] + np.diff(points)[:, None] * ease
    rest = 1 if time[-1] == 1 else 2  # until the others are there, too
    return np.append(moments, [time[-1], 1.0][:rest]), np.append(places, points[[-1] * rest])


class RollingBalls(fig.Animation):
    """A figure whose balls roll: a track says at what share of the time its ball is where."""

    tracks: list[tuple[Array, Array]]

    def overlay(self) -> tuple[str, str]:
        """Return a circle for each ball, and what rolls it."""
        css, balls = "", ""
        for i, (times, places) in enumerate(self.tracks):
            seen = np.isfinite(places).all(axis=1)
            if not seen.any():
                continue  # it rolls where the landscape has no height
            moves = [f"transform:translate({x:.1f}px,{y:.1f}px)" for x, y in places[seen]]
            around = zip(moves[:1] + moves, moves, [*moves[1:], ""], strict=False)
            frames = "".join(
                f"{time:.2%}{{{move}}}"
                for time, (before, move, after) in zip(times[seen], around, strict=True)
                if not before == move == after or time == 0
            )
            css += f"#ball{i}{{{moves[0]}}}@keyframes roll{i}{{{frames}}}"
            css += f"#play:target #ball{i}{{animation:roll{i} {self.seconds:g}s linear both}}"
            css += f"{fig.CALM}{{#play:target #ball{i}{{animation:none;{moves[-1]}}}}}"
            balls += f'<circle id="ball{i}" r="6" fill="var(--path)"/>'
        return css, balls
