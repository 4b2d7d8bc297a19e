"""A picture of the chapter on descent in one dimension."""

from __future__ import annotations

from collections.abc import Mapping

from numpy.typing import ArrayLike

from gdcore.plots import _figure as fig
from gdcore.plots._figure import Figure
from gdcore.plots.curves import draw


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
