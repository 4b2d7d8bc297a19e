"""`make bench` compares what it says it compares; how long anything takes is no test."""

import json
import sys
from pathlib import Path

import numpy as np

from gdcore import datasets, regression

ROOT = Path(__file__).parent.parent
sys.path.append(str(ROOT / "bench"))

import batches  # noqa: E402
import paired  # noqa: E402

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


def test_each_round_times_each_contender_in_a_process_of_its_own(tmp_path):
    script, tally = tmp_path / "two.py", tmp_path / "tally"
    script.write_text(TWO_SLEEPERS)
    folder = str(ROOT / "bench")
    record = paired.measure(str(script), rounds=2, TALLY=str(tally), BENCH=folder)
    assert {name: len(times) for name, times in record["seconds"].items()} == {"one": 2, "other": 2}
    assert all(t >= 0.001 for times in record["seconds"].values() for t in times)
    processes, threads = zip(
        *(line.split() for line in tally.read_text().splitlines()), strict=True
    )
    assert len(set(processes)) >= 4 and set(threads) == {"1"}
    paired.store(record, tmp_path / "record.json")
    assert json.loads((tmp_path / "record.json").read_text()) == record
