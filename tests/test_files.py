"""Files: what is saved comes back, and whatever else a file holds is refused."""

import os
import pickle
import zipfile
from itertools import product

import numpy as np
import pytest

from gdcore.files import load_network, save_network
from gdcore.losses import CrossEntropy, MeanSquaredError
from gdcore.network import Identity, Network, ReLU, Tanh

ACTIVATIONS = [ReLU(), Tanh(), Identity()]
LOSSES = [MeanSquaredError(), CrossEntropy()]


@pytest.mark.parametrize("name", ["m", "w.v1", "w.npz", "w.npy"])
@pytest.mark.parametrize("kind", [str, os.fspath, lambda path: path])
def test_one_name_both_ways(tmp_path, monkeypatch, name, kind):
    monkeypatch.chdir(tmp_path)
    network = Network([1, 2, 1])
    for file in (tmp_path / name, name):
        save_network(kind(file), network, np.arange(7.0))
        assert os.listdir() == [name]
        assert load_network(kind(file))[1].tolist() == [*range(7)]
        os.remove(name)


def test_numpy_can_read_them(tmp_path):
    save_network(tmp_path / "m", Network([1, 1], Tanh()), [1, 2])
    with np.load(tmp_path / "m") as content:
        assert content["theta"].tolist() == [1, 2] and content["sizes"].tolist() == [1, 1]
        assert content["kinds"].tolist() == ["Tanh", "CrossEntropy"]


@pytest.mark.parametrize(("activation", "loss"), list(product(ACTIVATIONS, LOSSES)))
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_networks_come_back_as_they_were(tmp_path, activation, loss, dtype):
    network = Network([6, 8, 3], activation, loss)
    theta = network.initial(np.random.default_rng(1), dtype)
    save_network(tmp_path / "a.npz", network, theta)
    again, parameters = load_network(tmp_path / "a.npz")
    assert repr(again) == repr(network)
    assert parameters.dtype == dtype and parameters.tobytes() == theta.tobytes()


def test_files_are_the_same_bytes_each_time(tmp_path):
    network = Network([2, 3, 1])
    for name in "ab":
        save_network(tmp_path / f"{name}.npz", network, np.arange(13.0))
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.npz") as packed:  # whatever the clock says
        assert {member.date_time for member in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_only_what_can_be_read_is_saved(tmp_path):
    class Mine(ReLU):
        pass

    with pytest.raises(
        ValueError, match=r"network must have an activation and a loss of gdcore's own, .*Mine"
    ):
        save_network(tmp_path / "a.npz", Network([1, 1], Mine()), [1, 2])
    with pytest.raises(ValueError, match=r"theta must be an array of shape \(2,\)"):
        save_network(tmp_path / "a.npz", Network([1, 1]), [1, 2, 3])
    with pytest.raises(ValueError, match=r"theta must be finite, got \[1, inf\]"):
        save_network(tmp_path / "a.npz", Network([1, 1]), [1, np.inf])
    assert not (tmp_path / "a.npz").exists()


@pytest.mark.parametrize(
    "change",
    [
        {"theta": np.zeros(12)},
        {"theta": np.full(13, np.nan)},
        {"theta": np.array(["a"] * 13)},
        {"theta": np.array([{}] * 13, dtype=object)},
        {"sizes": np.array([2])},
        {"sizes": np.array([2, 0, 1])},
        {"sizes": np.array(3)},
        {"sizes": np.array([2.0, 3.0, 1.0])},
        {"sizes": None},
        {"kinds": None},
        {"kinds": np.array(["CrossEntropy", "ReLU"])},
        {"kinds": np.array([["ReLU"], ["CrossEntropy"]])},
        {"kinds": np.array(["ReLU", "Surprise"])},
        {"kinds": np.array(["Surprise", "CrossEntropy"])},
        {"kinds": np.array(["ReLU"])},
        {"theta": None},
    ],
)
def test_files_that_hold_no_network_are_refused(tmp_path, change):
    file = tmp_path / "bad.npz"
    whole = {"sizes": [2, 3, 1], "kinds": ["ReLU", "CrossEntropy"], "theta": np.zeros(13)}
    np.savez(file, **{k: v for k, v in (whole | change).items() if v is not None})
    with pytest.raises(ValueError, match=r"bad\.npz holds no network: "):
        load_network(file)


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04 not really"])
def test_files_that_are_no_npz_are_refused(tmp_path, content):
    (tmp_path / "bad.npz").write_bytes(content)
    with pytest.raises(ValueError, match=r"bad\.npz holds no network: "):
        load_network(tmp_path / "bad.npz")


def test_files_that_are_an_npy_are_refused(tmp_path):
    np.save(tmp_path / "bad.npy", np.zeros(3))
    with pytest.raises(ValueError, match=r"bad\.npy holds no network: "):
        load_network(tmp_path / "bad.npy")


def test_files_execute_nothing(tmp_path):
    class Trap:
        def __reduce__(self):
            return open, (str(tmp_path / "sprung"), "w")

    bad = tmp_path / "bad.npz"
    np.savez(bad, sizes=[1, 1], kinds=["ReLU", "CrossEntropy"], theta=np.array([Trap(), 1]))
    with pytest.raises(ValueError, match=r"bad\.npz holds no network: .*OBJECT"):
        load_network(bad)
    assert not (tmp_path / "sprung").exists()


def test_files_that_are_damaged_are_refused_or_harmless(tmp_path):
    # bytes that nobody reads, such as dates, may be any
    file = tmp_path / "bad.npz"
    save_network(file, Network([2, 1]), [1, 2, 3])
    whole, refused = file.read_bytes(), 0
    for i in range(len(whole)):
        file.write_bytes(whole[:i] + bytes([whole[i] ^ 255]) + whole[i + 1 :])
        try:
            network, theta = load_network(file)
        except ValueError as error:
            assert str(error).startswith(f"load_network: {file} holds no network: ")
            refused += 1
        else:
            assert network.sizes == (2, 1) and theta.tolist() == [1, 2, 3]
    assert refused > len(whole) / 2
    for i in range(0, len(whole), 5):
        file.write_bytes(whole[:i])
        with pytest.raises(ValueError, match=r"bad\.npz holds no network: "):
            load_network(file)


def test_files_with_members_that_are_no_arrays_are_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "bad.npz", "w") as packed:
        for name in "sizes", "kinds", "theta":
            packed.writestr(name, "[1, 1]")
    with pytest.raises(ValueError, match=r"bad\.npz holds no network: "):
        load_network(tmp_path / "bad.npz")


def test_files_that_are_missing_are_python_s_business(tmp_path):
    with pytest.raises(FileNotFoundError):
        load_network(tmp_path / "none.npz")


def test_what_is_written_over_is_gone(tmp_path):
    save_network(tmp_path / "m", Network([9, 9]), np.ones(90))
    save_network(tmp_path / "m", Network([1, 1]), [1, 2])
    assert load_network(tmp_path / "m")[1].tolist() == [1, 2]


def test_parameters_of_any_real_type_come_back_as_floats(tmp_path):
    for theta in ([1, 2], np.array([1, 2], np.int8), np.array([1, 2], ">f8")):
        save_network(tmp_path / "m", Network([1, 1]), theta)
        again = load_network(tmp_path / "m")[1]
        assert again.tolist() == [1, 2] and again.dtype == np.float64
        again[0] = 3  # it can be trained further


class Mine(ReLU):
    pass


def test_a_network_of_one_s_own_kind_is_pickled():
    network = pickle.loads(pickle.dumps(Network([2, 3, 1], Mine(), MeanSquaredError())))
    assert repr(network) == "Network([2, 3, 1], Mine(), MeanSquaredError())"
    assert network.size == 13
