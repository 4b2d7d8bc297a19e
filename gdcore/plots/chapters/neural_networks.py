"""Pictures of the chapter on neural networks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from gdcore._types import Array, Function
from gdcore.plots import _figure as fig
from gdcore.plots._figure import Figure
from gdcore.plots.charts import fits


@fig.styled
def bends(
    x: ArrayLike, y: ArrayLike, functions: Mapping[str, Function], kinks: ArrayLike
) -> Figure:
    """Draw functions fitted to points, and an upright up to each kink of the first of them."""
    figure = fits(x, y, functions)
    (axes,) = figure.axes
    bottom = axes.get_ylim()[0]
    tops = next(iter(functions.values()))(np.array(kinks))
    axes.vlines(kinks, bottom, tops, **fig.UPRIGHT)
    axes.plot(kinks, tops, **(fig.DOT | {"markersize": 4, "markerfacecolor": fig.PAPER}))
    axes.set_ylim(bottom)
    return figure


@fig.styled
def moving_fit(
    x: ArrayLike,
    y: ArrayLike,
    moments: Sequence[tuple[ArrayLike, ArrayLike]],
    *,
    seconds: float = 8.0,
) -> MovingCurve:
    """Draw measured points, and a line that moves towards them, by its corners at each moment."""
    figure = MovingCurve(figsize=(fig.WIDTH / 72, 250 / 72))
    axes = figure.subplots()
    axes.plot(x, y, **fig.DATA)
    axes.margins(0.04, 0.12)
    axes.set(xlabel="$x$", ylabel="$y$", ylim=axes.get_ylim(), xlim=axes.get_xlim())
    axes.plot(*moments[0], label="before", **fig.SECANT)
    axes.plot([], [], label="after", **fig.CURVE)
    fig.legend(axes)
    figure.draw_without_rendering()  # settles the layout, and with it where a point lands
    figure.seconds = seconds
    figure.pane = fig.from_top_left(axes, axes.get_xlim(), axes.get_ylim())
    figure.tracks = [fig.from_top_left(axes, *line) for line in moments]
    return figure


class MovingCurve(fig.Animation):
    """A figure with a curve that changes: each track is the curve at one moment.

    The last one is shown at rest, and what lies outside of `pane` never.
    """

    tracks: list[Array]
    #: The lower left and the upper right corner of the part to show, as places are given.
    pane: Array

    def overlay(self) -> tuple[str, str]:
        """Return a line for each moment, and what shows one after the other."""
        count = len(self.tracks)
        each = round(1000 * self.seconds / count)  # whole, so that no gap is between two moments
        css = (
            ".moment{visibility:hidden;fill:none;stroke:var(--path);stroke-width:1.8}"
            ".last{visibility:visible;stroke:var(--function)}"
            f"#play:target .moment{{animation:show {each}ms}}"
            f"#play:target .last{{animation:wait {(count - 1) * each}ms}}"
            "@keyframes show{from,to{visibility:visible}}"
            "@keyframes wait{from,to{visibility:hidden}}"
            f"{fig.CALM}{{#play:target .moment{{animation:none!important}}}}"
        )
        lines = ""
        for k, track in enumerate(self.tracks):
            # By a class, since not all that draws SVG knows :last-child.
            late = f'" style="animation-delay:{k * each}ms' if k < count - 1 else " last"
            points = " ".join(f"{x:.1f},{y:.1f}" for x, y in track)
            lines += f'<polyline class="moment{late}" points="{points}"/>'
        (left, bottom), (right, top) = self.pane
        pane = f"M{left:.1f} {top:.1f}H{right:.1f}V{bottom:.1f}H{left:.1f}z"
        clip = f'<clipPath id="pane"><path d="{pane}"/></clipPath>'
        return css, f'{clip}<g clip-path="url(#pane)">{lines}</g>'
