"""Pictures of the chapter on derivatives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from gdcore._types import Function
from gdcore.plots import _figure as fig
from gdcore.plots._figure import Figure, Look
from gdcore.plots.curves import draw

Interval = tuple[float, float]

#: How far a tooth stands out from its wheel; the circumference has 3.14 of these units a tooth.
TOOTH = 0.8


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
def rise_and_run(f: Function, ends: Interval, domain: Interval) -> Figure:
    """Draw the secant through two points of a curve, how far it goes and how far up."""
    figure, axes = fig.canvas(240)
    draw(axes, f, domain)
    (left, right), (low, high) = ends, (f(ends[0]), f(ends[1]))
    slope = (high - low) / (right - left)
    reach = np.array([left - 0.4, right + 0.25])
    axes.plot(reach, low + slope * (reach - left), **fig.SECANT)
    axes.plot([left, right], [low, low], color=fig.INK, linewidth=1.2, zorder=3)
    axes.plot([right, right], [low, high], color=fig.TANGENT, linewidth=2.6, zorder=3)
    axes.plot(ends, [low, high], **(fig.DOT | {"linestyle": "none"}))
    far, up = rf"$\Delta x = {right - left:g}$", rf"$\Delta y = {high - low:g}$"
    fig.write(axes, far, ((left + right) / 2, low), (0, -5), ha="center", va="top")
    middle = right, (low + high) / 2
    fig.write(axes, up, middle, (6, 0), color=fig.TANGENT, va="center")
    half = (left + right) / 2, (low + high) / 2
    fig.write(axes, f"slope {slope:g}", half, (-8, 4), ha="right")
    axes.set_xticks(ends, [rf"$x = {left:g}$", rf"$x + \Delta x = {right:g}$"])
    axes.set_yticks([low, high], [f"{low:g}", f"{high:g}"])
    axes.set(ylabel="$y$", xlim=domain)
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
def growth(
    sides: tuple[float, float],
    changes: tuple[float, float],
    edges: Sequence[str],
    parts: Sequence[str],
) -> Figure:
    """Draw a rectangle whose sides grow: two strips and a corner are added.

    `edges` names the width, its change, the height and its change, `parts` the rectangle, the strip
    at its right, the strip on top of it and the corner.
    """
    figure, axes = fig.canvas(230)
    (width, height), (right, up) = sides, changes
    boxes = [(0, 0, width, height), (width, 0, right, height), (0, height, width, up)]
    boxes.append((width, height, right, up))
    colours = fig.FUNCTION, fig.TANGENT, fig.TANGENT, fig.PATH
    for (x, y, wide, high), colour, words in zip(boxes, colours, parts, strict=True):
        look: Look = {"facecolor": (colour, 0.2), "edgecolor": colour, "linewidth": 1.2}
        axes.add_patch(Rectangle((x, y), wide, high, **look))
        centre, beside = (x + wide / 2, y + high / 2), (x + wide, y + high / 2)
        if x and y:  # the corner is small
            fig.write(axes, words, beside, (6, 0), color=colour, va="center")
        else:
            axes.text(*centre, words, color=colour, ha="center", va="center")
    along = {"ha": "center", "va": "top"}, {"ha": "right", "va": "center"}
    for i, words in enumerate(edges):
        middle = sides[i // 2] + changes[i // 2] / 2 if i % 2 else sides[i // 2] / 2
        place, offset = ((middle, 0), (0, -5)) if i < 2 else ((0, middle), (-6, 0))
        fig.write(axes, words, place, offset, **along[i // 2])
    axes.set(xlim=(0, width + right), ylim=(0, height + up), aspect="equal")
    axes.axis("off")
    return figure


@fig.styled
def gears(teeth: Sequence[int], words: Sequence[str]) -> Figure:
    """Draw wheels in a row that drive each other, and how often each of them turns.

    The first makes one turn.  The numbers of teeth are even, so that each wheel has a tooth where
    the next has a gap.
    """
    figure, axes = fig.canvas(240)
    centre, phase, turns = 0.0, 0.0, 1.0
    for i, (count, name) in enumerate(zip(teeth, words, strict=True)):
        radius = count / 2
        if i:
            before = teeth[i - 1]
            turns, ratio = turns * before / count, before / count
            touching = centre + before / 2
            times, above = rf"$\times\,{ratio:g}$", (touching, radius + 1)
            fig.write(axes, times, above, (2, 0), color=fig.TANGENT, va="bottom")
            centre, phase = touching + radius, phase + np.pi
        angle = np.linspace(0, 2 * np.pi, 40 * count)
        outline = radius + TOOTH * np.clip(2.5 * np.cos(count * angle + phase) - 0.7, -1, 1)
        x, y = centre + outline * np.cos(angle), outline * np.sin(angle)
        axes.fill(x, y, facecolor=(fig.FUNCTION, 0.15), edgecolor=fig.FUNCTION, linewidth=1.1)
        axes.plot(centre, 0, **fig.DOT)
        said = f"{name}\n{turns:g} turn" + "s" * (turns != 1)
        fig.write(axes, said, (centre, -radius), (0, -8), ha="center", va="top")
    axes.set_aspect("equal")
    axes.axis("off")
    return figure


@fig.styled
def circle(angle: float, nudge: float) -> Figure:
    """Draw what a small turn does to the height of a point on the circle of radius 1."""
    figure, axes = fig.canvas(270)

    def arc(start: float, end: float, **look: object) -> None:
        t = np.linspace(start, end, 101)
        axes.plot(np.cos(t), np.sin(t), **look)

    arc(-0.12, np.pi / 2 + 0.12, color=fig.MUTED, linewidth=1.0)
    arc(0, angle, color=fig.FUNCTION, linewidth=2.6)
    arc(angle, angle + nudge, color=fig.PATH, linewidth=3.2, zorder=4)
    (x, y), (left, up) = [(np.cos(a), np.sin(a)) for a in (angle, angle + nudge)]
    axes.plot([-0.1, 1.12], [0, 0], color=fig.MUTED, linewidth=0.8)
    axes.plot([0, x, x], [0, y, 0], color=fig.INK, linewidth=1.1)
    axes.plot([0, x], [0, 0], color=fig.TANGENT, linewidth=2.2, linestyle=(0, (6, 2)))
    axes.plot([x, left], [y, y], color=fig.INK, linewidth=1.1)
    axes.plot([left, left], [y, up], color=fig.TANGENT, linewidth=2.6, zorder=5)
    axes.plot(x, y, **fig.DOT)
    out = [(1.04 * np.cos(a), 1.04 * np.sin(a)) for a in (angle / 2, angle + nudge / 2)]
    fig.write(axes, "$x$", out[0], (0, 0), color=fig.FUNCTION, va="center")
    fig.write(axes, r"$\Delta x$", out[1], (0, 0), color=fig.PATH, va="bottom")
    beside: Look = {"color": fig.TANGENT, "ha": "right", "va": "center"}
    fig.write(axes, r"$\Delta y$", (left, (y + up) / 2), (-5, 0), **beside)
    fig.write(axes, r"$\cos x$", (x / 2, 0), (0, -5), color=fig.TANGENT, ha="center", va="top")
    fig.write(axes, "$1$", (x / 2, y / 2), (-3, 4), ha="right")
    fig.write(axes, r"$\sin x$", (x, y / 2), (5, 0), va="center")
    axes.set(aspect="equal")
    axes.axis("off")
    return figure


@fig.styled
def exponential(points: Sequence[float]) -> Figure:
    """Draw the exponential function and tangents, each as steep as its point is high."""
    figure, axes = fig.canvas(260)
    draw(axes, np.exp, (-2.5, max(points) + 0.25))
    for x in points:
        height = np.exp(x)
        reach = np.array([x - 1, x + 0.3])
        axes.plot(reach, height * (reach - x + 1), **fig.TANGENT_LINE)
        axes.plot([x, x], [0, height], **fig.UPRIGHT)
        axes.plot(x, height, **fig.DOT)
        said = f"height {height:.2f}\nslope {height:.2f}"
        fig.write(axes, said, (x, height), (-9, 1), color=fig.TANGENT, ha="right", va="bottom")
    axes.axhline(0, color=fig.MUTED, linewidth=0.8)
    axes.set(xlabel="$x$", ylabel="$e^x$", xlim=(-2.5, max(points) + 0.4))
    return figure


@fig.styled
def two_sides(f: Function, x: float, h: float, slope: float, domain: Interval) -> Figure:
    """Draw a secant that looks to one side, and one that looks to both, beside the tangent."""
    figure, panels = fig.canvas(190, columns=2, sharey=True)
    reach, right = np.array(domain), x + h
    for axes, name, left in zip(panels, ("forward", "central"), (x, x - h), strict=True):
        quotient = (f(right) - f(left)) / (right - left)
        draw(axes, f, domain)
        axes.plot(reach, f(x) + slope * (reach - x), **fig.TANGENT_LINE)
        axes.plot(reach, f(left) + quotient * (reach - left), **fig.SECANT)
        axes.plot(x, f(x), **fig.DOT)
        ends: Look = fig.DOT | {"markerfacecolor": fig.PAPER, "linestyle": "none"}
        axes.plot([left, right], [f(left), f(right)], **ends)
        axes.set_xticks([x - h, x, right], ["$x - h$", "$x$", "$x + h$"])
        axes.set(title=f"{name}: slope {quotient:.2f}", xlim=domain)
    return figure


@fig.styled
def digits(numbers: Mapping[str, float]) -> Figure:
    """Draw numbers below each other; from the digit on that differs from the first, in a box."""
    figure, axes = fig.canvas(26 * len(numbers))
    written = [f"{number:.16f}" for number in numbers.values()]
    for row, (name, text) in enumerate(zip(numbers, written, strict=True)):
        pairs = enumerate(zip(written[0], text, strict=True))
        alike = next((k for k, (one, other) in pairs if one != other), len(text))
        axes.text(-1, -row, name, ha="right", va="center")
        for column, digit in enumerate(text):
            colour = fig.MUTED if row and column < alike else fig.INK
            axes.text(column, -row, digit, color=colour, ha="center", va="center")
        corner, width = (alike - 0.5, -row - 0.42), len(text) - alike
        look: Look = {"facecolor": (fig.PATH, 0.15), "edgecolor": fig.PATH, "linewidth": 1.2}
        if width:
            axes.add_patch(Rectangle(corner, width, 0.84, **look))
    axes.set(xlim=(-7, len(written[0]) - 0.3), ylim=(0.6 - len(numbers), 0.6))
    axes.axis("off")
    return figure


@fig.styled
def two_scales(x: ArrayLike, curves: Mapping[str, ArrayLike]) -> Figure:
    """Draw the same numbers twice: on ordinary axes, and on logarithmic ones."""
    figure, (even, log) = fig.canvas(220, columns=2)
    for name, look in fig.looks("curves", curves):
        for axes in (even, log):
            axes.plot(x, curves[name], label=name, **(look | {"marker": "o", "markersize": 4}))
    log.set(xscale="log", yscale="log", title="logarithmic axes")
    for axis in (
        log.xaxis,
        log.yaxis,
    ):  # a grid line for each power of 10, and room for half of them
        low, high = np.round(np.log10(axis.get_data_interval())).astype(int)
        powers = range(low, high + 1)
        labels = [f"$10^{{{n}}}$" if n % 2 == 0 else "" for n in powers]
        axis.set_ticks([10.0**n for n in powers], labels)
    log.minorticks_off()
    even.set(title="ordinary axes", ylabel="size of the error")
    for axes in (even, log):
        axes.set(xlabel="$h$")
        axes.grid(color=fig.GRID, linewidth=0.6)
    figure.legend(*even.get_legend_handles_labels(), loc="outside upper center", ncols=len(curves))
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
def gaps(first: int, last: int, step: float) -> Figure:
    """Draw the gap between a float and the next one from 10^first to 10^last, and a step."""
    figure, axes = fig.canvas(210)
    x = np.logspace(first, last, 601)
    axes.loglog(x, np.spacing(x), **(fig.CURVE | {"linewidth": 1.4}))
    axes.axhline(step, color=fig.PATH, linewidth=1.2, linestyle=(0, (1, 1.2)))
    fig.write(axes, rf"step $10^{{{np.log10(step):.0f}}}$", (x[0], step), (4, 4), color=fig.PATH)
    axes.set(xlabel="$x$", ylabel="gap to the next float", xlim=(x[0], x[-1]))
    axes.grid(color=fig.GRID, linewidth=0.6)
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
            words = fig.true_minus(f"slope {slope:+g}") if slope else "slope 0"
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
