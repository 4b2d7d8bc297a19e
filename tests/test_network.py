"""Networks: layers, losses, backpropagation, and what a file holds."""

import math
import tracemalloc
import zipfile
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gdcore import regression
from gdcore.batches import Batches
from gdcore.derivatives import check_gradient
from gdcore.descent import Outcome, descend
from gdcore.network import (
    Activation,
    CrossEntropy,
    Identity,
    MeanSquaredError,
    Network,
    Objective,
    ReLU,
    Tanh,
    softmax,
)
from gdcore.rules import GradientDescent

ACTIVATIONS = [ReLU(), Tanh(), Identity()]
OBJECTIVES = [MeanSquaredError(), CrossEntropy()]
DEPTHS = [[6, 3], [6, 8, 3], [6, 8, 5, 3]]


def samples(objective, count=20, seed=4):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(count, 6))
    classes = isinstance(objective, CrossEntropy)
    return x, rng.integers(0, 3, count) if classes else rng.normal(size=(count, 3))


def place(network, seed=7):
    """Initial weights, and biases that are not 0."""
    rng = np.random.default_rng(seed)
    return network.initial(rng) + 0.1 * rng.normal(size=network.size)


def error_of(network, x, y):
    theta = place(network)
    return check_gradient(
        lambda theta: network.loss(theta, x, y),
        lambda theta: network.gradient(theta, x, y),
        theta,
        np.random.default_rng(8),
    ).error


class TestByHand:
    # Two inputs, two neurons, one output, and one sample x = (1, 2), y = 1:
    #   W1 = (1 1; -1 1), b1 = (0, -2);  z1 = (3, -1), so the second neuron is off: a = (3, 0).
    #   W2 = (2 5), b2 = -4;  z2 = 2, the error is 1, the loss 1.
    # Backwards: delta2 = 2 * 1 / 1 = 2;  dW2 = 2 (3, 0), db2 = 2.
    #   delta1 = (2 * 2, 2 * 5) * (1, 0) = (4, 0);  dW1 = (4 * 1, 4 * 2; 0, 0), db1 = (4, 0).
    network = Network([2, 2, 1], ReLU(), MeanSquaredError())
    theta = (1, 1, -1, 1, 0, -2, 2, 5, -4)
    gradient = (4, 8, 0, 0, 4, 0, 6, 0, 2)

    def test_forwards(self):
        x, hidden, output = self.network.activations(self.theta, [[1, 2]])
        assert x.tolist() == [[1, 2]] and hidden.tolist() == [[3, 0]] and output.tolist() == [[2]]
        assert self.network.forward(self.theta, [[1, 2]]).tolist() == [[2]]
        assert self.network.loss(self.theta, [[1, 2]], [1]) == 1

    def test_backwards(self):
        assert self.network.gradient(self.theta, [[1, 2]], [1]).tolist() == list(self.gradient)

    def test_the_loss_is_a_mean(self):
        # the same sample twice, and one that is met exactly: a loss of 2/3, and two thirds
        x, y = [[1, 2], [1, 2], [0, 0]], [1, 1, -4]
        assert self.network.loss(self.theta, x, y) == pytest.approx(2 / 3, rel=1e-15)
        g = self.network.gradient(self.theta, x, y)
        assert g == pytest.approx(np.array(self.gradient) * 2 / 3, rel=1e-15)

    def test_several_outputs_are_averaged_too(self):
        # z = (1, 3) for x = 1; errors 1 and 2; loss (1 + 4) / 2; delta = 2 / 2 * (1, 2)
        network = Network([1, 2], objective=MeanSquaredError())
        assert network.loss([1, 3, 0, 0], [1], [[0, 1]]) == 2.5
        assert network.gradient([1, 3, 0, 0], [1], [[0, 1]]).tolist() == [1, 2, 1, 2]

    def test_softmax_and_cross_entropy(self):
        # outputs ln 1, ln 3: chances 1/4 and 3/4; the right class is 0; delta = (1/4 - 1, 3/4)
        network = Network([1, 2])
        theta = [0, 0, 0, math.log(3)]
        assert softmax(network.forward(theta, [5])).tolist() == [pytest.approx([0.25, 0.75])]
        assert network.loss(theta, [5], [0]) == pytest.approx(math.log(4))
        assert network.gradient(theta, [2], [0]) == pytest.approx([-1.5, 1.5, -0.75, 0.75])


class TestGradient:
    @pytest.mark.parametrize(
        ("activation", "objective", "sizes"), list(product(ACTIVATIONS, OBJECTIVES, DEPTHS))
    )
    def test_agrees_with_measured_slopes(self, activation, objective, sizes):
        network, (x, y) = Network(sizes, activation, objective), samples(objective)
        # The seeds are such that no difference, of steps of 1e-5, reaches over the kink of a ReLU.
        for layers in range(2, len(sizes)):
            head = Network(sizes[:layers], activation)
            assert np.abs(head.forward(place(network)[: head.size], x)).min() > 1e-3
        assert error_of(network, x, y) < 1e-7

    def test_the_famous_bug_is_found(self):
        class AlwaysOn(ReLU):
            def slope(self, a):
                a[...] = a >= 0

        x, y = samples(CrossEntropy())
        right, wrong = Network([6, 8, 3]), Network([6, 8, 3], AlwaysOn())
        assert error_of(wrong, x, y) > 0.1
        assert error_of(right, x, y) < 1e-9
        # only what lies below the hidden layer is wrong, and training would still go downhill
        g, bad = (network.gradient(place(right), x, y) for network in (right, wrong))
        first = 6 * 8 + 8
        assert np.linalg.norm(bad[:first] - g[:first]) > 0.1 * np.linalg.norm(g[:first])
        assert np.array_equal(bad[first:], g[first:])
        assert np.dot(bad, g) > 0

    def test_of_one_layer_is_that_of_linear_regression(self):
        rng = np.random.default_rng(1)
        x, y, theta = rng.normal(size=(30, 4)), rng.normal(size=30), rng.normal(size=5)
        line = Network([4, 1], objective=MeanSquaredError())
        ones = regression.with_intercept(x)
        assert line.loss(theta, x, y) == pytest.approx(regression.loss(theta, ones, y), rel=1e-14)
        by_regression = regression.gradient(theta, ones, y)
        assert line.gradient(theta, x, y) == pytest.approx(by_regression, rel=1e-13)

    def test_of_a_batch_is_the_mean_over_its_samples(self):
        network = Network([6, 8, 5, 3], Tanh())
        x, y = samples(CrossEntropy())
        theta = network.initial(np.random.default_rng(3))
        one_by_one = [network.gradient(theta, x[[i]], y[[i]]) for i in range(len(x))]
        assert np.allclose(network.gradient(theta, x, y), np.mean(one_by_one, axis=0), atol=1e-15)

    @pytest.mark.parametrize("activation", ACTIVATIONS)
    @pytest.mark.parametrize("objective", OBJECTIVES)
    def test_float32_stays_float32_and_is_near(self, activation, objective):
        network = Network([6, 8, 3], activation, objective)
        x, y = samples(objective)
        theta = network.initial(np.random.default_rng(3))
        small = theta.astype(np.float32)
        g, exact = network.gradient(small, x, y), network.gradient(theta, x, y)
        assert g.dtype == np.float32
        assert {a.dtype for a in network.activations(small, x)} == {np.dtype(np.float32)}
        assert np.linalg.norm(network.forward(small, x) - network.forward(theta, x)) < 1e-5
        assert type(network.loss(small, x, y)) is float
        assert np.linalg.norm(g - exact) < 1e-5 * np.linalg.norm(exact)
        assert network.loss(small, x, y) == pytest.approx(network.loss(theta, x, y), rel=1e-5)

    def test_fills_the_array_given(self):
        network = Network([6, 8, 3])
        x, y = samples(CrossEntropy())
        theta = network.initial(np.random.default_rng(3))
        theta.flags.writeable = False
        out = np.full(network.size, np.nan)
        assert network.gradient(theta, x, y, out=out) is out
        assert np.array_equal(out, network.gradient(theta, x, y))

    def test_leaves_its_arguments_alone(self):
        network = Network([6, 8, 3], Tanh(), MeanSquaredError())
        x, y = samples(MeanSquaredError())
        theta = network.initial(np.random.default_rng(3))
        before = theta.copy(), x.copy(), y.copy()
        network.gradient(theta, x, y)
        assert all(np.array_equal(a, b) for a, b in zip(before, (theta, x, y), strict=True))

    def test_batches_of_any_length_and_precision_follow_each_other(self):
        network = Network([6, 8, 5, 3])
        theta = network.initial(np.random.default_rng(3))
        for count, dtype in [(20, "f8"), (7, "f8"), (20, "f4"), (20, "f8"), (1, "f4"), (20, "f4")]:
            x, y = samples(CrossEntropy(), count)
            fresh = Network([6, 8, 5, 3]).gradient(theta.astype(dtype), x, y)
            assert np.array_equal(network.gradient(theta.astype(dtype), x, y), fresh)

    def test_needs_no_new_memory_of_the_size_of_the_parameters(self):
        network = Network([784, 16, 16, 10])
        rng = np.random.default_rng(1)
        theta = network.initial(rng, np.float32)
        x, y = rng.random((32, 784), dtype=np.float32), rng.integers(0, 10, 32)
        out = np.empty_like(theta)
        network.gradient(theta, x, y, out=out)
        tracemalloc.start()
        for _ in range(20):
            network.gradient(theta, x, y, out=out)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < theta.nbytes / 3


def test_results_are_not_written_over_by_later_calls():
    network = Network([6, 8, 3])
    x, y = samples(CrossEntropy())
    theta = network.initial(np.random.default_rng(3))
    outputs, inner = network.forward(theta, x), network.activations(theta, x)[1]
    before = outputs.copy(), inner.copy()
    network.gradient(theta, x + 1, y)
    network.forward(theta, x + 2)
    assert np.array_equal(outputs, before[0]) and np.array_equal(inner, before[1])


class TestParameters:
    def test_13002(self):
        network = Network([784, 16, 16, 10])
        layers = network.layers(np.zeros(network.size))
        assert sum(W.size for W, _ in layers) == 12_960 and sum(b.size for _, b in layers) == 42
        assert network.size == 13_002

    def test_layers_are_views_one_after_the_other(self):
        network = Network([2, 3, 1])
        theta = np.arange(13.0)
        (W1, b1), (W2, b2) = network.layers(theta)
        assert W1.tolist() == [[0, 1], [2, 3], [4, 5]] and b1.tolist() == [6, 7, 8]
        assert W2.tolist() == [[9, 10, 11]] and b2.tolist() == [12]
        W2[0, 1] = b1[2] = -1
        assert theta[[10, 8]].tolist() == [-1, -1]

    def test_initial_weights_have_the_spread_of_he(self):
        network = Network([400, 200, 100, 10])
        theta = network.initial(np.random.default_rng(2))
        for W, b in network.layers(theta):
            spread, n = math.sqrt(2 / W.shape[1]), W.size
            assert abs(W.mean()) < 4 * spread / math.sqrt(n)
            assert abs(W.std() / spread - 1) < 4 / math.sqrt(2 * n)
            # of normal numbers 0.3173 lie beyond one standard deviation, of even ones 0.42
            beyond = np.mean(np.abs(W) > spread)
            assert abs(beyond - 0.3173) < 4 * math.sqrt(0.3173 * 0.6827 / n)
            assert not b.any()

    def test_the_same_seed_gives_the_same_weights_in_either_precision(self):
        network = Network([6, 8, 3])
        one, two = (network.initial(np.random.default_rng(5)) for _ in range(2))
        small = network.initial(np.random.default_rng(5), np.float32)
        assert one.tobytes() == two.tobytes()
        assert small.dtype == np.float32 and np.array_equal(small, one.astype(np.float32))
        assert not np.array_equal(one, network.initial(np.random.default_rng(6)))


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
    CrossEntropy().slope(z, y)
    deserved = np.eye(len(outputs))[answer]
    assert z[0] == pytest.approx(chances - deserved, rel=100 * tolerance, abs=tolerance)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_samples_of_very_different_outputs_do_not_disturb_each_other(dtype):
    # each is as sure of its class as 1 is larger than 0: chances 1 / (1 + e^-1)
    z, y = np.array([[1e4, 9999], [-1e4, -9999], [0, 1]], dtype), np.array([0, 1, 1])
    chance = 1 / (1 + math.exp(-1))
    assert softmax(z)[range(3), y] == pytest.approx(chance, rel=1e-6)
    assert CrossEntropy().value(z, y) == pytest.approx(-math.log(chance), rel=1e-6)


def test_softmax_leaves_its_argument_alone_unless_told_otherwise():
    z = np.array([[1.0, 2.0], [3.0, 3.0]])
    chances = softmax(z)
    assert z.tolist() == [[1, 2], [3, 3]]
    assert softmax(z, out=z) is z and np.array_equal(z, chances)
    assert softmax([[1, 2]]) == pytest.approx(np.array([[1, math.e]]) / (1 + math.e))
    assert softmax(np.float32([[1, 2]])).dtype == np.float32
    with pytest.raises(TypeError, match="outputs must hold real numbers, got 'a'"):
        softmax("a")
    for kind in int, bool, complex:
        with pytest.raises(ValueError, match="out must be an array of floats"):
            softmax(z, out=np.zeros((2, 2), kind))


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_a_slope_is_that_of_the_function(activation):
    z = np.array([-2.0, -0.3, 0.4, 1.5])
    a, above, below = z.copy(), z + 1e-6, z - 1e-6
    for array in (a, above, below):
        activation.apply(array)
    activation.slope(a)
    assert a == pytest.approx((above - below) / 2e-6, abs=1e-9)


def test_training_reads_what_it_has_seen():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(60, 2))
    y = (x[:, 0] * x[:, 1] > 0).astype(int)  # no line tells them apart
    network = Network([2, 16, 2])
    draw = Batches(x, y, batch_size=10, rng=rng)
    path = descend(
        lambda theta: network.gradient(theta, *next(draw)),
        network.initial(rng),
        rule=GradientDescent(0.3),
        max_steps=3000,
        record_every=1000,
    )
    assert path.outcome is Outcome.STEP_LIMIT
    losses = path.values(lambda theta: network.loss(theta, x, y))
    assert losses[-1] < 0.1 < losses[0]
    assert np.mean(network.forward(path.end, x).argmax(axis=1) == y) > 0.96


class TestFiles:
    @pytest.mark.parametrize(("activation", "objective"), list(product(ACTIVATIONS, OBJECTIVES)))
    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_come_back_as_they_were(self, tmp_path, activation, objective, dtype):
        network = Network([6, 8, 3], activation, objective)
        theta = network.initial(np.random.default_rng(1), dtype)
        network.save(tmp_path / "a.npz", theta)
        again, parameters = Network.load(tmp_path / "a.npz")
        assert repr(again) == repr(network)
        assert parameters.dtype == dtype and parameters.tobytes() == theta.tobytes()

    def test_are_the_same_bytes_each_time(self, tmp_path):
        network = Network([2, 3, 1])
        for name in "ab":
            network.save(tmp_path / f"{name}.npz", np.arange(13.0))
        assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
        with zipfile.ZipFile(tmp_path / "a.npz") as packed:  # whatever the clock says
            assert {member.date_time for member in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}

    def test_only_what_can_be_read_is_saved(self, tmp_path):
        class Mine(ReLU):
            pass

        with pytest.raises(ValueError, match=r"only what gdcore\.network holds .*Mine"):
            Network([1, 1], Mine()).save(tmp_path / "a.npz", [1, 2])
        with pytest.raises(ValueError, match=r"theta of shape \(3,\) does not fit 2 parameters"):
            Network([1, 1]).save(tmp_path / "a.npz", [1, 2, 3])
        with pytest.raises(ValueError, match=r"theta must be finite, got inf at index \(1,\)"):
            Network([1, 1]).save(tmp_path / "a.npz", [1, np.inf])
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
    def test_that_hold_no_network_are_refused(self, tmp_path, change):
        file = tmp_path / "bad.npz"
        whole = {"sizes": [2, 3, 1], "kinds": ["ReLU", "CrossEntropy"], "theta": np.zeros(13)}
        np.savez(file, **{k: v for k, v in (whole | change).items() if v is not None})
        with pytest.raises(ValueError, match=r"bad\.npz holds no network: "):
            Network.load(file)

    @pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04 not really"])
    def test_that_are_no_npz_are_refused(self, tmp_path, content):
        (tmp_path / "bad.npz").write_bytes(content)
        with pytest.raises(ValueError, match=r"bad\.npz holds no network: "):
            Network.load(tmp_path / "bad.npz")

    def test_that_are_an_npy_are_refused(self, tmp_path):
        np.save(tmp_path / "bad.npy", np.zeros(3))
        with pytest.raises(ValueError, match=r"bad\.npy holds no network: "):
            Network.load(tmp_path / "bad.npy")

    def test_execute_nothing(self, tmp_path):
        class Trap:
            def __reduce__(self):
                return open, (str(tmp_path / "sprung"), "w")

        bad = tmp_path / "bad.npz"
        np.savez(bad, sizes=[1, 1], kinds=["ReLU", "CrossEntropy"], theta=np.array([Trap(), 1]))
        with pytest.raises(ValueError, match=r"bad\.npz holds no network: .*OBJECT"):
            Network.load(bad)
        assert not (tmp_path / "sprung").exists()

    def test_that_are_damaged_are_refused_or_harmless(self, tmp_path):
        # bytes that nobody reads, such as dates, may be any
        file = tmp_path / "bad.npz"
        Network([2, 1]).save(file, [1, 2, 3])
        whole, refused = file.read_bytes(), 0
        for i in range(len(whole)):
            file.write_bytes(whole[:i] + bytes([whole[i] ^ 255]) + whole[i + 1 :])
            try:
                network, theta = Network.load(file)
            except ValueError as error:
                assert str(error).startswith(f"{file} holds no network: ")
                refused += 1
            else:
                assert network.sizes == (2, 1) and theta.tolist() == [1, 2, 3]
        assert refused > len(whole) / 2
        for i in range(0, len(whole), 5):
            file.write_bytes(whole[:i])
            with pytest.raises(ValueError, match=r"bad\.npz holds no network: "):
                Network.load(file)

    def test_with_members_that_are_no_arrays_are_refused(self, tmp_path):
        with zipfile.ZipFile(tmp_path / "bad.npz", "w") as packed:
            for name in "sizes", "kinds", "theta":
                packed.writestr(name, "[1, 1]")
        with pytest.raises(ValueError, match=r"bad\.npz holds no network: "):
            Network.load(tmp_path / "bad.npz")

    def test_that_are_missing_are_python_s_business(self, tmp_path):
        with pytest.raises(FileNotFoundError):
            Network.load(tmp_path / "none.npz")


network = Network([2, 3, 2])
line = Network([2, 1], objective=MeanSquaredError())
ten = Network([1, 10])
theta, locked = np.zeros(network.size), np.zeros(network.size)
locked.flags.writeable = False
X, Y = np.ones((4, 2)), np.array([0, 1, 0, 1])
BAD = [
    (lambda: Network([3]), ValueError, r"sizes must be at least two, got \(3,\)"),
    (lambda: Network([]), ValueError, "sizes must be at least two"),
    (lambda: Network(5), TypeError, "sizes must be a sequence, got 5"),
    (lambda: Network([3, 0]), ValueError, r"sizes\[1\] must be at least 1, got 0"),
    (lambda: Network([3, 2.5]), TypeError, r"sizes\[1\] must be a whole number, got 2\.5"),
    (lambda: Network([1, 1], "relu"), TypeError, "activation must be an Activation, got 'relu'"),
    (lambda: Network([1, 1], objective=ReLU()), TypeError, "objective must be an Objective"),
    (lambda: network.initial(3), TypeError, "rng must be a Generator, got 3"),
    (lambda: network.initial(np.random.default_rng(1), np.float16), TypeError, "dtype must be"),
    (lambda: network.forward(theta[1:], X), ValueError, r"theta of shape \(16,\) does not fit 17"),
    (lambda: network.forward("a", X), TypeError, "theta must hold real numbers, got 'a'"),
    (lambda: network.forward(theta, X[:, :1]), ValueError, r"x must be of shape \(samples, 2\)"),
    (lambda: network.forward(theta, X[0]), ValueError, r"x must be .* got shape \(2,\)"),
    (lambda: network.forward(theta, np.ones((4, 3))), ValueError, r"x must be .* got shape \(4, 3"),
    (lambda: network.forward(theta, X[..., None]), ValueError, r"x must be .* shape \(4, 2, 1\)"),
    (lambda: line.forward([0] * 3, X[0]), ValueError, r"x must be of shape \(samples, 2\), got"),
    (lambda: ten.forward([0] * 20, 3.0), ValueError, r"x must be .* got shape \(\)"),
    (lambda: network.forward(theta, X[:0]), ValueError, r"x must be .* got shape \(0, 2\)"),
    (lambda: network.loss(theta, X, Y[:3]), ValueError, r"y of shape \(3,\) does not fit 4 samp"),
    (lambda: network.loss(theta, X, Y + 0.0), TypeError, "y must hold classes, .* got float64"),
    (lambda: network.gradient(theta, X, Y - 1), ValueError, "classes from 0 to 1, got -1"),
    (lambda: network.gradient(theta, X, Y + 1), ValueError, "classes from 0 to 1, got 2"),
    (lambda: network.loss(theta, X, np.uint8([0, 1, 9, 1])), ValueError, "from 0 to 1, got 9"),
    (lambda: network.loss(theta, X, [0, 4, 1, 3]), ValueError, "classes from 0 to 1, got 4"),
    (lambda: network.gradient(theta, X, Y, out=theta[1:]), ValueError, "out must be an array like"),
    (
        lambda: network.gradient(theta, X, Y, out=np.zeros(17, np.float32)),
        ValueError,
        "out must be an array like theta, of 17 float64",
    ),
    (
        lambda: network.gradient(theta, X, Y, out=np.zeros(18)),
        ValueError,
        "out must be an array like theta, of 17 float64",
    ),
    (lambda: network.gradient(theta, X, Y, out=[0] * 17), ValueError, "out must be an array"),
    (lambda: network.gradient(theta, X, Y, out=np.zeros(34)[::2]), ValueError, "out must be in on"),
    (lambda: network.gradient(theta, X, Y, out=locked), ValueError, "out must be .* not read-only"),
    (lambda: network.gradient(theta, X, Y, out=theta), ValueError, "out must .* apart from theta"),
    (lambda: Network("ab"), TypeError, r"sizes\[0\] must be a whole number, got 'a'"),
    (lambda: Network([2, True]), TypeError, r"sizes\[1\] must be a whole number, got True"),
    (lambda: Network([1, 1], ReLU), TypeError, "activation must be an Activation, got <class"),
    (lambda: network.initial(np.random.default_rng(1), int), TypeError, "dtype must be"),
    (lambda: network.initial(np.random.default_rng(1), "f4"), TypeError, "dtype must be .* 'f4'"),
    (
        lambda: network.gradient(theta[:, np.newaxis], X, Y),
        ValueError,
        r"theta of shape \(17, 1\) does not fit 17 parameters",
    ),
    (lambda: network.gradient(1j * theta, X, Y), TypeError, "theta must hold real numbers"),
    (lambda: network.gradient(theta, X > 0, Y), TypeError, "x must hold real numbers"),
    (lambda: network.loss(theta, X[:0], Y[:0]), ValueError, "x must hold at least one sample"),
    (lambda: network.gradient(theta, [[1, 2], [3]], Y), ValueError, "x must be .* an even array"),
    (lambda: network.gradient(theta, X, Y > 0), TypeError, "y must hold real numbers"),
    (
        lambda: network.gradient(theta, X, Y[:, np.newaxis]),
        ValueError,
        r"y of shape \(4, 1\) does not fit 4 samples",
    ),
    (lambda: network.loss(theta, X, 1), ValueError, r"y of shape \(\) does not fit 4 samples"),
    (lambda: ten.loss(np.zeros(20), [1], [10]), ValueError, "classes from 0 to 9, got 10"),
    (lambda: ten.gradient(np.zeros(20), [1], [-1]), ValueError, "classes from 0 to 9, got -1"),
    (lambda: ten.gradient(np.zeros(20), [1], np.int8([-128])), ValueError, "0 to 9, got -128"),
    (
        lambda: Network([2, 2], objective=MeanSquaredError()).loss([0] * 6, X, 1),
        ValueError,
        r"y of shape \(\) does not fit 4 samples and 2 outputs",
    ),
    (
        lambda: Network([2, 2], objective=MeanSquaredError()).loss([0] * 6, X, [1] * 4),
        ValueError,
        r"y of shape \(4,\) does not fit 4 samples and 2 outputs",
    ),
    (lambda: line.loss([1, 1, 0], X, np.ones((4, 2))), ValueError, r"y of shape \(4, 2\)"),
    (
        lambda: line.gradient([1, 1, 0], X, np.ones(3)),
        ValueError,
        r"y of shape \(3,\) .* 4 samples",
    ),
    (lambda: line.loss([1, 1, 0], X, ["a"] * 4), TypeError, "y must hold real numbers"),
]


@pytest.mark.parametrize(("call", "kind", "message"), BAD)
def test_bad_calls_are_named(call, kind, message):
    with pytest.raises(kind, match=message):
        call()


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_data_that_are_not_finite_are_named(bad):
    x, y = np.ones((4, 2)), np.ones(4)
    x[2, 1] = bad
    for call in (line.loss, line.gradient):
        with (
            np.errstate(all="ignore"),
            pytest.raises(ValueError, match=rf"x must be finite, got {bad} at index \(2, 1\)"),
        ):
            call([1, 1, 0], x, y)
    y[3] = bad
    for call in (line.loss, line.gradient):
        with (
            np.errstate(all="ignore"),
            pytest.raises(ValueError, match=rf"y must be finite, got {bad} at index \(3,\)"),
        ):
            call([1, 1, 0], np.ones((4, 2)), y)


@pytest.mark.parametrize("call", ["loss", "gradient"])
@pytest.mark.parametrize("activation", [ReLU(), Tanh()])
@np.errstate(all="ignore")
def test_an_infinite_feature_is_named_though_the_activation_hides_it(activation, call):
    # max(-inf, 0) is 0 and tanh(-inf) is -1: the outputs are finite, and their slopes
    network = Network([1, 2, 2], activation)
    theta = [1, 1, 0, 0, 1, 2, 3, 4, 0, 0]
    assert np.isfinite(network.forward(theta, [-np.inf, 1])).all()
    with pytest.raises(ValueError, match=r"x must be finite, got -inf at index \(0,\)$"):
        getattr(network, call)(theta, [-np.inf, 1], [0, 1])


def test_an_infinite_target_is_named_whichever_output_it_is_of():
    network, x, y = Network([1, 2], objective=MeanSquaredError()), [1, 2], [[0, 1], [2, np.inf]]
    for call in (network.loss, network.gradient):
        with pytest.raises(ValueError, match=r"y must be finite, got inf at index \(1, 1\)$"):
            call([1, 1, 0, 0], x, y)


def test_one_feature_may_come_with_its_axis():
    theta = np.arange(20.0)
    assert np.array_equal(ten.forward(theta, [[1], [2]]), ten.forward(theta, [1, 2]))


def test_a_loss_of_no_parameters_is_refused_and_their_gradient_is_for_descend_to_judge():
    theta = [1, np.nan, 0]
    with pytest.raises(ValueError, match=r"theta must be finite, got nan at index \(1,\)$"):
        line.loss(theta, X, Y)
    assert np.isnan(line.gradient(theta, X, Y)).all()


def test_a_loss_beyond_the_floats_is_infinite():
    with np.errstate(over="ignore"):
        assert line.loss([1e200, 0, 0], X, Y) == math.inf


@pytest.mark.parametrize("kind", ["u1", "i1", ">i2", "<i4", ">i8", "u8"])
def test_classes_may_be_whole_numbers_of_any_kind(kind):
    theta = np.random.default_rng(1).normal(size=network.size)
    for x, y in [(X, Y), (X[::2], Y[::2])]:
        assert network.loss(theta, x, y.astype(kind)) == network.loss(theta, x, y)
        expected = network.gradient(theta, x, y)
        assert np.array_equal(network.gradient(theta, x, y.astype(kind)), expected)
    with pytest.raises(ValueError, match="y must hold classes from 0 to 1, got 2"):
        network.gradient(theta, X, (Y * 2).astype(kind))


def test_parameters_that_leave_the_numbers_end_the_run_as_diverged():
    path = descend(
        lambda theta: line.gradient(theta, X * 1e3, Y),
        [0.0, 0.0, 0.0],
        rule=GradientDescent(1),
        max_steps=500,
    )
    assert path.outcome is Outcome.DIVERGED


def test_the_bases_do_nothing_themselves():
    a = np.ones(1)
    for call in (
        lambda: Activation().apply(a),
        lambda: Activation().slope(a),
        lambda: Objective().targets(a, 1, 1),
        lambda: Objective().value(a, a),
        lambda: Objective().slope(a, a),
    ):
        with pytest.raises(NotImplementedError):
            call()


def test_repr_says_how_it_was_made():
    assert repr(Network([2, 3, 1], Tanh(), MeanSquaredError())) == (
        "Network([2, 3, 1], Tanh(), MeanSquaredError())"
    )
