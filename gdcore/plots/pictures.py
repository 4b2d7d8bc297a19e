"""Figures of pictures: numbers on a grid of pixels, shown as light and dark."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from numpy.typing import ArrayLike

from gdcore import _checks
from gdcore.plots import _figure as fig
from gdcore.plots._figure import Figure

# A photograph stays as it is on a dark page, so these colours are no roles.
INK_ON_PAPER = "gray_r"
SIGNED = LinearSegmentedColormap.from_list("signed", ["#b8400b", "#ffffff", "#1f5f99"])


@fig.styled
def pictures(
    images: ArrayLike, titles: Sequence[str] = (), *, columns: int = 5, signed: bool = False
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
    images = _checks.samples("images", images)
    if images.ndim != 3:
        raise ValueError(f"images must have shape (count, height, width), got {images.shape}")
    if len(titles) not in (0, len(images)):
        raise ValueError(f"titles must be none, or one for each of {len(images)}, got {titles!r}")
    columns = _checks.whole("columns", columns, at_least=1)
    rows = -(-len(images) // columns)
    each = fig.WIDTH / columns + (18 if titles else 0)
    figure, grid = fig.canvas(rows * each + 45 * signed, rows, columns, squeeze=False)
    top = max(float(np.abs(images).max()), np.finfo(float).tiny) if signed else 1.0
    for axes in grid.flat:
        axes.set(xticks=[], yticks=[])
        axes.spines[:].set(visible=True, color=fig.GRID)
    for axes, image in zip(grid.flat, images, strict=False):
        look = {"cmap": SIGNED, "vmin": -top} if signed else {"cmap": INK_ON_PAPER, "vmin": 0}
        shown = axes.imshow(image, interpolation="none", vmax=top, **look)
    for axes, title in zip(grid.flat, titles, strict=False):
        axes.set_title(title, loc="center")
    for axes in grid.flat[len(images) :]:
        axes.axis("off")
    if signed:
        bar = figure.colorbar(
            shown, ax=grid, location="bottom", aspect=40, shrink=0.6, ticks=[-top, 0, top]
        )
        bar.ax.set_xticklabels([f"${number:.2g}$" for number in (-top, 0, top)])
        bar.outline.set(color=fig.GRID)
    return figure
