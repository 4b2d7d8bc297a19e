"""Landscapes against values worked by hand, their derivatives against the complex step."""

import copy
import math
import pickle
from dataclasses import FrozenInstanceError

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gdcore.derivatives import complex_step
from gdcore.descent import GradientBelow, Outcome, descend
from gdcore.landscapes import (
    absolute_value,
    bowl,
    double_well,
    oval,
    parabola,
    quadratic,
    root_loss,
    rosenbrock,
    saddle,
    wave_loss,
)
from gdcore.rules import GradientDescent

SMOOTH = {
    "parabola": parabola,
    "quadratic": quadratic(3, -4, 7),
    "root_loss": root_loss,
    "double_well": double_well(0.3),
}
PLANE = {
    "bowl": bowl(10),
    "rotated bowl": bowl(7, 0.4),
    "oval": oval,
    "saddle": saddle,
    "rosenbrock": rosenbrock,
    "wave_loss": wave_loss,
}
of_two_variables = pytest.mark.parametrize("landscape", PLANE.values(), ids=PLANE)


def grid(landscape, columns=21, rows=17):
    """Points all over the domain, shape (2, rows, columns)."""
    across, up = landscape.domain
    return np.array(np.meshgrid(np.linspace(*across, columns), np.linspace(*up, rows)))


def partials(f, p):
    """Both partial derivatives by the complex step, the one along x first."""
    x, y = p
    return np.array(
        [
            complex_step(lambda t: f(np.array([t, y + 0 * t])), x),
            complex_step(lambda t: f(np.array([x + 0 * t, t])), y),
        ]
    )


def turn(angle):
    """The matrix that turns the plane counter-clockwise."""
    return np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])


@pytest.mark.parametrize(
    ("landscape", "x", "value", "gradient", "curvature"),
    [
        (parabola, -4, 16, -8, 2),
        # 3*4 - 4*2 + 7;  2*3*2 - 4;  2*3
        (quadratic(3, -4, 7), 2, 11, 8, 6),
        (quadratic(3, -4, 7), 0, 7, -4, 6),
        # (125 + 10 - 3)^2;  2 * 132 * (75 + 2);  2 * 77^2 + 2 * 132 * 6 * 5
        (root_loss, 5, 17424, 20328, 19778),
        # the root: 2 * 5^2
        (root_loss, 1, 0, 0, 50),
        # (4 - 1)^2 + 0.5 * 2;  4 * 2 * 3 + 0.5;  12 * 4 - 4
        (double_well(0.5), 2, 10, 24.5, 44),
    ],
)
def test_by_hand(landscape, x, value, gradient, curvature):
    assert landscape(x) == landscape.value(x) == value
    assert landscape.gradient(x) == gradient
    assert landscape.curvature(x) == curvature


@pytest.mark.parametrize("landscape", SMOOTH.values(), ids=SMOOTH)
def test_derivatives_agree_with_the_complex_step(landscape):
    x = np.linspace(*landscape.domain, 101)
    scale = np.abs(landscape.gradient(x)).max()
    assert np.allclose(
        landscape.gradient(x), complex_step(landscape, x), rtol=1e-13, atol=1e-14 * scale
    )
    scale = np.abs(landscape.curvature(x)).max()
    assert np.allclose(
        landscape.curvature(x), complex_step(landscape.gradient, x), rtol=1e-13, atol=1e-14 * scale
    )


@given(st.floats(-100, 100), st.floats(-100, 100), st.floats(-100, 100), st.floats(-10, 10))
def test_any_quadratic_has_the_slope_of_the_rules(a, b, c, w):
    bowl = quadratic(a, b, c)
    assert bowl.gradient(w) == pytest.approx(complex_step(bowl, w), rel=1e-12, abs=1e-11)


def test_vertex_is_in_the_middle_of_the_domain():
    assert quadratic(0.5, -1, 0).domain == quadratic(2, -4, 0).domain == (-3, 5)  # vertex at 1
    assert quadratic(1, 4, 0).domain == (-6, 2)
    assert quadratic(0, 2, 1).domain == (-4, 4)


def test_absolute_value():
    assert absolute_value(-3.0) == 3.0
    assert absolute_value.gradient(np.array([-2.0, 0.0, 2.0])).tolist() == [-1, 0, 1]
    assert absolute_value.curvature is None


@pytest.mark.parametrize("tilt", [-1.5, -0.3, 0.0, 0.3, 1.5])
def test_two_valleys_below_the_largest_tilt(tilt):
    # f' = 4x^3 - 4x + tilt has three real roots while |tilt| < 8 / (3 sqrt 3)
    roots = np.roots([4, 0, -4, tilt])
    assert np.all(np.isreal(roots))
    valleys = [r for r in roots.real if double_well(tilt).curvature(r) > 0]
    assert len(valleys) == 2


@pytest.mark.parametrize(
    ("landscape", "point", "value", "gradient", "hessian"),
    [
        # (9 + 4 * 1) / 2;  (3, 4 * -1)
        (bowl(4), [3, -1], 6.5, [3, -4], [[1, 0], [0, 4]]),
        # (3 * 1 + 4) / 2;  (3 * 1, -2)
        (oval, [1, -2], 3.5, [3, -2], [[3, 0], [0, 1]]),
        # (9 - 4) / 2;  (3, -2)
        (saddle, [3, 2], 2.5, [3, -2], [[1, 0], [0, -1]]),
        # y - x^2 = 1: 4 + 100;  -2 * 2 + 400 * 1, 200 * 1;  2 - 400 * (2 - 3), 400 * 1, 200
        (rosenbrock, [-1, 2], 104, [396, 200], [[402, 400], [400, 200]]),
        # the minimum: 2 - 400 * (1 - 3), -400, 200
        (rosenbrock, [1, 1], 0, [0, 0], [[802, -400], [-400, 200]]),
    ],
)
def test_two_variables_by_hand(landscape, point, value, gradient, hessian):
    p = np.array(point, dtype=float)
    assert landscape(p) == landscape.value(p) == value
    assert landscape.gradient(p).tolist() == gradient
    assert landscape.hessian(p).tolist() == hessian


def test_rotated_bowl_by_hand():
    # turned by 45 degrees the long axis is y = x: at (1, 1) s = sqrt 2 and t = 0, so f = 2/2
    valley = bowl(9, math.pi / 4)
    assert valley([1, 1]) == pytest.approx(1)
    assert valley.gradient([1, 1]) == pytest.approx([1, 1])
    # at (1, -1) s = 0 and t = -sqrt 2, so f = 9 * 2/2, and 9 times as steep
    assert valley([1, -1]) == pytest.approx(9)
    assert valley.gradient([1, -1]) == pytest.approx([9, -9])
    # a quarter turn: s = y and t = -x, which is the oval
    p = grid(oval)
    assert np.allclose(bowl(3, math.pi / 2)(p), oval(p), rtol=1e-14, atol=1e-14)


def test_wave_loss_by_hand():
    # (0, 0): a = 3 and b = 1 - e^0 = 0, and the partials of a and sin(2b) are 0
    assert wave_loss([0, 0]) == pytest.approx(math.sin(3) ** 2, rel=1e-14)
    assert wave_loss.gradient([0, 0]).tolist() == [0, 0]
    # (pi/8, 0): a = pi^2/128 + 3, and b = pi/4 has cos^2 b = 1/2, sin 2b = 1 and partials 2, -1
    a = math.pi**2 / 128 + 3
    f_x = math.sin(2 * a) / 2 * math.pi / 8 - 2 * math.sin(a) ** 2
    assert wave_loss([math.pi / 8, 0]) == pytest.approx(math.sin(a) ** 2 / 2, rel=1e-13)
    assert wave_loss.gradient([math.pi / 8, 0]) == pytest.approx([f_x, math.sin(a) ** 2], rel=1e-13)
    # ((e^2 - 1)/2, 2): b = 0, and a = x^2/2 - 1 + 3 has the partials x and -1
    x = (math.e**2 - 1) / 2
    a = x**2 / 2 + 2
    assert wave_loss([x, 2]) == pytest.approx(math.sin(a) ** 2, rel=1e-12)
    assert wave_loss.gradient([x, 2]) == pytest.approx(
        [math.sin(2 * a) * x, -math.sin(2 * a)], rel=1e-12
    )


@of_two_variables
def test_gradients_agree_with_the_complex_step(landscape):
    p = grid(landscape)
    scale = np.abs(landscape.gradient(p)).max()
    assert landscape.gradient(p).shape == p.shape
    assert np.allclose(
        landscape.gradient(p), partials(landscape, p), rtol=1e-13, atol=1e-14 * scale
    )


@of_two_variables
def test_hessians_agree_with_the_complex_step_of_the_gradient(landscape):
    if landscape.hessian is None:
        assert landscape is wave_loss
        return
    for p in grid(landscape, 5, 5).reshape(2, -1).T:
        exact = partials(landscape.gradient, p)
        assert np.allclose(
            landscape.hessian(p), exact, rtol=1e-13, atol=1e-14 * np.abs(exact).max()
        )


@of_two_variables
def test_a_stack_of_points_gives_what_each_point_gives(landscape):
    stack = grid(landscape)
    heights, gradients = landscape(stack), landscape.gradient(stack)
    assert heights.shape == stack.shape[1:]
    for i, j in [(0, 0), (3, 20), (8, 10), (16, 7)]:
        assert heights[i, j] == pytest.approx(landscape(stack[:, i, j]), rel=1e-12, abs=1e-14)
        assert gradients[:, i, j] == pytest.approx(
            landscape.gradient(stack[:, i, j]), rel=1e-12, abs=1e-12
        )


@of_two_variables
def test_the_domain_is_left_right_then_bottom_top(landscape):
    (left, right), (bottom, top) = landscape.domain
    assert left < 0 < right and bottom < 0 < top
    if landscape is rosenbrock:
        assert left < 1 < right and bottom < 1 < top  # the minimum is in sight


@pytest.mark.parametrize(
    ("landscape", "domain"),
    [
        (parabola, (-5, 5)),
        (double_well(), (-1.75, 1.75)),
        (root_loss, (-1, 2)),
        (absolute_value, (-3, 3)),
        (bowl(10), ((-4, 4), (-3, 3))),
        (oval, ((-1.6, 1.6), (-1.6, 1.6))),
        (saddle, ((-1.6, 1.6), (-1.6, 1.6))),
        (rosenbrock, ((-1.6, 1.6), (-0.6, 1.8))),
        (wave_loss, ((-1.5, 1.5), (-1.5, 1.5))),
    ],
)
def test_the_figures_show_this_part(landscape, domain):
    assert landscape.domain == domain


def test_a_landscape_is_told_by_its_formula_and_does_not_change():
    assert repr(parabola) == "Landscape(tex='x^2', domain=(-5.0, 5.0), variables=('x', 'y'))"
    with pytest.raises(FrozenInstanceError):
        parabola.domain = (0, 1)


def test_the_left_valley_of_the_double_well_is_the_lower_one_by_default():
    # (1 - 1)^2 -+ 0.3
    assert [double_well()(x) for x in (-1, 1)] == [-0.3, 0.3]


conditions, angles = st.floats(1, 1e6), st.floats(-10, 10)
coordinates = st.floats(-5, 5)


@settings(max_examples=40)
@given(conditions, angles)
def test_a_bowl_s_curvatures_are_1_along_and_kappa_across(condition, rotation):
    hessian = bowl(condition, rotation).hessian(np.zeros(2))
    rounding = 1e-14 * condition
    assert np.linalg.eigvalsh(hessian) == pytest.approx([1, condition], rel=0, abs=rounding)
    along, across = turn(rotation).T
    assert hessian @ along == pytest.approx(along, rel=0, abs=rounding)
    assert hessian @ across == pytest.approx(condition * across, rel=0, abs=rounding)


@settings(max_examples=40)
@given(conditions, angles, coordinates, coordinates)
def test_a_rotated_bowl_is_the_bowl_seen_from_a_turned_place(condition, rotation, x, y):
    rotated, straight, turned = bowl(condition, rotation), bowl(condition), turn(rotation)
    p = np.array([x, y])
    seen = turned.T @ p
    rounding = 1e-13 * condition
    assert rotated(p) == pytest.approx(straight(seen), rel=1e-12, abs=rounding * 25)
    assert rotated.gradient(p) == pytest.approx(
        turned @ straight.gradient(seen), rel=1e-12, abs=rounding * 5
    )


@pytest.mark.parametrize("rotation", [0, 1, -2.5])
def test_the_roundest_bowl_looks_the_same_from_everywhere(rotation):
    assert bowl(1, rotation)([3, 4]) == pytest.approx(12.5)
    assert bowl(1, rotation).gradient([3, 4]) == pytest.approx([3, 4])


@pytest.mark.parametrize("landscape", [*SMOOTH.values(), *PLANE.values()], ids=[*SMOOTH, *PLANE])
def test_landscapes_can_be_copied_and_sent_to_other_processes(landscape):
    p = np.mean(landscape.domain, axis=-1) + 0.25
    for other in (copy.deepcopy(landscape), pickle.loads(pickle.dumps(landscape))):
        assert repr(other) == repr(landscape) and other(p) == landscape(p)
        assert np.array_equal(other.gradient(p), landscape.gradient(p))
        for matrix, copied in (
            (landscape.curvature, other.curvature),
            (landscape.hessian, other.hessian),
        ):
            assert copied is matrix is None or np.array_equal(copied(p), matrix(p))


def test_nobody_can_change_a_bowl_by_its_matrix():
    valley = bowl(4)
    valley.hessian([0, 0])[:] = 99
    assert valley.hessian([0, 0]).tolist() == [[1, 0], [0, 4]]
    assert valley.gradient([3, -1]).tolist() == [3, -4]


Y = np.linspace(-1.5, 1.5, 61)
ZEROS = {
    # a = x^2/2 - y^2/4 + 3 = pi
    "sine, right": np.sqrt(2 * (math.pi - 3) + Y**2 / 2),
    "sine, left": -np.sqrt(2 * (math.pi - 3) + Y**2 / 2),
    # b = 2x + 1 - e^y = +-pi/2
    "cosine, right": (np.exp(Y) - 1 + math.pi / 2) / 2,
    "cosine, left": (np.exp(Y) - 1 - math.pi / 2) / 2,
}


@pytest.mark.parametrize("x", ZEROS.values(), ids=ZEROS)
def test_wave_loss_is_0_and_level_on_its_curves(x):
    curve = np.array([x, Y])
    assert np.all(np.abs(wave_loss(curve)) < 1e-28)
    assert np.all(np.abs(wave_loss.gradient(curve)) < 1e-13)


def test_a_run_in_a_bowl_shrinks_each_coordinate_by_its_own_factor():
    # x_k = (1 - eta)^k x_0, y_k = (1 - 4 eta)^k y_0; with eta = 3/8 the factors are 5/8 and -1/2
    path = descend(bowl(4).gradient, [1, 1], rule=GradientDescent(0.375), max_steps=12)
    k = np.arange(13)
    assert np.allclose(path.points, np.array([0.625**k, (-0.5) ** k]).T, rtol=1e-13, atol=0)


def test_a_rotated_bowl_s_run_is_the_rotated_run():
    angle, start = 0.7, np.array([2.0, -1.0])
    straight = descend(bowl(8).gradient, start, rule=GradientDescent(0.2), max_steps=30)
    rotated = descend(
        bowl(8, angle).gradient, turn(angle) @ start, rule=GradientDescent(0.2), max_steps=30
    )
    assert np.allclose(rotated.points, straight.points @ turn(angle).T, rtol=1e-12, atol=1e-14)


def test_a_run_reaches_the_saddle_from_the_valley_line_and_leaves_it_from_beside():
    # x_k = x_0 / 2^k and y_k = 1.5^k y_0
    on_line = descend(saddle.gradient, [1, 0], rule=GradientDescent(0.5), max_steps=40)
    assert on_line.end.tolist() == [2.0**-40, 0]
    beside = descend(saddle.gradient, [1, 2.0**-20], rule=GradientDescent(0.5), max_steps=40)
    assert beside.end == pytest.approx([2.0**-40, 1.5**40 * 2.0**-20], rel=1e-14)


def test_a_run_on_rosenbrock_falls_into_the_bent_valley_and_creeps_there():
    path = descend(rosenbrock.gradient, [-1.2, 1], rule=GradientDescent(5e-4), max_steps=200)
    heights = path.values(rosenbrock)
    assert np.all(np.diff(heights) < 0)
    x, y = path.end
    assert abs(y - x**2) < 0.01
    assert math.dist(path.end, (1, 1)) > 1  # still far


@pytest.mark.parametrize("start", [[0.3, 0.8], [-0.9, -0.4], [1.2, -1.0]])
def test_a_run_on_wave_loss_ends_on_a_curve_of_zeros(start):
    path = descend(
        wave_loss.gradient,
        start,
        rule=GradientDescent(0.1),
        stop=GradientBelow(1e-6),
        max_steps=5000,
    )
    assert path.outcome is Outcome.STOPPED
    assert wave_loss(path.end) < 1e-9


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: quadratic("1", 0, 0), TypeError, "a must be a real number, got '1'"),
        (lambda: quadratic(1, math.nan, 0), ValueError, "b must be finite, got nan"),
        (lambda: quadratic(1, 0, None), TypeError, "c must be a real number, got None"),
        (lambda: double_well(math.inf), ValueError, "tilt must be finite, got inf"),
        (lambda: double_well([0.3]), TypeError, r"tilt must be a real number, got \[0.3\]"),
        (lambda: bowl("3"), TypeError, "condition must be a real number, got '3'"),
        (lambda: bowl(True), TypeError, "condition must be a real number, got True"),
        (lambda: bowl(math.nan), ValueError, "condition must be finite, got nan"),
        (lambda: bowl(0.99), ValueError, "condition must be at least 1, got 0.99"),
        (lambda: bowl(-3), ValueError, "condition must be at least 1, got -3"),
        (lambda: bowl(3, "90"), TypeError, "rotation must be a real number, got '90'"),
        (lambda: bowl(3, -math.inf), ValueError, "rotation must be finite, got -inf"),
    ],
)
def test_bad_calls_name_the_argument(call, error, message):
    with pytest.raises(error, match=message):
        call()


@pytest.mark.parametrize("angle", [0.25, 0.4, 1.0])
def test_the_curvature_of_a_bowl_is_symmetric_to_the_last_bit(angle):
    hessian = bowl(10, angle).hessian([0, 0])
    assert np.array_equal(hessian, hessian.T)
