"""Numerical derivatives against values worked by hand, and against each other."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gdcore.derivatives import central_difference, complex_step, forward_difference

RECIPES = [forward_difference, central_difference, complex_step]


def cube(x):
    return x**3


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


BAD_CALLS = [
    ((3, 1.0), {}, TypeError, "f must be callable, got 3"),
    ((cube, math.nan), {}, ValueError, "x must be finite"),
    ((cube, [1.0, math.inf]), {}, ValueError, "x must be finite"),
    ((cube, np.longdouble("1e4000")), {}, ValueError, "x must be finite"),
    ((cube, "1"), {}, TypeError, "x must hold real numbers, got '1'"),
    ((cube, 1j), {}, TypeError, "x must hold real numbers, got 1j"),
    ((cube, None), {}, TypeError, "x must be a real number, got None"),
    ((cube, 1.0), {"h": 0}, ValueError, "h must be above 0, got 0"),
    ((cube, 1.0), {"h": -1e-8}, ValueError, "h must be above 0"),
    ((cube, 1.0), {"h": math.nan}, ValueError, "h must be finite"),
    ((cube, 1.0), {"h": "small"}, TypeError, "h must be a real number, got 'small'"),
]


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize(("positional", "named", "error", "message"), BAD_CALLS)
def test_bad_calls_name_the_argument(recipe, positional, named, error, message):
    with pytest.raises(error, match=message):
        recipe(*positional, **named)
