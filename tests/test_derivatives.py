"""Numerical derivatives against values worked by hand, and against each other."""

import math
import re
import tracemalloc
import warnings
from dataclasses import FrozenInstanceError
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gdcore.derivatives import (
    GradientCheck,
    central_difference,
    check_gradient,
    complex_step,
    directional_derivative,
    forward_difference,
    numerical_gradient,
)
from gdcore.descent import descend
from gdcore.landscapes import oval, rosenbrock, saddle, wave_loss
from gdcore.rules import GradientDescent

RECIPES = [forward_difference, central_difference, complex_step]


def cube(x):
    return x**3


def box(p):
    """The volume of a box with edges p, of three coordinates or a stack of them."""
    return p[0] * p[1] * p[2]


def wave(p):
    """A wave in any number of dimensions, and not the same along any two axes."""
    return np.sin(wave_numbers(p) @ p)


def wave_slopes(p):
    return wave_numbers(p) * np.cos(wave_numbers(p) @ p)


def wave_numbers(p):
    return 1 / np.arange(1, len(p) + 1)


class Recorder:
    """A recipe that says what it was called with, and that every slope is 7."""

    def __init__(self):
        self.calls = []

    def __call__(self, f, x, h="its own"):
        self.calls.append((x, h))
        return 7.0


def test_by_hand():
    # ((2.5)^3 - 2^3) / 0.5 = (15.625 - 8) / 0.5;  ((2.5)^3 - (1.5)^3) / 1 = 15.625 - 3.375
    assert forward_difference(cube, 2.0, h=0.5) == 15.25
    assert central_difference(cube, 2.0, h=0.5) == 12.25
    # Im (2 + i/2)^3 / (1/2) = (3 * 4 * 0.5 - 0.125) / 0.5
    assert complex_step(cube, 2.0, h=0.5) == 11.75


@pytest.mark.parametrize("recipe", RECIPES)
def test_scalars_give_floats_and_arrays_give_arrays(recipe):
    assert type(recipe(cube, 2.0)) is float
    assert type(recipe(cube, 2)) is float
    many = recipe(cube, [[1, 2], [3, 4]])
    assert many.shape == (2, 2)
    assert np.allclose(many, [[3, 12], [27, 48]], rtol=1e-6)


@pytest.mark.parametrize("recipe", RECIPES)
def test_the_caller_s_array_is_left_alone(recipe):
    x = np.array([1.0, 2.0])
    recipe(cube, x)
    assert x.tolist() == [1.0, 2.0]


@pytest.mark.parametrize("recipe", RECIPES)
def test_float32_is_computed_in_double_precision(recipe):
    assert np.allclose(recipe(np.square, np.float32([1, 100])), [2, 200], rtol=1e-6)


def test_a_step_below_the_gap_between_floats_gives_zero():
    assert forward_difference(cube, 1e10, h=1e-8) == 0.0


coefficients = st.lists(st.floats(-10, 10), min_size=1, max_size=6)
places = st.floats(-3, 3)


@given(coefficients, places)
def test_all_recipes_agree_on_polynomials(c, x):
    p = np.polynomial.Polynomial(c)
    exact = p.deriv()(x)
    size = np.polynomial.Polynomial(np.abs(c))
    # the bounds of the docstrings: truncation + round-off, with |p| and its derivatives bounded
    # by the polynomial of absolute coefficients a little further out
    reach = abs(x) + 1e-3
    truncation_1, truncation_2 = size.deriv(2)(reach) / 2, size.deriv(3)(reach) / 6
    round_off = 40 * 2.0**-53 * size(reach) + 1e-290  # numbers near 1e-308 round more coarsely
    assert abs(complex_step(p, x) - exact) <= 40 * 2.0**-53 * size.deriv()(reach) + 1e-290
    assert abs(forward_difference(p, x, 1e-7) - exact) <= 1e-7 * truncation_1 + round_off / 1e-7
    assert abs(central_difference(p, x, 1e-5) - exact) <= 1e-10 * truncation_2 + round_off / 1e-5


@given(st.sampled_from([np.sin, np.cos, np.exp, np.tanh, np.arctan]), places)
def test_central_difference_agrees_with_complex_step(f, x):
    assert central_difference(f, x) == pytest.approx(complex_step(f, x), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    ("recipe", "slope"),
    [
        # from (1, 2, 3) along (1, 1, 1): (1 + t)(2 + t)(3 + t) = 6 + 11t + 6t^2 + t^3
        (forward_difference, 14.25),  # 11 + 6h + h^2
        (central_difference, 11.25),  # 11 + h^2
        (complex_step, 10.75),  # 11 - h^2
    ],
)
def test_directional_derivative_by_hand(recipe, slope):
    found = directional_derivative(box, [1, 2, 3], [1, 1, 1], recipe=recipe, h=0.5)
    assert type(found) is float
    assert found == slope


def test_directional_derivative_is_the_central_one_by_default():
    assert directional_derivative(box, [1, 2, 3], [1, 1, 1], h=0.5) == 11.25


@pytest.mark.parametrize(
    ("recipe", "gradient"),
    [
        # x^3 + x y^2 at (2, 3), h = 1/2: 3x^2 + y^2 = 21 and 2xy = 12
        (forward_difference, [24.25, 13]),  # + 3xh + h^2;  + xh
        (central_difference, [21.25, 12]),  # + h^2
        (complex_step, [20.75, 12]),  # - h^2
    ],
)
def test_numerical_gradient_by_hand(recipe, gradient):
    found = numerical_gradient(lambda p: p[0] ** 3 + p[0] * p[1] ** 2, [2, 3], recipe=recipe, h=0.5)
    assert found.tolist() == gradient


def test_numerical_gradient_is_the_central_one_by_default():
    assert numerical_gradient(lambda p: p[0] ** 3, [2], h=0.5).tolist() == [12.25]


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_direction_twice_as_long_is_twice_as_steep(recipe):
    one, two = (directional_derivative(oval, [1, 1], v, recipe=recipe) for v in ([3, -4], [6, -8]))
    assert one == pytest.approx(5, rel=1e-6)  # 3 * 3 - 4 * 1
    assert two == pytest.approx(10, rel=1e-6)


vectors = st.tuples(places, places)


@settings(max_examples=30)
@given(vectors, vectors, vectors, st.floats(-3, 3), st.floats(-3, 3))
def test_slopes_are_linear_in_the_direction(x, v, w, a, b):
    def slope(direction):
        return directional_derivative(rosenbrock, x, direction, recipe=complex_step)

    mixed = slope(a * np.array(v) + b * np.array(w))
    assert mixed == pytest.approx(a * slope(v) + b * slope(w), rel=1e-10, abs=1e-8)


@pytest.mark.parametrize("recipe", RECIPES)
@settings(max_examples=25)
@given(st.lists(places, min_size=1, max_size=25), st.data())
def test_slopes_in_any_number_of_dimensions(recipe, x, data):
    v = data.draw(st.lists(places, min_size=len(x), max_size=len(x)))
    x, v = np.array(x), np.array(v)
    gradient = wave_slopes(x)
    # forward: h/2 times the curvature, at most (sum of w_i v_i)^2 < 3^2 * 3.82^2; central: h^2/6
    # times the cube of that sum; round-off 1e-16/h
    margin = {forward_difference: 3e-6, central_difference: 1e-7, complex_step: 1e-12}[recipe]
    found = numerical_gradient(wave, x, recipe=recipe)
    assert found.shape == x.shape
    assert found == pytest.approx(gradient, rel=0, abs=margin)
    slope = directional_derivative(wave, x, v, recipe=recipe)
    assert slope == pytest.approx(gradient @ v, rel=0, abs=margin)


@pytest.mark.parametrize("recipe", RECIPES)
def test_many_points_at_once(recipe):
    points = np.random.default_rng(0).uniform(-1, 1, (2, 3, 4))
    gradients = numerical_gradient(wave_loss, points, recipe=recipe)
    assert gradients.shape == (2, 3, 4)
    assert np.allclose(gradients, wave_loss.gradient(points), rtol=0, atol=1e-6)
    one = numerical_gradient(wave_loss, points[:, 2, 1], recipe=recipe)
    assert gradients[:, 2, 1] == pytest.approx(one, rel=0, abs=1e-7)


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_point_with_every_direction(recipe):
    rng = np.random.default_rng(0)
    points, directions = rng.uniform(-1, 1, (2, 5, 1)), rng.uniform(-1, 1, (2, 1, 7))
    slopes = directional_derivative(rosenbrock, points, directions, recipe=recipe)
    assert slopes.shape == (5, 7)
    expected = np.sum(rosenbrock.gradient(points) * directions, axis=0)
    assert np.allclose(slopes, expected, rtol=0, atol=1e-4)


def test_a_turn_of_directions_gives_a_cosine():
    # oval at (1, 0): gradient (3, 0), so the slope at the angle phi is 3 cos(phi)
    phi = np.linspace(0, 2 * np.pi, 13)
    slopes = directional_derivative(oval, [[1], [0]], [np.cos(phi), np.sin(phi)])
    assert np.allclose(slopes, 3 * np.cos(phi), rtol=0, atol=1e-9)


@pytest.mark.parametrize(("given_h", "seen"), [({}, "its own"), ({"h": 0.25}, 0.25)])
def test_the_step_is_handed_on_to_the_recipe(given_h, seen):
    recipe = Recorder()
    assert directional_derivative(oval, [1, 1], [1, 0], recipe=recipe, **given_h) == 7
    assert recipe.calls == [(0, seen)]
    assert numerical_gradient(oval, [1, 1], recipe=recipe, **given_h).tolist() == [7, 7]
    assert recipe.calls == [(0, seen)] * 3
    rng = np.random.default_rng(0)
    check = check_gradient(oval, oval.gradient, [1, 1], rng, directions=4, recipe=recipe, **given_h)
    assert check.numerical.tolist() == [7] * 4
    assert recipe.calls == [(0, seen)] * 7


def test_the_caller_s_vectors_are_left_alone():
    def careless(p):
        p *= 2
        return p[0] * p[1]

    def careless_slopes(p):
        p *= 2
        return p

    x, v = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    directional_derivative(careless, x, v)
    numerical_gradient(careless, x)
    check_gradient(careless, careless_slopes, x, np.random.default_rng(0))
    assert x.tolist() == [1, 2]
    assert v.tolist() == [3, 4]


def test_a_formula_that_writes_into_its_point_does_not_move_the_check():
    def careless(p):
        p *= 3  # 3x, 3y: right for the bowl (3x^2 + 3y^2)/2
        return p

    check = check_gradient(
        lambda p: 1.5 * np.sum(p**2, axis=0), careless, [1, 2], np.random.default_rng(0)
    )
    assert check.error < 1e-9


def test_float32_vectors_are_computed_in_double_precision():
    x = np.float32([1, 100])
    assert numerical_gradient(oval, x) == pytest.approx([3, 100], rel=1e-8)
    assert directional_derivative(oval, x, np.float32([0, 1])) == pytest.approx(100, rel=1e-8)
    # the formula too: in float32 it would be off by 1e-7
    x, rng = np.float32([0.3, 0.7]), np.random.default_rng(0)
    check = check_gradient(rosenbrock, rosenbrock.gradient, x, rng, recipe=complex_step)
    assert check.error < 1e-14


def test_descent_by_differences_is_the_descent_by_formula():
    # central differences are exact for a quadratic, but for round-off
    formula = descend(oval.gradient, [1, 1], rule=GradientDescent(0.25), max_steps=20)
    measured = descend(
        lambda p: numerical_gradient(oval, p), [1, 1], rule=GradientDescent(0.25), max_steps=20
    )
    assert np.allclose(measured.points, formula.points, rtol=0, atol=1e-10)


def test_error_of_a_check_by_hand():
    # differences (0, 4), norms 5 and 3: 4/5, whichever of the two is the formula
    one, other = np.array([3.0, 4.0]), np.array([3.0, 0.0])
    assert GradientCheck(formula=one, numerical=other).error == pytest.approx(0.8, rel=1e-15)
    assert GradientCheck(formula=other, numerical=one).error == pytest.approx(0.8, rel=1e-15)
    assert GradientCheck(formula=one, numerical=one).error == 0
    # twice as steep: 5/10;  the wrong way: 10/5
    assert GradientCheck(formula=2 * one, numerical=one).error == pytest.approx(0.5, rel=1e-15)
    assert GradientCheck(formula=-one, numerical=one).error == pytest.approx(2, rel=1e-15)


def test_a_check_stays_as_it_is_and_is_like_no_other():
    slopes = np.array([3.0, 1.0])
    check = GradientCheck(slopes, slopes)
    with pytest.raises(FrozenInstanceError):
        check.formula = 2 * slopes
    assert check != GradientCheck(slopes.copy(), slopes)


def test_error_of_a_check_where_all_is_level():
    level, steep = np.zeros(2), np.array([3.0, 4.0])
    assert GradientCheck(formula=level, numerical=level).error == 0
    assert GradientCheck(formula=level, numerical=steep).error == 1
    assert GradientCheck(formula=steep, numerical=level).error == 1


@pytest.mark.parametrize("broken", [math.nan, math.inf, -math.inf])
@np.errstate(all="ignore")
def test_no_number_is_no_small_error(broken):
    slopes, fine = np.array([broken, 1.0]), np.array([2.0, 1.0])
    for formula, numerical in [(slopes, fine), (fine, slopes), (slopes, slopes)]:
        error = GradientCheck(formula=formula, numerical=numerical).error
        assert not error < math.inf


def test_nan_reaches_the_error_from_the_function_and_from_the_formula():
    def nan(p):
        return p * math.nan

    rng = np.random.default_rng(0)
    assert math.isnan(check_gradient(oval, nan, [1, 2], rng).error)
    assert math.isnan(check_gradient(lambda p: math.nan, oval.gradient, [1, 2], rng).error)


def test_check_of_one_variable_by_hand():
    # the only directions are 1 and -1; x^2 at 3 has slope 6, so x instead of 2x is off by 3/6
    rng = np.random.default_rng(0)
    check = check_gradient(lambda p: p[0] ** 2, lambda p: p, [3], rng, directions=30, h=0.5)
    assert set(check.formula) == {-3, 3}
    assert set(check.numerical) == {-6, 6}
    assert np.array_equal(check.numerical, 2 * check.formula)
    assert check.error == pytest.approx(0.5, rel=1e-15)


@pytest.mark.parametrize("landscape", [oval, saddle, rosenbrock, wave_loss])
@pytest.mark.parametrize("recipe", RECIPES)
def test_a_right_formula_passes(landscape, recipe):
    rng = np.random.default_rng(0)
    check = check_gradient(landscape, landscape.gradient, [-0.5, 0.9], rng, recipe=recipe)
    assert check.formula.shape == check.numerical.shape == (10,)
    assert (
        check.error
        < {forward_difference: 1e-6, central_difference: 1e-8, complex_step: 1e-14}[recipe]
    )


@pytest.mark.parametrize(
    "wrong",
    [
        lambda g: -g,
        lambda g: 2 * g,
        lambda g: 0 * g,
        lambda g: g[::-1],
        lambda g: g * [1, 1, 1, 1, -1],
        lambda g: g * [0, 1, 1, 1, 1],
        lambda g: g + 0.01 * np.eye(5)[2],
    ],
    ids=["sign", "factor", "zero", "order", "one sign", "one forgotten", "one a little off"],
)
def test_a_wrong_formula_is_found(wrong):
    x = np.array([0.3, -0.2, 0.5, 0.1, 0.4])
    for seed in range(5):
        rng = np.random.default_rng(seed)
        assert check_gradient(wave, lambda p: wrong(wave_slopes(p)), x, rng).error > 1e-3


@pytest.mark.parametrize("off", [0.1, 0.001, 1e-6])
def test_the_error_estimates_the_relative_error_of_the_gradient(off):
    rng = np.random.default_rng(0)
    a, d = rng.standard_normal((2, 200))
    d *= off * np.linalg.norm(a) / np.linalg.norm(d)
    check = check_gradient(lambda p: a @ p, lambda p: a + d, 0 * a, rng, directions=1000, h=1)
    assert check.error == pytest.approx(off, rel=0.1)


def test_directions_have_length_1_and_are_drawn_evenly():
    # along unit vectors v the slopes of the i-th coordinate are v_i: mean 0, mean square 1/4
    rng = np.random.default_rng(0)
    for axis in np.eye(4):
        check = check_gradient(
            lambda p, a=axis: a @ p, lambda p, a=axis: a, np.ones(4), rng, directions=500
        )
        assert abs(check.formula.mean()) < 0.1
        assert np.mean(check.formula**2) == pytest.approx(1 / 4, rel=0.15)
        assert np.abs(check.formula).max() <= 1


def test_a_level_place_has_no_error_and_a_slope_there_is_found():
    def flat(p):
        return 5.0

    rng = np.random.default_rng(0)
    assert check_gradient(flat, lambda p: 0 * p, [1, 2], rng).error == 0
    assert check_gradient(flat, lambda p: p, [1, 2], rng).error == 1


def test_the_same_seed_gives_the_same_check():
    def check(rng):
        return check_gradient(rosenbrock, rosenbrock.gradient, [0.5, 0.2], rng, directions=3)

    one, other = np.random.default_rng(7), np.random.default_rng(7)
    first = check(one)
    assert np.array_equal(first.formula, check(other).formula)
    assert np.array_equal(check(one).numerical, check(other).numerical)
    # the generator has moved on, and another seed gives other directions
    assert not np.array_equal(first.formula, check(one).formula)
    assert not np.array_equal(first.formula, check(np.random.default_rng(8)).formula)


def fails(error, message, end=True):
    return pytest.raises(error, match=re.escape(message) + "$" * end)


def test_one_point_is_paired_with_many_directions_by_the_first_axis():
    east_twice = [[1, 1], [0, 0]]  # each time 1 * 3 x
    assert directional_derivative(oval, [1, 3], east_twice) == pytest.approx([3, 3])
    assert directional_derivative(oval, [1, 3], np.ones((2, 4, 5))).shape == (4, 5)


def test_many_points_are_paired_with_one_direction_by_the_first_axis():
    points = [[1, 2], [3, 4]]  # (1, 3) and (2, 4): 3 x is 3 and 6
    assert directional_derivative(oval, points, [1, 0]) == pytest.approx([3, 6])
    # and each with its own, (1, 0) and (0, 1): 3 x is 3, and y is 4
    assert directional_derivative(oval, points, [[1, 0], [0, 1]]) == pytest.approx([3, 4])


@pytest.mark.parametrize(("points", "directions"), [(3, 4), (4, 3)])
def test_stacks_that_do_not_fit_are_named(points, directions):
    message = f"direction of shape (2, {directions}) does not fit x of shape (2, {points})"
    with fails(ValueError, message):
        directional_derivative(oval, np.ones((2, points)), np.ones((2, directions)))


def test_every_argument_has_a_name():
    at = {"f": oval, "x": [1, 1], "h": 0.5}
    assert numerical_gradient(**at).tolist() == [3, 1]
    assert directional_derivative(**at, direction=[0, 1]) == 1
    assert check_gradient(**at, gradient=oval.gradient, rng=np.random.default_rng(0)).error < 1e-15


@pytest.mark.parametrize("f", [lambda p: np.atleast_1d(oval(p)), lambda p: p])
def test_a_function_that_returns_more_than_one_number_is_refused(f):
    with pytest.raises(TypeError, match=r"f must return one number a point, of shape \(\)"):
        check_gradient(f, oval.gradient, [1, 2], np.random.default_rng(0))


def test_a_function_that_ignores_its_points_is_refused():
    with fails(TypeError, "f must return one number a point, of shape (3,), got shape ()"):
        numerical_gradient(lambda p: 3.0, np.ones((2, 3)))


@pytest.mark.parametrize("size", [1e-200, 1e200])
def test_the_error_of_slopes_whose_squares_are_no_floats(size):
    check = GradientCheck(formula=np.array([size]), numerical=np.array([2 * size]))
    assert check.error == pytest.approx(0.5)


@pytest.mark.parametrize("slope", [math.inf, math.nan])
def test_slopes_that_are_not_finite_pass_no_comparison(slope):
    error = GradientCheck(formula=np.array([slope]), numerical=np.array([1.0])).error
    assert not error < math.inf


@pytest.mark.parametrize("wrong", [lambda p: oval.gradient(p) + 1j, lambda p: ["3", "2"]])
def test_a_gradient_that_is_not_real_is_refused(wrong):
    with pytest.raises(TypeError, match="gradient must hold real numbers"):
        check_gradient(oval, wrong, [1, 2], np.random.default_rng(0))


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize(
    "wrong", [None, "3", [3.0], True, np.array(["3"]), np.ma.array([3.0], mask=[True])]
)
def test_a_function_that_returns_no_numbers_is_named(recipe, wrong):
    with fails(TypeError, "f must return a number, or an array of them, got", end=False):
        recipe(lambda x: wrong, 1.0)


@pytest.mark.parametrize(
    "recipe, f", [(forward_difference, Fraction), (central_difference, np.float32)]
)
def test_a_function_may_return_numbers_of_any_kind(recipe, f):
    assert recipe(f, 1.0, h=0.5) == 1.0
    objects = np.array([Fraction(1), Fraction(2)])
    assert recipe(lambda x: x * objects, 1.0, h=0.5).tolist() == [1, 2]


@pytest.mark.parametrize("f", [math.sin, abs, np.abs, lambda x: np.real(x), lambda x: 3.0])
@pytest.mark.parametrize("warnings_are", ["error", "ignore"])
def test_what_makes_complex_numbers_real_is_refused(f, warnings_are):
    with warnings.catch_warnings():
        warnings.simplefilter(warnings_are)
        with pytest.raises(TypeError, match=r"^complex_step: f must"):
            complex_step(f, 1.0)


def test_what_passes_complex_numbers_through_may_be_level():
    assert complex_step(lambda x: 0 * x + 3, 1.0) == 0
    assert complex_step(np.sin, [0.0, math.pi / 2]) == pytest.approx([1, 0], abs=1e-15)
    assert type(complex_step(np.exp, 0)) is float


def test_a_float_stays_what_it_is():
    seen = []
    for x in 1.0, np.float64(1.0), 1, np.float32(1.0):
        central_difference(lambda x: seen.append(type(x)) or 0.0, x)
    assert seen == [float] * 2 + [np.float64] * 6


def test_the_gradient_of_many_variables_needs_little_memory():
    x = np.arange(2000.0)
    numerical_gradient(lambda p: p @ p / 2, x[:3])
    tracemalloc.start()
    gradient = numerical_gradient(lambda p: p @ p / 2, x, h=0.5)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # not a matrix of all axes, which would be 2000 times as large as x
    assert peak < 20 * x.nbytes
    assert gradient == pytest.approx(x, abs=1e-5)
