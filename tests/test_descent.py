"""The loop, its outcomes and its stopping rules."""

import io
import math
import os
import subprocess
import sys
import tracemalloc
import warnings
from dataclasses import FrozenInstanceError, fields
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gdcore.derivatives import forward_difference
from gdcore.descent import (
    NEVER,
    AnyOf,
    GradientBelow,
    LossChangeBelow,
    Outcome,
    StepBelow,
    StoppingRule,
    _progress,
    descend,
)
from gdcore.landscapes import bowl, parabola, quadratic, root_loss
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


def test_three_steps_by_hand():
    # x^2 from 8 with rate 1/4: g = 2x, so x - g/4 = x/2.  Halving is exact in binary.
    path = descend(parabola.gradient, 8, rule=GradientDescent(0.25), max_steps=3)
    assert path.points.tolist() == [8, 4, 2, 1]
    assert path.gradients.tolist() == [16, 8, 4]
    assert (path.steps, path.start, path.end) == (3, 8.0, 1.0)
    assert path.outcome is Outcome.STEP_LIMIT
    assert path.values(parabola).tolist() == [64, 16, 4, 1]


def test_two_dimensions_by_hand():
    # (3x^2 + y^2)/2 from (1, 1) with rate 1/2: g = (3x, y).
    # (1, 1) - (3, 1)/2 = (-1/2, 1/2);  (-1/2, 1/2) - (-3/2, 1/2)/2 = (1/4, 1/4).
    path = descend(lambda x: np.array([3, 1]) * x, [1, 1], rule=GradientDescent(0.5), max_steps=2)
    assert path.points.tolist() == [[1, 1], [-0.5, 0.5], [0.25, 0.25]]
    assert path.gradients.tolist() == [[3, 1], [-1.5, 0.5]]
    assert path.end.tolist() == [0.25, 0.25]


class TestFirstRunOfTheBook:
    """x^2 from -4: the very floats of the article that the book retells."""

    def test_small_rate(self):
        path = descend(
            parabola.gradient, -4.0, rule=GradientDescent(0.1), stop=LossChangeBelow(1e-5, parabola)
        )
        assert len(path.points) == 32 and len(path.gradients) == 31
        assert path.points[:8].tolist() == [
            -4,
            -3.2,
            -2.56,
            -2.048,
            -1.6384,
            -1.31072,
            -1.0485760000000002,
            -0.8388608000000002,
        ]
        assert path.points[-2:].tolist() == [-0.004951760157141522, -0.003961408125713218]
        assert path.gradients[6] == -2.0971520000000003
        assert path.gradients[-1] == -0.009903520314283045

    def test_large_rate(self):
        path = descend(
            parabola.gradient, -4.0, rule=GradientDescent(0.8), stop=LossChangeBelow(1e-2, parabola)
        )
        assert len(path.points) == 9
        assert path.gradients.tolist() == [
            -8,
            4.800000000000001,
            -2.880000000000001,
            1.7280000000000006,
            -1.0368000000000004,
            0.6220800000000004,
            -0.37324800000000025,
            0.22394880000000017,
        ]


class TestOutcomes:
    def test_cycle_runs_into_the_step_limit(self):
        path = descend(parabola.gradient, -4, rule=GradientDescent(1.0), max_steps=7)
        assert path.points.tolist() == [-4, 4] * 4
        assert path.outcome is Outcome.STEP_LIMIT

    def test_arrival_is_a_stall_without_a_rule(self):
        # rate 1/2 jumps to 0, where the slope is 0 and nothing moves any more
        path = descend(parabola.gradient, -4, rule=GradientDescent(0.5))
        assert path.points.tolist() == [-4, 0]
        assert path.gradients.tolist() == [-8, 0]
        assert path.outcome is Outcome.STALLED

    def test_frozen_run(self):
        # sources: forward differences with h = 1e-8 freeze where x + h == x
        path = descend(
            lambda x: forward_difference(root_loss, x, 1e-8),
            5,
            rule=GradientDescent(0.01),
            max_steps=500,
        )
        assert path.end == 18389726364.220005
        assert path.outcome is Outcome.STALLED
        assert "0.0" in path.reason

    def test_stall_with_a_slope_that_is_not_zero(self):
        # the step 1e-20 is below half the gap between floats near 1
        path = descend(lambda x: 1.0, 1.0, rule=GradientDescent(1e-20))
        assert path.outcome is Outcome.STALLED and path.steps == 0

    def test_overflow_of_the_gradient(self):
        # |x_k| = 4 * 1.2^k; 2x leaves the floats once |x| > 8.98e307, first at k = 3882
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            path = descend(parabola.gradient, -4, rule=GradientDescent(1.1), max_steps=5000)
        assert path.outcome is Outcome.DIVERGED
        assert path.steps == 3882 and np.all(np.isfinite(path.points))

    def test_overflow_of_the_step(self):
        path = descend(lambda x: -1e308, 1e308, rule=GradientDescent(2.0))
        assert path.outcome is Outcome.DIVERGED and path.points.tolist() == [1e308]

    @pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
    def test_gradient_that_is_not_finite(self, bad):
        path = descend(lambda x: bad, 1.0, rule=GradientDescent(0.1))
        assert path.outcome is Outcome.DIVERGED
        assert path.points.tolist() == [1.0] and path.gradients.shape == (0,)

    @pytest.mark.parametrize("bad", [math.nan, math.inf])
    def test_one_coordinate_that_is_not_finite_is_enough(self, bad):
        path = descend(lambda x: [0.5, bad], [1.0, 2.0], rule=GradientDescent(0.1))
        assert path.outcome is Outcome.DIVERGED and path.gradients.shape == (0, 2)

    def test_one_coordinate_that_overflows_in_a_step_is_enough(self):
        path = descend(lambda x: [0.5, -1e308], [1.0, 1e308], rule=GradientDescent(2.0))
        assert path.outcome is Outcome.DIVERGED and path.steps == 0

    def test_a_thousand_steps_are_the_limit_by_default(self):
        path = descend(lambda x: 1.0, 0.0, rule=GradientDescent(1.0))
        assert path.end == -1000
        assert path.outcome is Outcome.STEP_LIMIT

    def test_overflow_inside_python_is_a_divergence_too(self):
        path = descend(lambda x: math.exp(float(x)), 800.0, rule=GradientDescent(0.1))
        assert path.outcome is Outcome.DIVERGED

    def test_overflow_of_the_loss_is_no_exception(self):
        stop = LossChangeBelow(1e-5, lambda x: math.exp(x))
        path = descend(lambda x: -x, 1.0, rule=GradientDescent(1.0), stop=stop, max_steps=50)
        assert path.outcome is Outcome.STEP_LIMIT and path.end == 2.0**50
        assert path.values(math.exp)[[0, -1]].tolist() == [math.e, math.inf]

    def test_no_steps(self):
        path = descend(lambda x: x, [1.0, 2.0], rule=GradientDescent(0.1), max_steps=0)
        assert path.points.shape == (1, 2) and path.gradients.shape == (0, 2)
        assert path.outcome is Outcome.STEP_LIMIT


def dealt(gradients):
    """A gradient that does not look at the place, but takes one of a list after the other."""
    supply = iter(gradients)
    return lambda x: next(supply)


class TestStallAfter:
    """A gradient that is 0 now and then, as that of a random batch may be."""

    def run(self, gradients, start=0.0, **options):
        return descend(dealt(gradients), start, rule=GradientDescent(1.0), **options)

    def test_by_default_the_first_step_that_changes_nothing_is_the_end(self):
        for options in ({}, {"stall_after": 1}):
            path = self.run([-1, -1, 0, -1], **options)
            assert path.points.tolist() == [0, 1, 2]
            assert path.gradients.tolist() == [-1, -1, 0]
            assert path.outcome is Outcome.STALLED

    def test_still_steps_count_anew_after_a_move(self):
        # two still steps, a move, a still step, a move, and then the third of three still steps
        path = self.run([0, 0, -1, 0, -1, 0, 0, 0], stall_after=3)
        assert path.points.tolist() == [0, 0, 0, 1, 1, 2, 2, 2]
        assert path.gradients.tolist() == [0, 0, -1, 0, -1, 0, 0, 0]
        assert path.outcome is Outcome.STALLED

    def test_the_still_step_that_ends_the_run_is_not_one_of_its_steps(self):
        # as by default: a point for each gradient, the last of which led nowhere
        for stall_after in 1, 2, 5:
            path = self.run([0] * stall_after, stall_after=stall_after)
            assert path.steps == stall_after - 1
            assert len(path.points) == len(path.gradients) == stall_after
            assert path.outcome is Outcome.STALLED

    def test_still_steps_count_towards_the_limit(self):
        path = self.run([0] * 4, stall_after=5, max_steps=4)
        assert path.points.tolist() == [0] * 5
        assert path.outcome is Outcome.STEP_LIMIT
        assert self.run([0] * 4, stall_after=4, max_steps=4).outcome is Outcome.STALLED

    def test_a_gradient_that_is_0_at_random_goes_on(self):
        # chances of a half: 20 zeros in a row among 200 have one of about 1 in 10 000
        def sometimes_level(x):
            return rng.integers(2) * x

        rng = np.random.default_rng(0)
        impatient = descend(sometimes_level, 1.0, rule=GradientDescent(0.5))
        assert impatient.outcome is Outcome.STALLED and impatient.steps < 20

        rng = np.random.default_rng(0)
        patient = descend(
            sometimes_level, 1.0, rule=GradientDescent(0.5), max_steps=200, stall_after=20
        )
        assert patient.outcome is Outcome.STEP_LIMIT and patient.steps == 200
        moves = np.count_nonzero(np.diff(patient.points))
        assert 70 < moves < 130  # 100, give or take four times sqrt(200)/2
        assert patient.end == 0.5**moves

    def test_a_move_along_one_axis_is_a_move(self):
        sideways = [[1, 0], [0, 0], [0, 1], [0, 0], [1, 0], [0, 0], [0, 0]]
        path = self.run(sideways, start=[0.0, 0.0], stall_after=2)
        assert path.steps == 6
        assert path.end.tolist() == [-2, -1]

    def test_a_step_below_the_gap_between_floats_is_a_still_one(self):
        path = self.run([1e-20, -1e-20, 1e-20], start=1.0, stall_after=3)
        assert path.points.tolist() == [1, 1, 1]
        assert path.outcome is Outcome.STALLED

    def test_a_stopping_rule_sees_the_still_steps_before_the_last(self):
        path = self.run([-1, 0], stop=StepBelow(0.5), stall_after=2)
        assert path.points.tolist() == [0, 1, 1]
        assert path.outcome is Outcome.STOPPED

    @given(st.text("01"), st.integers(1, 5))
    def test_it_ends_where_so_many_zeros_stand_in_a_row(self, digits, stall_after):
        path = self.run(map(int, digits), stall_after=stall_after, max_steps=len(digits))
        found = digits.find("0" * stall_after)
        if found == -1:
            assert path.outcome is Outcome.STEP_LIMIT and path.steps == len(digits)
        else:
            assert path.outcome is Outcome.STALLED and path.steps == found + stall_after - 1
        assert path.end == -digits[: path.steps].count("1")


def test_a_path_stays_as_it_is_and_is_like_no_other():
    one, other = (descend(parabola.gradient, 1.0, rule=GradientDescent(0.25)) for _ in range(2))
    assert one != other
    with pytest.raises(FrozenInstanceError):
        one.outcome = Outcome.STOPPED


class TestStoppingRules:
    # x^2 from 1 with rate 1/4: x = 1, 1/2, 1/4, 1/8 ...; g = 2, 1, 1/2, 1/4 ...
    def run(self, stop):
        return descend(parabola.gradient, 1.0, rule=GradientDescent(0.25), stop=stop)

    def test_gradient_below_stops_where_the_gradient_was_seen(self):
        path = self.run(GradientBelow(0.6))
        assert path.points.tolist() == [1, 0.5, 0.25]
        assert path.gradients.tolist() == [2, 1, 0.5]
        assert path.outcome is Outcome.STOPPED

    def test_the_bound_itself_is_not_below(self):
        assert self.run(GradientBelow(0.5)).end == 0.125
        assert self.run(StepBelow(0.25)).end == 0.125  # steps 1/2, 1/4, 1/8
        assert self.run(LossChangeBelow(0.1875, parabola)).end == 0.125  # 3/4, 3/16, 3/64

    def test_step_below(self):
        assert self.run(StepBelow(0.26)).points.tolist() == [1, 0.5, 0.25]

    def test_loss_change_below(self):
        assert self.run(LossChangeBelow(0.19, parabola)).points.tolist() == [1, 0.5, 0.25]

    def test_loss_that_rises_counts_by_its_size(self):
        path = descend(
            parabola.gradient,
            1.0,
            rule=GradientDescent(2.0),
            stop=LossChangeBelow(1, parabola),
            max_steps=3,
        )
        assert path.points.tolist() == [1, -3, 9, -27]

    def test_false_stop(self):
        path = descend(
            parabola.gradient, -4, rule=GradientDescent(1.0), stop=LossChangeBelow(1e-5, parabola)
        )
        assert path.points.tolist() == [-4, 4] and path.outcome is Outcome.STOPPED

    def test_first_of_several(self):
        path = self.run(AnyOf(StepBelow(1e-3), GradientBelow(0.6)))
        assert "gradient" in path.reason and path.end == 0.25

    def test_any_of_asks_in_order(self):
        # the step from 1 to 1/2 is below both bounds
        assert "length" in self.run(AnyOf(StepBelow(1), LossChangeBelow(1, parabola))).reason
        assert "loss" in self.run(AnyOf(LossChangeBelow(1, parabola), StepBelow(1))).reason

    def test_sizes_whose_squares_are_no_floats(self):
        # 1e-200 squared is 0 in floats, 1e200 squared is infinite
        tiny = descend(
            lambda x: [1e-200], [1.0], rule=GradientDescent(0.1), stop=GradientBelow(1e-250)
        )
        assert tiny.outcome is Outcome.STALLED
        huge = descend(
            lambda x: [1e200, 1e200],
            [1.0, 1.0],
            rule=GradientDescent(1.0),
            stop=GradientBelow(1e300),
        )
        assert huge.outcome is Outcome.STOPPED

    def test_a_level_place_has_a_gradient_of_size_0(self):
        path = descend(lambda x: 0.0, 1.0, rule=GradientDescent(0.1), stop=GradientBelow(0.5))
        assert path.reason == "gradient of size 0 < 0.5"

    @pytest.mark.parametrize(
        ("stop", "words"),
        [
            (GradientBelow(0.5), "GradientBelow(tolerance=0.5)"),
            (StepBelow(0.5), "StepBelow(tolerance=0.5)"),
            (LossChangeBelow(0.5, abs), f"LossChangeBelow(tolerance=0.5, loss={abs!r})"),
            (AnyOf(StepBelow(0.5)), "AnyOf(rules=(StepBelow(tolerance=0.5),))"),
        ],
    )
    def test_a_rule_says_what_it_is_and_does_not_change(self, stop, words):
        assert repr(stop) == words
        with pytest.raises(FrozenInstanceError):
            setattr(stop, fields(stop)[0].name, 1)

    def test_vector_norms(self):
        # |(3, 4)| = 5
        stop = GradientBelow(5.1)
        assert descend(lambda x: x, [3.0, 4.0], rule=GradientDescent(0.1), stop=stop).steps == 0
        assert (
            descend(
                lambda x: x, [3.0, 4.0], rule=GradientDescent(0.1), stop=GradientBelow(5.0)
            ).steps
            == 1
        )


class TestHygiene:
    def test_the_start_is_copied(self):
        start = np.array([1.0, 2.0])
        path = descend(lambda x: x, start, rule=GradientDescent(0.5), max_steps=2)
        assert start.tolist() == [1.0, 2.0]
        start[0] = 99
        assert path.start.tolist() == [1.0, 2.0]

    def test_a_gradient_may_fill_one_array_again_and_again(self):
        g = np.empty(2)

        def gradient(x):
            g[:] = 2 * x
            return g

        path = descend(gradient, [4.0, 8.0], rule=GradientDescent(0.25), max_steps=2)
        assert path.gradients.tolist() == [[8, 16], [4, 8]]

    def test_a_path_cannot_be_written_to(self):
        path = descend(lambda x: x, 1.0, rule=GradientDescent(0.5), max_steps=1)
        for array in path.points, path.gradients, path.iterations:
            with pytest.raises(ValueError, match="read-only"):
                array[0] = 0

    def test_float32_stays_float32(self):
        path = descend(
            lambda x: 2 * x, np.ones(2, np.float32), rule=GradientDescent(0.1), max_steps=2
        )
        assert path.points.dtype == path.gradients.dtype == np.float32

    def test_float32_stays_float32_whatever_the_gradient_and_the_rate_are(self):
        start = np.ones(2, np.float32)
        path = descend(
            lambda x: np.float64([2, 2]), start, rule=GradientDescent(np.float64(0.1)), max_steps=2
        )
        assert path.points.dtype == path.gradients.dtype == np.float32

    def test_a_gradient_cannot_change_the_path(self):
        def meddling(x):
            x *= 2
            return x

        with pytest.raises(ValueError, match="read-only"):
            descend(meddling, [1.0, 2.0], rule=GradientDescent(0.1))

    def test_a_gradient_cannot_change_the_start(self):
        def meddling(x):
            x[0] = 99
            return x

        with pytest.raises(ValueError, match="read-only"):
            descend(meddling, [1.0, 2.0], rule=GradientDescent(0.1), max_steps=1)

    def test_a_rule_cannot_change_the_path(self):
        class Meddling:
            def init(self, x):
                return None

            def update(self, g, state, x):
                g *= 0.1
                return g, state

        with pytest.raises(ValueError, match="read-only"):
            descend(lambda x: 2 * x, [1.0, 2.0], rule=Meddling())

    def test_a_step_of_another_shape_is_refused(self):
        class Wide:
            def init(self, x):
                return None

            def update(self, g, state, x):
                return np.ones(2), state

        with pytest.raises(ValueError, match=r"the step has shape \(2,\) at a point of shape \(\)"):
            descend(lambda x: 2 * x, 1.0, rule=Wide())

    def test_large_whole_numbers_and_fractions_are_numbers(self):
        assert descend(lambda x: x, 10**20, rule=GradientDescent(0.5), max_steps=0).end == 1e20
        assert (
            descend(lambda x: x, Fraction(1, 2), rule=GradientDescent(0.5), max_steps=0).end == 0.5
        )

    def test_integers_become_floats(self):
        assert descend(
            lambda x: 2 * x, [3, 4], rule=GradientDescent(0.25), max_steps=1
        ).end.tolist() == [
            1.5,
            2,
        ]

    def test_repr_says_how_it_ended(self):
        path = descend(parabola.gradient, 1.0, rule=GradientDescent(0.25), max_steps=2)
        assert repr(path) == "Run(2 steps from 1.0 to 0.25,\n    step limit: 2 steps made)"


@pytest.mark.parametrize("wrong", [None, [1.0, 2.0], np.ones(1), "high", np.ma.array(1.0)])
def test_loss_must_be_one_number(wrong):
    stop = LossChangeBelow(1e-5, lambda x: wrong)
    with pytest.raises(TypeError, match="descend: loss must return one number, got"):
        descend(parabola.gradient, 1.0, rule=GradientDescent(0.1), stop=stop)
    run = descend(parabola.gradient, 1.0, rule=GradientDescent(0.1), max_steps=1)
    with pytest.raises(TypeError, match=r"Run\.values: function must return one number, got"):
        run.values(lambda x: wrong)


class TestGradientsThatAreNone:
    @pytest.mark.parametrize(
        ("wrong", "error", "message"),
        [
            ([1.0, 2.0], ValueError, r"gradient has shape \(2,\) at a point of shape \(\)"),
            ("up", TypeError, "gradient must hold real numbers"),
            (None, TypeError, "gradient must hold real numbers"),
            (np.ma.array(1.0), TypeError, "gradient must not be masked"),
        ],
    )
    def test_what_is_returned_is_named(self, wrong, error, message):
        with pytest.raises(error, match=f"^descend: {message}"):
            descend(lambda x: wrong, 1.0, rule=GradientDescent(0.1))

    def test_a_masked_gradient_is_refused_and_not_filled(self):
        masked = np.ma.array([1.0, 2.0], mask=[False, True])
        with pytest.raises(TypeError, match="gradient must not be masked"):
            descend(lambda x: masked, [1.0, 1.0], rule=GradientDescent(0.1))


class TestOverflow:
    @pytest.mark.parametrize(
        "arithmetic",
        [
            lambda x: math.exp(1000),
            lambda x: float(x) ** 1000,
            lambda x: 10**400 / 3,
            lambda x: 10**400 * 1.0,
            lambda x: abs(1.7e308 + 1.7e308j),
        ],
    )
    def test_arithmetic_beyond_the_floats_is_a_divergence(self, arithmetic):
        run = descend(arithmetic, 800.0, rule=GradientDescent(0.1))
        assert run.outcome is Outcome.DIVERGED and run.steps == 0
        run = descend(lambda x: -x, 800.0, rule=GradientDescent(0.1), max_steps=2)
        assert run.values(arithmetic).tolist() == [math.inf] * 3

    @pytest.mark.parametrize(
        "other",
        [
            lambda: int(math.inf),
            lambda: np.array([2**70], np.int64),
            lambda: (1).to_bytes(0, "big"),
            lambda: [0] * sys.maxsize * 2,
        ],
    )
    def test_any_other_overflow_is_raised(self, other):
        with pytest.raises((OverflowError, MemoryError)) as caught:
            other()
        for vector in (1.0, [1.0, 2.0]):
            with pytest.raises(caught.type):
                descend(lambda x: other(), vector, rule=GradientDescent(0.1))

    @pytest.mark.parametrize("arguments", [(), ("the queue is full",), (None,)])
    def test_so_is_one_of_the_gradient_s_own(self, arguments):
        def gradient(x):
            raise OverflowError(*arguments)

        with pytest.raises(OverflowError):
            descend(gradient, 1.0, rule=GradientDescent(0.1))
        run = descend(parabola.gradient, 1.0, rule=GradientDescent(0.1), max_steps=1)
        with pytest.raises(OverflowError):
            run.values(gradient)


class TestWhatIsHandedOutStays:
    """Whoever keeps a point or a gradient finds it unchanged later."""

    @pytest.mark.parametrize("start", [[8.0, 4.0], 8.0])
    def test_points_and_gradients_in_a_stopping_rule_and_in_a_rule(self, start):
        class Keeps(StoppingRule):
            def __init__(self):
                self.before, self.after = [], []

            def before_step(self, x, gradient, k):
                self.before.append((x, gradient))
                return ""

            def after_step(self, previous, x, k):
                self.after.append((previous, x))
                return ""

        class KeepsToo:
            def __init__(self):
                self.seen = []

            def init(self, x):
                return None

            def update(self, g, state, x):
                self.seen.append((x, g))
                return 0.25 * g, state

        buffer = np.zeros(np.shape(start))

        def gradient(x):
            np.multiply(2, x, out=buffer)
            return buffer

        stop, rule = Keeps(), KeepsToo()
        run = descend(gradient, start, rule=rule, stop=stop, max_steps=6)
        pairs = [*zip(run.points[:-1].tolist(), run.gradients.tolist(), strict=True)]
        assert [(x.tolist(), g.tolist()) for x, g in stop.before] == pairs
        assert [(x.tolist(), g.tolist()) for x, g in rule.seen] == pairs
        steps = [*zip(run.points[:-1].tolist(), run.points[1:].tolist(), strict=True)]
        assert [(a.tolist(), b.tolist()) for a, b in stop.after] == steps


class TestInterrupted:
    @pytest.mark.parametrize(
        "error", [KeyboardInterrupt(), ValueError("no more data"), StopIteration()]
    )
    @pytest.mark.parametrize(("every", "kept"), [(1, [0, 1, 2, 3]), (2, [0, 2, 3]), (9, [0, 3])])
    def test_the_run_so_far_travels_with_the_exception(self, error, every, kept):
        def gradient(x):
            if x == 1:
                raise error
            return 2 * x

        rule = GradientDescent(0.25)
        with pytest.raises(type(error)) as caught:
            descend(gradient, 8.0, rule=rule, record_every=every)
        assert caught.value is error
        run = error.run
        assert run.iterations.tolist() == kept and run.points.tolist() == [8 / 2**k for k in kept]
        assert run.gradients.tolist() == [16 / 2**k for k in kept if k < 3 and k % every == 0]
        assert run.outcome is Outcome.INTERRUPTED and run.reason == repr(error)
        assert any("(3 steps)" in note for note in error.__notes__)
        del error.__notes__

    def test_a_run_goes_on_after_an_interruption(self):
        rule, left = Momentum(0.1), iter(range(7))

        def gradient(x):
            if next(left, None) is None:
                raise KeyboardInterrupt
            return 2 * x

        with pytest.raises(KeyboardInterrupt) as caught:
            descend(gradient, -4.0, rule=rule, max_steps=20)
        run = caught.value.run
        assert run.steps == 7
        more = descend(parabola.gradient, run.end, rule=rule, max_steps=13, state=run.state)
        whole = descend(parabola.gradient, -4.0, rule=rule, max_steps=20)
        assert [*run.points, *more.points[1:]] == whole.points.tolist()

    def test_an_exception_in_the_rule_or_the_stopping_rule_too(self):
        class Fails(StoppingRule):
            def after_step(self, previous, x, k):
                return 0 * str(1 / (k - 3))

        with pytest.raises(ZeroDivisionError) as caught:
            descend(parabola.gradient, 8.0, rule=GradientDescent(0.25), stop=Fails())
        assert caught.value.run.points.tolist() == [8.0, 4.0, 2.0, 1.0]

    def test_a_bad_argument_carries_no_run(self):
        with pytest.raises(TypeError) as caught:
            descend(parabola.gradient, 8.0, rule=GradientDescent(0.25), max_steps="9")
        assert not hasattr(caught.value, "run")


LONG_RULES = {
    "plain": GradientDescent(0.02),
    "sign": SignDescent(0.02),
    "momentum": Momentum(0.02),
    "Nesterov": Nesterov(0.02, restart=True),
    "RMSProp": RMSProp(0.02),
    "Adam": Adam(0.02),
    "line search": LineSearch(bowl(5)),
    "a schedule": Scheduled(Adam(0.05), InverseTime(half_after=20)),
    "two schedules": Scheduled(Scheduled(Momentum(0.05), Exponential(30)), InverseTime(20)),
}


class TestARunGoesOn:
    @pytest.mark.parametrize("rule", LONG_RULES.values(), ids=LONG_RULES)
    @pytest.mark.parametrize("dtype", [np.float64, np.float32])
    def test_50_steps_and_50_are_100(self, rule, dtype):
        valley = bowl(5)
        start = np.array([3.0, -2.0], dtype)
        whole = descend(valley.gradient, start, rule=rule, max_steps=100, stall_after=100)
        half = descend(valley.gradient, start, rule=rule, max_steps=50, stall_after=100)
        more = descend(
            valley.gradient, half.end, rule=rule, max_steps=50, stall_after=100, state=half.state
        )
        assert np.array_equal([*half.points, *more.points[1:]], whole.points)
        assert more.points.dtype == dtype

    @pytest.mark.parametrize("number", [np.float64(3), np.float32(3)])
    def test_a_number_keeps_its_precision(self, number):
        run = descend(parabola.gradient, number, rule=Momentum(0.1), max_steps=3)
        more = descend(parabola.gradient, run.end, rule=Momentum(0.1), max_steps=3, state=run.state)
        whole = descend(parabola.gradient, number, rule=Momentum(0.1), max_steps=6)
        assert more.points.dtype == number.dtype and more.end == whole.end

    def test_it_goes_on_from_wherever_it_stopped(self):
        rule, whole = Momentum(0.02), descend(parabola.gradient, 4.0, rule=Momentum(0.02))
        for stop in GradientBelow(2.0), StepBelow(0.2):
            half = descend(parabola.gradient, 4.0, rule=rule, stop=stop)
            assert half.outcome is Outcome.STOPPED
            more = descend(parabola.gradient, half.end, rule=rule, state=half.state)
            assert more.points[1] == whole.points[half.steps + 1]

    def test_a_state_that_is_given_is_not_begun_anew(self):
        class Counts:
            def init(self, x):
                return 0

            def update(self, g, state, x):
                return g, state + 1

        run = descend(lambda x: 1.0, 0.0, rule=Counts(), max_steps=3)
        assert run.state == 3
        assert descend(lambda x: 1.0, 0.0, rule=Counts(), max_steps=3, state=run.state).state == 6


class TestOwnStoppingRules:
    @pytest.mark.parametrize("method", ["before_step", "after_step"])
    def test_a_reason_is_in_words(self, method):
        class AtTheThird(StoppingRule):
            pass

        setattr(AtTheThird, method, lambda self, x, gradient, k: k == 3)
        with pytest.raises(
            TypeError, match=f"descend: {method} must return .*, got True"
        ) as caught:
            descend(parabola.gradient, -4.0, rule=GradientDescent(0.1), stop=AtTheThird())
        assert caught.value.run.steps == 3


class TestStatefulStoppingRules:
    class AfterSteps(StoppingRule):
        """A rule with a memory: it counts."""

        def begin(self):
            self.left = 3

        def after_step(self, previous, x, k):
            self.left -= 1
            return "" if self.left else "three steps"

    @pytest.mark.parametrize("wrap", [lambda stop: stop, lambda stop: AnyOf(NEVER, AnyOf(stop))])
    def test_it_begins_anew_with_each_run(self, wrap):
        stop = wrap(self.AfterSteps())
        for _ in range(3):
            run = descend(parabola.gradient, 1.0, rule=GradientDescent(0.1), stop=stop)
            assert run.steps == 3 and run.reason == "three steps"

    @pytest.mark.parametrize("wrap", [lambda stop: stop, AnyOf])
    def test_it_knows_the_number_of_the_step(self, wrap):
        class Numbers(StoppingRule):
            def begin(self):
                self.before, self.after = [], []

            def before_step(self, x, gradient, k):
                self.before.append((k, x))
                return "at last" if k == 3 else ""

            def after_step(self, previous, x, k):
                self.after.append((k, x))
                return ""

        stop = Numbers()
        for _ in range(2):
            run = descend(lambda x: -1.0, 0.0, rule=GradientDescent(1.0), stop=wrap(stop))
            assert run.steps == 3
            assert stop.before == [(0, 0), (1, 1), (2, 2), (3, 3)]
            assert stop.after == [(1, 1), (2, 2), (3, 3)]


# Any parabola with its minimum m, any factor q per step: the learning rate is (1 - q) / L.
curvatures = st.floats(1e-3, 1e3)
minima = st.floats(-100, 100)
distances = st.floats(1e-3, 100) | st.floats(-100, -1e-3)


def run_on_parabola(curvature, minimum, distance, q, steps):
    bowl = quadratic(curvature / 2, -curvature * minimum, 0.0)
    rate = (1 - q) / curvature
    path = descend(bowl.gradient, minimum + distance, rule=GradientDescent(rate), max_steps=steps)
    return path, (path.points - minimum), q ** np.arange(path.steps + 1) * distance


@given(curvatures, minima, distances, st.floats(-0.99, 0.99))
def test_below_the_boundary_any_parabola_converges_at_the_predicted_rate(L, m, d, q):
    path, measured, predicted = run_on_parabola(L, m, d, q, steps=200)
    assert path.outcome in (Outcome.STEP_LIMIT, Outcome.STALLED)
    # Each step rounds at the size of m and d; a factor near 1 piles the errors up.
    rounding = 1e-14 * (abs(m) + abs(d)) / (1 - abs(q))
    assert np.all(np.abs(measured - predicted) <= 1e-12 * abs(predicted) + rounding)


@given(curvatures, minima, distances, st.floats(-3, -1.05))
def test_above_the_boundary_any_parabola_diverges(L, m, d, q):
    _, measured, predicted = run_on_parabola(L, m, d, q, steps=100)
    # The rounding error of the start grows as fast as the distance, so compare relative to it.
    assert np.allclose(measured, predicted, rtol=1e-12 * (1 + abs(m / d)), atol=0)
    assert abs(measured[-1]) > 100 * abs(d)


@given(curvatures, minima, distances)
def test_far_above_the_boundary_the_floats_end(L, m, d):
    bowl = quadratic(L / 2, -L * m, 0.0)
    path = descend(bowl.gradient, m + d, rule=GradientDescent(4 / L), max_steps=1000)
    assert path.outcome is Outcome.DIVERGED and np.all(np.isfinite(path.points))


class TestRecordEvery:
    """Halving from 8: after k steps at 8 / 2**k, with the gradient 2 x there."""

    def run(self, every, **options):
        return descend(
            parabola.gradient, 8, rule=GradientDescent(0.25), record_every=every, **options
        )

    def test_the_end_is_kept_on_a_multiple_and_off(self):
        assert self.run(1, max_steps=3).iterations.tolist() == [0, 1, 2, 3]
        on = self.run(2, max_steps=4)
        assert on.points.tolist() == [8, 2, 0.5] and on.gradients.tolist() == [16, 4]
        assert on.iterations.tolist() == [0, 2, 4] and on.steps == 4 and on.end == 0.5
        off = self.run(2, max_steps=3)
        assert off.points.tolist() == [8, 2, 1] and off.gradients.tolist() == [16, 4]
        assert off.iterations.tolist() == [0, 2, 3] and off.steps == 3 and off.end == 1
        assert on.outcome is off.outcome is Outcome.STEP_LIMIT

    def test_more_than_the_whole_run_keeps_the_start_and_the_end(self):
        path = self.run(1000, max_steps=4)
        assert path.points.tolist() == [8, 0.5] and path.gradients.tolist() == [16]
        assert path.iterations.tolist() == [0, 4] and path.start == 8
        assert self.run(1000, max_steps=0).iterations.tolist() == [0]
        assert repr(path).startswith("Run(4 steps from 8.0 to 0.5")
        assert path.values(parabola).tolist() == [64, 0.25]

    def test_stopped_before_a_step(self):
        # the gradient at 1/2, after four steps, is the first below 1.5
        for every, numbers, points, gradients in (
            (2, [0, 2, 4], [8, 2, 0.5], [16, 4, 1]),
            (3, [0, 3, 4], [8, 1, 0.5], [16, 2, 1]),
        ):
            path = self.run(every, stop=GradientBelow(1.5))
            assert path.points.tolist() == points and path.gradients.tolist() == gradients
            assert path.iterations.tolist() == numbers and path.outcome is Outcome.STOPPED

    def test_stopped_after_a_step(self):
        # the step from 1 to 1/2 is the first that is shorter than 0.6
        for every, numbers, points, gradients in (
            (2, [0, 2, 4], [8, 2, 0.5], [16, 4]),
            (3, [0, 3, 4], [8, 1, 0.5], [16, 2]),
        ):
            path = self.run(every, stop=StepBelow(0.6))
            assert path.points.tolist() == points and path.gradients.tolist() == gradients
            assert path.iterations.tolist() == numbers and path.outcome is Outcome.STOPPED

    def test_stalled(self):
        for every in 2, 3:
            path = descend(dealt([-1, -1, 0]), 0.0, rule=GradientDescent(1.0), record_every=every)
            assert path.points.tolist() == [0, 2] and path.gradients.tolist() == [-1, 0]
            assert path.iterations.tolist() == [0, 2] and path.outcome is Outcome.STALLED

    @pytest.mark.parametrize("every", [2, 3])
    def test_diverged_in_the_gradient(self, every):
        path = descend(
            dealt([-1, -1, math.nan]), 0.0, rule=GradientDescent(1.0), record_every=every
        )
        assert path.points.tolist() == [0, 2] and path.gradients.tolist() == [-1]
        assert path.iterations.tolist() == [0, 2] and path.outcome is Outcome.DIVERGED

    @pytest.mark.parametrize("every", [2, 3])
    def test_diverged_in_the_step(self, every):
        path = descend(dealt([-1, -1, -1e308]), 0.0, rule=GradientDescent(1e10), record_every=every)
        assert path.points.tolist() == [0, 2e10] and path.gradients.tolist() == [-1, -1e308]
        assert path.iterations.tolist() == [0, 2] and path.outcome is Outcome.DIVERGED

    # Mostly a walk; 0 stalls, 1e-3 is level or a short step, 1e308 twice and nan are the end.
    walks = st.lists(
        st.tuples(*[st.sampled_from([0, 0, 1, -1, 2, 0.5, 1e-3, 1e308, -1e308, math.nan])] * 2),
        max_size=12,
    )

    @given(walks, st.integers(1, 7), st.integers(1, 3), st.booleans(), st.booleans())
    def test_it_is_a_part_of_the_whole_run(self, walk, every, stall_after, plane, before):
        def run(**options):
            g = np.empty(2)
            supply = iter(walk)

            def gradient(x):
                g[:] = next(supply)
                return g if plane else g[0]

            return descend(
                gradient,
                [4.0, -3.0] if plane else 4.0,
                rule=GradientDescent(1.5),
                stop=GradientBelow(0.01) if before else StepBelow(0.01),
                max_steps=len(walk),
                stall_after=stall_after,
                **options,
            )

        whole, part = run(), run(record_every=every)
        kept = sorted({*range(0, whole.steps + 1, every), whole.steps})
        assert whole.iterations.tolist() == list(range(whole.steps + 1))
        assert part.iterations.tolist() == kept
        assert np.array_equal(part.points, whole.points[kept])
        looked_at = [k for k in kept if k < len(whole.gradients)]
        assert np.array_equal(part.gradients, whole.gradients[looked_at])
        assert part.gradients.ndim == part.points.ndim == 1 + plane
        assert (part.steps, part.outcome, part.reason) == (
            whole.steps,
            whole.outcome,
            whole.reason,
        )
        assert np.array_equal(part.end, whole.end)

    def test_a_long_run_of_many_parameters_needs_little_memory(self):
        g = np.full(13_002, 1e-3, np.float32)
        tracemalloc.start()
        path = descend(
            lambda x: g,
            np.ones_like(g),
            rule=GradientDescent(0.1),
            max_steps=2000,
            record_every=1000,
        )
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        # 3 points and 2 gradients, twice while they are stacked; start, 2 places, a step
        assert path.points.nbytes + path.gradients.nbytes == 5 * g.nbytes
        assert peak < 20 * g.nbytes


class TestManyCoordinates:
    @pytest.mark.parametrize("moving", [0, 500, 999])
    def test_one_that_moves_is_enough_to_go_on(self, moving):
        g = np.zeros(1000)
        g[moving] = -1.0
        path = descend(lambda x: g, np.zeros(1000), rule=GradientDescent(0.5), max_steps=7)
        assert path.outcome is Outcome.STEP_LIMIT and path.end[moving] == 3.5

    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_squares_that_overflow_are_no_divergence(self, dtype):
        large = np.sqrt(np.finfo(dtype).max) * 10
        start = np.full(3, large, dtype)
        path = descend(lambda x: x, start, rule=GradientDescent(0.5), max_steps=3)
        assert path.outcome is Outcome.STEP_LIMIT and path.end == pytest.approx(start / 8)

    def test_the_place_kept_by_a_gradient_that_copies_is_right(self):
        seen = []

        def gradient(x):
            seen.append(x.copy())
            return x

        path = descend(gradient, [8.0, 4.0], rule=GradientDescent(0.5), max_steps=5)
        assert np.array_equal(seen, path.points[:-1])

    def test_a_gradient_that_returns_the_place_itself(self):
        path = descend(lambda x: x, [8.0, 4.0], rule=GradientDescent(0.5), max_steps=3)
        assert path.points.tolist() == [[8, 4], [4, 2], [2, 1], [1, 0.5]]
        assert path.gradients.tolist() == [[8, 4], [4, 2], [2, 1]]


@pytest.mark.parametrize("stream", [None, object(), io.StringIO()])
def test_where_there_is_no_terminal_there_is_no_bar(stream, monkeypatch):
    if isinstance(stream, io.StringIO):
        stream.close()
    monkeypatch.setattr(sys, "stderr", stream)
    assert _progress(5) == range(5)
    run = descend(lambda x: 1.0, 0.0, rule=GradientDescent(1.0), max_steps=5)
    assert run.steps == 5


def test_a_bar_at_a_terminal_comes_late_and_goes(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr(sys, "stderr", Terminal())
    bar = _progress(5)
    assert (bar.total, bar.delay, bar.leave) == (5, 1, False)
    assert [*bar] == [0, 1, 2, 3, 4]
    assert sys.stderr.getvalue() == ""


SLOW = """\
import sys
import time
from gdcore.descent import descend
from gdcore.rules import GradientDescent

def gradient(x):
    time.sleep(0.02)
    return 1.0

descend(lambda x: 1.0, 0.0, rule=GradientDescent(1.0), max_steps=100)
print("The short run is over.", file=sys.stderr)
descend(gradient, 0.0, rule=GradientDescent(1.0), max_steps=80)
"""


class TestProgress:
    def test_nobody_waits_nobody_is_told(self):
        run = subprocess.run([sys.executable, "-c", SLOW], capture_output=True, check=True)
        assert (run.stdout, run.stderr.strip()) == (b"", b"The short run is over.")

    @pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
    def test_a_person_at_a_terminal_sees_how_far_it_is(self):
        import fcntl
        import pty
        import struct
        import termios

        ours, theirs = pty.openpty()
        # 24 lines of 80 characters: a new terminal has none, and nothing is shown in no line
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", 24, 80, 0, 0))
        with subprocess.Popen([sys.executable, "-c", SLOW], stderr=theirs) as run:
            os.close(theirs)
            shown = b""
            while True:
                try:
                    part = os.read(ours, 4096)
                except OSError:  # how Linux says that the other end is closed
                    break
                if not part:
                    break
                shown += part
        os.close(ours)
        assert run.returncode == 0
        before, after = shown.split(b"The short run is over.\r\n")
        assert before == b""
        assert b"/80" in after and b" steps" in after
        assert after.endswith(b"\r")  # wiped away, to go on in the same line
