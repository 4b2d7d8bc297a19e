"""A picture of the chapter on batches."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

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
