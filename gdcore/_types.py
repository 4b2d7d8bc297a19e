"""Names for types that several modules share."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from numpy.typing import ArrayLike, NDArray

#: Real numbers, of float32 or float64.
Array = NDArray[Any]
#: A place, or a gradient there: a number, or an array of shape ``(n,)``.
Point = Any
#: Takes a point, returns a number.
Function = Callable[[Any], Any]
#: Takes a point, returns what has the point's shape.
Gradient = Callable[[Any], ArrayLike]
#: The name of a file.
File = str | os.PathLike[str]
#: What a rule returns: the step to subtract, and the next state.
Update = tuple[Point, Any]
