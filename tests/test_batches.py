"""Batches show each sample as often as they should, and keep together what belongs together."""

import copy
import math
import os
import pickle
import re
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from itertools import chain, combinations, islice
from multiprocessing import get_context

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gdcore.batches import Batches, Indices
from gdcore.regression import gradient

BOTH_WAYS = pytest.mark.parametrize("replace", [False, True])


def batches(*data, batch_size, seed=0, replace=False):
    return Batches(*data, batch_size=batch_size, rng=np.random.default_rng(seed), replace=replace)


def epoch(draw):
    """The batches of one epoch, for a supply with one array of whole numbers."""
    return [batch.tolist() for (batch,) in islice(draw, draw.steps_per_epoch)]


def shown(draw):
    """The samples of one epoch, one after the other."""
    return list(chain(*epoch(draw)))


def numbers_drawn(draw, count):
    """So many batches of one array, a row for each."""
    return np.array([batch for (batch,) in islice(draw, count)])


def test_five_samples_in_twos_by_hand():
    # 2 + 2 + 1 = 5, so three batches are an epoch; then the next one begins with 2 again
    draw = batches([10, 20, 30, 40, 50], batch_size=2)
    assert draw.steps_per_epoch == 3
    for _ in range(2):
        first, second, last = epoch(draw)
        assert (len(first), len(second), len(last)) == (2, 2, 1)
        assert sorted(first + second + last) == [10, 20, 30, 40, 50]


@BOTH_WAYS
@pytest.mark.parametrize(
    ("samples", "batch_size", "steps"),
    [(10, 1, 10), (10, 4, 3), (10, 5, 2), (10, 6, 2), (10, 9, 2), (10, 10, 1), (1, 1, 1)],
)
def test_steps_per_epoch_by_hand(samples, batch_size, steps, replace):
    draw = batches(np.arange(samples), batch_size=batch_size, replace=replace)
    assert draw.steps_per_epoch == steps
    assert type(draw.steps_per_epoch) is int


seeds = st.integers(0, 2**32)
sizes = st.integers(1, 30).flatmap(lambda n: st.tuples(st.just(n), st.integers(1, n)))


@given(sizes, seeds)
def test_an_epoch_shows_each_sample_once(sizes, seed):
    samples, batch_size = sizes
    draw = batches(np.arange(samples), batch_size=batch_size, seed=seed)
    for _ in range(3):
        assert sorted(shown(draw)) == list(range(samples))


@given(sizes, seeds)
def test_the_last_batch_of_an_epoch_holds_what_is_left(sizes, seed):
    samples, batch_size = sizes
    full, left = divmod(samples, batch_size)
    draw = batches(np.arange(samples), batch_size=batch_size, seed=seed)
    for _ in range(2):
        assert [len(batch) for batch in epoch(draw)] == [batch_size] * full + [left] * (left > 0)


@given(sizes, seeds)
def test_with_replacement_every_batch_is_full(sizes, seed):
    samples, batch_size = sizes
    draw = batches(np.arange(samples), batch_size=batch_size, seed=seed, replace=True)
    drawn = numbers_drawn(draw, 2 * draw.steps_per_epoch + 1)
    assert drawn.shape[1] == batch_size
    assert set(drawn.flat) <= set(range(samples))


def test_epochs_are_shuffled_and_each_in_another_way():
    # 20 samples have 20! orders: that two of four agree would be a wonder
    draw = batches(np.arange(20), batch_size=4)
    orders = {tuple(shown(draw)) for _ in range(4)}
    assert len(orders) == 4
    assert tuple(range(20)) not in orders


class TestChances:
    """Counts with a fixed seed, within five standard deviations, sqrt(n p (1 - p)) each."""

    def assert_even(self, counts, times, chance):
        deviation = math.sqrt(times * chance * (1 - chance))
        assert np.all(np.abs(np.array(counts) - times * chance) < 5 * deviation)

    def test_with_replacement_each_sample_is_drawn_equally_often(self):
        # 2000 batches of 5 out of 10: each sample 1000 times, give or take 30
        drawn = numbers_drawn(batches(np.arange(10), batch_size=5, replace=True), 2000)
        self.assert_even(np.bincount(drawn.ravel(), minlength=10), 10_000, 1 / 10)

    def test_with_replacement_a_batch_repeats_a_sample_as_often_as_chance_does(self):
        # the second of two is the first again in one batch of ten
        drawn = numbers_drawn(batches(np.arange(10), batch_size=2, replace=True), 5000)
        self.assert_even(np.sum(drawn[:, 0] == drawn[:, 1]), 5000, 1 / 10)

    def test_with_replacement_what_came_before_does_not_matter(self):
        # at a distance of less than an epoch, too, a sample comes again one time in ten
        drawn = numbers_drawn(batches(np.arange(10), batch_size=1, replace=True), 5000).ravel()
        for distance in range(1, 10):
            again = np.sum(drawn[distance:] == drawn[:-distance])
            self.assert_even(again, 5000 - distance, 1 / 10)

    @pytest.mark.parametrize(("position", "length"), [(0, 2), (1, 2), (2, 1)])
    def test_each_sample_is_equally_likely_in_each_batch_even_the_short_one(self, position, length):
        # 5 samples in batches of 2, 2 and 1: a place for 2/5, 2/5 and 1/5 of them
        draw = batches(np.arange(5), batch_size=2)
        drawn = np.array([epoch(draw)[position] for _ in range(3000)])
        assert drawn.shape == (3000, length)
        self.assert_even(np.bincount(drawn.ravel(), minlength=5), 3000, length / 5)

    def test_each_pair_of_samples_is_equally_likely_in_a_batch(self):
        # 5 samples make 10 pairs
        draw = batches(np.arange(5), batch_size=2)
        drawn = [tuple(sorted(epoch(draw)[0])) for _ in range(3000)]
        pairs = list(combinations(range(5), 2))
        self.assert_even([drawn.count(pair) for pair in pairs], 3000, 1 / 10)


class TestUnbiased:
    """Whole numbers, and as many as a power of two: no operation rounds, so == is meant."""

    x = np.array([[1, 4], [2, -3], [0, 5], [-6, 1], [7, 2], [3, 3], [-2, 8], [5, -1]], float)
    y = np.array([3, -1, 4, 1, -5, 9, 2, 6], float)
    theta = np.array([2.0, -3.0])

    def full(self):
        return gradient(self.theta, self.x, self.y).tolist()

    @pytest.mark.parametrize("batch_size", [1, 2, 4, 8])
    def test_the_mean_over_all_possible_batches_is_the_full_gradient(self, batch_size):
        rows = [list(batch) for batch in combinations(range(8), batch_size)]
        gradients = [gradient(self.theta, self.x[batch], self.y[batch]) for batch in rows]
        assert np.mean(gradients, axis=0).tolist() == self.full()

    @pytest.mark.parametrize("batch_size", [1, 2, 4, 8])
    def test_the_mean_over_an_epoch_is_the_full_gradient(self, batch_size):
        draw = batches(self.x, self.y, batch_size=batch_size)
        gradients = [gradient(self.theta, *b) for b in islice(draw, draw.steps_per_epoch)]
        assert np.mean(gradients, axis=0).tolist() == self.full()

    def test_single_gradients_are_not_the_full_one(self):
        # else the two tests above would show nothing
        draw = batches(self.x, self.y, batch_size=1)
        assert all(gradient(self.theta, *b).tolist() != self.full() for b in islice(draw, 8))


@BOTH_WAYS
@pytest.mark.parametrize("batch_size", [1, 3, 7])
def test_arrays_stay_paired_whatever_their_shape(batch_size, replace):
    numbers = np.arange(7)
    wide = np.arange(14).reshape(7, 2)
    deep = np.arange(42).reshape(7, 2, 3) / 2
    draw = batches(numbers, wide, deep, batch_size=batch_size, replace=replace)
    for rows, some_wide, some_deep in islice(draw, 2 * draw.steps_per_epoch):
        assert np.array_equal(some_wide, wide[rows])
        assert np.array_equal(some_deep, deep[rows])


@BOTH_WAYS
@pytest.mark.parametrize("batch_size", [2, 4])
def test_each_array_keeps_its_type(batch_size, replace):
    kinds = [np.float32, np.float64, np.uint8, np.int64]
    data = [np.arange(4, dtype=kind) for kind in kinds]
    batch = next(batches(*data, batch_size=batch_size, replace=replace))
    assert [array.dtype for array in batch] == kinds


@BOTH_WAYS
def test_lists_and_arrays_in_any_order_of_memory_will_do(replace):
    plain = np.arange(12.0).reshape(4, 3)
    strided = np.repeat(plain, 2, axis=0)[::2]
    draw = batches(
        plain.tolist(),
        np.asfortranarray(plain),
        strided,
        plain.astype(">f8"),
        batch_size=3,
        replace=replace,
    )
    for first, *others in islice(draw, 4):
        assert all(np.array_equal(first, other) for other in others)


@BOTH_WAYS
def test_the_same_seed_gives_the_same_batches_and_another_seed_others(replace):
    def drawn(seed):
        draw = batches(np.arange(30), batch_size=10, seed=seed, replace=replace)
        return numbers_drawn(draw, 9).tolist()

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)


def test_a_batch_of_all_samples_is_the_data_in_order_and_asks_for_no_draw():
    x, y = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), [7, 8, 9]
    rng = np.random.default_rng(0)
    before = rng.bit_generator.state
    for batch in islice(Batches(x, y, batch_size=3, rng=rng), 4):
        assert type(batch) is tuple
        assert [array.tolist() for array in batch] == [x.tolist(), y]
        assert np.shares_memory(batch[0], x)
        assert not any(array.flags.writeable for array in batch)
    assert x.flags.writeable
    assert rng.bit_generator.state == before


def test_a_smaller_batch_does_ask_for_a_draw():
    rng = np.random.default_rng(0)
    before = rng.bit_generator.state
    next(Batches([1, 2, 3], batch_size=2, rng=rng))
    assert rng.bit_generator.state != before


def test_with_replacement_a_batch_of_all_samples_is_drawn_too():
    # that 20 draws out of 20 show all of them has a chance of 20!/20^20, about 2e-8
    drawn = numbers_drawn(batches(np.arange(20), batch_size=20, replace=True), 5)
    assert drawn.shape == (5, 20)
    assert all(len(set(batch)) < 20 for batch in drawn.tolist())


@BOTH_WAYS
@pytest.mark.parametrize("batch_size", [2, 3])
def test_the_data_are_left_alone_and_need_not_be_writable(batch_size, replace):
    x = np.array([1.0, 2.0, 3.0])
    x.flags.writeable = False
    for (batch,) in islice(batches(x, batch_size=batch_size, replace=replace), 6):
        assert set(batch) <= {1, 2, 3}
    assert x.tolist() == [1, 2, 3]


@BOTH_WAYS
def test_what_is_written_into_a_smaller_batch_does_not_reach_the_data(replace):
    x = np.array([1.0, 2.0, 3.0])
    for (batch,) in islice(batches(x, batch_size=2, replace=replace), 6):
        batch[:] = 99
    assert x.tolist() == [1, 2, 3]


def test_a_for_loop_takes_tuples_and_goes_on_where_the_last_one_stopped():
    draw = batches([1, 2, 3, 4], [10, 20, 30, 40], batch_size=1)
    seen = []
    for _ in range(2):
        for x, y in draw:
            assert y[0] == 10 * x[0]
            seen.append(int(x[0]))
            if len(seen) % 2 == 0:
                break
    assert sorted(seen) == [1, 2, 3, 4]
    assert iter(draw) is draw
    assert type(next(draw)) is tuple


def test_a_whole_number_of_numpy_is_a_batch_size():
    assert len(next(batches([1, 2, 3], batch_size=np.int64(2)))[0]) == 2


COPIES = pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda draw: pickle.loads(pickle.dumps(draw))]
)


@BOTH_WAYS
@COPIES
@pytest.mark.parametrize("before", [0, 1, 3, 4])
def test_a_copy_goes_on_from_where_it_was_made(copied, before, replace):
    draw = batches(np.arange(7), np.arange(14).reshape(7, 2), batch_size=2, replace=replace)
    for _ in range(before):
        next(draw)
    again = copied(draw)
    ours, theirs = (
        [[a.tolist() for a in batch] for batch in islice(one, 9)] for one in (draw, again)
    )
    assert ours == theirs and again.steps_per_epoch == 4


@COPIES
def test_a_copy_s_batch_of_all_samples_is_read_only_too(copied):
    x = np.arange(3.0)
    (batch,) = next(copied(batches(x, batch_size=3)))
    assert batch.tolist() == [0, 1, 2] and not batch.flags.writeable
    assert x.flags.writeable and not np.shares_memory(batch, x)


def test_many_starts_run_in_many_processes():
    draws = [batches(np.arange(6), batch_size=4, seed=seed) for seed in range(4)]
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        elsewhere = [batch.tolist() for (batch,) in pool.map(next, draws)]
    assert elsewhere == [next(draw)[0].tolist() for draw in draws]


@BOTH_WAYS
def test_indices_are_those_of_the_batches(replace):
    numbers = Indices(7, 3, np.random.default_rng(5), replace)
    draw = batches(np.arange(7), batch_size=3, seed=5, replace=replace)
    for _ in range(10):
        assert next(numbers).tolist() == next(draw)[0].tolist()


def test_indices_of_no_samples_are_refused():
    with pytest.raises(ValueError, match=r"^Indices: samples must be at least 1, got 0$"):
        Indices(0, 1, np.random.default_rng(1))


def test_indices_of_earlier_batches_stay_what_they_were():
    numbers = Indices(5, 2, np.random.default_rng(1))
    first = [next(numbers) for _ in range(3)]
    before = [batch.tolist() for batch in first]
    first[0][:] = 99
    assert sorted(np.concatenate([next(numbers) for _ in range(3)])) == [0, 1, 2, 3, 4]
    assert [batch.tolist() for batch in first[1:]] == before[1:]


HUNDRED = np.arange(100.0)
LEGACY = np.random.RandomState(0)
BAD_SETTINGS = [
    ({"batch_size": 0}, ValueError, "batch_size must be at least 1, got 0"),
    ({"batch_size": -1}, ValueError, "batch_size must be at least 1, got -1"),
    ({"batch_size": 101}, ValueError, "batch_size must be at most the 100 samples, got 101"),
    ({"batch_size": 2.5}, TypeError, "batch_size must be a whole number, got 2.5"),
    ({"batch_size": True}, TypeError, "batch_size must be a whole number, got True"),
    ({"batch_size": "10"}, TypeError, "batch_size must be a whole number, got '10'"),
    ({"batch_size": None}, TypeError, "batch_size must be a whole number, got None"),
    ({"rng": 0}, TypeError, "rng must be a Generator, got 0"),
    ({"rng": None}, TypeError, "rng must be a Generator, got None"),
    # Named, as its repr has an address of memory, and every process must know the same tests.
    pytest.param(
        {"rng": LEGACY}, TypeError, f"rng must be a Generator, got {LEGACY!r}", id="legacy rng"
    ),
    ({"replace": 1}, TypeError, "replace must be a bool, got 1"),
    ({"replace": None}, TypeError, "replace must be a bool, got None"),
]
BAD_DATA = [
    (
        (HUNDRED, HUNDRED[:99]),
        ValueError,
        "data must be arrays of equal length, got lengths [100, 99]",
    ),
    (
        ([[1, 2], [3, 4]], [1, 2], [1, 2, 3]),
        ValueError,
        "data must be arrays of equal length, got lengths [2, 2, 3]",
    ),
    (([1, math.nan],), ValueError, "data[0] must be finite, got nan at index (1,)"),
    (
        ([1, 2], [[1, 2], [-math.inf, 3]]),
        ValueError,
        "data[1] must be finite, got -inf at index (1, 0)",
    ),
    (([],), ValueError, "data[0] must hold at least one sample, got shape (0,)"),
    (([1], [[]]), ValueError, "data[1] must hold at least one sample, got shape (1, 0)"),
    ((3.0,), ValueError, "data[0] must hold at least one sample, got shape ()"),
    (([1, 2], ["a", "b"]), TypeError, "data[1] must hold real numbers, got ['a', 'b']"),
    (([1, 2j],), TypeError, "data[0] must hold real numbers, got [1, 2j]"),
    (([1, None],), TypeError, "data[0] must hold real numbers, got [1, None]"),
    (([True, False],), TypeError, "data[0] must hold real numbers, got [True, False]"),
    ((None,), TypeError, "data[0] must hold real numbers, got None"),
    (
        ([1, 2], [[1, 2], [3]]),
        ValueError,
        "data[1] must be a number or an even array, got [[1, 2], [3]]",
    ),
    ((), ValueError, "data must be at least 1"),
    (
        (HUNDRED, np.ma.array(HUNDRED, mask=HUNDRED > 9)),
        TypeError,
        "data[1] must not be masked: fill or drop what is masked",
    ),
]


@pytest.mark.parametrize(("change", "error", "message"), BAD_SETTINGS)
def test_bad_settings_are_named(change, error, message):
    settings = {"batch_size": 10, "rng": np.random.default_rng(0)} | change
    with pytest.raises(error, match=f"{re.escape(message)}$"):
        Batches(HUNDRED, **settings)


@pytest.mark.parametrize(("data", "error", "message"), BAD_DATA)
def test_bad_data_are_named(data, error, message):
    with pytest.raises(error, match=f"{re.escape(message)}"):
        batches(*data, batch_size=1)


def test_the_first_number_that_is_not_finite_is_the_one_that_is_shown():
    with pytest.raises(ValueError, match=r"got inf at index \(1, 0\)$"):
        batches([[1, 2], [math.inf, 3], [4, math.nan]], batch_size=1)


# --- by blocks


class Slices:
    """Data on a disk, say: it hands out slices, and keeps in mind which."""

    def __init__(self, array):
        self.array, self.shape, self.dtype, self.seen = array, array.shape, array.dtype, []

    def __getitem__(self, rows):
        self.seen.append((rows.start, rows.stop))
        return self.array[rows]


def by_blocks(*data, batch_size, block_size, blocks, seed=0):
    rng = np.random.default_rng(seed)
    return Batches(*data, batch_size=batch_size, rng=rng, block_size=block_size, blocks=blocks)


settings = st.integers(1, 30).flatmap(
    lambda n: st.tuples(st.just(n), st.integers(1, n), st.integers(1, n), st.integers(1, 9))
)


class TestBlocks:
    @given(settings, seeds)
    def test_an_epoch_shows_each_sample_once_in_batches_of_the_same_sizes(self, settings, seed):
        samples, batch_size, block_size, blocks = settings
        full, left = divmod(samples, batch_size)
        draw = by_blocks(
            np.arange(samples),
            batch_size=batch_size,
            block_size=block_size,
            blocks=blocks,
            seed=seed,
        )
        assert draw.steps_per_epoch == full + (left > 0)
        for _ in range(3):
            dealt = epoch(draw)
            assert sorted(chain(*dealt)) == list(range(samples))
            assert [len(batch) for batch in dealt] == [batch_size] * full + [left] * (left > 0)

    def test_seven_samples_in_blocks_of_two_by_hand(self):
        # four blocks, 0 1, 2 3, 4 5 and 6; two at a time are mixed, and the others follow
        data = Slices(np.arange(7))
        draw = by_blocks(data, batch_size=7, block_size=2, blocks=2)
        (batch,) = next(draw)
        assert sorted(data.seen) == [(0, 2), (2, 4), (4, 6), (6, 7)]
        first, second = data.seen[:2], data.seen[2:]
        mixed = [i for start, stop in first for i in range(start, stop)]
        assert sorted(batch[: len(mixed)].tolist()) == sorted(mixed)
        rest = [i for start, stop in second for i in range(start, stop)]
        assert sorted(batch[len(mixed) :].tolist()) == sorted(rest)

    def test_each_block_is_read_once_an_epoch_and_no_sooner_than_needed(self):
        data = Slices(np.arange(100))
        draw = by_blocks(data, batch_size=10, block_size=5, blocks=4)
        assert data.seen == []
        for read in (4, 4, 8, 8, 12, 12, 16, 16, 20, 20, 24):
            next(draw)
            assert len(data.seen) == read
        assert sorted(data.seen[:20]) == [(i, i + 5) for i in range(0, 100, 5)]

    def test_blocks_and_the_samples_of_a_buffer_are_shuffled_each_time(self):
        draw = by_blocks(np.arange(40), batch_size=20, block_size=5, blocks=4)
        orders = [shown(draw) for _ in range(4)]
        assert len({tuple(order) for order in orders}) == 4
        assert len({frozenset(order[:20]) for order in orders}) == 4
        assert all(sorted(order[:20]) != order[:20] for order in orders)

    def test_if_all_blocks_are_in_memory_each_pair_is_equally_likely_in_a_batch(self):
        # 5 samples make 10 pairs, as without blocks
        draw = by_blocks(np.arange(5), batch_size=2, block_size=2, blocks=3)
        drawn = [tuple(sorted(epoch(draw)[0])) for _ in range(3000)]
        pairs = list(combinations(range(5), 2))
        TestChances().assert_even([drawn.count(pair) for pair in pairs], 3000, 1 / 10)

    def test_each_sample_is_equally_likely_in_each_batch(self):
        draw = by_blocks(np.arange(6), batch_size=2, block_size=2, blocks=1)
        drawn = np.array([epoch(draw) for _ in range(2000)])
        for place in range(3):
            counts = np.bincount(drawn[:, place].ravel(), minlength=6)
            TestChances().assert_even(counts, 2000, 1 / 3)

    def test_without_blocks_the_bits_are_what_they_were(self):
        draw = batches(np.arange(10), batch_size=4, seed=7)
        order = np.random.default_rng(7).permutation(10).tolist()
        assert shown(draw) == order

    @pytest.mark.parametrize("kind", ["npy", "memmap", "dask", "list"])
    def test_data_may_lie_anywhere(self, tmp_path, kind):
        x, y = np.arange(60.0).reshape(20, 3), np.arange(20)
        (tmp_path / "raw").write_bytes(x.tobytes())
        np.save(tmp_path / "x.npy", x)
        found = {
            "npy": lambda: np.load(tmp_path / "x.npy", mmap_mode="r"),
            "memmap": lambda: np.memmap(tmp_path / "raw", float, "r", shape=(20, 3)),
            "dask": lambda: pytest.importorskip("dask.array").from_array(x, chunks=(7, 3)),
            "list": x.tolist,
        }[kind]()
        given = dict(batch_size=6, block_size=4, blocks=2)
        draw = by_blocks(found, y, **given)
        for some, rows in islice(draw, 2 * draw.steps_per_epoch):
            assert type(some) is np.ndarray
            assert np.array_equal(some, x[rows])
        expected = islice(by_blocks(x, y, **given), 4)
        for one, other in zip(islice(by_blocks(found, y, **given), 4), expected, strict=True):
            assert all(map(np.array_equal, one, other))

    @COPIES
    @pytest.mark.parametrize("before", [0, 1, 3, 4])
    def test_a_copy_goes_on_from_where_it_was_made(self, copied, before):
        draw = by_blocks(np.arange(11), batch_size=3, block_size=2, blocks=2)
        for _ in range(before):
            next(draw)
        again = copied(draw)
        ours, theirs = ([next(one)[0].tolist() for _ in range(9)] for one in (draw, again))
        assert ours == theirs

    def test_what_is_written_into_a_batch_reaches_neither_the_data_nor_the_next_one(self):
        x = np.arange(6.0)
        draw = by_blocks(x, batch_size=2, block_size=3, blocks=2)
        for (batch,) in islice(draw, 6):
            assert set(batch) <= set(range(6))
            batch[:] = 99
        assert x.tolist() == [0, 1, 2, 3, 4, 5]

    def test_a_number_that_is_not_finite_is_found_when_its_block_is_read(self):
        x = np.arange(12.0)
        x[7] = math.nan
        draw = by_blocks(x, batch_size=3, block_size=4, blocks=1)
        with pytest.raises(ValueError) as caught:
            [*islice(draw, 4)]
        assert str(caught.value) == "Batches: data[0][4:8] must be finite, got nan at index (3,)"

    @pytest.mark.parametrize(
        ("setting", "kind", "message"),
        [
            ({"block_size": 0}, ValueError, "block_size must be at least 1, got 0"),
            ({"block_size": 21}, ValueError, "block_size must be at most the 20 samples, got 21"),
            ({"block_size": 2.5}, TypeError, "block_size must be a whole number, got 2.5"),
            ({"blocks": 0}, ValueError, "blocks must be at least 1, got 0"),
            ({"blocks": None}, TypeError, "blocks must be a whole number, got None"),
            (
                {"replace": True},
                ValueError,
                "replace must be False if block_size is given, got True",
            ),
            ({"batch_size": 21}, ValueError, "batch_size must be at most the 20 samples, got 21"),
        ],
    )
    def test_bad_settings(self, setting, kind, message):
        given = dict(batch_size=4, rng=np.random.default_rng(0), block_size=5, blocks=2)
        with pytest.raises(kind) as caught:
            Batches(np.arange(20), **given | setting)
        assert str(caught.value) == f"Batches: {message}"

    @pytest.mark.parametrize(
        ("data", "kind", "message"),
        [
            (Slices(np.array(["a", "b"])), TypeError, "data[0] must hold real numbers, got <U1"),
            (Slices(np.zeros((0, 3))), ValueError, "at least one sample, got shape (0, 3)"),
            (np.float64(3), ValueError, "data[0] must hold at least one sample, got shape ()"),
            (np.ma.array([1, 2]), TypeError, "data[0] must not be masked"),
        ],
    )
    def test_bad_data(self, data, kind, message):
        with pytest.raises(kind, match=re.escape(message)):
            by_blocks(data, batch_size=1, block_size=1, blocks=1)

    def test_arrays_of_different_length_are_refused(self):
        with pytest.raises(ValueError, match=r"equal length, got lengths \[3, 4\]"):
            by_blocks(Slices(np.arange(3)), np.arange(4), batch_size=1, block_size=1, blocks=1)


#: Goes through a file of 600 MB, by blocks or not, where a process may have 200 MB of its own.
LITTLE_MEMORY = """\
import resource, sys
import numpy as np
from gdcore.batches import Batches

pictures = np.lib.format.open_memmap(sys.argv[1], "w+", np.float32, (200_000, 784))
pictures = np.load(sys.argv[1], mmap_mode="r")
more = int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_DATA, (more, more))
draw = Batches(
    pictures, batch_size=100, rng=np.random.default_rng(0), block_size=eval(sys.argv[3]), blocks=2
)
print(sum(len(next(draw)[0]) for _ in range(draw.steps_per_epoch)))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems limit no memory this way")
@pytest.mark.parametrize(("block_size", "enough"), [(10_000, True), (100_000, False)])
def test_memory_holds_some_blocks_and_not_the_file(tmp_path, block_size, enough):
    # 2 blocks of 10,000 pictures are 63 MB, of 100,000 they are the file; the numbers that are not
    # written take no room on the disk
    command = [sys.executable, "-c", LITTLE_MEMORY, tmp_path / "pictures.npy"]
    run = subprocess.run(
        [*command, str(200 * 2**20), str(block_size)],
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if enough:
        assert (run.stdout, run.stderr) == ("200000\n", "")
    else:
        assert "MemoryError" in run.stderr
