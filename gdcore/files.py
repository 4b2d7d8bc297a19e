"""Files: a trained network on disk.

An argument of the wrong type raises a ``TypeError``; one that is out of range, or whose shape does
not fit, a ``ValueError``.
"""

from __future__ import annotations

import os
from zipfile import ZipFile

import numpy as np
from numpy.typing import ArrayLike

from gdcore import _checks
from gdcore._types import Array, File
from gdcore.losses import CrossEntropy, Loss, MeanSquaredError
from gdcore.network import Activation, Identity, Network, ReLU, Tanh

# What a file can name.
ACTIVATIONS: dict[str, type[Activation]] = {a.__name__: a for a in (ReLU, Tanh, Identity)}
LOSSES: dict[str, type[Loss]] = {loss.__name__: loss for loss in (MeanSquaredError, CrossEntropy)}


def save_network(file: File, network: Network, theta: ArrayLike) -> None:
    """Write a network and its parameters to a file that NumPy can read too (``.npz``).

    Parameters
    ----------
    file : str or os.PathLike
        Where to; the file gets this very name.
    network : Network
        One whose activation and loss are gdcore's own.  (``pickle`` saves any other.)
    theta : array_like, shape (network.size,)
        The parameters; finite.

    Raises
    ------
    OSError
        If the file cannot be written.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder, "line.v1")
    ...     save_network(file, Network([1, 1]), [2, 3])
    ...     network, theta = load_network(file)
    >>> network.sizes, theta.tolist()
    ((1, 1), [2.0, 3.0])
    """
    _checks.file("file", file)
    _checks.instance("network", network, Network)
    kinds = [type(part) for part in (network.activation, network.loss_function)]
    if not {*kinds} <= {*ACTIVATIONS.values(), *LOSSES.values()}:
        what = f"network must have an activation and a loss of gdcore's own, got {network}"
        raise _checks.refused(ValueError, what)
    theta = _checks.finite_floats("theta", theta)
    network.layers(theta)  # refuses what does not fit
    # Given a name, NumPy would append .npz to it.
    with open(file, "wb") as opened:
        np.savez(opened, sizes=network.sizes, kinds=[k.__name__ for k in kinds], theta=theta)


def load_network(file: File) -> tuple[Network, Array]:
    """Read a network and its parameters back; nothing in the file is executed.

    Parameters
    ----------
    file : str or os.PathLike
        What :func:`save_network` wrote.

    Returns
    -------
    network : Network
    theta : numpy.ndarray, shape (network.size,)

    Raises
    ------
    OSError
        If the file cannot be read.
    TypeError
        If `file` is no path.
    ValueError
        If it holds no network.
    """
    _checks.file("file", file)
    most = os.stat(file).st_size
    try:
        with ZipFile(file) as packed:
            sizes, kinds, theta = (
                _read(packed, name, most) for name in ("sizes", "kinds", "theta")
            )
        activation, loss = kinds.tolist()
        network = Network(sizes.tolist(), ACTIVATIONS[activation](), LOSSES[loss]())
        theta = _checks.finite_floats("theta", theta)
        network.layers(theta)  # refuses what does not fit
        return network, theta
    except Exception as error:  # damage raises errors of any kind
        what = f"{os.fspath(file)} holds no network: {error}"
        raise _checks.refused(ValueError, what) from error


def _read(packed: ZipFile, name: str, most: int) -> Array:
    """Return an array of a file, whatever its header claims, in less memory than the file takes.

    ``numpy.load`` would make room for what is claimed.
    """
    with packed.open(f"{name}.npy") as member:
        np.lib.format.read_magic(member)
        shape, _, dtype = np.lib.format.read_array_header_1_0(member)
        data = member.read(most)
    return np.frombuffer(data, dtype).reshape(shape)
