"""The numbers that the book learns from are drawn as their docstrings say."""

import math
import re

import numpy as np
import pytest

from gdcore.datasets import beans, plane
from gdcore.regression import least_squares, with_intercept

MAKERS = [beans, plane]


def of_seed(make, seed, **counts):
    return make(np.random.default_rng(seed), **counts)


def assert_normal(numbers, deviation):
    """Mean and spread within five standard deviations of theirs, s/sqrt(n) and s/sqrt(2n)."""
    n = len(numbers)
    assert abs(numbers.mean()) < 5 * deviation / math.sqrt(n)
    assert abs(numbers.std() - deviation) < 5 * deviation / math.sqrt(2 * n)


def test_beans_have_as_many_sizes_as_toxicities():
    assert [array.shape for array in of_seed(beans, 0)] == [(100,), (100,)]
    assert [array.shape for array in of_seed(beans, 0, count=7)] == [(7,), (7,)]
    assert [array.shape for array in of_seed(beans, 0, count=1)] == [(1,), (1,)]


def test_a_plane_has_a_row_for_each_sample_and_a_column_for_each_feature():
    assert [array.shape for array in of_seed(plane, 0)] == [(100_000, 10), (100_000,)]
    assert [array.shape for array in of_seed(plane, 0, samples=4, features=2)] == [(4, 2), (4,)]
    assert [array.shape for array in of_seed(plane, 0, samples=1, features=1)] == [(1, 1), (1,)]


@pytest.mark.parametrize("make", MAKERS)
def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(make):
    def drawn(seed):
        return [array.tobytes() for array in of_seed(make, seed)]

    assert drawn(1) == drawn(1)
    assert all(one != other for one, other in zip(drawn(1), drawn(2), strict=True))


@pytest.mark.parametrize("make", MAKERS)
def test_the_numbers_are_of_double_precision(make):
    assert all(array.dtype == np.float64 for array in of_seed(make, 0))


def test_sizes_are_drawn_evenly_from_0_to_1():
    # 10 000 sizes: 1000 in each tenth, give or take sqrt(10 000 * 0.1 * 0.9) = 30
    size, _ = of_seed(beans, 0, count=10_000)
    assert np.all((size >= 0) & (size <= 1))
    counts, _ = np.histogram(size, bins=10, range=(0, 1))
    assert np.all(np.abs(counts - 1000) < 5 * 30)


def test_toxicities_scatter_about_their_line():
    size, toxicity = of_seed(beans, 0, count=10_000)
    residuals = toxicity - (0.9 * size + 0.3)
    assert_normal(residuals, 0.1)
    # and alike everywhere: a correlation has a standard deviation of 1/sqrt(n)
    assert abs(np.corrcoef(size, residuals)[0, 1]) < 5 / math.sqrt(10_000)
    assert_normal(residuals[size < 0.2], 0.1)
    assert_normal(residuals[size > 0.8], 0.1)


def test_beans_have_an_intercept_that_a_line_through_the_origin_misses():
    # slope: variance 0.1^2 / (n/12) for sizes spread by 1/sqrt(12); intercept: 4 * 0.1^2 / n
    size, toxicity = of_seed(beans, 0, count=10_000)
    slope, intercept = least_squares(with_intercept(size), toxicity)
    assert abs(slope - 0.9) < 5 * math.sqrt(12 * 0.01 / 10_000)
    assert abs(intercept - 0.3) < 5 * math.sqrt(4 * 0.01 / 10_000)
    # through the origin: E(xy) / E(x^2) = (0.9/3 + 0.3/2) / (1/3) = 1.35, give or take 0.0024
    assert least_squares(size, toxicity) == pytest.approx(1.35, abs=0.02)


def test_spreads_of_a_plane_fall_evenly_on_a_log_scale_from_1_to_a_third():
    # with 5 features the factors between neighbours are 3^(-1/4): 1, 0.76, 0.577, 0.439, 1/3
    x, _ = of_seed(plane, 0, samples=20_000, features=5)
    for column, power in zip(x.T, range(5), strict=True):
        assert_normal(column, 3 ** (-power / 4))


def test_features_of_a_plane_have_nothing_to_do_with_each_other():
    x, _ = of_seed(plane, 0, samples=20_000, features=5)
    assert np.all(np.abs(np.corrcoef(x.T) - np.eye(5)) < 5 / math.sqrt(20_000))


def test_the_condition_number_of_a_plane_is_about_9():
    # (1 / (1/3))^2, and each spread is within 0.25 % for 100 000 samples
    x, _ = of_seed(plane, 0)
    assert np.linalg.cond(x.T @ x) == pytest.approx(9, rel=0.02)


def test_heights_scatter_about_their_plane():
    x, y = of_seed(plane, 0, samples=20_000, features=5)
    assert_normal(y - x @ least_squares(x, y), 1.0)


def test_parameters_of_a_plane_are_normal():
    # variance 1, to which the fit of 500 of them to 3000 samples adds at most 9/2500
    x, y = of_seed(plane, 0, samples=3000, features=500)
    assert_normal(least_squares(x, y), 1.0)


def test_one_feature_has_the_spread_1():
    x, _ = of_seed(plane, 0, samples=20_000, features=1)
    assert_normal(x[:, 0], 1.0)


LEGACY = np.random.RandomState(0)
COUNTS = [(beans, "count"), (plane, "samples"), (plane, "features")]


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("rng", [0, None, LEGACY, np.random.Generator])
def test_what_is_no_generator_is_refused(make, rng):
    with pytest.raises(TypeError, match=f"^rng must be a Generator, got {re.escape(repr(rng))}$"):
        make(rng)


@pytest.mark.parametrize(("make", "name"), COUNTS)
@pytest.mark.parametrize(
    ("count", "error", "rest"),
    [
        (0, ValueError, "at least 1, got 0"),
        (-1, ValueError, "at least 1, got -1"),
        (2.5, TypeError, "a whole number, got 2.5"),
        (2.0, TypeError, "a whole number, got 2.0"),
        (True, TypeError, "a whole number, got True"),
        ("3", TypeError, "a whole number, got '3'"),
        (None, TypeError, "a whole number, got None"),
    ],
)
def test_counts_are_checked(make, name, count, error, rest):
    with pytest.raises(error, match=f"^{name} must be {re.escape(rest)}$"):
        of_seed(make, 0, **{name: count})


@pytest.mark.parametrize(("make", "name"), COUNTS)
def test_a_whole_number_of_numpy_is_a_count(make, name):
    assert 3 in of_seed(make, 0, **{name: np.int64(3)})[0].shape
