"""Pictures of the chapter on partial derivatives."""

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
from gdcore.plots.maps import CUT, atlas, draw_arrow, draw_map, draw_star

POINTS: Look = fig.DATA | {"markersize": 6, "zorder": 5}


@fig.styled
def ends(landscape: Landscape, starts: Array, ends: Array, kinds: Mapping[str, Array]) -> Figure:
    """Draw where many runs started, marked by the kind of their end, and where they ended."""
    both = np.hstack([starts, ends])
    margin = 0.04 * np.ptp(both, axis=1).max()
    window = np.column_stack([both.min(axis=1) - margin, both.max(axis=1) + margin])
    low, high = np.hsplit(np.array(landscape.domain), 2)
    box = np.clip(window, low, high)
    figure, ((axes,),) = atlas(landscape, box)
    draw_map(axes, landscape, box, 7)
    for (label, look), mark in zip(fig.looks("kinds", kinds), fig.MARKS, strict=False):
        size: Look = {"markersize": 4, "markeredgewidth": 0.9, "linestyle": "none"}
        axes.plot(*starts[:, kinds[label]], **size, color=look["color"], **mark, label=label)
    axes.plot(*ends, color=fig.INK, marker="o", markersize=1.8, linestyle="none", zorder=4)
    fig.legend(axes)
    return figure


@fig.styled
def both_slopes(landscape: Landscape, run: Run, rate: float, box: ArrayLike) -> Figure:
    """Draw a run on a map, with the two parts of its first step and the gradient at its start."""
    window = np.array(box)
    figure, ((axes,),) = atlas(landscape, window)
    draw_map(axes, landscape, window, through=landscape(run.start))
    start, after = run.points[:2]
    corner = np.array([after[0], start[1]])
    axes.plot(*np.transpose([start, corner, after]), **CUT)
    for (x, y), part, offset, look in (
        ((start + corner) / 2, after[0] - start[0], (0, 5), {"ha": "center"}),
        ((corner + after) / 2, after[1] - start[1], (6, 0), {"va": "center"}),
    ):
        fig.write(axes, fig.true_minus(f"{part:+.2g}"), (x, y), offset, **look)
    draw_arrow(axes, start, start + rate * run.gradients[0], fig.TANGENT)
    uphill = start + rate * run.gradients[0] / 2
    fig.write(axes, r"$\eta\,\nabla f$", (uphill[0], uphill[1]), (4, 5), color=fig.TANGENT)
    axes.plot(*run.points.T, **(fig.HOPS | {"linewidth": 1.6}))
    axes.plot(*start, **fig.START)
    return figure


@fig.styled
def errors(weeks: ArrayLike, tall: ArrayLike, line: tuple[float, float]) -> Figure:
    """Draw a plant's heights, a line through them, and how far off the line is each time."""
    figure, axes = fig.canvas(190)
    _draw_line(axes, line, fig.CURVE)
    for week, height in zip(np.asarray(weeks), np.asarray(tall), strict=True):
        said = line[0] + line[1] * week
        axes.plot([week, week], [height, said], **fig.SECANT)
        words = fig.true_minus(f"{said - height:+g}")
        # On the side where the line, which rises, is out of the way.
        side: Look = {"ha": "left"} if said > height else {"ha": "right"}
        offset = (6 if said > height else -6, 0)
        fig.write(axes, words, (week, (height + said) / 2), offset, va="center", **side)
    axes.plot(weeks, tall, **POINTS)
    _name(axes)
    return figure


@fig.styled
def learning(
    weeks: ArrayLike, tall: ArrayLike, loss: Landscape, run: Run, moments: Sequence[int]
) -> Figure:
    """Draw a line after some steps of learning, beside the way of its two numbers on their map."""
    figure, (left, right) = fig.canvas(190, columns=2)
    left.plot(weeks, tall, **POINTS)
    box = np.array(loss.domain)
    draw_map(right, loss, box, 9)
    right.plot(*run.points.T, color=fig.PATH, linewidth=1.0, zorder=4)
    draw_star(right, run.end)
    for k, look in zip(moments, fig.RUNS, strict=False):
        line = run.points[k]
        _draw_line(left, line, look | {"marker": "none", "linewidth": 1.4, "label": f"step {k}"})
        mark: Look = {"linestyle": "none", "markersize": 5, "zorder": 6, "label": f"step {k}"}
        if k != moments[-1]:  # the star stands there
            right.plot(*line, **(look | mark))
    _name(left)
    across, upwards = loss.variables
    right.set(xlabel=f"${across}$", ylabel=f"${upwards}$")
    figure.legend(
        *left.get_legend_handles_labels(), loc="outside upper center", ncols=4, columnspacing=1.2
    )
    return figure


def _draw_line(axes: Axes, line: ArrayLike, look: Look) -> None:
    start, slope = np.asarray(line)
    ends = np.array([0.6, 3.4])
    axes.plot(ends, start + slope * ends, **look)


def _name(axes: Axes) -> None:
    axes.set(xlabel="weeks", ylabel="height in cm", xticks=[1, 2, 3])
