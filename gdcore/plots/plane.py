"""Figures of functions of two variables: surfaces, and maps with equal axes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Annotated, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.contour import ContourSet
from matplotlib.path import Path as Line
from matplotlib.transforms import Affine2D
from mpl_toolkits.mplot3d import Axes3D
from numpy.typing import ArrayLike, NDArray

from gdcore import _checks
from gdcore._checks import Positive
from gdcore.landscapes import Function, Landscape
from gdcore.plots import _figure as fig
from gdcore.plots._figure import Figure, Look, Surface, Walk

Array = NDArray[np.floating]

_CUT: Look = {"color": fig.INK, "linewidth": 1.2, "linestyle": (0, (4, 2)), "zorder": 3}
_DOTTED: Look = {"color": fig.INK, "linewidth": 1.2, "linestyle": (0, (1, 2)), "zorder": 3}
#: Points across a map, and upwards, at which its height is taken.
_FINE = 121
#: Runs of more hops than this are drawn as lines without dots.
_MANY = 120


def _of_shape(name: str, value: Any, shape: tuple[int, ...]) -> Array:
    """Return `value` as an array of finite floats of that shape; -1 stands for any length but 0."""
    array = _checks.reals(name, value).astype(float)
    fits = [have == want or want < 0 < have for have, want in zip(array.shape, shape, strict=False)]
    if array.ndim != len(shape) or not all(fits):
        raise ValueError(f"{name} must have shape {shape}, got {array.shape}".replace("-1", "m"))
    return array


_Point = Annotated[Any, partial(_of_shape, shape=(2,))]
_Spot = _Point | None
_Rows = Annotated[Any, partial(_of_shape, shape=(-1, 2))]
_Columns = Annotated[Any, partial(_of_shape, shape=(2, -1))]


def _levels(heights: Array, count: int) -> Array:
    """Return heights, short to write, that part the map into regions of about equal area."""
    levels = np.quantile(heights, np.arange(1, count + 1) / (count + 1))
    levels[np.abs(levels) < 1e-9 * np.ptp(heights)] = 0
    return np.unique([float(f"{level:.2g}") for level in levels])


def _grid(box: Array, count: int) -> Array:
    """Return so many points across and upwards, their coordinates along the first axis."""
    return np.array(np.meshgrid(*(np.linspace(low, high, count) for low, high in box)))


def _map(
    axes: Axes, f: Function, box: Array, count: int = 11, *, at: Any = None, through: Any = None
) -> ContourSet:
    """Draw `count` contours, or those `at` some heights, on equal axes that show the box.

    Lower ground is darker.  The contour nearest to the height `through` is moved there.
    """
    x, y = grid = _grid(box, _FINE)
    z = f(grid)
    if not np.ptp(z) > 0:
        raise ValueError("landscape must not be level everywhere")
    levels = _levels(z, count) if at is None else np.unique(at)
    if through is not None:
        levels[np.argmin(np.abs(levels - through))] = through
    levels = levels[(levels >= z.min()) & (levels <= z.max())]
    tint: Look = {"colors": fig.FUNCTION, "alpha": 0.07, "zorder": 0}
    line: Look = {"colors": fig.FUNCTION, "linestyles": "solid", "zorder": 1}
    low = levels[: max(len(levels) // 2, 1) : 2]
    shades = [axes.contourf(x, y, z, levels=[z.min() - 1, level], **tint) for level in low]
    contours = axes.contour(x, y, z, levels=levels, linewidths=0.7, **line)
    # Leave out the points that change nothing at the size at which the map is shown.
    there = Affine2D().scale(fig.WIDTH / np.ptp(box, axis=1).max())
    for drawn in [*shades, contours]:
        drawn.set_paths([_slim(path, there) for path in drawn.get_paths()])
    axes.set(aspect="equal", xlim=box[0], ylim=box[1])
    return contours


def _slim(path: Line, there: Affine2D) -> Line:
    slim = path.cleaned(there, simplify=True)
    places, codes = np.array(slim.vertices), np.array(slim.codes)
    real = codes != Line.STOP  # it ends with a mark that is no place
    return Line(places[real], codes[real]).transformed(there.inverted())


def _label_heights(axes: Axes, contours: ContourSet, box: Array, *points: Any) -> None:
    """Write the height on every third contour, far from the points, which must stay legible."""
    clear = np.vstack([np.atleast_2d(some) for some in points if some is not None])
    clear = clear[np.all(np.isfinite(clear), axis=1)]
    middle, span = box.mean(axis=1), np.ptp(box, axis=1)
    levels = [float(level) for level in contours.levels][1::3]
    spots: list[Array] = []
    for path in contours.get_paths()[1::3]:
        places = np.array(path.vertices)
        places = places[np.all(np.abs(places - middle) < 0.42 * span, axis=1)]
        if len(places):
            gaps = (places[:, None] - clear) / span
            spots.append(places[np.argmax(np.min(np.linalg.norm(gaps, axis=2), axis=1))])
            clear = np.vstack([clear, spots[-1:]])
    look: Look = {"inline": False, "fmt": "%g", "fontsize": 11, "colors": fig.MUTED}
    for text in axes.clabel(contours, levels, manual=spots, **look) if spots else ():
        text.set_bbox({"facecolor": fig.PAPER, "edgecolor": "none", "alpha": 0.8, "pad": 0.6})


def _atlas(
    landscape: Landscape, box: Array, columns: int = 1, rows: int = 1
) -> tuple[Figure, NDArray[Any]]:
    """Return a figure for so many maps of the box, and their axes."""
    ratio = np.ptp(box[1]) / np.ptp(box[0])
    height = min((fig.WIDTH - 45) / columns * ratio + (40 if columns == 1 else 44), 340)
    shared: Look = {"squeeze": False, "sharex": True, "sharey": True}
    figure, panels = fig.canvas(height * rows, rows, columns, **shared)
    _name_axes(landscape, panels[-1], panels[:, 0])
    return figure, panels


def _name_axes(landscape: Landscape, below: Iterable[Axes], left: Iterable[Axes]) -> None:
    across, upwards = landscape.variables
    for axes in below:
        axes.set_xlabel(f"${across}$")
    for axes in left:
        axes.set_ylabel(f"${upwards}$")


def _visible(points: Array, box: Array) -> Array:
    """Return the points of a path that are worth drawing; a row of NaN stands for a gap."""
    middle, span = box.mean(axis=1), np.ptp(box, axis=1)
    offset = points - middle
    far = np.max(np.abs(offset / span), axis=1, keepdims=True) / 1e3
    points = np.where(far > 1, middle + offset / np.maximum(far, 1), points)  # for an SVG
    ends = np.stack([points[:-1], points[1:]])
    crosses = np.all((ends.max(axis=0) >= box[:, 0]) & (ends.min(axis=0) <= box[:, 1]), axis=1)
    seen = np.append(crosses, False) | np.insert(crosses, 0, False)
    seen[0] = True
    points = np.where(seen[:, None], points, np.nan)
    if len(points) > _MANY:  # leave out what lies within a point of what is drawn
        place = np.nan_to_num(np.floor((points - box[:, 0]) / span * fig.WIDTH), nan=-1e9)
        moved = np.any(np.diff(place, axis=0) != 0, axis=1)
        points = points[np.insert(moved, 0, True)]
    return points


def _draw_run(axes: Axes, points: Array, look: Look) -> None:
    dots: Look = {"linewidth": 1.0, "markersize": 3.4, "zorder": 4}
    axes.plot(*points.T, **(dots | look | ({} if len(points) <= _MANY else {"marker": "none"})))


def _star(axes: Axes, minimum: ArrayLike | None) -> None:
    if minimum is not None:
        axes.plot(*np.asarray(minimum), **fig.STAR)


def _arrow(axes: Axes, tail: Array, tip: Array, color: str) -> None:
    arrow: Look = {"arrowstyle": "-|>", "mutation_scale": 11, "linewidth": 1.8, "color": color}
    arrow |= {"shrinkA": 0, "shrinkB": 0}
    axes.annotate("", (tip[0], tip[1]), (tail[0], tail[1]), arrowprops=arrow, zorder=5)


@fig.styled
def surface(landscape: Surface, point: _Point) -> Figure:
    """Draw a surface in perspective beside its map, with the axis-parallel lines through a point.

    Parameters
    ----------
    landscape : Landscape
        The function, of two variables; its domain is what is shown.
    point : array_like, shape (2,)
        The point to mark, in the domain.

    Returns
    -------
    Figure

    Raises
    ------
    TypeError, ValueError
        If the landscape is not one of two variables, or `point` not a point of the plane.

    Examples
    --------
    >>> from gdcore.landscapes import bowl
    >>> figure = surface(bowl(3), (1.5, 1.0))
    """
    box, p = np.array(landscape.domain), point
    if np.any((p < box[:, 0]) | (p > box[:, 1])):
        raise ValueError(f"point must be in {landscape.domain}, got {point}")
    figure = Figure(figsize=(fig.WIDTH / 72, 160 / 72))
    figure.set_layout_engine("none")  # which does not know how much room a net needs
    # Its own order of drawing would hide the cuts; here they lie on top.
    net = figure.add_axes((0, 0, 0.56, 1), projection="3d", computed_zorder=False)
    _draw_net(net, landscape, box, p)
    right = figure.add_axes((0.66, 0.2, 0.33, 0.74))
    _map(right, landscape, box, 7)
    right.plot(box[0], [p[1], p[1]], **_CUT)
    right.plot([p[0], p[0]], box[1], **_CUT)
    right.plot(*p, **fig.BALL)
    _name_axes(landscape, [right], [right])
    return figure


def _draw_net(axes: Axes3D, landscape: Landscape, box: Array, p: Array) -> None:
    net = _grid(box, 21)
    look: Look = {"color": fig.PAPER, "edgecolor": fig.FUNCTION, "linewidth": 0.5, "shade": False}
    axes.plot_surface(*net, landscape(net), rstride=1, cstride=1, zorder=1, **look)
    for axis, name in enumerate(landscape.variables):
        cut = np.repeat(p[:, None], 61, axis=1)
        cut[axis] = np.linspace(box[axis, 0], box[axis, 1], 61)
        axes.plot(*cut, landscape(cut), color=fig.INK, linewidth=1.4, zorder=3)
        axes.text(*cut[:, -1], landscape(cut[:, -1]), f" ${name}$", va="bottom")
    axes.plot(*p[:, None], landscape(p[:, None]), **fig.BALL)
    axes.view_init(elev=32, azim=-65)
    sides = np.ptp(box, axis=1)
    axes.set_box_aspect((*sides, 0.6 * sides.max()), zoom=1.5)
    axes.set_axis_off()
    for drawn in (*axes.collections, *axes.lines):
        drawn.set_clip_on(False)  # its corners reach beyond the frame that nobody sees


@fig.styled
def slices(landscape: Surface, point: _Point) -> Figure:
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

    Raises
    ------
    TypeError, ValueError
        If the landscape is not one of two variables, or `point` not a point of the plane.

    Examples
    --------
    >>> from gdcore.landscapes import bowl
    >>> figure = slices(bowl(3), (1.5, 1.0))
    >>> [axes.texts[0].get_text() for axes in figure.axes]
    ['slope 1.5', 'slope 3']
    """
    box, p = np.array(landscape.domain), point
    figure, panels = fig.canvas(190, columns=2, sharey=True)
    height, gradient = landscape(p), landscape.gradient(p)
    for axis, axes in enumerate(panels):
        along = np.linspace(box[axis, 0], box[axis, 1], 121)
        cut = np.where([[axis == 0], [axis == 1]], along, p[:, None])
        axes.plot(along, landscape(cut), **fig.CURVE)
        slope = float(gradient[axis])
        half = 0.22 * np.ptp(box[axis])
        reach = np.array([p[axis] - half, p[axis] + half])
        axes.plot(reach, height + slope * (reach - p[axis]), **fig.TANGENT_LINE)
        axes.plot(p[axis], height, **fig.DOT)
        words = f"slope {slope:.3g}".replace("-", "\N{MINUS SIGN}")
        middle: Look = {"ha": "center", "va": "top", "transform": axes.transAxes}
        axes.text(0.5, 0.96, words, color=fig.TANGENT, **middle)
        name, fixed = landscape.variables[axis], landscape.variables[1 - axis]
        axes.set(title=f"along ${fixed} = {p[1 - axis]:g}$", xlabel=f"${name}$", xlim=box[axis])
    panels[0].set_ylabel("height")
    return figure


@fig.styled
def gradients(landscape: Surface, points: _Rows, *, scale: Positive = 0.1) -> Figure:
    """Draw the gradient at some points as arrows, and the level set through each point.

    Parameters
    ----------
    landscape : Landscape
        The function, of two variables, and its gradient.
    points : array_like, shape (m, 2)
        Where the arrows start, one point a row.
    scale : float, optional
        How much shorter than the gradient an arrow is, above 0.

    Returns
    -------
    Figure

    Raises
    ------
    TypeError, ValueError
        If the landscape is not one of two variables, `points` has another shape or is empty, or
        `scale` is not above 0.

    Examples
    --------
    >>> from gdcore.landscapes import bowl
    >>> figure = gradients(bowl(3), [(1.5, 1.0), (-2.0, 0.5)], scale=0.2)
    """
    box = np.array(landscape.domain)
    figure, ((axes,),) = _atlas(landscape, box)
    _map(axes, landscape, box, at=landscape(points.T))
    for p, gradient in zip(points, landscape.gradient(points.T).T, strict=True):
        if gradient.any():
            _arrow(axes, p, p + scale * gradient, fig.TANGENT)
    axes.plot(*points.T, **fig.DOT)
    return figure


@fig.styled
def maps(
    landscape: Surface, paths: Mapping[str, Walk], *, minimum: _Spot = None, beeline: bool = False
) -> Figure:
    """Draw runs on maps, one panel each.

    Parameters
    ----------
    landscape : Landscape
        Where the runs were made, of two variables; its domain is what is shown.
    paths : mapping of str to Run
        Title -> run.  More than one run stand in two columns.  Long runs are drawn without dots.
    minimum : array_like, shape (2,), optional
        Where the minimum is, drawn as a star.
    beeline : bool, optional
        Whether to draw the straight line from the start to the minimum, dotted.

    Returns
    -------
    Figure

    Raises
    ------
    TypeError, ValueError
        If the landscape or a path is not one of two variables, if `paths` is empty, or if
        `beeline` is asked for without a `minimum`.

    Examples
    --------
    >>> from gdcore.descent import descend
    >>> from gdcore.landscapes import bowl
    >>> from gdcore.rules import GradientDescent
    >>> path = descend(bowl(10).gradient, [-3, 1], rule=GradientDescent(0.15), max_steps=20)
    >>> figure = maps(bowl(10), {"twenty steps": path}, minimum=(0, 0), beeline=True)
    """
    box = np.array(landscape.domain)
    _checks.some("paths", paths)
    if beeline and minimum is None:
        raise ValueError("beeline needs a minimum to lead to, got minimum=None")
    columns = 1 if len(paths) == 1 else 2
    figure, panels = _atlas(landscape, box, columns, -(-len(paths) // columns))
    for axes in panels.flat[len(paths) :]:
        axes.set_visible(False)
    for axes, (title, path) in zip(panels.flat, paths.items(), strict=False):
        points = _visible(path.points, box)
        line = np.linspace(path.start, np.asarray(minimum)) if beeline else points
        contours = _map(axes, landscape, box, 11 if columns == 1 else 7)
        if columns == 1:
            _label_heights(axes, contours, box, points, line, minimum)
        _draw_run(axes, points, fig.RUNS[0])
        if beeline:
            axes.plot(*line.T, **_DOTTED)
        axes.plot(*path.start, **fig.START)
        _star(axes, minimum)
        axes.set_title(title)
    return figure


@fig.styled
def walks(landscape: Surface, paths: Mapping[str, Walk], *, minimum: _Spot = None) -> Figure:
    """Draw several runs on one map.

    Parameters
    ----------
    landscape : Landscape
        Where the runs were made, of two variables; its domain is what is shown.
    paths : mapping of str to Run
        Label -> run, at most four.
    minimum : array_like, shape (2,), optional
        Where the minimum is, drawn as a star.

    Returns
    -------
    Figure

    Raises
    ------
    TypeError, ValueError
        If the landscape or a path is not one of two variables, or there are no paths or more
        than four.

    Examples
    --------
    >>> from gdcore.descent import descend
    >>> from gdcore.landscapes import bowl
    >>> from gdcore.rules import GradientDescent
    >>> bowl = bowl(10)
    >>> rules = GradientDescent(0.05), GradientDescent(0.15)
    >>> slow, fast = (descend(bowl.gradient, [-3, 1], rule=rule) for rule in rules)
    >>> figure = walks(bowl, {"slow": slow, "fast": fast}, minimum=(0, 0))
    """
    box = np.array(landscape.domain)
    _checks.some("paths", paths, most=len(fig.RUNS))
    figure, ((axes,),) = _atlas(landscape, box)
    runs = [_visible(path.points, box) for path in paths.values()]
    _label_heights(axes, _map(axes, landscape, box), box, *runs, minimum)
    for label, points, look in zip(paths, runs, fig.RUNS, strict=False):
        _draw_run(axes, points, look | {"linewidth": 1.3, "label": label})
        axes.plot(*points[0], **fig.START)
    _star(axes, minimum)
    fig.legend(axes)
    return figure


@fig.styled
def ends(landscape: Surface, starts: _Columns, ends: _Columns, kinds: Mapping[str, Any]) -> Figure:
    """Draw where many runs started, marked by the kind of their end, and where they ended.

    Parameters
    ----------
    landscape : Landscape
        Where the runs were made, of two variables.  What is shown is the part of its domain
        that holds starts and ends.
    starts, ends : array_like, shape (2, m)
        The first and the last point of each run.
    kinds : mapping of str to array_like of bool, shape (m,)
        Label -> which runs ended in this way; at most four.

    Returns
    -------
    Figure

    Raises
    ------
    TypeError, ValueError
        If the landscape is not one of two variables, an array has another shape or type, or
        there are no kinds or more than four.

    Examples
    --------
    >>> from gdcore.landscapes import saddle
    >>> figure = ends(saddle, [[1, 1], [0, 0.5]], [[0, 0], [0, 1.5]], {"stuck": [True, False]})
    """
    fig.alike("starts and ends", starts, ends)
    both = np.hstack([starts, ends])
    margin = 0.04 * np.ptp(both, axis=1).max()
    window = np.column_stack([both.min(axis=1) - margin, both.max(axis=1) + margin])
    low, high = np.hsplit(np.array(landscape.domain), 2)
    box = np.clip(window, low, high)
    figure, ((axes,),) = _atlas(landscape, box)
    _map(axes, landscape, box, 7)
    for (label, look), mark in zip(fig.looks("kinds", kinds), fig.MARKS, strict=False):
        mask = _checks.even("kinds", kinds[label])
        if mask.dtype != bool or mask.shape != starts.shape[1:]:
            raise ValueError(f"kinds must hold masks of shape {starts.shape[1:]}, got {mask!r}")
        size: Look = {"markersize": 4, "markeredgewidth": 0.9, "linestyle": "none"}
        axes.plot(*starts[:, mask], **size, color=look["color"], **mark, label=label)
    axes.plot(*ends, color=fig.INK, marker="o", markersize=1.8, linestyle="none", zorder=4)
    fig.legend(axes)
    return figure


@fig.styled
def dial(landscape: Surface, point: _Point, *, minimum: _Spot = None) -> Figure:
    """Draw the slope in every direction around a point as a rose of spokes.

    Parameters
    ----------
    landscape : Landscape
        The function, of two variables, and its gradient.
    point : array_like, shape (2,)
        The point to look around at, where the gradient is not 0.
    minimum : array_like, shape (2,), optional
        Where the minimum is; the way to it is dotted.

    Returns
    -------
    Figure

    Raises
    ------
    TypeError, ValueError
        If the landscape is not one of two variables, `point` or `minimum` is not a point of the
        plane, or the landscape is level at `point`.

    Examples
    --------
    >>> from gdcore.landscapes import oval
    >>> figure = dial(oval, (1.0, 1.0), minimum=(0.0, 0.0))
    """
    box, p = np.array(landscape.domain), point
    gradient = landscape.gradient(p)
    size = np.linalg.norm(gradient)
    if not size > 0:
        raise ValueError(f"point must be where the landscape is not level, got {point}")
    half = 0.27 * np.ptp(box, axis=1).min()
    if minimum is not None:
        half = max(half, 1.15 * np.abs(minimum - p).max())
    window = np.column_stack([p - half, p + half])
    figure, ((axes,),) = _atlas(landscape, window)
    _map(axes, landscape, window, through=landscape(p))
    radius = 0.85 * half
    angles = np.arctan2(gradient[1], gradient[0]) + np.radians(np.arange(0, 360, 15))
    spokes = np.array([np.cos(angles), np.sin(angles)])
    slopes = gradient @ spokes
    downhill, uphill = (-1, fig.PATH, "o", "downhill"), (1, fig.TANGENT, "^", "uphill")
    for sign, color, marker, name in (downhill, uphill):
        chosen = sign * slopes > 1e-9 * size
        tips = p[:, None] + radius / size * np.abs(slopes[chosen]) * spokes[:, chosen]
        look: Look = {"color": color, "linewidth": 1.0, "marker": marker, "markersize": 3.5}
        # One line for all spokes of a kind: out and back again.
        rose = np.stack([p[:, None] + 0 * tips, tips], axis=-1).reshape(2, -1)
        axes.plot(*rose, **look, markevery=(1, 2), label=name, zorder=3)
        _arrow(axes, p, p + sign * radius * gradient / size, color)
    level = radius * np.array([-gradient[1], gradient[0]]) / size
    axes.plot(*np.transpose([p - level, p + level]), **_CUT, label="level")
    if minimum is not None:
        axes.plot(*np.transpose([p, minimum]), **_DOTTED, label="to the minimum")
        _star(axes, minimum)
    axes.plot(*p, **fig.DOT)
    fig.legend(axes)
    return figure


@fig.styled
def unit_balls(gradient: _Point) -> Figure:
    """Draw the steps of length at most 1 in three norms, and which of them goes down most.

    Parameters
    ----------
    gradient : array_like, shape (2,)
        The gradient, not 0.

    Returns
    -------
    Figure

    Raises
    ------
    TypeError, ValueError
        If `gradient` is not a vector of the plane, or is 0.

    Examples
    --------
    >>> figure = unit_balls((2.0, 1.0))
    """
    size = np.linalg.norm(gradient)
    if not size > 0:
        raise ValueError(f"gradient must not be 0, got {gradient}")
    down = -gradient / size
    angles = np.linspace(0, 2 * np.pi, 121)
    balls = {
        "2-norm": np.array([np.cos(angles), np.sin(angles)]),
        r"$\infty$-norm": np.array([[1, -1, -1, 1, 1], [1, 1, -1, -1, 1]]),
        "1-norm": np.array([[1, 0, -1, 0, 1], [0, 1, 0, -1, 0]]),
    }
    figure, panels = fig.canvas(150, columns=3, sharey=True)
    for axes, (title, ball) in zip(panels, balls.items(), strict=True):
        corners = down[:, None] if title == "2-norm" else ball[:, :-1]
        gain = down @ corners
        winners = corners[:, gain > gain.max() - 1e-9]
        axes.fill(*ball, facecolor=fig.FUNCTION, alpha=0.1)
        axes.plot(*ball, **(fig.CURVE | {"linewidth": 1.4}))
        along = 3 * np.array([-down[1], down[0]])
        foot = gain.max() * down
        axes.plot(*np.transpose([foot - along, foot + along]), **(_CUT | {"color": fig.MUTED}))
        _arrow(axes, np.zeros(2), down, fig.PATH)
        axes.plot(*winners, **(fig.BALL | {"linestyle": "-", "linewidth": 3}))
        axes.set(title=title, aspect="equal", xlim=(-1.6, 1.6), ylim=(-1.6, 1.6))
        axes.set(xticks=[-1, 0, 1], yticks=[-1, 0, 1])
    return figure
