"""Rules turn gradients into displacements, and schedules make their steps smaller."""

import copy
import math
import re
from dataclasses import FrozenInstanceError, fields
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gdcore.descent import Outcome, descend
from gdcore.landscapes import absolute_value, bowl, parabola, root_loss, rosenbrock
from gdcore.rules import (
    Adam,
    Exponential,
    GradientDescent,
    InverseTime,
    LineSearch,
    Momentum,
    Nesterov,
    RMSProp,
    Scheduled,
    SignDescent,
)


def searching(learning_rate):
    return LineSearch(lambda x: np.vdot(x, x), learning_rate)


def steps_of(rule, x):
    """A function that turns one gradient after the other into steps, from a place on."""
    state = rule.init(x)

    def step(gradient):
        nonlocal state, x
        step, state = rule.update(gradient, state, x)
        x = x - step
        return step

    return step


FORGETFUL = [GradientDescent, SignDescent]
REMEMBERING = [Momentum, Nesterov, RMSProp, Adam, searching]
RULES = FORGETFUL + REMEMBERING
SCHEDULES = [InverseTime, Exponential]


def test_plain_by_hand():
    step = steps_of(GradientDescent(0.5), 0.0)
    assert step(3.0) == 1.5
    assert step(np.array([2.0, -4.0])).tolist() == [1.0, -2.0]


def test_sign_by_hand():
    step = steps_of(SignDescent(0.25), 0.0)
    assert [step(g) for g in (1e-300, -7.0, 0.0)] == [0.25, -0.25, 0.0]
    assert step(np.array([5.0, -0.1, 0.0])).tolist() == [0.25, -0.25, 0.0]


def test_sign_never_settles():
    # |x| from 0.625 in steps of 0.25: 0.625, 0.375, 0.125, -0.125, 0.125, ... for ever
    path = descend(absolute_value.gradient, 0.625, rule=SignDescent(0.25), max_steps=9)
    assert path.points[:3].tolist() == [0.625, 0.375, 0.125]
    assert path.points[3:].tolist() == [-0.125, 0.125] * 3 + [-0.125]
    assert path.outcome is Outcome.STEP_LIMIT


def test_sign_ignores_the_size_of_the_slope():
    steep = descend(lambda x: 1000 * x, 1.0, rule=SignDescent(0.1), max_steps=5)
    gentle = descend(parabola.gradient, 1.0, rule=SignDescent(0.1), max_steps=5)
    assert steep.points.tolist() == gentle.points.tolist()


def scheduled_plain(rate):
    return Scheduled(GradientDescent(rate), InverseTime(2))


def scheduled_sign(rate):
    # NumPy's own numbers are no reason to widen a step either
    return Scheduled(SignDescent(rate), lambda k: np.float64(0.5))


@pytest.mark.parametrize("rule", [*RULES, scheduled_plain, scheduled_sign])
def test_a_step_keeps_shape_and_precision_and_its_input(rule):
    for gradient in (np.float32([1, -2]), np.float64([1, -2]), np.float32(1), np.float64(1)):
        before = gradient.copy()
        step = steps_of(rule(0.1), np.zeros_like(gradient))(gradient)
        assert step.shape == gradient.shape and step.dtype == gradient.dtype
        assert np.array_equal(gradient, before)


@pytest.mark.parametrize("rule", FORGETFUL)
def test_numpy_numbers_are_real_numbers(rule):
    assert steps_of(rule(np.float32(0.5)), 0.0)(1.0) == 0.5
    assert steps_of(rule(np.array(0.5)), 0.0)(1.0) == 0.5
    assert steps_of(rule(Fraction(1, 2)), 0.0)(np.float32([1, -1])).tolist() == [0.5, -0.5]


@pytest.mark.parametrize(
    "recipe", [*(rule(0.1) for rule in RULES), InverseTime(2), Exponential(2), scheduled_plain(1)]
)
def test_a_recipe_cannot_be_changed(recipe):
    for field in fields(recipe):
        with pytest.raises(FrozenInstanceError):
            setattr(recipe, field.name, 0.5)


@pytest.mark.parametrize("rule", REMEMBERING)
def test_two_runs_share_no_memory(rule):
    rule, slope = rule(0.1), bowl(3).gradient
    alone, other = (descend(slope, start, rule=rule, max_steps=9) for start in ([3, 1], [1, 2]))
    x, y = np.array([3.0, 1.0]), np.array([1.0, 2.0])
    one, two = steps_of(rule, x), steps_of(rule, y)
    for _ in range(9):
        x, y = x - one(slope(x)), y - two(slope(y))
    assert np.array_equal(x, alone.end) and np.array_equal(y, other.end)


@pytest.mark.parametrize("rule", REMEMBERING)
def test_whole_numbers_are_places_too(rule):
    for start, gradient in ((4, 2.0), (np.array([4, 3]), np.array([2.0, 1.5]))):
        steps = [steps_of(rule(0.25), x) for x in (start, start * 1.0)]
        for _ in range(2):
            one, other = (np.asarray(step(gradient)).tolist() for step in steps)
            assert one == other != 0


@pytest.mark.parametrize("rule", REMEMBERING)
def test_one_coordinate_goes_as_a_number_does(rule):
    alone = descend(parabola.gradient, -4.0, rule=rule(0.1), max_steps=30)
    as_vector = descend(lambda x: 2 * x, [-4.0], rule=rule(0.1), max_steps=30)
    assert as_vector.points[:, 0].tolist() == alone.points.tolist()


@pytest.mark.parametrize("rule", REMEMBERING)
def test_float32_runs_stay_float32(rule):
    start = np.array([3, 1], np.float32)
    path = descend(lambda x: x, start, rule=rule(0.1), max_steps=20)
    assert path.points.dtype == path.gradients.dtype == np.float32
    wide = descend(lambda x: x, start.astype(float), rule=rule(0.1), max_steps=20)
    assert np.allclose(path.points, wide.points, rtol=1e-4)


@pytest.mark.parametrize("rule", REMEMBERING)
@pytest.mark.parametrize("start", [0.0, np.zeros(3)])
def test_on_level_ground_nothing_moves(rule, start):
    path = descend(lambda x: 0 * x, start, rule=rule(0.1))
    assert path.outcome is Outcome.STALLED and np.all(path.end == 0)


SHARES = {
    "momentum": lambda share: Momentum(0.1, momentum=share),
    "Nesterov's momentum": lambda share: Nesterov(0.1, momentum=share),
    "decay": lambda share: RMSProp(0.1, decay=share),
    "beta1": lambda share: Adam(0.1, beta1=share),
    "beta2": lambda share: Adam(0.1, beta2=share),
    "decrease": lambda share: LineSearch(parabola, decrease=share),
}


@pytest.mark.parametrize("name", SHARES)
def test_settings_are_kept_as_floats_so_that_they_widen_no_step(name):
    for share in (0, 0.5, np.float32(0.5), np.array(0.75), Fraction(1, 2), np.nextafter(1, 0)):
        kept = getattr(SHARES[name](share), name.split()[-1])
        assert type(kept) is float and kept == share
    for rule in (*RULES[:-1], RMSProp, Adam):
        assert type(rule(np.float64(0.5)).learning_rate) is float
    assert type(RMSProp(0.1, epsilon=Fraction(1, 4)).epsilon) is float
    assert type(Adam(0.1, epsilon=np.float64(0.25)).epsilon) is float
    assert type(LineSearch(parabola, np.float64(1), np.float64(0.5)).shrink) is float


class TestMomentum:
    def test_by_hand(self):
        # v = 4, 2 + 2 = 4, 2 - 4 = -2, -1 + 0 = -1; times 1/4
        step = steps_of(Momentum(0.25, momentum=0.5), 0.0)
        assert [float(step(g)) for g in (4.0, 2.0, -4.0, 0.0)] == [1.0, 1.0, -0.5, -0.25]

    def test_a_run_by_hand(self):
        # x^2 from 4: g = 8, v = 8; g = 0, v = 4; g = -4, v = -2; g = -2, v = -3; times 1/2
        path = descend(parabola.gradient, 4, rule=Momentum(0.5, momentum=0.5), max_steps=4)
        assert path.points.tolist() == [4, 0, -2, -1, 0.5]

    def test_a_steady_slope_is_followed_at_the_speed_of_the_geometric_sum(self):
        step = steps_of(Momentum(0.1, momentum=0.9), np.zeros(1))
        for k in range(1, 200):
            assert step(np.array([3.0]))[0] == pytest.approx(0.3 * (1 - 0.9**k) / 0.1, rel=1e-12)

    def test_on_a_parabola_it_follows_the_recurrence_of_two_places(self):
        # x' = (1 + beta - 2 eta) x - beta (the x before)
        x = descend(parabola.gradient, 1.0, rule=Momentum(0.1, momentum=0.8), max_steps=60).points
        assert np.allclose(x[2:], 1.6 * x[1:-1] - 0.8 * x[:-2], atol=1e-13)


class TestNesterov:
    def test_by_hand(self):
        # v = 4, 2 + 2 = 4, 2 - 4 = -2; g + v/2 = 6, 4, -5; times 1/4
        step = steps_of(Nesterov(0.25, momentum=0.5), 0.0)
        assert [float(step(g)) for g in (4.0, 2.0, -4.0)] == [1.5, 1.0, -1.25]

    def test_it_is_the_ball_that_looks_ahead(self):
        # The textbook's two sequences: the ball y, and the place x that it looks ahead to.
        path = descend(rosenbrock.gradient, [-1.2, 1.0], rule=Nesterov(1e-3, 0.8), max_steps=50)
        ball = before = x = np.array([-1.2, 1.0])
        for k in range(51):
            assert np.allclose(path.points[k], x, rtol=1e-10)
            before, ball = ball, x - 1e-3 * rosenbrock.gradient(x)
            x = ball + 0.8 * (ball - before)

    def test_a_restart_by_hand(self):
        # v = 4; 2 + 4 = 6; then -1 * 6 < 0: the plain step, v = 0; then v = -2 anew
        step = steps_of(Nesterov(0.25, momentum=0.5, restart=True), 0.0)
        assert [float(step(g)) for g in (4.0, 4.0, -1.0, -2.0)] == [1.5, 1.75, -0.25, -0.75]

    def test_a_restart_looks_at_all_coordinates_together(self):
        # g . v = 4 * 4 - 1 * 4 > 0 goes on, -4 * 6 + 1 * 1 < 0 begins anew
        step = steps_of(Nesterov(0.25, momentum=0.5, restart=True), np.zeros(2))
        step(np.array([4.0, 4.0]))
        assert step(np.array([4.0, -1.0])).tolist() == [1.75, -0.0 + 0.25 * (-1 + 0.5)]
        assert step(np.array([-4.0, 1.0])).tolist() == [-1.0, 0.25]

    def test_restarts_keep_the_loss_from_going_up_in_a_bowl(self):
        narrow = bowl(100)
        rise = [
            np.diff(
                descend(narrow.gradient, [-4, 1], rule=rule, max_steps=100).values(narrow)
            ).max()
            for rule in (Nesterov(0.01, 0.98), Nesterov(0.01, 0.98, restart=True))
        ]
        assert rise[0] > 0.01 and rise[1] <= 0


@pytest.mark.parametrize("rule", [Momentum, Nesterov])
def test_without_momentum_they_are_plain(rule):
    path = descend(rosenbrock.gradient, [-1.2, 1], rule=rule(1e-3, momentum=0), max_steps=50)
    plain = descend(rosenbrock.gradient, [-1.2, 1], rule=GradientDescent(1e-3), max_steps=50)
    assert np.array_equal(path.points, plain.points)


gradients = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30)


class TestRMSProp:
    def test_by_hand(self):
        # s = 1/4 of 16 = 4; 3/4 of 4 + 1/4 of 4 = 4; 3: roots 2, 2, 1.732...
        step = steps_of(RMSProp(0.5, decay=0.75, epsilon=1e-300), 0.0)
        assert [float(step(g)) for g in (4.0, -2.0)] == [1.0, -0.5]
        assert float(step(0.0)) == 0

    def test_epsilon_is_added_to_the_root(self):
        # s = 1/4 of 16, 4 / (2 + 6)
        assert float(steps_of(RMSProp(1.0, decay=0.75, epsilon=6), 0.0)(4.0)) == 0.5

    @given(gradients)
    def test_it_is_the_equation(self, slopes):
        s, step = 0.0, steps_of(RMSProp(0.1, decay=0.7, epsilon=1e-3), np.zeros(1))
        for g in slopes:
            s = 0.7 * s + (1 - 0.7) * g * g
            expected = 0.1 * g / (math.sqrt(s) + 1e-3)
            assert step(np.array([g]))[0] == pytest.approx(expected, rel=1e-12)

    def test_it_ends_by_hopping_half_a_rate_to_each_side(self):
        path = descend(parabola.gradient, -4.0, rule=RMSProp(0.25), max_steps=1000)
        assert np.allclose(np.abs(path.points[-9:]), 0.125, rtol=1e-6)
        assert np.all(path.points[-8:] * path.points[-9:-1] < 0)


class TestAdam:
    def test_by_hand(self):
        # beta1 = beta2 = 1/2: m = 2, 2; m^ = 4, 8/3; s = 8, 6; s^ = 16, 8
        step = steps_of(Adam(0.5, beta1=0.5, beta2=0.5, epsilon=1e-300), 0.0)
        assert float(step(4.0)) == 0.5
        assert float(step(2.0)) == pytest.approx(0.5 * (8 / 3) / math.sqrt(8), rel=1e-14)

    def test_epsilon_is_added_to_the_root(self):
        assert float(steps_of(Adam(1.0, epsilon=4), 0.0)(4.0)) == pytest.approx(0.5, rel=1e-14)

    @given(gradients)
    def test_it_is_the_equation(self, slopes):
        m = s = 0.0
        step = steps_of(Adam(0.1, beta1=0.8, beta2=0.9, epsilon=1e-3), np.zeros(1))
        for k, g in enumerate(slopes):
            m, s = 0.8 * m + (1 - 0.8) * g, 0.9 * s + (1 - 0.9) * g * g
            root = math.sqrt(s / (1 - 0.9 ** (k + 1))) + 1e-3
            expected = 0.1 * m / (1 - 0.8 ** (k + 1)) / root
            assert step(np.array([g]))[0] == pytest.approx(expected, rel=1e-9, abs=1e-12)

    @given(st.floats(1e-3, 1e6), st.floats(1e-3, 1e6))
    def test_the_first_step_is_the_rate_whatever_the_slope(self, up, down):
        step = steps_of(Adam(0.1), np.zeros(2))
        assert np.allclose(step(np.array([up, -down])), [0.1, -0.1], rtol=2e-5)


@pytest.mark.parametrize("rule", [RMSProp, Adam])
def test_a_slope_whose_square_is_no_number_stops_its_coordinate_only(rule):
    with np.errstate(over="ignore"):
        step = steps_of(rule(0.1), np.zeros(2))
        assert step(np.array([1e200, 1.0]))[0] == 0
        second = step(np.array([1.0, 1.0]))
    assert second[0] == 0 < second[1]


class TestLineSearch:
    def test_by_hand(self):
        # x^2 from 3, g = 6.  Rate 1 leads to -3, as high as 3; 1/2 leads to 0.
        asked = []

        def loss(x):
            asked.append(float(x))
            return x * x

        path = descend(parabola.gradient, 3.0, rule=LineSearch(loss), max_steps=1)
        assert path.points.tolist() == [3.0, 0.0]
        assert asked == [3.0, -3.0, 0.0]

    def test_it_looks_at_the_place_and_at_each_trial(self):
        # from 8: -4; from -4: 2; from 2: -1
        asked = []

        def loss(x):
            asked.append(float(x))
            return x * x

        descend(parabola.gradient, 8.0, rule=LineSearch(loss, 0.75), max_steps=3)
        assert asked == [8, -4, -4, 2, 2, -1]

    def test_it_sees_the_place_though_a_schedule_makes_its_steps_shorter(self):
        # x^2 from 8 with rate 3/4, of which half is taken: 8 - 6 = 2, 2 - 1.5 = 0.5
        rule = Scheduled(LineSearch(parabola, 0.75), lambda k: 0.5)
        run = descend(parabola.gradient, 8.0, rule=rule, max_steps=2)
        assert run.points.tolist() == [8, 2, 0.5]

    def test_each_step_tries_the_first_rate_anew(self):
        # x^2: rate 3/4 leads from x to -x/2, which is low enough each time
        path = descend(parabola.gradient, 8.0, rule=LineSearch(parabola, 0.75), max_steps=3)
        assert path.points.tolist() == [8.0, -4.0, 2.0, -1.0]

    def test_shrink_and_decrease_by_hand(self):
        # From 1, g = 2, the decrease promised is 4 rate.  Rate 3/4 leads to -1/2: 3/4 lower, a
        # quarter of 3.  Rate 3/8 leads to 1/4: 15/16 lower, 5/8 of 3/2.
        quarter = LineSearch(parabola, 0.75, decrease=0.25)
        more = LineSearch(parabola, 0.75, decrease=0.26)
        fourth = LineSearch(parabola, 0.75, shrink=0.25, decrease=0.26)
        assert float(steps_of(quarter, 1.0)(2.0)) == 1.5
        assert float(steps_of(more, 1.0)(2.0)) == 0.75
        assert float(steps_of(fourth, 1.0)(2.0)) == 0.375

    @pytest.mark.parametrize("start", [[-1.2, 1.0], [3.0, -2.0], [0.0, 0.0]])
    def test_it_knows_where_it_is_and_never_goes_up(self, start):
        accepted = []

        def loss(p):
            accepted.append(p.copy())
            return rosenbrock(p)

        path = descend(rosenbrock.gradient, start, rule=LineSearch(loss), max_steps=200)
        asked = {place.tobytes() for place in accepted}
        assert all(point.tobytes() in asked for point in path.points)
        assert np.all(np.diff(path.values(rosenbrock)) <= 0)
        decrease = -np.diff(path.values(rosenbrock))
        rate = np.linalg.norm(np.diff(path.points, axis=0), axis=1) / np.linalg.norm(
            path.gradients[:200], axis=1
        )
        promised = rate * np.sum(path.gradients[:200] ** 2, axis=1)
        assert np.all(decrease >= 1e-4 * promised * (1 - 1e-9) - 1e-12)

    def test_it_does_not_explode_where_plain_descent_does(self):
        path = descend(root_loss.gradient, 5.0, rule=LineSearch(root_loss), max_steps=100)
        assert path.end == pytest.approx(1, abs=1e-8)
        plain = descend(root_loss.gradient, 5.0, rule=GradientDescent(1.0), max_steps=100)
        assert plain.outcome is Outcome.DIVERGED

    @pytest.mark.parametrize(
        "loss",
        [lambda x: math.nan, lambda x: -x, lambda x: math.inf if x < 3 else x, lambda x: math.inf],
        ids=["no number", "uphill", "a wall", "high everywhere"],
    )
    def test_where_no_step_goes_down_far_enough_the_run_ends_as_stalled(self, loss):
        path = descend(lambda x: 2 * x, 3.0, rule=LineSearch(loss))
        assert path.outcome is Outcome.STALLED and path.points.tolist() == [3.0]

    def test_a_loss_beyond_the_floats_is_too_high(self):
        # From 2, the rate 1 leads to -198, where Python's own floats end.
        path = descend(
            lambda x: 100.0, 2.0, rule=LineSearch(lambda x: math.exp(x * x)), max_steps=1
        )
        assert -2 < path.end < 2

    def test_from_infinity_it_comes_down(self):
        path = descend(
            lambda x: 2 * x, 3.0, rule=LineSearch(lambda x: x if x < 3 else math.inf), max_steps=1
        )
        assert path.end == -3

    def test_slopes_whose_squares_float32_cannot_hold(self):
        start = np.array([3e4, 1.0], np.float32)
        path = descend(
            lambda p: 1e16 * p, start, rule=LineSearch(lambda p: 5e15 * (p @ p.astype(float)))
        )
        assert path.points.dtype == np.float32 and np.abs(path.end).max() < 1e-3

    @pytest.mark.parametrize("loss", [lambda x: "low", lambda x: [1.0], lambda x: None])
    def test_a_loss_that_is_no_number_is_named(self, loss):
        with pytest.raises(TypeError, match=r"loss must return one number, got"):
            descend(parabola.gradient, 1.0, rule=LineSearch(loss))


class TestScheduled:
    def test_plain_by_hand(self):
        # 1 / (1 + k/2) is 1, 2/3, 1/2, 2/5, ...; times the rate 1/2 and the gradients 4, 3, -8, 0
        step = steps_of(Scheduled(GradientDescent(0.5), InverseTime(half_after=2)), 0.0)
        assert [step(g) for g in (4.0, 3.0, -8.0, 0.0)] == [2.0, 1.0, -2.0, 0.0]

    def test_sign_by_hand(self):
        # 2^-k is 1, 1/2, 1/4; times the rate 1/2 and the signs
        step = steps_of(Scheduled(SignDescent(0.5), Exponential(half_after=1)), 0.0)
        gradients = np.array([[7.0, -1e-9], [-3.0, 0.0], [1e300, 2.0]])
        steps = [step(g).tolist() for g in gradients]
        assert steps == [[0.5, -0.5], [-0.25, 0.0], [0.125, 0.125]]

    def test_a_run_by_hand(self):
        # x^2 from 16: g = 2x, rates 1/4, 1/8, 1/16 keep 1/2, 3/4, 7/8 of x
        rule = Scheduled(GradientDescent(0.25), Exponential(half_after=1))
        path = descend(parabola.gradient, 16, rule=rule, max_steps=3)
        assert path.points.tolist() == [16, 8, 6, 5.25]

    def test_a_function_is_a_schedule_and_is_asked_once_a_step_from_0_on(self):
        asked = []

        def schedule(k):
            asked.append(k)
            return 2

        path = descend(
            lambda x: 1.0, 0, rule=Scheduled(GradientDescent(1.0), schedule), max_steps=4
        )
        assert path.points.tolist() == [0, -2, -4, -6, -8]
        assert asked == [0, 1, 2, 3]

    @pytest.mark.parametrize("rule", RULES[:-1])
    @pytest.mark.parametrize("schedule", SCHEDULES)
    def test_each_run_begins_anew(self, rule, schedule):
        scheduled = Scheduled(rule(0.25), schedule(half_after=3))
        one, other = (
            descend(parabola.gradient, 1.0, rule=scheduled, max_steps=9) for _ in range(2)
        )
        assert one.points.tolist() == other.points.tolist()

    def test_two_runs_at_a_time_do_not_count_each_other_s_steps(self):
        rule = Scheduled(GradientDescent(1.0), Exponential(half_after=1))
        one, other = steps_of(rule, 0.0), steps_of(rule, 0.0)
        assert [(one(1.0), other(1.0)) for _ in range(3)] == [(1, 1), (0.5, 0.5), (0.25, 0.25)]

    def test_the_other_rule_begins_where_the_run_does_and_once(self):
        starts = []

        class FromStart:
            def init(self, x):
                starts.append(x)
                return x

            def update(self, g, start, x):
                return start * g, start

        step = steps_of(Scheduled(FromStart(), InverseTime(half_after=1)), 6.0)
        assert [step(g) for g in (1.0, 1.0, 2.0)] == [6, 3, 4]
        assert starts == [6]

    def test_schedules_multiply(self):
        # 1, 1/2, 1/4 times 1, 1/2, 1/3
        inner = Scheduled(GradientDescent(1.0), Exponential(half_after=1))
        step = steps_of(Scheduled(inner, InverseTime(half_after=1)), 0.0)
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
        rule = Scheduled(GradientDescent(0.1), lambda k: factor if k == 2 else 1.0)
        assert descend(parabola.gradient, 1.0, rule=rule, max_steps=2).steps == 2
        with pytest.raises(error, match=f"schedule.* must .*, got {re.escape(repr(factor))}"):
            descend(parabola.gradient, 1.0, rule=rule, max_steps=3)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_there_is_no_step_before_the_first(schedule):
    assert schedule(2)(0) == 1
    with pytest.raises(ValueError, match=r"k must be at least 0, got -1$"):
        schedule(2)(-1)


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
    rule = Scheduled(GradientDescent(1.0), Exponential(half_after=1))
    path = descend(lambda x: 1.0, 10.0, rule=rule)
    assert path.outcome is Outcome.STALLED
    assert path.end == pytest.approx(8, abs=1e-14)


def test_with_inverse_time_no_place_is_out_of_reach():
    # 1 + 1/2 + 1/3 + ... is 6.79 after 500 steps and 7.49 after 1000
    rule = Scheduled(GradientDescent(1.0), InverseTime(half_after=1))
    path = descend(lambda x: 1.0, 10.0, rule=rule, max_steps=1000)
    assert path.points[500] == pytest.approx(10 - 6.7928, abs=1e-4)
    assert path.points[1000] == pytest.approx(10 - 7.4855, abs=1e-4)


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("four", [np.float32(4), np.array(4), Fraction(4)])
def test_numpy_numbers_and_fractions_are_half_times(schedule, four):
    factor = schedule(four)
    assert factor == schedule(4.0)
    assert type(factor.half_after) is float
    assert type(factor(1)) is float


@pytest.mark.parametrize("rule", [*RULES, scheduled_plain, scheduled_sign])
def test_a_rule_changes_nothing_that_it_is_given_or_has_given(rule):
    rule, x = rule(0.5), np.array([1.0, 2.0])
    states, steps = [rule.init(x)], []
    for g in np.array([[1.0, -2.0], [3.0, 4.0], [-5.0, 6.0]]):
        before = copy.deepcopy((g, states, x, steps))
        step, state = rule.update(g, states[-1], x)
        assert repr(before) == repr((g, states, x, steps))
        states.append(state)
        steps.append(step)
    # and the same again, from the middle on
    again, _ = rule.update(g, states[-2], x)
    assert np.array_equal(again, steps[-1])


class WeightDecay:
    """Each step also makes the place itself smaller."""

    def __init__(self, rule, decay):
        self.rule, self.decay = rule, decay

    def init(self, x):
        return self.rule.init(x)

    def update(self, g, state, x):
        step, state = self.rule.update(g, state, x)
        return step + self.decay * x, state


class Newton:
    """The step that leads to the minimum of the parabola that fits best."""

    def __init__(self, hessian):
        self.hessian = hessian

    def init(self, x):
        return None

    def update(self, g, state, x):
        return np.linalg.solve(self.hessian(x), g), state


def test_weight_decay_sees_the_place():
    # on level ground a quarter of the place goes with each step: 16, 12, 9
    rule = WeightDecay(Momentum(0.1), decay=0.25)
    run = descend(lambda x: 0 * x, [16.0, -16.0], rule=rule, max_steps=2)
    assert run.points.tolist() == [[16, -16], [12, -12], [9, -9]]


def test_newton_is_at_the_minimum_of_a_bowl_after_one_step():
    valley = bowl(100, rotation=0.3)
    run = descend(valley.gradient, [3.0, 1.0], rule=Newton(valley.hessian), max_steps=1)
    assert np.allclose(run.end, 0, atol=1e-13)


# The formulas of optax, as its documentation states them, on single numbers.


@pytest.mark.parametrize("settings", [{}, {"beta1": 0.5, "beta2": 0.75, "epsilon": 0.25}])
@given(slopes=gradients)
def test_adam_is_the_one_of_optax(settings, slopes):
    rule = Adam(0.1, **settings)
    b1, b2, eps = rule.beta1, rule.beta2, rule.epsilon
    mu = nu = 0.0
    step = steps_of(rule, 0.0)
    for count, g in enumerate(slopes, 1):
        mu = (1 - b1) * g + b1 * mu
        nu = (1 - b2) * g**2 + b2 * nu
        mu_hat, nu_hat = mu / (1 - b1**count), nu / (1 - b2**count)
        expected = 0.1 * mu_hat / (math.sqrt(nu_hat) + eps)
        assert step(np.float64(g)) == pytest.approx(expected, rel=1e-10, abs=1e-12)


@given(gradients)
def test_momentum_is_the_trace_of_optax(slopes):
    t, heavy, ahead = 0.0, steps_of(Momentum(0.1, 0.75), 0.0), steps_of(Nesterov(0.1, 0.75), 0.0)
    for g in slopes:
        t = g + 0.75 * t
        assert heavy(np.float64(g)) == pytest.approx(0.1 * t, rel=1e-12, abs=1e-12)
        assert ahead(np.float64(g)) == pytest.approx(0.1 * (g + 0.75 * t), rel=1e-12, abs=1e-12)


@given(gradients)
def test_rmsprop_is_the_one_of_optax_with_epsilon_outside_the_root(slopes):
    nu, step = 0.0, steps_of(RMSProp(0.1, decay=0.75, epsilon=0.5), 0.0)
    for g in slopes:
        nu = 0.25 * g**2 + 0.75 * nu
        assert step(np.float64(g)) == pytest.approx(0.1 * g / (math.sqrt(nu) + 0.5), rel=1e-12)
