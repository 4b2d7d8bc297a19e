"""Checks of arguments: each gives back what is usable, or says what is wrong and with which.

Functions under :func:`checked`, and dataclasses that are :class:`Checked`, name their checks in
their annotations.  Where a check costs more than the work, it is called in the function instead.
"""

from __future__ import annotations

import inspect
import math
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, partial, wraps
from numbers import Integral, Real
from typing import Annotated, Any, ParamSpec, TypeVar, get_args, get_origin, get_type_hints

import numpy as np
from numpy.typing import NDArray

P = ParamSpec("P")
R = TypeVar("R")
# What a function or a dataclass allows, by name.
_hints: Any = cache(partial(get_type_hints, include_extras=True))


def checked(function: Callable[P, R]) -> Callable[P, R]:
    """Let a function see only what its annotations allow."""
    signature = inspect.signature(function)

    @wraps(function)
    def call(*args: P.args, **named: P.kwargs) -> R:
        bound = signature.bind(*args, **named)
        for name, hint in _hints(function).items():
            if name in bound.arguments:
                bound.arguments[name] = fit(name, bound.arguments[name], hint)
        return function(*bound.args, **bound.kwargs)

    return call


class Checked:
    """A dataclass whose fields hold only what their annotations allow."""

    def __post_init__(self) -> None:
        """Check each field, and keep what the check returns."""
        for name, hint in _hints(type(self)).items():
            object.__setattr__(self, name, fit(name, getattr(self, name), hint))


def fit(name: str, value: Any, hint: Any) -> Any:
    """Return `value` as an annotation wants it; one that says nothing to check allows anything."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return inner[1](name, value)
    if type(None) in inner:
        return None if value is None else fit(name, value, inner[0])
    if hint == File:
        instance(name, value, str, os.PathLike)
    if origin is Callable and not callable(value):
        raise TypeError(f"{name} must be callable, got {value!r}")
    if origin is Mapping:
        instance(name, value, Mapping)
        for key in value:
            instance(f"each label of {name}", key, inner[0])
        return {key: fit(f"{name}[{key!r}]", value[key], inner[1]) for key in value}
    if origin in (Sequence, tuple):
        try:
            values = list(value)
        except TypeError:
            raise TypeError(f"{name} must be a sequence, got {value!r}") from None
        hints = inner if origin is tuple else inner * len(values)
        if len(hints) != len(values):
            raise ValueError(f"{name} must be {len(hints)} values, got {value!r}")
        pairs = zip(values, hints, strict=True)
        return tuple(fit(f"{name}[{i}]", v, h) for i, (v, h) in enumerate(pairs))
    if hint is float:
        return real(name, value)
    if isinstance(hint, type) and hint is not Any:
        instance(name, value, hint)
    return value


def real(name: str, value: Any) -> float:
    """Return `value` as a float if it is one finite real number."""
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} must be a real number, got {value!r}")
    try:
        number = float(value)
    except OverflowError:  # a whole number beyond the floats
        number = math.inf
    if not math.isfinite(number):
        raise ValueError(f"{name} must be finite, got {value!r}")
    return number


def within(words: str, holds: Callable[[float], bool], name: str, value: Any) -> float:
    """Return `value` as a float if it is a finite real number in the range that `words` name."""
    number = real(name, value)
    if not holds(number):
        raise ValueError(f"{name} must be {words}, got {value!r}")
    return number


def whole(name: str, value: Any, *, at_least: int) -> int:
    """Return `value` as an int if it is a whole number of at least `at_least`."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"{name} must be a whole number, got {value!r}")
    number = int(value)
    if not at_least <= number <= sys.maxsize:
        bound = f"least {at_least}" if number < at_least else f"most {sys.maxsize}"
        raise ValueError(f"{name} must be at {bound}, got {value!r}")
    return number


def some(name: str, values: Iterable[Any], most: int | None = None) -> list[Any]:
    """Return the `values` as a list if there is one, and no more than `most`."""
    values = list(values)
    if not values or (most and len(values) > most):
        count = f"1 to {most}" if most else "at least 1"
        raise ValueError(f"{name} must be {count}, got {values!r}")
    return values


def height(name: str, function: Any, x: Any) -> float:
    """Return what a `function` says at `x`, infinite where Python's own floats overflow."""
    try:
        value = function(x)
    except OverflowError:
        return math.inf
    if not isinstance(value, (Real, np.ndarray)) or getattr(value, "shape", ()) != ():
        raise TypeError(f"{name} must return one number, got {value!r}")
    return float(value)


def instance(name: str, value: Any, *kinds: type) -> None:
    """Refuse a `value` that is of none of these kinds."""
    if not isinstance(value, kinds):
        names = " or ".join(kind.__name__ for kind in kinds)
        raise TypeError(f"{name} must be a {names}, got {value!r}")


def even(name: str, value: Any) -> NDArray[Any]:
    """Return `value` as an array of whatever it holds; an array is not copied."""
    try:
        return np.asarray(value)
    except ValueError:  # rows of different length
        raise ValueError(f"{name} must be a number or an even array, got {value!r}") from None


def reals(name: str, value: Any) -> NDArray[np.floating]:
    """Return a copy of `value` as an array of finite floats, of any shape.

    float32 stays float32; every other real type becomes float64.
    """
    array = even(name, value).copy()
    if array.dtype == object:  # fractions, whole numbers beyond 64 bits
        array = np.array([real(name, item) for item in array.flat]).reshape(array.shape)
    if array.dtype.kind not in "iuf":
        raise TypeError(f"{name} must hold real numbers, got {value!r}")
    with np.errstate(over="ignore"):
        array = array if array.dtype == np.float32 else array.astype(np.float64)
    if not np.all(np.isfinite(array)):
        raise ValueError(f"{name} must be finite, got {value!r}")
    return array


def numbers(name: str, value: Any) -> NDArray[Any]:
    """Return `value` as an array of real numbers, finite or not; an array is not copied."""
    array = even(name, value)
    if array.dtype.kind not in "iuf":
        raise TypeError(f"{name} must hold real numbers, got {value!r}")
    return array


def samples(name: str, value: Any) -> NDArray[Any]:
    """Return `value` as an array of finite real numbers, one sample after the other, at least 1.

    An array is not copied.
    """
    array = numbers(name, value)
    if not array.ndim or not array.size:
        raise ValueError(f"{name} must hold at least one sample, got shape {array.shape}")
    if not np.isfinite(array).all():
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise ValueError(f"{name} must be finite, got {array[where]} at index {where}")
    return array


def all_finite(array: Any) -> bool:
    """Whether all numbers are finite, mostly told from one: the sum of their squares."""
    return math.isfinite(np.vdot(array, array)) or bool(np.isfinite(array).all())


def finite(result: Any, **arguments: Any) -> Any:
    """Return `result`; if it is not finite, see whether an argument is to blame."""
    # A look at the result costs little, a look at all the data as much as the gradient.
    if not all_finite(result):
        for name, argument in arguments.items():
            samples(name, np.atleast_1d(argument))
    return result


def shaped(name: str, value: Any, shape: tuple[int, ...]) -> NDArray[Any]:
    """Return `value` as an array of real numbers, finite or not, if it has a point's `shape`."""
    array = numbers(name, value)
    if array.shape != shape:
        raise ValueError(f"{name} has shape {array.shape} at a point of shape {shape}")
    return array


def point(name: str, value: Any) -> np.floating | NDArray[np.floating]:
    """Return `value` as a float or as a copy in a 1-D array of floats, all finite."""
    array = reals(name, value)
    if array.ndim > 1 or not array.size:
        raise ValueError(
            f"{name} must be a number or a 1-D array, not empty, got shape {array.shape}"
        )
    return array[()]


def domain(name: str, value: Any, variables: tuple[int, ...] = (1, 2)) -> Any:
    """Return `value` if it is a pair of rising numbers, or one such pair for each variable."""
    array = reals(name, value)
    shapes = [(2,) * count for count in variables]
    if array.shape not in shapes or not np.all(array[..., 0] < array[..., 1]):
        raise ValueError(f"{name} must be low and high, for each variable, got {value!r}")
    return tuple(array.tolist()) if array.ndim == 1 else tuple(map(tuple, array.tolist()))


# What annotations can allow, beside classes, `float`, callables, and collections of all these.
Positive = Annotated[float, partial(within, "above 0", lambda number: number > 0)]
Share = Annotated[float, partial(within, "at least 0 and below 1", lambda number: 0 <= number < 1)]
Factor = Annotated[float, partial(within, "above 0 and below 1", lambda number: 0 < number < 1)]
Samples = Annotated[Any, samples]
Number = Annotated[int, partial(whole, at_least=0)]
Count = Annotated[int, partial(whole, at_least=1)]
Start = Annotated[Any, point]
File = str | os.PathLike[str]
