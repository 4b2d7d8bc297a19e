"""A picture of the chapter on partial derivatives."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from gdcore._types import Array
from gdcore.landscapes import Landscape
from gdcore.plots import _figure as fig
from gdcore.plots._figure import Figure, Look
from gdcore.plots.maps import atlas, draw_map


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
