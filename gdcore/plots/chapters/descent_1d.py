"""Pictures of the chapter on descent in one dimension."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from gdcore._types import Function
from gdcore.descent import Run
from gdcore.landscapes import Landscape
from gdcore.plots import _figure as fig
from gdcore.plots._figure import Figure
from gdcore.plots.curves import draw

Interval = tuple[float, float]


@fig.styled
def by_step(run: Run, minimum: float) -> Figure:
    """Draw where a run was after each step."""
    figure, axes = fig.canvas(210)
    axes.axhline(minimum, color=fig.MINIMUM, linewidth=1.2, linestyle=(0, (5, 1.5)))
    axes.plot(run.iterations, run.points, **fig.HOPS)
    axes.plot(0, run.start, **fig.START)
    fig.write(axes, "minimum", (0, minimum), (2, 5), color=fig.MINIMUM)
    axes.set(xlabel="step $k$", ylabel="place $x_k$")
    return figure


@fig.styled
def bounding(landscape: Landscape, x: float, curvature: float, domain: Interval) -> Figure:
    """Draw a curve, and the parabola of that curvature that touches it at `x`."""
    figure, axes = fig.canvas(260)
    height, slope = landscape(x), landscape.gradient(x)

    def parabola(t: float) -> float:
        """Return the height of the parabola."""
        return height + slope * (t - x) + curvature / 2 * (t - x) ** 2

    draw(axes, landscape, domain)
    draw(axes, parabola, domain, color=fig.TANGENT, linestyle=(0, (6, 2)))
    axes.axhline(height, color=fig.MUTED, linewidth=0.8, linestyle=":")
    for factor in (1, 2):
        there = x - factor * slope / curvature
        axes.plot([there, there], [landscape(there), parabola(there)], color=fig.PATH, linewidth=1.2)
        axes.plot(there, parabola(there), **(fig.DOT | {"color": fig.TANGENT}))
        axes.plot(there, landscape(there), **(fig.DOT | {"color": fig.PATH}))
        words = rf"$\eta = {factor}/L$"
        fig.write(axes, words, (there, parabola(there)), (0, 6), color=fig.TANGENT, ha="center")
    axes.plot(x, height, **fig.START)
    axes.set(xlabel="$x$", ylabel=f"${landscape.tex}$", xlim=domain)
    return figure


@fig.styled
def mean_value(f: Function, ends: Interval, place: float, domain: Interval) -> Figure:
    """Draw a secant of a curve, and the tangent at a place between that is as steep."""
    figure, axes = fig.canvas(250)
    draw(axes, f, domain)
    low, high = (f(x) for x in ends)
    slope = (high - low) / (ends[1] - ends[0])
    axes.plot(ends, [low, high], **fig.SECANT)
    axes.plot(ends, [low, high], **(fig.DOT | {"linestyle": "none"}))
    reach = place + np.array([-0.3, 0.3]) * (domain[1] - domain[0])
    axes.plot(reach, f(place) + slope * (reach - place), **fig.TANGENT_LINE)
    axes.plot([place, place], [0, f(place)], **fig.UPRIGHT)
    axes.plot(place, f(place), **(fig.DOT | {"color": fig.TANGENT}))
    fig.write(axes, rf"$\xi = {place:.2f}$", (place, 0), (5, 6), color=fig.TANGENT)
    fig.write(axes, f"secant: slope {slope:g}", (ends[1], high), (-12, 0), ha="right", va="center")
    axes.set(xlabel="$x$", ylabel="$y$", xlim=domain)
    return figure


@fig.styled
def remainder(
    f: Function, x: float, dx: float, slope: float, curvatures: Interval, domain: Interval
) -> Figure:
    """Draw how far a curve leaves its tangent, between parabolas of least and largest curvature."""
    figure, axes = fig.canvas(260)
    t = np.linspace(*domain, 201)
    tangent = f(x) + slope * (t - x)
    for curvature, name in zip(curvatures, ("least", "largest"), strict=True):
        bent = tangent + curvature / 2 * (t - x) ** 2
        look = {"color": fig.MUTED, "linewidth": 1.2, "linestyle": (0, (1, 1.2))}
        axes.plot(t, bent, **look)
        fig.write(axes, f"{name} curvature", (t[-1], bent[-1]), (4, 0), color=fig.MUTED, va="center")
    draw(axes, f, domain)
    axes.plot(t, tangent, **fig.TANGENT_LINE)
    fig.write(axes, "tangent", (t[-1], tangent[-1]), (4, 0), color=fig.TANGENT, va="center")
    fig.write(axes, "curve", (t[-1], f(t[-1])), (4, 0), color=fig.FUNCTION, va="center")
    there = x + dx
    axes.plot([there, there], [f(x) + slope * dx, f(there)], color=fig.PATH, linewidth=2.6, zorder=4)
    middle = (f(x) + slope * dx + f(there)) / 2
    fig.write(axes, "remainder", (there, middle), (-6, 0), color=fig.PATH, ha="right", va="center")
    axes.plot(x, f(x), **fig.DOT)
    axes.set(xlabel="$x$", ylabel="$y$", xlim=domain)
    return figure


@fig.styled
def rates(
    learning_rates: ArrayLike, measured: ArrayLike, curvature: float, samples: Mapping[str, float]
) -> Figure:
    """Draw the factor by which one step shrinks the distance to the minimum of a parabola."""
    top = 1.25 * 2 / curvature
    figure, axes = fig.canvas(250)
    draw(axes, lambda rate: abs(1 - curvature * rate), (0, top))
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
