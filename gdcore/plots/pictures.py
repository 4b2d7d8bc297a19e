"""Figures of pictures: numbers on a grid of pixels, shown as light and dark."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.colors import LinearSegmentedColormap

from gdcore._checks import Count, Samples
from gdcore.plots import _figure as fig
from gdcore.plots._figure import Figure, Look

# A photograph stays as it is on a dark page, so these colours are no roles.  More shades than
# these could hardly be told apart, and would double the size of a file.
INK_ON_PAPER = LinearSegmentedColormap.from_list("ink", ["#ffffff", "#000000"], N=33)
SIGNED = LinearSegmentedColormap.from_list("signed", ["#b8400b", "#ffffff", "#1f5f99"], N=33)


@fig.styled
def pictures(
    images: Samples, titles: Sequence[str] = (), *, columns: Count = 5, signed: bool = False
) -> Figure:
    """Draw small pictures in rows.

    Parameters
    ----------
    images : array_like, shape (count, height, width)
        The pixels: 0 is paper and 1 is ink.  Or signed numbers, where 0 is white; then all the
        pictures have one scale, and a bar below says which colour is which number.
    titles : sequence of str, optional
        What to write above each picture; none, or one for each.
    columns : int, optional
        How many pictures a row has; at least 1.
    signed : bool, optional
        Which of the two kinds.

    Returns
    -------
    Figure

    Raises
    ------
    TypeError, ValueError
        If `images` does not have three axes or holds no finite real numbers, if there are some
        titles but not one for each, or if `columns` is no whole number of at least 1.

    Examples
    --------
    >>> figure = pictures([[[0, 1], [1, 0]], [[1, 1], [0, 0]]], titles=["a", "b"])
    """
    if images.ndim != 3:
        raise ValueError(f"images must have shape (count, height, width), got {images.shape}")
    if len(titles) not in (0, len(images)):
        raise ValueError(f"titles must be none, or one for each of {len(images)}, got {titles!r}")
    rows = -(-len(images) // columns)
    each = fig.WIDTH / columns * images.shape[1] / images.shape[2] + (18 if titles else 0)
    figure = Figure(figsize=(fig.WIDTH / 72, (rows * each + 45 * signed) / 72))
    top = max(float(np.abs(images).max()), np.finfo(float).tiny) if signed else 1.0
    look: Look = {"cmap": SIGNED, "vmin": -top} if signed else {"cmap": INK_ON_PAPER, "vmin": 0}
    for place, image in enumerate(images):
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
