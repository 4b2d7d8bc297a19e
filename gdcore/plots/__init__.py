"""Figures of runs and landscapes, in the style of the book.

Each function returns a :class:`Figure`, a matplotlib figure.  A notebook shows it as SVG that
follows the page's light or dark theme, and ``figure.show()`` opens it from a script.  Roles differ
by marker and dash too, never by colour alone.

Wherever `runs` are asked for, one run will do, or a list of them, or a mapping of labels to runs.
A landscape's functions may take one point at a time or many at once, and may return lists or
tuples.  A bad argument raises a ``TypeError`` or a ``ValueError`` that names it.

matplotlib is imported when the first figure is drawn, and by no other package of gdcore.  Pictures
that only one chapter needs are in ``gdcore.plots.chapters``.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gdcore.plots._figure import Figure as Figure
    from gdcore.plots.charts import fits as fits
    from gdcore.plots.charts import loss_curves as loss_curves
    from gdcore.plots.curves import basins as basins
    from gdcore.plots.curves import curve as curve
    from gdcore.plots.curves import rolling_balls as rolling_balls
    from gdcore.plots.curves import tangents as tangents
    from gdcore.plots.maps import contours as contours
    from gdcore.plots.maps import gradients as gradients
    from gdcore.plots.maps import slices as slices
    from gdcore.plots.maps import surface as surface
    from gdcore.plots.pictures import images as images

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

#: Width of every figure in points.  A phone shows a point as about one pixel, so 11 stays legible.
WIDTH = 360.0

_MODULES = {
    "_figure": ("Figure",),
    "curves": ("curve", "tangents", "basins", "rolling_balls"),
    "maps": ("contours", "surface", "slices", "gradients"),
    "charts": ("loss_curves", "fits"),
    "pictures": ("images",),
}
__all__ = ["PALETTE", "WIDTH", *(name for names in _MODULES.values() for name in names)]

if not TYPE_CHECKING:  # or any misspelled name would pass

    def __getattr__(name: str) -> Any:
        """Import what draws when it is first asked for, since matplotlib takes its time."""
        for module, names in _MODULES.items():
            if name in names:
                return getattr(import_module(f"gdcore.plots.{module}"), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        return __all__
