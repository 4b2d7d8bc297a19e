"""Figures of pictures: numbers on a grid of pixels, shown as light and dark."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from numpy.typing import ArrayLike

from gdcore import _checks
from gdcore.plots import _figure as fig
from gdcore.plots._figure import Figure, Look

# A photograph stays as it is on a dark page, so these colours are no roles.  More shades than
# these could hardly be told apart, and would double the size of a file.
INK_ON_PAPER = LinearSegmentedColormap.from_list("ink", ["#ffffff", "#000000"], N=33)
SIGNED = LinearSegmentedColormap.from_list("signed", ["#b8400b", "#ffffff", "#1f5f99"], N=33)


@fig.styled
def images(
    images: ArrayLike, titles: Sequence[str] = (), *, columns: int = 5, signed: bool = False
) -> Figure:
    """Draw small images in rows: digits, or the weights of a network that reads digits.

    Parameters
    ----------
    images : array_like, shape (count, height, width) or (height, width)
        The pixels: 0 is paper, and 1, or the largest number if it is above 1, is ink.  Or signed
        numbers, where 0 is white; then a bar below says which colour is which number.  All
        images have one scale.
    titles : sequence of str, optional
        What to write above each image; none, or one for each.
    columns : int, optional
        How many images a row has; at least 1.
    signed : bool, optional
        Which of the two kinds.

    Returns
    -------
    Figure

    Examples
    --------
    >>> figure = images([[[0, 1], [1, 0]], [[1, 1], [0, 0]]], titles=["a", "b"])
    """
    pixels = _checks.samples("images", images)
    pixels = pixels[None] if pixels.ndim == 2 else pixels
    if pixels.ndim != 3:
        what = f"images must have shape (count, height, width), got {pixels.shape}"
        raise _checks.refused(ValueError, what)
    titles = _checks.sequence("titles", titles)
    for i, title in enumerate(titles):
        _checks.instance(f"titles[{i}]", title, str)
    if len(titles) not in (0, len(pixels)):
        what = f"titles must be none, or one for each of {len(pixels)}, got {titles!r}"
        raise _checks.refused(ValueError, what)
    columns = _checks.whole("columns", columns, at_least=1)
    _checks.instance("signed", signed, bool)
    rows = -(-len(pixels) // columns)
    each = fig.WIDTH / columns * pixels.shape[1] / pixels.shape[2] + (18 if titles else 0)
    figure = Figure(figsize=(fig.WIDTH / 72, (rows * each + 45 * signed) / 72))
    low, high = float(pixels.min()), float(pixels.max())
    top = max(high, -low, np.finfo(float).tiny) if signed else max(high, 1.0)
    look: Look = {"cmap": SIGNED, "vmin": -top} if signed else {"cmap": INK_ON_PAPER, "vmin": 0}
    for place, image in enumerate(pixels):
        axes = figure.add_subplot(rows, columns, place + 1, xticks=[], yticks=[])
        axes.spines[:].set(visible=True, color=fig.GRID)
        shown = axes.imshow(image, interpolation="none", vmax=top, **look)
        axes.set_title(titles[place] if titles else "", loc="center")
    if signed:
        where: Look = {"location": "bottom", "aspect": 40, "shrink": 0.6, "ticks": [-top, 0, top]}
        bar = figure.colorbar(shown, ax=figure.axes, **where)
        for shades in bar.ax.collections:
            shades.set_rasterized(True)  # or its ends would be colours of the theme
        bar.ax.set_xticklabels([f"${number:.2g}$" for number in (-top, 0, top)])
        bar.outline.set(color=fig.GRID)
    return figure
