"""Pictures of the chapter on descent in one dimension."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

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
def first_steps(landscape: Landscape, run: Run, domain: Interval) -> Figure:
    """Draw the steps of a short run: the slope at each place, and how far it carries the ball.

    The text can point to the first of them as slope-1, step-1 and place-1, where it ends.
    """
    figure, axes = fig.canvas(260)
    draw(axes, landscape, domain)
    arrow = {"arrowstyle": "-|>", "color": fig.PATH, "linewidth": 1.6, "shrinkA": 0, "shrinkB": 0}
    steps = zip(run.points, run.gradients, run.points[1:], strict=False)
    for k, (x, g, after) in enumerate(steps, 1):
        y = landscape(x)
        reach = x + np.array([-0.4, 1.5])
        axes.plot(reach, y + g * (reach - x), **fig.TANGENT_LINE)
        axes.annotate("", (after, y), (x, y), arrowprops=arrow)
        axes.plot([after, after], [y, landscape(after)], **fig.UPRIGHT)
        fig.mark(axes, f"slope-{k}", reach, y + g * (reach - x))
        fig.mark(axes, f"step-{k}", [x, after], [y, y])
        fig.mark(axes, f"place-{k}", [after, after], [landscape(after)] * 2, width=18)
        slope, step = (fig.true_minus(f"{number:.3g}") for number in (g, after - x))
        axes.plot(x, y, **(fig.START if x == run.start else fig.BALL | {"markersize": 6}))
        fig.write(axes, f"slope {slope}", (x, y), (-8, -4), color=fig.TANGENT, ha="right", va="top")
        fig.write(axes, f"step {step}", ((x + after) / 2, y), (0, 4), color=fig.PATH, ha="center")
    axes.plot(run.end, landscape(run.end), **(fig.BALL | {"markersize": 6}))
    axes.set(xlabel="$x$", ylabel=f"${landscape.tex}$", xlim=domain)
    return figure


@fig.styled
def rounds() -> Figure:
    """Draw what `descend` does in each round, as boxes and arrows."""
    figure, axes = fig.canvas(170)
    places = {
        "start": (0.7, 3.0),
        "place $x$": (3.2, 3.0),
        "slope $g$": (6.1, 3.0),
        "step $\\eta\\,g$": (9.0, 3.0),
        "next place": (9.0, 0.8),
        "stop?": (5.6, 0.8),
        "Run": (0.7, 0.8),
    }
    boxes = {}
    for words, (x, y) in places.items():
        colour = fig.PATH if words in ("start", "Run") else fig.FUNCTION
        look = {"boxstyle": "round,pad=0.4", "facecolor": (colour, 0.12), "edgecolor": colour}
        boxes[words] = axes.text(x, y, words, ha="center", va="center", bbox=look)
    axes.set(xlim=(0, 10), ylim=(0, 3.8))
    axes.axis("off")
    names = list(places)
    ways = [*pairwise(names[:6]), ("stop?", "place $x$"), ("stop?", "Run")]
    said = ["", "gradient", "rule", "", "", "no", "yes"]
    for (begin, end), words in zip(ways, said, strict=True):
        arrow = {"arrowstyle": "-|>", "color": fig.INK, "linewidth": 1.2}
        arrow |= {"patchA": boxes[begin].get_bbox_patch(), "patchB": boxes[end].get_bbox_patch()}
        axes.annotate(
            "", places[end], places[begin], arrowprops=arrow | {"shrinkA": 0, "shrinkB": 0}
        )
        middle = tuple(np.add(places[begin], places[end]) / 2)
        offset = (0, 5) if words != "no" else (14, -4)
        fig.write(axes, words, middle, offset, color=fig.MUTED, ha="center", va="bottom")
    return figure


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
def flags(landscape: Landscape, runs: Mapping[str, Run], domain: Interval) -> Figure:
    """Draw one run that several rules stop, and a flag with the name of each where it does."""
    figure, axes = fig.canvas(230)
    draw(axes, landscape, domain)
    longest = max(runs.values(), key=lambda run: run.steps)
    axes.plot(longest.points, longest.values(landscape), **fig.HOPS)
    for i, (name, run) in enumerate(runs.items()):
        foot, top = landscape(run.end), 1.3 + 0.3 * i
        axes.plot([run.end, run.end], [foot, top], color=fig.INK, linewidth=1.1)
        axes.plot(run.end, foot, **fig.BALL)
        fig.write(axes, name, (run.end, top), (4, -3))
    axes.set(xlabel="$x$", ylabel=f"${landscape.tex}$", xlim=domain, ylim=(-0.1, 2.1))
    return figure


@fig.styled
def bounding(landscape: Landscape, x: float, curvature: float, domain: Interval) -> Figure:
    """Draw a curve, and the parabola of that curvature that touches it at `x`."""
    figure, axes = fig.canvas(260)
    height, slope = landscape(x), landscape.gradient(x)

    def parabola(t: Any) -> Any:
        """Return the height of the parabola."""
        return height + slope * (t - x) + curvature / 2 * (t - x) ** 2

    draw(axes, landscape, domain)
    draw(axes, parabola, domain, color=fig.TANGENT, linestyle=(0, (6, 2)))
    axes.axhline(height, color=fig.MUTED, linewidth=0.8, linestyle=":")
    for factor in (1, 2):
        there = x - factor * slope / curvature
        low, high = landscape(there), parabola(there)
        axes.plot([there, there], [low, high], color=fig.PATH, linewidth=1.2)
        axes.plot(there, high, **(fig.DOT | {"color": fig.TANGENT}))
        axes.plot(there, low, **(fig.DOT | {"color": fig.PATH}))
        words = rf"$\eta = {factor}/L$"
        offset, align = ((0, 9), "center") if factor == 1 else ((7, 5), "left")
        fig.write(axes, words, (there, high), offset, color=fig.TANGENT, ha=align)
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
        beside = (t[-1], bent[-1])
        fig.write(axes, f"{name} curvature", beside, (4, 0), color=fig.MUTED, va="center")
    draw(axes, f, domain)
    axes.plot(t, tangent, **fig.TANGENT_LINE)
    fig.write(axes, "tangent", (t[-1], tangent[-1]), (4, 0), color=fig.TANGENT, va="center")
    fig.write(axes, "curve", (t[-1], f(t[-1])), (4, 0), color=fig.FUNCTION, va="center")
    there = x + dx
    ends = [f(x) + slope * dx, f(there)]
    axes.plot([there, there], ends, color=fig.PATH, linewidth=2.6, zorder=4)
    fig.write(axes, "remainder", (there, ends[0]), (0, -8), color=fig.PATH, ha="center", va="top")
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
