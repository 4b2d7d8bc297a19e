"""Pictures of the chapter on more than one core and more than one machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.patches import FancyBboxPatch, Rectangle
from numpy.typing import ArrayLike

from gdcore._types import Function
from gdcore.plots import _figure as fig
from gdcore.plots._figure import Figure, Look
from gdcore.plots.charts import fits
from gdcore.plots.maps import draw_arrow

#: One stretch of a machine's time: when it begins, when it ends, and whether it works.
Stretch = tuple[float, float, bool]


@fig.styled
def shared_and_late(speedups: ArrayLike, machines: int, places: ArrayLike) -> Figure:
    """Draw what more machines are worth, and what a ball does whose slopes arrive late."""
    figure, (left, right) = fig.canvas(200, columns=2)
    times = np.asarray(speedups)
    count, best = np.arange(1, times.size + 1), times.argmax()
    left.plot([0, times.size], [0, times.size], **fig.SECANT)
    left.plot(count, times, **fig.CURVE)
    left.plot(count[best], times[best], **fig.STAR)
    left.plot(machines, times[machines - 1], **(fig.START | {"clip_on": False}))
    left.set(xlim=(0, times.size), ylim=(0, 1.3 * times[best]))
    left.set(xlabel="machines", ylabel="times as fast")
    right.axhline(0, color=fig.MUTED, linewidth=0.8)
    right.plot(places, **fig.HOPS)
    right.set(xlabel="step", ylabel="place", xlim=(0, np.size(places) - 1), ylim=(-6, 6))
    return figure


@fig.styled
def shared_step(parts: Sequence[tuple[Sequence[str], str]], mean: str) -> Figure:
    """Draw a step that machines share: each has some beans, and the mean collects what they say."""
    figure, axes = fig.canvas(74 * len(parts) + 6)
    box: Look = {"boxstyle": "round,pad=0.1", "fill": False, "edgecolor": fig.MUTED}
    apart = 1.3
    middle = -apart * (len(parts) - 1) / 2
    for row, (beans, slope) in enumerate(parts):
        y = -apart * row
        axes.add_patch(FancyBboxPatch((0, y - 0.26), 3.1, 0.52, **box))
        axes.text(1.55, y, "   ".join(beans), ha="center", va="center")
        axes.text(1.55, y + 0.44, f"machine {row + 1}", ha="center", va="bottom", color=fig.MUTED)
        draw_arrow(axes, np.array([3.4, y]), np.array([4.3, y]), fig.TANGENT)
        fig.write(axes, slope, (4.4, y), (0, 0), va="center", color=fig.TANGENT)
        draw_arrow(
            axes, np.array([6.1, y]), np.array([7.35, middle + 0.1 * (y - middle)]), fig.PATH
        )
    axes.add_patch(
        FancyBboxPatch((7.6, middle - 0.26), 1.9, 0.52, **(box | {"edgecolor": fig.PATH}))
    )
    axes.text(8.55, middle, mean, ha="center", va="center", color=fig.PATH)
    axes.set(xlim=(-0.2, 9.8), ylim=(2 * middle - 0.5, 0.85))
    axes.set_axis_off()
    return figure


@fig.styled
def pulls(gradients: ArrayLike, mean: ArrayLike) -> Figure:
    """Draw where the parts of the data would go from one place, and where their mean goes."""
    figure, axes = fig.canvas(230)
    steps = -np.vstack([gradients, mean])
    names = [*(str(part) for part in range(1, len(steps))), "mean"]
    for name, step in zip(names, steps, strict=True):
        color = fig.PATH if name == "mean" else fig.TANGENT
        draw_arrow(axes, np.zeros(2), step, color)
        beyond = 8 * step / np.linalg.norm(step)
        across = "left" if step[0] > 0 else "right"
        fig.write(axes, name, step, tuple(beyond), color=color, ha=across, va="center")
    axes.plot(0, 0, **fig.BALL)
    from_origin = np.vstack([steps, np.zeros(2)])
    (left, bottom), (right, top) = from_origin.min(axis=0), from_origin.max(axis=0)
    wide, high = 0.15 * (right - left), 0.15 * (top - bottom)
    axes.set(xlim=(left - wide, right + wide), ylim=(bottom - high, top + high), aspect="equal")
    axes.set(xlabel="change of the slope", ylabel="change of the intercept")
    axes.set(xticks=[], yticks=[])
    return figure


@fig.styled
def dealt(panels: Mapping[str, ArrayLike]) -> Figure:
    """Draw where in a file each sample lies, in the order in which they are dealt out."""
    figure, grid = fig.canvas(210, columns=len(panels), sharey=True, squeeze=False)
    for axes, (title, places) in zip(grid[0], panels.items(), strict=True):
        axes.plot(np.asarray(places), **(fig.DATA | {"color": fig.FUNCTION}))
        axes.set(title=title, xlabel="turn")
    grid[0, 0].set_ylabel("place in the file")
    return figure


@fig.styled
def waiting(panels: Mapping[str, Sequence[Sequence[Stretch]]], *, end: float) -> Figure:
    """Draw what each machine does when, a row each: it works (a bar), or it waits (a line)."""
    rows = [len(machines) for machines in panels.values()]
    figure, grid = fig.canvas(
        24 * sum(rows) + 44 * len(rows) + 26, rows=len(rows), sharex=True, height_ratios=rows,
        squeeze=False,
    )  # fmt: skip
    for axes, (title, machines) in zip(grid[:, 0], panels.items(), strict=True):
        for row, stretches in enumerate(machines):
            for begin, stop, works in stretches:
                if works:
                    bar: Look = {"facecolor": fig.FUNCTION, "edgecolor": fig.PAPER, "alpha": 0.6}
                    axes.add_patch(Rectangle((begin, -row - 0.3), stop - begin, 0.6, **bar))
                else:
                    axes.plot([begin, stop], [-row, -row], **fig.UPRIGHT)
        axes.set_yticks(
            -np.arange(len(machines)), [f"machine {i + 1}" for i in range(len(machines))]
        )
        axes.tick_params(axis="y", length=0, labelcolor=fig.INK)
        axes.set(title=title, xlim=(0, end), ylim=(0.5 - len(machines), 0.5))
        axes.spines["left"].set_visible(False)
    grid[-1, 0].set_xlabel("seconds")
    return figure


@fig.styled
def same_run(one: ArrayLike, other: ArrayLike, step: int, words: str) -> Figure:
    """Draw the losses of two runs on top of each other, and a step at which something happened."""
    figure, axes = fig.canvas(220)
    axes.semilogy(one, color=fig.FUNCTION, linewidth=7, alpha=0.35, solid_capstyle="round")
    axes.semilogy(other, color=fig.INK, linewidth=1.2)
    axes.axvline(step, **fig.UPRIGHT)
    axes.tick_params(axis="y", which="minor", labelleft=False)
    fig.write(axes, words, (step, np.max(one)), (5, 0), va="top")
    axes.set(xlabel="step", ylabel="loss")
    axes.grid(color=fig.GRID, linewidth=0.6)
    return figure


@fig.styled
def model(points: Mapping[str, tuple[ArrayLike, ArrayLike]], *, band: float) -> Figure:
    """Draw times by a model against those measured, and a band around equality."""
    figure, axes = fig.canvas(250)
    everything = np.concatenate([np.ravel(side) for pair in points.values() for side in pair])
    ends = np.array([everything.min() / 1.5, 1.5 * everything.max()])
    axes.fill_between(ends, ends * (1 - band), ends * (1 + band), color=fig.GRID, linewidth=0)
    axes.plot(ends, ends, color=fig.MUTED, linewidth=0.8)
    for (label, (measured, said)), look in zip(points.items(), fig.RUNS, strict=False):
        mark = look | {"linestyle": "none", "markerfacecolor": fig.PAPER, "markersize": 6}
        axes.plot(measured, said, label=label, **mark)
    axes.set(xscale="log", yscale="log", xlim=ends, ylim=ends)
    axes.set(xlabel="seconds, measured", ylabel="seconds, by the model")
    fig.legend(axes, 3, columnspacing=1.0, handlelength=1.2)
    return figure


@fig.styled
def worth(rows: Mapping[str, Sequence[float]]) -> Figure:
    """Draw the median of each row of speed-ups as a bar, with its quartiles and its number."""
    figure, axes = fig.canvas(28 * len(rows) + 46)
    places = -np.arange(len(rows))
    low, middle, high = np.transpose(list(rows.values()))
    axes.barh(places, middle, height=0.62, color=fig.FUNCTION, alpha=0.55)
    errors: Look = {"color": fig.INK, "linestyle": "none", "capsize": 3, "elinewidth": 1}
    axes.errorbar(middle, places, xerr=[middle - low, high - middle], **errors)
    for place, number, end in zip(places.tolist(), middle.tolist(), high.tolist(), strict=True):
        fig.write(axes, f"{number:.2f}", (end, place), (5, 0), va="center", fontsize=11)
    axes.axvline(1, color=fig.INK, linewidth=0.8)
    axes.set_yticks(places, list(rows))
    axes.tick_params(axis="y", length=0, labelcolor=fig.INK)
    axes.set(xlabel="times as fast as one", xlim=(0, 1.2 * max(high.max(), 1)))
    return figure


@fig.styled
def speedups(
    machines: ArrayLike, predicted: Mapping[str, ArrayLike], *, measured: Mapping[str, ArrayLike]
) -> Figure:
    """Draw speed-ups against the number of machines, on logarithmic axes, beside a wish."""
    figure, axes = fig.canvas(250)
    axes.plot(machines, machines, label="as one would wish", **fig.SECANT)
    for (label, times), look in zip(predicted.items(), fig.SERIES, strict=False):
        axes.plot(machines, times, label=label, **look)
        if label in measured:
            circles = fig.DOT | {"color": look["color"], "markerfacecolor": fig.PAPER}
            axes.plot(*np.transpose(measured[label]), **circles)
    axes.set(xscale="log", yscale="log", xlabel="machines", ylabel="times as fast")
    axes.grid(color=fig.GRID, linewidth=0.6)
    fig.legend(axes)
    return figure


@fig.styled
def of_many_runs(
    x: ArrayLike,
    series: Mapping[str, ArrayLike],
    *,
    xlabel: str,
    ylabel: str,
    ticks: Sequence[float],
) -> Figure:
    """Draw medians of many runs over an axis of doublings, with quartiles."""
    figure, axes = fig.canvas(250)
    for (label, rows), look in zip(series.items(), fig.RUNS, strict=False):
        low, middle, high = np.quantile(np.array(rows, dtype=float), [0.25, 0.5, 0.75], axis=1)
        bars = look | {"capsize": 3, "elinewidth": 1.2, "label": label}
        axes.errorbar(x, middle, yerr=[middle - low, high - middle], **bars)
    axes.set_xscale("log", base=2)
    axes.set_xticks(ticks, [f"{tick:,g}" for tick in ticks])
    axes.set(xlabel=xlabel, ylabel=ylabel, ylim=(0, None))
    axes.grid(color=fig.GRID, linewidth=0.6)
    fig.legend(axes)
    return figure


@fig.styled
def left_out(
    x: ArrayLike, y: ArrayLike, functions: Mapping[str, Function], border: float
) -> Figure:
    """Draw beans, lines through them, and where those begin that were left out."""
    figure = fits(x, y, functions, xlabel="size $x$", ylabel="toxicity $y$")
    figure.axes[0].axvline(border, **fig.UPRIGHT)
    return figure
