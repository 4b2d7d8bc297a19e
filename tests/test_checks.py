"""What the checks of arguments let through and what they say, one by one, by hand."""

import math
import sys
from collections import OrderedDict
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from gdcore import _checks
from gdcore.landscapes import parabola

MASKED = np.ma.array([1.0, 2.0], mask=[False, True])


class Broken:
    def __repr__(self):
        raise RuntimeError


def refuses(kind, message, check, *arguments, **named):
    with pytest.raises(kind) as caught:
        check(*arguments, **named)
    assert str(caught.value) == message


def test_a_real_number_becomes_a_float():
    for three in 3, 3.0, np.float32(3), Fraction(3), np.array(3), np.array(Fraction(3)):
        assert type(_checks.real("x", three)) is float and _checks.real("x", three) == 3
    for bad in "3", None, True, np.True_, [3.0], 3j, np.array([3.0]), np.ma.array(3.0):
        with pytest.raises(TypeError, match=r"^x must be a real number, got"):
            _checks.real("x", bad)
    for bad in math.nan, math.inf, -math.inf, 10**400, np.float64("inf"):
        with pytest.raises(ValueError, match=r"^x must be finite, got"):
            _checks.real("x", bad)


def test_ranges_begin_and_end_where_they_say():
    low, high = math.nextafter(0, 1), math.nextafter(1, 0)
    for check, good, bad, words in (
        (_checks.positive, (low, 1e300), (0, -0.0, -1), "above 0"),
        (_checks.share, (0, low, high), (1, -low), "at least 0 and below 1"),
        (_checks.factor, (low, high), (0, 1, -1, 2), "above 0 and below 1"),
    ):
        assert [check("x", x) for x in good] == [*good]
        for x in bad:
            refuses(ValueError, f"x must be {words}, got {x}", check, "x", x)


def test_whole_numbers_lie_between_two_bounds():
    for good in 3, 4, sys.maxsize, np.int64(5):
        assert _checks.whole("k", good, at_least=3) == good
        assert type(_checks.whole("k", good, at_least=3)) is int
    refuses(ValueError, "k must be at least 3, got 2", _checks.whole, "k", 2, at_least=3)
    most = f"k must be at most {sys.maxsize}, got {sys.maxsize + 1}"
    refuses(ValueError, most, _checks.whole, "k", sys.maxsize + 1, at_least=3)
    for bad in 3.0, True, "3", None, Fraction(3):
        with pytest.raises(TypeError, match=r"^k must be a whole number, got"):
            _checks.whole("k", bad, at_least=3)


def test_what_is_an_instance_can_be_called_or_names_a_file_comes_back():
    assert _checks.instance("x", 3, str, int) == 3
    assert _checks.function("f", abs) is abs
    assert _checks.file("x", Path("a")) == Path("a") and _checks.file("x", "a") == "a"
    refuses(TypeError, "x must be a str or int, got None", _checks.instance, "x", None, str, int)
    refuses(TypeError, "x must be an int, got 'a'", _checks.instance, "x", "a", int)
    refuses(TypeError, "f must be callable, got 3", _checks.function, "f", 3)
    refuses(TypeError, "x must be a str or PathLike, got 3", _checks.file, "x", 3)


def test_fields_are_checked_and_kept():
    record = SimpleNamespace(a=1, b=Fraction(1, 2))
    _checks.fields(record, a=_checks.positive, b=_checks.share)
    assert vars(record) == {"a": 1.0, "b": 0.5} and type(record.b) is float
    record.b = 2
    with pytest.raises(ValueError, match="b must be at least 0 and below 1, got 2"):
        _checks.fields(record, b=_checks.share)


def test_sequences_and_mappings():
    assert _checks.sequence("x", (1, 2)) == [1, 2]
    refuses(TypeError, "x must be a sequence, got 3", _checks.sequence, "x", 3)
    assert _checks.mapping("x", OrderedDict(a=1)) == {"a": 1}
    refuses(TypeError, "x must be a Mapping, got [1]", _checks.mapping, "x", [1])
    refuses(TypeError, "each label of x must be a str, got 2", _checks.mapping, "x", {"a": 1, 2: 3})


def test_some_are_at_least_one_and_may_have_a_most():
    assert _checks.not_empty("x", (1,)) == _checks.not_empty("x", [1], 2) == [1]
    assert _checks.not_empty("x", [1, 2], 2) == [1, 2]
    for bad, most, words in ([], None, "at least 1"), ([], 2, "1 to 2"), ([1, 2, 3], 2, "1 to 2"):
        refuses(ValueError, f"x must be {words}, got {bad}", _checks.not_empty, "x", bad, most)


def test_a_function_is_no_gradient():
    assert _checks.gradient("g", parabola.gradient) == parabola.gradient
    refuses(TypeError, "g must be callable, got 3", _checks.gradient, "g", 3)
    message = f"g must be a gradient, got a function that has one: {parabola}"
    refuses(TypeError, message, _checks.gradient, "g", parabola)


@pytest.mark.parametrize(
    "check", [_checks.array, _checks.numbers, _checks.finite_floats, _checks.samples]
)
@pytest.mark.parametrize("value", [MASKED, [MASKED, MASKED], (MASKED, [1, 2]), np.ma.array([1.0])])
def test_masked_arrays_are_refused(check, value):
    message = "x must not be masked: fill or drop what is masked"
    refuses(TypeError, message, check, "x", value)


def test_an_array_of_numbers_is_not_copied_and_one_of_floats_is():
    array = np.array([1.0, math.inf])
    assert _checks.array("x", array) is _checks.numbers("x", array) is array
    array = np.ones(2)
    assert _checks.samples("x", array) is array and _checks.finite_floats("x", array) is not array
    assert _checks.finite_floats("x", np.float32([1])).dtype == np.float32
    for other in [1], np.int8([1]), np.float16([1]), [Fraction(1)], np.array([1], object):
        assert _checks.finite_floats("x", other).dtype == np.float64
    uneven = "x must be a number or an even array, got [[1, 2], [3]]"
    refuses(ValueError, uneven, _checks.array, "x", [[1, 2], [3]])
    refuses(TypeError, "x must hold real numbers, got [1, 2j]", _checks.numbers, "x", [1, 2j])
    refuses(ValueError, "x must be finite, got [1, inf]", _checks.finite_floats, "x", [1, math.inf])


def test_the_first_sample_that_is_not_finite_is_shown():
    message = "x must be finite, got nan at index (0, 1)"
    refuses(ValueError, message, _checks.samples, "x", [[1, math.nan], [math.inf, 2]])
    for none in [], 3.0, np.ones((2, 0)):
        with pytest.raises(ValueError, match="x must hold at least one sample, got shape"):
            _checks.samples("x", none)


def test_points_have_at_most_one_axis():
    assert _checks.point("x", 3) == 3.0 and _checks.point("x", [3]).tolist() == [3]
    for bad in [], [[1.0]]:
        with pytest.raises(ValueError, match="x must be a number or a 1-D array, not empty"):
            _checks.point("x", bad)
    assert _checks.shaped("g", [math.nan, 1], (2,)).shape == (2,)
    message = "g has shape (2,) at a point of shape ()"
    refuses(ValueError, message, _checks.shaped, "g", [1, 2], ())


def test_a_domain_rises_in_each_variable():
    assert _checks.domain("d", [0, 1]) == (0, 1)
    assert _checks.domain("d", [[0, 1], [2, 3]]) == ((0, 1), (2, 3))
    for bad in [1, 1], [2, 1], [1, 2, 3], [[0, 1], [3, 2]], [[0, 1]]:
        message = f"d must be a pair (low, high) for each variable, got {bad}"
        refuses(ValueError, message, _checks.domain, "d", bad)
    with pytest.raises(ValueError, match="d must be a pair"):
        _checks.domain("d", [0, 1], (2,))


def test_finite_is_told_from_each_number_where_the_squares_overflow():
    for good in 1.0, np.full(3, 1e200), np.float32([3e38]), np.zeros(0):
        assert _checks.all_finite(good)
    for bad in math.nan, [1e200, math.inf], np.float32([1, math.nan]):
        assert not _checks.all_finite(bad)


def test_an_argument_is_looked_at_only_where_the_result_is_not_finite():
    assert _checks.finite(1.0, x=[math.nan]) == 1.0
    assert _checks.finite(math.inf, x=[1.0], y=2.0) == math.inf
    message = "y must be finite, got nan at index (0,)"
    refuses(ValueError, message, _checks.finite, math.inf, x=[1.0], y=math.nan)


def test_only_arithmetic_is_beyond_the_floats():
    def caught(function):
        with pytest.raises(OverflowError) as error:
            function()
        return error.value

    for arithmetic in (
        lambda: 1e200**2.0,
        lambda: math.exp(1000),
        lambda: (1e200 + 1j) ** 2.5,
        lambda: math.fsum([1e308] * 3),
    ):
        assert _checks.beyond_floats(caught(arithmetic))
    assert not _checks.beyond_floats(caught(lambda: int(math.inf)))
    assert not _checks.beyond_floats(OverflowError())


def test_a_height_is_one_number_perhaps_not_finite():
    assert _checks.height("f", lambda x: x * x, 3) == 9.0
    assert _checks.height("f", lambda x: np.array(2), 3) == 2.0
    assert _checks.height("f", math.exp, 1000.0) == math.inf
    assert math.isnan(_checks.height("f", lambda x: math.nan, 3))
    for wrong in None, "3", [3.0], np.ones(1), np.ma.array(3.0), 3j:
        with pytest.raises(TypeError, match="f must return one number, got"):
            _checks.height("f", lambda x, wrong=wrong: wrong, 3)
    with pytest.raises(OverflowError):
        _checks.height("f", lambda x: int(math.inf), 3)


def test_what_is_shown_is_short_and_an_array_says_its_type():
    assert _checks.shown("a") == "'a'"
    assert _checks.shown(np.int8([1, 2])) == "[1, 2] of dtype int8 and shape (2,)"
    assert _checks.shown(np.arange(9.0)) == "[0., 1., ..., 7., 8.] of dtype float64 and shape (9,)"
    assert _checks.shown(np.arange(6)) == "[0, 1, 2, 3, 4, 5] of dtype int64 and shape (6,)"
    assert _checks.shown("x" * 198) == repr("x" * 198)
    assert _checks.shown("x" * 199) == "'" + "x" * 99 + " ... " + "x" * 99 + "'"
    assert _checks.shown([0] * 100) == _checks.cut(str([0] * 100))
    assert _checks.shown([0] * 101) == _checks.cut(str([0] * 100)) + " of length 101"
    assert _checks.shown(10**5000) == "an object of type int"
    assert _checks.shown(Broken()) == "an object of type Broken"
    for long in np.full((9, 9), "x" * 999), {"a": "x" * 10**6}, [np.ones((99, 99))] * 9:
        assert len(_checks.shown(long)) < 300


def test_text_is_cut_in_the_middle():
    assert _checks.cut("x" * 200) == "x" * 200
    assert _checks.cut("a" * 101 + "b" * 100) == "a" * 100 + " ... " + "b" * 100
