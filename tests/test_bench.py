"""`make bench` compares what it says it compares; how long anything takes is no test."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from gdcore import datasets, regression

ROOT = Path(__file__).parent.parent
sys.path.append(str(ROOT / "bench"))

import batches  # noqa: E402
import blocks  # noqa: E402
import paired  # noqa: E402
import parallel  # noqa: E402
import training  # noqa: E402

TWO_SLEEPERS = """\
import os, sys, time
sys.path.append(os.environ["BENCH"])
import paired

def make():
    with open(os.environ["TALLY"], "a") as tally:
        tally.write(f"{os.getpid()} {os.environ['OMP_NUM_THREADS']}\\n")
    return lambda: time.sleep(0.001)

paired.work({"one": make, "other": make})
"""


def test_a_ratio_is_taken_within_a_round():
    # by round 2/1, 6/2, 3/3: the medians of the two columns, 3 and 2, would give 1.5
    seconds = {"ours": [2.0, 6.0, 3.0], "theirs": [1.0, 2.0, 3.0]}
    assert paired.ratios(seconds, "ours", "theirs") == [1.5, 2.0, 2.5]


def test_the_record_s_rates_and_samples_bring_gdcore_to_the_goal():
    x, y = batches.data(batches.BEANS)
    goal = batches.goal_of(batches.BEANS, x, y)
    assert goal == 1.01 * regression.loss(regression.least_squares(x, y), x, y)
    for name, size in batches.SIZES[batches.BEANS].items():
        row = datasets.recorded("batches")["results"][batches.BEANS][name]
        steps = row["samples"] // size
        ends = [
            batches.by_gdcore(size, x, y, row["learning_rate"], steps, seed).end
            for seed in batches.SEEDS
        ]
        assert np.mean([regression.loss(end, x, y) for end in ends]) <= goal * (1 + 1e-9)


def test_the_goal_is_reached_by_the_mean_of_the_runs():
    # losses by stop: (4, 0), (1, 1); their means 2 and 1
    x, y = np.array([[1.0]]), np.array([0.0])
    runs = [[(10, [2.0]), (20, [1.0])], [(10, [0.0]), (20, [1.0])]]
    assert batches.first(runs, x, y, goal=1.0) == 20
    assert batches.first(runs, x, y, goal=2.0) == 10
    assert batches.first(runs, x, y, goal=0.5) == np.inf


def test_the_plain_loop_does_what_gdcore_does():
    # two beans, one step each, in whatever order: by hand from theta = 0
    x, y = [[1.0, 1.0], [3.0, 1.0]], [2.0, 4.0]
    theta = batches.by_plain_python(x, y, 0.1, steps=2)
    ends = []
    for order in ([0, 1], [1, 0]):
        place = np.zeros(2)
        for i in order:
            place = place - 0.1 * regression.gradient(place, np.array(x)[[i]], np.array(y)[[i]])
        ends.append(place)
    assert min(np.abs(theta - end).max() for end in ends) < 1e-12


def test_the_record_of_the_book_is_of_these_contenders():
    record = datasets.recorded("batches")
    assert record["results"].keys() == batches.SIZES.keys() and record["rounds"] >= 11
    for on, rows in record["results"].items():
        assert rows.keys() >= {*batches.SIZES[on], batches.COMPILED, batches.LOOP}
        assert rows[batches.REFERENCE[on]]["ratio"] == [1, 1, 1]
        for row in rows.values():
            low, middle, high = row["ratio"]
            assert 0 < low <= middle <= high and row["seconds"] > 0
    assert record["machine"]["processor"] and record["versions"].keys() >= {"python", "numpy"}


def test_a_table_names_every_contender():
    record = datasets.recorded("batches")
    for on, rows in record["results"].items():
        heading, *lines = batches.table(record, on).splitlines()
        assert heading.startswith(on)
        assert all(line.startswith(name) for line, name in zip(lines, rows, strict=True))


@pytest.mark.parametrize("threads", [1, 2])
def test_each_round_times_each_contender_in_a_process_of_its_own(tmp_path, threads):
    script, tally = tmp_path / "two.py", tmp_path / "tally"
    script.write_text(TWO_SLEEPERS)
    folder = str(ROOT / "bench")
    seconds = paired.measure(
        str(script), 2, {"TALLY": str(tally), "BENCH": folder}, "--loops=1", threads=threads
    )
    assert {name: len(times) for name, times in seconds.items()} == {"one": 2, "other": 2}
    assert all(t >= 0.001 for times in seconds.values() for t in times)
    processes, seen = zip(*(line.split() for line in tally.read_text().splitlines()), strict=True)
    assert len(set(processes)) >= 4 and set(seen) == {str(threads)}


def test_a_record_is_stored_as_it_is(tmp_path):
    record = paired.surroundings("scikit-learn") | {"results": {"a": [0.1, 1e-9]}}
    assert record["versions"].keys() == {"python", "numpy", "gdcore", "scikit-learn"}
    paired.store(record, tmp_path / "record.json")
    assert json.loads((tmp_path / "record.json").read_text()) == record


class TestTraining:
    def test_operations_are_counted(self):
        # 3 samples through 4-2-5: forwards 4 * 2 + 2 * 5 = 18 products, backwards 18 for the
        # weights and 10 to hand the errors down; an addition goes with each product
        training.CASES["tiny"] = ((4, 2, 5), 3)
        try:
            assert training.operations("tiny") == 2 * 3 * (18 + 18 + 10)
        finally:
            del training.CASES["tiny"]

    def test_whole_epochs_of_whole_batches_are_timed(self):
        x, y = training.data()
        assert x.shape == (training.SAMPLES, 784) and x.dtype == np.float32
        for _, size in training.CASES.values():
            batches_ = training.cut(size, x, y)
            assert all(len(a) == len(b) == size for a, b in batches_)
            assert np.array_equal(np.concatenate([a for a, _ in batches_]), x)
            assert np.shares_memory(batches_[-1][0], x)

    def test_scikit_learn_makes_the_same_steps(self):
        case = next(iter(training.CASES))
        ours = training.trainer(case, training.GDCORE)(1)
        theirs = training.trainer(case, training.SKLEARN)(1)
        assert np.linalg.norm(ours - theirs) < 1e-4 * np.linalg.norm(ours)
        shuffled = training.trainer(case, training.SHUFFLED)(1)
        assert np.linalg.norm(ours - shuffled) > 1e-3 * np.linalg.norm(ours)

    def test_speed_is_counted_in_samples_and_ratios_in_rounds(self):
        case = "784-16-16-10, batch 32"
        seen = training.SAMPLES * training.epochs_of(case)
        seconds = {training.PEAK: [1.0, 2.0, 1.0]}
        seconds |= {f"{case}: {name}": [2.0, 4.0, 8.0] for name in training.CONTENDERS}
        seconds[f"{case}: {training.GDCORE}"] = [1.0, 1.0, 4.0]
        rows = training.results(seconds, case)
        assert rows[training.GDCORE]["samples_per_second"] == seen
        assert rows[training.TORCH]["samples_per_second"] == seen / 4
        assert rows[training.TORCH]["ratio"] == [2.0, 2.0, 3.0]
        # flop/s of the peak in each round: 2, 1, 2 times 1024^3; of gdcore: 1, 1, 1/4 of the same
        done = training.operations(case) * seen / 32
        assert rows[training.GDCORE]["share_of_peak"] == done / (2 * 1024**3)

    def test_the_record_has_what_the_chapter_shows(self):
        record = datasets.recorded("training")
        assert record["results"].keys() == training.CASES.keys()
        for threads in record["results"].values():
            assert threads.keys() == {"1", "2"}
            for rows in threads.values():
                assert rows.keys() == training.CONTENDERS.keys()
                assert rows[training.GDCORE]["ratio"] == [1, 1, 1]
        text = training.table(record)
        assert all(case in text for case in training.CASES)


class TestParallel:
    def test_bytes_that_travel_are_counted(self):
        # two workers get 3 numbers of 4 bytes, and each sends as many back
        assert parallel.travelling(3, workers=2) == 2 * 2 * 3 * 4

    def test_parts_of_the_samples_are_those_of_the_whole(self):
        whole = parallel.samples(3000)
        parts = [parallel.samples(3000, part, 3) for part in range(3)]
        assert whole[0].shape == (3000, 784) and whole[0].dtype == np.float32
        for i, array in enumerate(whole):
            assert np.array_equal(np.concatenate([part[i] for part in parts]), array)

    def test_each_run_makes_as_many_steps_and_one_before(self):
        steps = []
        run = parallel.repeat(lambda: steps.append(1), 5)
        assert len(steps) == 1
        run()
        assert len(steps) == 6

    def test_a_step_and_its_speed_up(self):
        # 2 and 4 seconds for the steps of a round, which the other makes in 1 and 4
        case = next(iter(parallel.THREADED))
        seconds = {f"{case}: one": [2.0, 4.0], f"{case}: other": [1.0, 4.0]}
        rows = parallel.rows(seconds, case, ["one", "other"])
        assert rows["one"] == {"seconds": 3 / parallel.steps_of(case), "speedup": [1, 1, 1]}
        assert rows["other"]["speedup"] == [1.25, 1.5, 1.75]

    def test_contenders_have_names_of_their_own_and_a_place_in_the_record(self):
        names = [name for name, _ in parallel.contenders()]
        assert len(names) == len({*names})
        record = parallel.results({name: [1.0, 2.0] for name in names})
        assert len(record["messages"]) == len(parallel.FLOATS) * len(parallel.WORKERS)
        assert all(name.split(": ")[0] in parallel.table(record) for name in names[:17])

    def test_the_record_has_what_the_chapter_shows(self):
        record = datasets.recorded("parallel")
        assert record["threads"].keys() == parallel.THREADED.keys()
        assert record["workers"].keys() == parallel.SPREAD.keys()
        for rows in (record["threads"] | record["workers"]).values():
            first, *others = rows.values()
            assert first["speedup"] == [1, 1, 1] and len(others) in (2, 3)
        assert [row["bytes"] for row in record["messages"]] == [
            parallel.travelling(floats, workers)
            for workers in parallel.WORKERS.values()
            for floats in parallel.FLOATS
        ]


class TestBlocks:
    def test_the_training_sees_the_same_digits_in_another_order(self):
        random, by_class = (
            blocks.loss_after(order, blocks.EVERYTHING, seed=1) for order in blocks.ORDERS
        )
        assert random != by_class and abs(random - by_class) < 0.5

    def test_a_speed_and_its_ratio(self):
        # 16 batches of 256 in 2 and 4 seconds, and in half the time
        seconds = {name: [1.0, 2.0] for name in blocks.DRAWS}
        seconds[blocks.EVERYTHING] = [2.0, 4.0]
        rows = blocks.speeds(seconds)
        assert rows[blocks.EVERYTHING]["samples_per_second"] == 16 * 256 * (1 / 2 + 1 / 4) / 2
        assert all(row["ratio"][1] in (1, 0.5) for row in rows.values())

    def test_the_record_has_what_the_chapter_shows(self):
        record = datasets.recorded("blocks")
        assert record["speed"].keys() == blocks.DRAWS.keys()
        assert [*record["cost"]] == [*blocks.ORDERS] and record["seeds"] >= 20
        for rows in record["cost"].values():
            assert rows.keys() == blocks.TRAINED.keys()
            assert all(row["standard_error"] > 0 for row in rows.values())
        assert blocks.table(record).count("±") == 6
