"""Figures of the book: one colour a role, one SVG for light and dark pages.

Each function returns a :class:`Figure`, drawn once in the light palette.  Where it is shown as
SVG, every colour of the palette becomes a CSS variable, and a style inside the SVG sets the dark
values for dark pages.  Roles differ by marker and dash too, never by colour alone.

This is the only module of gdcore that imports matplotlib, and no other module imports it.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import matplotlib.figure
import matplotlib.style
import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike, NDArray

from gdcore import _checks
from gdcore.descent import Path
from gdcore.landscapes import Function, Landscape

#: Role -> (colour on a light page, colour on a dark page).  Safe for colour-blind readers.
PALETTE = {
    "ink": ("#22262b", "#d9dde3"),
    "muted": ("#5f6873", "#9aa4af"),
    "grid": ("#dcdfe3", "#3a414a"),
    "paper": ("#fffefc", "#15181c"),
    "function": ("#1f5f99", "#7fb8ea"),
    "path": ("#b8400b", "#ff9d5c"),
    "minimum": ("#00735a", "#4fd1a5"),
    "tangent": ("#83358a", "#dc9fe4"),
}
INK, MUTED, GRID, PAPER, FUNCTION, PATH, MINIMUM, TANGENT = (light for light, _ in PALETTE.values())

#: Width of every figure in points.  A phone shows a point as about one pixel, so 11 stays legible.
WIDTH = 360.0

#: Keyword arguments that say how matplotlib draws something.
Look = dict[str, Any]

STYLE: Look = {
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.labelsize": 12,
    "axes.linewidth": 0.8,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": INK,
    "axes.titlelocation": "left",
    "axes.titlesize": 12,
    "figure.constrained_layout.use": True,
    "figure.dpi": 72,
    "font.family": "STIXGeneral",  # comes with matplotlib, so that every machine has it
    "font.size": 12,
    "legend.frameon": False,
    "lines.linewidth": 1.8,
    "lines.markersize": 5,
    "mathtext.fontset": "stix",
    "svg.fonttype": "path",
    "svg.hashsalt": "gdcore",
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelsize": 11,
    "ytick.labelsize": 11,
}

# How each role is drawn; a role keeps its look through the book.
_CURVE: Look = {"color": FUNCTION, "zorder": 2}
_TANGENT: Look = {"color": TANGENT, "linestyle": (0, (6, 2)), "zorder": 3}
_SECANT: Look = {"color": INK, "linewidth": 1.1, "linestyle": (0, (2, 2)), "zorder": 3}
_HOPS: Look = {"color": PATH, "linewidth": 1.0, "marker": "o", "markersize": 3.6, "zorder": 4}
_BALL: Look = {"color": PATH, "marker": "o", "linestyle": "none", "markersize": 8, "zorder": 6}
_START: Look = _BALL | {"markerfacecolor": PAPER, "markeredgewidth": 1.6}
_MINIMUM: Look = {
    "color": MINIMUM,
    "marker": "*",
    "linestyle": "none",
    "markersize": 11,
    "zorder": 5,
}
_POINT: Look = {"color": INK, "marker": "o", "linestyle": "none", "markersize": 5, "zorder": 5}
# One look for each line of a plot that compares several.
_SERIES: tuple[Look, ...] = (
    {"color": FUNCTION, "linestyle": "-"},
    {"color": PATH, "linestyle": (0, (5, 1.5))},
    {"color": MINIMUM, "linestyle": (0, (1, 1.2))},
    {"color": TANGENT, "linestyle": (0, (6, 1.5, 1, 1.5))},
)

# One look for each end that the runs of a picture can have.
_MARKS: tuple[Look, ...] = (
    {"marker": "s", "markerfacecolor": PAPER},
    {"marker": "o"},
    {"marker": "^", "markerfacecolor": PAPER},
    {"marker": "D"},
)

P = ParamSpec("P")
F = TypeVar("F", bound="Figure")


class Figure(matplotlib.figure.Figure):
    """A matplotlib figure that shows itself as SVG and follows the page's light or dark theme.

    Examples
    --------
    >>> from gdcore.landscapes import parabola
    >>> svg = slopes(parabola, points=[-2, 1])._repr_svg_()
    >>> "var(--function)" in svg, "#7fb8ea" in svg
    (True, True)
    """

    def _repr_svg_(self) -> str:
        """Return the figure as SVG, its colours as CSS variables; IPython calls this."""
        with _style():
            file = io.StringIO()
            self.savefig(file, format="svg", transparent=True, metadata={"Date": None})
        svg = file.getvalue()
        for role, (light, _) in PALETTE.items():
            svg = svg.replace(light, f"var(--{role})")
        head, body = svg[svg.index("<svg") :].split(">", 1)
        return f"{head}>\n<style>{_variables()}</style>{body}"


class RollingBalls(Figure):
    """A figure whose balls roll when the SVG is opened as ``file.svg#play``, and rest otherwise.

    Attributes
    ----------
    tracks : list of numpy.ndarray, shape (frames, 2)
        For each ball its places in points from the top left corner, evenly spaced in time.
    seconds : float
        How long a roll takes.
    """

    tracks: list[NDArray[np.float64]]
    seconds: float

    def _repr_svg_(self) -> str:
        """Return the figure as SVG with the balls on top."""
        balls, css = [], []
        for i, track in enumerate(self.tracks):
            frames = [f"translate({x:.1f}px,{y:.1f}px)" for x, y in track]
            css.append(f"#ball{i}{{transform:{frames[0]}}}")
            css.append(
                f"@keyframes roll{i}{{"
                + "".join(
                    f"{k / max(len(frames) - 1, 1):.2%}{{transform:{frame}}}"
                    for k, frame in enumerate(frames)
                )
                + "}"
            )
            css.append(f"#play:target #ball{i}{{animation:roll{i} {self.seconds:g}s linear both}}")
            # Who asks for less motion sees the end at once.
            css.append(
                "@media (prefers-reduced-motion:reduce){"
                f"#play:target #ball{i}{{animation:none;transform:{frames[-1]}}}}}"
            )
            balls.append(f'<circle id="ball{i}" r="6" fill="var(--path)"/>')
        svg = super()._repr_svg_().removesuffix("\n").removesuffix("</svg>")
        return f'{svg}<style>{"".join(css)}</style><g id="play">{"".join(balls)}</g></svg>\n'


def _variables() -> str:
    def block(shade: int) -> str:
        return ";".join(f"--{role}:{colours[shade]}" for role, colours in PALETTE.items())

    return f":root{{{block(0)}}}@media (prefers-color-scheme:dark){{:root{{{block(1)}}}}}"


def _style() -> Any:
    # Starts from matplotlib's defaults: a reader's own matplotlibrc must not change the book.
    return matplotlib.style.context(STYLE, after_reset=True)


def _styled(draw: Callable[P, F]) -> Callable[P, F]:
    @wraps(draw)
    def in_style(*args: P.args, **kwargs: P.kwargs) -> F:
        with _style():
            return draw(*args, **kwargs)

    return in_style


def _figure(height: float, rows: int = 1, columns: int = 1, **options: Any) -> tuple[Figure, Any]:
    figure = Figure(figsize=(WIDTH / 72, height / 72))
    return figure, figure.subplots(rows, columns, **options)


def _draw(axes: Axes, f: Function, domain: tuple[float, float], **look: Any) -> None:
    x = np.linspace(*domain, 401)
    axes.plot(x, f(x) + 0 * x, **(_CURVE | look))


def _label(
    axes: Axes, text: str, at: tuple[float, float], offset: tuple[float, float], **look: Any
) -> None:
    """Write next to a point; the offset is in points, so that it does not depend on the axes."""
    axes.annotate(text, at, offset, textcoords="offset points", **look)


def _looks(name: str, series: Iterable[str]) -> Iterator[tuple[str, Look]]:
    """Pair each series with a look of its own; there are only so many that can be told apart."""
    return zip(_checks.some(name, series, most=len(_SERIES)), _SERIES, strict=False)


def _draw_path(axes: Axes, landscape: Landscape, path: Path) -> None:
    heights = path.values(landscape)
    axes.plot(path.points, heights, **_HOPS)
    axes.plot(path.points[:1], heights[:1], **_START)


def _draw_line(
    axes: Axes, x: float, y: float, slope: float, domain: tuple[float, float], name: str, look: Look
) -> None:
    """Draw the line of that slope through (x, y) and write its name and slope at its right end."""
    reach = np.array(domain)
    heights = y + slope * (reach - x)
    axes.plot(reach, heights, **look)
    right = (reach[1], heights[1])
    _label(axes, f"{name}: slope {slope:g}", right, (4, 0), color=look["color"], va="center")


def _fit(axes: Axes, landscape: Landscape) -> None:
    """Show the landscape's domain and its heights there, whatever else is drawn."""
    y = landscape(np.linspace(*landscape.domain, 401))
    margin = 0.06 * np.ptp(y)
    axes.set(xlim=landscape.domain, ylim=(y.min() - margin, y.max() + margin))


@_styled
def nudges(f: Function, points: Sequence[float], dx: float, domain: tuple[float, float]) -> Figure:
    """Draw what the same nudge `dx` to the right does to the height at several points.

    Parameters
    ----------
    f : callable
        The function, elementwise.
    points : sequence of float
        Where to nudge.
    dx : float
        The nudge, above 0.
    domain : tuple of float
        The part of the curve to draw.

    Returns
    -------
    Figure

    Raises
    ------
    TypeError, ValueError
        If `dx` is not a real number, or not finite and above 0.

    Examples
    --------
    >>> figure = nudges(np.sin, points=[0.0, 2.0], dx=0.5, domain=(-1, 4))
    """
    dx = _checks.positive("dx", dx)
    figure, axes = _figure(230)
    _draw(axes, f, domain)
    for x in points:
        left, right = f(x), f(x + dx)
        axes.plot([x, x + dx], [left, left], color=INK, linewidth=1.2, zorder=3)
        axes.plot([x + dx, x + dx], [left, right], color=TANGENT, linewidth=2.6, zorder=3)
        axes.plot(x, left, **_POINT)
        down = right < left
        _label(axes, r"$\Delta x$", (x + dx / 2, left), (0, 5 if down else -12), ha="center")
        middle = (x + dx, (left + right) / 2)
        _label(
            axes, rf"$\Delta y = {right - left:+.2f}$", middle, (5, 0), color=TANGENT, va="center"
        )
    axes.set(xlabel="$x$", ylabel="$y$", xlim=domain)
    return figure


@_styled
def secants(
    f: Function, x: float, steps: Sequence[float], slope: float, domain: tuple[float, float]
) -> Figure:
    """Draw secants from `x` to `x` + each step, and the tangent that they turn into.

    Parameters
    ----------
    f : callable
        The function, elementwise.
    x : float
        The point that all the lines go through.
    steps : sequence of float
        The widths of the secants, none of them 0.
    slope : float
        The slope of the tangent at `x`.
    domain : tuple of float
        The part of the curve to draw.

    Returns
    -------
    Figure

    Raises
    ------
    TypeError, ValueError
        If one of `steps` is no real number, not finite or 0.

    Examples
    --------
    >>> figure = secants(np.square, 1.0, steps=[2, 1], slope=2.0, domain=(-1, 4))
    >>> [label.get_text() for label in figure.axes[0].texts][-1]
    'tangent: slope 2'
    """
    figure, axes = _figure(250)
    _draw(axes, f, domain)
    for dx in steps:
        if _checks.real("each of steps", dx) == 0:
            raise ValueError("each of steps must not be 0")
        quotient = (f(x + dx) - f(x)) / dx
        _draw_line(axes, x, f(x), quotient, domain, rf"$\Delta x = {dx:g}$", _SECANT)
        axes.plot(x + dx, f(x + dx), **(_POINT | {"markerfacecolor": PAPER}))
    _draw_line(axes, x, f(x), slope, domain, "tangent", _TANGENT)
    axes.plot(x, f(x), **_POINT)
    y = f(np.linspace(*domain, 401))
    axes.set(xlabel="$x$", ylabel="$y$", xlim=domain, ylim=(y.min() - 0.2 * np.ptp(y), y.max()))
    return figure


@_styled
def zoom(f: Function, x: float, slope: float, widths: Sequence[float]) -> Figure:
    """Draw the curve around `x` in ever narrower windows, beside its tangent.

    Parameters
    ----------
    f : callable
        The function, elementwise.
    x : float
        The point to zoom in on.
    slope : float
        The slope of the tangent at `x`.
    widths : sequence of float
        Half the width of each window, above 0.

    Returns
    -------
    Figure

    Raises
    ------
    TypeError, ValueError
        If `widths` is empty, or one of them is not finite and above 0.

    Examples
    --------
    >>> figure = zoom(np.square, 1.0, slope=2.0, widths=[1, 0.1])
    """
    _checks.some("widths", widths)
    figure, panels = _figure(150, columns=len(widths), squeeze=False)
    for axes, width in zip(panels[0], widths, strict=True):
        width = _checks.positive("each width", width)
        reach = np.array([x - width, x + width])
        _draw(axes, f, (reach[0], reach[1]))
        axes.plot(reach, f(x) + slope * (reach - x), **_TANGENT)
        axes.plot(x, f(x), **_POINT)
        axes.set(xlim=reach, xticks=[x], yticks=[], title=rf"$\pm\,{width:g}$")
    return figure


@_styled
def slopes(landscape: Landscape, points: Sequence[float]) -> Figure:
    """Draw a landscape with tangents at some points, and its derivative below.

    Parameters
    ----------
    landscape : Landscape
        The function and its gradient.
    points : sequence of float
        Where to draw tangents.

    Returns
    -------
    Figure

    Examples
    --------
    >>> from gdcore.landscapes import parabola
    >>> figure = slopes(parabola, points=[-2, 0, 1])
    """
    figure, (above, below) = _figure(320, rows=2, sharex=True)
    _draw(above, landscape, landscape.domain)
    _draw(below, landscape.gradient, landscape.domain, color=TANGENT)
    below.axhline(0, color=MUTED, linewidth=0.8)
    half = 0.2 * np.ptp(landscape.domain)
    for x in points:
        slope = landscape.gradient(x)
        # Tangents of one drawn length, so that steep ones do not run out of the picture.
        reach = half / np.hypot(
            1,
            slope
            * np.ptp(landscape.domain)
            / np.ptp(landscape(np.linspace(*landscape.domain, 401))),
        )
        t = np.array([x - reach, x + reach])
        above.plot(t, landscape(x) + slope * (t - x), **_TANGENT)
        above.plot(x, landscape(x), **_POINT)
        below.plot([x, x], [0, slope], color=TANGENT, linewidth=1.0, linestyle=":")
        below.plot(x, slope, **_POINT)
    above.set(ylabel="height")
    below.set(xlabel="$x$", ylabel="slope", xlim=landscape.domain)
    return figure


@_styled
def difference_errors(
    h: ArrayLike, errors: Mapping[str, ArrayLike], best: Mapping[str, float]
) -> Figure:
    """Draw the error of numerical derivatives against the step, both axes logarithmic.

    Parameters
    ----------
    h : array_like, shape (n,)
        The steps, above 0.
    errors : mapping of str to array_like, shape (n,)
        For each recipe its errors.  Those below 1e-17, 0 among them, are drawn at 1e-17.
    best : mapping of str to float
        For some of the recipes the predicted best step, marked by an upright line.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If there are no recipes, or more than four.

    Examples
    --------
    >>> h = [1e-8, 1e-4, 1.0]
    >>> figure = difference_errors(h, {"forward": [1e-8, 1e-4, 1]}, best={"forward": 1e-8})
    """
    figure, axes = _figure(270)
    for name, look in _looks("errors", errors):
        axes.loglog(h, np.maximum(errors[name], 1e-17), label=name, **look)
        if name in best:
            axes.axvline(best[name], color=look["color"], linewidth=0.9, linestyle=":")
    axes.set(xlabel="$h$", ylabel="error of the derivative")
    axes.grid(color=GRID, linewidth=0.6)
    axes.legend(
        loc="lower center",
        bbox_to_anchor=(0.5, 1.0),
        ncols=len(errors),
        handlelength=2.6,
        columnspacing=1.2,
    )
    return figure


@_styled
def kinks(functions: Mapping[str, Function], x: float = 0.0, h: float = 1.0) -> Figure:
    """Draw secants to the left and to the right of a point where a function has a kink.

    Parameters
    ----------
    functions : mapping of str to callable
        TeX name -> function, elementwise.
    x : float, optional
        Where the kink is.
    h : float, optional
        The width of the secants, above 0.

    Returns
    -------
    Figure

    Raises
    ------
    TypeError, ValueError
        If `functions` is empty, or `h` is not finite and above 0.

    Examples
    --------
    >>> figure = kinks({"|x|": np.abs})
    """
    _checks.some("functions", functions)
    h = _checks.positive("h", h)
    figure, panels = _figure(170, columns=len(functions), squeeze=False)
    for axes, (name, f) in zip(panels[0], functions.items(), strict=True):
        _draw(axes, f, (x - 2 * h, x + 2 * h))
        for side in (-h, h):
            slope = (f(x + side) - f(x)) / side
            reach = np.array([x - 0.6 * side, x + 1.6 * side])
            axes.plot(reach, f(x) + slope * (reach - x), **_TANGENT)
            words = f"slope {slope:+g}" if slope else "slope 0"
            _label(
                axes,
                words.replace("-", "\N{MINUS SIGN}"),
                (x + 0.7 * side, f(x + 0.7 * side)),
                (5 * np.sign(side), -8 if slope else 8),
                color=TANGENT,
                va="center",
                ha="left" if side > 0 else "right",
            )
        axes.plot(x, f(x), **_POINT)
        axes.set(title=f"${name}$", xlabel="$x$", xlim=(x - 2 * h, x + 2 * h))
    return figure


@_styled
def descents(
    landscape: Landscape, paths: Mapping[str, Path], *, minimum: float | None = None
) -> Figure:
    """Draw runs on a landscape, one panel each: hops from point to point on the curve.

    Parameters
    ----------
    landscape : Landscape
        Where the runs were made; its domain is what is shown.
    paths : mapping of str to Path
        Title -> run.  More than one run stand in two columns.
    minimum : float, optional
        Where the minimum is, drawn as a star.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If `paths` is empty.

    Examples
    --------
    >>> from gdcore.descent import descend
    >>> from gdcore.landscapes import parabola
    >>> from gdcore.rules import Plain
    >>> path = descend(parabola.gradient, -4, rule=Plain(0.1), max_steps=5)
    >>> figure = descents(parabola, {"five steps": path}, minimum=0.0)
    """
    _checks.some("paths", paths)
    columns = 1 if len(paths) == 1 else 2
    rows = -(-len(paths) // columns)
    figure, panels = _figure(
        230 if columns == 1 else 165 * rows, rows, columns, squeeze=False, sharex=True, sharey=True
    )
    for axes in panels.flat[len(paths) :]:
        axes.set_visible(False)
    for axes, (title, path) in zip(panels.flat, paths.items(), strict=False):
        _draw(axes, landscape, landscape.domain)
        _draw_path(axes, landscape, path)
        if minimum is not None:
            axes.plot(minimum, landscape(minimum), **_MINIMUM)
        axes.set_title(title)
        _fit(axes, landscape)
    panels[0, 0].locator_params(axis="x", nbins=6, integer=True)
    for axes in panels[-1]:
        axes.set_xlabel("$x$")
    for axes in panels[:, 0]:
        axes.set_ylabel(f"${landscape.tex}$")
    return figure


@_styled
def rolling_balls(
    landscape: Landscape, paths: Sequence[Path], *, seconds: float = 6.0
) -> RollingBalls:
    """Draw runs on one landscape, with a ball for each that can be made to roll.

    Parameters
    ----------
    landscape : Landscape
        Where the runs were made; its domain is what is shown.
    paths : sequence of Path
        The runs.  All balls take equally long for a step.
    seconds : float, optional
        How long the roll takes, above 0.

    Returns
    -------
    RollingBalls

    Raises
    ------
    TypeError, ValueError
        If `paths` is empty, or `seconds` is not finite and above 0.

    Examples
    --------
    >>> from gdcore.descent import descend
    >>> from gdcore.landscapes import parabola
    >>> from gdcore.rules import Plain
    >>> path = descend(parabola.gradient, -4, rule=Plain(0.1), max_steps=5)
    >>> figure = rolling_balls(parabola, [path])
    >>> figure.tracks[0].shape  # six frames a step, and the end
    (31, 2)
    """
    _checks.some("paths", paths)
    figure = RollingBalls(figsize=(WIDTH / 72, 230 / 72))
    axes = figure.subplots()
    _draw(axes, landscape, landscape.domain)
    for path in paths:
        axes.plot(path.points, path.values(landscape), **_HOPS)
    _fit(axes, landscape)
    axes.set(xlabel="$x$", ylabel=f"${landscape.tex}$")
    figure.draw_without_rendering()  # settles the layout, and with it where a point lands
    figure.seconds = _checks.positive("seconds", seconds)
    steps = max(path.steps for path in paths)
    figure.tracks = [_track(axes, landscape, path, steps) for path in paths]
    return figure


def _track(axes: Axes, landscape: Landscape, path: Path, steps: int) -> NDArray[np.float64]:
    """Return places along the curve: every step slows down towards its end, like a real ball."""
    ease = np.sin(np.linspace(0, np.pi / 2, 6, endpoint=False))
    points = np.append(path.points, [path.end] * (steps - path.steps))
    x = (points[:-1, None] + np.diff(points)[:, None] * ease).ravel()
    x = np.append(x, points[-1])
    place = axes.transData.transform(np.column_stack([x, landscape(x)]))
    return np.column_stack([place[:, 0], axes.figure.bbox.height - place[:, 1]])


@_styled
def rates(
    learning_rates: ArrayLike, measured: ArrayLike, curvature: float, samples: Mapping[str, float]
) -> Figure:
    """Draw the factor by which one step shrinks the distance to the minimum of a parabola.

    Parameters
    ----------
    learning_rates : array_like, shape (n,)
        The learning rates that were tried.
    measured : array_like, shape (n,)
        The factor that each run showed.
    curvature : float
        The curvature L of the parabola, above 0; the curve drawn is ``|1 - L * rate|``.
    samples : mapping of str to float
        Learning rates to name in the picture.

    Returns
    -------
    Figure

    Raises
    ------
    TypeError, ValueError
        If `curvature` is not a real number, or not finite and above 0.

    Examples
    --------
    >>> figure = rates([0.1, 0.9], [0.8, 0.8], curvature=2.0, samples={"creep": 0.1})
    """
    top = 1.25 * 2 / _checks.positive("curvature", curvature)
    figure, axes = _figure(250)
    _draw(axes, lambda rate: abs(1 - curvature * rate), (0, top))
    axes.plot(learning_rates, measured, **(_POINT | {"markerfacecolor": PAPER}))
    axes.axhline(1, color=MUTED, linewidth=0.8, linestyle=":")
    axes.axvline(2 / curvature, color=MUTED, linewidth=0.8, linestyle=":")
    axes.text(2 / curvature, 1.42, r" $2/L$", color=MUTED)
    for name, rate in samples.items():
        offset = (8, 5 if curvature * rate < 1 else -5)  # beside the V, not on it
        _label(axes, name, (rate, abs(1 - curvature * rate)), offset, color=PATH, va="center")
        axes.plot(rate, abs(1 - curvature * rate), **(_BALL | {"markersize": 6}))
    axes.set(
        xlabel=r"learning rate $\eta$",
        ylabel="distance after / before a step",
        xlim=(0, top),
        ylim=(-0.08, 1.55),
    )
    return figure


@_styled
def progress(series: Mapping[str, ArrayLike], ylabel: str, *, log: bool = True) -> Figure:
    """Draw numbers against the step at which they were measured.

    Parameters
    ----------
    series : mapping of str to array_like, shape (steps + 1,)
        Label -> one number for each step, from step 0 on.
    ylabel : str
        What the numbers are.
    log : bool, optional
        Whether the upright axis is logarithmic.  Numbers that are not above 0 are left out then.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If there are no series, or more than four.

    Examples
    --------
    >>> figure = progress({"halving": [4, 2, 1]}, ylabel="distance")
    """
    figure, axes = _figure(240)
    for label, look in _looks("series", series):
        values = np.asarray(series[label], dtype=float)
        axes.plot(np.where(values > 0, values, np.nan) if log else values, label=label, **look)
    axes.set(xlabel="step", ylabel=ylabel, yscale="log" if log else "linear")
    axes.grid(color=GRID, linewidth=0.6)
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, handlelength=2.6)
    return figure


@_styled
def basins(landscape: Landscape, paths: Sequence[Path]) -> Figure:
    """Draw where many runs started and where each of them ended.

    Parameters
    ----------
    landscape : Landscape
        Where the runs were made; its domain is what is shown.
    paths : sequence of Path
        The runs, with at most four ends (to three decimals).  Starts that share an end share
        a marker.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If the runs have no end, or more than four.

    Examples
    --------
    >>> from gdcore.descent import descend
    >>> from gdcore.landscapes import double_well
    >>> from gdcore.rules import Plain
    >>> well = double_well(tilt=0.3)
    >>> runs = [descend(well.gradient, x, rule=Plain(0.05)) for x in (-1.5, 1.5)]
    >>> figure = basins(well, runs)
    """
    figure, axes = _figure(250)
    _draw(axes, landscape, landscape.domain)
    ends = sorted({round(path.end, 3) for path in paths})
    _checks.some("the ends of paths", ends, most=len(_MARKS))
    for path in paths:
        mark = _MARKS[ends.index(round(path.end, 3))]
        axes.plot(path.start, landscape(path.start), **(_BALL | {"markersize": 5.5} | mark))
    for end in ends:
        axes.plot(end, landscape(end), **_MINIMUM)
    _fit(axes, landscape)
    axes.set(xlabel="start $x_0$", ylabel=f"${landscape.tex}$")
    return figure
