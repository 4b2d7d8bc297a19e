"""Pictures of the chapter on neural networks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from gdcore._types import Array, Function
from gdcore.plots import _figure as fig
from gdcore.plots._figure import Figure, Look
from gdcore.plots.charts import fits
from gdcore.plots.curves import draw
from gdcore.plots.pictures import INK_ON_PAPER

Place = tuple[float, float]


@fig.styled
def overlays(
    rows: Sequence[Mapping[str, tuple[Function, Function]]], domains: Sequence[Place]
) -> Figure:
    """Draw, in rows of panels, what is wanted (dashed) and what there is so far (solid)."""
    figure, panels = fig.canvas(135 * len(rows), len(rows), len(rows[0]), squeeze=False)
    for row, domain, line in zip(rows, domains, panels, strict=True):
        for (title, (wanted, reached)), axes in zip(row.items(), line, strict=True):
            draw(axes, reached, domain, **fig.CURVE)
            draw(axes, wanted, domain, **(fig.TANGENT_LINE | {"linewidth": 1.2}))
            axes.set_title(title, fontsize=11)
            axes.locator_params(axis="x", integer=True)
        tops = [axes.get_ylim() for axes in line[1:]]
        for axes in line:
            axes.set(ylim=tops[-1], xlabel="$x$")
    return figure


@fig.styled
def layers(networks: Sequence[Sequence[int]], *, most: int = 16) -> Figure:
    """Draw networks as nodes and edges; of a layer with more than `most` nodes only some."""
    ratios = [len(sizes) for sizes in networks]
    figure, panels = fig.canvas(230, columns=len(networks), squeeze=False, width_ratios=ratios)
    for sizes, axes in zip(networks, panels[0], strict=True):
        heights = [_spread(size, most) for size in sizes]
        for depth, (left, right) in enumerate(pairwise(heights)):
            ends = [(a, b, np.nan) for a in left for b in right]
            across = np.tile([depth, depth + 1, np.nan], len(ends))
            axes.plot(across, np.ravel(ends), color=fig.MUTED, linewidth=0.35, zorder=1)
        for depth, (size, row) in enumerate(zip(sizes, heights, strict=True)):
            node: Look = {"color": fig.FUNCTION if 0 < depth < len(sizes) - 1 else fig.INK}
            node |= {"markerfacecolor": fig.PAPER, "markersize": 6.5, "zorder": 3}
            axes.plot(np.full(len(row), depth), row, linestyle="none", marker="o", **node)
            if size > most:
                axes.plot([depth] * 3, [-0.4, 0, 0.4], ".", color=fig.INK, markersize=2.5)
            axes.text(depth, -9.3, f"{size}", ha="center", va="top")
        axes.set(xlim=(-0.4, len(sizes) - 0.6), ylim=(-11, 8.5))
        axes.axis("off")
    return figure


def _spread(size: int, most: int) -> Array:
    """Return at which heights to draw the nodes of a layer, with a gap if some are left out."""
    shown = np.arange(min(size, most), dtype=float)
    heights = (len(shown) - 1) / 2 - shown
    return heights + np.sign(heights) * 0.5 if size > most else heights


@fig.styled
def chain(
    names: Sequence[str], values: Sequence[str], rates: Sequence[str], changes: Sequence[str]
) -> Figure:
    """Draw quantities in a row, how fast each moves the next, and what a nudge does to each."""
    figure, axes = fig.canvas(115)
    for k, (name, value, change) in enumerate(zip(names, values, changes, strict=True)):
        _node(axes, (k, 0), value, fig.FUNCTION)
        axes.text(k, 0.62, name, ha="center", va="center")
        axes.text(k, -0.68, change, ha="center", va="center", color=fig.TANGENT)
    for k, rate in enumerate(rates):
        _edge(axes, (k, 0), (k + 1, 0), fig.TANGENT)
        look: Look = {"color": fig.TANGENT, "ha": "center", "va": "bottom"}
        axes.text(k + 0.5, 0.08, rf"$\times {rate}$", **look)
    axes.set(xlim=(-0.45, len(names) - 0.55), ylim=(-0.95, 0.85))
    axes.axis("off")
    return figure


@fig.styled
def passes(
    nodes: Sequence[Sequence[str]],
    edges: Sequence[Sequence[Sequence[str]]],
    notes: Sequence[Sequence[str]],
    *,
    backwards: bool = False,
    off: Sequence[Place] = (),
) -> Figure:
    """Draw a small network with a number in each node, on each edge, and a note at each node.

    An edge that starts or ends at a node that is `off`, given as layer and place in it, is faint.
    The text can point to neuron 2 of layer 1 as n1-2, and to its weight for input 1 as w1-21.
    """
    figure, axes = fig.canvas(225)
    places = [
        [(1.0 * depth, (len(row) - 1) / 2 - k) for k in range(len(row))]
        for depth, row in enumerate(nodes)
    ]
    color = fig.TANGENT if backwards else fig.FUNCTION
    for depth, table in enumerate(edges):
        for j, row in enumerate(table):
            for k, number in enumerate(row):
                dead = (depth, k) in off or (depth + 1, j) in off
                here, there = places[depth][k], places[depth + 1][j]
                ends = (there, here) if backwards else (here, there)
                _edge(axes, *ends, fig.GRID if dead else color)
                fig.mark(axes, f"w{depth + 1}-{j + 1}{k + 1}", *zip(*ends, strict=True))
                along = 0.3 if len(table) > 1 else 0.5
                x, y = (1 - along) * np.array(here) + along * np.array(there)
                paper: Look = {"facecolor": fig.PAPER, "edgecolor": "none", "pad": 1.2}
                look: Look = {"ha": "center", "va": "center", "bbox": paper, "zorder": 4}
                axes.text(x, y, number, color=fig.MUTED if dead else color, **look)
    for depth, row in enumerate(nodes):
        for k, value in enumerate(row):
            x, y = places[depth][k]
            dead = (depth, k) in off
            _node(axes, (x, y), value, fig.MUTED if dead else color if depth else fig.INK)
            fig.mark(axes, f"n{depth}-{k + 1}", [x, x], [y, y], width=42)
            fig.write(
                axes, notes[depth][k], (x, y), (0, 26 if y >= 0 else -26), ha="center", va="center"
            )
    axes.set(xlim=(-0.3, len(nodes) - 0.62), ylim=(-1.0, 1.0))
    axes.axis("off")
    return figure


def _node(axes: Axes, at: Place, value: str, color: str) -> None:
    look: Look = {"marker": "o", "markersize": 29, "color": color, "markerfacecolor": fig.PAPER}
    axes.plot(*at, **look, markeredgewidth=1.4, zorder=5)
    axes.text(*at, value, ha="center", va="center", zorder=6)


def _edge(axes: Axes, start: Place, end: Place, color: str) -> None:
    arrow: Look = {"arrowstyle": "->", "color": color, "linewidth": 1.1}
    arrow |= {"shrinkA": 15, "shrinkB": 16}  # points: the nodes are as large on any axes
    axes.annotate("", end, start, arrowprops=arrow, zorder=2)


#: A matrix or a column of a picture: its name, its shape, and its numbers or how large to draw it.
Block = tuple[str, str, Sequence[Sequence[float]] | Place]


@fig.styled
def products(rows: Sequence[Sequence[Block | str]]) -> Figure:
    """Draw formulas with matrices: each as a box with its shape below, and signs between them."""
    figure, panels = fig.canvas(125 * len(rows), rows=len(rows), squeeze=False)
    for parts, axes in zip(rows, panels[:, 0], strict=True):
        x = 0.0
        for part in parts:
            if isinstance(part, str):
                axes.text(x + 9, 0, part, ha="center", va="center", fontsize=14)
                x += 18
            else:
                x += _block(axes, x, *part)
        axes.set(xlim=((x - 345) / 2, (x + 345) / 2), ylim=(-62, 62))
        axes.axis("off")
    return figure


def _block(
    axes: Axes, x: float, name: str, shape: str, content: Sequence[Sequence[float]] | Place
) -> float:
    """Draw a box from `x` on, and return its width."""
    numbers = np.empty((0, 0)) if isinstance(content, tuple) else np.array(content)
    height, width = content if isinstance(content, tuple) else 22.0 * np.array(numbers.shape)
    box: Look = {"facecolor": fig.FUNCTION, "alpha": 0.12, "edgecolor": "none"}
    axes.add_patch(Rectangle((x, -height / 2), width, height, **box))
    edge: Look = {"fill": False, "edgecolor": fig.FUNCTION, "linewidth": 1.0}
    axes.add_patch(Rectangle((x, -height / 2), width, height, **edge))
    for (j, k), number in np.ndenumerate(numbers):
        place = x + 22 * k + 11, height / 2 - 22 * j - 11
        axes.text(*place, f"${number:g}$", ha="center", va="center")
    middle = x + width / 2
    axes.text(middle, height / 2 + 3, name, ha="center", va="bottom")
    axes.text(middle, -height / 2 - 4, shape, ha="center", va="top", color=fig.MUTED)
    return float(width)


@fig.styled
def bars(
    panels: Mapping[str, Mapping[str, float]],
    *,
    columns: int = 1,
    form: str = "{:.2f}",
    errors: Mapping[str, float] | None = None,
    xlim: Place | None = None,
) -> Figure:
    """Draw numbers as bars with their values behind them, in panels with a scale of their own."""
    rows, most = -(-len(panels) // columns), max(map(len, panels.values()))
    figure, grid = fig.canvas(rows * (22 * most + 34), rows, columns, squeeze=False)
    for (title, numbers), axes in zip(panels.items(), grid.flat, strict=True):
        places = np.arange(len(numbers))[::-1]
        values = np.array(list(numbers.values()))
        axes.barh(places, values, height=0.62, color=fig.FUNCTION, alpha=0.35)
        if errors is not None:
            off = [errors[name] for name in numbers]
            axes.errorbar(values, places, xerr=off, fmt="none", color=fig.INK, capsize=3)
        low, high = xlim or (min(values.min(), 0), values.max())
        for name, place, value in zip(numbers, places, values, strict=True):
            words = fig.true_minus(form.format(value))
            end, gap = max(value, 0), 5
            if errors is not None:
                words += f" \N{PLUS-MINUS SIGN} {form.format(errors[name])}"
                end += errors[name]
            fig.write(axes, words, (end, place), (gap, 0), va="center", fontsize=11)
        axes.axvline(0, color=fig.MUTED, linewidth=0.8)
        axes.set(title=title, xlim=(low, high + 0.45 * (high - low) / (1 if columns > 1 else 2)))
        shown = list(numbers) if axes.get_subplotspec().is_first_col() else [""] * len(numbers)
        axes.set_yticks(places, shown, color=fig.INK)
        axes.tick_params(left=False)
        axes.set_xticks([])
        axes.spines[["bottom", "left"]].set_visible(False)
    return figure


@fig.styled
def compared(groups: Mapping[str, tuple[Array, Array]]) -> Figure:
    """Draw slopes by a program against the same as measured, and the line where both agree."""
    figure, axes = fig.canvas(240)
    for (label, (measured, found)), series, mark in zip(
        groups.items(), fig.SERIES, fig.MARKS, strict=False
    ):
        look: Look = {"color": series["color"], "linestyle": "none", "markersize": 4.5} | mark
        axes.plot(measured, found, label=label, **look)
    axes.axline((0, 0), slope=1, **(fig.TANGENT_LINE | {"zorder": 1}))
    axes.set(xlabel="slope, measured", ylabel="slope, by the program")
    axes.grid(color=fig.GRID, linewidth=0.6)
    fig.legend(axes)
    return figure


@fig.styled
def borders(x: Array, y: Array, answers: Mapping[str, Function]) -> Figure:
    """Draw points of two kinds, and where each function of many points, above 0, says "inside"."""
    figure, panels = fig.canvas(205, columns=len(answers), sharey=True, squeeze=False)
    side = np.linspace(-1, 1, 61)
    grid = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    for (title, answer), axes in zip(answers.items(), panels[0], strict=True):
        heights = np.reshape(answer(grid), (len(side), len(side)))
        area: Look = {"colors": [fig.FUNCTION], "alpha": 0.18}
        if heights.max() > 0:
            axes.contourf(side, side, heights, levels=[0, np.inf], **area)
        if heights.min() < 0 < heights.max():
            axes.contour(side, side, heights, levels=[0], colors=[fig.FUNCTION], linewidths=1.6)
        dot: Look = {"linestyle": "none", "markersize": 3.2, "zorder": 3}
        axes.plot(*x[y == 1].T, marker="o", color=fig.FUNCTION, **dot)
        axes.plot(*x[y == 0].T, marker="s", color=fig.PATH, markerfacecolor=fig.PAPER, **dot)
        axes.set(title=title, aspect="equal", xlim=(-1, 1), ylim=(-1, 1))
        axes.set(xticks=[-1, 0, 1], yticks=[-1, 0, 1])
    return figure


@fig.styled
def confusion(counts: Array) -> Figure:
    """Draw how often each class (rows) was taken for each (columns); mistakes in another colour."""
    figure, axes = fig.canvas(330)
    mistakes = counts * (1 - np.eye(len(counts), dtype=int))
    for (i, j), count in np.ndenumerate(counts):
        if not count:
            continue
        color, most = (fig.FUNCTION, counts.max()) if i == j else (fig.PATH, mistakes.max())
        shade = 0.3 * count / most if i == j else 0.12 + 0.33 * count / most
        axes.add_patch(Rectangle((j - 0.5, i - 0.5), 1, 1, facecolor=color, alpha=shade))
        axes.text(j, i, f"{count}", ha="center", va="center", fontsize=11)
    edge = len(counts) - 0.5
    axes.set(xlim=(-0.5, edge), ylim=(edge, -0.5), aspect="equal", xlabel="read as", ylabel="is")
    axes.set(xticks=range(len(counts)), yticks=range(len(counts)))
    axes.xaxis.set_label_position("top")
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    for line in np.arange(0.5, edge):
        axes.axhline(line, color=fig.GRID, linewidth=0.6, zorder=0)
        axes.axvline(line, color=fig.GRID, linewidth=0.6, zorder=0)
    return figure


@fig.styled
def by_style(
    drawings: Sequence[Sequence[Array]], digits: Sequence[int], styles: Sequence[str], read: Array
) -> Figure:
    """Draw drawings, three styles a row and two of each; behind a misread one stands its answer."""
    wide, high, size = fig.WIDTH / 3, 58.0, 28.0
    rows = -(-len(drawings) // 6)
    figure, axes = fig.canvas(rows * high)
    ink: dict[bool, list[Array]] = {True: [], False: []}
    for k, (lines, digit, answer) in enumerate(zip(drawings, digits, read, strict=True)):
        left, top = wide * (k // 2 % 3) + 60 * (k % 2), -high * (k // 6)
        points = np.concatenate(lines)
        low, side = points.min(axis=0), np.ptp(points, axis=0).max()
        for line in lines:
            placed = (left + 4, top - 19) + (line - low) * (size / side, -size / side)
            ink[bool(answer == digit)] += [placed, np.full((1, 2), np.nan)]
        if k % 2 == 0:
            axes.text(left + 4, top - 11, styles[k], color=fig.MUTED)
        if answer != digit:
            axes.text(left + 34, top - 45, rf"$\to${answer}", color=fig.PATH)
    for right, look in ((True, fig.CURVE), (False, fig.CURVE | {"color": fig.PATH})):
        if ink[right]:
            axes.plot(*np.concatenate(ink[right]).T, **look, solid_capstyle="round")
    axes.set(xlim=(0, fig.WIDTH), ylim=(-rows * high, 0))
    axes.axis("off")
    return figure


@fig.styled
def learning(panels: Mapping[str, Mapping[str, ArrayLike]]) -> Figure:
    """Draw curves against the epoch, in panels one above the other; each has its own scale."""
    figure, rows = fig.canvas(150 * len(panels) + 20, rows=len(panels), sharex=True, squeeze=False)
    for (ylabel, curves), axes in zip(panels.items(), rows[:, 0], strict=True):
        for label, look in fig.looks("curves", curves):
            axes.plot(curves[label], label=label, **look)
        axes.set(ylabel=ylabel, yscale="log" if ylabel == "loss" else "linear")
        axes.grid(color=fig.GRID, linewidth=0.6)
    rows[-1, 0].set_xlabel("epoch")
    fig.legend(rows[0, 0])
    return figure


#: The weights and the biases of each layer, or the slopes for them.
Parameters = Sequence[tuple[Array, Array]]


@fig.styled
def at_work(
    layers: Parameters, slopes: Parameters, activations: Sequence[Array], chances: Array
) -> Figure:
    """Draw a network that reads a picture: its signals forwards, and below its slopes backwards.

    A line is a weight times what comes through it, or the slope for the weight; dashed is below 0.
    Of the lines only the stronger half are drawn, and from the picture a few for each neuron.
    """
    figure, panels = fig.canvas(346, rows=2, squeeze=False)
    signals = [W * a for (W, _), a in zip(layers, activations, strict=False)]
    deltas = [delta for _, delta in slopes]
    side = np.sqrt(len(activations[0])).astype(int)
    picture = activations[0].reshape(side, side)
    lit = [*activations[1:-1], chances]
    for backwards, axes in zip((False, True), panels[:, 0], strict=True):
        axes.imshow(picture, cmap=INK_ON_PAPER, vmin=0, vmax=1, extent=(0, 125, 10, 135))
        axes.add_patch(Rectangle((0, 10), 125, 125, fill=False, edgecolor=fig.GRID))
        _wires(axes, [W for W, _ in slopes] if backwards else signals, side, backwards)
        _neurons(axes, deltas if backwards else lit, backwards)
        for j, (chance, delta) in enumerate(zip(chances, deltas[-1], strict=True)):
            x, y = _place(2, j, len(chances))
            axes.text(x + 9, y, f"{j}", ha="center", va="center", fontsize=11)
            if backwards:
                words = fig.true_minus(f"{delta:+.2f}")
                axes.text(x + 52, y, words, ha="right", va="center", fontsize=11)
            else:
                axes.plot([x + 18, x + 18 + 36 * chance], [y, y], color=fig.FUNCTION, linewidth=6)
        axes.set(xlim=(0, 345), ylim=(0, 144), title="backwards" if backwards else "forwards")
        axes.set_aspect("equal")
        axes.axis("off")
    return figure


def _place(depth: int, j: int, count: int) -> Place:
    """Return where a neuron stands behind the picture."""
    return 170.0 + 61 * depth, 142 * (1 - (j + 0.5) / count)


def _wires(axes: Axes, strengths: Sequence[Array], side: int, backwards: bool) -> None:
    """Draw lines between the layers in two widths, dashed where a number is below 0."""
    groups: dict[tuple[bool, bool], list[Place]] = {}
    for depth, table in enumerate(strengths):
        most = abs(table).max()
        for j, row in enumerate(table):
            least = 0.25 * most if depth else np.sort(abs(row))[-4]
            for k in map(int, np.flatnonzero((abs(row) >= least) & (row != 0))):
                start = _place(depth - 1, k, len(row))
                if depth == 0:
                    start = (k % side + 0.5) * 125 / side, 135 - (k // side + 0.5) * 125 / side
                kind = bool(row[k] < 0), bool(depth and abs(row[k]) > most / 2)
                ends = [start, _place(depth, j, len(table)), (np.nan, np.nan)]
                groups.setdefault(kind, []).extend(ends)
    for (below, strong), ends in sorted(groups.items()):
        color = fig.TANGENT if backwards else fig.PATH if below else fig.FUNCTION
        dash = (0, (4, 2)) if below else "-"
        look: Look = {"linestyle": dash, "linewidth": 1.2 if strong else 0.5, "zorder": 2}
        axes.plot(*zip(*ends, strict=True), color=color, **look)


def _neurons(axes: Axes, layers: Sequence[Array], backwards: bool) -> None:
    """Draw neurons, each as full as its share of the largest, or which way descent wants it."""
    groups: dict[int, list[Place]] = {}
    for depth, values in enumerate(layers):
        for j, share in enumerate(values / abs(values).max()):
            level = int(np.sign(share) * np.ceil(4 * abs(share)))
            for kind in {0, level}:
                groups.setdefault(kind, []).append(_place(depth, j, len(values)))
    for level, places in sorted(groups.items(), key=lambda group: abs(group[0])):
        look: Look = {"marker": "o", "linestyle": "none", "markersize": 6.2, "zorder": 4}
        if level and backwards:
            way, size = "v" if level > 0 else "^", 2 + 2.5 * abs(level) ** 0.5
            look |= {"color": fig.TANGENT, "marker": way, "markersize": size}
        elif level:
            look |= {"color": fig.INK, "alpha": level / 4}
        else:
            look |= {"color": fig.MUTED, "markerfacecolor": fig.PAPER}
        axes.plot(*zip(*places, strict=True), **look)


@fig.styled
def bends(
    x: ArrayLike, y: ArrayLike, functions: Mapping[str, Function], kinks: ArrayLike
) -> Figure:
    """Draw functions fitted to points, and an upright up to each kink of the first of them."""
    figure = fits(x, y, functions)
    (axes,) = figure.axes
    bottom = axes.get_ylim()[0]
    tops = next(iter(functions.values()))(np.array(kinks))
    axes.vlines(kinks, bottom, tops, **fig.UPRIGHT)
    axes.plot(kinks, tops, **(fig.DOT | {"markersize": 4, "markerfacecolor": fig.PAPER}))
    axes.set_ylim(bottom)
    return figure


@fig.styled
def moving_fit(
    x: ArrayLike,
    y: ArrayLike,
    moments: Sequence[tuple[ArrayLike, ArrayLike]],
    *,
    seconds: float = 8.0,
) -> MovingCurve:
    """Draw measured points, and a line that moves towards them, by its corners at each moment."""
    figure = MovingCurve(figsize=(fig.WIDTH / 72, 250 / 72))
    axes = figure.subplots()
    axes.plot(x, y, **fig.DATA)
    axes.margins(0.04, 0.12)
    axes.set(xlabel="$x$", ylabel="$y$", ylim=axes.get_ylim(), xlim=axes.get_xlim())
    axes.plot(*moments[0], label="before", **fig.SECANT)
    axes.plot([], [], label="after", **fig.CURVE)
    fig.legend(axes)
    figure.draw_without_rendering()  # settles the layout, and with it where a point lands
    figure.seconds = seconds
    figure.pane = fig.from_top_left(axes, axes.get_xlim(), axes.get_ylim())
    figure.tracks = [fig.from_top_left(axes, *line) for line in moments]
    return figure


class MovingCurve(fig.Animation):
    """A figure with a curve that changes: each track is the curve at one moment.

    The last one is shown at rest, and what lies outside of `pane` never.
    """

    tracks: list[Array]
    #: The lower left and the upper right corner of the part to show, as places are given.
    pane: Array

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
            f"{fig.CALM}{{#play:target .moment{{animation:none!important}}}}"
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
