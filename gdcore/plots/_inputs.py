"""What figures are drawn of: landscapes and runs as readers bring them, and rows of numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gdcore import _checks
from gdcore._types import Array, Function
from gdcore.descent import Run
from gdcore.landscapes import Landscape
from gdcore.plots import WIDTH

#: Runs of more hops than this are thinned out, and drawn on maps as lines without dots.
MANY = 120


def landscape(value: Any, variables: int) -> None:
    """Refuse what is not a landscape of so many variables."""
    _checks.instance("landscape", value, Landscape)
    _has_variables("landscape", value, np.shape(value.domain)[:-1], variables)


def runs(value: Any, variables: int, most: int | None = None) -> dict[str, Run]:
    """Return label -> run for one run, a list or a mapping of them; at most so many."""
    if isinstance(value, Run):
        value = {"": value}
    elif not isinstance(value, Mapping):
        value = {f"run {i}": run for i, run in enumerate(_checks.sequence("runs", value), 1)}
    found = _checks.mapping("runs", value)
    _checks.not_empty("runs", found.values(), most)
    for label, run in found.items():
        name = f"runs[{label!r}]" if label else "runs"
        _checks.instance(name, run, Run)
        _has_variables(name, run, run.points.shape[1:], variables)
    return found


def _has_variables(name: str, value: Any, shape: tuple[int, ...], variables: int) -> None:
    if shape != (variables,) * (variables - 1):
        count = "one variable" if variables == 1 else "two variables"
        raise _checks.refused(ValueError, f"{name} must have {count}, got {_checks.shown(value)}")


def row(name: str, value: ArrayLike, finite: bool = False) -> Array:
    """Return `value` as an array if it is a row of numbers that is not empty."""
    array = (_checks.samples if finite else _checks.numbers)(name, value)
    if array.ndim != 1 or array.size == 0:
        raise _checks.refused(
            ValueError, f"{name} must be a row of numbers, got shape {array.shape}"
        )
    return array


def alike(names: str, *arrays: Array) -> None:
    """Refuse arrays of different shapes."""
    shapes = [array.shape for array in arrays]
    if len(set(shapes)) > 1:
        raise _checks.refused(ValueError, f"{names} must be of one shape, got {shapes}")


def points(name: str, value: ArrayLike, shape: tuple[int, ...]) -> Array:
    """Return `value` as an array of finite floats of that shape; -1 stands for any length but 0."""
    array = _checks.finite_floats(name, value).astype(float)
    fits = [have == want or want < 0 < have for have, want in zip(array.shape, shape, strict=False)]
    if array.ndim != len(shape) or not all(fits):
        what = f"{name} must have shape {shape}, got {array.shape}".replace("-1", "m")
        raise _checks.refused(ValueError, what)
    return array


def heights(f: Function, at: Array, variables: int = 1) -> Array:
    """Return `f` at points, whose coordinates lie along the first axis if there are several.

    Where `f` has no finite value, NaN is returned.
    """
    shape = at.shape[variables > 1 :]
    each = at if variables == 1 else at.reshape(variables, -1).T
    with np.errstate(all="ignore"):
        z = _all_at_once(f, at, shape)
        if z is None or not _agrees(f, each, z.ravel()):
            z = _one_by_one(f, each).reshape(shape)
    return np.where(np.isfinite(z), z, np.nan)


def _all_at_once(f: Function, at: Array, shape: tuple[int, ...]) -> Array | None:
    try:
        z = np.asarray(f(at.copy()))
    except Exception:  # the same function may be content with one point
        return None
    return z.astype(float) if z.shape == shape and z.dtype.kind in "iuf" else None


def _agrees(f: Function, points: Array, z: Array) -> bool:
    """Whether `f` says the same of some points alone.

    A function that is meant for one point may divide many by a norm of them all.
    """
    some = [0, len(points) // 3, -1]
    try:
        return np.allclose(z[some], _one_by_one(f, points[some]), 1e-6, 0, equal_nan=True)
    except Exception:  # it wants many
        return True


def _one_by_one(f: Function, points: Array) -> Array:
    return np.array([height(f, point) for point in points])


def known(heights: Array, landscape: Landscape) -> Array:
    """Return the heights that are numbers, of which there must be one."""
    found = heights[np.isfinite(heights)]
    if not found.size:
        where = f"somewhere in its domain {landscape.domain}"
        raise _checks.refused(ValueError, f"landscape must have a finite height {where}")
    return found


def height(f: Function, p: Any) -> float:
    """Return `f` at one point, a number or an array."""
    with np.errstate(all="ignore"):
        return _checks.height("the function", f, np.copy(p)[()])


def gradient(landscape: Landscape, p: Any) -> Any:
    """Return the gradient at one point: a float, or an array of the point's shape."""
    with np.errstate(all="ignore"):
        g = _checks.shaped("the gradient", landscape.gradient(np.copy(p)[()]), np.shape(p))
    return g.astype(float)[()]


def bounded(places: Array, box: Array) -> Array:
    """Pull places that are far out of the box closer, along their line to its middle.

    An SVG cannot say how far away a run is that diverged.
    """
    middle, span = box.mean(axis=1), np.ptp(box, axis=1)
    with np.errstate(over="ignore"):
        offset = np.clip((places - middle) / span, -1e99, 1e99)
    far = np.max(np.abs(offset), axis=1, keepdims=True) / 1e3
    return np.where(far > 1, middle + offset / np.maximum(far, 1) * span, places)


def visible(places: Array, box: Array) -> Array:
    """Return the places of a path that are worth drawing; a row of NaN stands for a gap."""
    places = bounded(places, box)
    ends = np.stack([places[:-1], places[1:]])
    crosses = np.all((ends.max(axis=0) >= box[:, 0]) & (ends.min(axis=0) <= box[:, 1]), axis=1)
    seen = np.append(crosses, False) | np.insert(crosses, 0, False)
    seen[0] = True
    places = np.where(seen[:, None], places, np.nan)
    if len(places) > MANY:  # leave out what lies within a point of what is drawn
        spot = np.floor((places - box[:, 0]) / np.ptp(box, axis=1) * WIDTH)
        spot = np.nan_to_num(spot, nan=-1e9)
        moved = np.any(np.diff(spot, axis=0) != 0, axis=1)
        places = places[np.insert(moved, 0, True)]
    return places
