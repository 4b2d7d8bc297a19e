"""Rules turn gradients into displacements, and schedules make their steps smaller."""

import math
import re
from dataclasses import FrozenInstanceError, fields
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gdcore.descent import Outcome, descend
from gdcore.landscapes import absolute_value, parabola
from gdcore.rules import Exponential, InverseTime, Plain, Scheduled, Sign

RULES = [Plain, Sign]
SCHEDULES = [InverseTime, Exponential]


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


def scheduled_plain(rate):
    return Scheduled(Plain(rate), InverseTime(2))


def scheduled_sign(rate):
    # NumPy's own numbers are no reason to widen a step either
    return Scheduled(Sign(rate), lambda k: np.float64(0.5))


@pytest.mark.parametrize("rule", [*RULES, scheduled_plain, scheduled_sign])
def test_a_step_keeps_shape_and_precision_and_its_input(rule):
    for gradient in (np.float32([1, -2]), np.float64([1, -2]), np.float32(1), np.float64(1)):
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


@pytest.mark.parametrize(
    "recipe", [Plain(0.1), Sign(0.1), InverseTime(2), Exponential(2), scheduled_plain(0.1)]
)
def test_a_recipe_cannot_be_changed(recipe):
    for field in fields(recipe):
        with pytest.raises(FrozenInstanceError):
            setattr(recipe, field.name, 0.5)


class TestScheduled:
    def test_plain_by_hand(self):
        # 1 / (1 + k/2) is 1, 2/3, 1/2, 2/5, ...; times the rate 1/2 and the gradients 4, 3, -8, 0
        step = Scheduled(Plain(0.5), InverseTime(half_after=2)).begin(0.0)
        assert [step(g) for g in (4.0, 3.0, -8.0, 0.0)] == [2.0, 1.0, -2.0, 0.0]

    def test_sign_by_hand(self):
        # 2^-k is 1, 1/2, 1/4; times the rate 1/2 and the signs
        step = Scheduled(Sign(0.5), Exponential(half_after=1)).begin(0.0)
        gradients = np.array([[7.0, -1e-9], [-3.0, 0.0], [1e300, 2.0]])
        steps = [step(g).tolist() for g in gradients]
        assert steps == [[0.5, -0.5], [-0.25, 0.0], [0.125, 0.125]]

    def test_a_run_by_hand(self):
        # x^2 from 16: g = 2x, rates 1/4, 1/8, 1/16 keep 1/2, 3/4, 7/8 of x
        rule = Scheduled(Plain(0.25), Exponential(half_after=1))
        path = descend(parabola.gradient, 16, rule=rule, max_steps=3)
        assert path.points.tolist() == [16, 8, 6, 5.25]

    def test_a_function_is_a_schedule_and_is_asked_once_a_step_from_0_on(self):
        asked = []

        def schedule(k):
            asked.append(k)
            return 2

        path = descend(lambda x: 1.0, 0, rule=Scheduled(Plain(1.0), schedule), max_steps=4)
        assert path.points.tolist() == [0, -2, -4, -6, -8]
        assert asked == [0, 1, 2, 3]

    @pytest.mark.parametrize("rule", RULES)
    @pytest.mark.parametrize("schedule", SCHEDULES)
    def test_each_run_begins_anew(self, rule, schedule):
        scheduled = Scheduled(rule(0.25), schedule(half_after=3))
        one, other = (
            descend(parabola.gradient, 1.0, rule=scheduled, max_steps=9) for _ in range(2)
        )
        assert one.points.tolist() == other.points.tolist()

    def test_two_runs_at_a_time_do_not_count_each_other_s_steps(self):
        rule = Scheduled(Plain(1.0), Exponential(half_after=1))
        one, other = rule.begin(0.0), rule.begin(0.0)
        assert [(one(1.0), other(1.0)) for _ in range(3)] == [(1, 1), (0.5, 0.5), (0.25, 0.25)]

    def test_the_other_rule_begins_where_the_run_does_and_once(self):
        starts = []

        class FromStart:
            def begin(self, start):
                starts.append(start)
                return lambda gradient: start * gradient

        step = Scheduled(FromStart(), InverseTime(half_after=1)).begin(6.0)
        assert [step(g) for g in (1.0, 1.0, 2.0)] == [6, 3, 4]
        assert starts == [6]

    def test_schedules_multiply(self):
        # 1, 1/2, 1/4 times 1, 1/2, 1/3
        inner = Scheduled(Plain(1.0), Exponential(half_after=1))
        step = Scheduled(inner, InverseTime(half_after=1)).begin(0.0)
        assert [step(12.0) for _ in range(3)] == [12, 3, 1]

    def test_float32_stays_float32(self):
        path = descend(
            lambda x: 2 * x, np.ones(2, np.float32), rule=scheduled_plain(0.1), max_steps=3
        )
        assert path.points.dtype == path.gradients.dtype == np.float32

    def test_equal_recipes_are_equal(self):
        assert scheduled_plain(0.1) == scheduled_plain(0.1)
        assert scheduled_plain(0.1) != scheduled_plain(0.2)
        assert InverseTime(2) != Exponential(2)

    @pytest.mark.parametrize(
        "bad", [0.1, None, Plain, parabola.gradient, SimpleNamespace(begin=0.1)]
    )
    def test_what_is_no_rule_is_refused(self, bad):
        with pytest.raises(TypeError, match="rule must be an object with a method 'begin', got"):
            Scheduled(bad, InverseTime(1))

    @pytest.mark.parametrize("bad", [0.5, None, "slower", [1, 0.5]])
    def test_what_cannot_be_called_is_no_schedule(self, bad):
        message = f"schedule must be callable, got {bad!r}"
        with pytest.raises(TypeError, match=f"^{re.escape(message)}$"):
            Scheduled(Plain(0.1), bad)

    @pytest.mark.parametrize(
        ("factor", "error"),
        [
            (None, TypeError),
            ("0.5", TypeError),
            (True, TypeError),
            (1j, TypeError),
            ([0.5], TypeError),
            (math.nan, ValueError),
            (math.inf, ValueError),
            (-math.inf, ValueError),
        ],
    )
    def test_a_schedule_that_returns_no_finite_number_is_named_in_the_run(self, factor, error):
        # the first two steps are fine
        rule = Scheduled(Plain(0.1), lambda k: factor if k == 2 else 1.0)
        assert descend(parabola.gradient, 1.0, rule=rule, max_steps=2).steps == 2
        with pytest.raises(error, match=f"^schedule.* must .*, got {re.escape(repr(factor))}$"):
            descend(parabola.gradient, 1.0, rule=rule, max_steps=3)


def test_inverse_time_by_hand():
    # 1 / (1 + k/4)
    schedule = InverseTime(half_after=4)
    assert [schedule(k) for k in (0, 1, 4, 12, 36)] == [1, 0.8, 0.5, 0.25, 0.1]


def test_exponential_by_hand():
    # 2^(-k/4)
    schedule = Exponential(half_after=4)
    assert [schedule(k) for k in (0, 4, 8, 12)] == [1, 0.5, 0.25, 0.125]
    assert schedule(2) == pytest.approx(math.sqrt(1 / 2), rel=1e-15)


half_times = st.floats(0.01, 1e6)
step_numbers = st.integers(0, 10_000)


@given(half_times, step_numbers)
def test_inverse_time_grows_evenly_upside_down(tau, k):
    assert 1 / InverseTime(tau)(k) == pytest.approx((tau + k) / tau, rel=1e-14)


@given(st.integers(1, 1000), step_numbers)
def test_exponential_halves_again_and_again(tau, k):
    schedule = Exponential(tau)
    assert schedule(k + tau) == pytest.approx(schedule(k) / 2, rel=1e-11, abs=1e-300)


@pytest.mark.parametrize("schedule", SCHEDULES)
@given(half_times, step_numbers)
def test_schedules_begin_at_1_and_fall_and_give_floats(schedule, tau, k):
    factor = schedule(tau)
    assert factor(0) == 1
    assert 0 <= factor(k + 1) <= factor(k) <= 1
    assert type(factor(k)) is float


@pytest.mark.parametrize("schedule", SCHEDULES)
@given(st.integers(1, 10**6))
def test_schedules_are_at_half_after_as_many_steps_as_they_say(schedule, tau):
    assert schedule(tau)(tau) == 0.5


def test_inverse_time_meets_the_conditions_of_robbins_and_monro():
    # between integrals: sum s >= tau log(1 + n/tau), without bound; sum s^2 <= 1 + tau for every n
    tau, n = 10, 100_000
    factors = np.array([InverseTime(tau)(k) for k in range(n)])
    assert factors.sum() >= tau * math.log(1 + n / tau) > 90
    assert np.sum(factors**2) <= 1 + tau


def test_with_exponential_a_run_comes_to_rest_on_the_way():
    # steps of 1, 1/2, 1/4, ... are 2 in all: from 10 down a slope of 1 no farther than 8
    rule = Scheduled(Plain(1.0), Exponential(half_after=1))
    path = descend(lambda x: 1.0, 10.0, rule=rule)
    assert path.outcome is Outcome.STALLED
    assert path.end == pytest.approx(8, abs=1e-14)


def test_with_inverse_time_no_place_is_out_of_reach():
    # 1 + 1/2 + 1/3 + ... is 6.79 after 500 steps and 7.49 after 1000
    rule = Scheduled(Plain(1.0), InverseTime(half_after=1))
    path = descend(lambda x: 1.0, 10.0, rule=rule, max_steps=1000)
    assert path.points[500] == pytest.approx(10 - 6.7928, abs=1e-4)
    assert path.points[1000] == pytest.approx(10 - 7.4855, abs=1e-4)


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize(
    ("half_after", "error", "rest"),
    [
        (0, ValueError, "above 0, got 0"),
        (-1, ValueError, "above 0, got -1"),
        (math.nan, ValueError, "finite, got nan"),
        (math.inf, ValueError, "finite, got inf"),
        ("10", TypeError, "a real number, got '10'"),
        (None, TypeError, "a real number, got None"),
        (True, TypeError, "a real number, got True"),
        (1j, TypeError, "a real number, got 1j"),
        ([10], TypeError, "a real number, got [10]"),
    ],
)
def test_half_times_are_checked(schedule, half_after, error, rest):
    with pytest.raises(error, match=f"^half_after must be {re.escape(rest)}$"):
        schedule(half_after)


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("four", [np.float32(4), np.array(4), Fraction(4)])
def test_numpy_numbers_and_fractions_are_half_times(schedule, four):
    factor = schedule(four)
    assert factor == schedule(4.0)
    assert type(factor.half_after) is float
    assert type(factor(1)) is float


@pytest.mark.parametrize("rule", [*RULES, scheduled_plain, scheduled_sign])
def test_the_steps_of_a_run_share_an_array_and_those_of_two_runs_do_not(rule):
    rule, start = rule(0.5), np.zeros(2)
    step, other = rule.begin(start), rule.begin(start)
    first = step(np.array([1.0, -2.0]))
    expected = first.copy()
    other(np.array([7.0, 7.0]))
    assert np.array_equal(first, expected)
    assert step(np.array([3.0, 4.0])) is first and not np.array_equal(first, expected)
