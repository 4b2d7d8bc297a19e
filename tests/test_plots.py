"""Figures: what the SVG promises to the page, and that each says what the run said."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest

from gdcore import plots
from gdcore.descent import descend
from gdcore.landscapes import double_well, parabola, quadratic
from gdcore.rules import Plain

ROOT = Path(__file__).parent.parent
run = descend(parabola.gradient, -4.0, rule=Plain(0.1), max_steps=5)
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
        double_well(), [descend(double_well().gradient, x, rule=Plain(0.05)) for x in (-1.5, 1.5)]
    ),
}
each_figure = pytest.mark.parametrize("draw", FIGURES.values(), ids=FIGURES)


def relative_luminance(colour):
    channels = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def contrast(one, other):
    low, high = sorted(map(relative_luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


@each_figure
def test_svg_is_well_formed_and_all_its_colours_follow_the_theme(draw):
    svg = draw()._repr_svg_()
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
    assert draw()._repr_svg_() == draw()._repr_svg_()


@each_figure
def test_a_reader_s_own_settings_change_nothing(draw):
    expected = draw()._repr_svg_()
    with mpl.rc_context(
        {"font.size": 30, "lines.linewidth": 9, "axes.grid": True, "svg.fonttype": "none"}
    ):
        assert draw()._repr_svg_() == expected


@each_figure
def test_every_figure_has_the_book_s_width(draw):
    assert draw().get_figwidth() * 72 == pytest.approx(plots.WIDTH)


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
    short = descend(parabola.gradient, 3.0, rule=Plain(0.1), max_steps=2)
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
    still = descend(parabola.gradient, 2.0, rule=Plain(0.1), max_steps=0)
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
    runs = [descend(well.gradient, x, rule=Plain(0.05)) for x in (-1.5, -0.5, 0.5)]
    marks = [line.get_marker() for line in plots.basins(well, runs).axes[0].lines[1:4]]
    assert [run.end < 0 for run in runs] == [True, True, False]
    assert marks == ["s", "s", "o"]


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
        (lambda: plots.zoom(parabola, 1.0, 2.0, [0]), "each width must be above 0, got 0"),
        (lambda: plots.secants(parabola, 1.0, [0], 2.0, (0, 1)), "each of steps must not be 0"),
    ],
)
def test_bad_calls_name_the_argument(call, message):
    with pytest.raises(ValueError, match=message):
        call()
