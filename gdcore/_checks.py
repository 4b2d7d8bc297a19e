"""Checks of arguments: each gives back what is usable, or says what is wrong and with which.

They are the first lines of a function.  What they refuse names the function that the user called,
the argument, its value and what is allowed: ``Adam: learning_rate must be above 0, got -0.1``.
"""

from __future__ import annotations

import errno
import math
import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: A longer value is shown without its middle.
LONGEST = 200
#: What a user has not called by its name.
UNKNOWN = re.compile(r"<|(^|\.)_(?!_)")


def refused(kind: type[Exception], what: str) -> Exception:
    """Return an exception that names the function which the user called."""
    name, frame = "", sys._getframe(1)
    while frame.f_back and frame.f_globals.get("__name__", "").startswith("gdcore."):
        # Nothing that is private or local, nor the __init__ that a dataclass gets, has a name that
        # helps.
        if frame.f_globals is not globals() and not UNKNOWN.search(frame.f_code.co_qualname):
            name = frame.f_code.co_qualname
        frame = frame.f_back
    for ending in (".__init__", ".__post_init__", ".__call__", ".__next__"):
        name = name.removesuffix(ending)
    return kind(f"{name}: {what}" if name else what)


def shown(value: Any) -> str:
    """Return a value in words: an array with its type, and nothing that fills the screen."""
    if isinstance(value, np.ndarray):
        some = np.array2string(value, separator=", ", threshold=6, edgeitems=2, max_line_width=1000)
        return f"{cut(some)} of dtype {value.dtype} and shape {value.shape}"
    if isinstance(value, (list, tuple)) and len(value) > 100:
        return f"{shown(value[:100])} of length {len(value)}"
    try:
        return cut(repr(value))
    except Exception:  # a whole number of too many digits, or an object that is broken
        return f"an object of type {type(value).__name__}"


def cut(text: str) -> str:
    """Return a text without its middle if it is long."""
    half = LONGEST // 2
    return text if len(text) <= LONGEST else f"{text[:half]} ... {text[-half:]}"


def real(name: str, value: Any) -> float:
    """Return `value` as a float if it is one finite real number."""
    if type(value) is float and math.isfinite(value):
        return value
    if isinstance(value, np.ndarray) and value.ndim == 0 and not np.ma.isMaskedArray(value):
        value = value[()]
    if isinstance(value, bool) or not isinstance(value, Real):
        raise refused(TypeError, f"{name} must be a real number, got {shown(value)}")
    try:
        number = float(value)
    except OverflowError:  # a whole number beyond the floats
        number = math.inf
    if not math.isfinite(number):
        raise refused(ValueError, f"{name} must be finite, got {shown(value)}")
    return number


def positive(name: str, value: Any) -> float:
    """Return `value` as a float if it is finite and above 0."""
    return within("above 0", lambda number: number > 0, name, value)


def share(name: str, value: Any) -> float:
    """Return `value` as a float if it is at least 0 and below 1."""
    return within("at least 0 and below 1", lambda number: 0 <= number < 1, name, value)


def factor(name: str, value: Any) -> float:
    """Return `value` as a float if it is above 0 and below 1."""
    return within("above 0 and below 1", lambda number: 0 < number < 1, name, value)


def within(words: str, holds: Callable[[float], bool], name: str, value: Any) -> float:
    """Return `value` as a float if it is a finite real number in the range that `words` name."""
    number = real(name, value)
    if not holds(number):
        raise refused(ValueError, f"{name} must be {words}, got {shown(value)}")
    return number


def whole(name: str, value: Any, *, at_least: int) -> int:
    """Return `value` as an int if it is a whole number of at least `at_least`."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise refused(TypeError, f"{name} must be a whole number, got {shown(value)}")
    number = int(value)
    if number < at_least:
        raise refused(ValueError, f"{name} must be at least {at_least}, got {shown(value)}")
    if number > sys.maxsize:
        raise refused(ValueError, f"{name} must be at most {sys.maxsize}, got {shown(value)}")
    return number


def instance(name: str, value: Any, *kinds: type) -> Any:
    """Return `value` if it is of one of these kinds."""
    if not isinstance(value, kinds):
        names = " or ".join(kind.__name__ for kind in kinds)
        article = "an" if names[0] in "AEIOaeiou" else "a"
        raise refused(TypeError, f"{name} must be {article} {names}, got {shown(value)}")
    return value


def function(name: str, value: Any) -> Any:
    """Return `value` if it can be called."""
    if not callable(value):
        raise refused(TypeError, f"{name} must be callable, got {shown(value)}")
    return value


def gradient(name: str, value: Any) -> Any:
    """Return `value` if it can be called, and is not the function that is to be descended."""
    if callable(getattr(value, "gradient", None)):
        what = f"{name} must be a gradient, got a function that has one: {shown(value)}"
        raise refused(TypeError, what)
    return function(name, value)


def rule(name: str, value: Any) -> Any:
    """Return `value` if it has the methods of a rule, and is not a class that has them."""
    methods = (getattr(value, method, None) for method in ("init", "update"))
    if isinstance(value, type) or not all(map(callable, methods)):
        what = f"{name} must have methods 'init' and 'update', got {shown(value)}"
        raise refused(TypeError, what)
    return value


def file(name: str, value: Any) -> Any:
    """Return `value` if it names a file."""
    return instance(name, value, str, os.PathLike)


def fields(record: Any, **checks: Callable[[str, Any], Any]) -> None:
    """Check fields of a frozen dataclass by name, and keep what the checks return."""
    for name, check in checks.items():
        object.__setattr__(record, name, check(name, getattr(record, name)))


def sequence(name: str, value: Any) -> list[Any]:
    """Return what is in a sequence as a list."""
    try:
        return list(value)
    except TypeError:
        raise refused(TypeError, f"{name} must be a sequence, got {shown(value)}") from None


def mapping(name: str, value: Any) -> dict[str, Any]:
    """Return `value` as a dict if it maps labels to something."""
    instance(name, value, Mapping)
    for key in value:
        instance(f"each label of {name}", key, str)
    return dict(value)


def not_empty(name: str, values: Iterable[Any], most: int | None = None) -> list[Any]:
    """Return the `values` as a list if there is one, and no more than `most`."""
    values = sequence(name, values)
    if not values or (most and len(values) > most):
        count = f"1 to {most}" if most else "at least 1"
        raise refused(ValueError, f"{name} must be {count}, got {shown(values)}")
    return values


def array(name: str, value: Any) -> NDArray[Any]:
    """Return `value` as an array of whatever it holds; an array is not copied."""
    if type(value) is np.ndarray:
        return value
    parts = value if isinstance(value, (list, tuple)) else ()
    if any(map(np.ma.isMaskedArray, (value, *parts))):
        raise refused(TypeError, f"{name} must not be masked: fill or drop what is masked")
    try:
        return np.asarray(value)
    except ValueError:  # rows of different length
        what = f"{name} must be a number or an even array, got {shown(value)}"
        raise refused(ValueError, what) from None


def numbers(name: str, value: Any) -> NDArray[Any]:
    """Return `value` as an array of real numbers, finite or not; an array is not copied."""
    found = array(name, value)
    if found.dtype.kind not in "iuf":
        raise refused(TypeError, f"{name} must hold real numbers, got {shown(value)}")
    return found


def finite_floats(name: str, value: Any) -> NDArray[np.floating]:
    """Return a copy of `value` as an array of finite floats, of any shape.

    float32 stays float32; every other real type becomes float64.
    """
    copy = array(name, value).copy()
    if copy.dtype == object:  # fractions, whole numbers beyond 64 bits
        copy = np.array([real(name, item) for item in copy.flat]).reshape(copy.shape)
    if copy.dtype.kind not in "iuf":
        raise refused(TypeError, f"{name} must hold real numbers, got {shown(value)}")
    with np.errstate(over="ignore"):
        copy = copy if copy.dtype == np.float32 else copy.astype(np.float64)
    if not np.all(np.isfinite(copy)):
        raise refused(ValueError, f"{name} must be finite, got {shown(value)}")
    return copy


def samples(name: str, value: Any) -> NDArray[Any]:
    """Return `value` as an array of finite real numbers, one sample after the other, at least 1.

    An array is not copied.
    """
    found = numbers(name, value)
    if not found.ndim or not found.size:
        what = f"{name} must hold at least one sample, got shape {found.shape}"
        raise refused(ValueError, what)
    if not all_finite(found):
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(found))[0])
        raise refused(ValueError, f"{name} must be finite, got {found[where]} at index {where}")
    return found


def point(name: str, value: Any) -> np.floating | NDArray[np.floating]:
    """Return `value` as a float or as a copy in a 1-D array of floats, all finite."""
    copy = finite_floats(name, value)
    if copy.ndim > 1 or not copy.size:
        what = f"{name} must be a number or a 1-D array, not empty, got shape {copy.shape}"
        raise refused(ValueError, what)
    return copy[()]


def shaped(name: str, value: Any, shape: tuple[int, ...]) -> NDArray[Any]:
    """Return `value` as an array of real numbers, finite or not, if it has a point's `shape`."""
    found = numbers(name, value)
    if found.shape != shape:
        what = f"{name} has shape {found.shape} at a point of shape {shape}"
        raise refused(ValueError, what)
    return found


def domain(name: str, value: Any, variables: tuple[int, ...] = (1, 2)) -> Any:
    """Return `value` if it is a pair of rising numbers, or one such pair for each variable."""
    pairs = finite_floats(name, value)
    shapes = [(2,) * count for count in variables]
    if pairs.shape not in shapes or not np.all(pairs[..., 0] < pairs[..., 1]):
        what = f"{name} must be a pair (low, high) for each variable, got {shown(value)}"
        raise refused(ValueError, what)
    return tuple(pairs.tolist()) if pairs.ndim == 1 else tuple(map(tuple, pairs.tolist()))


def all_finite(numbers: Any) -> bool:
    """Whether all numbers are finite.

    The sum of their squares tells it in one pass; it may overflow, and only then each is asked.
    """
    return math.isfinite(np.vdot(numbers, numbers)) or bool(np.isfinite(numbers).all())


def finite(result: Any, **arguments: Any) -> Any:
    """Return `result`; if it is not finite, see whether an argument is to blame.

    A look at the result costs little, a look at all the data as much as the gradient.
    """
    if not all_finite(result):
        for name, argument in arguments.items():
            samples(name, np.atleast_1d(argument))
    return result


def beyond_floats(error: OverflowError) -> bool:
    """Whether arithmetic has left Python's floats, where NumPy's numbers would become infinite."""
    return bool(error.args) and error.args[0] in {
        errno.ERANGE,  # 1e200**2
        "math range error",  # math.exp(1000)
        "complex exponentiation",
        "absolute value too large",
        "intermediate overflow in fsum",
        "int too large to convert to float",
        "integer division result too large for a float",
    }


def height(name: str, function: Any, x: Any) -> float:
    """Return what a `function` says at `x`: one number, perhaps not finite."""
    try:
        value = function(x)
    except OverflowError as error:
        if not beyond_floats(error):
            raise
        return math.inf
    single = isinstance(value, (Real, np.ndarray)) and getattr(value, "shape", ()) == ()
    if not single or np.ma.isMaskedArray(value):
        raise refused(TypeError, f"{name} must return one number, got {shown(value)}")
    return float(value)
