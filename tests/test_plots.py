"""Figures: what the SVG promises to the page, and that each says what the run said."""

import base64
import gzip
import io
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from functools import cache
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.contour import ContourSet
from matplotlib.image import imread

from gdcore import plots
from gdcore.descent import descend
from gdcore.landscapes import (
    bowl,
    double_well,
    oval,
    parabola,
    quadratic,
    rosenbrock,
    saddle,
)
from gdcore.plots._figure import _by_hops
from gdcore.rules import GradientDescent

ROOT = Path(__file__).parent.parent
run = descend(parabola.gradient, -4.0, rule=GradientDescent(0.1), max_steps=5)
valley = bowl(10)
walk = descend(valley.gradient, [-3.0, 1.0], rule=GradientDescent(0.15), max_steps=8)
MOMENTS = [([0, 2], [1, 1]), ([0, 1, 2], [5, 0.5, -9]), ([0, 1, 2], [0, 1, 0])]
FIGURES = {
    "nudges": lambda: plots.nudges(np.sin, [0.0, 2.0], 0.5, (-1, 4)),
    "secants": lambda: plots.secants(parabola, 1.0, [2, 1], 2.0, (-1, 4)),
    "zoom": lambda: plots.zoom(parabola, 1.0, 2.0, [1, 0.1]),
    "slopes": lambda: plots.slopes(quadratic(1, 0, 0), [-1, 0, 2]),
    "difference_errors": lambda: plots.difference_errors(
        [1e-8, 1e-4, 1], {"forward": [1e-1, 1e-4, 0]}, {"forward": 1e-4}
    ),
    "kinks": lambda: plots.kinks({"|x|": np.abs}),
    "descents": lambda: plots.descents(parabola, {"a": run, "b": run, "c": run}, minimum=0.0),
    "rolling_balls": lambda: plots.rolling_balls(parabola, [run]),
    "rates": lambda: plots.rates([0.1, 0.9], [0.8, 0.8], 2.0, {"creep": 0.1}),
    "progress": lambda: plots.progress({"a": [4, 2, 1, 0]}, "distance"),
    "basins": lambda: plots.basins(
        double_well(),
        [descend(double_well().gradient, x, rule=GradientDescent(0.05)) for x in (-1.5, 1.5)],
    ),
    "agreement": lambda: plots.agreement(
        [1, 2], {"theory": [1, 4]}, {"seen": [1.1, 3.9]}, xlabel="$n$", ylabel="steps", log=True
    ),
    "fits": lambda: plots.fits([0.1, 0.5, 1.0], [0.4, 0.7, 1.3], {"$wx$": lambda x: 1.3 * x}),
    "fits with kinks": lambda: plots.fits(
        [-1.0, 0.5, 1.0], [0.4, 0.7, 1.3], {"$|x|$": np.abs}, kinks=[0.0]
    ),
    "moving_fit": lambda: plots.moving_fit([0, 1, 2], [0, 1, 0], MOMENTS),
    "pictures": lambda: plots.pictures(np.linspace(0, 1, 24).reshape(6, 2, 2), titles="abcdef"),
    "signed pictures": lambda: plots.pictures(
        np.linspace(-1, 3, 16).reshape(4, 2, 2), columns=4, signed=True
    ),
    "average": lambda: plots.average(
        [quadratic(1, 0, 0), quadratic(3, -4, 2)], quadratic(2, -2, 1), (-1, 2)
    ),
    "races": lambda: plots.races(
        {unit: {c: ([1, 10, 100], [1, 0.1, 0]) for c in "abc"} for unit in ("steps", "seconds")},
        "loss",
        bottom=1e-3,
    ),
    "surface": lambda: plots.surface(bowl(3), (1.5, 1)),
    "slices": lambda: plots.slices(bowl(3), (1.5, 1)),
    "gradients": lambda: plots.gradients(bowl(3), [(1.5, 1), (-2, 0.5)]),
    "maps": lambda: plots.maps(valley, {"a": walk}, minimum=(0, 0), beeline=True),
    "maps of three": lambda: plots.maps(valley, {"a": walk, "b": walk, "c": walk}),
    "square maps": lambda: plots.maps(saddle, {"$(1, 0)$": walk, "$(1, 10^{-3})$": walk}),
    "walks": lambda: plots.walks(valley, {c: walk for c in "abcd"}, minimum=(0, 0)),
    "ends": lambda: plots.ends(
        saddle, [[1, 1], [0, 0.5]], [[0, 0], [0, 1.5]], {"stuck": [True, False]}
    ),
    "dial": lambda: plots.dial(oval, (1, 1), minimum=(0, 0)),
    "unit_balls": lambda: plots.unit_balls((2, 1)),
}
each_figure = pytest.mark.parametrize("draw", FIGURES.values(), ids=FIGURES)


def relative_luminance(colour):
    channels = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def contrast(one, other):
    low, high = sorted(map(relative_luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


@cache
def drawn_once(draw):
    return draw()


@cache
def as_svg(draw):
    return drawn_once(draw)._repr_svg_()


@each_figure
def test_svg_is_well_formed_and_all_its_colours_follow_the_theme(draw):
    svg = as_svg(draw)
    root = ET.fromstring(svg)
    assert root.tag.endswith("svg") and root.get("viewBox").split()[2] == f"{plots.WIDTH:g}"
    style, rest = (
        re.search("<style>.*?</style>", svg, re.S)[0],
        re.sub("<style>.*?</style>", "", svg, flags=re.S),
    )
    assert "prefers-color-scheme:dark" in style
    # matplotlib writes fixed colours as #rrggbb; none may be left outside the palette
    assert re.findall(r"#[0-9a-fA-F]{6}\b", rest) == []
    assert set(re.findall(r"var\(--([\w-]+)\)", rest)) <= set(plots.PALETTE)


@each_figure
def test_same_bytes_twice(draw):
    assert draw()._repr_svg_() == as_svg(draw)


@each_figure
def test_a_reader_s_own_settings_change_nothing(draw):
    expected = as_svg(draw)
    with mpl.rc_context(
        {"font.size": 30, "lines.linewidth": 9, "axes.grid": True, "svg.fonttype": "none"}
    ):
        assert draw()._repr_svg_() == expected


@each_figure
def test_every_figure_has_the_book_s_width(draw):
    assert drawn_once(draw).get_figwidth() * 72 == pytest.approx(plots.WIDTH)


@each_figure
def test_nothing_is_cut_off_at_the_edge(draw):
    figure = drawn_once(draw)
    figure.draw_without_rendering()
    drawn = figure.get_tightbbox()
    assert min(drawn.x0, drawn.y0) >= 0
    assert drawn.x1 <= figure.get_figwidth() and drawn.y1 <= figure.get_figheight()


@pytest.mark.parametrize("shade", [0, 1], ids=["light", "dark"])
def test_contrast_on_the_page(shade):
    paper = plots.PALETTE["paper"][shade]
    for role in ("ink", "muted", "function", "path", "minimum", "tangent"):
        assert contrast(plots.PALETTE[role][shade], paper) >= 4.5, role


def test_no_light_colour_stands_for_two_roles():
    lights = [light for light, _ in plots.PALETTE.values()]
    assert len(set(lights)) == len(lights)


def test_the_path_is_drawn_where_the_run_was():
    axes = plots.descents(parabola, {"run": run}).axes[0]
    _, hops, start = axes.lines
    assert hops.get_xdata().tolist() == run.points.tolist()
    assert hops.get_ydata().tolist() == (run.points**2).tolist()
    assert start.get_xydata().tolist() == [[-4, 16]]


def test_balls_roll_from_the_start_to_the_end_of_their_path():
    short = descend(parabola.gradient, 3.0, rule=GradientDescent(0.1), max_steps=2)
    figure = plots.rolling_balls(parabola, [run, short])
    axes = figure.axes[0]
    height = figure.bbox.height
    for path, track in zip((run, short), figure.tracks, strict=True):
        for place, x in ((track[0], path.start), (track[-1], path.end)):
            px, py = axes.transData.transform((x, parabola(x)))
            assert place == pytest.approx([px, height - py])
    assert len(figure.tracks[0]) == len(figure.tracks[1])  # all balls take equally long
    svg = figure._repr_svg_()
    assert svg.count("<circle") == 2 and "#play:target #ball1" in svg
    assert "prefers-reduced-motion" in svg


def test_a_moving_fit_goes_through_its_moments_and_ends_on_the_last():
    figure = plots.moving_fit([0, 1, 2], [0, 1, 0], MOMENTS, seconds=6)
    axes, height = figure.axes[0], figure.bbox.height
    for (x, y), track in zip(MOMENTS, figure.tracks, strict=True):
        px, py = axes.transData.transform(np.column_stack([x, y])).T
        assert track == pytest.approx(np.column_stack([px, height - py]))
    data, before, after = axes.lines
    assert data.get_xydata().tolist() == [[0, 0], [1, 1], [2, 0]]
    assert before.get_xydata().tolist() == [[0, 1], [2, 1]] and len(after.get_xdata()) == 0
    (left, bottom), (right, top) = figure.pane
    assert (axes.bbox.x0, axes.bbox.x1) == pytest.approx((left, right))
    assert (axes.bbox.y0, axes.bbox.y1) == pytest.approx((height - bottom, height - top))
    low, up = axes.get_ylim()  # the line that leaves the picture does not stretch it
    assert -1 < low < 0 and 1 < up < 2


def test_a_moving_fit_shows_one_moment_after_the_other():
    svg = plots.moving_fit([0, 1, 2], [0, 1, 0], MOMENTS, seconds=6)._repr_svg_()
    *_, play = ET.fromstring(svg)
    pane, lines = play
    assert play.get("id") == "play"
    assert [line.get("class") for line in lines] == ["moment", "moment", "moment last"]
    assert lines.get("clip-path") == f"url(#{pane.get('id')})"
    # the last is hidden from the beginning until 4 s
    delays = [line.get("style") for line in lines]
    assert delays == ["animation-delay:0ms", "animation-delay:2000ms", None]
    assert "#play:target .moment{animation:show 2000ms}" in svg
    assert "#play:target .last{animation:wait 4000ms}" in svg
    assert "prefers-reduced-motion" in svg


def test_fits_marks_each_kink_below_and_on_the_first_function():
    figure = plots.fits([-1, 1], [1, 1], {"a": np.abs, "b": np.square}, kinks=[-0.5, 0.25])
    (axes,) = figure.axes
    (uprights,) = axes.collections
    bottom = axes.get_ylim()[0]
    ends = [segment.tolist() for segment in uprights.get_segments()]
    assert ends == [[[-0.5, bottom], [-0.5, 0.5]], [[0.25, bottom], [0.25, 0.25]]]
    assert axes.lines[-1].get_xydata().tolist() == [[-0.5, 0.5], [0.25, 0.25]]
    assert not plots.fits([-1, 1], [1, 1], {"a": np.abs}).axes[0].collections


def test_pictures_shows_each_in_its_place():
    images = np.arange(24).reshape(6, 2, 2) / 24
    figure = plots.pictures(images, titles="abcdef", columns=4)
    assert figure.axes[3].get_subplotspec().is_last_col()
    for axes, image, title in zip(figure.axes, images, "abcdef", strict=True):
        (shown,) = axes.get_images()
        assert np.array_equal(shown.get_array(), image) and shown.get_clim() == (0, 1)
        assert axes.get_title(loc="center") == title
        assert shown.cmap(0.0)[:3] == (1, 1, 1) and shown.cmap(1.0)[:3] == (0, 0, 0)


def pixels(svg):
    """The red, green and blue of each picture in an SVG."""
    files = re.findall(r"base64,([\w+/=]+)", svg)
    return [imread(io.BytesIO(base64.b64decode(file)))[..., :3] for file in files]


def test_a_picture_keeps_its_shades_in_the_svg():
    shades = np.linspace(0, 1, 33)
    (shown,) = pixels(plots.pictures(shades.reshape(1, 3, 11))._repr_svg_())
    assert np.allclose(np.unique(shown), shades, atol=1 / 255)
    svg = plots.pictures([[[-2, 0, 2]]], signed=True)._repr_svg_()
    hues = [[int(hue[i : i + 2], 16) for i in (0, 2, 4)] for hue in ("b8400b", "ffffff", "1f5f99")]
    assert np.rint(255 * pixels(svg)[0][0]).tolist() == hues


def test_even_pictures_of_noise_stay_light():
    noise = np.random.default_rng(0).standard_normal((16, 28, 28))
    svg = plots.pictures(noise, columns=4, signed=True)._repr_svg_()
    assert len(gzip.compress(svg.encode())) <= 15 * 1024


def test_signed_pictures_have_one_scale():
    figure = plots.pictures([[[0.5, -1]], [[0, -4]]], columns=2, signed=True)
    first, second, bar = figure.axes
    for axes in (first, second):
        (shown,) = axes.get_images()
        assert shown.get_clim() == (-4, 4) and shown.cmap(0.5)[:3] == pytest.approx(
            (1, 1, 1), abs=0.01
        )
    assert [label.get_text() for label in bar.get_xticklabels()] == ["$-4$", "$0$", "$4$"]
    blank = plots.pictures([[[0.0, 0.0]]], signed=True)
    ET.fromstring(blank._repr_svg_())


def heights(line, *places):
    """What a drawn straight line shows at some places."""
    (x0, x1), (y0, y1) = line.get_xdata(), line.get_ydata()
    return [y0 + (y1 - y0) * (x - x0) / (x1 - x0) for x in places]


def test_nudges_show_the_change_of_height():
    texts = [text.get_text() for text in plots.nudges(np.square, [1.0], 1.0, (0, 3)).axes[0].texts]
    assert r"$\Delta y = +3.00$" in texts  # 2^2 - 1^2


def test_zoom_draws_the_tangent_in_every_window():
    for axes in plots.zoom(np.square, 1.0, 2.0, [1, 0.1]).axes:
        assert heights(axes.lines[1], 1.0, 1.5) == pytest.approx([1, 2])  # 1 + 2 (x - 1)


def test_slopes_draws_tangents_above_and_their_slopes_below():
    above, below = plots.slopes(quadratic(1, 0, 0), [-1]).axes
    assert heights(above.lines[1], -1.0, 0.0) == pytest.approx([1, -1])  # 1 - 2 (x + 1)
    assert below.lines[-1].get_xydata().tolist() == [[-1, -2]]


def test_kinks_draws_the_slope_of_each_side_through_the_kink():
    left, right = plots.kinks({"|x|": np.abs}).axes[0].lines[1:3]
    assert heights(left, 0.0, -1.0) == pytest.approx([0, 1])
    assert heights(right, 0.0, 1.0) == pytest.approx([0, 1])


def test_errors_are_drawn_as_they_are_down_to_a_floor():
    figure = plots.difference_errors([1e-8, 1e-4, 1], {"a": [1e-3, 1e-16, 0]}, {"a": 1e-4})
    curve, mark = figure.axes[0].lines
    assert curve.get_ydata().tolist() == [1e-3, 1e-16, 1e-17]
    assert list(mark.get_xdata()) == [1e-4, 1e-4]


def test_rates_marks_its_samples_on_the_curve():
    axes = plots.rates([0.1], [0.8], 2.0, {"explode": 1.25}).axes[0]
    (label,) = [text for text in axes.texts if text.get_text() == "explode"]
    assert label.xy == pytest.approx((1.25, 1.5))  # |1 - 2 * 1.25|
    assert axes.lines[-1].get_xydata().tolist() == [[1.25, 1.5]]


def test_progress_starts_at_step_0():
    (line,) = plots.progress({"a": [4, 2, 0]}, "distance").axes[0].lines
    assert line.get_xdata().tolist() == [0, 1, 2]
    assert line.get_ydata()[:2].tolist() == [4, 2] and np.isnan(line.get_ydata()[2])


def test_a_run_of_no_steps_can_be_shown():
    still = descend(parabola.gradient, 2.0, rule=GradientDescent(0.1), max_steps=0)
    ET.fromstring(plots.rolling_balls(parabola, [still])._repr_svg_())


def test_one_window_can_be_shown():
    assert len(plots.zoom(parabola, 1.0, 2.0, [0.1]).axes) == 1


def test_the_site_has_the_same_colours():
    theme = ROOT / "conf" / "theme" / "static"
    css = (theme / "book.css").read_text("utf-8").lower()
    for role, (light, dark) in plots.PALETTE.items():
        assert f"light-dark({light}, {dark})" in css, role
    icon = re.findall(r"#[0-9a-f]{6}", (theme / "favicon.svg").read_text("utf-8").lower())
    assert set(icon) <= {shade for pair in plots.PALETTE.values() for shade in pair}


def test_a_label_of_the_secant_is_its_slope():
    figure = plots.secants(parabola, 1.0, [2, 1], 2.0, (-1, 4))
    texts = [text.get_text() for text in figure.axes[0].texts]
    # ((1 + 2)^2 - 1) / 2 = 4;  ((1 + 1)^2 - 1) / 1 = 3
    assert texts == [r"$\Delta x = 2$: slope 4", r"$\Delta x = 1$: slope 3", "tangent: slope 2"]


def test_starts_that_share_an_end_share_a_mark():
    well = double_well(0.3)
    runs = [descend(well.gradient, x, rule=GradientDescent(0.05)) for x in (-1.5, -0.5, 0.5)]
    marks = [line.get_marker() for line in plots.basins(well, runs).axes[0].lines[1:4]]
    assert [run.end < 0 for run in runs] == [True, True, False]
    assert marks == ["s", "s", "o"]


def arrows(axes):
    """Tail and tip of each arrow."""
    return [(np.array(a.xyann), np.array(a.xy)) for a in axes.texts if a.arrow_patch is not None]


def contours(axes, width):
    """The heights of the contours that are drawn with lines of that width."""
    sets = [c for c in axes.collections if isinstance(c, ContourSet) and not c.filled]
    return [h for c in sets if c.get_linewidth()[0] == width for h in c.levels]


@pytest.mark.parametrize(
    "draw",
    [FIGURES[name] for name in ("surface", "gradients", "maps", "walks", "ends", "dial")],
)
def test_a_map_has_equal_axes(draw):
    axes = draw().axes[-1]
    axes.figure.draw_without_rendering()
    (x0, y0), (x1, y1) = axes.transData.transform([(0, 0), (1, 1)])
    assert x1 - x0 == pytest.approx(y1 - y0)


def test_the_surface_and_its_map_show_the_same_point():
    net, chart = plots.surface(bowl(3), (1.5, 1)).axes
    level, upright, ball = chart.lines
    assert level.get_xydata().tolist() == [[-4, 1], [4, 1]]
    assert upright.get_xydata().tolist() == [[1.5, -3], [1.5, 3]]
    assert ball.get_xydata().tolist() == [[1.5, 1]]
    # the cuts of the net follow the ground, and cross at the ball: (1.5^2 + 3) / 2 = 2.625
    east, north, ball = (np.array(line.get_data_3d()) for line in net.lines)
    assert ball.ravel().tolist() == [1.5, 1, 2.625]
    assert east[:, [0, -1]].T.tolist() == [[-4, 1, 9.5], [4, 1, 9.5]]
    assert north[:, [0, -1]].T.tolist() == [[1.5, -3, 14.625], [1.5, 3, 14.625]]
    for cut in (east, north):
        assert cut[2] == pytest.approx(bowl(3)(cut[:2]))


def test_axes_are_named_after_the_variables():
    named = replace(bowl(3), variables=("a", "b"))
    still = descend(named.gradient, [1, 1], rule=GradientDescent(0.1), max_steps=2)
    (chart,) = plots.maps(named, {"": still}).axes
    assert (chart.get_xlabel(), chart.get_ylabel()) == ("$a$", "$b$")
    net, chart = plots.surface(named, (1.5, 1)).axes
    assert [text.get_text().strip() for text in net.texts] == ["$a$", "$b$"]
    assert (chart.get_xlabel(), chart.get_ylabel()) == ("$a$", "$b$")
    first, second = plots.slices(named, (1.5, 1)).axes
    assert (first.get_xlabel(), second.get_xlabel()) == ("$a$", "$b$")
    assert first.get_title(loc="left") == "along $b = 1$"


def test_slices_are_the_cuts_through_the_point():
    # half of x^2 + 3 y^2 along y = 1 and along x = 1.5; its gradient is (x, 3 y) = (1.5, 3)
    east, north = plots.slices(bowl(3), (1.5, 1)).axes
    for axes, cut in (
        (east, lambda x: (x**2 + 3) / 2),
        (north, lambda y: (2.25 + 3 * y**2) / 2),
    ):
        across, heights_there = axes.lines[0].get_data()
        assert heights_there == pytest.approx(cut(across))
    assert heights(east.lines[1], 1.5, 2.5) == pytest.approx([2.625, 4.125])
    assert heights(north.lines[1], 1.0, 2.0) == pytest.approx([2.625, 5.625])
    assert [axes.get_title(loc="left") for axes in (east, north)] == [
        "along $y = 1$",
        "along $x = 1.5$",
    ]


def test_an_arrow_is_the_scaled_gradient_and_its_level_set_is_drawn():
    axes = plots.gradients(bowl(3), [(1.5, 1), (-2, 0.5)], scale=0.2).axes[0]
    (tail, tip), (_, other) = arrows(axes)
    assert tail.tolist() == [1.5, 1] and tip == pytest.approx([1.8, 1.6])  # 0.2 (1.5, 3)
    assert other == pytest.approx([-2.4, 0.8])  # 0.2 (-2, 1.5)
    assert contours(axes, 0.7) == pytest.approx([2.375, 2.625])
    # and the level set that is drawn passes the point at a right angle to the arrow
    through = next(c for c in axes.collections if isinstance(c, ContourSet) and 2.625 in c.levels)
    curve = through.get_paths()[1].vertices
    at = np.argmin(np.linalg.norm(curve - tail, axis=1))
    along = curve[at + 1] - curve[at - 1]
    cosine = along @ (tip - tail) / np.linalg.norm(along) / np.linalg.norm(tip - tail)
    assert np.linalg.norm(curve[at] - tail) < 0.2 and abs(cosine) < 0.1


def test_contours_part_a_map_into_equal_areas_and_cross_at_a_saddle():
    chosen = contours(plots.maps(saddle, {"": walk}).axes[0], 0.7)
    assert len(chosen) == 11 and chosen[5] == 0
    x, y = np.random.default_rng(1).uniform(-1.6, 1.6, (2, 40_000))
    shares = np.histogram((x**2 - y**2) / 2, [-np.inf, *chosen, np.inf])[0] / x.size
    assert shares == pytest.approx(np.full(12, 1 / 12), abs=0.01)


def test_the_map_draws_the_run_its_start_the_minimum_and_the_beeline():
    axes = plots.maps(valley, {"": walk}, minimum=(0, 0), beeline=True).axes[0]
    hops, line, start, star = axes.lines
    assert hops.get_xydata().tolist() == walk.points.tolist()
    assert line.get_xydata()[[0, -1]].tolist() == [[-3, 1], [0, 0]]
    assert start.get_xydata().tolist() == [[-3, 1]]
    assert star.get_xydata().tolist() == [[0, 0]] and star.get_marker() == "*"


def test_a_contour_says_its_own_height():
    axes = plots.maps(valley, {"": walk}, minimum=(0, 0)).axes[0]
    labels = [(text.get_text(), text.get_position()) for text in axes.texts]
    assert len({text for text, _ in labels}) == len(labels) >= 3
    for text, place in labels:
        assert valley(np.array(place)) == pytest.approx(float(text), rel=0.05)


def test_a_long_run_is_thinned_out_but_keeps_its_way():
    long = descend(rosenbrock.gradient, [-1.2, 1.0], rule=GradientDescent(0.001), max_steps=2000)
    drawn = plots.maps(rosenbrock, {"": long}).axes[0].lines[0].get_xydata()
    assert len(drawn) < 500
    gaps = np.linalg.norm(long.points[:, None] - drawn, axis=2)
    assert np.all(gaps.min(axis=0) == 0)  # nothing is drawn where the run was not
    assert np.all(gaps.min(axis=1) < 0.01)  # and it is drawn wherever the run was


def test_a_run_that_explodes_is_drawn_as_far_as_one_can_see():
    wild = descend(valley.gradient, [-3.0, 1.0], rule=GradientDescent(0.5), max_steps=900)
    assert np.abs(wild.points).max() > 1e300
    figure = plots.maps(valley, {"": wild})
    drawn = figure.axes[0].lines[0].get_xydata()
    # (1 - 5)^k: the second place, (-1.5, -4), is below the map, and all later ones are further
    assert drawn[:2].tolist() == [[-3, 1], [-1.5, -4]]
    assert np.nanmax(np.abs(drawn)) < 1e5
    ET.fromstring(figure._repr_svg_())


def test_each_of_several_walks_has_its_own_look_and_name():
    axes = plots.walks(valley, {c: walk for c in "abcd"}).axes[0]
    runs = axes.lines[::2]
    assert len({(run.get_color(), run.get_marker(), str(run._dash_pattern)) for run in runs}) == 4
    assert len({run.get_marker() for run in runs}) == len({run.get_color() for run in runs}) == 4
    assert [text.get_text() for text in axes.get_legend().get_texts()] == list("abcd")
    assert all(run.get_xydata().tolist() == walk.points.tolist() for run in runs)


def test_starts_are_marked_by_the_kind_of_their_end():
    starts, last = [[1, 1, 0.5], [0, 0.5, 1]], [[0, 0, 0], [0, 1.5, 1.4]]
    kinds = {"stuck": [True, False, False], "gone": [False, True, True]}
    axes = plots.ends(saddle, starts, last, kinds).axes[0]
    stuck, gone, dots = axes.lines
    assert stuck.get_xydata().tolist() == [[1, 0]]
    assert gone.get_xydata().tolist() == [[1, 0.5], [0.5, 1]]
    assert stuck.get_marker() != gone.get_marker() and stuck.get_color() != gone.get_color()
    assert dots.get_xydata().T.tolist() == last
    assert dots.get_markersize() < stuck.get_markersize()


def test_a_spoke_is_as_long_as_the_slope_is_steep():
    axes = plots.dial(oval, (1, 1)).axes[0]
    down, up, level = axes.lines[:3]
    (_, lowest), (_, highest) = arrows(axes)
    gradient = np.array([3, 1]) / np.sqrt(10)
    reach = np.linalg.norm(highest - 1)
    assert highest - 1 == pytest.approx(reach * gradient)
    assert lowest - 1 == pytest.approx(-reach * gradient)
    for line, sign in ((down, -1), (up, 1)):
        assert np.all(line.get_xydata()[::2] == 1)
        tips = line.get_xydata()[1::2] - 1
        length = np.linalg.norm(tips, axis=1)
        slopes = tips @ gradient / length  # in units of the steepest
        assert len(tips) == 11 and length == pytest.approx(sign * slopes * reach)
    ends = level.get_xydata() - 1
    assert ends @ gradient == pytest.approx([0, 0]) and np.linalg.norm(ends[0]) > 0
    assert len(axes.lines) == 4  # and the point


def test_the_dial_points_to_the_minimum():
    axes = plots.dial(oval, (1, 1), minimum=(0, 0)).axes[0]
    dotted, star = axes.lines[3:5]
    assert dotted.get_xydata().tolist() == [[1, 1], [0, 0]]
    assert star.get_xydata().tolist() == [[0, 0]]
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    assert left < 0 < 1 < right and bottom < 0 < 1 < top


@pytest.mark.parametrize(
    ("gradient", "best"),
    [
        ((2, 1), [[(-2 / 5**0.5, -1 / 5**0.5)], [(-1, -1)], [(-1, 0)]]),
        ((1, 1), [[(-(0.5**0.5), -(0.5**0.5))], [(-1, -1)], [(-1, 0), (0, -1)]]),
        ((1, 0), [[(-1, 0)], [(-1, -1), (-1, 1)], [(-1, 0)]]),
        ((-1, 3), [[(1 / 10**0.5, -3 / 10**0.5)], [(1, -1)], [(0, -1)]]),
    ],
)
def test_the_winners_of_each_ball(gradient, best):
    for axes, expected in zip(plots.unit_balls(gradient).axes, best, strict=True):
        ball, touching, winners = axes.lines
        drawn = sorted(map(tuple, winners.get_xydata().tolist()))
        assert np.array(drawn) == pytest.approx(np.array(expected))
        # all along the line g.v is what it is at the winner, and no v of the ball goes lower
        g = np.array(gradient)
        assert touching.get_xydata() @ g == pytest.approx(np.full(2, g @ expected[0]))
        assert np.min(ball.get_xydata() @ g) >= g @ expected[0] - 1e-9
        ((tail, tip),) = arrows(axes)
        assert tail.tolist() == [0, 0] and tip == pytest.approx(-g / np.linalg.norm(g))


def test_agreement_draws_lines_for_theory_and_circles_for_what_was_measured():
    figure = plots.agreement(
        [1, 2],
        {"a": [1, 4], "b": [3, 3]},
        {"a": [1.1, 3.9], "seen": [2, 5]},
        xlabel="$n$",
        ylabel="steps",
        ticks=[1, 2],
    )
    (axes,) = figure.axes
    a, b, a_seen, b_seen = axes.lines
    assert a.get_xydata().tolist() == [[1, 1], [2, 4]]
    assert b_seen.get_xydata().tolist() == [[1, 2], [2, 5]]
    assert (a.get_marker(), a_seen.get_marker(), a_seen.get_linestyle()) == ("None", "o", "None")
    assert a.get_color() == a_seen.get_color() != b.get_color() == b_seen.get_color()
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["a", "b", "seen"]
    assert axes.get_xticks().tolist() == [1, 2] and axes.get_xscale() == "linear"


def test_agreement_can_be_measured_at_fewer_places_than_predicted():
    figure = plots.agreement(
        [[1, 2, 4], [2, 4]], {"a": [1, 2, 4]}, {"a": [2, 5]}, xlabel="", ylabel="", log=True
    )
    (axes,) = figure.axes
    assert [line.get_xdata().tolist() for line in axes.lines] == [[1, 2, 4], [2, 4]]
    assert axes.get_xscale() == axes.get_yscale() == "log"


def test_fits_draws_the_points_and_each_function_from_0_to_the_last_point():
    figure = plots.fits([0.5, 2.0], [1.0, 3.0], {"a": lambda x: 2 * x, "b": np.ones_like})
    points, a, b = figure.axes[0].lines
    assert points.get_xydata().tolist() == [[0.5, 1], [2, 3]]
    assert points.get_linestyle() == "None"
    assert a.get_xydata()[[0, -1]].tolist() == [[0, 0], [2, 4]]
    assert set(b.get_ydata()) == {1}
    assert [text.get_text() for text in figure.axes[0].get_legend().get_texts()] == ["a", "b"]
    left = plots.fits([-1.0, 2.0], [1.0, 3.0], {"a": np.square}).axes[0].lines[1]
    assert left.get_xdata()[0] == -1


def test_average_marks_the_lowest_points_that_can_be_seen():
    # w^2 is lowest at 0, (w - 5)^2 outside of the picture, their mean w^2 - 5w + 12.5 at 2.5
    members = [quadratic(1, 0, 0), quadratic(1, -10, 25)]
    (axes,) = plots.average(members, quadratic(1, -5, 12.5), (-1, 4)).axes
    marks = [line.get_xydata()[0] for line in axes.lines if len(line.get_xdata()) == 1]
    assert np.allclose(marks, [[0, 0], [2.5, 6.25]], atol=0.02)
    assert sum(len(line.get_xdata()) > 1 for line in axes.lines) == 3
    assert axes.get_xlim() == (-1, 4)


def test_races_draws_each_run_alike_in_every_unit_and_leaves_out_what_is_not_above_0():
    runs = {"all": ([1, 2, 4], [4, 1, 0]), "one": ([1, 2, 4], [3, 2, 2])}
    seconds = {"all": ([0.1, 0.2, 0.4], [4, 1, 0]), "one": ([5, 6, 7], [3, 2, 2])}
    above, below = plots.races({"steps": runs, "seconds": seconds}, "loss", bottom=0.5).axes
    assert [axes.get_xlabel() for axes in (above, below)] == ["steps", "seconds"]
    for axes, drawn in ((above, runs), (below, seconds)):
        assert axes.get_xscale() == axes.get_yscale() == "log"
        assert axes.get_ylim()[0] == 0.5
        for line, (x, y) in zip(axes.lines, drawn.values(), strict=True):
            assert line.get_xdata().tolist() == x
            assert np.nan_to_num(line.get_ydata()).tolist() == y
    looks = [[(line.get_color(), line.get_linestyle()) for line in a.lines] for a in (above, below)]
    assert looks[0] == looks[1] and looks[0][0] != looks[0][1]


def test_a_run_has_the_same_look_on_a_map_and_in_a_chart():
    on_map = plots.walks(valley, {c: walk for c in "abcd"}).axes[0].get_legend().get_lines()
    chart = plots.races({"steps": {c: ([1, 2], [2, 1]) for c in "abcd"}}, "loss").axes[0].lines
    assert [line.get_color() for line in on_map] == [line.get_color() for line in chart]


def test_a_polyline_is_written_as_hops():
    pattern = r' d="([MLQz\s\d.-]+)"'
    written = re.sub(
        pattern, _by_hops, ' d="M 1.04 2 \nL 3.06 2.5 \nQ 1 1 0 0 \nz\nM 1 1 \nL 2 1 "'
    )
    # 1.04 -> 1.0, 3.06 -> 3.1; after z one stands at the start of the part, (1, 2)
    assert written == ' d="m1 2l2.1 0.5q-2.1 -1.5 -3.1 -2.5zm0 -1l1 0"'


@pytest.mark.parametrize(
    ("name", "kibibytes"),
    [("surface", 15), ("maps", 9), ("walks", 11), ("dial", 9), ("pictures", 9)],
)
def test_a_figure_stays_light(name, kibibytes):
    assert len(gzip.compress(as_svg(FIGURES[name]).encode())) <= kibibytes * 1024


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: plots.nudges(np.sin, [0.0], 0.0, (0, 1)), "dx must be above 0"),
        (lambda: plots.rolling_balls(parabola, [run], seconds=-1), "seconds must be above 0"),
        (lambda: plots.rates([0.1], [0.8], 0.0, {}), "curvature must be above 0"),
        (lambda: plots.progress({}, "y"), r"series must be 1 to 4, got \[\]"),
        (lambda: plots.progress({c: [1] for c in "abcde"}, "y"), "series must be 1 to 4, got"),
        (lambda: plots.difference_errors([1], {}, {}), r"errors must be 1 to 4, got \[\]"),
        (lambda: plots.basins(parabola, []), r"the ends of paths must be 1 to 4, got \[\]"),
        (lambda: plots.descents(parabola, {}), r"paths must be at least 1, got \[\]"),
        (lambda: plots.rolling_balls(parabola, []), r"paths must be at least 1, got \[\]"),
        (lambda: plots.kinks({}), r"functions must be at least 1, got \[\]"),
        (lambda: plots.kinks({"|x|": np.abs}, h=0), "h must be above 0, got 0"),
        (lambda: plots.zoom(parabola, 1.0, 2.0, []), r"widths must be at least 1, got \[\]"),
        (lambda: plots.zoom(parabola, 1.0, 2.0, [0]), r"widths\[0\] must be above 0, got 0"),
        (
            lambda: plots.secants(parabola, 1.0, [0], 2.0, (0, 1)),
            r"steps\[0\] must be other than 0",
        ),
        (lambda: plots.fits([1, 2], [1], {"": np.square}), "x and y must be of one shape"),
        (lambda: plots.fits([1, np.nan], [1, 2], {"": np.square}), "x must be finite, got nan"),
        (lambda: plots.fits([1], [1], {}), r"functions must be 1 to 4, got \[\]"),
        (
            lambda: plots.fits([1], [1], {"": abs}, kinks=[np.nan]),
            r"kinks\[0\] must be finite, got nan",
        ),
        (lambda: plots.moving_fit([1], [1], []), r"moments must be at least 1, got \[\]"),
        (
            lambda: plots.moving_fit([1], [1], [([1], [1, 2])]),
            "both of moments must be of one shape",
        ),
        (lambda: plots.moving_fit([1], [1], MOMENTS, seconds=0), "seconds must be above 0"),
        (lambda: plots.pictures([[1, 2]]), r"images must have shape .*, got \(1, 2\)"),
        (lambda: plots.pictures([[[np.nan]]]), "images must be finite, got nan"),
        (lambda: plots.pictures([[[1]]], titles="ab"), "titles must be none, or one for each of 1"),
        (lambda: plots.pictures([[[1]]], columns=0), "columns must be at least 1, got 0"),
        (lambda: plots.average([], parabola, (0, 1)), r"members must be at least 1, got \[\]"),
        (lambda: plots.races({}, "y"), r"panels must be at least 1, got \[\]"),
        (lambda: plots.races({"x": {}}, "y"), r"the runs of panels must be 1 to 4, got \[\]"),
        (lambda: plots.races({"x": {"": ([1], [1])}}, "y", bottom=0), "bottom must be above 0"),
        (lambda: plots.surface(parabola, (0, 0)), "landscape must have two variables"),
        (lambda: plots.surface(saddle, (2, 0)), r"point must be in .*, got \[2\. 0\.\]"),
        (lambda: plots.slices(saddle, (1, 0, 0)), r"point must have shape \(2,\), got \(3,\)"),
        (lambda: plots.gradients(saddle, [1, 0]), r"points must have shape \(m, 2\), got \(2,\)"),
        (lambda: plots.gradients(saddle, np.empty((0, 2))), r"points must have shape \(m, 2\)"),
        (lambda: plots.gradients(saddle, [(1, 0)], scale=0), "scale must be above 0"),
        (lambda: plots.maps(saddle, {}), r"paths must be at least 1, got \[\]"),
        (lambda: plots.maps(saddle, {"": run}), r"paths\[.*\] must have two variables"),
        (lambda: plots.maps(saddle, {"": walk}, beeline=True), "beeline needs a minimum"),
        (lambda: plots.maps(saddle, {"": walk}, minimum=0), r"minimum must have shape \(2,\)"),
        (lambda: plots.walks(saddle, {c: walk for c in "abcde"}), "paths must be 1 to 4, got"),
        (lambda: plots.ends(saddle, [1, 0], [1, 0], {}), r"starts must have shape \(2, m\)"),
        (
            lambda: plots.ends(saddle, [[1], [0]], [[1, 1], [0, 0]], {}),
            "starts and ends must be of one shape",
        ),
        (lambda: plots.ends(saddle, [[1], [0]], [[1], [1]], {}), "kinds must be 1 to 4, got"),
        (lambda: plots.ends(saddle, [[1], [0]], [[1], [1]], {"a": [1]}), "kinds must hold masks"),
        (lambda: plots.dial(saddle, (0, 0)), "point must be where the landscape is not level"),
        (lambda: plots.unit_balls((0, 0)), "gradient must not be 0"),
        (
            lambda: plots.agreement([1], {"a": [1, 2]}, {"a": [1]}, xlabel="", ylabel=""),
            r"predicted and x must be of one shape, got \[\(2,\), \(1,\)\]",
        ),
        (
            lambda: plots.agreement([1], {"a": [1]}, {}, xlabel="", ylabel=""),
            "measured must be 1 to 4",
        ),
        (
            lambda: plots.agreement([[1]], {"a": [1]}, {"a": [1]}, xlabel="", ylabel=""),
            "x must be a row of numbers or a pair",
        ),
    ],
)
def test_bad_calls_name_the_argument(call, message):
    with pytest.raises(ValueError, match=message):
        call()
