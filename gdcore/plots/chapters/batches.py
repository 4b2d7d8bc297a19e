"""Pictures of the chapter on batches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.patches import FancyBboxPatch
from numpy.typing import ArrayLike

from gdcore.descent import Run
from gdcore.landscapes import Landscape
from gdcore.plots import _figure as fig
from gdcore.plots._figure import Figure
from gdcore.plots.curves import draw


@fig.styled
def average(
    members: Sequence[Landscape],
    mean: Landscape,
    domain: tuple[float, float],
    *,
    xlabel: str = "$w$",
    ylabel: str = "loss",
) -> Figure:
    """Draw some functions, thin, each with its lowest point, and their mean with its minimum."""
    figure, axes = fig.canvas(250)
    w = np.linspace(*domain, 401)
    for member in members:
        heights = member(w)
        axes.plot(w, heights, color=fig.MUTED, linewidth=0.8, zorder=1)
        lowest = np.argmin(heights)
        if 0 < lowest < len(w) - 1:
            axes.plot(w[lowest], heights[lowest], **fig.DATA)
    draw(axes, mean, domain, linewidth=2.4)
    heights = mean(w)
    lowest = np.argmin(heights)
    axes.plot(w[lowest], heights[lowest], **fig.STAR)
    low, high = min(0.0, heights.min()), max(0.0, heights.max())
    margin = 0.1 * (high - low)
    axes.set(xlabel=xlabel, ylabel=ylabel, xlim=domain, ylim=(low - 0.44 * margin, high + margin))
    return figure


@fig.styled
def votes(favourites: ArrayLike, weights: ArrayLike, marks: Mapping[str, float]) -> Figure:
    """Draw which number each sample would choose, and above it how much its word counts."""
    figure, axes = fig.canvas(200)
    axes.plot(favourites, weights, **(fig.DATA | {"markersize": 4, "clip_on": False}))
    for (label, place), look in zip(marks.items(), fig.SERIES, strict=False):
        axes.axvline(place, label=label, **(look | {"linewidth": 1.4}))
    axes.set(xlabel="favourite $y_i / x_i$", ylabel="votes $x_i^2$", xscale="log", ylim=(0, None))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.grid(color=fig.GRID, linewidth=0.6)
    fig.legend(axes)
    return figure


@fig.styled
def first_hops(
    panels: Mapping[str, tuple[Landscape, Run]], minimum: float, domain: tuple[float, float]
) -> Figure:
    """Draw runs on landscapes of one variable, each on a scale of its own, until they leave it."""
    figure, grid = fig.canvas(200, columns=len(panels))
    for axes, (title, (landscape, run)) in zip(grid, panels.items(), strict=True):
        draw(axes, landscape, domain)
        heights = axes.get_ylim()
        beyond = np.flatnonzero((run.points < domain[0]) | (run.points > domain[1]))
        shown = run.points[: beyond[0] + 1] if len(beyond) else run.points
        axes.plot(shown, landscape(shown), **fig.HOPS)
        axes.plot(shown[0], landscape(shown[0]), **fig.START)
        axes.plot(minimum, landscape(minimum), **fig.STAR)
        axes.set(title=title, xlabel="slope $w$", xlim=domain, ylim=heights)
    grid[0].set_ylabel("loss")
    return figure


@fig.styled
def dealing(order: Sequence[int], batch_sizes: Sequence[int]) -> Figure:
    """Draw one epoch of shuffled cards, dealt in batches: a row for each size, a box a batch."""
    figure, axes = fig.canvas(62 * len(batch_sizes))
    count, gap = len(order), 0.4
    for row, size in enumerate(batch_sizes):
        steps = -(-count // size)
        words = f"{size} at a time: {steps} step" + "s" * (steps > 1)
        axes.text(-0.45, 0.95 - 2.1 * row, words, color=fig.INK)
        for place, card in enumerate(order):
            x = place + gap * (place // size)
            axes.text(x, -2.1 * row, str(card), ha="center", va="center_baseline", color=fig.INK)
        for first in range(0, count, size):
            x, width = first + gap * (first // size) - 0.36, min(size, count - first) - 0.28
            corner = x, -0.42 - 2.1 * row
            box = FancyBboxPatch(
                corner, width, 0.84, "round,pad=0.08", fill=False, edgecolor=fig.PATH, linewidth=1.2
            )
            axes.add_patch(box)
    axes.set(xlim=(-0.6, count * (1 + gap) - gap - 0.4), ylim=(0.9 - 2.1 * len(batch_sizes), 1.8))
    axes.set_axis_off()
    return figure


@fig.styled
def on_average(rows: Mapping[str, ArrayLike], mean: float, *, xlabel: str) -> Figure:
    """Draw numbers as dots, a row for each kind, equal ones on top of each other, and one mean."""
    figure, axes = fig.canvas(54 * len(rows) + 40)
    axes.axvline(mean, **fig.TANGENT_LINE)
    for row, numbers in enumerate(rows.values()):
        places, counts = np.unique(np.round(np.asarray(numbers), 9), return_counts=True)
        x = np.repeat(places, counts)
        above = np.concatenate([np.arange(n) for n in counts])
        axes.plot(x, 0.17 * above - row, **(fig.BALL | {"markersize": 6}))
    axes.set_yticks(-np.arange(len(rows)), list(rows))
    axes.tick_params(axis="y", length=0, labelcolor=fig.INK)
    axes.set(xlabel=xlabel, ylim=(-len(rows) + 0.6, 0.6))
    axes.grid(axis="x", color=fig.GRID, linewidth=0.6)
    axes.spines["left"].set_visible(False)
    return figure


@fig.styled
def narrowing(rows: Mapping[str, ArrayLike], mean: float, *, xlabel: str) -> Figure:
    """Draw how often numbers came out, a panel for each kind, and a bar of their typical size."""
    figure, panels = fig.canvas(66 * len(rows) + 30, rows=len(rows), sharex=True)
    numbers = [np.asarray(row) for row in rows.values()]
    edges = np.linspace(numbers[0].min(), numbers[0].max(), 61)
    for axes, label, row in zip(panels, rows, numbers, strict=True):
        shares, _ = np.histogram(row, edges, weights=np.full(row.size, 1 / row.size))
        axes.stairs(shares, edges, fill=True, color=fig.FUNCTION, alpha=0.45)
        axes.axvline(mean, **fig.TANGENT_LINE)
        typical = np.sqrt(np.mean((row - mean) ** 2))
        bar = -0.12 * shares.max()
        axes.plot([mean - typical, mean + typical], [bar, bar], color=fig.INK, linewidth=3)
        axes.set(yticks=[], ylim=(2 * bar, None))
        axes.spines["left"].set_visible(False)
        axes.set_ylabel(label, rotation=0, ha="right", va="center")
    panels[-1].set_xlabel(xlabel)
    return figure


@fig.styled
def pull_and_kick(
    curvature: float, noise: float, learning_rates: Sequence[float], *, xlabel: str, ylabel: str
) -> Figure:
    """Draw what a step takes off the squared distance and what it adds, and where they balance."""
    figure, axes = fig.canvas(240)
    balances = [np.sqrt(rate * noise / (2 * curvature)) for rate in learning_rates]
    d = np.linspace(0, 1.6 * max(balances), 201)
    for rate, balance, look in zip(learning_rates, balances, fig.SERIES, strict=False):
        kick, colour = rate**2 * noise, look["color"]
        axes.plot(d, 2 * rate * curvature * d**2, color=colour, label=rf"pull, $\eta = {rate}$")
        axes.plot(
            d, np.full_like(d, kick), color=colour, linestyle=fig.DASHES[2],
            label=rf"kick, $\eta = {rate}$",
        )  # fmt: skip
        axes.plot(balance, kick, **(fig.BALL | {"color": colour}))
    axes.set(xlabel=xlabel, ylabel=ylabel, xlim=(0, d[-1]), ylim=(0, None))
    axes.grid(color=fig.GRID, linewidth=0.6)
    fig.legend(axes)
    return figure


@fig.styled
def bars(panels: Mapping[str, Mapping[str, float]], *, xlabel: str) -> Figure:
    """Draw positive numbers as bars on a logarithmic axis, each with its number, in panels."""
    counts = [len(rows) for rows in panels.values()]
    figure, grid = fig.canvas(
        24 * sum(counts) + 46 * len(counts), rows=len(counts), sharex=True, squeeze=False,
        height_ratios=counts,
    )  # fmt: skip
    everything = [number for rows in panels.values() for number in rows.values()]
    for axes, (title, rows) in zip(grid[:, 0], panels.items(), strict=True):
        places = -np.arange(len(rows))
        low = min(everything) / 2
        numbers = np.array(list(rows.values()))
        axes.barh(places, numbers - low, left=low, height=0.62, color=fig.FUNCTION, alpha=0.55)
        for place, number in zip(places.tolist(), numbers.tolist(), strict=True):
            words = f"{number:.0f}" if number >= 10 else f"{number:.2g}"
            fig.write(axes, words, (number, place), (4, 0), va="center", fontsize=11)
        axes.set_yticks(places, list(rows))
        axes.tick_params(axis="y", length=0, labelcolor=fig.INK)
        axes.set(title=title, xscale="log", xlim=(low, 5 * max(everything)))
        axes.grid(axis="x", color=fig.GRID, linewidth=0.6)
        axes.set_axisbelow(True)
    grid[-1, 0].set_xlabel(xlabel)
    return figure


@fig.styled
def changed_line(
    x: ArrayLike, y: ArrayLike, *, slope: float, intercept: float, change: float
) -> Figure:
    """Draw points, a line, and by how much it moves at the points if its slope changes."""
    figure, axes = fig.canvas(240)
    x, y = np.asarray(x), np.asarray(y)
    ends = np.array([0, 1.1 * x.max()])
    axes.plot(x, y, **(fig.DATA | {"markersize": 6}))
    axes.plot(ends, slope * ends + intercept, **fig.CURVE)
    axes.plot(ends, (slope + change) * ends + intercept, **(fig.CURVE | {"linestyle": (0, (6, 2))}))
    for place in x.tolist():
        low = slope * place + intercept
        arrow = {"arrowstyle": "->", "color": fig.PATH, "shrinkA": 0, "shrinkB": 0}
        axes.annotate("", (place, low + change * place), (place, low), arrowprops=arrow)
        middle = place, low + change * place / 2
        fig.write(axes, f"{change * place:g}", middle, (6, 0), color=fig.PATH, va="center")
    axes.set(xlabel="$x$", ylabel="$y$", xlim=(0, None), ylim=(0, None))
    return figure
