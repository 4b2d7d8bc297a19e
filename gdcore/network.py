r"""Fully connected networks, whose parameters are one vector.

Let :math:`a^{(0)}` be the features of a sample.  Layer :math:`l = 1, \dots, D` returns

.. math:: z^{(l)} = W^{(l)} a^{(l-1)} + b^{(l)}, \qquad a^{(l)} = \sigma(z^{(l)}),

except that the last one returns :math:`z^{(D)}` itself.  All weights :math:`W^{(l)}` and biases
:math:`b^{(l)}` lie one after the other in a flat vector :math:`\theta`, so that a network is
trained by the loop that descends a parabola.  The losses are in :mod:`gdcore.losses`.

An argument of the wrong type raises a ``TypeError``; one that is out of range, or whose shape does
not fit, a ``ValueError``.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from gdcore import _checks
from gdcore._types import Array
from gdcore.losses import CrossEntropy, Loss

#: The weights and the biases of a layer.
Layer = tuple[Array, Array]


class Activation:
    r"""What a hidden layer does to each of its numbers, :math:`a = \sigma(z)`.

    To write one of your own, give it these two methods.  They return arrays of the shape of `z`,
    and do not check what they get from a :class:`Network`.
    """

    def value(self, z: Array) -> Array:
        r"""Return :math:`a = \sigma(z)`."""
        raise NotImplementedError

    def derivative(self, z: Array, a: Array) -> Array:
        r"""Return :math:`\sigma'(z)`, from :math:`z` or from :math:`a = \sigma(z)`, or both."""
        raise NotImplementedError


class ReLU(Activation):
    r"""The rectified linear unit, a switch: :math:`\sigma(z) = \max(z, 0)`.

    At 0, where there is no derivative, it is taken to be 0.

    Examples
    --------
    >>> z = np.array([-2.0, 0.0, 3.0])
    >>> a = ReLU().value(z)
    >>> a.tolist(), ReLU().derivative(z, a).tolist()
    ([0.0, 0.0, 3.0], [0.0, 0.0, 1.0])
    """

    def value(self, z: Array) -> Array:
        """Return `z` where the switch is on, and 0 where it is off."""
        return np.maximum(z, 0)

    def derivative(self, z: Array, a: Array) -> Array:
        """Return 1 where the switch is on, and 0 where it is off."""
        return (z > 0).astype(z.dtype)


class Tanh(Activation):
    r"""The hyperbolic tangent, :math:`\sigma' = 1 - \sigma^2`.

    Examples
    --------
    >>> z = np.array([0.0, 1.0])
    >>> a = Tanh().value(z)
    >>> a.round(2).tolist(), Tanh().derivative(z, a).round(2).tolist()
    ([0.0, 0.76], [1.0, 0.42])
    """

    def value(self, z: Array) -> Array:
        """Return the hyperbolic tangent."""
        return np.tanh(z)

    def derivative(self, z: Array, a: Array) -> Array:
        """Return the derivative, computed from the output."""
        return 1 - a**2


class Identity(Activation):
    r"""No bend at all, :math:`\sigma(z) = z`: the whole network is then linear.

    Examples
    --------
    >>> z = np.array([-2.0, 3.0])
    >>> Identity().value(z).tolist(), Identity().derivative(z, z).tolist()
    ([-2.0, 3.0], [1.0, 1.0])
    """

    def value(self, z: Array) -> Array:
        """Return `z`."""
        return z

    def derivative(self, z: Array, a: Array) -> Array:
        """Return ones."""
        return np.ones_like(z)


class Network:
    r"""A fully connected network; it knows its shape, and is given its parameters at each call.

    So one network serves any number of threads.

    Parameters
    ----------
    sizes : sequence of int
        How many numbers go in, how many neurons each layer has, how many numbers come out; at
        least two sizes of at least 1.  Two sizes make a network without a hidden layer.
    activation : Activation, optional
        What each hidden layer does to its numbers; :class:`ReLU` by default.
    loss : Loss, optional
        What compares the outputs with targets; :class:`gdcore.losses.CrossEntropy` by default.

    Attributes
    ----------
    sizes : tuple of int
        As given.
    size : int
        How many parameters there are.

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

    def __init__(
        self,
        sizes: Sequence[int],
        activation: Activation | None = None,
        loss: Loss | None = None,
    ) -> None:
        self.sizes = _sizes(sizes)
        activation = ReLU() if activation is None else activation
        loss = CrossEntropy() if loss is None else loss
        self.activation: Activation = _checks.instance("activation", activation, Activation)
        self.loss_function: Loss = _checks.instance("loss", loss, Loss)
        self.size = sum(after * (before + 1) for before, after in pairwise(self.sizes))

    def layers(self, theta: Array) -> list[Layer]:
        """Return the weights and the biases of each layer, as views of the parameters.

        Parameters
        ----------
        theta : numpy.ndarray, shape (size,)
            The parameters.

        Returns
        -------
        list of (numpy.ndarray, numpy.ndarray), shapes (after, before) and (after,)
            What is written into them is written into `theta`.

        Examples
        --------
        >>> theta = np.arange(5.0)
        >>> [(W, b)] = Network([4, 1]).layers(theta)
        >>> W.tolist(), b.tolist()
        ([[0.0, 1.0, 2.0, 3.0]], [4.0])
        """
        if getattr(theta, "shape", ()) != (self.size,):
            shape, got = (self.size,), _checks.shown(theta)
            what = f"theta must be an array of shape {shape}, got {got}"
            raise _checks.refused(ValueError, what)
        layers, rest = [], theta
        for before, after in pairwise(self.sizes):
            W, rest = rest[: after * before], rest[after * before :]
            b, rest = rest[:after], rest[after:]
            layers.append((W.reshape(after, before), b))
        return layers

    def initial(self, rng: np.random.Generator, dtype: DTypeLike = np.float64) -> Array:
        r"""Draw parameters to start from.

        .. math:: W^{(l)}_{jk} \sim N\Bigl(0, \frac{2}{n_{l-1}}\Bigr), \qquad b^{(l)} = 0

        Here :math:`n_{l-1}` is how many numbers the layer gets.  With ReLU the mean square of the
        numbers then stays the same from layer to layer, on average over the draws.  (The last layer
        has no ReLU, and doubles it.)

        Parameters
        ----------
        rng : numpy.random.Generator
            Where the draws come from: the same seed, the same parameters, in either precision.
        dtype : dtype_like, optional
            The precision, ``float64`` or ``float32``; the whole training keeps to it.

        Returns
        -------
        numpy.ndarray, shape (size,)

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
        _checks.instance("rng", rng, np.random.Generator)
        if not _is_precision(dtype):
            what = f"dtype must be float64 or float32, got {_checks.shown(dtype)}"
            raise _checks.refused(TypeError, what)
        theta = np.zeros(self.size)
        for W, _ in self.layers(theta):
            W[:] = rng.normal(0, np.sqrt(2 / W.shape[1]), W.shape)
        return theta.astype(dtype)

    def activations(self, theta: ArrayLike, x: ArrayLike) -> list[Array]:
        """Return what every layer returns, the features first and the outputs last.

        Parameters
        ----------
        theta : array_like, shape (size,)
            The parameters.
        x : array_like, shape (samples, inputs), or (samples,) for one input
            The features; finite.

        Returns
        -------
        list of numpy.ndarray, shapes (samples, neurons)

        Examples
        --------
        >>> theta = [1, -1, 0, 0, 2, 3, 0.5]  # two neurons: one for x > 0, one for x < 0
        >>> [a.tolist() for a in Network([1, 2, 1]).activations(theta, [1.0, -1.0])[1:]]
        [[[1.0, 0.0], [0.0, 1.0]], [[2.5], [3.5]]]
        """
        theta = self._parameters(theta)
        return self._forward(self.layers(theta), self._features(x, theta.dtype))[1]

    def forward(self, theta: ArrayLike, x: ArrayLike) -> Array:
        """Return the outputs.

        With ``CrossEntropy``, :func:`gdcore.losses.softmax` turns them into probabilities.

        Parameters
        ----------
        theta : array_like, shape (size,)
            The parameters.
        x : array_like, shape (samples, inputs), or (samples,) for one input
            The features; finite.

        Returns
        -------
        numpy.ndarray, shape (samples, outputs)

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
            The parameters; finite.
        x : array_like, shape (samples, inputs), or (samples,) for one input
            The features; finite.
        y : array_like
            The targets, as the loss wants them; finite.

        Returns
        -------
        float

        Examples
        --------
        >>> from gdcore.losses import MeanSquaredError
        >>> Network([1, 1], loss=MeanSquaredError()).loss([2, 0], x=[1, 3], y=[2, 5])
        0.5
        """
        value = self.loss_function.value(self.forward(theta, x), y)
        return float(_checks.finite(value, theta=theta))

    def gradient(self, theta: ArrayLike, x: ArrayLike, y: ArrayLike) -> Array:
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
            The targets, as the loss wants them; finite.

        Returns
        -------
        numpy.ndarray, shape (size,)
            In the precision of `theta`.

        Examples
        --------
        >>> from gdcore.losses import MeanSquaredError
        >>> network = Network([1, 1], loss=MeanSquaredError())
        >>> network.gradient([2, 0], x=[1, 3], y=[2, 5]).tolist()  # the errors are 0 and 1
        [3.0, 1.0]
        """
        theta = self._parameters(theta)
        gradient = np.empty_like(theta)
        layers, gradients = self.layers(theta), self.layers(gradient)
        z, a = self._forward(layers, self._features(x, theta.dtype))
        delta = _shaped("loss.gradient", self.loss_function.gradient(z[-1], y), z[-1])
        ones = np.ones(len(delta), theta.dtype)
        for l in reversed(range(len(layers))):
            (W, _), (dW, db) = layers[l], gradients[l]
            np.dot(delta.T, a[l], out=dW)
            np.dot(ones, delta, out=db)  # faster than delta.sum(axis=0)
            if l > 0:
                delta = np.dot(delta, W)
                delta *= self.activation.derivative(z[l], a[l])
        return gradient

    def __repr__(self) -> str:
        kinds = f"{type(self.activation).__name__}(), {type(self.loss_function).__name__}()"
        return f"Network({list(self.sizes)}, {kinds})"

    def _forward(self, layers: list[Layer], x: Array) -> tuple[list[Array], ...]:
        """Return the z and the a of every layer; layer 0 is the features."""
        z, a = [x], [x]
        for l, (W, b) in enumerate(layers, 1):
            z.append(np.dot(a[-1], W.T) + b)
            if l < len(layers):
                a.append(_shaped("activation.value", self.activation.value(z[l]), z[l]))
        return z, [*a, z[-1]]

    def _parameters(self, theta: ArrayLike) -> Array:
        theta = _checks.numbers("theta", theta)
        if theta.shape != (self.size,):
            what = f"theta of shape {theta.shape} does not fit {self.size} parameters"
            raise _checks.refused(ValueError, what)
        fits = theta.dtype.kind == "f" and theta.dtype.isnative
        return theta if fits else theta.astype(np.float64)

    def _features(self, x: ArrayLike, dtype: np.dtype[Any]) -> Array:
        x = _checks.numbers("x", x)
        shape = (*x.shape, 1) if x.ndim == 1 else x.shape
        if len(shape) != 2 or shape[1] != self.sizes[0]:
            what = f"x must be of shape (samples, {self.sizes[0]}), got shape {x.shape}"
            raise _checks.refused(ValueError, what)
        return _checks.samples("x", x.astype(dtype, copy=False)).reshape(shape)


def _is_precision(dtype: DTypeLike) -> bool:
    try:
        return dtype is not None and np.dtype(dtype) in (np.float64, np.float32)
    except (TypeError, ValueError):  # it names no dtype
        return False


def _shaped(name: str, value: ArrayLike, z: Array) -> Array:
    """Return what an activation or a loss made of `z`, in the precision of `z`."""
    array = np.asarray(value, z.dtype)
    if array.shape != z.shape:
        what = f"{name} must return an array of shape {z.shape}, got shape {array.shape}"
        raise _checks.refused(ValueError, what)
    return array


def _sizes(sizes: Sequence[int]) -> tuple[int, ...]:
    found = _checks.sequence("sizes", sizes)
    if len(found) < 2:
        raise _checks.refused(ValueError, f"sizes must be at least two, got {_checks.shown(sizes)}")
    return tuple(_checks.whole(f"sizes[{i}]", n, at_least=1) for i, n in enumerate(found))
