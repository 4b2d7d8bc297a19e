"""Figures of landscapes of two variables: surfaces and maps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.contour import ContourSet
from matplotlib.path import Path as Line
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import Affine2D
from mpl_toolkits.mplot3d import Axes3D
from numpy.typing import ArrayLike

from gdcore import _checks
from gdcore._types import Array
from gdcore.descent import Run
from gdcore.landscapes import Landscape
from gdcore.plots import _figure as fig
from gdcore.plots import _inputs as inputs
from gdcore.plots._figure import Figure, Look

CUT: Look = {"color": fig.INK, "linewidth": 1.2, "linestyle": (0, (4, 2)), "zorder": 3}
DOTTED: Look = {"color": fig.INK, "linewidth": 1.2, "linestyle": (0, (1, 2)), "zorder": 3}
#: Points across a map, and upwards, at which its height is taken.
_FINE = 121
#: Where one side of a map is so many times as long as the other, it is not drawn to scale.
_STRETCH = 8


@fig.styled
def contours(
    landscape: Landscape,
    runs: Run | Sequence[Run] | Mapping[str, Run] | None = None,
    *,
    minimum: ArrayLike | None = None,
    subplots: bool = True,
) -> Figure:
    """Draw the contours of a landscape of two variables, and runs on this map.

    The lower the ground, the stronger its colour, and the contours part the map into regions of
    about equal area.  Both axes have one scale, unless one is more than eight times as long as the
    other.

    Parameters
    ----------
    landscape : Landscape
        Its domain is what is shown.
    runs : Run, sequence of Run, or mapping of str to Run, optional
        Long runs are drawn without dots.
    minimum : array_like, shape (2,), optional
        Where the minimum is, drawn as a star.
    subplots : bool, optional
        Whether each run has a map of its own, with its label as the title; several stand in two
        columns.  If False, at most four runs share one map.

    Returns
    -------
    Figure

    Examples
    --------
    >>> from gdcore import GradientDescent, bowl, descend
    >>> valley = bowl(10)
    >>> runs = {
    ...     f"rate {rate}": descend(valley.gradient, [-3, 1], rule=GradientDescent(rate))
    ...     for rate in (0.05, 0.15)
    ... }
    >>> figure = contours(valley, runs, minimum=(0, 0), subplots=False)
    """
    inputs.landscape(landscape, 2)
    most = None if subplots else len(fig.RUNS)
    named = {} if runs is None else inputs.runs(runs, 2, most)
    star = None if minimum is None else inputs.points("minimum", minimum, (2,))
    _checks.instance("subplots", subplots, bool)
    box = np.array(landscape.domain)
    paths = {label: inputs.visible(run.points.astype(float), box) for label, run in named.items()}
    panels = [{label: path} for label, path in paths.items()] if subplots and paths else [paths]

    columns = 1 if len(panels) == 1 else 2
    figure, grid = atlas(landscape, box, columns, -(-len(panels) // columns))
    for axes in grid.flat[len(panels) :]:
        axes.set_visible(False)
    for axes, shown in zip(grid.flat, panels, strict=False):
        drawn = draw_map(axes, landscape, box, 11 if columns == 1 else 7)
        if columns == 1:
            _label_heights(axes, drawn, box, *shown.values(), star)
        for (label, path), look in zip(shown.items(), fig.RUNS, strict=False):
            thin: Look = {} if subplots else {"linewidth": 1.3, "label": label}
            _draw_path(axes, path, look | thin)
            axes.plot(*path[0], **fig.START)
        draw_star(axes, star)
        if subplots:
            axes.set_title("".join(shown))
    if not subplots and any(named):
        fig.legend(grid[0, 0])
    return figure


@fig.styled
def surface(landscape: Landscape, point: ArrayLike | None = None) -> Figure:
    """Draw the surface of a landscape of two variables in perspective, beside its contours.

    Parameters
    ----------
    landscape : Landscape
        Its domain is what is shown.
    point : array_like, shape (2,), optional
        A point to mark, in the domain, with the two lines through it that are parallel to the axes.

    Returns
    -------
    Figure

    Examples
    --------
    >>> from gdcore import bowl
    >>> figure = surface(bowl(3), (1.5, 1.0))
    """
    inputs.landscape(landscape, 2)
    p = None if point is None else inputs.points("point", point, (2,))
    box = np.array(landscape.domain)
    if p is not None and np.any((p < box[:, 0]) | (p > box[:, 1])):
        raise _checks.refused(ValueError, f"point must be in {landscape.domain}, got {p}")
    figure = Figure(figsize=(fig.WIDTH / 72, 160 / 72))
    figure.set_layout_engine("none")  # which does not know how much room a net needs
    # Its own order of drawing would hide the cuts; here they lie on top.
    net = figure.add_axes((0.05, 0, 0.56, 1), projection="3d", computed_zorder=False)
    _draw_net(net, landscape, box, p)
    right = figure.add_axes((0.7, 0.2, 0.29, 0.74))
    draw_map(right, landscape, box, 7)
    right.locator_params(axis="x", prune="both")  # there is no room beyond the corners
    if p is not None:
        right.plot(box[0], [p[1], p[1]], **CUT)
        right.plot([p[0], p[0]], box[1], **CUT)
        right.plot(*p, **fig.BALL)
    _name_axes(landscape, [right], [right])
    return figure


def _draw_net(axes: Axes3D, landscape: Landscape, box: Array, p: Array | None) -> None:
    net = _grid(box, 21)
    look: Look = {"color": fig.PAPER, "edgecolor": fig.FUNCTION, "linewidth": 0.5, "shade": False}
    heights = inputs.heights(landscape, net, 2)
    axes.plot_surface(*net, heights, rstride=1, cstride=1, zorder=1, **look)
    # The height, along the edge that stands at the left.
    known = inputs.known(heights, landscape)
    low, high = known.min(), known.max()
    corner = box[:, 0]
    axes.plot(*np.repeat(corner[:, None], 2, axis=1), [low, high], color=fig.MUTED, linewidth=0.8)
    small: Look = {"color": fig.MUTED, "ha": "right", "va": "center", "fontsize": 11}
    for tick in MaxNLocator(3).tick_values(low, high):
        if low <= tick <= high:
            axes.text(*corner, tick, f"{fig.true_minus(f'{tick:g}')} ", **small)
    axes.text(*corner, high, "height", color=fig.MUTED, ha="center", va="bottom")
    for axis, name in enumerate(landscape.variables):
        # Without a point the names stand at the middle of the sides.
        cut = np.repeat((box.mean(axis=1) if p is None else p)[:, None], 61, axis=1)
        cut[axis] = np.linspace(box[axis, 0], box[axis, 1], 61)
        heights = inputs.heights(landscape, cut, 2)
        if p is not None:
            axes.plot(*cut, heights, color=fig.INK, linewidth=1.4, zorder=3)
        axes.text(*cut[:, -1], heights[-1], f" ${name}$", va="bottom")
    if p is not None:
        axes.plot(*p[:, None], [inputs.height(landscape, p)], **fig.BALL)
    axes.view_init(elev=32, azim=-65)
    sides = np.ptp(box, axis=1) if _has_one_scale(box) else np.ones(2)
    axes.set_box_aspect((*sides, 0.6 * sides.max()), zoom=1.4)
    axes.set_axis_off()
    for drawn in (*axes.collections, *axes.lines):
        drawn.set_clip_on(False)  # its corners reach beyond the frame that nobody sees


@fig.styled
def slices(landscape: Landscape, point: ArrayLike) -> Figure:
    """Draw the heights along the two axis-parallel lines through a point, with their tangents.

    Parameters
    ----------
    landscape : Landscape
        The function, of two variables, and its gradient.
    point : array_like, shape (2,)
        The point that both lines go through.

    Returns
    -------
    Figure

    Examples
    --------
    >>> from gdcore import bowl
    >>> figure = slices(bowl(3), (1.5, 1.0))
    >>> [axes.texts[0].get_text() for axes in figure.axes]
    ['slope 1.5', 'slope 3']
    """
    inputs.landscape(landscape, 2)
    p = inputs.points("point", point, (2,))
    box = np.array(landscape.domain)
    figure, panels = fig.canvas(190, columns=2, sharey=True)
    height, gradient = inputs.height(landscape, p), inputs.gradient(landscape, p)
    for axis, axes in enumerate(panels):
        along = np.linspace(box[axis, 0], box[axis, 1], 121)
        cut = np.where([[axis == 0], [axis == 1]], along, p[:, None])
        axes.plot(along, inputs.heights(landscape, cut, 2), **fig.CURVE)
        slope = float(gradient[axis])
        half = 0.22 * np.ptp(box[axis])
        reach = np.array([p[axis] - half, p[axis] + half])
        axes.plot(reach, height + slope * (reach - p[axis]), **fig.TANGENT_LINE)
        axes.plot(p[axis], height, **fig.DOT)
        words = fig.true_minus(f"slope {slope:.3g}")
        middle: Look = {"ha": "center", "va": "top", "transform": axes.transAxes}
        axes.text(0.5, 0.96, words, color=fig.TANGENT, **middle)
        name, fixed = landscape.variables[axis], landscape.variables[1 - axis]
        axes.set(title=f"along ${fixed} = {p[1 - axis]:g}$", xlabel=f"${name}$", xlim=box[axis])
    panels[0].set_ylabel("height")
    return figure


@fig.styled
def gradients(landscape: Landscape, points: ArrayLike, *, scale: float | None = None) -> Figure:
    """Draw the gradient at some points as arrows, and the contour through each point.

    Parameters
    ----------
    landscape : Landscape
        The function, of two variables, and its gradient.
    points : array_like, shape (m, 2)
        Where the arrows start, one point a row.
    scale : float, optional
        How many times as long as the gradient an arrow is, above 0.  By default the longest arrow
        is a fifth of the map's shorter side.

    Returns
    -------
    Figure

    Examples
    --------
    >>> from gdcore import bowl
    >>> figure = gradients(bowl(3), [(1.5, 1.0), (-2.0, 0.5)])
    """
    inputs.landscape(landscape, 2)
    tails = inputs.points("points", points, (-1, 2))
    arrows = np.array([inputs.gradient(landscape, p) for p in tails])
    box = np.array(landscape.domain)
    longest = np.nanmax(np.append(np.hypot(*arrows.T), np.finfo(float).tiny))
    automatic = np.ptp(box, axis=1).min() / 5 / longest
    scale = automatic if scale is None else _checks.positive("scale", scale)
    figure, ((axes,),) = atlas(landscape, box)
    draw_map(axes, landscape, box, at=[inputs.height(landscape, p) for p in tails])
    for p, gradient in zip(tails, arrows, strict=True):
        if gradient.any() and np.isfinite(gradient).all():
            draw_arrow(axes, p, p + scale * gradient, fig.TANGENT)
    axes.plot(*tails.T, **fig.DOT)
    return figure


# --- maps


def atlas(
    landscape: Landscape, box: Array, columns: int = 1, rows: int = 1
) -> tuple[Figure, Array]:
    """Return a figure for so many maps of the box, and their axes."""
    ratio = np.ptp(box[1]) / np.ptp(box[0]) if _has_one_scale(box) else 0.75
    height = min((fig.WIDTH - 45) / columns * ratio + (40 if columns == 1 else 44), 340)
    shared: Look = {"squeeze": False, "sharex": True, "sharey": True}
    figure, panels = fig.canvas(height * rows, rows, columns, **shared)
    _name_axes(landscape, panels[-1], panels[:, 0])
    return figure, panels


def draw_map(
    axes: Axes,
    landscape: Landscape,
    box: Array,
    count: int = 11,
    *,
    at: Sequence[float] | None = None,
    through: float | None = None,
) -> ContourSet:
    """Draw `count` contours, or those `at` some heights, on axes that show the box.

    The lower the ground, the stronger its colour.  The contour nearest to the height `through` is
    moved there.
    """
    x, y = grid = _grid(box, _FINE)
    z = inputs.heights(landscape, grid, 2)
    known = inputs.known(z, landscape)
    lowest, highest = known.min(), known.max()
    levels = np.unique(_levels(known, count) if at is None else at)
    if through is not None:
        levels[np.argmin(np.abs(levels - through))] = through
    levels = levels[(levels >= lowest) & (levels <= highest) & (lowest < highest)]
    tint: Look = {"colors": fig.FUNCTION, "alpha": 0.07, "zorder": 0}
    line: Look = {"colors": fig.FUNCTION, "linestyles": "solid", "zorder": 1}
    low = levels[: max(len(levels) // 2, 1) : 2]
    bottom = lowest - max(highest - lowest, 1)
    seen = np.ma.masked_invalid(z)
    shades = [axes.contourf(x, y, seen, levels=[bottom, level], **tint) for level in low]
    contours = axes.contour(x, y, seen, levels=levels, linewidths=0.7, **line)
    # Leave out the points that change nothing at the size at which the map is shown.
    sides = np.ptp(box, axis=1)
    sides = np.full(2, sides.max()) if _has_one_scale(box) else sides
    there = Affine2D().scale(*fig.WIDTH / sides)
    for drawn in [*shades, contours]:
        drawn.set_paths([_slim(path, there) for path in drawn.get_paths()])
    axes.set(aspect="equal" if _has_one_scale(box) else "auto", xlim=box[0], ylim=box[1])
    return contours


def _has_one_scale(box: Array) -> bool:
    """Whether the map can be drawn as it is; a slope and an intercept may differ too much."""
    width, height = np.ptp(box, axis=1)
    return bool(1 / _STRETCH < width / height < _STRETCH)


def _grid(box: Array, count: int) -> Array:
    """Return so many points across and upwards, their coordinates along the first axis."""
    return np.array(np.meshgrid(*(np.linspace(low, high, count) for low, high in box)))


def _levels(heights: Array, count: int) -> Array:
    """Return heights, short to write, that part the map into regions of about equal area."""
    levels, span = np.quantile(heights, np.arange(1, count + 1) / (count + 1)), np.ptp(heights)
    levels[np.abs(levels) < 1e-9 * span] = 0
    for digits in range(2, 18):  # more than two where the heights hardly differ
        short = np.array([float(f"{level:.{digits}g}") for level in levels])
        if np.all(np.abs(short - levels) <= 0.05 * span):
            break
    return short


def _slim(path: Line, there: Affine2D) -> Line:
    slim = path.cleaned(there, simplify=True)
    places, codes = np.array(slim.vertices), np.array(slim.codes)
    real = codes != Line.STOP  # it ends with a mark that is no place
    return Line(places[real], codes[real]).transformed(there.inverted())


def _label_heights(axes: Axes, contours: ContourSet, box: Array, *points: Array | None) -> None:
    """Write the height on every third contour, far from the points, which must stay legible."""
    clear = np.vstack([np.empty((0, 2)), *(np.atleast_2d(p) for p in points if p is not None)])
    clear = clear[np.all(np.isfinite(clear), axis=1)]
    middle, span = box.mean(axis=1), np.ptp(box, axis=1)
    levels = [float(level) for level in contours.levels][1::3]
    spots: list[Array] = []
    for path in contours.get_paths()[1::3]:
        places = np.array(path.vertices)
        places = places[np.all(np.abs(places - middle) < 0.42 * span, axis=1)]
        if len(places):
            gaps = np.linalg.norm((places[:, None] - clear) / span, axis=2)
            spots.append(places[np.argmax(np.min(gaps, axis=1, initial=np.inf))])
            clear = np.vstack([clear, spots[-1:]])
    look: Look = {"inline": False, "fmt": _short, "fontsize": 11, "colors": fig.MUTED}
    for text in axes.clabel(contours, levels, manual=spots, **look) if spots else ():
        text.set_bbox({"facecolor": fig.PAPER, "edgecolor": "none", "alpha": 0.8, "pad": 0.6})


def _short(level: float) -> str:
    """Write a height with as many digits as it has."""
    return f"{level:g}" if float(f"{level:g}") == level else repr(float(level))


def _name_axes(landscape: Landscape, below: Iterable[Axes], left: Iterable[Axes]) -> None:
    across, upwards = landscape.variables
    for axes in below:
        axes.set_xlabel(f"${across}$")
    for axes in left:
        axes.set_ylabel(f"${upwards}$")


def _draw_path(axes: Axes, path: Array, look: Look) -> None:
    dots: Look = {"linewidth": 1.0, "markersize": 3.4, "zorder": 4}
    bare: Look = {} if len(path) <= inputs.MANY else {"marker": "none"}
    axes.plot(*path.T, **(dots | look | bare))


def draw_star(axes: Axes, minimum: Array | None) -> None:
    """Draw the minimum, if it is known."""
    if minimum is not None:
        axes.plot(*minimum, **fig.STAR)


def draw_arrow(axes: Axes, tail: Array, tip: Array, color: str) -> None:
    """Draw an arrow from one place to another."""
    arrow: Look = {"arrowstyle": "-|>", "mutation_scale": 11, "linewidth": 1.8, "color": color}
    arrow |= {"shrinkA": 0, "shrinkB": 0}
    axes.annotate("", (tip[0], tip[1]), (tail[0], tail[1]), arrowprops=arrow, zorder=5)
