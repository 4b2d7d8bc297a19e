r"""Fully connected networks, whose parameters are one vector.

Let :math:`a^{(0)}` be the features of a sample.  Layer :math:`l = 1, \dots, D` returns

.. math:: z^{(l)} = W^{(l)} a^{(l-1)} + b^{(l)}, \qquad a^{(l)} = \sigma(z^{(l)}),

except that the last one returns :math:`z^{(D)}` itself.  All weights :math:`W^{(l)}` and biases
:math:`b^{(l)}` lie one after the other in a flat vector :math:`\theta`, so that a network is
trained by the loop that descends a parabola.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import pairwise
from typing import Any
from zipfile import ZipFile

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gdcore import _checks
from gdcore._checks import Count, File, checked

Array = NDArray[Any]


class Activation:
    r"""What a hidden layer does to each of its numbers, :math:`a = \sigma(z)`, and its slope.

    Its methods do not check what they get from a :class:`Network`.
    """

    def apply(self, z: Array) -> None:
        r"""Replace :math:`z` by :math:`a = \sigma(z)`, in place."""
        raise NotImplementedError

    def slope(self, a: Array) -> None:
        r"""Replace :math:`a = \sigma(z)` by :math:`\sigma'(z)`, in place."""
        raise NotImplementedError


class ReLU(Activation):
    r"""The rectified linear unit, a switch: :math:`\sigma(z) = \max(z, 0)`.

    At 0, where there is no derivative, its slope is taken to be 0.

    Examples
    --------
    >>> a = np.array([-2.0, 0.0, 3.0])
    >>> ReLU().apply(a)
    >>> a.tolist()
    [0.0, 0.0, 3.0]
    >>> ReLU().slope(a)
    >>> a.tolist()
    [0.0, 0.0, 1.0]
    """

    def apply(self, z: Array) -> None:
        """Replace what is below 0 by 0."""
        np.maximum(z, 0, out=z)

    def slope(self, a: Array) -> None:
        """Replace each output by 1 where the switch is on, and by 0 where it is off."""
        a[...] = a > 0


class Tanh(Activation):
    r"""The hyperbolic tangent, :math:`\sigma' = 1 - \sigma^2`.

    Examples
    --------
    >>> a = np.array([0.0, 1.0])
    >>> Tanh().apply(a)
    >>> Tanh().slope(a)
    >>> a.round(4).tolist()
    [1.0, 0.42]
    """

    def apply(self, z: Array) -> None:
        """Replace each number by its hyperbolic tangent."""
        np.tanh(z, out=z)

    def slope(self, a: Array) -> None:
        """Replace each output by the slope there."""
        np.subtract(1, np.square(a, out=a), out=a)


class Identity(Activation):
    r"""No bend at all, :math:`\sigma(z) = z`: the whole network is then linear.

    Examples
    --------
    >>> a = np.array([-2.0, 3.0])
    >>> Identity().apply(a)
    >>> a.tolist()
    [-2.0, 3.0]
    """

    def apply(self, z: Array) -> None:
        """Leave everything as it is."""

    def slope(self, a: Array) -> None:
        """Replace each output by 1."""
        a.fill(1)


class Objective:
    """What the outputs of a network are compared by: a mean over samples, and its gradient.

    Its methods do not check what they get from a :class:`Network`; only `targets` checks `y`.
    """

    def targets(self, y: ArrayLike, samples: int, outputs: int) -> Array:
        """Return `y` as an array that fits so many samples and outputs, or say what is wrong."""
        raise NotImplementedError

    def value(self, outputs: Array, y: Array) -> float:
        """Return the loss."""
        raise NotImplementedError

    def slope(self, outputs: Array, y: Array) -> None:
        """Replace the outputs by the partial derivatives of the loss with respect to them."""
        raise NotImplementedError


class MeanSquaredError(Objective):
    r"""The mean of the squared errors over all samples and outputs.

    .. math:: J = \frac{1}{N K} \sum_{i=1}^N \sum_{k=1}^K (z_{ik} - y_{ik})^2

    Targets are real numbers, of shape ``(samples, outputs)``, or ``(samples,)`` for one output.

    Examples
    --------
    >>> MeanSquaredError().value(np.array([[1.0], [2.0]]), np.array([[1.0], [5.0]]))
    4.5
    """

    def targets(self, y: ArrayLike, samples: int, outputs: int) -> Array:
        """Return `y` with an axis for the outputs."""
        y = _checks.numbers("y", y)
        if y.shape not in [(samples, outputs)] + [(samples,)] * (outputs == 1):
            fits = f"{samples} samples and {outputs} outputs"
            raise ValueError(f"y of shape {y.shape} does not fit {fits}")
        return y.reshape(samples, outputs)

    def value(self, outputs: Array, y: Array) -> float:
        """Return the mean of the squares."""
        return float(np.mean(np.square(outputs - y)))

    def slope(self, outputs: Array, y: Array) -> None:
        r"""Replace :math:`z_{ik}` by :math:`\frac{2}{NK} (z_{ik} - y_{ik})`."""
        outputs -= y
        outputs *= 2 / outputs.size


class CrossEntropy(Objective):
    r"""The mean surprise at the right class, if the outputs are turned into chances by softmax.

    .. math:: J = -\frac1N \sum_{i=1}^N \ln p_{i y_i}, \qquad
        p_{ik} = \frac{e^{z_{ik}}}{\sum_j e^{z_{ij}}}

    Targets are the classes, whole numbers from 0, of shape ``(samples,)``.

    References
    ----------
    I. Goodfellow, Y. Bengio and A. Courville, *Deep Learning*, section 6.2.2.3, MIT Press (2016).

    Examples
    --------
    >>> outputs = np.log([[3.0, 1.0], [1.0, 1.0]])
    >>> round(CrossEntropy().value(outputs, np.array([0, 1])), 4)  # -(ln 3/4 + ln 1/2) / 2
    0.4904
    """

    def targets(self, y: ArrayLike, samples: int, outputs: int) -> Array:
        """Return `y` if it holds one class for each sample."""
        y = _checks.numbers("y", y)
        if y.dtype.kind == "f":
            raise TypeError(f"y must hold classes, which are whole numbers, got {y.dtype}")
        if y.shape != (samples,):
            raise ValueError(f"y of shape {y.shape} does not fit {samples} samples")
        # Seen as unsigned a negative number is a huge one, so that one look finds both.
        if np.maximum.reduce(y.view(y.dtype.str.replace("i", "u"))) >= outputs:
            wrong = y[(y < 0) | (y >= outputs)][0]
            raise ValueError(f"y must hold classes from 0 to {outputs - 1}, got {wrong}")
        return y

    def value(self, outputs: Array, y: Array) -> float:
        """Return the mean surprise."""
        # Subtracting the largest output of a sample changes no chance, and nothing overflows.
        shifted = outputs - outputs.max(axis=1, keepdims=True)
        surprise = np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(y)), y]
        return float(np.mean(surprise))

    def slope(self, outputs: Array, y: Array) -> None:
        r"""Replace :math:`z_{ik}` by :math:`\frac1N (p_{ik} - [k = y_i])`."""
        softmax(outputs, out=outputs)
        outputs[np.arange(len(y)), y] -= 1
        outputs *= 1 / len(y)


def softmax(outputs: ArrayLike, out: Array | None = None) -> Array:
    r"""Turn the outputs of each sample into chances, :math:`p_k = e^{z_k} / \sum_j e^{z_j}`.

    Parameters
    ----------
    outputs : array_like, shape (samples, classes)
        Real numbers; they may be large, and the difference of two is what counts.  A row with
        a NaN or an infinite number comes out as NaN, except that of ``-inf`` the chance is 0.
    out : numpy.ndarray, shape (samples, classes), optional
        Where to put the result, an array of floats; may be `outputs` itself.

    Returns
    -------
    numpy.ndarray, shape (samples, classes)
        Each row adds up to 1.

    Raises
    ------
    TypeError, ValueError
        If `outputs` does not hold real numbers, or an argument is of another shape or kind.

    Examples
    --------
    >>> softmax([[1000.0, 1000.0], [0.0, -np.inf]]).tolist()
    [[0.5, 0.5], [1.0, 0.0]]
    """
    # One column a sample: NumPy takes the largest of all columns at once, of rows one by one.
    z = _checks.numbers("outputs", outputs)
    if z.ndim != 2 or not z.size:
        raise ValueError(f"outputs must be of shape (samples, classes), got shape {z.shape}")
    p = np.array(z.T, dtype=z.dtype if z.dtype.kind == "f" else np.float64, order="C")
    p -= np.maximum.reduce(p)
    np.exp(p, out=p)
    p /= np.add.reduce(p)
    if out is None:
        return p.T
    if getattr(out, "shape", ()) != z.shape or out.dtype.kind != "f" or not out.flags.writeable:
        raise ValueError(f"out must be an array of floats that can be written to, got {out!r}")
    out[...] = p.T
    return out


# What a saved network can name.
ACTIVATIONS: dict[str, type[Activation]] = {a.__name__: a for a in (ReLU, Tanh, Identity)}
OBJECTIVES: dict[str, type[Objective]] = {o.__name__: o for o in (MeanSquaredError, CrossEntropy)}


class Network:
    r"""A fully connected network; it knows its shape, and is given its parameters at each call.

    Parameters
    ----------
    sizes : sequence of int
        How many numbers go in, how many neurons each layer has, how many numbers come out; at
        least two sizes of at least 1.  Two sizes make a network without a hidden layer.
    activation : Activation, optional
        What each hidden layer does to its numbers.
    objective : Objective, optional
        What the outputs are compared by.

    Attributes
    ----------
    size : int
        How many parameters there are.

    Raises
    ------
    TypeError, ValueError
        If an argument is not of the kind above.

    Notes
    -----
    A look at all the data would cost as much as the gradient.  So NumPy may warn of a number that
    is not finite before :meth:`loss` or :meth:`gradient` refuses it.

    :meth:`gradient` works in arrays that the network keeps for the next call.  So one network must
    not be used by two threads at once.

    References
    ----------
    D. E. Rumelhart, G. E. Hinton and R. J. Williams, "Learning representations by back-propagating
    errors", *Nature* 323, 533-536 (1986).

    Examples
    --------
    >>> network = Network([784, 16, 16, 10])
    >>> network.size
    13002
    >>> [W.shape for W, b in network.layers(np.zeros(network.size))]
    [(16, 784), (16, 16), (10, 16)]
    """

    size: int

    @checked
    def __init__(
        self,
        sizes: Sequence[Count],
        activation: Activation | None = None,
        objective: Objective | None = None,
    ) -> None:
        self.sizes = tuple(sizes)
        if len(self.sizes) < 2:
            raise ValueError(f"sizes must be at least two, got {self.sizes}")
        self.activation = ReLU() if activation is None else activation
        self.objective = CrossEntropy() if objective is None else objective
        self._places, at = [], 0
        for before, after in pairwise(self.sizes):
            middle, end = at + after * before, at + after * before + after
            self._places.append((slice(at, middle), (after, before), slice(middle, end)))
            at = end
        self.size = at
        self._room: _Room | None = None

    def layers(self, theta: Array) -> list[tuple[Array, Array]]:
        """Return the weights and the biases of each layer, as views of the parameters.

        Parameters
        ----------
        theta : numpy.ndarray, shape (size,)
            The parameters.

        Returns
        -------
        list of (numpy.ndarray, numpy.ndarray), shapes (after, before) and (after,)
            What is written into them is written into `theta`.

        Raises
        ------
        ValueError
            If `theta` is no array of that shape.

        Examples
        --------
        >>> theta = np.arange(5.0)
        >>> [(W, b)] = Network([4, 1]).layers(theta)
        >>> W.tolist(), b.tolist()
        ([[0.0, 1.0, 2.0, 3.0]], [4.0])
        """
        if getattr(theta, "shape", ()) != (self.size,):
            raise ValueError(f"theta must be an array of shape ({self.size},), got {theta!r}")
        return [(theta[w].reshape(shape), theta[b]) for w, shape, b in self._places]

    @checked
    def initial(self, rng: np.random.Generator, dtype: Any = np.float64) -> Array:
        r"""Draw parameters to start from.

        .. math:: W^{(l)}_{jk} \sim N\Bigl(0, \frac{2}{n_{l-1}}\Bigr), \qquad b^{(l)} = 0

        Here :math:`n_{l-1}` is how many numbers the layer gets.  With ReLU the mean square of the
        numbers then stays the same from layer to layer, on average over the draws.  (The last layer
        has no ReLU, and doubles it.)

        Parameters
        ----------
        rng : numpy.random.Generator
            Where the draws come from: the same seed, the same parameters, in either precision.
        dtype : numpy.float64 or numpy.float32, optional
            The precision; the whole training keeps to it.

        Returns
        -------
        numpy.ndarray, shape (size,)

        Raises
        ------
        TypeError
            If `rng` is no generator, or `dtype` neither of the two.

        References
        ----------
        K. He, X. Zhang, S. Ren and J. Sun, "Delving deep into rectifiers", *ICCV*, 1026-1034
        (2015).

        Examples
        --------
        >>> theta = Network([2, 3, 1]).initial(np.random.default_rng(1))
        >>> theta.round(2).tolist()[:9]
        [0.35, 0.82, 0.33, -1.3, 0.91, 0.45, 0.0, 0.0, 0.0]
        """
        if dtype not in (np.float64, np.float32):
            raise TypeError(f"dtype must be numpy.float64 or numpy.float32, got {dtype!r}")
        theta = np.zeros(self.size)
        for weights, _ in self.layers(theta):
            weights[:] = rng.normal(0, np.sqrt(2 / weights.shape[1]), weights.shape)
        return theta.astype(dtype)

    def activations(self, theta: ArrayLike, x: ArrayLike) -> list[Array]:
        """Return what every layer returns, the features first and the outputs last.

        Parameters
        ----------
        theta : array_like, shape (size,)
            The parameters.
        x : array_like, shape (samples, inputs), or (samples,) for one input
            The features.

        Returns
        -------
        list of numpy.ndarray, shapes (samples, neurons)

        Raises
        ------
        TypeError, ValueError
            If an argument holds no real numbers, or the shapes do not fit.

        Examples
        --------
        >>> theta = [1, -1, 0, 0, 2, 3, 0.5]  # two neurons: one for x > 0, one for x < 0
        >>> [a.tolist() for a in Network([1, 2, 1]).activations(theta, [1.0, -1.0])[1:]]
        [[[1.0, 0.0], [0.0, 1.0]], [[2.5], [3.5]]]
        """
        theta = self._parameters(theta)
        x = self._features(theta, x)
        room = [np.empty((len(x), n), x.dtype) for n in self.sizes[1:]]
        return self._forward(self.layers(theta), x, room)

    def forward(self, theta: ArrayLike, x: ArrayLike) -> Array:
        """Return the outputs; for `CrossEntropy`, :func:`softmax` turns them into chances.

        Parameters
        ----------
        theta : array_like, shape (size,)
            The parameters.
        x : array_like, shape (samples, inputs), or (samples,) for one input
            The features.

        Returns
        -------
        numpy.ndarray, shape (samples, outputs)

        Raises
        ------
        TypeError, ValueError
            If an argument holds no real numbers, or the shapes do not fit.

        Examples
        --------
        >>> Network([2, 1]).forward([2, 3, 0.5], [[1, 1], [0, -1]]).tolist()
        [[5.5], [-2.5]]
        """
        return self.activations(theta, x)[-1]

    def loss(self, theta: ArrayLike, x: ArrayLike, y: ArrayLike) -> float:
        r"""Return the loss :math:`J(\theta)` on the samples given.

        Parameters
        ----------
        theta : array_like, shape (size,)
            The parameters.
        x : array_like, shape (samples, inputs), or (samples,) for one input
            The features; finite.
        y : array_like
            The targets, as the objective wants them; finite.

        Returns
        -------
        float

        Raises
        ------
        TypeError, ValueError
            If an argument holds no real numbers, or not finite ones, or the shapes do not fit.

        Examples
        --------
        >>> Network([1, 1], objective=MeanSquaredError()).loss([2, 0], x=[1, 3], y=[2, 5])
        0.5
        """
        # An activation may hide what is infinite.
        outputs = self.forward(theta, _checks.samples("x", x))
        targets = self.objective.targets(y, *outputs.shape)
        return float(_checks.finite(self.objective.value(outputs, targets), y=y, theta=theta))

    def gradient(
        self, theta: ArrayLike, x: ArrayLike, y: ArrayLike, out: Array | None = None
    ) -> Array:
        r"""Return the gradient :math:`\nabla J(\theta)` by backpropagation.

        Let :math:`\delta^{(l)}` be the partial derivatives with respect to :math:`z^{(l)}`.  For
        one sample they follow from those of the layer after it, and give those of the parameters:

        .. math:: \delta^{(l)} = \bigl(W^{(l+1)}\bigr)^\top \delta^{(l+1)} \odot \sigma'(z^{(l)}),
            \qquad \nabla_{W^{(l)}} = \delta^{(l)} \bigl(a^{(l-1)}\bigr)^\top, \qquad
            \nabla_{b^{(l)}} = \delta^{(l)}

        Over several samples the gradients of the parameters add up.

        Parameters
        ----------
        theta : array_like, shape (size,)
            The parameters.
        x : array_like, shape (samples, inputs), or (samples,) for one input
            The features; finite.
        y : array_like
            The targets, as the objective wants them; finite.
        out : numpy.ndarray, shape (size,), optional
            Where to put the gradient, in the precision of `theta`; not `theta` itself.

        Returns
        -------
        numpy.ndarray, shape (size,)

        Raises
        ------
        TypeError, ValueError
            If an argument holds no real numbers, or not finite ones, or the shapes do not fit.

        Examples
        --------
        >>> network = Network([1, 1], objective=MeanSquaredError())
        >>> network.gradient([2, 0], x=[1, 3], y=[2, 5]).tolist()  # the errors are 0 and 1
        [3.0, 1.0]
        """
        theta = self._parameters(theta)
        features = self._features(theta, x)
        targets = self.objective.targets(y, len(features), self.sizes[-1])
        out = np.empty_like(theta) if out is None else self._like(theta, out)
        room = self._workspace(features)
        layers, gradients = self.layers(theta), self.layers(out)
        a = self._forward(layers, features, room.outputs)

        delta = a.pop()
        self.objective.slope(delta, targets)
        while a:
            below = a.pop()
            (W, _), (grad_W, grad_b) = layers.pop(), gradients.pop()
            np.dot(delta.T, below, out=grad_W)
            np.dot(room.ones, delta, out=grad_b)
            if a:
                delta = np.dot(delta, W, out=room.errors[len(a) - 1])
                self.activation.slope(below)  # the outputs are not needed any more
                delta *= below
        # No activation hides what is infinite from these: all features, and all outputs.
        _checks.finite(grad_W[0], x=x, y=y)
        _checks.finite(grad_b, y=y)
        return out

    @checked
    def save(self, file: File, theta: ArrayLike) -> None:
        """Write the network and its parameters to an ``.npz`` file.

        Parameters
        ----------
        file : str or os.PathLike
            Where to; NumPy appends ``.npz`` to a name without it.
        theta : array_like, shape (size,)
            The parameters.

        Raises
        ------
        TypeError, ValueError
            If `theta` does not fit or is not finite, or the activation or objective is none of
            this module's.

        Examples
        --------
        >>> import tempfile, pathlib
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = pathlib.Path(folder, "line.npz")
        ...     Network([1, 1]).save(file, [2, 3])
        ...     network, theta = Network.load(file)
        >>> network.sizes, theta.tolist()
        ((1, 1), [2.0, 3.0])
        """
        kinds = type(self.activation), type(self.objective)
        if not {*kinds} <= {*ACTIVATIONS.values(), *OBJECTIVES.values()}:
            raise ValueError(f"only what gdcore.network holds can be saved, got {kinds}")
        names = [kind.__name__ for kind in kinds]
        theta = _checks.samples("theta", self._parameters(theta))
        np.savez(file, sizes=self.sizes, kinds=names, theta=theta)

    @classmethod
    @checked
    def load(cls, file: File) -> tuple[Network, Array]:
        """Read a network and its parameters back; nothing in the file is executed.

        Parameters
        ----------
        file : str or os.PathLike
            What :meth:`save` wrote.

        Returns
        -------
        network : Network
        theta : numpy.ndarray, shape (size,)

        Raises
        ------
        OSError
            If the file cannot be read.
        TypeError
            If `file` is no path.
        ValueError
            If it holds no network.
        """
        most, names = os.stat(file).st_size, ("sizes", "kinds", "theta")
        try:
            with ZipFile(file) as packed:
                sizes, kinds, theta = (_unpacked(packed, name, most) for name in names)
            activation, objective = kinds.tolist()
            network = cls(sizes.tolist(), ACTIVATIONS[activation](), OBJECTIVES[objective]())
            return network, network._parameters(_checks.samples("theta", theta.copy()))
        except Exception as error:  # damage raises errors of any kind
            raise ValueError(f"{os.fspath(file)} holds no network: {error}") from error

    def __repr__(self) -> str:
        kinds = f"{type(self.activation).__name__}(), {type(self.objective).__name__}()"
        return f"Network({list(self.sizes)}, {kinds})"

    def _forward(self, layers: list[Any], x: Array, room: list[Array]) -> list[Array]:
        """Return what every layer returns; each has its room to return it in."""
        a = [x]
        for (W, b), z in zip(layers, room, strict=True):
            np.dot(a[-1], W.T, out=z)
            z += b
            a.append(z)
            if len(a) < len(self.sizes):
                self.activation.apply(z)
        return a

    def _workspace(self, x: Array) -> _Room:
        """Return room for a batch like `x`, the same as last time if it fits."""
        if self._room is None or self._room.kind != (len(x), x.dtype):
            self._room = _Room(self.sizes, len(x), x.dtype)
        return self._room

    def _parameters(self, theta: ArrayLike) -> Array:
        theta = _checks.numbers("theta", theta)
        if theta.shape != (self.size,):
            raise ValueError(f"theta of shape {theta.shape} does not fit {self.size} parameters")
        fits = theta.dtype.kind == "f" and theta.dtype.isnative
        return theta if fits else theta.astype(np.float64)

    def _features(self, theta: Array, x: ArrayLike) -> Array:
        x = _checks.numbers("x", x)
        if x.ndim == 1 and self.sizes[0] == 1:
            x = x[:, np.newaxis]
        if x.ndim != 2 or x.shape[1] != self.sizes[0] or not len(x):
            raise ValueError(f"x must be of shape (samples, {self.sizes[0]}), got shape {x.shape}")
        return x.astype(theta.dtype, copy=False)

    def _like(self, theta: Array, out: Array) -> Array:
        if not isinstance(out, np.ndarray) or (out.shape, out.dtype) != (theta.shape, theta.dtype):
            raise ValueError(f"out must be an array like theta, of {self.size} {theta.dtype}")
        if not out.flags.carray or np.may_share_memory(out, theta):
            raise ValueError("out must be in one piece, not read-only, and apart from theta")
        return out


def _unpacked(packed: ZipFile, name: str, most: int) -> Array:
    """Return an array of a file, whatever its header claims, in less memory than the file takes.

    ``numpy.load`` would make room for what is claimed.
    """
    with packed.open(f"{name}.npy") as member:
        np.lib.format.read_magic(member)
        shape, _, dtype = np.lib.format.read_array_header_1_0(member)
        data = member.read(most)
    return np.frombuffer(data, dtype).reshape(shape)


class _Room:
    """Arrays to work in, so that a step needs no new memory."""

    def __init__(self, sizes: tuple[int, ...], samples: int, dtype: Any) -> None:
        self.kind = samples, dtype
        self.ones = np.ones(samples, dtype)
        self.outputs = [np.empty((samples, n), dtype) for n in sizes[1:]]
        self.errors = [np.empty((samples, n), dtype) for n in sizes[1:-1]]
