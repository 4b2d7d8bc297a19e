"""Charts of numbers: what a run did step by step, and functions fitted to data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gdcore import _checks
from gdcore._types import Array, Function
from gdcore.descent import Run
from gdcore.plots import _figure as fig
from gdcore.plots import _inputs as inputs
from gdcore.plots._figure import Figure, Look
from gdcore.plots.curves import draw

#: What one line of a chart is drawn of.
Series = Run | ArrayLike
#: Not far beyond it, the arithmetic of a logarithmic axis overflows.
_LARGEST = 1e200


@fig.styled
def loss_curves(
    series: Series | Sequence[Run] | Mapping[str, Series],
    loss: Function | None = None,
    *,
    ylabel: str = "loss",
    xlabel: str = "step",
    log: bool | None = None,
) -> Figure:
    """Draw the loss, or other numbers, against the step at which they were reached.

    Parameters
    ----------
    series : mapping of str to Run or array_like
        Label -> a run, or one number for each step from step 0 on, shape ``(steps + 1,)``, or a
        pair of steps and numbers, shape ``(2, n)``; at most four.  One alone needs no label.
        Numbers that are not finite, or beyond 1e200, are left out.
    loss : callable, optional
        What to draw of runs: it takes a point and returns a number.
    ylabel, xlabel : str, optional
        What the numbers are, and what is counted.
    log : bool, optional
        Whether the upright axis is logarithmic.  Numbers that are not above 0 are left out then.
        By default it is, unless there are negative numbers, or none above 0.

    Returns
    -------
    Figure

    Examples
    --------
    >>> from gdcore import GradientDescent, descend, parabola
    >>> rule = GradientDescent(0.1)
    >>> run = descend(parabola.gradient, -4.0, rule=rule, max_steps=100, record_every=20)
    >>> figure = loss_curves({"every 20 steps": run}, loss=parabola)
    >>> figure.axes[0].lines[0].get_xdata().tolist()
    [0, 20, 40, 60, 80, 100]
    """
    if loss is not None:
        _checks.function("loss", loss)
    _labels(ylabel=ylabel, xlabel=xlabel)
    several = _several(series)
    _checks.not_empty("series", several, most=len(fig.SERIES))
    lines = {label: _line(label, one, loss) for label, one in several.items()}
    numbers = np.concatenate([values for _, values in lines.values()])
    if np.isnan(numbers).all():
        raise _checks.refused(ValueError, "series must have a number that can be drawn")
    if log is None:
        log = bool(np.any(numbers > 0) and not np.any(numbers < 0))
    _checks.instance("log", log, bool)
    if log and not np.any(numbers > 0):
        raise _checks.refused(ValueError, "log needs a number above 0 in series, which has none")
    figure, axes = fig.canvas(240)
    for label, look in zip(lines, fig.SERIES, strict=False):
        steps, values = lines[label]
        shown = np.where(values > 0, values, np.nan) if log else values
        dot: Look = {"marker": "o"} if len(steps) == 1 else {}  # a line of one point has no length
        axes.plot(steps, shown, label=label, **(look | dot))
    axes.set(xlabel=xlabel, ylabel=ylabel, yscale="log" if log else "linear")
    if all(np.array_equal(steps, np.rint(steps)) for steps, _ in lines.values()):
        axes.locator_params(axis="x", integer=True)
    axes.grid(color=fig.GRID, linewidth=0.6)
    if any(lines):
        fig.legend(axes)
    return figure


def _several(series: Any) -> dict[str, Any]:
    """Return label -> one of the series, of one alone or of several."""
    if isinstance(series, Mapping):
        return _checks.mapping("series", series)
    if isinstance(series, Sequence) and any(isinstance(one, Run) for one in series):
        return {f"run {i}": one for i, one in enumerate(series, 1)}
    return {"": series}


def _line(label: str, one: Any, loss: Function | None) -> tuple[Array, Array]:
    """Return steps and numbers of one series."""
    name = f"series[{label!r}]" if label else "series"
    if isinstance(one, Run):
        if loss is None:
            raise _checks.refused(TypeError, f"loss must be given, since {name} is a run")
        steps, values = one.iterations, one.values(loss)
    else:
        values = _checks.numbers(name, one)
        if values.size == 0 or values.ndim not in (1, 2) or values.shape[:-1] not in ((), (2,)):
            want = "a row of numbers, or a pair of steps and numbers"
            raise _checks.refused(ValueError, f"{name} must be {want}, got shape {values.shape}")
        steps, values = values if values.ndim == 2 else (np.arange(values.size), values)
    values = values.astype(float)
    return steps, np.where(np.abs(values) < _LARGEST, values, np.nan)


@fig.styled
def fits(
    x: ArrayLike,
    y: ArrayLike,
    functions: Mapping[str, Function],
    *,
    xlabel: str = "$x$",
    ylabel: str = "$y$",
) -> Figure:
    """Draw measured points, and functions that were fitted to them.

    Parameters
    ----------
    x, y : array_like, shape (samples,)
        The points.
    functions : mapping of str to callable
        Label -> function of x; at most four.  They are drawn from the first point to the last, and
        from 0 if the points begin no further from 0 than they reach.
    xlabel, ylabel : str, optional
        What the coordinates are.

    Returns
    -------
    Figure

    Examples
    --------
    >>> figure = fits([2000, 2010, 2020], [3.0, 4.0, 5.5], {"line": lambda x: 0.1 * (x - 1970)})
    """
    x, y = inputs.row("x", x, finite=True), inputs.row("y", y, finite=True)
    inputs.alike("x and y", x, y)
    _labels(ylabel=ylabel, xlabel=xlabel)
    functions = _checks.mapping("functions", functions)
    low, high = float(x.min()), float(x.max())
    if low == high:
        low, high = low - 0.5, high + 0.5
    elif 0 < low <= high - low:
        low = 0.0
    figure, axes = fig.canvas(250)
    axes.plot(x, y, **fig.DATA)
    for label, look in fig.looks("functions", functions):
        _checks.function(f"functions[{label!r}]", functions[label])
        draw(axes, functions[label], (low, high), label=label, **look)
    axes.set(xlabel=xlabel, ylabel=ylabel)
    fig.legend(axes)
    return figure


def _labels(**labels: str) -> None:
    for name, label in labels.items():
        _checks.instance(name, label, str)
