"""Charts that several chapters draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gdcore.plots import _figure as fig
from gdcore.plots._figure import Figure


@fig.styled
def agreement(
    x: Any,
    predicted: Mapping[str, ArrayLike],
    measured: Mapping[str, ArrayLike],
    *,
    xlabel: str,
    ylabel: str,
    log: bool = False,
    ticks: Sequence[float] | None = None,
) -> Figure:
    """Draw what a theory says as lines, and what was measured as open circles.

    What was measured at other places than those of the theory has a second row of `x`.
    """
    figure, axes = fig.canvas(250)
    places, measured_at = x if np.ndim(x[0]) else (x, x)
    for label, look in fig.looks("predicted", predicted):
        axes.plot(places, predicted[label], label=label, **look)
    for label, look in fig.looks("measured", measured):
        circles = fig.DOT | {"color": look["color"], "markerfacecolor": fig.PAPER}
        known = "_" if label in predicted else ""  # hides it from the legend
        axes.plot(measured_at, measured[label], label=known + label, **circles)
    scale = "log" if log else "linear"
    axes.set(xlabel=xlabel, ylabel=ylabel, xscale=scale, yscale=scale)
    if ticks is not None:
        axes.set_xticks(ticks)
    axes.grid(color=fig.GRID, linewidth=0.6)
    fig.legend(axes)
    return figure


@fig.styled
def races(
    panels: Mapping[str, Mapping[str, tuple[ArrayLike, ...]]],
    ylabel: str,
    *,
    bottom: float | None = None,
) -> Figure:
    """Draw how several runs come down, in panels that count what it costs in different units.

    A run is what was spent, what was reached and, for a mean, how wide a band around it shall be.
    """
    height = 220 if len(panels) == 1 else 150 * len(panels)
    figure, rows = fig.canvas(height + 20, rows=len(panels), sharey=True, squeeze=False)
    for (unit, runs), axes in zip(panels.items(), rows[:, 0], strict=True):
        for (label, (spent, reached, *band)), look in zip(runs.items(), fig.RUNS, strict=False):
            line = look | {"marker": "none", "label": label}
            for width in band:
                low, high = np.subtract(reached, width), np.add(reached, width)
                axes.fill_between(spent, low, high, color=look["color"], alpha=0.2, linewidth=0)
            axes.loglog(spent, np.where(np.asarray(reached) > 0, reached, np.nan), **line)
        axes.set(xlabel=unit, ylabel=ylabel)
        axes.set_ylim(bottom=bottom)
        axes.grid(color=fig.GRID, linewidth=0.6)
    fig.legend(rows[0, 0], 3 if len(runs) == 3 else 2, columnspacing=1.2)
    return figure
