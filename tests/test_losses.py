"""Losses: values and gradients by hand, in any precision, and however large the outputs are."""

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gdcore.losses import CrossEntropy, Loss, MeanSquaredError, softmax


@given(
    st.lists(st.floats(-1e4, 1e4), min_size=2, max_size=6),
    st.integers(0, 5),
    st.sampled_from([np.float32, np.float64]),
)
def test_cross_entropy_is_right_however_large_the_outputs(outputs, answer, dtype):
    z = np.array([outputs], dtype)
    answer %= len(outputs)
    largest = float(z.max())
    total = math.fsum(math.exp(float(v) - largest) for v in z[0])
    chances = [math.exp(float(v) - largest) / total for v in z[0]]
    expected = math.log(total) + largest - float(z[0, answer])
    tolerance = 1e-5 if dtype == np.float32 else 1e-12
    y = np.array([answer])
    assert softmax(z)[0] == pytest.approx(chances, rel=100 * tolerance, abs=tolerance)
    assert CrossEntropy().value(z, y) == pytest.approx(expected, rel=tolerance, abs=tolerance)
    deserved = np.eye(len(outputs))[answer]
    assert CrossEntropy().gradient(z, y)[0] == pytest.approx(
        chances - deserved, rel=100 * tolerance, abs=tolerance
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_samples_of_very_different_outputs_do_not_disturb_each_other(dtype):
    # each is as sure of its class as 1 is larger than 0: chances 1 / (1 + e^-1)
    z, y = np.array([[1e4, 9999], [-1e4, -9999], [0, 1]], dtype), np.array([0, 1, 1])
    chance = 1 / (1 + math.exp(-1))
    assert softmax(z)[range(3), y] == pytest.approx(chance, rel=1e-6)
    assert CrossEntropy().value(z, y) == pytest.approx(-math.log(chance), rel=1e-6)


def test_softmax_leaves_its_argument_alone():
    z = np.array([[1.0, 2.0], [3.0, 3.0]])
    softmax(z)
    assert z.tolist() == [[1, 2], [3, 3]]
    assert softmax([[1, 2]]) == pytest.approx(np.array([[1, math.e]]) / (1 + math.e))
    assert softmax(np.float32([[1, 2]])).dtype == np.float32


@pytest.mark.parametrize("kind", [np.int8, np.uint8])
def test_whole_outputs_do_not_wrap_around(kind):
    # differences of 127 + 128 and of 255
    z = np.array([[np.iinfo(kind).min, np.iinfo(kind).max]], kind)
    assert softmax(z)[0] == pytest.approx([0, 1])
    assert CrossEntropy().value(z, [0]) == pytest.approx(255)
    assert MeanSquaredError().value(z, [[np.iinfo(kind).max] * 2]) == 255**2 / 2


@np.errstate(invalid="ignore")
def test_rows_that_are_not_finite_spoil_only_themselves():
    p = softmax([[0, np.inf], [1, np.nan], [5, 5], [-np.inf, 0]])
    assert np.isnan(p[:2]).all() and p[2:].tolist() == [[0.5, 0.5], [0, 1]]


class TestByHand:
    # errors 1, -2, 0, 3 of 2 samples and 2 outputs: 14 / 4, and 2/4 of each
    outputs, y = [[1, 2], [3, 4]], [[0, 4], [3, 1]]

    def test_squares(self):
        assert MeanSquaredError().value(self.outputs, self.y) == 3.5
        slopes = MeanSquaredError().gradient(self.outputs, self.y)
        assert slopes.tolist() == [[0.5, -1], [0, 1.5]]

    def test_one_output_may_come_without_its_axis(self):
        for y in ([0, 5], [[0], [5]]):
            assert MeanSquaredError().value([[1], [2]], y) == 5
            assert MeanSquaredError().gradient([[1], [2]], y).tolist() == [[1], [-3]]

    def test_cross_entropy(self):
        # chances 1/4, 3/4 and 1/2, 1/2; of the right classes 3/4 and 1/2
        outputs, y = np.log([[1, 3], [1, 1]]), [1, 0]
        expected = (math.log(4 / 3) + math.log(2)) / 2
        assert CrossEntropy().value(outputs, y) == pytest.approx(expected, rel=1e-15)
        slopes = CrossEntropy().gradient(outputs, y)
        assert slopes == pytest.approx(np.array([[1, -1], [-2, 2]]) / 8, rel=1e-15)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("samples", [1, 2, 7])
@pytest.mark.parametrize("loss", [MeanSquaredError(), CrossEntropy()])
def test_a_gradient_is_that_of_the_value(loss, samples, dtype):
    rng = np.random.default_rng(samples)
    z = rng.normal(size=(samples, 3))
    classes = isinstance(loss, CrossEntropy)
    y = rng.integers(0, 3, samples) if classes else rng.normal(size=(samples, 3))
    slopes, before = loss.gradient(z.astype(dtype), y), z.copy()
    assert slopes.dtype == dtype and type(loss.value(z.astype(dtype), y)) is float
    for at in np.ndindex(z.shape):
        nudge = np.zeros_like(z)
        nudge[at] = 1e-6
        measured = (loss.value(z + nudge, y) - loss.value(z - nudge, y)) / 2e-6
        assert slopes[at] == pytest.approx(measured, rel=1e-5, abs=1e-6)
    assert np.array_equal(z, before)


@pytest.mark.parametrize("kind", ["u1", "i1", ">i2", "<i4", ">i8", "u8"])
def test_classes_may_be_whole_numbers_of_any_kind(kind):
    z, y = np.log([[1, 3], [1, 1]]), np.array([1, 0])
    assert CrossEntropy().value(z, y.astype(kind)) == CrossEntropy().value(z, y)
    assert np.array_equal(CrossEntropy().gradient(z, y.astype(kind)), CrossEntropy().gradient(z, y))
    with pytest.raises(ValueError, match="y must hold classes from 0 to 1, got 2"):
        CrossEntropy().gradient(z, (2 * y).astype(kind))


Z = np.ones((4, 3))
BAD = [
    ([1, 2], [0, 1], "outputs must be of shape (samples, outputs), got shape (2,)"),
    (np.ones((0, 3)), [], "outputs must be of shape (samples, outputs), got shape (0, 3)"),
    (
        np.ones((2, 3, 1)),
        [0, 1],
        "outputs must be of shape (samples, outputs), got shape (2, 3, 1)",
    ),
    ("a", [0], "outputs must hold real numbers, got 'a'"),
    (Z, ["a"] * 4, "y must hold real numbers, got ['a', 'a', 'a', 'a']"),
    (Z, np.ma.array([0, 1, 2, 0], mask=[0, 0, 1, 0]), "y must not be masked: fill or drop what"),
]
BAD_CLASSES = [
    ([0, 1, 2], "y of shape (3,) does not fit 4 samples"),
    ([[0], [1], [2], [0]], "y of shape (4, 1) does not fit 4 samples"),
    (1, "y of shape () does not fit 4 samples"),
    ([0, 1, 3, 0], "y must hold classes from 0 to 2, got 3"),
    ([0, 4, 3, 0], "y must hold classes from 0 to 2, got 4"),
    ([0, -1, 1, 0], "y must hold classes from 0 to 2, got -1"),
    (np.int8([0, -128, 1, 0]), "y must hold classes from 0 to 2, got -128"),
    ([0.0, 1, 1, 0], "y must hold classes, which are whole numbers, got float64"),
]
BAD_NUMBERS = [
    (np.ones(4), "y of shape (4,) does not fit 4 samples and 3 outputs"),
    (np.ones((3, 4)), "y of shape (3, 4) does not fit 4 samples and 3 outputs"),
    (np.ones((5, 3)), "y of shape (5, 3) does not fit 4 samples and 3 outputs"),
    (np.ones((4, 4)), "y of shape (4, 4) does not fit 4 samples and 3 outputs"),
    (np.ones((4, 1)), "y of shape (4, 1) does not fit 4 samples and 3 outputs"),
    ([[0, 1, 2]] * 3 + [[0, np.inf, 0]], "y must be finite, got inf at index (3, 1)"),
    (1.0, "y of shape () does not fit 4 samples and 3 outputs"),
]


@pytest.mark.parametrize("does", ["value", "gradient"])
@pytest.mark.parametrize(
    ("loss", "outputs", "y", "message"),
    [
        *((loss, *row) for loss in (MeanSquaredError(), CrossEntropy()) for row in BAD),
        *((CrossEntropy(), Z, *row) for row in BAD_CLASSES),
        *((MeanSquaredError(), Z, *row) for row in BAD_NUMBERS),
        *(
            (MeanSquaredError(), Z[:, :1], np.ones(n), f"y of shape ({n},) does not fit 4 samples")
            for n in (3, 5)
        ),
    ],
)
def test_bad_calls_are_named(loss, does, outputs, y, message):
    name = f"{type(loss).__name__}.{does}"
    with pytest.raises((TypeError, ValueError), match=f"^{name}: {re.escape(message)}"):
        getattr(loss, does)(outputs, y)


@pytest.mark.parametrize("outputs", [[1, 2], np.ones((0, 2)), np.ones((2, 0)), np.ones((1, 1, 1))])
def test_softmax_is_of_samples_and_classes(outputs):
    with pytest.raises(
        ValueError, match=r"^softmax: outputs must be of shape \(samples, outputs\)"
    ):
        softmax(outputs)


def test_the_base_does_nothing_itself():
    for does in (Loss().value, Loss().gradient):
        with pytest.raises(NotImplementedError):
            does([[1]], [1])
