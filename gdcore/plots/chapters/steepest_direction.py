"""Pictures of the chapter on the steepest direction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from gdcore.descent import Run
from gdcore.landscapes import Landscape
from gdcore.plots import _figure as fig
from gdcore.plots._figure import Figure, Look
from gdcore.plots.maps import CUT, DOTTED, atlas, contours, draw_arrow, draw_map, draw_star


@fig.styled
def beelines(landscape: Landscape, runs: Mapping[str, Run], minimum: tuple[float, float]) -> Figure:
    """Draw runs on maps, and the straight line from each start to the minimum."""
    figure = contours(landscape, runs, minimum=minimum)
    for axes, run in zip(figure.axes, runs.values(), strict=True):
        axes.plot(*np.transpose([run.start, minimum]), **DOTTED)
    return figure


@fig.styled
def dial(landscape: Landscape, point: ArrayLike, *, minimum: ArrayLike | None = None) -> Figure:
    """Draw the slope in every direction around a point as a rose of spokes."""
    box, p = np.array(landscape.domain), np.array(point)
    star = None if minimum is None else np.array(minimum)
    gradient = landscape.gradient(p)
    size = np.linalg.norm(gradient)
    half = 0.27 * np.ptp(box, axis=1).min()
    if star is not None:
        half = max(half, 1.15 * np.abs(star - p).max())
    window = np.column_stack([p - half, p + half])
    figure, ((axes,),) = atlas(landscape, window)
    draw_map(axes, landscape, window, through=landscape(p))
    radius = 0.85 * half
    angles = np.arctan2(gradient[1], gradient[0]) + np.radians(np.arange(0, 360, 15))
    spokes = np.array([np.cos(angles), np.sin(angles)])
    slopes = gradient @ spokes
    downhill, uphill = (-1, fig.PATH, "o", "downhill"), (1, fig.TANGENT, "^", "uphill")
    for sign, color, marker, name in (downhill, uphill):
        chosen = sign * slopes > 1e-9 * size
        tips = p[:, None] + radius / size * np.abs(slopes[chosen]) * spokes[:, chosen]
        look: Look = {"color": color, "linewidth": 1.0, "marker": marker, "markersize": 3.5}
        # One line for all spokes of a kind: out and back again.
        rose = np.stack([p[:, None] + 0 * tips, tips], axis=-1).reshape(2, -1)
        axes.plot(*rose, **look, markevery=(1, 2), label=name, zorder=3)
        draw_arrow(axes, p, p + sign * radius * gradient / size, color)
    level = radius * np.array([-gradient[1], gradient[0]]) / size
    axes.plot(*np.transpose([p - level, p + level]), **CUT, label="level")
    if star is not None:
        axes.plot(*np.transpose([p, star]), **DOTTED, label="to the minimum")
        draw_star(axes, star)
    axes.plot(*p, **fig.DOT)
    fig.legend(axes)
    return figure


@fig.styled
def way(
    landscape: Landscape, point: ArrayLike, direction: ArrayLike, reach: tuple[float, float]
) -> Figure:
    """Draw a way through a point on the map, beside the cut through the hill along it."""
    p, v = np.array(point, dtype=float), np.array(direction)
    figure, (left, right) = fig.canvas(190, columns=2)
    middle = p + 0.4 * v
    draw_map(left, landscape, np.column_stack([middle - 1.35, middle + 1.35]), 9)
    t = np.linspace(*reach, 121)
    there = p[:, None] + t * v[:, None]
    left.plot(*there[:, [0, -1]], **CUT)
    corner = np.array([p[0] + v[0], p[1]])
    left.plot(*np.transpose([p, corner, p + v]), **DOTTED)
    for (x, y), part, offset, look in (
        ((p + corner) / 2, v[0], (0, 4), {"ha": "center"}),
        ((corner + p + v) / 2, v[1], (5, 0), {"va": "center"}),
    ):
        fig.write(left, fig.true_minus(f"{part:g}"), (x, y), offset, **look)
    draw_arrow(left, p, p + v, fig.PATH)
    left.plot(*p, **fig.DOT)
    left.set(title="the way", xlabel="$x$", ylabel="$y$")
    slope, height = landscape.gradient(p) @ v, landscape(p)
    near = np.array([-0.5, 0.9])
    right.plot(t, landscape(there), **fig.CURVE)
    right.plot(near, height + slope * near, **fig.TANGENT_LINE)
    right.plot(0, height, **fig.DOT)
    words = fig.true_minus(f"slope {slope:.3g}")
    fig.write(right, words, (0, height), (8, 2), color=fig.TANGENT)
    right.set(title="the hill along it", xlabel="$t$", ylabel="height", xlim=reach)
    return figure


@fig.styled
def flattening(landscape: Landscape, point: ArrayLike, halves: Sequence[float]) -> Figure:
    """Draw maps around a point, each zoomed in further; half says how far a map reaches."""
    p = np.array(point)
    figure, panels = fig.canvas(150, columns=len(halves))
    for axes, half in zip(panels, halves, strict=True):
        draw_map(axes, landscape, np.column_stack([p - half, p + half]), 9)
        axes.plot(*p, **fig.DOT)
        axes.set_title(f"{2 * half:g} wide")
        for axis, middle in zip((axes.xaxis, axes.yaxis), p, strict=True):
            ends = middle - half, middle + half
            axis.set_ticks(ends, [fig.true_minus(f"{end:.3g}") for end in ends])
    return figure


@fig.styled
def shadows(gradient: tuple[float, float], ways: Mapping[str, ArrayLike]) -> Figure:
    """Draw the shadow that the gradient throws on the line of each way, of length 1."""
    g = np.array(gradient, dtype=float)
    figure, panels = fig.canvas(165, columns=len(ways), sharey=True)
    for axes, (name, way) in zip(panels, ways.items(), strict=True):
        v = np.array(way, dtype=float)
        slope = g @ v
        angle = np.degrees(np.arccos(np.clip(slope / np.linalg.norm(g), -1, 1)))
        line = np.transpose([-4.5 * v, 4.5 * v])
        axes.plot(*line, color=fig.MUTED, linewidth=0.8, zorder=1)
        axes.plot(*np.transpose([g, slope * v]), **CUT)
        axes.plot(*np.transpose([np.zeros(2), slope * v]), color=fig.INK, linewidth=4.5, zorder=2)
        draw_arrow(axes, np.zeros(2), g, fig.TANGENT)
        draw_arrow(axes, np.zeros(2), v, fig.PATH)
        words = fig.true_minus(f"{round(float(slope), 9) + 0.0:g}")
        axes.set_title(f"{name}, {angle:.0f}\N{DEGREE SIGN}")
        axes.set(aspect="equal", xlim=(-3.8, 2.2), ylim=(-1.6, 3.4), xticks=[], yticks=[])
        axes.set_xlabel(f"slope {words}")
        axes.spines[:].set_visible(False)
    return figure


@fig.styled
def turned(a: tuple[float, float], b: tuple[float, float]) -> Figure:
    """Draw two vectors and the side between them, and all of it turned until `a` points east."""
    once = np.array([a, b])
    angles = np.arctan2(once[:, 1], once[:, 0])
    sizes = np.hypot(*once.T)
    figure, panels = fig.canvas(180, columns=2, sharex=True, sharey=True)
    for axes, start in zip(panels, (angles[0], 0.0), strict=True):
        ends = np.array([start, start + angles[1] - angles[0]])
        tips = np.column_stack([sizes * np.cos(ends), sizes * np.sin(ends)]).round(9)
        arc = 0.5 * np.exp(1j * np.linspace(ends[0], ends[1], 31))
        axes.plot(arc.real, arc.imag, color=fig.INK, linewidth=0.9)
        at = 0.75 * np.exp(1j * ends.mean())
        axes.text(at.real, at.imag, r"$\varphi$", ha="center", va="center")
        axes.plot(*tips.T, **CUT)
        for name, tip, colour in zip("ab", tips, (fig.TANGENT, fig.PATH), strict=True):
            draw_arrow(axes, np.zeros(2), tip, colour)
            words = f"${name} = ({tip[0]:.3g}, {tip[1]:.3g})$"
            if name == "a":
                fig.write(axes, words, tuple(tip / 2), (6, -5), color=colour, va="top")
            else:
                fig.write(axes, words, tuple(tip), (0, 4), color=colour, ha="center")
        axes.set(aspect="equal", xlim=(-0.4, 3.4), ylim=(-0.6, 2.8))
        axes.axis("off")
    foot = tips[1] * [1, 0]
    axes.plot(*np.transpose([tips[1], foot]), **DOTTED)
    return figure


@fig.styled
def step_lengths(landscape: Landscape, point: tuple[float, float], bound: float) -> Figure:
    """Draw the height after a step against its rate, and what slope and bend say beforehand."""
    p, gradient = np.array(point), landscape.gradient(np.array(point))
    rates = np.linspace(0, 2.4 / bound, 97)
    start, gain = landscape(p), gradient @ gradient
    heights = landscape(p[:, None] - rates * gradient[:, None])
    figure, axes = fig.canvas(230)
    axes.plot(rates, heights, **fig.CURVE, label="height after the step")
    promised = start - rates * gain
    axes.plot(rates, promised, **fig.TANGENT_LINE, label="promised by the slope")
    worst = promised + bound / 2 * rates**2 * gain
    axes.plot(rates, worst, **DOTTED, label=rf"at worst, with $L = {bound:g}$")
    axes.axhline(start, color=fig.MUTED, linewidth=0.8, zorder=1)
    axes.set_ylim(-0.45 * start, 1.6 * start)
    for place, name in ((1 / bound, "$1/L$"), (2 / bound, "$2/L$")):
        axes.axvline(place, **fig.UPRIGHT)
        fig.write(axes, name, (place, 1.55 * start), (3, 0), va="top")
    early, later = 0.36 / bound, 0.75 / bound
    below, above = start - later * gain, landscape(p - later * gradient)
    for place, low, high, name in (
        (early, start - early * gain, start, "gain"),
        (later, below, above, "penalty"),
    ):
        axes.plot([place, place], [low, high], color=fig.INK, linewidth=3)
        fig.write(axes, name, (place, (2 * low + high) / 3), (5, 0), va="center")
    axes.plot(0, start, **fig.START)
    axes.set(xlabel=r"learning rate $\eta$", ylabel="height")
    fig.legend(axes)
    return figure


@fig.styled
def unit_balls(gradient: tuple[float, float]) -> Figure:
    """Draw the steps of length at most 1 in three norms, and which of them goes down most."""
    down = -np.array(gradient) / np.linalg.norm(gradient)
    angles = np.linspace(0, 2 * np.pi, 121)
    balls = {
        "2-norm": np.array([np.cos(angles), np.sin(angles)]),
        r"$\infty$-norm": np.array([[1, -1, -1, 1, 1], [1, 1, -1, -1, 1]]),
        "1-norm": np.array([[1, 0, -1, 0, 1], [0, 1, 0, -1, 0]]),
    }
    figure, panels = fig.canvas(150, columns=3, sharey=True)
    for axes, (title, ball) in zip(panels, balls.items(), strict=True):
        corners = down[:, None] if title == "2-norm" else ball[:, :-1]
        gain = down @ corners
        winners = corners[:, gain > gain.max() - 1e-9]
        axes.fill(*ball, facecolor=fig.FUNCTION, alpha=0.1)
        axes.plot(*ball, **(fig.CURVE | {"linewidth": 1.4}))
        along = 3 * np.array([-down[1], down[0]])
        foot = gain.max() * down
        axes.plot(*np.transpose([foot - along, foot + along]), **(CUT | {"color": fig.MUTED}))
        draw_arrow(axes, np.zeros(2), down, fig.PATH)
        axes.plot(*winners, **(fig.BALL | {"linestyle": "-", "linewidth": 3}))
        axes.set(title=title, aspect="equal", xlim=(-1.6, 1.6), ylim=(-1.6, 1.6))
        axes.set(xticks=[-1, 0, 1], yticks=[-1, 0, 1])
    return figure
