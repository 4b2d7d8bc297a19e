"""Networks: layers, backpropagation, and who may use one network at a time."""

import copy
import math
import pickle
from concurrent.futures import ThreadPoolExecutor
from itertools import product

import numpy as np
import pytest

from gdcore import regression
from gdcore.batches import Batches
from gdcore.derivatives import check_gradient
from gdcore.descent import Outcome, descend
from gdcore.losses import CrossEntropy, MeanSquaredError, softmax
from gdcore.network import Activation, Identity, Network, ReLU, Tanh
from gdcore.rules import GradientDescent


class Swish(Activation):
    """z / (1 + e^-z): it falls and then rises, so that its output does not tell its slope."""

    def value(self, z):
        return z / (1 + np.exp(-z))

    def derivative(self, z, a):
        s = 1 / (1 + np.exp(-z))
        return s + a * (1 - s)


class Sine(Activation):
    """As in implicit representations: its output does not tell whether it rises or falls."""

    def value(self, z):
        return np.sin(3 * z)

    def derivative(self, z, a):
        return 3 * np.cos(3 * z)


class GELU(Activation):
    """By its usual approximation, with a constant of double precision."""

    c = np.sqrt(2 / np.pi)

    def inner(self, z):
        return np.tanh(self.c * (z + 0.044715 * z**3))

    def value(self, z):
        return z / 2 * (1 + self.inner(z))

    def derivative(self, z, a):
        t = self.inner(z)
        return (1 + t) / 2 + z / 2 * (1 - t**2) * self.c * (1 + 3 * 0.044715 * z**2)


ACTIVATIONS = [ReLU(), Tanh(), Identity(), Swish(), Sine(), GELU()]
LOSSES = [MeanSquaredError(), CrossEntropy()]
DEPTHS = [[6, 3], [6, 8, 3], [6, 8, 5, 3]]


def samples(loss, count=20, seed=4):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(count, 6))
    classes = isinstance(loss, CrossEntropy)
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
        network = Network([1, 2], loss=MeanSquaredError())
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
        ("activation", "loss", "sizes"), list(product(ACTIVATIONS, LOSSES, DEPTHS))
    )
    def test_agrees_with_measured_slopes(self, activation, loss, sizes):
        network, (x, y) = Network(sizes, activation, loss), samples(loss)
        # The seeds are such that no difference, of steps of 1e-5, reaches over the kink of a ReLU.
        for layers in range(2, len(sizes)):
            head = Network(sizes[:layers], activation)
            assert np.abs(head.forward(place(network)[: head.size], x)).min() > 1e-3
        assert error_of(network, x, y) < 1e-7

    def test_the_famous_bug_is_found(self):
        class AlwaysOn(ReLU):
            def derivative(self, z, a):
                return (a >= 0).astype(z.dtype)

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
        line = Network([4, 1], loss=MeanSquaredError())
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
    @pytest.mark.parametrize("loss", LOSSES)
    def test_float32_stays_float32_and_is_near(self, activation, loss):
        network = Network([6, 8, 3], activation, loss)
        x, y = samples(loss)
        theta = network.initial(np.random.default_rng(3))
        small = theta.astype(np.float32)
        g, exact = network.gradient(small, x, y), network.gradient(theta, x, y)
        assert g.dtype == np.float32
        assert {a.dtype for a in network.activations(small, x)} == {np.dtype(np.float32)}
        assert np.linalg.norm(network.forward(small, x) - network.forward(theta, x)) < 1e-5
        assert type(network.loss(small, x, y)) is float
        assert np.linalg.norm(g - exact) < 1e-5 * np.linalg.norm(exact)
        assert network.loss(small, x, y) == pytest.approx(network.loss(theta, x, y), rel=1e-5)

    def test_leaves_its_arguments_alone(self):
        network = Network([6, 8, 3], Tanh(), MeanSquaredError())
        x, y = samples(MeanSquaredError())
        theta = network.initial(np.random.default_rng(3))
        before = theta.copy(), x.copy(), y.copy()
        network.gradient(theta, x, y)
        assert all(np.array_equal(a, b) for a, b in zip(before, (theta, x, y), strict=True))


def textbook(network, theta, x, y):
    """The mean over samples of what the equations of the chapter say, neuron by neuron."""
    layers = network.layers(theta)
    total = np.zeros(network.size)
    for i in range(len(x)):
        z, a = [None], [x[i]]
        for W, b in layers:
            z.append(
                [sum(w * v for w, v in zip(W[j], a[-1], strict=True)) + b[j] for j in range(len(b))]
            )
            a.append(network.activation.value(np.array(z[-1])))
        outputs = np.array([z[-1]])
        delta = network.loss_function.gradient(outputs, y[i : i + 1])[0]
        gradient = np.zeros(network.size)
        for l in range(len(layers), 0, -1):  # noqa: E741
            dW, db = network.layers(gradient)[l - 1]
            for j in range(len(db)):
                db[j] = delta[j]
                for k in range(dW.shape[1]):
                    dW[j, k] = delta[j] * a[l - 1][k]
            if l > 1:
                W = layers[l - 1][0]
                slopes = network.activation.derivative(np.array(z[l - 1]), a[l - 1])
                delta = [
                    sum(delta[j] * W[j, k] for j in range(len(db))) * slopes[k]
                    for k in range(W.shape[1])
                ]
        total += gradient
    return total / len(x)


@pytest.mark.parametrize("count", [1, 2, 7])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("activation", "loss"), list(product(ACTIVATIONS, LOSSES)))
def test_a_gradient_is_what_the_equations_say(activation, loss, dtype, count):
    limit = 2e-6 if dtype == np.float32 else 1e-14
    for sizes in DEPTHS:
        network, (x, y) = Network(sizes, activation, loss), samples(loss, count)
        theta = place(network).astype(dtype)
        g = network.gradient(theta, x, y)
        expected = textbook(network, theta.astype(float), x.astype(dtype).astype(float), y)
        assert g.dtype == dtype
        assert np.linalg.norm(g - expected) < limit * np.linalg.norm(expected)


def test_what_is_handed_out_stays_what_it_was():
    network = Network([6, 8, 3])
    x, y = samples(CrossEntropy())
    theta = network.initial(np.random.default_rng(3))
    results = [network.gradient(theta, x, y), *network.activations(theta, x)[1:]]
    before = copy.deepcopy(results)
    network.gradient(theta, x + 1, y)
    network.forward(theta, x + 2)
    assert all(np.array_equal(a, b) for a, b in zip(results, before, strict=True))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_one_network_serves_many_threads(dtype):
    network = Network([100, 64, 64, 10], Tanh())
    rng = np.random.default_rng(1)
    work = [
        (network.initial(rng, dtype), rng.normal(size=(n, 100)), rng.integers(0, 10, n))
        for n in [64] * 12 + [1, 7, 32, 65]
    ]
    alone = [network.gradient(*some) for some in work]
    # NumPy lets other threads run while it multiplies.
    with ThreadPoolExecutor(8) as pool:
        for _ in range(20):
            together = pool.map(lambda some: network.gradient(*some), work)
            assert all(np.array_equal(a, b) for a, b in zip(alone, together, strict=True))


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda n: pickle.loads(pickle.dumps(n))])
def test_a_network_can_be_copied_and_sent_to_another_process(copied):
    network, (x, y) = Network([6, 8, 3], Tanh(), MeanSquaredError()), samples(MeanSquaredError())
    theta = place(network)
    again = copied(network)
    assert repr(again) == repr(network)
    assert np.array_equal(again.gradient(theta, x, y), network.gradient(theta, x, y))


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
        assert network.initial(np.random.default_rng(5), "float32").tobytes() == small.tobytes()
        assert one.tobytes() == two.tobytes()
        assert small.dtype == np.float32 and np.array_equal(small, one.astype(np.float32))
        assert not np.array_equal(one, network.initial(np.random.default_rng(6)))


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=lambda a: type(a).__name__)
def test_a_derivative_is_that_of_the_value(activation):
    z = np.array([-2.0, -0.3, 0.4, 1.5])
    before = z.copy()
    measured = (activation.value(z + 1e-6) - activation.value(z - 1e-6)) / 2e-6
    assert activation.derivative(z, activation.value(z)) == pytest.approx(measured, abs=1e-8)
    assert np.array_equal(z, before)


def test_a_relu_has_the_slope_0_at_0():
    z = np.float32([-0.0, 0, 1e-30])
    slopes = ReLU().derivative(z, ReLU().value(z))
    assert slopes.tolist() == [0, 0, 1] and slopes.dtype == np.float32


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


network = Network([2, 3, 2])
line = Network([2, 1], loss=MeanSquaredError())
ten = Network([1, 10])
theta = np.zeros(network.size)
X, Y = np.ones((4, 2)), np.array([0, 1, 0, 1])
BAD = [
    (lambda: Network([3]), ValueError, r"sizes must be at least two, got \[3\]"),
    (lambda: Network([]), ValueError, "sizes must be at least two"),
    (lambda: Network(5), TypeError, "sizes must be a sequence, got 5"),
    (lambda: Network([3, 0]), ValueError, r"sizes\[1\] must be at least 1, got 0"),
    (lambda: Network([3, 2.5]), TypeError, r"sizes\[1\] must be a whole number, got 2\.5"),
    (lambda: Network([1, 1], "relu"), TypeError, "activation must be an Activation, got 'relu'"),
    (lambda: Network([1, 1], loss=ReLU()), TypeError, "loss must be a Loss, got "),
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
    (lambda: network.forward(theta, X[:0]), ValueError, r"x must hold .* got shape \(0, 2\)"),
    (lambda: network.loss(theta, X, Y[:3]), ValueError, r"y of shape \(3,\) does not fit 4 samp"),
    (lambda: network.loss(theta, X, Y + 0.0), TypeError, "y must hold classes, .* got float64"),
    (lambda: network.gradient(theta, X, Y - 1), ValueError, "classes from 0 to 1, got -1"),
    (lambda: network.gradient(theta, X, Y + 1), ValueError, "classes from 0 to 1, got 2"),
    (lambda: network.loss(theta, X, np.uint8([0, 1, 9, 1])), ValueError, "from 0 to 1, got 9"),
    (lambda: network.loss(theta, X, [0, 4, 1, 3]), ValueError, "classes from 0 to 1, got 4"),
    (lambda: Network("ab"), TypeError, r"sizes\[0\] must be a whole number, got 'a'"),
    (lambda: Network([2, True]), TypeError, r"sizes\[1\] must be a whole number, got True"),
    (lambda: Network([1, 1], ReLU), TypeError, "activation must be an Activation, got <class"),
    (lambda: network.initial(np.random.default_rng(1), int), TypeError, "dtype must be"),
    (lambda: network.initial(np.random.default_rng(1), "f2"), TypeError, "dtype must be .* 'f2'"),
    (lambda: network.initial(np.random.default_rng(1), "?!"), TypeError, "dtype must be .* '\\?!'"),
    (lambda: network.initial(np.random.default_rng(1), None), TypeError, "dtype must be .* None"),
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
        lambda: Network([2, 2], loss=MeanSquaredError()).loss([0] * 6, X, 1),
        ValueError,
        r"y of shape \(\) does not fit 4 samples and 2 outputs",
    ),
    (
        lambda: Network([2, 2], loss=MeanSquaredError()).loss([0] * 6, X, [1] * 4),
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


@pytest.mark.parametrize("does", ["activations", "forward", "loss", "gradient"])
@pytest.mark.parametrize("activation", [ReLU(), Tanh()])
@pytest.mark.parametrize("bad", [np.inf, -np.inf, np.nan])
@pytest.mark.parametrize("sizes", [[1, 1], [2, 1, 1], [3, 2, 2], [5, 4, 3, 2]])
def test_a_feature_that_is_not_finite_is_named_whatever_the_shape(sizes, bad, activation, does):
    # Weights and slopes of 0, and neurons that are off, hide it from the results.
    for count in 1, 2, 5:
        x = np.zeros((count, sizes[0]))
        x[count - 1, -1] = bad
        y = np.zeros(count, int)
        message = rf"x must be finite, got {bad} at index \({count - 1}, {sizes[0] - 1}\)$"
        network = Network(sizes, activation)
        for theta in np.zeros(network.size), -np.ones(network.size):
            call = getattr(network, does)
            with pytest.raises(ValueError, match=message):
                call(theta, x, y) if does in ("loss", "gradient") else call(theta, x)


def test_an_infinite_feature_before_a_neuron_that_is_off():
    network = Network([2, 1, 1], ReLU(), MeanSquaredError())
    with pytest.raises(ValueError, match=r"^Network.gradient: x must be finite, got inf at index"):
        network.gradient([-1, -1, -1, 1, 0], [[np.inf, 0]], [[1.0]])


def test_a_feature_beyond_single_precision_is_infinite_there():
    network, x = Network([1, 2]), [1, 1e300]
    assert np.isfinite(network.forward(np.ones(4), x)).all()
    with np.errstate(over="ignore"), pytest.raises(ValueError, match="x must be finite, got inf"):
        network.forward(np.ones(4, np.float32), x)


def test_masked_arrays_are_refused():
    masked = np.ma.array(X, mask=X > 2)
    for call in (
        lambda: network.gradient(theta, masked, Y),
        lambda: network.loss(theta, masked, Y),
        lambda: network.forward(np.ma.array(theta), X),
        lambda: network.gradient(theta, X, np.ma.array(Y)),
    ):
        with pytest.raises(TypeError, match="must not be masked"):
            call()


def test_an_infinite_target_is_named_whichever_output_it_is_of():
    network, x, y = Network([1, 2], loss=MeanSquaredError()), [1, 2], [[0, 1], [2, np.inf]]
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


def test_an_activation_is_asked_for_hidden_layers_alone():
    class Asked(Tanh):
        def value(self, z):
            assert z.shape[1] == 8
            return super().value(z)

        def derivative(self, z, a):
            assert z.shape[1] == a.shape[1] == 8
            return super().derivative(z, a)

    x, y = samples(CrossEntropy())
    for sizes, activation in ([6, 8, 3], Asked()), ([6, 3], Activation()):
        alone, usual = Network(sizes, activation), Network(sizes, Tanh())
        theta = place(usual)
        assert np.array_equal(alone.gradient(theta, x, y), usual.gradient(theta, x, y))


def test_an_own_activation_or_loss_of_another_shape_is_refused():
    class Summed(Tanh):
        def value(self, z):
            return z.sum(axis=1)

    class Broadcast(MeanSquaredError):  # (4, 1) minus (4,) is (4, 4)
        def gradient(self, outputs, y):
            return outputs - y

    message = r"Network.forward: activation.value must return .* \(4, 3\), got shape \(4,\)"
    with pytest.raises(ValueError, match=message):
        Network([2, 3, 2], Summed()).forward(theta, X)
    message = r"Network.gradient: loss.gradient must return .* \(4, 1\), got shape \(4, 4\)"
    with pytest.raises(ValueError, match=message):
        Network([2, 1], loss=Broadcast()).gradient(np.zeros(3), X, Y)


def test_the_base_does_nothing_itself():
    a = np.ones(1)
    for call in (
        lambda: Activation().value(a),
        lambda: Activation().derivative(a, a),
    ):
        with pytest.raises(NotImplementedError):
            call()


def test_repr_says_how_it_was_made():
    assert repr(Network([2, 3, 1], Tanh(), MeanSquaredError())) == (
        "Network([2, 3, 1], Tanh(), MeanSquaredError())"
    )
