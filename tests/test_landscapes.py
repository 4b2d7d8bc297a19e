"""Landscapes against values worked by hand, their derivatives against the complex step."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gdcore.derivatives import complex_step
from gdcore.landscapes import absolute_value, double_well, parabola, quadratic, root_loss

SMOOTH = {
    "parabola": parabola,
    "quadratic": quadratic(3, -4, 7),
    "root_loss": root_loss,
    "double_well": double_well(0.3),
}


@pytest.mark.parametrize(
    ("landscape", "x", "value", "gradient", "curvature"),
    [
        (parabola, -4, 16, -8, 2),
        # 3*4 - 4*2 + 7;  2*3*2 - 4;  2*3
        (quadratic(3, -4, 7), 2, 11, 8, 6),
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
    assert quadratic(0.5, -1, 0).domain == (-3, 5)  # vertex at 1
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
    ("call", "error", "message"),
    [
        (lambda: quadratic("1", 0, 0), TypeError, "a must be a real number, got '1'"),
        (lambda: quadratic(1, math.nan, 0), ValueError, "b must be finite, got nan"),
        (lambda: quadratic(1, 0, None), TypeError, "c must be a real number, got None"),
        (lambda: double_well(math.inf), ValueError, "tilt must be finite, got inf"),
        (lambda: double_well([0.3]), TypeError, r"tilt must be a real number, got \[0.3\]"),
    ],
)
def test_bad_calls_name_the_argument(call, error, message):
    with pytest.raises(error, match=message):
        call()
