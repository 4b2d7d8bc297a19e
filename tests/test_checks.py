"""What the checks of arguments let through and what they say, one by one, by hand."""

import math
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from gdcore import _checks
from gdcore._checks import Count, Positive, fit

PAIR, COUNTS = tuple[float, float], Mapping[str, Count]


@pytest.mark.parametrize(
    ("value", "hint", "fitted"),
    [
        ([1, 2], PAIR, (1.0, 2.0)),
        ([1, 2], Sequence[Count], (1, 2)),
        ({"a": 1, "b": 2}, COUNTS, {"a": 1, "b": 2}),
        (None, Positive | None, None),
        (2, Positive | None, 2.0),
        ("any", Any, "any"),
    ],
)
def test_what_fits(value, hint, fitted):
    assert repr(fit("x", value, hint)) == repr(fitted)


@pytest.mark.parametrize(
    ("value", "hint", "error", "message"),
    [
        ([1], PAIR, ValueError, "x must be 2 values, got [1]"),
        ([1, 2, 3], PAIR, ValueError, "x must be 2 values, got [1, 2, 3]"),
        ([1, "2"], PAIR, TypeError, "x[1] must be a real number, got '2'"),
        (3, PAIR, TypeError, "x must be a sequence, got 3"),
        ([3, 0], Sequence[Count], ValueError, "x[1] must be at least 1, got 0"),
        ([1], COUNTS, TypeError, "x must be a Mapping, got [1]"),
        ({"a": 1, 2: 3}, COUNTS, TypeError, "each label of x must be a str, got 2"),
        ({"a": 1, "b": 0}, COUNTS, ValueError, "x['b'] must be at least 1, got 0"),
        (None, Positive, TypeError, "x must be a real number, got None"),
    ],
)
def test_what_does_not(value, hint, error, message):
    with pytest.raises(error, match=f"{re.escape(message)}$"):
        fit("x", value, hint)


def test_whole_numbers_lie_between_two_bounds():
    for good in 3, 4, sys.maxsize:
        assert _checks.whole(name="k", value=good, at_least=3) == good
    with pytest.raises(ValueError, match=r"k must be at least 3, got 2$"):
        _checks.whole("k", 2, at_least=3)
    with pytest.raises(
        ValueError, match=f"k must be at most {sys.maxsize}, got {sys.maxsize + 1}$"
    ):
        _checks.whole("k", sys.maxsize + 1, at_least=3)


def test_some_are_at_least_one_and_may_have_a_most():
    assert _checks.some("x", (1,)) == _checks.some("x", [1], 2) == [1]
    assert _checks.some("x", [1, 2], 2) == [1, 2]
    for bad, most, words in ([], None, "at least 1"), ([], 2, "1 to 2"), ([1, 2, 3], 2, "1 to 2"):
        with pytest.raises(ValueError, match=f"x must be {words}, got {re.escape(str(bad))}$"):
            _checks.some("x", bad, most)


def test_a_domain_rises_in_each_variable():
    assert _checks.domain("d", [0, 1]) == (0, 1)
    assert _checks.domain("d", [[0, 1], [2, 3]]) == ((0, 1), (2, 3))
    for bad in [1, 1], [2, 1], [1, 2, 3], [[0, 1], [3, 2]], [[0, 1]]:
        with pytest.raises(ValueError, match="d must be low and high, for each variable, got"):
            _checks.domain("d", bad)
    with pytest.raises(ValueError, match="d must be low and high"):
        _checks.domain("d", [0, 1], (2,))


def test_the_first_sample_that_is_not_finite_is_shown():
    with pytest.raises(ValueError, match=r"x must be finite, got nan at index \(0, 1\)$"):
        _checks.samples("x", [[1, math.nan], [math.inf, 2]])
    assert _checks.samples("x", np.ones(2)).tolist() == [1, 1]
