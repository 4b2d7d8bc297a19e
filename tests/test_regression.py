"""The line through the beans: loss, gradient and the answer without descending."""

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gdcore.batches import Batches
from gdcore.datasets import beans
from gdcore.derivatives import central_difference, check_gradient
from gdcore.descent import GradientBelow, Outcome, descend
from gdcore.regression import gradient, least_squares, loss, predict, with_intercept
from gdcore.rules import GradientDescent, InverseTime, Scheduled


class TestByHand:
    def test_a_slope_alone(self):
        # at 1 the predictions are x itself, so the errors are 0, -1, 2, 1:
        # loss (0 + 1 + 4 + 1) / 4;  gradient 2/4 (0*1 - 1*2 + 2*4 + 1*0)
        x, y = [1, 2, 4, 0], [1, 3, 2, -1]
        assert predict(1.0, x).tolist() == [1, 2, 4, 0]
        assert loss(1.0, x, y) == 1.5
        assert gradient(1.0, x, y) == 3
        # (1*1 + 2*3 + 4*2 + 0) / (1 + 4 + 16 + 0)
        assert least_squares(x, y) == pytest.approx(15 / 21, rel=1e-14)

    def test_a_slope_and_an_intercept(self):
        # at (1, 1) the predictions are 1, 2, 3, 4 and the errors 0, -1, -1, 0:
        # loss (0 + 1 + 1 + 0) / 4;  gradient 2/4 (0*0 - 1*1 - 1*2 + 0*3) and 2/4 (0 - 1 - 1 + 0)
        x, y = with_intercept([0, 1, 2, 3]), [1, 3, 4, 4]
        assert predict([1.0, 1.0], x).tolist() == [1, 2, 3, 4]
        assert loss([1.0, 1.0], x, y) == 0.5
        assert gradient([1.0, 1.0], x, y).tolist() == [-1.5, -1]
        # about the means 3/2 and 3: slope (3 + 0 + 1/2 + 3/2) / (9/4 + 1/4 + 1/4 + 9/4) = 1,
        # and the line goes through the means: 3 - 3/2
        assert least_squares(x, y) == pytest.approx([1, 1.5], rel=1e-14)

    def test_three_features(self):
        # at (1, 2, 3) the predictions are 1 + 6, 2 + 3, 2 + 2, 1 + 2 + 3, the errors 1, 0, -2, 2
        x, y = [[1, 0, 2], [0, 1, 1], [2, 1, 0], [1, 1, 1]], [6, 5, 6, 4]
        assert predict([1.0, 2.0, 3.0], x).tolist() == [7, 5, 4, 6]
        assert loss([1.0, 2.0, 3.0], x, y) == 2.25  # (1 + 0 + 4 + 4) / 4
        # 2/4 (1 - 4 + 2), 2/4 (-2 + 2), 2/4 (2 + 2)
        assert gradient([1.0, 2.0, 3.0], x, y).tolist() == [-0.5, 0, 2]

    def test_least_squares_for_three_features(self):
        # (1, 3, 2, -5) is at a right angle to each of the columns: 1 + 4 - 5, 3 + 2 - 5 and
        # 2 + 3 - 5.  Added to the predictions of (1, 2, 3) it moves no parameter.
        x, y = [[1, 0, 2], [0, 1, 1], [2, 1, 0], [1, 1, 1]], [7 + 1, 5 + 3, 4 + 2, 6 - 5]
        assert least_squares(x, y) == pytest.approx([1, 2, 3], rel=1e-13)
        assert loss([1.0, 2.0, 3.0], x, y) == (1 + 9 + 4 + 25) / 4

    def test_an_intercept_is_a_column_of_ones_after_the_features(self):
        assert with_intercept([3.0, 5.0]).tolist() == [[3, 1], [5, 1]]
        assert with_intercept([[3.0], [5.0]]).tolist() == [[3, 1], [5, 1]]
        assert with_intercept([[1, 2], [3, 4]]).tolist() == [[1, 2, 1], [3, 4, 1]]

    def test_one_sample(self):
        # 3 * 2 + 1 misses 5 by 2:  loss 4;  gradient 2 * 2 * (2, 1)
        assert loss([3.0, 1.0], [[2, 1]], [5]) == 4
        assert gradient([3.0, 1.0], [[2, 1]], [5]).tolist() == [8, 4]


# Whole numbers, of which sums and products are exact: the definition gives the very same floats.
whole = st.integers(-9, 9).map(float)


@st.composite
def problems(draw):
    """A theta, features and targets that fit together."""
    samples, features = draw(st.integers(1, 8)), draw(st.integers(1, 5))
    shapes = features, (samples, features), samples
    return [draw(arrays(float, shape, elements=whole)) for shape in shapes]


@given(problems())
def test_loss_and_gradient_are_those_of_the_definition(problem):
    theta, x, y = problem
    samples, features = x.shape
    errors = [sum(x[i, j] * theta[j] for j in range(features)) - y[i] for i in range(samples)]
    slopes = [2 * sum(errors[i] * x[i, j] for i in range(samples)) for j in range(features)]
    assert predict(theta, x).tolist() == [errors[i] + y[i] for i in range(samples)]
    assert loss(theta, x, y) == sum(e**2 for e in errors) / samples
    assert gradient(theta, x, y).tolist() == [slope / samples for slope in slopes]


@given(problems())
def test_a_feature_without_its_axis_is_a_column(problem):
    (slope, *_), x, y = problem
    column = x[:, :1]
    assert predict(slope, x[:, 0]).tolist() == predict([slope], column).tolist()
    assert loss(slope, x[:, 0], y) == loss([slope], column, y)
    assert [gradient(slope, x[:, 0], y)] == gradient([slope], column, y).tolist()


def noisy_problem(samples=50, features=5):
    rng = np.random.default_rng(0)
    return (
        rng.standard_normal(features),
        rng.standard_normal((samples, features)),
        rng.standard_normal(samples),
    )


def test_the_gradient_passes_the_check_against_differences():
    theta, x, y = noisy_problem()
    check = check_gradient(
        lambda t: loss(t, x, y), lambda t: gradient(t, x, y), theta, np.random.default_rng(0)
    )
    assert check.error < 1e-9


def test_the_gradient_of_a_slope_agrees_with_differences():
    (slope, *_), x, y = noisy_problem()
    measured = central_difference(lambda t: loss(t, x[:, 0], y), slope)
    assert gradient(slope, x[:, 0], y) == pytest.approx(measured, rel=1e-9)


class TestManyParametersAtOnce:
    def test_slopes_by_hand(self):
        # errors of the slope 0: -2, -5;  of 1: -1, -2;  of 2: 0, 1;  of 3: 1, 4
        x, y = [1, 3], [2, 5]
        assert predict([[0, 1], [2, 3]], x).tolist() == [[[0, 1], [2, 3]], [[0, 3], [6, 9]]]
        assert loss([0.0, 1.0, 2.0, 3.0], x, y).tolist() == [14.5, 2.5, 0.5, 8.5]
        assert loss([[0.0, 1.0], [2.0, 3.0]], x, y).tolist() == [[14.5, 2.5], [0.5, 8.5]]

    def test_lines_by_hand(self):
        # through (0, 1) and (2, 4) the line 0 misses by 1 and 4, the line x by 1 and 2
        x, y = with_intercept([0, 2]), [1, 4]
        assert loss([[0.0, 1.0], [0.0, 0.0]], x, y).tolist() == [8.5, 2.5]

    @pytest.mark.parametrize("more", [(4,), (3, 4), (50,), (50, 5)])
    def test_each_set_is_as_it_would_be_alone(self, more):
        _, x, y = noisy_problem()
        thetas = np.random.default_rng(1).standard_normal((5, *more))
        losses, predictions = loss(thetas, x, y), predict(thetas, x)
        assert losses.shape == more and predictions.shape == (50, *more)
        for place in np.ndindex(more):
            theta = thetas[:, *place]
            assert losses[place] == pytest.approx(loss(theta, x, y), rel=1e-13)
            assert predictions[:, *place] == pytest.approx(predict(theta, x), rel=1e-13)


class TestPrecision:
    theta = np.float32([2, -1])
    x, y = np.float32([[1, 1], [3, 1], [0, 1]]), np.float32([2, 5, 1])

    def test_float32_stays_float32(self):
        assert predict(self.theta, self.x).dtype == np.float32
        assert loss(self.theta, self.x, self.y).dtype == np.float32
        assert gradient(self.theta, self.x, self.y).dtype == np.float32
        assert least_squares(self.x, self.y).dtype == np.float32
        assert with_intercept(self.x).dtype == np.float32

    def test_float32_stays_float32_for_a_slope(self):
        slope, x = self.theta[0], self.x[:, 0]
        assert loss(slope, x, self.y).dtype == gradient(slope, x, self.y).dtype == np.float32
        assert least_squares(x, self.y).dtype == np.float32
        assert with_intercept(x).dtype == np.float32

    def test_a_run_in_float32_stays_there(self):
        path = descend(
            lambda t: gradient(t, self.x, self.y),
            self.theta,
            rule=GradientDescent(0.1),
            max_steps=3,
        )
        assert path.points.dtype == path.gradients.dtype == np.float32

    def test_whole_numbers_become_floats(self):
        assert loss(2, [1, 3], [2, 5]) == 0.5
        assert type(loss(2, [1, 3], [2, 5])) is np.float64
        assert gradient([2, 0], [[1, 1], [3, 1]], [2, 5]).dtype == np.float64

    @pytest.mark.parametrize("slope", [2, 2.0, np.float32(2), np.uint8(2)])
    def test_bytes_do_not_wrap_around(self, slope):
        # errors 400 - 100 and 200 - 200;  loss 300^2 / 2;  gradient 2/2 * 300 * 200
        x, y = np.uint8([200, 100]), np.uint8([100, 200])
        assert predict(slope, x).tolist() == [400, 200]
        assert loss(slope, x, y) == 45_000
        assert gradient(slope, x, y) == 60_000

    def test_differences_of_bytes_may_be_negative(self):
        # errors -100 and -200;  loss (100^2 + 200^2) / 2;  gradient -2/2 (100 * 200 + 200 * 100)
        x, y = np.uint8([[200], [100]]), np.uint8([100, 200])
        assert loss([0.0], x, y) == 25_000
        assert gradient([0.0], x, y).tolist() == [-40_000]

    def test_least_squares_of_bytes(self):
        # (200 * 100 + 100 * 200) / (200^2 + 100^2)
        assert least_squares(np.uint8([200, 100]), np.uint8([100, 200])) == pytest.approx(0.8)

    def test_bytes_with_an_intercept(self):
        # 2 * 200 + 3 = 403
        x = with_intercept(np.uint8([200]))
        assert x.tolist() == [[200, 1]]
        assert predict([2.0, 3.0], x).tolist() == [403]


class TestLeastSquares:
    def test_the_gradient_there_is_zero(self):
        _, x, y = noisy_problem()
        assert gradient(least_squares(x, y), x, y) == pytest.approx(np.zeros(5), abs=1e-13)

    def test_the_slope_s_gradient_there_is_zero(self):
        size, toxicity = beans(np.random.default_rng(0))
        assert gradient(least_squares(size, toxicity), size, toxicity) == pytest.approx(
            0, abs=1e-14
        )

    def test_it_solves_the_normal_equations(self):
        _, x, y = noisy_problem()
        assert least_squares(x, y) == pytest.approx(np.linalg.solve(x.T @ x, x.T @ y), rel=1e-12)

    def test_no_other_place_is_lower(self):
        # the errors there are at a right angle to the features, so a detour d adds |X d|^2 / N
        _, x, y = noisy_problem()
        best = least_squares(x, y)
        for d in np.random.default_rng(1).standard_normal((20, 5)):
            higher = loss(best, x, y) + np.sum((x @ d) ** 2) / len(y)
            assert loss(best + d, x, y) == pytest.approx(higher, rel=1e-12)

    def test_of_equally_good_parameters_it_is_the_shortest(self):
        # 3a + 4b = 25 is a line in the plane of a and b, and (3, 4) its point nearest to 0
        assert least_squares([[3, 4]], [25]) == pytest.approx([3, 4], rel=1e-14)
        # the second feature is twice the first: a + 2b = 5, nearest at (1, 2)
        x = [[1, 2], [2, 4], [-3, -6]]
        assert least_squares(x, [5, 10, -15]) == pytest.approx([1, 2], rel=1e-13)

    @pytest.mark.parametrize("seconds", [7 * 86_400, 60, 1])
    def test_times_with_an_intercept(self, seconds):
        # y rises by 5 a second, and is 300 at the time 1.7e9
        t = 1.7e9 + np.random.default_rng(1).uniform(-seconds, seconds, 1000)
        slope, intercept = least_squares(with_intercept(t), 5 * (t - 1.7e9) + 300)
        # The times themselves are rounded by up to 1.2e-7.
        assert slope == pytest.approx(5, rel=1e-6 / seconds)
        assert intercept + slope * 1.7e9 == pytest.approx(300, rel=1e-6, abs=1e-4)

    @pytest.mark.parametrize("units", [[1e-200, 1, 1e200], [1e9, 1, 1e-9], [1, 1e-300, 1e-150]])
    def test_the_units_of_a_feature_do_not_matter(self, units):
        rng = np.random.default_rng(2)
        x, y = rng.standard_normal((20, 3)), rng.standard_normal(20)
        assert least_squares(x * units, y) * units == pytest.approx(least_squares(x, y), rel=1e-12)

    @pytest.mark.parametrize(("rows", "rank"), [(30, 4), (30, 1), (3, 3), (3, 2), (1, 1)])
    def test_the_shortest_among_features_of_any_units(self, rows, rank):
        rng = np.random.default_rng(rows + rank)
        x = rng.standard_normal((rows, rank)) @ rng.standard_normal((rank, 5))
        x *= [1, 10, 0.1, 5, 1]
        y = rng.standard_normal(rows)
        assert least_squares(x, y) == pytest.approx(np.linalg.pinv(x) @ y, rel=1e-9)

    def test_features_of_many_samples_that_depend_on_each_other_but_for_rounding(self):
        x = np.random.default_rng(3).standard_normal((10_000, 2)) + 1e3
        x = np.column_stack([x, x.sum(axis=1) / 3])
        answer = least_squares(x, x[:, 0])
        assert np.linalg.norm(answer) < 1 and answer == pytest.approx(
            np.linalg.pinv(x, rcond=1e-12) @ x[:, 0], rel=1e-6
        )

    def test_bytes_at_the_end_of_their_range(self):
        assert least_squares(np.int8([-128, 64]), np.int8([-128, 64])) == 1

    def test_a_feature_that_is_always_zero_gets_the_parameter_zero(self):
        assert least_squares([0, 0], [1, 2]) == 0
        assert least_squares([[0, 1], [0, 1]], [1, 2]) == pytest.approx([0, 1.5], rel=1e-14)

    def test_a_feature_with_its_axis_gives_an_array_and_one_without_a_number(self):
        assert least_squares([[1], [2]], [1, 2]).shape == (1,)
        assert np.ndim(least_squares([1, 2], [1, 2])) == 0


class TestDescent:
    size, toxicity = beans(np.random.default_rng(0))
    x = with_intercept(size)

    def full(self, theta):
        return gradient(theta, self.x, self.toxicity)

    def test_descending_reaches_least_squares(self):
        # no eigenvalue of the Hessian 2/N X'X is above its trace, about 2 (1/3 + 1): 0.5 is stable;
        # the least is 0.139, so that a gradient of 1e-11 is at most 1e-11 / 0.139 from the minimum
        path = descend(self.full, [0, 0], rule=GradientDescent(0.5), stop=GradientBelow(1e-11))
        assert path.outcome is Outcome.STOPPED
        assert path.end == pytest.approx(least_squares(self.x, self.toxicity), rel=0, abs=1e-10)

    def test_descending_along_a_slope_reaches_least_squares(self):
        path = descend(
            lambda w: gradient(w, self.size, self.toxicity),
            0.0,
            rule=GradientDescent(0.5),
            stop=GradientBelow(1e-11),
        )
        assert path.outcome is Outcome.STOPPED
        assert path.end == pytest.approx(least_squares(self.size, self.toxicity), rel=0, abs=1e-10)

    @pytest.mark.parametrize(("batch_size", "margin"), [(1, 0.05), (10, 0.01), (30, 0.01)])
    def test_a_hundred_epochs_of_batches_get_close(self, batch_size, margin):
        draw = Batches(self.x, self.toxicity, batch_size=batch_size, rng=np.random.default_rng(1))
        path = descend(
            lambda theta: gradient(theta, *next(draw)),
            [0, 0],
            rule=Scheduled(GradientDescent(0.5), InverseTime(half_after=10 * draw.steps_per_epoch)),
            max_steps=100 * draw.steps_per_epoch,
            stall_after=draw.steps_per_epoch,
        )
        assert path.steps == 100 * draw.steps_per_epoch
        assert path.end == pytest.approx(least_squares(self.x, self.toxicity), abs=margin)


class TestOverflow:
    """A place far away has no finite height, but the data are not to blame."""

    @np.errstate(over="ignore")
    def test_a_loss_beyond_the_floats_is_infinite(self):
        assert loss(1e200, [1.0, 3.0], [2.0, 5.0]) == math.inf
        assert loss([1e200, 0.0], [[1.0, 1.0]], [2.0]) == math.inf

    @np.errstate(over="ignore")
    def test_one_infinite_loss_among_many_leaves_the_others(self):
        assert loss([1e200, 2.0], [1.0, 3.0], [2.0, 5.0]).tolist() == [math.inf, 0.5]

    @np.errstate(over="ignore")
    def test_a_gradient_beyond_the_floats_is_infinite(self):
        assert gradient(-1e308, [1.0, 3.0], [2.0, 5.0]) == -math.inf
        assert gradient([1e308, 0.0], [[10.0, 1.0]], [2.0]).tolist() == [math.inf, math.inf]

    def test_a_run_that_leaves_the_floats_ends_as_diverged(self):
        path = descend(
            lambda w: gradient(w, [1.0, 3.0], [2.0, 5.0]), 0.0, rule=GradientDescent(1.0)
        )
        assert path.outcome is Outcome.DIVERGED


class TestTheCallersArrays:
    """Whole numbers, so that no order of summation shows."""

    theta = np.array([2.0, -1.0])
    x = np.array([[1.0, 4.0], [3.0, -2.0], [0.0, 5.0], [-6.0, 7.0]])
    y = np.array([2.0, 5.0, 1.0, -3.0])

    def results(self, theta, x, y):
        return [
            predict(theta, x).tolist(),
            loss(theta, x, y).tolist(),
            gradient(theta, x, y).tolist(),
            with_intercept(x).tolist(),
            least_squares(x, y) == pytest.approx(np.linalg.lstsq(self.x, self.y)[0], rel=1e-13),
        ]

    def test_they_are_left_alone_and_need_not_be_writable(self):
        theta, x, y = (array.copy() for array in (self.theta, self.x, self.y))
        for array in theta, x, y:
            array.flags.writeable = False
        assert self.results(theta, x, y)[-1]
        assert np.array_equal(theta, self.theta)
        assert np.array_equal(x, self.x) and np.array_equal(y, self.y)

    @pytest.mark.parametrize(
        "change",
        [
            np.asfortranarray,
            lambda array: np.repeat(array, 2, axis=0)[::2],
            lambda array: array[::-1].copy()[::-1],
            lambda array: np.repeat(array, 3, axis=-1)[..., ::3],
            lambda array: array.astype(">f8"),
            np.ndarray.tolist,
        ],
        ids=["Fortran", "every other row", "reversed", "every third column", "big-endian", "list"],
    )
    def test_any_order_of_memory_gives_the_same_results(self, change):
        changed = self.results(change(self.theta), change(self.x), change(self.y))
        assert changed == self.results(self.theta, self.x, self.y)

    def test_an_intercept_is_added_to_a_copy(self):
        assert not np.shares_memory(with_intercept(self.x), self.x)


def calls(theta, x, y):
    """Each public function, to be called with whatever of the three it takes."""
    return {
        "predict": lambda: predict(theta, x),
        "loss": lambda: loss(theta, x, y),
        "gradient": lambda: gradient(theta, x, y),
        "least_squares": lambda: least_squares(x, y),
        "with_intercept": lambda: with_intercept(x),
    }


NUMBERS = [
    (["1", "2"], TypeError, "must hold real numbers, got ['1', '2']"),
    ("12", TypeError, "must hold real numbers, got '12'"),
    ([1, 2j], TypeError, "must hold real numbers, got [1, 2j]"),
    ([1, None], TypeError, "must hold real numbers, got [1, None]"),
    (None, TypeError, "must hold real numbers, got None"),
    ([True, False], TypeError, "must hold real numbers, got [True, False]"),
    ([[1, 2], [3]], ValueError, "must be a number or an even array, got [[1, 2], [3]]"),
]
TAKES = {
    "theta": ["predict", "loss", "gradient"],
    "x": ["predict", "loss", "gradient", "least_squares", "with_intercept"],
    "y": ["loss", "gradient", "least_squares"],
}
PLACES = [(name, function) for name, functions in TAKES.items() for function in functions]


@pytest.mark.parametrize(("name", "function"), PLACES)
@pytest.mark.parametrize(("bad", "error", "message"), NUMBERS)
def test_what_holds_no_real_numbers_is_named(name, function, bad, error, message):
    arguments = {"theta": 1.0, "x": [1, 2], "y": [1, 2]} | {name: bad}
    with pytest.raises(error, match=f"{re.escape(f'{name} {message}')}$"):
        calls(**arguments)[function]()


@pytest.mark.parametrize("function", TAKES["x"])
@pytest.mark.parametrize("x", [[], [[]], np.ones((0, 2)), 3.0, np.ones((2, 1, 1))])
def test_features_of_no_samples_or_of_other_axes_than_one_or_two_are_named(function, x):
    with pytest.raises(ValueError, match=rf"x must .*, got shape {re.escape(str(np.shape(x)))}$"):
        calls(1.0, x, [1, 2])[function]()


@pytest.mark.parametrize("function", TAKES["y"])
@pytest.mark.parametrize(
    ("x", "y", "shapes"),
    [
        ([1, 2, 3], [1, 2], ["(2,)", "(3,)"]),
        ([1], [1, 2], ["(2,)", "(1,)"]),
        ([1, 2], [[1], [2]], ["(2, 1)", "(2,)"]),
        ([[1], [2]], [[1], [2]], ["(2, 1)", "(2, 1)"]),
        ([[1, 2, 3], [4, 5, 6]], [1, 2, 3], ["(3,)", "(2, 3)"]),
    ],
)
def test_targets_of_another_length_or_shape_are_named(function, x, y, shapes):
    theta = np.ones(np.shape(x)[1:])
    message = "y of shape {} does not fit x of shape {}".format(*shapes)
    with pytest.raises(ValueError, match=f"{re.escape(message)}$"):
        calls(theta, x, y)[function]()


@pytest.mark.parametrize("function", ["loss", "gradient"])
@pytest.mark.parametrize("x", [[1, 2], [[1, 2], [3, 4]]])
def test_one_target_for_all_samples_is_refused(function, x):
    theta = np.ones(np.shape(x)[1:])
    with pytest.raises(ValueError, match=r"y of shape \(\) does not fit x of shape "):
        calls(theta, x, 3.0)[function]()


@pytest.mark.parametrize("function", TAKES["theta"])
@pytest.mark.parametrize("theta", [1.0, [], [1], [1, 2, 3], [[1, 2]]])
def test_parameters_that_are_not_as_many_as_the_features_are_named(function, theta):
    message = f"theta of shape {np.shape(theta)} does not fit x of shape (2, 2)"
    with pytest.raises(ValueError, match=f"{re.escape(message)}$"):
        calls(theta, [[1, 2], [3, 4]], [1, 2])[function]()


@pytest.mark.parametrize(
    ("theta", "x", "shapes"),
    [
        ([1.0, 2.0], [1, 2], "(2,) does not fit x of shape (2,)"),
        ([1.0], [1, 2], "(1,) does not fit x of shape (2,)"),
        ([[1, 0], [0, 1]], [[1, 2], [3, 4]], "(2, 2) does not fit x of shape (2, 2)"),
    ],
)
def test_a_gradient_is_taken_at_one_place_only(theta, x, shapes):
    with pytest.raises(ValueError, match=f"{re.escape(f'theta of shape {shapes}')}$"):
        gradient(theta, x, [1, 2])


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("function", ["loss", "gradient", "least_squares"])
@np.errstate(invalid="ignore")
def test_features_and_targets_that_are_not_finite_are_named(function, bad):
    with pytest.raises(ValueError, match=rf"x must be finite, got {bad} at index \(1,\)$"):
        calls(2.0, [1, bad], [1, 2])[function]()
    with pytest.raises(ValueError, match=rf"x must be finite, got {bad} at index \(0, 1\)$"):
        calls([2.0, 0.0], [[1, bad], [3, 4]], [1, 2])[function]()
    with pytest.raises(ValueError, match=rf"y must be finite, got {bad} at index \(1,\)$"):
        calls(2.0, [1, 2], [1, bad])[function]()


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (2, 1), (3, 8), (8, 3), (16, 16), (33, 5)])
@np.errstate(all="ignore")
def test_a_feature_that_is_not_finite_is_named_whatever_the_shape(shape, dtype, order):
    rng = np.random.default_rng(1)
    for bad in (np.inf, -np.inf, np.nan):
        x = np.array(rng.standard_normal(shape), dtype, order=order)
        x[-1, shape[1] // 2] = bad
        for theta in (np.zeros(shape[1], dtype), rng.standard_normal(shape[1]).astype(dtype)):
            for y in (np.zeros(shape[0], dtype), rng.standard_normal(shape[0]).astype(dtype)):
                for function in (loss, gradient):
                    with pytest.raises(ValueError, match=f"x must be finite, got {bad} at index"):
                        function(theta, x, y)


@pytest.mark.parametrize(("name", "function"), PLACES)
def test_masked_arrays_are_refused(name, function):
    masked = np.ma.array([1.0, 2.0], mask=[False, True])
    arguments = {"theta": 1.0, "x": [1, 2], "y": [1, 2]} | {name: masked}
    with pytest.raises(TypeError, match=f"^{function}: {name} must not be masked"):
        calls(**arguments)[function]()


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("function", ["loss", "gradient"])
@np.errstate(invalid="ignore")
def test_parameters_that_are_not_finite_are_named(function, bad):
    with pytest.raises(ValueError, match=f"theta must be finite, got {bad}"):
        calls(bad, [1, 2], [1, 2])[function]()
    with pytest.raises(ValueError, match=f"theta must be finite, got {bad}"):
        calls([1.0, bad], [[1, 2], [3, 4]], [1, 2])[function]()


def test_one_set_of_parameters_among_many_that_is_not_finite_is_named():
    with pytest.raises(ValueError, match=r"theta must be finite, got nan at index \(1,\)$"):
        loss([1.0, math.nan, 3.0], [1, 2], [1, 2])
