"""Pictures of the chapter on rules beyond plain descent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from gdcore._types import Array
from gdcore.descent import Run
from gdcore.landscapes import Landscape
from gdcore.plots import _figure as fig
from gdcore.plots._figure import Figure, Look
from gdcore.plots.curves import draw
from gdcore.plots.maps import draw_arrow, draw_map, draw_star

#: The regions of settings that carry their factor.
LABELLED = 0.8, 0.9
#: One look for each rule, as in the live race.
RULES: dict[str, Look] = dict(
    zip(("momentum", "plain", "Nesterov", "RMSProp"), fig.RUNS, strict=True)
) | {"Adam": {"color": fig.FUNCTION, "linestyle": "-", "marker": "x"}}


@fig.styled
def race(
    landscape: Landscape,
    runs: Mapping[str, Run],
    regions: Mapping[float, Array],
    setting: tuple[float, float],
) -> Figure:
    """Draw runs on the map of a long valley, beside the plane of the settings of momentum.

    Each region is given by its corners, a row (learning rate, share) each, and carries the factor
    by which a step multiplies the distance there in the long run, at most.
    """
    figure = Figure(figsize=(fig.WIDTH / 72, 190 / 72))
    valley, plane = figure.subplots(1, 2, width_ratios=(3, 2))
    draw_map(valley, landscape, np.array([(-4.0, 4.0), (-2.0, 2.0)]), 7)
    draw_star(valley, np.zeros(2))
    for (label, run), look in zip(runs.items(), fig.RUNS, strict=False):
        valley.plot(*run.points.T, label=label, **(look | {"linewidth": 1.0, "markersize": 3.0}))
        valley.plot(*run.end, **(look | {"markersize": 8.0, "linestyle": "none", "zorder": 6}))
        fig.mark(valley, label.replace(" ", "-"), *run.points.T, width=6)
        valley.plot(*run.points[0], **fig.START)
    valley.set(xlabel="$x$", ylabel="$y$")
    fig.legend(valley, handlelength=1.6, columnspacing=1.2)
    for factor, corners in regions.items():
        plane.fill(*corners.T, color=fig.FUNCTION, alpha=0.08, linewidth=0)
        plane.plot(*np.vstack([corners, corners[:1]]).T, color=fig.FUNCTION, linewidth=0.5)
        if factor in LABELLED:
            at = corners[1:3].mean(axis=0)
            fig.write(plane, f"{factor}", tuple(at), (0, -3), ha="center", va="top", fontsize=11)
    plane.plot(*setting, **fig.START)
    plane.set(xlabel=r"learning rate $\eta$", ylabel=r"share kept, $\beta$")
    plane.set(xlim=(0, 0.16), ylim=(0, 1))
    plane.text(0.16, 0.05, "flies away", ha="right", va="center", color=fig.MUTED)
    return figure


@fig.styled
def ways(panels: Mapping[str, tuple[Landscape, Mapping[str, Run]]], box: Array) -> Figure:
    """Draw the ways of some rules, each panel on the map of its landscape."""
    figure, grid = fig.canvas(250, columns=len(panels), sharey=True)
    for axes, (title, (landscape, runs)) in zip(grid, panels.items(), strict=True):
        draw_map(axes, landscape, box, at=(0.5, 2, 8, 32, 128))
        draw_star(axes, np.zeros(2))
        for rule, run in runs.items():
            thin: Look = {"linewidth": 1.1, "marker": "none"}
            end: Look = {"markersize": 6, "markeredgewidth": 1.8, "zorder": 6, "label": rule}
            axes.plot(*run.points.T, **(RULES[rule] | thin))
            axes.plot(*run.end, **(RULES[rule] | end))
        axes.plot(*next(iter(runs.values())).points[0], **fig.START)
        axes.set(title=title, xlabel="$x$")
    grid[0].set_ylabel("$y$")
    handles, labels = grid[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=3, handlelength=2.4)
    return figure


@fig.styled
def velocities(panels: Mapping[str, tuple[ArrayLike, ArrayLike, Sequence[float]]]) -> Figure:
    """Draw the slope and the velocity of each step, and levels that the velocity closes in on."""
    figure, grid = fig.canvas(190, columns=len(panels))
    for axes, (title, (slopes, velocity, levels)) in zip(grid, panels.items(), strict=True):
        steps = np.arange(1, np.size(velocity) + 1)
        axes.axhline(0, color=fig.MUTED, linewidth=0.8)
        for level in levels:
            axes.axhline(level, **(fig.UPRIGHT | {"linewidth": 1.2}))
        axes.vlines(steps, 0, velocity, color=fig.PATH, linewidth=1.0)
        axes.plot(steps, velocity, label="velocity", **(fig.BALL | {"markersize": 4}))
        square: Look = {"color": fig.TANGENT, "marker": "s", "markersize": 3, "linestyle": "none"}
        axes.plot(steps, slopes, label="slope", **square)
        axes.set(title=title, xlabel="step")
    figure.legend(*grid[0].get_legend_handles_labels(), loc="outside upper center", ncols=2)
    return figure


@fig.styled
def falls(panels: Mapping[str, Mapping[str, Array]], *, ylabel: str, bottom: float) -> Figure:
    """Draw the sizes of some numbers step by step, on one logarithmic axis for all panels."""
    figure, (grid,) = fig.canvas(230, columns=len(panels), sharey=True, squeeze=False)
    top = 2 * max(np.max(np.abs(row)) for rows in panels.values() for row in rows.values())
    for axes, (title, rows) in zip(grid, panels.items(), strict=True):
        for (label, row), look in zip(rows.items(), fig.SERIES, strict=False):
            axes.semilogy(np.abs(row), label=label, **(look | {"linewidth": 1.5}))
        axes.set(title=title, xlabel="step", ylim=(bottom, top))
        axes.locator_params(axis="x", nbins=4)
        axes.grid(color=fig.GRID, linewidth=0.6)
    grid[0].set_ylabel(ylabel)
    handles, labels = grid[0].get_legend_handles_labels()
    spread: Look = {
        "ncols": 3 if len(labels) == 3 else 2,
        "handlelength": 2.6,
        "columnspacing": 1.6,
    }
    figure.legend(handles, labels, loc="outside upper center", **spread)
    return figure


@fig.styled
def usual_sizes(panels: Mapping[str, tuple[Array, Array]]) -> Figure:
    """Draw slopes and how large they usually are, and below them the one divided by the other."""
    figure, grid = fig.canvas(270, 2, len(panels), sharex=True, squeeze=False)
    for (title, (slopes, sizes)), (above, below) in zip(panels.items(), grid.T, strict=True):
        steps = np.arange(1, len(slopes) + 1)
        above.fill_between(steps, -sizes, sizes, color=fig.FUNCTION, alpha=0.12, linewidth=0)
        for side, label in ((sizes, r"usual size $\sqrt{s}$"), (-sizes, None)):
            above.plot(steps, side, label=label, **(fig.CURVE | {"linewidth": 1.2}))
        square: Look = {"color": fig.TANGENT, "marker": "s", "markersize": 3.2}
        ball = fig.BALL | {"markersize": 3.6}
        for axes, numbers, label, mark in (
            (above, slopes, "slope $g$", square),
            (below, slopes / sizes, r"quotient $g / \sqrt{s}$", ball),
        ):
            axes.axhline(0, color=fig.MUTED, linewidth=0.8)
            axes.vlines(steps, 0, numbers, color=mark["color"], linewidth=0.9)
            axes.plot(steps, numbers, label=label, **(mark | {"linestyle": "none"}))
        for level in (-1, 1):
            below.axhline(level, **(fig.UPRIGHT | {"linewidth": 1.2}))
        above.set_title(title)
        below.set(xlabel="step", ylim=(-4, 4), yticks=[-3, 0, 3])
    handles = [mark for axes in grid[:, 0] for mark in axes.get_legend_handles_labels()[0]]
    spread: Look = {"ncols": 3, "handlelength": 1.4, "columnspacing": 1}
    figure.legend(handles=handles, loc="outside upper center", **spread)
    return figure


@fig.styled
def two_places(
    landscape: Landscape, ball: float, carried: float, learning_rate: float, window: Array
) -> Figure:
    """Draw one step of momentum and one of Nesterov's, each with the place whose slope it takes."""
    figure, grid = fig.canvas(230, columns=2, sharey=True)
    ahead = ball + carried
    high = 1.6 * landscape(ball)
    low = -0.4 * high
    for axes, title, asked in zip(grid, ("momentum", "Nesterov"), (ball, ahead), strict=True):
        slope = landscape.gradient(asked)
        lands = ahead - learning_rate * slope
        draw(axes, landscape, (window[0], window[1]))
        reach = 2.2 / np.hypot(1, slope / 2)  # so that a steep tangent is drawn no longer
        t = asked + reach * np.array([-0.5, 0.5])
        axes.plot(t, landscape(asked) + slope * (t - asked), **fig.TANGENT_LINE)
        words = fig.true_minus(f"slope {slope:.2f}")
        between_the_walls = asked, max(landscape(asked), 0.42 * high)
        fig.write(axes, words, between_the_walls, (4, 8), color=fig.TANGENT)
        rows = 0.36 * low, 0.72 * low  # below the curve, one for each half of the step
        for x in (ball, ahead):
            axes.plot([x, x], [rows[0], landscape(x)], **fig.UPRIGHT)
        axes.plot([ahead, ahead], [rows[1], rows[0]], **fig.UPRIGHT)
        axes.plot([lands, lands], [rows[1], landscape(lands)], **fig.UPRIGHT)
        _arrow(axes, ball, ahead, rows[0], fig.PATH, "carried")
        _arrow(axes, ahead, lands, rows[1], fig.TANGENT, "pushed")
        axes.plot(asked, landscape(asked), **(fig.DOT | {"color": fig.TANGENT, "marker": "D"}))
        axes.plot(ball, landscape(ball), **(fig.START | {"zorder": 4, "markersize": 11}))
        axes.plot(lands, landscape(lands), **fig.BALL)
        axes.plot(0, landscape(0.0), **fig.STAR)
        axes.set(title=title, xlabel="$x$", xlim=window, ylim=(low, high))
        axes.set_yticks([tick for tick in axes.get_yticks() if 0 <= tick < high])
    grid[0].set_ylabel(f"${landscape.tex}$")
    return figure


def _arrow(axes: Axes, tail: float, tip: float, y: float, color: str, words: str) -> None:
    """Draw a level arrow with a word to its left."""
    draw_arrow(axes, np.array([tail, y]), np.array([tip, y]), color)
    fig.write(axes, words, (tail, y), (-4, 0), color=color, ha="right", va="center")


@fig.styled
def valleys(rates: ArrayLike, losses: Mapping[str, ArrayLike]) -> Figure:
    """Draw which loss each rule comes to, rate by rate."""
    figure, axes = fig.canvas(230)
    for label, look in fig.looks("losses", losses):
        mark: Look = {"marker": "o", "markerfacecolor": fig.PAPER, "label": label}
        axes.semilogx(rates, losses[label], **(look | mark))
    axes.set(xlabel=r"learning rate $\eta$", ylabel="loss", ylim=(0, None))
    axes.grid(color=fig.GRID, linewidth=0.6)
    fig.legend(axes)
    return figure


@fig.styled
def intervals(panels: Mapping[str, Mapping[str, tuple[float, float]]]) -> Figure:
    """Draw means as dots, a row for each contender, and how wide a band around each shall be."""
    figure, grid = fig.canvas(190, columns=len(panels), sharey=True)
    for axes, (title, rows) in zip(grid, panels.items(), strict=True):
        means, widths = np.transpose(list(rows.values()))
        places = np.arange(len(rows))
        look: Look = {"color": fig.FUNCTION, "marker": "o", "markersize": 5, "linestyle": "none"}
        axes.errorbar(means, places, xerr=widths, capsize=3, elinewidth=1.4, **look)
        axes.set_yticks(places, list(rows))
        axes.locator_params(axis="x", nbins=4)
        axes.set(xlabel=title, ylim=(len(rows) - 0.5, -0.5))
        axes.grid(color=fig.GRID, linewidth=0.6)
    return figure
