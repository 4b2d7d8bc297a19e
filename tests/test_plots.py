"""Figures: what the SVG promises to the page, and that each says what the run said."""

import base64
import gzip
import io
import math
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlparse
from urllib.request import url2pathname

import IPython
import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.contour import ContourSet
from matplotlib.image import imread

from gdcore import plots
from gdcore.descent import GradientBelow, descend
from gdcore.landscapes import (
    Landscape,
    bowl,
    double_well,
    oval,
    parabola,
    quadratic,
    rosenbrock,
    saddle,
)
from gdcore.plots._figure import _PATH, _relative_path, from_top_left
from gdcore.plots._inputs import heights as heights_of
from gdcore.plots.chapters import (
    batches,
    beyond,
    charts,
    derivatives,
    descent_1d,
    machines,
    neural_networks,
    partial_derivatives,
    steepest_direction,
)
from gdcore.rules import GradientDescent

ROOT = Path(__file__).parent.parent
run = descend(parabola.gradient, -4.0, rule=GradientDescent(0.1), max_steps=5)
hops = descend(quadratic(10, 0, 0).gradient, -4.0, rule=GradientDescent(0.11), max_steps=5)
valley = bowl(10)
walk = descend(valley.gradient, [-3.0, 1.0], rule=GradientDescent(0.15), max_steps=8)
settings = np.array([[0.03, 0.1], [0.05, 0.8], [0.1, 0.8], [0.08, 0.1]])  # corners of a region
MOMENTS = [([0, 2], [1, 1]), ([0, 1, 2], [5, 0.5, -9]), ([0, 1, 2], [0, 1, 0])]
FAR = replace(valley, domain=((2000.0, 2020.0), (1e6, 1e6 + 12)))
still = descend(parabola.gradient, 2.0, rule=GradientDescent(0.1), stop=GradientBelow(5))
bent = descend(oval.gradient, [1.0, 1.0], rule=GradientDescent(0.2), max_steps=3)
FIVE = [descend(np.sign, x, rule=GradientDescent(1), max_steps=0) for x in range(5)]
FIGURES = {
    "curve": lambda: plots.curve(parabola, {"a": run, "b": run, "c": run}, minimum=0.0),
    "curve alone": lambda: plots.curve(parabola),
    "tangents": lambda: plots.tangents(quadratic(1, 0, 0), [-1, 0, 2]),
    "basins": lambda: plots.basins(
        double_well(),
        [descend(double_well().gradient, x, rule=GradientDescent(0.05)) for x in (-1.5, 1.5)],
    ),
    "rolling_balls": lambda: plots.rolling_balls(parabola, [run]),
    "contours": lambda: plots.contours(valley, {"a": walk}, minimum=(0, 0)),
    "contours alone": lambda: plots.contours(valley),
    "three maps": lambda: plots.contours(valley, {"a": walk, "b": walk, "c": walk}),
    "square maps": lambda: plots.contours(saddle, {"$(1, 0)$": walk, "$(1, 10^{-3})$": walk}),
    "four runs on a map": lambda: plots.contours(
        valley, {c: walk for c in "abcd"}, minimum=(0, 0), subplots=False
    ),
    "not to scale": lambda: plots.contours(replace(valley, domain=((-4, 4), (-300, 300))), walk),
    "surface": lambda: plots.surface(bowl(3), (1.5, 1)),
    "surface alone": lambda: plots.surface(FAR),
    "slices": lambda: plots.slices(bowl(3), (1.5, 1)),
    "gradients": lambda: plots.gradients(bowl(3), [(1.5, 1), (-2, 0.5)]),
    "loss_curves": lambda: plots.loss_curves({"a": [4, 2, 1, 0]}, ylabel="distance"),
    "fits": lambda: plots.fits([0.1, 0.5, 1.0], [0.4, 0.7, 1.3], {"$wx$": lambda x: 1.3 * x}),
    "images": lambda: plots.images(np.linspace(0, 1, 24).reshape(6, 2, 2), titles="abcdef"),
    "signed images": lambda: plots.images(
        np.linspace(-1, 3, 16).reshape(4, 2, 2), columns=4, signed=True
    ),
    "nudges": lambda: derivatives.nudges(np.sin, [0.0, 2.0], 0.5, (-1, 4)),
    "rise_and_run": lambda: derivatives.rise_and_run(parabola, (1, 3), (-0.5, 3.5)),
    "two_sides": lambda: derivatives.two_sides(np.sin, 1.0, 0.8, 0.54, (0, 2.2)),
    "digits": lambda: derivatives.digits({"a": 0.25, "b": 0.125, "c": 0.25}),
    "secants": lambda: derivatives.secants(parabola, 1.0, [2, 1], 2.0, (-1, 4)),
    "zoom": lambda: derivatives.zoom(parabola, 1.0, 2.0, [1, 0.1]),
    "growth": lambda: derivatives.growth((3, 2), (0.5, 0.4), "abcd", "ABCD"),
    "gears": lambda: derivatives.gears([12, 6], "xy"),
    "circle": lambda: derivatives.circle(0.7, 0.2),
    "exponential": lambda: derivatives.exponential([0, 1]),
    "two_scales": lambda: derivatives.two_scales([0.1, 1], {"$h$": [0.1, 1]}),
    "difference_errors": lambda: derivatives.difference_errors(
        [1e-8, 1e-4, 1], {"forward": [1e-1, 1e-4, 0]}, {"forward": 1e-4}
    ),
    "gaps": lambda: derivatives.gaps(0, 12, 1e-8),
    "kinks": lambda: derivatives.kinks({"|x|": np.abs}),
    "first_steps": lambda: descent_1d.first_steps(parabola, run, (-4.8, -1.8)),
    "drops": lambda: descent_1d.drops(parabola, run, (-4.4, 0.6)),
    "rounds": descent_1d.rounds,
    "by_step": lambda: descent_1d.by_step(run, 0.0),
    "bounding": lambda: descent_1d.bounding(double_well(), 1.5, 23, (0.6, 1.6)),
    "mean_value": lambda: descent_1d.mean_value(lambda x: x**3, (0, 2), 1.15, (-0.3, 2.2)),
    "remainder": lambda: descent_1d.remainder(np.exp, 0, 1, 1, (1, math.e), (0, 1.2)),
    "rates": lambda: descent_1d.rates([0.1, 0.9], [0.8, 0.8], 2.0, {"creep": 0.1}),
    "failures": lambda: descent_1d.failures(
        {"a": (parabola, run), "b": (parabola, still), "c": (parabola, run), "d": (parabola, still)}
    ),
    "both_slopes": lambda: partial_derivatives.both_slopes(oval, bent, 0.2, ((-1, 2), (-1, 2))),
    "ends": lambda: partial_derivatives.ends(
        saddle,
        np.array([[1, 1], [0, 0.5]]),
        np.array([[0, 0], [0, 1.5]]),
        {"stuck": np.array([True, False])},
    ),
    "errors": lambda: partial_derivatives.errors([1, 2, 3], [2, 3, 5], (-1, 2.5)),
    "learning": lambda: partial_derivatives.learning(
        [1, 2], [1, 3], replace(valley, variables=(r"\theta_0", r"\theta_1")), walk, [0, 1, 8]
    ),
    "way": lambda: steepest_direction.way(oval, (1, 1), (-0.8, -0.6), (-0.5, 2)),
    "turned": lambda: steepest_direction.turned((2.4, 1.8), (0.7, 2.4)),
    "flattening": lambda: steepest_direction.flattening(oval, (1, 1), [1, 0.1, 0.01]),
    "shadows": lambda: steepest_direction.shadows((-3, 2), {"north": (0, 1), "east": (1, 0)}),
    "step_lengths": lambda: steepest_direction.step_lengths(oval, (1, 1), bound=3),
    "beelines": lambda: steepest_direction.beelines(valley, {"a": walk}, (0, 0)),
    "dial": lambda: steepest_direction.dial(oval, (1, 1), minimum=(0, 0)),
    "unit_balls": lambda: steepest_direction.unit_balls((2, 1)),
    "average": lambda: batches.average(
        [quadratic(1, 0, 0), quadratic(3, -4, 2)], quadratic(2, -2, 1), (-1, 2)
    ),
    "first_hops": lambda: batches.first_hops(
        {"once": (parabola, run), "tenfold": (quadratic(10, 0, 0), hops)}, 0.0, (-5.0, 5.0)
    ),
    "bends": lambda: neural_networks.bends(
        [-1.0, 0.5, 1.0], [0.4, 0.7, 1.3], {"$|x|$": np.abs}, kinks=[0.0]
    ),
    "race": lambda: beyond.race(
        bowl(30),
        {"with weight": walk, "without": walk},
        {q: settings * q for q in (1, 0.9, 0.8)},
        (0.01, 0.8),
    ),
    "ways": lambda: beyond.ways(
        {"bowl": (valley, {"plain": walk, "Adam": walk}), "turned": (valley, {"plain": walk})},
        np.array([(-4, 4), (-4, 4)]),
    ),
    "velocities": lambda: beyond.velocities(
        {"steady": ([1, 1], [1, 1.5], [2]), "alternating": ([1, -1], [1, -0.5], [0.7, -0.7])}
    ),
    "falls": lambda: beyond.falls(
        {name: {"a": np.array([1, -0.1, 0.01])} for name in ("plain", "momentum")},
        ylabel="distance",
        bottom=1e-3,
    ),
    "usual_sizes": lambda: beyond.usual_sizes(
        {c: (np.array([-8.0, 4.0]), np.array([3.0, 5.0])) for c in ("steep", "flat")}
    ),
    "valleys": lambda: beyond.valleys([1e-3, 0.1], {"plain": [2, 1], "Adam": [1, 2]}),
    "two_places": lambda: beyond.two_places(parabola, -1.84, 1.224, 0.1, (-2.6, 0.8)),
    "intervals": lambda: beyond.intervals(
        {"loss": {"a": (1, 0.1), "b": (2, 0.1)}, "read": {"a": (9, 1), "b": (8, 1)}}
    ),
    "shared_and_late": lambda: machines.shared_and_late([1, 1.8, 1.6], 2, [4, -1, 2]),
    "shared_step": lambda: machines.shared_step([(["(1, 2)"], "a"), (["(2, 1)"], "b")], "mean"),
    "pulls": lambda: machines.pulls([[1, 0.5], [-0.8, 1]], [0.1, 0.75]),
    "dealt": lambda: machines.dealt({"all": [2, 0, 1], "by blocks": [1, 0, 2]}),
    "waiting": lambda: machines.waiting(
        {name: [[(0, 1, True), (1, 2, False)], [(0, 2, True)]] for name in ("wait", "go on")},
        end=2,
    ),
    "same_run": lambda: machines.same_run([1, 0.5, 0.2], [1, 0.5, 0.2], 1, "killed"),
    "model": lambda: machines.model({w: ([0.01, 1], [0.02, 1]) for w in ("one", "two")}, band=0.2),
    "worth": lambda: machines.worth({"threads": [1.1, 1.2, 1.4], "workers": [0.7, 0.8, 0.9]}),
    "speedups": lambda: machines.speedups(
        [1, 10, 100], {"star": [1, 5, 2], "ring": [1, 6, 9]}, measured={"star": [(1, 1), (2, 1.5)]}
    ),
    "left_out": lambda: machines.left_out([0, 1, 2], [0, 1, 2], {"a": np.abs, "b": np.cos}, 1.5),
    "of_many_runs": lambda: machines.of_many_runs(
        [32, 64],
        {way: [[1, 2], [3, 5]] for way in "ab"},
        xlabel="size",
        ylabel="loss",
        ticks=[32, 64],
    ),
    "moving_fit": lambda: neural_networks.moving_fit([0, 1, 2], [0, 1, 0], MOMENTS),
    "overlays": lambda: neural_networks.overlays(
        [{"one": (np.abs, np.cos), "two": (np.abs, np.sin)}], [(0, 4)]
    ),
    "layers": lambda: neural_networks.layers([[1, 10, 1], [784, 16, 10]]),
    "chain": lambda: neural_networks.chain(["$w$", r"$\ell$"], "12", "3", ["+0.1", "+0.3"]),
    "forward pass": lambda: neural_networks.passes(
        ["12", "3"], [[["4", "−5"]]], [["$x_1$", "$x_2$"], ["$z$"]]
    ),
    "backward pass": lambda: neural_networks.passes(
        ["12", "34", "5"],
        [[["1", "2"], ["0", "0"]], [["3", "0"]]],
        [["", ""], ["", "off"], [""]],
        backwards=True,
        off=[(1, 1)],
    ),
    "at_work": lambda: neural_networks.at_work(
        [(np.eye(2, 4) - 0.5, np.zeros(2)), (np.array([[1.0, -1], [2, 0]]), np.zeros(2))],
        [(np.eye(2, 4), np.array([0.5, 0])), (np.array([[1.0, 0], [-2, 0]]), np.array([0.5, -1]))],
        [np.linspace(0, 1, 4), np.array([1.0, 0]), np.array([1.0, 2])],
        np.array([0.3, 0.7]),
    ),
    "products": lambda: neural_networks.products(
        [[("$W$", "1", [[1, 2]]), "+", ("$b$", "1", (9, 14))], [("$z$", "1", [[-3]])]]
    ),
    "bars": lambda: neural_networks.bars(
        {"$z$": {"a": 2.0, "b": -1.0}, "$p$": {"a": 0.9, "b": 0.1}}, columns=2
    ),
    "bars with errors": lambda: neural_networks.bars({"": {"a": 0.9}}, errors={"a": 0.1}),
    "by_style": lambda: neural_networks.by_style(
        [[np.array([[0, 0], [5, 60]]), np.array([[0, 30], [40, 30]])]] * 12,
        [4] * 6 + [7] * 6,
        ["open"] * 12,
        np.array([4] * 11 + [1]),
    ),
    "compared": lambda: neural_networks.compared(
        {c: (np.array([-1.0, 2.0]), np.array([-1.0, 3.0])) for c in ("last", "first")}
    ),
    "borders": lambda: neural_networks.borders(
        np.array([[0.0, 0.1], [0.9, 0.8]]),
        np.array([1, 0]),
        {"bends": lambda x: 0.5 - np.hypot(*x.T), "no bends": lambda x: x[:, 0] - 5},
    ),
    "confusion": lambda: neural_networks.confusion(np.array([[3, 1], [0, 4]])),
    "learning digits": lambda: neural_networks.learning(
        {"loss": {"a": [2, 1], "b": [3, 1]}, "share read": {"a": [0, 1], "b": [0.2, 0.8]}}
    ),
    "agreement": lambda: charts.agreement(
        [1, 2], {"theory": [1, 4]}, {"seen": [1.1, 3.9]}, xlabel="$n$", ylabel="steps", log=True
    ),
    "races": lambda: charts.races(
        {unit: {c: ([1, 10, 100], [1, 0.1, 0]) for c in "abc"} for unit in ("steps", "seconds")},
        "loss",
        bottom=1e-3,
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
    axes = plots.curve(parabola, {"run": run}).axes[0]
    _, hops, start = axes.lines
    assert hops.get_xdata().tolist() == run.points.tolist()
    assert hops.get_ydata().tolist() == (run.points**2).tolist()
    assert start.get_xydata().tolist() == [[-4, 16]]


def test_balls_roll_from_the_start_to_the_end_of_their_path():
    short = descend(parabola.gradient, 3.0, rule=GradientDescent(0.1), max_steps=2)
    figure = plots.rolling_balls(parabola, [run, short])
    axes = figure.axes[0]
    height = figure.bbox.height
    for path, (time, track) in zip((run, short), figure.tracks, strict=True):
        assert time[0] == 0 and time[-1] == 1
        for place, x in ((track[0], path.start), (track[-1], path.end)):
            px, py = axes.transData.transform((x, parabola(x)))
            assert place == pytest.approx([px, height - py])
    # Each step takes equally long: after its second, of five, the short run is there and waits.
    time, track = figure.tracks[1]
    assert time[-2:].tolist() == [0.4, 1] and np.all(track[-2] == track[-1])
    svg = figure._repr_svg_()
    assert svg.count("<circle") == 2 and "#play:target #ball1" in svg
    assert "prefers-reduced-motion" in svg


def test_a_moving_fit_goes_through_its_moments_and_ends_on_the_last():
    figure = neural_networks.moving_fit([0, 1, 2], [0, 1, 0], MOMENTS, seconds=6)
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
    svg = neural_networks.moving_fit([0, 1, 2], [0, 1, 0], MOMENTS, seconds=6)._repr_svg_()
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


def test_what_the_text_can_light_is_unseen_until_then():
    svg = descent_1d.first_steps(parabola, run, (-4.8, -1.8))._repr_svg_()
    for part in "slope-1", "step-1", "place-1", "place-2":
        lit = re.search(rf'<g id="{part}"><path d="([^"]*)"[^>]*style="([^"]*)"', svg)
        assert lit, part
        assert "stroke-opacity: 0;" in lit[2] and "var(--path)" in lit[2]
    assert ":target path" in svg
    assert ":target path" not in descent_1d.rounds()._repr_svg_()


def test_a_misread_drawing_is_set_apart_and_says_what_it_was_read_as():
    stroke = [np.array([[0.0, 0.0], [0.0, 60.0]])]
    read = np.array([1, 1, 1, 7, 1, 1])
    (axes,) = neural_networks.by_style([stroke] * 6, [1] * 6, list("aabbcc"), read).axes
    right, wrong = axes.lines
    assert right.get_color() != wrong.get_color()
    assert [np.isnan(line.get_xdata()).sum() for line in (right, wrong)] == [5, 1]
    assert [text.get_text() for text in axes.texts] == ["a", "b", r"$\to$7", "c"]
    # 28 high, 19 below the top of its row; the second of its style is 60 further to the right
    (left, _, _), (top, bottom, _) = wrong.get_data()
    assert (left, top, bottom) == pytest.approx((plots.WIDTH / 3 + 60 + 4, -19, -47))


def test_bends_marks_each_kink_below_and_on_the_first_function():
    figure = neural_networks.bends([-1, 1], [1, 1], {"a": np.abs, "b": np.square}, [-0.5, 0.25])
    (axes,) = figure.axes
    (uprights,) = axes.collections
    bottom = axes.get_ylim()[0]
    ends = [segment.tolist() for segment in uprights.get_segments()]
    assert ends == [[[-0.5, bottom], [-0.5, 0.5]], [[0.25, bottom], [0.25, 0.25]]]
    assert axes.lines[-1].get_xydata().tolist() == [[-0.5, 0.5], [0.25, 0.25]]


def test_a_run_that_leaves_its_picture_is_drawn_until_then():
    # 1 - 20 * 0.11 = -1.2: from -4 to 4.8, and then to -5.76
    left, right = batches.first_hops(
        {"once": (parabola, run), "tenfold": (quadratic(10, 0, 0), hops)}, 0.0, (-5.0, 5.0)
    ).axes
    assert left.lines[1].get_xdata().tolist() == run.points.tolist()
    assert right.lines[1].get_xdata() == pytest.approx([-4, 4.8, -5.76])
    assert left.get_xlim() == right.get_xlim() == (-5, 5)
    tops = [axes.get_ylim()[1] for axes in (left, right)]
    assert tops[1] == pytest.approx(10 * tops[0])  # the same shape


def test_below_slopes_and_their_usual_size_stands_the_quotient():
    above, below = beyond.usual_sizes({"": (np.array([-8.0, 4]), np.array([4.0, 8]))}).axes
    assert [line.get_ydata().tolist() for line in above.lines[:2]] == [[4, 8], [-4, -8]]
    assert above.lines[-1].get_ydata().tolist() == [-8, 4]
    (dots,) = [line for line in below.lines if line.get_marker() == "o"]
    assert dots.get_ydata().tolist() == [-2, 0.5]


def test_pictures_shows_each_in_its_place():
    images = np.arange(24).reshape(6, 2, 2) / 24
    figure = plots.images(images, titles="abcdef", columns=4)
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
    (shown,) = pixels(plots.images(shades.reshape(1, 3, 11))._repr_svg_())
    assert np.allclose(np.unique(shown), shades, atol=1 / 255)
    svg = plots.images([[[-2, 0, 2]]], signed=True)._repr_svg_()
    hues = [[int(hue[i : i + 2], 16) for i in (0, 2, 4)] for hue in ("b8400b", "ffffff", "1f5f99")]
    assert np.rint(255 * pixels(svg)[0][0]).tolist() == hues


def test_even_pictures_of_noise_stay_light():
    noise = np.random.default_rng(0).standard_normal((16, 28, 28))
    svg = plots.images(noise, columns=4, signed=True)._repr_svg_()
    assert len(gzip.compress(svg.encode())) <= 15 * 1024


def test_signed_pictures_have_one_scale():
    figure = plots.images([[[0.5, -1]], [[0, -4]]], columns=2, signed=True)
    first, second, bar = figure.axes
    for axes in (first, second):
        (shown,) = axes.get_images()
        assert shown.get_clim() == (-4, 4) and shown.cmap(0.5)[:3] == pytest.approx(
            (1, 1, 1), abs=0.01
        )
    assert [label.get_text() for label in bar.get_xticklabels()] == ["$-4$", "$0$", "$4$"]
    blank = plots.images([[[0.0, 0.0]]], signed=True)
    ET.fromstring(blank._repr_svg_())


def heights(line, *places):
    """What a drawn straight line shows at some places."""
    (x0, x1), (y0, y1) = line.get_xdata(), line.get_ydata()
    return [y0 + (y1 - y0) * (x - x0) / (x1 - x0) for x in places]


def test_nudges_show_the_change_of_height():
    texts = [
        text.get_text() for text in derivatives.nudges(np.square, [1.0], 1.0, (0, 3)).axes[0].texts
    ]
    assert r"$\Delta y = +3.00$" in texts  # 2^2 - 1^2


def test_a_secant_rises_as_far_as_its_points():
    axes = derivatives.rise_and_run(parabola, (1, 3), (0, 4)).axes[0]
    _, secant, level, upright, _ = axes.lines
    assert heights(secant, 1, 3) == pytest.approx([1, 9])
    assert level.get_xydata().tolist() == [[1, 1], [3, 1]]
    assert upright.get_xydata().tolist() == [[3, 1], [3, 9]]
    texts = [text.get_text() for text in axes.texts]
    assert texts == [r"$\Delta x = 2$", r"$\Delta y = 8$", "slope 4"]


def test_one_secant_looks_to_one_side_and_one_to_both():
    forward, central = derivatives.two_sides(np.exp, 0.0, 1.0, 1.0, (-2, 2)).axes
    for axes, left in ((forward, 0.0), (central, -1.0)):
        _, tangent, secant, *_ = axes.lines
        assert heights(tangent, 0, 1) == pytest.approx([1, 2])
        assert heights(secant, left, 1) == pytest.approx([np.exp(left), math.e])
    # e - 1 and (e - 1/e) / 2
    titles = [axes.get_title(loc="left") for axes in (forward, central)]
    assert titles == ["forward: slope 1.72", "central: slope 1.18"]


def test_digits_boxes_what_differs_from_the_first():
    axes = derivatives.digits({"a": 0.25, "b": 0.2625, "c": 0.25}).axes[0]
    (box,) = axes.patches  # 0.25 and 0.26 differ in their second decimal, of 16
    assert (box.get_x() + 0.5, box.get_width()) == (3, 15) and box.get_y() < -1 < box.get_y() + 1
    written = "".join(text.get_text() for text in axes.texts)
    assert written == "a0.25" + 14 * "0" + "b0.2625" + 12 * "0" + "c0.25" + 14 * "0"


def test_drops_are_as_long_as_the_steps_lead_down():
    axes = descent_1d.drops(parabola, run, (-4.4, 0.6)).axes[0]
    falls = [line for line in axes.lines if line.get_linewidth() == 2.6]
    lengths = [-np.diff(line.get_ydata())[0] for line in falls]
    assert lengths == pytest.approx(-np.diff(run.points**2))
    assert [line.get_xdata()[0] for line in falls] == run.points[1:].tolist()
    # 16 - 3.2^2 and so on; the last of five, too
    texts = [text.get_text() for text in axes.texts]
    assert texts == ["5.76", "3.69", "2.36", "1.51", "0.97"]


def test_failures_say_the_true_slope_and_draw_the_one_that_the_run_was_told():
    blind = descend(lambda x: 0.0, 2.0, rule=GradientDescent(0.1))
    wild = descend(parabola.gradient, 4.0, rule=GradientDescent(1.5), max_steps=2000)
    panels = {
        "a": (parabola, blind),
        "b": (parabola, wild),
        "c": (parabola, run),
        "d": (parabola, run),
    }
    axes, far, *_ = descent_1d.failures(panels).axes
    assert axes.get_title(loc="left") == "a: stalled" and far.get_title(loc="left") == "b: diverged"
    assert axes.get_xlabel() == "slope 4\nloss 4 \N{RIGHTWARDS ARROW} 4"
    assert heights(axes.lines[-1], 1.5, 2.5) == [4, 4]
    assert far.get_xlabel().endswith("loss 16 \N{RIGHTWARDS ARROW} too large")


def test_zoom_draws_the_tangent_in_every_window():
    for axes in derivatives.zoom(np.square, 1.0, 2.0, [1, 0.1]).axes:
        assert heights(axes.lines[1], 1.0, 1.5) == pytest.approx([1, 2])  # 1 + 2 (x - 1)


def test_slopes_draws_tangents_above_and_their_slopes_below():
    above, below = plots.tangents(quadratic(1, 0, 0), [-1]).axes
    assert heights(above.lines[1], -1.0, 0.0) == pytest.approx([1, -1])  # 1 - 2 (x + 1)
    assert below.lines[-1].get_xydata().tolist() == [[-1, -2]]


def test_kinks_draws_the_slope_of_each_side_through_the_kink():
    left, right = derivatives.kinks({"|x|": np.abs}).axes[0].lines[1:3]
    assert heights(left, 0.0, -1.0) == pytest.approx([0, 1])
    assert heights(right, 0.0, 1.0) == pytest.approx([0, 1])


def test_errors_are_drawn_as_they_are_down_to_a_floor():
    figure = derivatives.difference_errors([1e-8, 1e-4, 1], {"a": [1e-3, 1e-16, 0]}, {"a": 1e-4})
    curve, mark = figure.axes[0].lines
    assert curve.get_ydata().tolist() == [1e-3, 1e-16, 1e-17]
    assert list(mark.get_xdata()) == [1e-4, 1e-4]


def test_gears_say_how_often_each_turns():
    texts = [text.get_text() for text in derivatives.gears([36, 18, 6], "xvy").axes[0].texts]
    # 36 / 18 = 2 and 18 / 6 = 3, so the last turns 6 times
    assert [words for words in texts if "turn" in words] == [
        "x\n1 turn",
        "v\n2 turns",
        "y\n6 turns",
    ]


def test_wheels_do_not_cut_into_each_other():
    first, second = derivatives.gears([36, 18], "xv").axes[0].patches
    inside = first.get_path().contains_points(second.get_xy())
    assert not np.any(inside)


def test_growth_adds_two_strips_and_a_corner():
    boxes = derivatives.growth((3, 2), (0.5, 0.4), "abcd", "ABCD").axes[0].patches
    areas = [box.get_width() * box.get_height() for box in boxes]
    assert areas == pytest.approx([3 * 2, 0.5 * 2, 3 * 0.4, 0.5 * 0.4])


def test_a_tangent_of_the_exponential_meets_the_axis_one_to_the_left():
    line = derivatives.exponential([1.0]).axes[0].lines[1]
    assert heights(line, 0.0, 1.0) == pytest.approx([0, math.e])


def test_a_bounding_parabola_is_as_high_as_its_start_at_twice_the_best_rate():
    lines = descent_1d.bounding(double_well(), 1.5, 23, (0.6, 1.6)).axes[0].lines
    slope = 4 * 1.5 * (1.5**2 - 1) + 0.3
    ends = [line.get_xydata()[0] for line in lines if line.get_marker() == "o"]
    start = double_well()(1.5)
    assert any(end == pytest.approx([1.5 - 2 * slope / 23, start]) for end in ends)


def test_a_mean_value_tangent_is_as_steep_as_its_secant():
    lines = descent_1d.mean_value(lambda x: x**3, (0, 2), 1.15, (-0.3, 2.2)).axes[0].lines
    slopes = [np.diff(line.get_ydata())[0] / np.diff(line.get_xdata())[0] for line in lines[1:4]]
    assert slopes == pytest.approx([4, 4, 4])


def test_rates_marks_its_samples_on_the_curve():
    axes = descent_1d.rates([0.1], [0.8], 2.0, {"explode": 1.25}).axes[0]
    (label,) = [text for text in axes.texts if text.get_text() == "explode"]
    assert label.xy == pytest.approx((1.25, 1.5))  # |1 - 2 * 1.25|
    assert axes.lines[-1].get_xydata().tolist() == [[1.25, 1.5]]


def test_loss_curves_start_at_step_0():
    (line,) = plots.loss_curves({"a": [4, 2, 0]}).axes[0].lines
    assert line.get_xdata().tolist() == [0, 1, 2]
    assert line.get_ydata()[:2].tolist() == [4, 2] and np.isnan(line.get_ydata()[2])


def test_a_run_of_no_steps_can_be_shown():
    still = descend(parabola.gradient, 2.0, rule=GradientDescent(0.1), max_steps=0)
    ET.fromstring(plots.rolling_balls(parabola, [still])._repr_svg_())


def test_one_window_can_be_shown():
    assert len(derivatives.zoom(parabola, 1.0, 2.0, [0.1]).axes) == 1


def test_the_icon_has_the_same_colours():
    icon = (ROOT / "conf" / "theme" / "static" / "favicon.svg").read_text("utf-8")
    icon = re.findall(r"#[0-9a-f]{6}", icon.lower())
    assert set(icon) <= {shade for pair in plots.PALETTE.values() for shade in pair}


def test_a_label_of_the_secant_is_its_slope():
    figure = derivatives.secants(parabola, 1.0, [2, 1], 2.0, (-1, 4))
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
    drawn = [text for text in axes.texts if getattr(text, "arrow_patch", None)]
    return [(np.array(arrow.xyann), np.array(arrow.xy)) for arrow in drawn]


def contours(axes, width):
    """The heights of the contours that are drawn with lines of that width."""
    sets = [c for c in axes.collections if isinstance(c, ContourSet) and not c.filled]
    return [h for c in sets if c.get_linewidth()[0] == width for h in c.levels]


@pytest.mark.parametrize(
    "draw",
    [
        FIGURES[name]
        for name in ("surface", "gradients", "contours", "four runs on a map", "ends", "dial")
    ],
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
    upright, east, north, ball = (np.array(line.get_data_3d()) for line in net.lines)
    # the height stands along an edge: half of 4^2 + 3 3^2 is 21.5
    assert upright.T.tolist() == [[-4, -3, 0], [-4, -3, 21.5]]
    ticks = {text.get_text().strip(): text.get_position_3d()[2] for text in net.texts[:-2]}
    assert len(ticks) >= 4 and ticks.pop("height") == 21.5
    assert all(float(tick) == z for tick, z in ticks.items())
    assert ball.ravel().tolist() == [1.5, 1, 2.625]
    assert east[:, [0, -1]].T.tolist() == [[-4, 1, 9.5], [4, 1, 9.5]]
    assert north[:, [0, -1]].T.tolist() == [[1.5, -3, 14.625], [1.5, 3, 14.625]]
    for cut in (east, north):
        assert cut[2] == pytest.approx(bowl(3)(cut[:2]))


def test_axes_are_named_after_the_variables():
    named = replace(bowl(3), variables=("a", "b"))
    still = descend(named.gradient, [1, 1], rule=GradientDescent(0.1), max_steps=2)
    (chart,) = plots.contours(named, still).axes
    assert (chart.get_xlabel(), chart.get_ylabel()) == ("$a$", "$b$")
    net, chart = plots.surface(named, (1.5, 1)).axes
    assert [text.get_text().strip() for text in net.texts[-2:]] == ["$a$", "$b$"]
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
    chosen = contours(plots.contours(saddle, walk).axes[0], 0.7)
    assert len(chosen) == 11 and chosen[5] == 0
    x, y = np.random.default_rng(1).uniform(-1.6, 1.6, (2, 40_000))
    shares = np.histogram((x**2 - y**2) / 2, [-np.inf, *chosen, np.inf])[0] / x.size
    assert shares == pytest.approx(np.full(12, 1 / 12), abs=0.01)


def test_the_map_draws_the_run_its_start_the_minimum_and_the_beeline():
    axes = steepest_direction.beelines(valley, {"": walk}, (0, 0)).axes[0]
    hops, start, star, line = axes.lines
    assert hops.get_xydata().tolist() == walk.points.tolist()
    assert line.get_xydata().tolist() == [[-3, 1], [0, 0]]
    assert start.get_xydata().tolist() == [[-3, 1]]
    assert star.get_xydata().tolist() == [[0, 0]] and star.get_marker() == "*"


def test_a_contour_says_its_own_height():
    axes = plots.contours(valley, walk, minimum=(0, 0)).axes[0]
    labels = [(text.get_text(), text.get_position()) for text in axes.texts]
    assert len({text for text, _ in labels}) == len(labels) >= 3
    for text, place in labels:
        assert valley(np.array(place)) == pytest.approx(float(text), rel=0.05)


def test_a_long_run_is_thinned_out_but_keeps_its_way():
    long = descend(rosenbrock.gradient, [-1.2, 1.0], rule=GradientDescent(0.001), max_steps=2000)
    drawn = plots.contours(rosenbrock, long).axes[0].lines[0].get_xydata()
    assert len(drawn) < 500
    gaps = np.linalg.norm(long.points[:, None] - drawn, axis=2)
    assert np.all(gaps.min(axis=0) == 0)  # nothing is drawn where the run was not
    assert np.all(gaps.min(axis=1) < 0.01)  # and it is drawn wherever the run was


def test_a_run_that_explodes_is_drawn_as_far_as_one_can_see():
    wild = descend(valley.gradient, [-3.0, 1.0], rule=GradientDescent(0.5), max_steps=900)
    assert np.abs(wild.points).max() > 1e300
    figure = plots.contours(valley, wild)
    drawn = figure.axes[0].lines[0].get_xydata()
    # (1 - 5)^k: the second place, (-1.5, -4), is below the map, and all later ones are further
    assert drawn[:2].tolist() == [[-3, 1], [-1.5, -4]]
    assert np.nanmax(np.abs(drawn)) < 1e5
    ET.fromstring(figure._repr_svg_())


def test_each_of_several_runs_on_a_map_has_its_own_look_and_name():
    axes = plots.contours(valley, {c: walk for c in "abcd"}, subplots=False).axes[0]
    runs = axes.lines[::2]
    assert len({(run.get_color(), run.get_marker(), str(run._dash_pattern)) for run in runs}) == 4
    assert len({run.get_marker() for run in runs}) == len({run.get_color() for run in runs}) == 4
    assert [text.get_text() for text in axes.get_legend().get_texts()] == list("abcd")
    assert all(run.get_xydata().tolist() == walk.points.tolist() for run in runs)


def test_starts_are_marked_by_the_kind_of_their_end():
    starts, last = [[1, 1, 0.5], [0, 0.5, 1]], [[0, 0, 0], [0, 1.5, 1.4]]
    stuck = np.array([True, False, False])
    kinds = {"stuck": stuck, "gone": ~stuck}
    axes = partial_derivatives.ends(saddle, np.array(starts), np.array(last), kinds).axes[0]
    stuck, gone, dots = axes.lines
    assert stuck.get_xydata().tolist() == [[1, 0]]
    assert gone.get_xydata().tolist() == [[1, 0.5], [0.5, 1]]
    assert stuck.get_marker() != gone.get_marker() and stuck.get_color() != gone.get_color()
    assert dots.get_xydata().T.tolist() == last
    assert dots.get_markersize() < stuck.get_markersize()


def test_a_step_has_a_part_along_each_axis_and_goes_against_the_gradient():
    axes = partial_derivatives.both_slopes(oval, bent, 0.2, ((-1, 2), (-1, 2))).axes[0]
    parts, walked, _ = axes.lines
    # the gradient at (1, 1) is (3, 1), so the step is (-0.6, -0.2)
    assert parts.get_xydata() == pytest.approx(np.array([[1, 1], [0.4, 1], [0.4, 0.8]]))
    assert walked.get_xydata().tolist() == bent.points.tolist()
    ((tail, tip),) = arrows(axes)
    assert tail.tolist() == [1, 1] and tip == pytest.approx([1.6, 1.2])
    words = [text.get_text() for text in axes.texts if text.arrow_patch is None]
    assert words[:2] == ["\N{MINUS SIGN}0.6", "\N{MINUS SIGN}0.2"]


def test_an_error_stands_between_the_point_and_the_line():
    axes = partial_derivatives.errors([1, 2, 3], [2, 3, 5], (-1, 2.5)).axes[0]
    line, *uprights, points = axes.lines
    assert heights(line, 1, 3) == pytest.approx([1.5, 6.5])
    assert [upright.get_xydata().tolist() for upright in uprights] == [
        [[1, 2], [1, 1.5]],
        [[2, 3], [2, 4]],
        [[3, 5], [3, 6.5]],
    ]
    words = [text.get_text() for text in axes.texts]
    assert words == ["\N{MINUS SIGN}0.5", "+1", "+1.5"]
    assert points.get_xydata().tolist() == [[1, 2], [2, 3], [3, 5]]


def test_each_line_that_was_learned_is_a_place_on_the_map():
    left, right = partial_derivatives.learning([1, 2], [1, 3], valley, walk, [0, 1, 8]).axes
    path, star, *marks = right.lines
    assert path.get_xydata().tolist() == walk.points.tolist()
    assert star.get_xydata().tolist() == [walk.end.tolist()]
    points, *lines = left.lines
    assert points.get_xydata().tolist() == [[1, 1], [2, 3]]
    for k, line in zip([0, 1, 8], lines, strict=True):
        start, slope = walk.points[k]
        assert heights(line, 0, 1) == pytest.approx([start, start + slope])
    assert [mark.get_xydata()[0].tolist() for mark in marks] == walk.points[[0, 1]].tolist()
    for line, mark in zip(lines[:2], marks, strict=True):
        assert line.get_color() == mark.get_color()


def test_a_way_is_drawn_on_the_map_and_as_a_cut():
    left, right = steepest_direction.way(oval, (1, 1), (-0.8, -0.6), (-0.5, 2)).axes
    line, legs, _ = left.lines
    assert line.get_xydata() == pytest.approx(np.array([[1.4, 1.3], [-0.6, -0.2]]))
    assert legs.get_xydata() == pytest.approx(np.array([[1, 1], [0.2, 1], [0.2, 0.4]]))
    ((tail, tip),) = arrows(left)
    assert tail.tolist() == [1, 1] and tip == pytest.approx([0.2, 0.4])
    cut, tangent, _ = right.lines
    t, drawn = cut.get_data()
    # (3 (1 - 0.8 t)^2 + (1 - 0.6 t)^2) / 2, with the slope -2.4 - 0.6 at 0
    assert drawn == pytest.approx((3 * (1 - 0.8 * t) ** 2 + (1 - 0.6 * t) ** 2) / 2)
    assert heights(tangent, 0, 1) == pytest.approx([2, -1])


def test_turning_a_triangle_changes_no_length():
    before, after = (
        np.array([tip - tail for tail, tip in arrows(axes)])
        for axes in steepest_direction.turned((2.4, 1.8), (0.7, 2.4)).axes
    )
    assert before == pytest.approx(np.array([[2.4, 1.8], [0.7, 2.4]]))
    assert after == pytest.approx(np.array([[3, 0], [2, 1.5]]))


def test_a_shadow_is_as_long_as_the_slope_is_steep():
    figure = steepest_direction.shadows((-3, 2), {"north": (0, 1), "level": (0, 0), "east": (1, 0)})
    north, _, east = figure.axes
    for axes, foot, words in ((north, [0, 2], "slope 2"), (east, [-3, 0], "slope \N{MINUS SIGN}3")):
        _, ray, shadow = axes.lines
        assert ray.get_xydata().tolist() == [[-3, 2], foot]
        assert shadow.get_xydata().tolist() == [[0, 0], foot]
        assert axes.get_xlabel() == words
    # cos 56.3 degrees is 2 / sqrt(13), cos 146.3 degrees is -3 / sqrt(13)
    titles = [axes.get_title(loc="left") for axes in (north, east)]
    assert titles == ["north, 56\N{DEGREE SIGN}", "east, 146\N{DEGREE SIGN}"]


def test_the_height_after_a_step_its_promise_and_its_bound():
    axes = steepest_direction.step_lengths(oval, (1, 1), bound=3).axes[0]
    curve, promise, worst, *_ = axes.lines
    rates, drawn = curve.get_data()
    # (3 (1 - 3 eta)^2 + (1 - eta)^2) / 2 = 2 - 10 eta + 14 eta^2
    assert drawn == pytest.approx(2 - 10 * rates + 14 * rates**2)
    assert promise.get_ydata() == pytest.approx(2 - 10 * rates)
    assert worst.get_ydata() == pytest.approx(2 - 10 * rates + 15 * rates**2)
    names = [text.get_text() for text in axes.texts]
    assert names == ["$1/L$", "$2/L$", "gain", "penalty"]
    gain, penalty = axes.lines[-3:-1]  # the last is the start
    # at 0.12: from 2 down by 1.2; at 0.25: from 2 - 2.5 up by 14 / 16
    assert gain.get_xydata() == pytest.approx(np.array([[0.12, 0.8], [0.12, 2]]))
    assert penalty.get_xydata() == pytest.approx(np.array([[0.25, -0.5], [0.25, 0.375]]))


def test_a_map_zoomed_in_is_that_of_a_plane():
    *_, last = steepest_direction.flattening(oval, (1, 1), [1, 0.001]).axes
    assert last.get_xlim() == pytest.approx((0.999, 1.001))
    # on every contour 3 x + y, the plane's height but for a constant, is nearly the same
    drawn = next(c for c in last.collections if isinstance(c, ContourSet) and not c.filled)
    for path in drawn.get_paths():
        assert np.ptp(path.vertices @ [3, 1]) < 1e-5


def test_a_spoke_is_as_long_as_the_slope_is_steep():
    axes = steepest_direction.dial(oval, (1, 1)).axes[0]
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
    axes = steepest_direction.dial(oval, (1, 1), minimum=(0, 0)).axes[0]
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
    for axes, expected in zip(steepest_direction.unit_balls(gradient).axes, best, strict=True):
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
    figure = charts.agreement(
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
    figure = charts.agreement(
        [[1, 2, 4], [2, 4]], {"a": [1, 2, 4]}, {"a": [2, 5]}, xlabel="", ylabel="", log=True
    )
    (axes,) = figure.axes
    assert [line.get_xdata().tolist() for line in axes.lines] == [[1, 2, 4], [2, 4]]
    assert axes.get_xscale() == axes.get_yscale() == "log"


def test_two_places_draws_where_each_slope_is_taken_and_where_each_ball_lands():
    # carried from -2 to -0.5; then pushed by 0.1 times the slope: 4 at -2, 1 at -0.5
    figure = beyond.two_places(parabola, -2.0, 1.5, learning_rate=0.1, window=(-3, 1))
    for axes, slope, asked, lands in zip(
        figure.axes, (-4, -1), (-2, -0.5), (-0.1, -0.4), strict=True
    ):
        texts = [text.get_text() for text in axes.texts]
        assert f"slope \N{MINUS SIGN}{-slope:.2f}" in texts
        (tail, ahead), (start, tip) = ((a[0], b[0]) for a, b in arrows(axes))
        assert (tail, ahead, start) == (-2, -0.5, -0.5) and tip == pytest.approx(lands)
        marks = {line.get_marker(): line.get_xdata()[0] for line in axes.lines}
        assert marks["D"] == asked and marks["*"] == 0


def test_race_draws_the_runs_and_the_settings():
    corners = settings
    figure = beyond.race(bowl(30), {"heavy": walk, "plain": walk}, {0.9: corners}, (0.01, 0.8))
    valley, plane = figure.axes
    assert [text.get_text() for text in valley.get_legend().get_texts()] == ["heavy", "plain"]
    drawn = [line for line in valley.lines if line.get_label() in ("heavy", "plain")]
    assert len(drawn) == 2
    assert all(line.get_xydata().tolist() == walk.points.tolist() for line in drawn)
    assert plane.patches[0].get_xy()[:4].tolist() == corners.tolist()
    assert plane.lines[-1].get_xydata().tolist() == [[0.01, 0.8]]
    assert [text.get_text() for text in plane.texts] == ["0.9", "flies away"]


def test_ways_draws_each_rule_in_its_own_look():
    box = np.array([(-4, 4), (-4, 4)])
    figure = beyond.ways({c: (valley, dict.fromkeys(beyond.RULES, walk)) for c in "ab"}, box)
    for axes in figure.axes:
        ends = [line for line in axes.lines if line.get_label() in beyond.RULES]
        assert len({end.get_marker() for end in ends}) == len({e.get_color() for e in ends}) == 5
        assert all(end.get_xydata().tolist() == [walk.end.tolist()] for end in ends)
        ways = [line for line in axes.lines if len(line.get_xydata()) == len(walk.points)]
        assert [way.get_color() for way in ways] == [end.get_color() for end in ends]
        assert all(way.get_xydata().tolist() == walk.points.tolist() for way in ways)


def test_velocities_draws_slope_velocity_and_levels():
    panel = [1, 1, 1], [1, 1.5, 1.75], [2]
    figure = beyond.velocities({"one": panel, "other": panel})
    for axes in figure.axes:
        zero, level, velocity, slopes = axes.lines
        assert (zero.get_ydata()[0], level.get_ydata()[0]) == (0, 2)
        assert velocity.get_xydata().tolist() == [[1, 1], [2, 1.5], [3, 1.75]]
        assert slopes.get_ydata().tolist() == [1, 1, 1]


def test_falls_are_drawn_without_their_signs_on_one_axis():
    panels = {"one": {"a": np.array([1, -0.5])}, "two": {"a": np.array([4, 2])}}
    figure = beyond.falls(panels, ylabel="distance", bottom=0.1)
    (line,) = figure.axes[0].lines
    assert line.get_ydata().tolist() == [1, 0.5] and figure.axes[0].get_yscale() == "log"
    assert [axes.get_ylim() for axes in figure.axes] == [(0.1, 8)] * 2


def test_what_machines_are_worth_is_drawn_beside_what_a_late_ball_does():
    left, right = machines.shared_and_late([1, 1.8, 1.6], 3, [4, -1, 2]).axes
    wish, curve, star, here = left.lines
    assert wish.get_xydata().tolist() == [[0, 0], [3, 3]]
    assert curve.get_xydata().tolist() == [[1, 1], [2, 1.8], [3, 1.6]]
    assert star.get_xydata().tolist() == [[2, 1.8]] and here.get_xydata().tolist() == [[3, 1.6]]
    assert right.lines[-1].get_ydata().tolist() == [4, -1, 2]


def test_a_shared_step_names_beans_slopes_and_mean():
    (axes,) = machines.shared_step([(["(1, 2)", "(3, 4)"], "a"), (["(2, 1)"], "b")], "mean 1").axes
    said = {text.get_text() for text in axes.texts}
    assert {"(1, 2)   (3, 4)", "a", "b", "machine 1", "machine 2", "mean 1"} <= said


def test_parts_pull_against_their_gradients():
    (axes,) = machines.pulls([[1, 0], [0, 2]], [0.5, 1]).axes
    assert [arrow.xy for arrow in axes.texts if arrow.get_text() == ""] == [
        (-1, 0), (0, -2), (-0.5, -1),
    ]  # fmt: skip
    assert [t.get_text() for t in axes.texts if t.get_text()] == ["1", "2", "mean"]


def test_what_is_dealt_is_drawn_in_turn():
    left, right = machines.dealt({"all": [2, 0, 1], "by blocks": [1, 0, 2]}).axes
    assert left.lines[0].get_xydata().tolist() == [[0, 2], [1, 0], [2, 1]]
    assert right.get_title("left") == "by blocks"


def test_waiting_draws_bars_of_work_and_lines_of_waiting():
    (axes,) = machines.waiting({"": [[(0, 1, True), (1, 2, False)], [(0, 2, True)]]}, end=2).axes
    bars = [(bar.get_x(), bar.get_width(), bar.get_y() + 0.3) for bar in axes.patches]
    assert bars == [(0, 1, 0), (0, 2, -1)]
    assert [line.get_xydata().tolist() for line in axes.lines] == [[[1, 0], [2, 0]]]


def test_two_equal_runs_are_drawn_on_top_of_each_other():
    (axes,) = machines.same_run([1, 0.5], [1, 0.5], 1, "killed").axes
    wide, thin, upright = axes.lines
    assert wide.get_xydata().tolist() == thin.get_xydata().tolist() == [[0, 1], [1, 0.5]]
    assert wide.get_linewidth() > 3 * thin.get_linewidth()
    assert upright.get_xdata() == [1, 1] and axes.texts[0].get_text() == "killed"


def test_a_model_is_drawn_against_what_was_measured():
    (axes,) = machines.model({"a": ([0.1, 1], [0.2, 1.1])}, band=0.2).axes
    equal, marks = axes.lines
    assert equal.get_xdata().tolist() == equal.get_ydata().tolist()
    assert marks.get_xydata().tolist() == [[0.1, 0.2], [1, 1.1]]
    (band,) = axes.collections
    edge = band.get_paths()[0].vertices
    assert {round(float(v), 6) for v in edge[:, 1] / edge[:, 0]} == {0.8, 1.2}


def test_worth_draws_medians_and_writes_them():
    (axes,) = machines.worth({"threads": [1.0, 1.5, 1.75], "workers": [0.5, 0.75, 1.0]}).axes
    assert [bar.get_width() for bar in axes.patches] == [1.5, 0.75]
    assert [text.get_text() for text in axes.texts] == ["1.50", "0.75"]


def test_speedups_are_drawn_beside_a_wish_with_what_was_measured():
    found = machines.speedups(
        [1, 10], {"a": [1, 5], "b": [1, 6]}, measured={"b": [(1, 1), (2, 1.5)]}
    )
    wish, a, b, seen = found.axes[0].lines
    assert wish.get_xydata().tolist() == [[1, 1], [10, 10]]
    assert a.get_ydata().tolist() == [1, 5] and seen.get_xydata().tolist() == [[1, 1], [2, 1.5]]
    assert b.get_color() == seen.get_color() != a.get_color()


def test_what_was_left_out_begins_at_a_line():
    (axes,) = machines.left_out([0, 1, 2], [0, 1, 2], {"a": np.abs}, 1.5).axes
    points, line, border = axes.lines
    assert points.get_xdata().tolist() == [0, 1, 2] and line.get_label() == "a"
    assert border.get_xdata() == [1.5, 1.5]


def test_medians_of_runs_stand_between_their_quartiles():
    runs = {"a": [[1, 2, 3, 8, 9], [4] * 5]}
    figure = machines.of_many_runs([32, 64], runs, xlabel="", ylabel="", ticks=[32, 64])
    (axes,) = figure.axes
    medians, *caps = axes.lines
    assert medians.get_xydata().tolist() == [[32, 3], [64, 4]]
    assert sorted(y for cap in caps for y in cap.get_ydata()) == [2, 4, 4, 8]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["32", "64"]


def test_intervals_draws_a_mean_and_its_band_for_each_in_their_order():
    figure = beyond.intervals(
        {"loss": {"a": (1.0, 0.25), "b": (2.0, 0.5)}, "read": {"a": (3, 1), "b": (4, 1)}}
    )
    left, right = figure.axes
    assert [label.get_text() for label in left.get_yticklabels()] == ["a", "b"]
    means, *caps = left.lines
    assert means.get_xydata().tolist() == [[1, 0], [2, 1]]
    assert sorted(x for cap in caps for x in cap.get_xdata()) == [0.75, 1.25, 1.5, 2.5]
    assert left.get_ylim()[0] > left.get_ylim()[1] and right.get_xlabel() == "read"


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
    (axes,) = batches.average(members, quadratic(1, -5, 12.5), (-1, 4)).axes
    marks = [line.get_xydata()[0] for line in axes.lines if len(line.get_xdata()) == 1]
    assert np.allclose(marks, [[0, 0], [2.5, 6.25]], atol=0.02)
    assert sum(len(line.get_xdata()) > 1 for line in axes.lines) == 3
    assert axes.get_xlim() == (-1, 4)


def test_races_draws_each_run_alike_in_every_unit_and_leaves_out_what_is_not_above_0():
    runs = {"all": ([1, 2, 4], [4, 1, 0]), "one": ([1, 2, 4], [3, 2, 2])}
    seconds = {"all": ([0.1, 0.2, 0.4], [4, 1, 0]), "one": ([5, 6, 7], [3, 2, 2])}
    above, below = charts.races({"steps": runs, "seconds": seconds}, "loss", bottom=0.5).axes
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
    on_map = (
        plots.contours(valley, {c: walk for c in "abcd"}, subplots=False)
        .axes[0]
        .get_legend()
        .get_lines()
    )
    chart = charts.races({"steps": {c: ([1, 2], [2, 1]) for c in "abcd"}}, "loss").axes[0].lines
    assert [line.get_color() for line in on_map] == [line.get_color() for line in chart]


def test_a_polyline_is_written_as_hops():
    drawn = ' d="M 1.04 2 \nL 3.06 2.5 \nQ 1 1 0 0 \nz\nM 1 1 \nL 2 1 "'
    written = re.sub(_PATH, _relative_path, drawn)
    # 1.04 -> 1.0, 3.06 -> 3.1; after z one stands at the start of the part, (1, 2)
    # Of two lines the second needs no letter, nor does the first after a move.
    assert written == ' d="m1 2 2.1 .5q-2.1-1.5-3.1-2.5zm0-1 1 0"'
    letter = ' d="M 31 16 \nL 64 0 \nz\n" transform="scale(0.015625)"'
    assert re.sub(_PATH, _relative_path, letter) == ' d="m2 1 2-1z" transform="scale(0.25)"'


def test_many_round_dots_are_one_path():
    figure = plots.fits([0, 1, 2], [0, 2, 1], {"line": np.abs})
    svg = figure._repr_svg_()
    (dots,) = re.findall(r'<path d="((?:m[\d .-]+h0){3})"', svg)
    numbers = re.findall(r"-?[\d.]*\d", dots.replace("h0", ""))
    moves = np.reshape([float(number) for number in numbers], (3, 2))
    places = from_top_left(figure.axes[0], [0, 1, 2], [0, 2, 1])
    assert np.cumsum(moves, axis=0) == pytest.approx(places, abs=0.06)
    assert 'style="stroke: var(--muted); stroke-width: 3.8; stroke-linecap: round"' in svg


@pytest.mark.parametrize(
    ("name", "kibibytes"),
    [("surface", 15), ("contours", 9), ("four runs on a map", 11), ("dial", 9), ("images", 9)],
)
def test_a_figure_stays_light(name, kibibytes):
    assert len(gzip.compress(as_svg(FIGURES[name]).encode())) <= kibibytes * 1024


# --- what readers bring: functions of one point, other returns, any range of values


def of_two(value, gradient=lambda p: 2 * p, domain=((-3.0, 3.0), (-2.0, 2.0))):
    return Landscape("f", value, gradient, domain=domain)


def of_one(value, gradient=lambda x: 2 * x, domain=(-3.0, 3.0)):
    return Landscape("f", value, gradient, domain=domain)


SKEWED = np.array([[2.0, 1.0], [1.0, 3.0]])
ONE_POINT = {
    "a sum": (lambda p: np.sum(p**2), lambda x, y: x**2 + y**2),
    "a quadratic form": (lambda p: p @ SKEWED @ p, lambda x, y: 2 * x**2 + 2 * x * y + 3 * y**2),
    "a tiny norm": (
        lambda p: 1e-12 * p[0] / (1 + np.linalg.norm(p)),
        lambda x, y: 1e-12 * x / (1 + np.hypot(x, y)),
    ),
    "a norm": (lambda p: p[0] / (1 + np.linalg.norm(p)), lambda x, y: x / (1 + np.hypot(x, y))),
    "the math module": (lambda p: math.sin(p[0]), lambda x, y: np.sin(x)),
    "a case": (lambda p: p[0] if p[0] > 0 else 0.0, lambda x, y: np.maximum(x, 0)),
    "a constant": (lambda p: 3, lambda x, y: 3 + 0 * x),
    "one that overwrites": (lambda p: p.__imul__(2)[1], lambda x, y: 2 * y),
    "float32": (lambda p: np.float32(p[0]), lambda x, y: x.astype(np.float32)),
}


@pytest.mark.parametrize(("one", "many"), ONE_POINT.values(), ids=ONE_POINT)
def test_a_function_may_take_one_point_only(one, many):
    grid = np.array(np.meshgrid(np.linspace(-3, 3, 13), np.linspace(-2, 2, 9)))
    before = grid.copy()
    assert heights_of(one, grid, 2) == pytest.approx(many(*grid), abs=1e-20)
    assert np.array_equal(grid, before)


def test_contours_of_a_function_of_one_point_are_those_of_its_twin():
    axes = plots.contours(of_two(lambda p: np.sum(p**2))).axes[0]
    drawn = next(c for c in axes.collections if isinstance(c, ContourSet) and not c.filled)
    assert len(drawn.levels) == 11
    for level, path in zip(drawn.levels, drawn.get_paths(), strict=True):
        assert np.sum(path.vertices**2, axis=1) == pytest.approx(level, rel=0.01)


def test_a_function_that_returns_no_number_is_refused():
    for value in (lambda p: (1.0, 2.0), lambda p: None, lambda p: p[0] > 0, lambda p: 1j):
        with pytest.raises(TypeError, match="contours: the function must return one number"):
            plots.contours(of_two(value))
    with pytest.raises(ValueError, match=r"slices: the gradient has shape \(3,\) at a point"):
        plots.slices(of_two(lambda p: np.sum(p), lambda p: (1, 2, 3)), (1, 0.5))


def test_a_function_may_take_many_points_only():
    def strict(x):
        if np.ndim(x) != 1:
            raise ValueError("not a column")
        return x**2

    curve = plots.fits([0.5, 2.0], [1.0, 3.0], {"a": strict}).axes[0].lines[1]
    assert curve.get_ydata()[-1] == 4


@pytest.mark.parametrize("kind", [tuple, list, np.array, lambda g: np.array(g, np.float32)])
def test_a_gradient_may_be_a_tuple_or_a_list(kind):
    landscape = of_two(lambda p: np.sum(p**2), lambda p: kind((2 * p[0], 2 * p[1])))
    ((tail, tip),) = arrows(plots.gradients(landscape, [(1, 0.5)], scale=0.5).axes[0])
    assert tail.tolist() == [1, 0.5] and tip.tolist() == [2, 1]
    texts = [axes.texts[0].get_text() for axes in plots.slices(landscape, (1, 0.5)).axes]
    assert texts == ["slope 2", "slope 1"]
    path = descend(landscape.gradient, [1.0, 0.5], rule=GradientDescent(0.1), max_steps=3)
    ET.fromstring(plots.contours(landscape, path)._repr_svg_())


def test_the_longest_arrow_fits_the_map():
    for size in (1e-300, 1.0, 1e300):
        landscape = of_two(lambda p, s=size: s * p[0], lambda p, s=size: (s, 0.0))
        ((tail, tip),) = arrows(plots.gradients(landscape, [(0, 0)]).axes[0])
        assert np.hypot(*(tip - tail)) == pytest.approx(4 / 5)


WIDE = {
    "level": (lambda x: 3.0, (-3.0, 3.0)),
    "0": (lambda x: 0.0, (-3.0, 3.0)),
    "level and high": (lambda x: 1e17, (-3.0, 3.0)),
    "years": (lambda x: (x - 2010) ** 2, (2000.0, 2020.0)),
    "below 0": (lambda x: -4 - x**2, (-3.0, 3.0)),
    "1e300": (lambda x: 1e300 * x**2, (-3.0, 3.0)),
    "1e-300": (lambda x: 1e-300 * x**2, (-3.0, 3.0)),
    "nanometres": (lambda x: x**2, (0.0, 1e-9)),
    "half of it undefined": (np.log, (-3.0, 3.0)),
    "a pole": (lambda x: 1 / x, (-1.0, 1.0)),
}


@pytest.mark.parametrize(("f", "domain"), WIDE.values(), ids=WIDE)
def test_any_range_of_values_can_be_shown(f, domain):
    left, right = domain
    start = left + 0.7 * (right - left)
    along = of_one(f, lambda x: x - start + (right - left) / 9, domain)
    flat = of_two(lambda p: f(p[0]), lambda p: (1.0, 0.0), (domain, (0.0, (right - left) / 2)))
    roll = descend(along.gradient, start, rule=GradientDescent(0.5), max_steps=5)
    path = roll.points.tolist()
    place = (start, (right - left) / 4)
    walked = descend(lambda p: [p[0] - left, 0.0], place, rule=GradientDescent(0.1), max_steps=5)
    figures = [
        plots.curve(along, roll),
        plots.tangents(along, path),
        plots.rolling_balls(along, roll),
        plots.contours(flat, walked, minimum=place),
        plots.surface(flat, place),
        plots.slices(flat, place),
    ]
    for figure in figures:
        svg = figure._repr_svg_()
        ET.fromstring(svg)
        assert not re.search(r"[\s,(\"](nan|inf)", svg)
    for figure in figures[:2]:
        low, high = figure.axes[0].get_ylim()
        seen = np.ma.masked_invalid(figure.axes[0].lines[0].get_ydata())
        assert low < seen.min() <= seen.max() < high
    assert figures[0].axes[0].get_xlim() == domain


def test_a_landscape_without_any_height_is_refused():
    nowhere = of_one(lambda x: x * np.nan), of_two(lambda p: np.nan)
    for draw in (plots.curve, lambda f: plots.tangents(f, [1.0])):
        with pytest.raises(ValueError, match="landscape must have a finite height"):
            draw(nowhere[0])
    for draw in (plots.contours, plots.surface):
        with pytest.raises(ValueError, match="landscape must have a finite height"):
            draw(nowhere[1])


def test_heights_that_hardly_differ_have_contours_that_do():
    axes = plots.contours(of_two(lambda p: 1000 + 0.01 * (p[0] ** 2 + p[1] ** 2))).axes[0]
    assert len(contours(axes, 0.7)) >= 8
    assert len({text.get_text() for text in axes.texts}) == len(axes.texts) >= 3


def test_a_map_with_sides_that_differ_too_much_is_not_to_scale():
    tall = of_two(lambda p: p[0] ** 2, domain=((0.0, 1.0), (0.0, 1000.0)))
    axes = plots.contours(tall).axes[0]
    axes.figure.draw_without_rendering()
    assert axes.bbox.width > axes.bbox.height / 2
    assert axes.get_xlim() == (0, 1) and axes.get_ylim() == (0, 1000)


def test_a_run_of_one_variable_that_explodes_is_drawn_as_far_as_one_can_see():
    wild = descend(parabola.gradient, -4.0, rule=GradientDescent(1.5), max_steps=2000)
    assert wild.outcome == "diverged" and np.abs(wild.points).max() > 1e300
    figure = plots.curve(parabola, wild)
    hops = figure.axes[0].lines[1].get_xydata()
    assert hops[0].tolist() == [-4, 16] and hops[1].tolist() == [8, 64]  # x - 3 x = -2 x
    assert np.nanmax(np.abs(hops)) < 1e5
    assert plots.basins(parabola, [run, wild]).axes[0].lines[2].get_marker() == "x"
    for drawn in (figure, plots.rolling_balls(parabola, [wild, run])):
        ET.fromstring(drawn._repr_svg_())


def test_a_run_where_there_is_no_height_leaves_no_mark():
    lost = descend(lambda x: -1.0, -2.0, rule=GradientDescent(0.5), max_steps=1)
    svg = plots.rolling_balls(of_one(np.log), lost)._repr_svg_()
    ET.fromstring(svg)
    assert "nan" not in svg and svg.count("<circle") == 0
    ET.fromstring(plots.curve(of_one(np.log), lost)._repr_svg_())


def test_a_run_that_was_interrupted_can_be_drawn():
    def gradient(x):
        if x > -2:
            raise KeyboardInterrupt
        return 2 * x

    with pytest.raises(KeyboardInterrupt) as interrupted:
        descend(gradient, -4.0, rule=GradientDescent(0.2))
    (_, hops, _) = plots.curve(parabola, interrupted.value.run).axes[0].lines
    assert hops.get_xdata()[0] == -4 and hops.get_xdata()[-1] > -2


def test_fits_at_years_are_not_drawn_from_0():
    _, line = plots.fits([2000, 2020], [3.0, 5.0], {"a": np.sqrt}).axes[0].lines
    assert line.get_xdata()[[0, -1]].tolist() == [2000, 2020]
    _, line = plots.fits([-3.0], [1.0], {"a": np.abs}).axes[0].lines
    assert line.get_xdata()[[0, -1]].tolist() == [-3.5, -2.5]


@pytest.mark.parametrize("offset", [-10.0, 0.0])
def test_an_average_is_never_upside_down(offset):
    mean = quadratic(1, 0, offset)
    axes = batches.average([mean], mean, (-1, 2)).axes[0]
    low, high = axes.get_ylim()
    assert low < offset and max(0, 4 + offset) < high


def test_images_of_256_shades_are_not_black():
    (shown,) = plots.images(np.array([[0, 128, 255]], np.uint8)).axes[0].get_images()
    assert shown.get_clim() == (0, 255)


# --- the true numbers of steps


def test_a_run_that_was_recorded_now_and_then_is_drawn_at_its_true_steps():
    every = descend(parabola.gradient, -4.0, rule=GradientDescent(0.1), max_steps=100)
    rule = GradientDescent(0.1)
    some = descend(parabola.gradient, -4.0, rule=rule, max_steps=100, record_every=20)
    one, other = plots.loss_curves({"every": every, "some": some}, parabola).axes[0].lines
    assert other.get_xdata().tolist() == [0, 20, 40, 60, 80, 100]
    assert one.get_xdata().tolist() == list(range(101))
    assert other.get_ydata().tolist() == one.get_ydata()[::20].tolist()
    (_, all_of_it), (time, track) = plots.rolling_balls(parabola, [every, some]).tracks
    assert time[::6].tolist() == pytest.approx([0, 0.2, 0.4, 0.6, 0.8, 1])
    assert track[::6] == pytest.approx(all_of_it[::120])


def test_a_series_may_be_a_run_a_row_or_a_pair():
    alone = plots.loss_curves(run, parabola).axes[0]
    assert alone.lines[0].get_ydata().tolist() == run.values(parabola).tolist()
    assert alone.get_legend() is None
    two = plots.loss_curves([run, run], parabola).axes[0]
    assert [text.get_text() for text in two.get_legend().get_texts()] == ["run 1", "run 2"]
    assert plots.loss_curves([4, 2, 1]).axes[0].lines[0].get_ydata().tolist() == [4, 2, 1]
    (pair,) = plots.loss_curves({"a": ([0, 20], [4, 2])}).axes[0].lines
    assert pair.get_xydata().tolist() == [[0, 4], [20, 2]]
    (point,) = plots.loss_curves([4]).axes[0].lines
    assert point.get_marker() == "o"  # or one would see nothing
    with pytest.raises(TypeError, match="loss_curves: loss must be given, since series is a run"):
        plots.loss_curves(run)


@pytest.mark.parametrize(
    ("numbers", "scale"),
    [([4, 2, 0], "log"), ([4, -2, 1], "linear"), ([0, 0], "linear"), ([-4, -2], "linear")],
)
def test_the_axis_is_logarithmic_unless_numbers_are_negative(numbers, scale):
    assert plots.loss_curves(numbers).axes[0].get_yscale() == scale


def test_whole_steps_have_whole_ticks():
    for steps, whole in (([0, 1, 2], True), ([0, 0.5, 1], False)):
        axes = plots.loss_curves({"a": (steps, [4, 2, 1])}).axes[0]
        ticks = axes.get_xticks()
        assert np.array_equal(ticks, np.rint(ticks)) == whole


def test_numbers_that_cannot_be_drawn_are_left_out():
    (line,) = plots.loss_curves([4, np.nan, np.inf, 1e300, 2]).axes[0].lines
    assert np.nan_to_num(line.get_ydata()).tolist() == [4, 0, 0, 0, 2]
    with pytest.raises(ValueError, match="series must have a number"):
        plots.loss_curves([np.nan, np.inf])
    with pytest.raises(ValueError, match="log needs a number above 0 in series"):
        plots.loss_curves([-1, -2], log=True)


# --- one run, a list, a mapping; and the wrong ones


def test_runs_may_be_one_or_a_list_or_a_mapping():
    for draw, landscape, one in ((plots.curve, parabola, run), (plots.contours, valley, walk)):
        figures = draw(landscape, one), draw(landscape, [one, one]), draw(landscape, {"a": one})
        titles = [[axes.get_title(loc="left") for axes in figure.axes] for figure in figures]
        assert titles == [[""], ["run 1", "run 2"], ["a"]]
    shared = plots.contours(valley, walk, subplots=False).axes[0]
    assert shared.get_legend() is None


def test_starts_that_end_close_to_each_other_share_a_mark_in_any_range():
    for scale in (1e-9, 1.0, 1e9):
        well = of_one(
            lambda x, s=scale: ((x / s) ** 2 - 1) ** 2,
            lambda x, s=scale: 4 * x / s * ((x / s) ** 2 - 1),
            (-1.75 * scale, 1.75 * scale),
        )
        rule = GradientDescent(0.05 * scale)
        runs = [descend(well.gradient, x * scale, rule=rule) for x in (-1.5, -0.5, 0.5, 1.5)]
        lines = plots.basins(well, runs).axes[0].lines
        assert [line.get_marker() for line in lines[1:]] == ["s", "s", "o", "o", "*", "*"]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: plots.contours(valley, run), "contours: runs must have two variables, got Run"),
        (lambda: plots.curve(parabola, {"a": walk}), r"runs\['a'\] must have one variable"),
        (lambda: plots.curve(valley), "curve: landscape must have one variable"),
        (lambda: plots.rolling_balls(parabola, []), r"rolling_balls: runs must be at least 1, got"),
        (lambda: plots.contours(valley, [walk] * 5, subplots=False), "runs must be 1 to 4, got"),
        (lambda: plots.basins(parabola, FIVE), "runs must have at most 4 ends, got 5"),
    ],
)
def test_runs_that_do_not_fit_are_refused_by_name(call, message):
    with pytest.raises(ValueError, match=message):
        call()


# --- where a figure is shown


def test_matplotlib_is_imported_when_the_first_figure_is_drawn():
    code = (
        "import sys, gdcore; from gdcore import plots; plots.PALETTE; dir(plots)\n"
        "assert not any(name.startswith(('matplotlib', 'mpl')) for name in sys.modules)\n"
        "plots.curve; assert 'matplotlib' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_all_names_are_there_and_no_other():
    assert all(getattr(plots, name) is not None for name in plots.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'walks'"):
        assert plots.walks


@pytest.fixture
def opened(monkeypatch, tmp_path):
    """The pages that figures open in a browser, which is there."""
    pages = []
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("webbrowser.open", lambda address: not pages.append(address))
    monkeypatch.setenv("DISPLAY", ":0")
    return pages


def test_a_script_shows_a_figure_in_the_browser(opened, capsys):
    plots.curve(parabola, run).show()
    (address,) = opened
    page = Path(url2pathname(urlparse(address).path)).read_text("utf-8")
    assert page.startswith("<!doctype html>") and "<svg" in page and "#play" not in page
    plots.rolling_balls(parabola, run).show()
    page = Path(url2pathname(urlparse(opened[-1]).path)).read_text("utf-8")
    assert 'href="#play"' in page and 'id="play"' in page
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("cause", ["no display", "no browser"])
def test_without_a_browser_one_is_told_the_file(opened, monkeypatch, capsys, cause):
    if cause == "no display":
        monkeypatch.setattr("sys.platform", "linux")
        for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
            monkeypatch.delenv(name, raising=False)
    else:
        monkeypatch.setattr("webbrowser.open", lambda address: False)
    plots.curve(parabola, run).show()
    told = capsys.readouterr().out.strip()
    assert opened == [] and "<svg" in Path(told.rpartition(": ")[2]).read_text("utf-8")


def test_a_notebook_shows_a_figure_below_the_cell(opened, monkeypatch):
    shown = []
    kernel = SimpleNamespace(kernel=True)
    monkeypatch.setattr(IPython, "get_ipython", lambda: kernel)
    monkeypatch.setattr(IPython.display, "display", shown.append)
    figure = plots.curve(parabola, run)
    figure.show()
    assert shown == [figure] and opened == []
