"""The numbers that the book learns from are drawn as their docstrings say."""

import math
import re
import sys

import numpy as np
import pytest

from gdcore import datasets
from gdcore.datasets import (
    augment,
    beans,
    digits,
    drawings,
    enlarge,
    noisy_parabola,
    plane,
    recorded,
    scan,
)
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
COUNTS = [
    (beans, "count"),
    (plane, "samples"),
    (plane, "features"),
    (noisy_parabola, "samples"),
]


@pytest.mark.parametrize("make", [*MAKERS, noisy_parabola, digits])
@pytest.mark.parametrize("rng", [0, None, LEGACY, np.random.Generator])
def test_what_is_no_generator_is_refused(make, rng):
    with pytest.raises(TypeError, match=f"rng must be a Generator, got {re.escape(repr(rng))}$"):
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
    with pytest.raises(error, match=f"{name} must be {re.escape(rest)}$"):
        of_seed(make, 0, **{name: count})


@pytest.mark.parametrize(("make", "name"), COUNTS)
def test_a_whole_number_of_numpy_is_a_count(make, name):
    assert 3 in of_seed(make, 0, **{name: np.int64(3)})[0].shape


def test_the_noise_around_the_parabola_is_normal():
    x, y = of_seed(noisy_parabola, 1, samples=4000)
    assert x[[0, -1]].tolist() == [-1, 1] and np.allclose(np.diff(x), 2 / 3999)
    assert_normal(y - (x**2 - 0.5), 0.05)
    assert len(of_seed(noisy_parabola, 1)[0]) == 300


class TestDigits:
    def test_are_dealt_into_two_parts(self):
        from sklearn.datasets import load_digits

        (x, y), (x_test, y_test) = of_seed(digits, 3, test=400)
        assert x.shape == (1397, 784) and x_test.shape == (400, 784)
        # each scan is in one of the parts, with its own label
        everything = np.concatenate([x, x_test]), np.concatenate([y, y_test])
        order = np.lexsort(everything[0].T)
        whole = np.concatenate([*(part[0] for part in of_seed(digits, 4))])
        assert np.array_equal(everything[0][order], whole[np.lexsort(whole.T)])
        assert np.array_equal(np.bincount(everything[1]), np.bincount(load_digits().target))
        assert not np.array_equal(y[:100], of_seed(digits, 4, test=400)[0][1][:100])

    def test_are_enlarged_by_linear_interpolation(self):
        from sklearn.datasets import load_digits

        scans = load_digits()
        _, (x, y) = of_seed(digits, 3, test=5)
        first = np.random.default_rng(3).permutation(1797)[0]
        scan, picture = scans.images[first] / 16, x[0].reshape(28, 28)
        assert y[0] == scans.target[first]

        def height(row, column):
            # The four pixels around a place, weighted by how near they are; at the rim the nearest.
            at = [min(max((n + 0.5) * 8 / 28 - 0.5, 0), 7) for n in (row, column)]
            (i, j), (u, v) = [min(int(a), 6) for a in at], [a - min(int(a), 6) for a in at]
            above = (1 - v) * scan[i, j] + v * scan[i, j + 1]
            below = (1 - v) * scan[i + 1, j] + v * scan[i + 1, j + 1]
            return (1 - u) * above + u * below

        by_hand = [[height(row, column) for column in range(28)] for row in range(28)]
        assert picture == pytest.approx(np.array(by_hand), abs=1e-14)
        assert picture.min() >= 0 and 0.5 < picture.max() <= 1

    def test_are_the_same_bytes_for_the_same_seed(self):
        one, two = of_seed(digits, 3), of_seed(digits, 3)
        assert all(
            a.tobytes() == b.tobytes()
            for p, q in zip(one, two, strict=True)
            for a, b in zip(p, q, strict=True)
        )

    @pytest.mark.parametrize(
        ("test", "message"), [(0, "at least 1, got 0"), (1797, "below the 1797"), (9999, "below")]
    )
    def test_both_parts_have_some(self, test, message):
        with pytest.raises(ValueError, match=f"test must be {message}"):
            of_seed(digits, 0, test=test)
        assert len(of_seed(digits, 0, test=1796)[0][0]) == 1

    def test_say_what_to_install(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
        with pytest.raises(
            ImportError, match=r"digits needs scikit-learn: pip install scikit-learn$"
        ):
            of_seed(digits, 0)


@pytest.mark.parametrize("name", ["batches", "training", "pytorch", "parallel", "blocks"])
def test_a_record_names_date_machine_and_versions(name):
    record = recorded(name)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", record["date"])
    assert record["machine"]["cores"] >= 1
    assert {"python", "numpy", "gdcore"} <= record["versions"].keys()


DRAWN = recorded("drawn")


def test_there_are_four_drawings_in_each_of_three_styles_of_a_digit():
    digits, styles = np.array(DRAWN["digits"]), np.array(DRAWN["styles"])
    assert digits.tolist() == [k // 12 for k in range(120)]
    assert len(DRAWN["strokes"]) == 120
    for digit in range(10):
        names, counts = np.unique(styles[digits == digit], return_counts=True)
        assert len(names) == 3 and counts.tolist() == [4, 4, 4]


def test_which_two_of_four_are_held_was_dealt_by_a_generator():
    deal = np.random.default_rng(2026)
    held = [4 * k + i for k in range(30) for i in sorted(deal.permutation(4)[:2].tolist())]
    assert DRAWN["held"] == held


def test_no_two_drawings_are_alike():
    assert len({scan(strokes).tobytes() for strokes in DRAWN["strokes"]}) == 120
    corners = [
        [side(np.concatenate(strokes), axis=0) for side in (np.min, np.max)]
        for strokes in DRAWN["strokes"]
    ]
    heights = [high[1] - low[1] for low, high in corners]
    assert max(heights) > 2 * min(heights)
    assert all(low.min() >= 0 and high.max() <= 1000 for low, high in corners)


class TestDrawings:
    def test_what_is_held_is_scanned_as_it_is(self):
        _, (x, y) = of_seed(drawings, 1, copies=1)
        held = DRAWN["held"]
        assert np.array_equal(x, enlarge([scan(DRAWN["strokes"][i]) for i in held]))
        assert y.tolist() == [DRAWN["digits"][i] for i in held]

    def test_nothing_is_learned_from_what_is_held(self, monkeypatch):
        seen = []
        monkeypatch.setattr(
            datasets, "augment", lambda rng, strokes: seen.append(strokes) or strokes
        )
        (x, y), _ = of_seed(drawings, 1, copies=2)
        others = [i for i in range(120) if i not in DRAWN["held"]]
        assert seen == [DRAWN["strokes"][i] for i in others for _ in range(2)]
        assert y.tolist() == [DRAWN["digits"][i] for i in others for _ in range(2)]
        assert x.shape == (120, 784)
        assert np.any(x[0] != x[1])  # by another pen

    def test_the_copies_differ_and_the_seed_decides(self):
        (x, _), (held, _) = of_seed(drawings, 1, copies=3)
        assert len(np.unique(x, axis=0)) == 180
        assert x.min() >= 0 and x.max() <= 1
        (again, _), _ = of_seed(drawings, 1, copies=3)
        (other, _), (same, _) = of_seed(drawings, 2, copies=3)
        assert np.array_equal(x, again) and not np.array_equal(x, other)
        assert np.array_equal(held, same)


class TestAugment:
    LINES = ([(0, 0), (3, 1), (5, 9), (2, 20)], [(1, 10), (6, 10)])

    def test_there_are_as_many_lines_about_where_they_were(self):
        for seed in range(50):
            varied = of_seed(lambda rng: augment(rng, self.LINES), seed)
            assert [line.shape for line in varied] == [(4, 2), (2, 2)]
            for line, before in zip(varied, self.LINES, strict=True):
                # A slant of 0.4 moves half of 20 by 4, a turn of 0.12 by 1.2, and the paper bends.
                assert np.abs(line - before).max() < 4 + 1.2 + 20 * 0.3

    def test_of_a_long_line_at_most_an_eighth_is_lost_at_each_end(self):
        line = [(0, y) for y in range(100)]
        lengths = [len(of_seed(lambda rng: augment(rng, [line]), seed)[0]) for seed in range(50)]
        assert 76 <= min(lengths) < 85 and 95 < max(lengths) <= 100

    def test_slants_go_both_ways(self):
        lines = [
            of_seed(lambda rng: augment(rng, [[(0, 0), (0, 20)]]), seed)[0] for seed in range(80)
        ]
        leans = np.array([(line[1] - line[0])[0] / 20 for line in lines])
        assert abs(leans.mean()) < 4 * 0.3 / math.sqrt(80)
        assert leans.min() < -0.3 and leans.max() > 0.3

    def test_place_and_size_do_not_matter(self):
        moved = [8 * np.array(line) + 512 for line in self.LINES]
        for one, other in zip(
            of_seed(lambda rng: augment(rng, self.LINES), 1),
            of_seed(lambda rng: augment(rng, moved), 1),
            strict=True,
        ):
            assert other == pytest.approx(8 * one + 512)

    def test_what_was_handed_over_stays_as_it_was(self):
        lines = [np.array(line, float) for line in self.LINES]
        of_seed(lambda rng: augment(rng, lines), 1)
        assert all(np.array_equal(a, b) for a, b in zip(lines, self.LINES, strict=True))

    def test_a_dot_is_a_drawing_too(self):
        (dot,) = of_seed(lambda rng: augment(rng, [[(5, 5)]]), 1)
        assert dot == pytest.approx(np.array([[5, 5]]), abs=1e-6)


def test_other_records_are_refused():
    with pytest.raises(ValueError, match=r"name must be .*, got '\.\./secret'$"):
        recorded("../secret")


@pytest.mark.parametrize("test", [97, np.int64(500)])
def test_every_digit_keeps_its_label(test):
    from sklearn.datasets import load_digits

    scans, order = load_digits(), np.random.default_rng(3).permutation(1797)
    parts = zip(of_seed(digits, 3, test=test), (order[test:], order[:test]), strict=True)
    for (x, y), chosen in parts:
        assert x.flags.c_contiguous and x.dtype == np.float64 and y.dtype.kind == "i"
        assert y.tolist() == scans.target[chosen].tolist()
        # At the four corners linear interpolation leaves the scan's pixels as they are.
        corners = scans.images[chosen][:, [0, 0, 7, 7], [0, 7, 0, 7]] / 16
        assert x[:, [0, 27, 756, 783]] == pytest.approx(corners, abs=1e-14)
        # And 12.25 times as many pixels hold just as much more ink: no weight gets lost.
        ink = scans.images[chosen].sum(axis=(1, 2)) / 16
        assert x.sum(axis=1) == pytest.approx(12.25 * ink, rel=1e-12)


@pytest.mark.parametrize("test", [2.0, True, "3", None])
def test_how_many_digits_to_test_on_is_a_whole_number(test):
    with pytest.raises(TypeError, match=f"test must be a whole number, got {test!r}$"):
        of_seed(digits, 0, test=test)


class TestScan:
    def test_an_upright_line_by_hand(self):
        # Half the pen is 0.7 wide, so all of the 20 x 32 fields are inked but for the round ends:
        # the 10 of its 11.4 are 28 fields. These are more than 560, so two fields go all around,
        # which leaves 16 x 28: four whole columns of pixels, and half of the first and last.
        counts = scan([[(0, 0), (0, 10)]])
        assert counts.shape == (8, 8)
        assert counts[1:7].tolist() == [[0, 0, 16, 16, 16, 16, 0, 0]] * 6
        assert counts[0].tolist() == counts[7].tolist() == [0, 0, 7, 8, 8, 7, 0, 0]

    def test_a_frame_by_hand(self):
        # 28 x 60 units, half a pen of 3, in a box of 34 x 66: 1.7 x 2.0625 units a field. So the
        # sides are 6 / 1.7 = 3.5 fields wide, and top and bottom 6 / 2.0625 = 2.9 high. With
        # centres at 0.5, 1.5, ... that makes 4 and 3: 20 * 32 - 12 * 26 = 328, less the corners.
        # From 256 to 412 are left as they are.
        counts = scan([[(0, 0), (28, 0), (28, 60), (0, 60), (0, 0)]], pen=0.05)
        assert 320 <= counts.sum() <= 328
        assert counts[3].tolist() == [0, 8, 8, 0, 0, 8, 8, 0]
        assert counts[0, 3:5].tolist() == counts[7, 3:5].tolist() == [12, 12]

    def test_thin_lines_are_thickened_and_thick_ones_thinned(self):
        frame = [(0, 0), (28, 0), (28, 60), (0, 60), (0, 0)]
        # Half a pen of 1.2 in a box of 30.4 x 62.4: the sides are 2.4 / 1.52 wide, 2 columns, 6 and
        # 7 at the left. Fewer than 256 fields, so these become 5 to 8.
        assert scan([frame], pen=0.02)[3].tolist() == [0, 12, 4, 0, 0, 4, 12, 0]
        # Half a pen of 6 in a box of 40 x 72: 12 / 2 = 6 columns, 6 to 11. More than 412, so these
        # become 7 to 10.
        assert scan([frame], pen=0.1)[3].tolist() == [0, 4, 12, 0, 0, 12, 4, 0]

    def test_a_line_too_thin_for_any_field_leaves_an_empty_scan(self):
        assert not scan([[(0, 0), (28, 0), (28, 60), (0, 60), (0, 0)]], pen=0.005).any()

    @pytest.mark.parametrize("lean", [-6, -3, 3, 6])
    def test_a_slant_is_taken_away(self, lean):
        # The ink of each row begins at the same field, and is as wide as that of the others.
        counts = scan([[(0, 0), (-lean, 20)]])
        assert counts[2:6].max() == 16
        assert np.ptp(counts[2:6], axis=0).max() <= 3

    def test_of_two_lines_the_left_one_is_made_upright(self):
        counts = scan([[(0, 0), (0, 20)], [(16, 0), (8, 20)]])
        assert np.ptp(counts[1:7, 1:3], axis=0).max() <= 3
        right = counts[:, 4:] @ np.arange(4) / counts[:, 4:].sum(axis=1)
        assert right[1] > right[6] + 1

    def test_it_does_not_matter_how_many_points_a_line_has(self):
        line = [(0, y) for y in np.linspace(0, 10, 40)]
        assert np.array_equal(scan([line]), scan([line[:: len(line) - 1]]))

    def test_an_open_line_stays_open(self):
        counts = scan([[(0, 0), (4, 14), (8, 0)]])  # a V, whose left edge becomes upright
        inked = np.flatnonzero(counts[0])
        assert np.any(counts[0, inked[0] : inked[-1]] == 0)

    @pytest.mark.parametrize(("factor", "shift"), [(2.0**-20, 0.0), (4.0, 512.0)])
    def test_place_and_size_do_not_matter(self, factor, shift):
        for strokes in DRAWN["strokes"][::7]:
            moved = [np.array(stroke) * factor + shift for stroke in strokes]
            assert np.array_equal(scan(moved), scan(strokes))

    def test_the_way_of_the_pen_does_not_matter(self):
        for strokes in DRAWN["strokes"][::7]:
            back = [stroke[::-1] for stroke in reversed(strokes)]
            assert np.abs(scan(back) - scan(strokes)).sum() <= 4  # a field or two by rounding

    def test_a_dot_and_a_repeated_point_are_drawings_too(self):
        dot = scan([[(5, 5)]])
        assert dot.sum() > 256 and np.array_equal(dot, dot[:, ::-1])
        assert np.array_equal(scan([[(0, 0), (0, 9)]]), scan([[(0, 0), (0, 0), (0, 9)], [(0, 4)]]))

    def test_its_way_is_that_of_the_scans(self):
        from sklearn.datasets import load_digits

        scans = load_digits().images
        ours = np.array([scan(strokes) for strokes in DRAWN["strokes"]])
        assert abs(scans.mean() - ours.mean()) < 0.5  # of 16
        for axis in (1, 2):  # which columns, and which rows, have any ink
            usual = (scans.max(axis=axis) > 0).mean(axis=0)
            found = (ours.max(axis=axis) > 0).mean(axis=0)
            assert np.abs(usual - found).max() < 0.2

    @pytest.mark.parametrize(
        ("strokes", "message"),
        [
            ([], r"strokes must be at least 1"),
            ([[]], r"strokes\[0\] must hold at least one sample"),
            ([[(0, 0)], [(0, 0, 1)]], r"strokes\[1\] must be of shape \(points, 2\)"),
            ([[1, 2]], r"strokes\[0\] must be of shape \(points, 2\), got shape \(2,\)"),
            ([[[1], [2]]], r"strokes\[0\] must be of shape \(points, 2\), got shape \(2, 1\)"),
            ([np.ones((2, 2, 2))], r"strokes\[0\] must be .*, got shape \(2, 2, 2\)"),
            ([[(0, np.nan)]], r"strokes\[0\] must be finite"),
        ],
    )
    def test_what_is_no_drawing_is_refused(self, strokes, message):
        with pytest.raises(ValueError, match=message):
            scan(strokes)


class TestEnlarge:
    @pytest.mark.parametrize("shape", [(1, 7, 9), (1, 8, 9), (64,)])
    def test_pictures_of_another_size_are_refused(self, shape):
        message = f"scans must be of shape (samples, 8, 8), got shape {shape}"
        with pytest.raises(ValueError, match=re.escape(message)):
            enlarge(np.zeros(shape))

    def test_between_two_pixels_by_hand(self):
        # Pixel i of 28 lies at (i + 0.5) * 8 / 28 - 0.5: 0 for i = 1.25, so i = 1 is off the edge,
        # and i = 2 at 3/14, between the pixels 0 and 1.
        scans = np.zeros((1, 8, 8))
        scans[0, :, 1] = 16
        row = enlarge(scans).reshape(28, 28)[10]
        assert row[:3] == pytest.approx([0, 0, 3 / 14])
        assert row.max() == pytest.approx(13 / 14)

    def test_the_whole_is_the_sum_of_its_pixels(self):
        scans = np.random.default_rng(1).integers(0, 17, (5, 8, 8))
        each = enlarge(16 * np.eye(64).reshape(-1, 8, 8))
        assert np.allclose(enlarge(scans), scans.reshape(5, 64) / 16 @ each)
