"""Checks of arguments: each gives back what is usable, or says what is wrong and with which."""

from __future__ import annotations

import math
from collections.abc import Iterable
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import NDArray


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


def positive(name: str, value: Any) -> float:
    """Return `value` as a float if it is a finite real number above 0."""
    number = real(name, value)
    if number <= 0:
        raise ValueError(f"{name} must be above 0, got {value!r}")
    return number


def share(name: str, value: Any) -> float:
    """Return `value` as a float if it is a real number of at least 0 and below 1."""
    number = real(name, value)
    if not 0 <= number < 1:
        raise ValueError(f"{name} must be at least 0 and below 1, got {value!r}")
    return number


def whole(name: str, value: Any, *, at_least: int) -> int:
    """Return `value` as an int if it is a whole number of at least `at_least`."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"{name} must be a whole number, got {value!r}")
    if value < at_least:
        raise ValueError(f"{name} must be at least {at_least}, got {value!r}")
    return int(value)


def some(name: str, values: Iterable[Any], most: int | None = None) -> list[Any]:
    """Return the `values` as a list if there is one, and no more than `most`."""
    values = list(values)
    if not values or (most and len(values) > most):
        raise ValueError(
            f"{name} must be {f'1 to {most}' if most else 'at least 1'}, got {values!r}"
        )
    return values


def function(name: str, value: Any) -> Any:
    """Return `value` if it can be called."""
    if not callable(value):
        raise TypeError(f"{name} must be callable, got {value!r}")
    return value


def height(name: str, function: Any, x: Any) -> float:
    """Return what a `function` says at `x`, infinite where Python's own floats overflow."""
    try:
        value = function(x)
    except OverflowError:
        return math.inf
    if not isinstance(value, (Real, np.ndarray)) or getattr(value, "shape", ()) != ():
        raise TypeError(f"{name} must return one number, got {value!r}")
    return float(value)


def instance(name: str, value: Any, kind: type) -> None:
    """Refuse a `value` that is not of that kind."""
    if not isinstance(value, kind):
        raise TypeError(f"{name} must be a {kind.__name__}, got {value!r}")


def method(name: str, value: Any, attribute: str) -> Any:
    """Return the method `attribute` of `value` if it has one and is no mere class."""
    if isinstance(value, type) or not callable(getattr(value, attribute, None)):
        raise TypeError(f"{name} must be an object with a method {attribute!r}, got {value!r}")
    return getattr(value, attribute)


def reals(name: str, value: Any) -> NDArray[np.floating]:
    """Return a copy of `value` as an array of finite floats, of any shape.

    float32 stays float32; every other real type becomes float64.
    """
    try:
        array = np.array(value)
    except ValueError:  # rows of different length
        raise ValueError(f"{name} must be a number or an even array, got {value!r}") from None
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
    try:
        array = np.asarray(value)
    except ValueError:  # rows of different length
        raise ValueError(f"{name} must be a number or an even array, got {value!r}") from None
    if array.dtype.kind not in "iuf":
        raise TypeError(f"{name} must hold real numbers, got {value!r}")
    return array


def samples(name: str, value: Any) -> NDArray[Any]:
    """Return `value` as an array of finite real numbers, one sample after the other, at least 1.

    An array is not copied.
    """
    array = numbers(name, value)
    if array.ndim == 0 or array.size == 0:
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
    if array.ndim > 1 or array.size == 0:
        raise ValueError(
            f"{name} must be a number or a 1-D array that is not empty, got shape {array.shape}"
        )
    return array[()]
