"""What all figures share: the palette, the looks of the roles, and figures that show as SVG."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Annotated, Any

import matplotlib.figure
import matplotlib.style
import numpy as np
from matplotlib.axes import Axes
from matplotlib.rcsetup import cycler
from numpy.typing import ArrayLike, NDArray
from PIL import Image

from gdcore import _checks
from gdcore._checks import P, R, checked
from gdcore.descent import Run
from gdcore.landscapes import Landscape

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
#: Begins the CSS for who asks for less motion: they see the end at once.
CALM = "@media (prefers-reduced-motion:reduce)"


def styled(draw: Callable[P, R]) -> Callable[P, R]:
    """Decorate what draws: its arguments are checked, and a reader's settings change nothing."""
    return checked(matplotlib.style.context(STYLE, after_reset=True)(draw))


def row(name: str, value: Any, finite: bool = False) -> NDArray[Any]:
    """Return `value` as an array if it is a row of numbers that is not empty."""
    array = (_checks.samples if finite else _checks.numbers)(name, value)
    if array.ndim != 1 or array.size == 0:
        raise ValueError(f"{name} must be a row of numbers, got shape {array.shape}")
    return array


def over(name: str, value: Any, kind: type, variables: int) -> Any:
    """Return a landscape, or a run on one, if it is of so many variables."""
    _checks.instance(name, value, kind)
    places = value.domain if isinstance(value, Landscape) else value.points
    if np.shape(places)[1:] != (2,) * (variables - 1):
        count = "one variable" if variables == 1 else "two variables"
        raise ValueError(f"{name} must have {count}, got {value!r}")
    return value


def alike(names: str, *arrays: NDArray[Any]) -> None:
    """Refuse arrays of different shapes."""
    shapes = [array.shape for array in arrays]
    if len(set(shapes)) > 1:
        raise ValueError(f"{names} must be of one shape, got {shapes}")


# What the functions that draw allow.
Curve = Annotated[Landscape, partial(over, kind=Landscape, variables=1)]
Surface = Annotated[Landscape, partial(over, kind=Landscape, variables=2)]
Roll = Annotated[Run, partial(over, kind=Run, variables=1)]
Walk = Annotated[Run, partial(over, kind=Run, variables=2)]
Interval = Annotated[tuple[float, float], partial(_checks.domain, variables=(1,))]
Row = Annotated[Any, row]
FiniteRow = Annotated[Any, partial(row, finite=True)]

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


class Figure(matplotlib.figure.Figure):
    """A matplotlib figure that shows itself as SVG and follows the page's light or dark theme.

    The functions of :mod:`gdcore.plots` make it, and what they hand over is not checked again.

    Examples
    --------
    >>> from gdcore.landscapes import parabola
    >>> from gdcore.plots import slopes
    >>> svg = slopes(parabola, points=[-2, 1])._repr_svg_()
    >>> "var(--function)" in svg, "#7fb8ea" in svg
    (True, True)
    """

    @styled
    def _repr_svg_(self) -> str:
        """Return the figure as SVG, its colours as CSS variables; IPython calls this."""
        file = io.StringIO()
        self.savefig(file, format="svg", transparent=True, metadata={"Date": None})
        svg = re.sub(r' d="([MLQz\s\d.-]+)"', _by_hops, file.getvalue())
        svg = re.sub(r' ([xy])="(-?\d+\.\d+)"', lambda m: f' {m[1]}="{float(m[2]):.1f}"', svg)
        svg = re.sub(r"base64,\s*([\w\s+/=]+)", _by_colours, svg)
        for role, (light, _) in PALETTE.items():
            svg = svg.replace(light, f"var(--{role})")
        head, body = svg[svg.index("<svg") :].split(">", 1)
        return f"{head}>\n<style>{_variables()}</style>{body}"


class Animation(Figure):
    """A figure that rests, and moves when the SVG is opened as ``file.svg#play``.

    Attributes
    ----------
    tracks : list of numpy.ndarray, shape (n, 2)
        Places in points from the top left corner.
    seconds : float
        How long it takes.
    """

    tracks: list[NDArray[np.float64]]
    seconds: float

    def overlay(self) -> tuple[str, str]:
        """Return the CSS, and the shapes on top of the figure that it moves."""
        raise NotImplementedError

    def _repr_svg_(self) -> str:
        """Return the figure as SVG with the moving shapes on top."""
        css, shapes = self.overlay()
        svg = super()._repr_svg_().removesuffix("\n").removesuffix("</svg>")
        return f'{svg}<style>{css}</style><g id="play">{shapes}</g></svg>\n'


class RollingBalls(Animation):
    """A figure whose balls roll: each track has the places of one, evenly spaced in time."""

    def overlay(self) -> tuple[str, str]:
        """Return a circle for each ball, and what rolls it."""
        css, balls = "", ""
        for i, track in enumerate(self.tracks):
            places = [f"transform:translate({x:.1f}px,{y:.1f}px)" for x, y in track]
            times = np.linspace(0, 1, len(places))
            frames = (f"{time:.2%}{{{place}}}" for time, place in zip(times, places, strict=True))
            css += f"#ball{i}{{{places[0]}}}@keyframes roll{i}{{{''.join(frames)}}}"
            css += f"#play:target #ball{i}{{animation:roll{i} {self.seconds:g}s linear both}}"
            css += f"{CALM}{{#play:target #ball{i}{{animation:none;{places[-1]}}}}}"
            balls += f'<circle id="ball{i}" r="6" fill="var(--path)"/>'
        return css, balls


class MovingCurve(Animation):
    """A figure with a curve that changes: each track is the curve at one moment.

    The last one is shown at rest, and what lies outside of `pane` never.

    Attributes
    ----------
    pane : numpy.ndarray, shape (2, 2)
        The lower left and the upper right corner of the part to show, as places are given.
    """

    pane: NDArray[np.float64]

    def overlay(self) -> tuple[str, str]:
        """Return a line for each moment, and what shows one after the other."""
        count = len(self.tracks)
        each = round(1000 * self.seconds / count)  # whole, so that no gap is between two moments
        css = (
            ".moment{visibility:hidden;fill:none;stroke:var(--path);stroke-width:1.8}"
            ".last{visibility:visible;stroke:var(--function)}"
            f"#play:target .moment{{animation:show {each}ms}}"
            f"#play:target .last{{animation:wait {(count - 1) * each}ms}}"
            "@keyframes show{from,to{visibility:visible}}"
            "@keyframes wait{from,to{visibility:hidden}}"
            f"{CALM}{{#play:target .moment{{animation:none!important}}}}"
        )
        lines = ""
        for k, track in enumerate(self.tracks):
            # By a class, since not all that draws SVG knows :last-child.
            late = f'" style="animation-delay:{k * each}ms' if k < count - 1 else " last"
            points = " ".join(f"{x:.1f},{y:.1f}" for x, y in track)
            lines += f'<polyline class="moment{late}" points="{points}"/>'
        (left, bottom), (right, top) = self.pane
        pane = f"M{left:.1f} {top:.1f}H{right:.1f}V{bottom:.1f}H{left:.1f}z"
        clip = f'<clipPath id="pane"><path d="{pane}"/></clipPath>'
        return css, f'{clip}<g clip-path="url(#pane)">{lines}</g>'


def _by_hops(path: re.Match[str]) -> str:
    """Write a path as hops in tenths of a point (of a glyph: of its unit), which packs small."""
    words, place, start = [], (0, 0), (0, 0)
    for command, numbers in re.findall(r"([MLQz])([^MLQz]*)", path[1]):
        tenths = [round(10 * float(number)) for number in numbers.split()]
        hops = [f"{(tenth - place[i % 2]) / 10:.10g}" for i, tenth in enumerate(tenths)]
        words.append(command.lower() + " ".join(hops))
        place = (tenths[-2], tenths[-1]) if tenths else start
        start = place if command == "M" else start
    return f' d="{"".join(words)}"'


def _by_colours(picture: re.Match[str]) -> str:
    """Write a PNG of few colours, none of them transparent, as one byte a pixel: packs small."""
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


def from_top_left(axes: Axes, x: ArrayLike, y: ArrayLike) -> NDArray[np.float64]:
    """Return where points lie in a figure that was drawn: in points from the top left corner."""
    across, upwards = axes.transData.transform(np.column_stack([x, y])).T
    return np.column_stack([across, axes.figure.bbox.height - upwards])


def write(
    axes: Axes, text: str, at: tuple[float, float], offset: tuple[float, float], **look: Any
) -> None:
    """Write next to a point; the offset is in points, so that it does not depend on the axes."""
    axes.annotate(text, at, offset, textcoords="offset points", **look)


def looks(name: str, series: Iterable[str]) -> Iterator[tuple[str, Look]]:
    """Pair each series with a look of its own; there are only so many that can be told apart."""
    return zip(_checks.some(name, series, most=len(SERIES)), SERIES, strict=False)


def legend(axes: Axes, columns: int = 2, **look: Any) -> None:
    """Explain the lines and marks above the picture."""
    where: Look = {"loc": "lower center", "bbox_to_anchor": (0.5, 1.0), "handlelength": 2.6}
    axes.legend(ncols=columns, **(where | look))
