"""Pictures of the chapter on derivatives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from gdcore._types import Function
from gdcore.plots import _figure as fig
from gdcore.plots._figure import Figure, Look
from gdcore.plots.curves import draw

Interval = tuple[float, float]


@fig.styled
def nudges(f: Function, points: Sequence[float], dx: float, domain: Interval) -> Figure:
    """Draw what the same nudge `dx` to the right does to the height at several points."""
    figure, axes = fig.canvas(230)
    draw(axes, f, domain)
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
    f: Function, x: float, steps: Sequence[float], slope: float, domain: Interval
) -> Figure:
    """Draw secants from `x` to `x` + each step, and the tangent that they turn into."""
    figure, axes = fig.canvas(250)
    draw(axes, f, domain)
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
def zoom(f: Function, x: float, slope: float, widths: Sequence[float]) -> Figure:
    """Draw the curve around `x` in ever narrower windows, beside its tangent."""
    figure, panels = fig.canvas(150, columns=len(widths), squeeze=False)
    for axes, width in zip(panels[0], widths, strict=True):
        reach = np.array([x - width, x + width])
        draw(axes, f, (reach[0], reach[1]))
        axes.plot(reach, f(x) + slope * (reach - x), **fig.TANGENT_LINE)
        axes.plot(x, f(x), **fig.DOT)
        axes.set(xlim=reach, xticks=[x], yticks=[], title=rf"$\pm\,{width:g}$")
    return figure


@fig.styled
def difference_errors(
    h: ArrayLike, errors: Mapping[str, ArrayLike], best: Mapping[str, float]
) -> Figure:
    """Draw the error of numerical derivatives against the step, both axes logarithmic."""
    figure, axes = fig.canvas(270)
    for name, look in fig.looks("errors", errors):
        axes.loglog(h, np.maximum(errors[name], 1e-17), label=name, **look)
        if name in best:
            axes.axvline(best[name], color=look["color"], linewidth=0.9, linestyle=":")
    axes.set(xlabel="$h$", ylabel="error of the derivative")
    axes.grid(color=fig.GRID, linewidth=0.6)
    fig.legend(axes, len(errors), columnspacing=1.2)
    return figure


@fig.styled
def kinks(functions: Mapping[str, Function], x: float = 0.0, h: float = 1.0) -> Figure:
    """Draw secants to the left and to the right of a point where a function has a kink."""
    figure, panels = fig.canvas(170, columns=len(functions), squeeze=False)
    for axes, (name, f) in zip(panels[0], functions.items(), strict=True):
        draw(axes, f, (x - 2 * h, x + 2 * h))
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


def _draw_line(
    axes: Axes, x: float, y: float, slope: float, domain: Interval, name: str, look: Look
) -> None:
    """Draw the line of that slope through (x, y) and write its name and slope at its right end."""
    reach = np.array(domain)
    heights = y + slope * (reach - x)
    axes.plot(reach, heights, **look)
    right = (reach[1], heights[1])
    fig.write(axes, f"{name}: slope {slope:g}", right, (4, 0), color=look["color"], va="center")
