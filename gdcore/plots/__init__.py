"""Figures of the book: one colour a role, one SVG for light and dark pages.

Each function returns a :class:`Figure`, drawn once in the light palette.  Where it is shown as
SVG, every colour of the palette becomes a CSS variable, and a style inside the SVG sets the dark
values for dark pages.  Roles differ by marker and dash too, never by colour alone.

This is the only package of gdcore that imports matplotlib, and no other module imports it.
"""

from gdcore.plots._figure import PALETTE as PALETTE
from gdcore.plots._figure import WIDTH as WIDTH
from gdcore.plots._figure import Figure as Figure
from gdcore.plots._figure import MovingCurve as MovingCurve
from gdcore.plots._figure import RollingBalls as RollingBalls
from gdcore.plots.curves import agreement as agreement
from gdcore.plots.curves import average as average
from gdcore.plots.curves import basins as basins
from gdcore.plots.curves import descents as descents
from gdcore.plots.curves import difference_errors as difference_errors
from gdcore.plots.curves import fits as fits
from gdcore.plots.curves import kinks as kinks
from gdcore.plots.curves import moving_fit as moving_fit
from gdcore.plots.curves import nudges as nudges
from gdcore.plots.curves import progress as progress
from gdcore.plots.curves import races as races
from gdcore.plots.curves import rates as rates
from gdcore.plots.curves import rolling_balls as rolling_balls
from gdcore.plots.curves import secants as secants
from gdcore.plots.curves import slopes as slopes
from gdcore.plots.curves import zoom as zoom
from gdcore.plots.pictures import pictures as pictures
from gdcore.plots.plane import dial as dial
from gdcore.plots.plane import ends as ends
from gdcore.plots.plane import gradients as gradients
from gdcore.plots.plane import maps as maps
from gdcore.plots.plane import slices as slices
from gdcore.plots.plane import surface as surface
from gdcore.plots.plane import unit_balls as unit_balls
from gdcore.plots.plane import walks as walks
