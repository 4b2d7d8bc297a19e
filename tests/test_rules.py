"""Rules turn gradients into displacements."""

import math
from fractions import Fraction

import numpy as np
import pytest

from gdcore.descent import Outcome, descend
from gdcore.landscapes import absolute_value, parabola
from gdcore.rules import Plain, Sign

RULES = [Plain, Sign]


def test_plain_by_hand():
    step = Plain(0.5).begin(0.0)
    assert step(3.0) == 1.5
    assert step(np.array([2.0, -4.0])).tolist() == [1.0, -2.0]


def test_sign_by_hand():
    step = Sign(0.25).begin(0.0)
    assert [step(g) for g in (1e-300, -7.0, 0.0)] == [0.25, -0.25, 0.0]
    assert step(np.array([5.0, -0.1, 0.0])).tolist() == [0.25, -0.25, 0.0]


def test_sign_never_settles():
    # |x| from 0.625 in steps of 0.25: 0.625, 0.375, 0.125, -0.125, 0.125, ... for ever
    path = descend(absolute_value.gradient, 0.625, rule=Sign(0.25), max_steps=9)
    assert path.points[:3].tolist() == [0.625, 0.375, 0.125]
    assert path.points[3:].tolist() == [-0.125, 0.125] * 3 + [-0.125]
    assert path.outcome is Outcome.STEP_LIMIT


def test_sign_ignores_the_size_of_the_slope():
    steep = descend(lambda x: 1000 * x, 1.0, rule=Sign(0.1), max_steps=5)
    gentle = descend(parabola.gradient, 1.0, rule=Sign(0.1), max_steps=5)
    assert steep.points.tolist() == gentle.points.tolist()


@pytest.mark.parametrize("rule", RULES)
def test_a_step_keeps_shape_and_precision_and_its_input(rule):
    for gradient in (np.float32([1, -2]), np.float64([1, -2])):
        before = gradient.copy()
        step = rule(0.1).begin(np.zeros_like(gradient))(gradient)
        assert step.shape == gradient.shape and step.dtype == gradient.dtype
        assert np.array_equal(gradient, before)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(
    ("rate", "error"),
    [
        (10**400, ValueError),
        (0, ValueError),
        (-0.1, ValueError),
        (math.nan, ValueError),
        (math.inf, ValueError),
        ("0.1", TypeError),
        (None, TypeError),
        (True, TypeError),
        (1j, TypeError),
        ([0.1], TypeError),
    ],
)
def test_learning_rates_are_checked(rule, rate, error):
    with pytest.raises(error, match="learning_rate must be"):
        rule(rate)


@pytest.mark.parametrize("rule", RULES)
def test_numpy_numbers_are_real_numbers(rule):
    assert rule(np.float32(0.5)).begin(0.0)(1.0) == 0.5
    assert rule(np.array(0.5)).begin(0.0)(1.0) == 0.5
    assert rule(Fraction(1, 2)).begin(0.0)(np.float32([1, -1])).tolist() == [0.5, -0.5]
