"""What all figures share: the looks of the roles, and how a figure is shown."""

from __future__ import annotations

import base64
import io
import os
import re
import sys
import webbrowser
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, ParamSpec, TypeVar

import matplotlib.figure
import matplotlib.style
import numpy as np
from matplotlib.axes import Axes
from matplotlib.rcsetup import cycler
from numpy.typing import ArrayLike
from PIL import Image

from gdcore import _checks
from gdcore._types import Array
from gdcore.plots import PALETTE
from gdcore.plots import WIDTH as WIDTH

P = ParamSpec("P")
R = TypeVar("R")

INK, MUTED, GRID, PAPER, FUNCTION, PATH, MINIMUM, TANGENT = (light for light, _ in PALETTE.values())

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
#: Begins the CSS for readers who ask for less motion: they see the end at once.
CALM = "@media (prefers-reduced-motion:reduce)"


def styled(draw: Callable[P, R]) -> Callable[P, R]:
    """Decorate what draws, so that a reader's own settings of matplotlib change nothing."""
    return matplotlib.style.context(STYLE, after_reset=True)(draw)


# How each role is drawn; a role keeps its look through the book.
CURVE: Look = {"color": FUNCTION, "zorder": 2}
TANGENT_LINE: Look = {"color": TANGENT, "linestyle": (0, (6, 2)), "zorder": 3}
SECANT: Look = {"color": INK, "linewidth": 1.1, "linestyle": (0, (2, 2)), "zorder": 3}
HOPS: Look = {"color": PATH, "linewidth": 1.0, "marker": "o", "markersize": 3.6, "zorder": 4}
BALL: Look = {"color": PATH, "marker": "o", "linestyle": "none", "markersize": 8, "zorder": 6}
START: Look = BALL | {"markerfacecolor": PAPER, "markeredgewidth": 1.6}
STAR: Look = {"color": MINIMUM, "marker": "*", "linestyle": "none", "markersize": 11, "zorder": 5}
DATA: Look = {"color": MUTED, "marker": "o", "linestyle": "none", "markersize": 2.8, "zorder": 2}
UPRIGHT: Look = {"color": MUTED, "linewidth": 0.9, "linestyle": (0, (1, 2)), "zorder": 1}
DOT: Look = {"color": INK, "marker": "o", "linestyle": "none", "markersize": 5, "zorder": 5}
DASHES = "-", (0, (5, 1.5)), (0, (1, 1.2)), (0, (6, 1.5, 1, 1.5))
# One look for each line of a plot that compares several.
SERIES: tuple[Look, ...] = tuple(cycler(color=[FUNCTION, PATH, MINIMUM, TANGENT], linestyle=DASHES))

# One look for each end that the runs of a picture can have.
MARKS: tuple[Look, ...] = (
    {"marker": "s", "markerfacecolor": PAPER},
    {"marker": "o"},
    {"marker": "^", "markerfacecolor": PAPER},
    {"marker": "D"},
)

# One look for each run of a map, and for the same run in a chart beside it.
RUNS: tuple[Look, ...] = tuple(
    cycler(color=[PATH, TANGENT, INK, MINIMUM], linestyle=DASHES, marker=["o", "s", "^", "D"])
)


#: The page that :meth:`Figure.show` opens: as wide as the text of a book, light or dark.
PAGE = """\
<!doctype html>
<meta charset="utf-8">
<meta name="color-scheme" content="light dark">
<title>Figure</title>
<style>body{{margin:2em auto;max-width:40em;background:var(--paper)}}svg{{width:100%;height:auto}}
</style>
{}
"""


class Figure(matplotlib.figure.Figure):
    """A matplotlib figure that shows itself as SVG and follows the page's light or dark theme.

    The functions of :mod:`gdcore.plots` make it, and do not check again what they hand over.
    Like any other figure of matplotlib it has `axes` to add to, and `savefig`.

    Examples
    --------
    >>> from gdcore import parabola, plots
    >>> svg = plots.tangents(parabola, points=[-2, 1])._repr_svg_()
    >>> "var(--function)" in svg, "#7fb8ea" in svg
    (True, True)
    """

    def show(self, warn: bool = True) -> None:
        """Show the figure: below the cell of a notebook, and from a script in the browser.

        Where there is no browser, it prints the name of the file that one could open.

        Parameters
        ----------
        warn : bool, optional
            matplotlib's figures have it too; here it is not checked and changes nothing.
        """
        ipython = sys.modules.get("IPython")
        if ipython and hasattr(ipython.get_ipython(), "kernel"):
            ipython.display.display(self)
            return
        kind: Look = {"mode": "w", "encoding": "utf-8", "prefix": "figure-", "suffix": ".html"}
        with NamedTemporaryFile(delete=False, **kind) as file:
            file.write(PAGE.format(self._repr_svg_() + self._below()))
        if not (_has_display() and webbrowser.open(Path(file.name).as_uri())):
            print(f"Open this file in a browser to see the figure: {file.name}")

    def _below(self) -> str:
        """Return what a page shows below the figure."""
        return ""

    @styled
    def _repr_svg_(self) -> str:
        """Return the figure as SVG, its colours as CSS variables; IPython calls this."""
        file = io.StringIO()
        nothing = dict.fromkeys(["Creator", "Date", "Format", "Type"])
        self.savefig(file, format="svg", transparent=True, metadata=nothing)
        svg = re.sub(_PATH, _relative_path, file.getvalue())
        svg = re.sub(r"translate\(([^)]+)\)", _in_tenths, svg)
        svg = re.sub(r'<!--.*?-->|(?<=>)\s+(?=<)|(?<=<g) id="[\w.]+_\d+"', "", svg)  # nobody asks
        svg = re.sub(r' ([xy])="(-?\d+\.\d+)"', lambda m: f' {m[1]}="{float(m[2]):.1f}"', svg)
        circles = dict(re.findall(r'<path id="(\w+)" d="M 0 ([\d.]+) \nC', svg))
        svg = re.sub(_DOTS, partial(_in_one_path, circles), svg)
        svg = re.sub(r"base64,\s*([\w\s+/=]+)", _few_colours, svg)
        svg = re.sub(r'(<image[^>]*?) id="\w+"', r"\1", svg)  # one for two equal images
        for role, (light, _) in PALETTE.items():
            svg = svg.replace(light, f"var(--{role})")
        head, body = svg[svg.index("<svg") :].split(">", 1)
        marks = ":target path{stroke-opacity:.4!important}" if "stroke-opacity: 0;" in svg else ""
        return f"{head}>\n<style>{_variables()}{marks}</style>{body}"


class Animation(Figure):
    """A figure that rests, and moves when the SVG is opened as ``file.svg#play``."""

    #: How long it takes, in seconds.
    seconds: float

    def overlay(self) -> tuple[str, str]:
        """Return the CSS, and the shapes on top of the figure that it moves."""
        raise NotImplementedError

    def _below(self) -> str:
        return '<p><a href="#play" style="color:var(--function)">Play</a></p>'

    def _repr_svg_(self) -> str:
        """Return the figure as SVG with the moving shapes on top."""
        css, shapes = self.overlay()
        svg = super()._repr_svg_().removesuffix("\n").removesuffix("</svg>")
        return f'{svg}<style>{css}</style><g id="play">{shapes}</g></svg>\n'


def _has_display() -> bool:
    """Whether a window can be seen; without one, Linux would open a browser for text."""
    seen = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
    return sys.platform != "linux" or any(name in os.environ for name in seen)


#: A path, and after it what a letter has: its outline is in 64ths of a hundredth of its size.
_PATH = r' d="([MLQz\s\d.-]+)"( transform="scale\(0.015625\)")?'


def _relative_path(path: re.Match[str]) -> str:
    """Write a path relative to the point before, in tenths of a point: it compresses better.

    A letter is written in steps of 1/400 of its size.
    """
    unit, shown, scale = (16, 1, ' transform="scale(0.25)"') if path[2] else (0.1, 10, "")
    words, before, place, start = [], "", (0, 0), (0, 0)
    for command, numbers in re.findall(r"([MLQz])([^MLQz]*)", path[1]):
        steps = [round(float(number) / unit) for number in numbers.split()]
        hops = [f"{(step - place[i % 2]) / shown:.10g}" for i, step in enumerate(steps)]
        implied = before + command in ("ML", "LL", "QQ")
        words.append((" " if implied else command.lower()) + " ".join(hops))
        before, place = command, (steps[-2], steps[-1]) if steps else start
        start = place if command == "M" else start
    return f' d="{_short("".join(words))}"{scale}'


def _short(numbers: str) -> str:
    """Leave out what SVG does not need between numbers."""
    return re.sub(r"(?<!\d)0\.", ".", numbers.replace(" -", "-"))


#: Filled marks in a row, their names, and their colour.
_DOTS = r'(?:<use xlink:href="#(\w+)" x="\S+" y="\S+" style="fill: (#\w+); stroke: \2"/>){2,}'


def _in_one_path(circles: dict[str, str], dots: re.Match[str]) -> str:
    """Write dots, if they are round, as one path of points with a thick round pen."""
    if dots[1] not in circles:
        return dots[0]
    places = [(float(x), float(y)) for x, y in re.findall(r' x="(\S+)" y="(\S+)"', dots[0])]
    hops = np.diff(places, axis=0, prepend=0).round(1) + 0.0  # no -0
    path = _short("".join(f"m{x:g} {y:g}h0" for x, y in hops))
    width = 2 * float(circles[dots[1]]) + 1  # with the edge, which is drawn 1 wide
    pen = f"stroke: {dots[2]}; stroke-width: {width:g}; stroke-linecap: round"
    return f'<path d="{path}" style="{pen}"/>'


def _in_tenths(shift: re.Match[str]) -> str:
    return f"translate({' '.join(f'{round(float(v), 1):g}' for v in shift[1].split())})"


def _few_colours(picture: re.Match[str]) -> str:
    """Write an opaque PNG of few colours with one byte a pixel, which takes less room."""
    file = io.BytesIO()
    with Image.open(io.BytesIO(base64.b64decode(picture[1]))) as image:
        image.convert("RGB").quantize(dither=Image.Dither.NONE).save(file, "png", optimize=True)
    return f"base64,{base64.b64encode(file.getvalue()).decode()}"


def _variables() -> str:
    def block(shade: int) -> str:
        return ";".join(f"--{role}:{colours[shade]}" for role, colours in PALETTE.items())

    return f":root{{{block(0)}}}@media (prefers-color-scheme:dark){{:root{{{block(1)}}}}}"


def canvas(height: float, rows: int = 1, columns: int = 1, **options: Any) -> tuple[Figure, Any]:
    figure = Figure(figsize=(WIDTH / 72, height / 72))
    return figure, figure.subplots(rows, columns, **options)


def from_top_left(axes: Axes, x: ArrayLike, y: ArrayLike) -> Array:
    """Return where points lie in a figure that was drawn: in points from the top left corner."""
    across, upwards = axes.transData.transform(np.column_stack([x, y])).T
    return np.column_stack([across, axes.figure.bbox.height - upwards])


def write(
    axes: Axes, text: str, at: tuple[float, float], offset: tuple[float, float], **look: Any
) -> None:
    """Write next to a point; the offset is in points, so that it does not depend on the axes."""
    axes.annotate(text, at, offset, textcoords="offset points", **look)


def mark(axes: Axes, name: str, x: ArrayLike, y: ArrayLike, *, width: float = 9) -> None:
    """Lay a broad line below a part of a figure, unseen until the SVG is opened as ``svg#name``.

    So the text can point to it: the page opens the picture anew under this name.
    """
    broad: Look = {"color": PATH, "alpha": 0, "linewidth": width, "solid_capstyle": "round"}
    axes.plot(x, y, gid=name, zorder=1, scalex=False, scaley=False, **broad)


def true_minus(words: str) -> str:
    """Write numbers with the sign that is as wide as a plus."""
    return words.replace("-", "\N{MINUS SIGN}")


def looks(name: str, series: Iterable[str]) -> Iterator[tuple[str, Look]]:
    """Pair each series with a look of its own; there are only so many that can be told apart."""
    return zip(_checks.not_empty(name, series, most=len(SERIES)), SERIES, strict=False)


def legend(axes: Axes, columns: int = 2, **look: Any) -> None:
    """Explain the lines and marks above the picture."""
    where: Look = {"loc": "lower center", "bbox_to_anchor": (0.5, 1.0), "handlelength": 2.6}
    axes.legend(ncols=columns, **(where | look))
