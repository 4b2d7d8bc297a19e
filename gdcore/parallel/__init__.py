r"""The mean of gradients: over parts of a batch, on several threads or machines.

Let a gradient be a mean over samples.  Cut :math:`N` samples into parts of :math:`N_1, \dots, N_n`
samples.  Then the gradient is also a mean of the parts' gradients :math:`g_i`, and the parts can be
worked on side by side:

.. math:: g = \sum_{i=1}^{n} \frac{N_i}{N}\, g_i

Everything here takes a gradient and returns a gradient, so that :func:`gdcore.descent.descend`
need not know.  The sum is taken in the order of the parts, whoever answers first.  So the number of
parts decides the bits of the result.  How many threads or workers there are does not, nor whether
one of them is lost on the way.  (This holds where the same numbers add up to the same bits: on
processors of one kind, with a matrix library that uses one thread everywhere,
``OMP_NUM_THREADS=1``.  Dask starts its workers so, if that variable does not say otherwise.)

``python -m gdcore.parallel`` trains a network on three processes of this machine.

An argument of the wrong type raises a ``TypeError``; one that is out of range, or whose shape does
not fit, a ``ValueError``.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, nullcontext
from contextvars import copy_context
from functools import partial
from itertools import pairwise
from types import TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from gdcore import _checks
from gdcore._types import Array, Point

if TYPE_CHECKING:
    from distributed import Client, Future

# An array for each of the data, with the same samples.
Batch = tuple[Array, ...]
# Takes a point and the arrays of a batch, returns the mean gradient over its samples.
BatchGradient = Callable[..., ArrayLike]


def mean_of(gradient: BatchGradient, parts: int) -> BatchGradient:
    r"""Return a gradient that takes a batch in parts, one after the other.

    It gives the very bits that :class:`Threads` and :class:`Cluster` give for as many parts.

    Parameters
    ----------
    gradient : callable
        Takes a point and the arrays of a batch, and returns the mean gradient over its samples, of
        the point's shape: :meth:`gdcore.network.Network.gradient`, for example.
    parts : int
        How many; at least 1.  Their sizes differ by at most one sample.

    Returns
    -------
    callable
        ``g(theta, *batch)``.  It raises a ``ValueError`` for arrays of different length, for fewer
        samples than parts, and for a gradient of another shape than the point.

    Examples
    --------
    >>> from gdcore import regression
    >>> x, y = [[1.0], [2.0], [3.0]], [2.0, 4.0, 7.0]
    >>> mean_of(regression.gradient, parts=2)([2.0], x, y).tolist()
    [-2.0]
    >>> regression.gradient([2.0], x, y).tolist()
    [-2.0]
    """
    _checks.gradient("gradient", gradient)
    parts = _checks.whole("parts", parts, at_least=1)
    return _in_parts(lambda theta, pieces: [gradient(theta, *piece) for piece in pieces], parts)


class Threads:
    """Some threads of this process, which work on the parts of a batch side by side.

    NumPy lets other threads run while it multiplies matrices, so that two threads keep two cores
    busy.  Its matrix library often has threads of its own, and those would get in the way of these.
    With threadpoolctl installed, which scikit-learn brings along, they rest as long as these work.
    Otherwise set ``OMP_NUM_THREADS=1`` before Python starts.

    Use it in a ``with`` block, or call :meth:`close`.

    Parameters
    ----------
    count : int
        How many threads; at least 1.

    Attributes
    ----------
    count : int
        As given.

    Examples
    --------
    >>> from gdcore import GradientDescent, descend, regression
    >>> x, y = [[1.0], [2.0], [3.0], [4.0]], [2.0, 4.0, 6.0, 8.0]
    >>> with Threads(2) as threads:
    ...     gradient = threads.mean_of(regression.gradient)
    ...     rule = GradientDescent(0.0625)
    ...     run = descend(lambda theta: gradient(theta, x, y), [0.0], rule=rule, max_steps=3)
    >>> run.points.ravel().tolist()
    [0.0, 1.875, 1.9921875, 1.99951171875]
    """

    def __init__(self, count: int) -> None:
        self.count = _checks.whole("count", count, at_least=1)
        self._pool = ThreadPoolExecutor(self.count)
        self._alone = _resting_library()
        self._open = True

    def mean_of(self, gradient: BatchGradient, parts: int | None = None) -> BatchGradient:
        """Return a gradient that takes the parts of a batch side by side.

        Parameters
        ----------
        gradient : callable
            As :func:`mean_of` takes it.  Several threads call it at a time, so it must not write to
            what they share.
        parts : int, optional
            How many parts; as many as there are threads if it is not given.

        Returns
        -------
        callable
            ``g(theta, *batch)``, with the bits of ``mean_of(gradient, parts)``.  What the gradient
            raises for a part it raises too, once the other parts are at rest.  It raises a
            ``RuntimeError`` if the threads are closed.
        """
        _checks.gradient("gradient", gradient)
        parts = self.count if parts is None else _checks.whole("parts", parts, at_least=1)
        return _in_parts(partial(self._answers, gradient), parts)

    def close(self) -> None:
        """Wait for what is being worked on, and end the threads."""
        self._open = False
        self._pool.shutdown(cancel_futures=True)

    def __enter__(self) -> Threads:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Threads({self.count})"

    def _answers(self, gradient: BatchGradient, theta: Point, pieces: list[Batch]) -> list[Any]:
        if not self._open:
            raise _checks.refused(RuntimeError, f"{self} is closed: call it in its 'with' block")
        with self._alone():
            # In the caller's context NumPy is as silent about infinities as it is for the caller.
            calls = [partial(copy_context().run, gradient, theta, *piece) for piece in pieces]
            tasks = [self._pool.submit(call) for call in calls]
            try:
                return [task.result() for task in tasks]
            except BaseException:
                for task in tasks:
                    task.cancel()
                wait(tasks)
                raise


class Shards:
    """Data that lie with the workers of a cluster: :meth:`Cluster.scatter` or ``load`` makes it.

    They stay there as long as this object does.  It is not checked again.

    Attributes
    ----------
    sizes : list of int
        How many samples each shard has.
    """

    def __init__(self, futures: list[Future[Any]], sizes: list[int]) -> None:
        self.sizes = sizes
        self._futures = futures

    def __len__(self) -> int:
        return len(self.sizes)

    def __repr__(self) -> str:
        return f"Shards(of {', '.join(map(str, self.sizes))} samples)"


class Cluster:
    """The workers of a Dask cluster, on this machine or on many.

    Parameters
    ----------
    client : distributed.Client
        A connection to the cluster's scheduler, which is not asynchronous.  It is yours to close.

    Raises
    ------
    ImportError
        If Dask is not installed: ``pip install distributed``.

    Notes
    -----
    When a worker is lost, Dask gives its work to another one.  What was scattered to it is sent
    again, what it had loaded is loaded again, and the result has the same bits.  If there is no
    worker at all, a run waits for one.  Ctrl-C ends a run as it does without a cluster, and takes
    its tasks back.

    References
    ----------
    M. Rocklin, "Dask: parallel computation with blocked algorithms and task scheduling", *Proc.
    14th Python in Science Conf.*, 126-132 (2015).

    Examples
    --------
    The workers here are threads.  ``Client()`` starts processes, and ``Client("tcp://...")``
    connects to a scheduler that runs elsewhere.

    >>> from distributed import Client
    >>> from gdcore import GradientDescent, descend, regression
    >>> x, y = [[1.0], [2.0], [3.0], [4.0]], [2.0, 4.0, 6.0, 8.0]
    >>> with Client(processes=False, n_workers=2, dashboard_address=":0") as client:
    ...     cluster = Cluster(client)
    ...     shards = cluster.scatter(x, y, parts=2)
    ...     gradient = cluster.gradient(regression.gradient, shards)
    ...     run = descend(gradient, [0.0], rule=GradientDescent(0.0625), max_steps=3)
    >>> run.points.ravel().tolist()
    [0.0, 1.875, 1.9921875, 1.99951171875]
    """

    def __init__(self, client: Client) -> None:
        try:
            from distributed import Client
        except ImportError:
            raise ImportError("Cluster needs Dask: pip install distributed") from None
        self.client: Client = _checks.instance("client", client, Client)
        if client.asynchronous:
            raise _checks.refused(ValueError, f"client must not be asynchronous, got {client}")
        self._check_open(ValueError)

    def mean_of(self, gradient: BatchGradient, parts: int) -> BatchGradient:
        """Return a gradient that sends the parts of each batch to the workers.

        All samples travel at each call.  If they are the same each time, :meth:`scatter` them once
        and use :meth:`gradient`.

        Parameters
        ----------
        gradient : callable
            As :func:`mean_of` takes it.  It travels too, so pickle must know it, or Dask's
            cloudpickle, which takes what is defined in a script or a notebook.
        parts : int
            How many; at least 1.  The sensible number is that of the workers, or a multiple.

        Returns
        -------
        callable
            ``g(theta, *batch)``, with the bits of ``mean_of(gradient, parts)``.  What the gradient
            raises on a worker it raises too.  It raises a ``RuntimeError`` if the client is closed.
        """
        _checks.gradient("gradient", gradient)
        parts = _checks.whole("parts", parts, at_least=1)
        latest: list[Future[Any]] = []
        return _in_parts(partial(self._answers, gradient, latest=latest), parts)

    def scatter(self, *data: ArrayLike, parts: int) -> Shards:
        """Send data to the workers, once.

        The scheduler keeps a copy, to send again what is lost with a worker.  Data that are too
        large for that the workers :meth:`load`.

        Parameters
        ----------
        *data : array_like, shape (samples, ...)
            Arrays with the same number of samples.  Leave them alone while the shards are in use.
        parts : int
            How many shards to cut them into; from 1 to the number of samples.

        Returns
        -------
        Shards
        """
        _checks.not_empty("data", data)
        pieces = _split(data, _checks.whole("parts", parts, at_least=1), "data")
        return Shards(self._tasks(_aligned, pieces), _sizes(pieces))

    def load(self, loader: Callable[[Any], Sequence[ArrayLike]], sources: Iterable[Any]) -> Shards:
        """Let the workers load the data, so that they never pass through this process.

        Parameters
        ----------
        loader : callable
            Takes one of the sources and returns the arrays of a shard, for example
            ``lambda file: (np.load(file)["x"], np.load(file)["y"])``.  It runs where the data will
            lie, and runs again if they are lost.
        sources : iterable
            What tells the shards apart, such as names of files; at least one.

        Returns
        -------
        Shards

        Raises
        ------
        ValueError
            If a shard holds no samples, or arrays of different length, or has another width than
            the first.
        """
        _checks.function("loader", loader)
        sources = _checks.not_empty("sources", sources)
        futures = self._tasks(_load, [loader] * len(sources), sources)
        shapes = self._gathered(self._tasks(_shapes, futures), futures)
        for i, found in enumerate(shapes):
            lengths = {shape[:1] for shape in found}
            if len(lengths) != 1 or lengths & {(), (0,)}:
                what = f"shards must hold arrays of one length, at least 1, got shapes {found}"
                raise _checks.refused(ValueError, f"{what} from sources[{i}]")
            if [shape[1:] for shape in found] != [shape[1:] for shape in shapes[0]]:
                what = f"shards must have one width, got shapes {shapes[0]} from sources[0]"
                raise _checks.refused(ValueError, f"{what} and {found} from sources[{i}]")
        return Shards(futures, [found[0][0] for found in shapes])

    def gradient(self, gradient: BatchGradient, shards: Shards) -> Callable[[Point], Array]:
        """Return the gradient over all shards, for :func:`gdcore.descent.descend`.

        Only the point and the gradients travel.

        Parameters
        ----------
        gradient : callable
            As :meth:`mean_of` takes it.
        shards : Shards
            What :meth:`scatter` or :meth:`load` returned.

        Returns
        -------
        callable
            ``g(theta)``.  It raises what the gradient of :meth:`mean_of` raises.
        """
        _checks.gradient("gradient", gradient)
        _checks.instance("shards", shards, Shards)
        latest: list[Future[Any]] = []

        def mean(theta: Point) -> Array:
            answers = self._answers(gradient, theta, shards._futures, latest)
            return _mean(theta, answers, shards.sizes)

        return mean

    def __repr__(self) -> str:
        return f"Cluster({self.client})"

    def _check_open(self, kind: type[Exception]) -> None:
        if self.client.status != "running":
            what = f"client must be connected to a scheduler, got one that is {self.client.status}"
            raise _checks.refused(kind, what)

    def _answers(
        self,
        gradient: BatchGradient,
        theta: Point,
        shards: Sequence[Batch | Future[Any]],
        latest: list[Future[Any]],
    ) -> list[Any]:
        """Return the gradient of each shard, in their order."""
        count = len(shards)
        errors = [np.geterr()] * count
        tasks = self._tasks(_part, shards, [gradient] * count, [theta] * count, errors)
        # Those before are given up only now. The client speaks once in 10 ms: what it says when
        # a step ends would hold up the next one.
        latest[:] = tasks
        return self._gathered(tasks)

    def _tasks(self, function: Callable[..., Any], *arguments: Sequence[Any]) -> list[Future[Any]]:
        """Let the workers call a function with the first of all arguments, the second, and so on.

        What does not lie there travels with the call, so that Dask can make any call again that is
        lost with its worker.  (What ``client.scatter`` sends would be lost for good.)
        """
        self._check_open(RuntimeError)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Sending large graph")  # it is meant
            return list(self.client.map(function, *arguments, pure=False))

    def _gathered(self, tasks: list[Future[Any]], needed: Sequence[Future[Any]] = ()) -> list[Any]:
        """Return the results once all tasks are at rest; if one fails, leave none behind."""
        import distributed  # not above: it takes longer to import than the rest together

        try:
            distributed.wait(tasks)
            return list(self.client.gather(tasks))
        except CancelledError:
            self._check_open(RuntimeError)
            what = f"the scheduler of {self.client} has forgotten the data or the tasks"
            raise _checks.refused(RuntimeError, what) from None
        except BaseException:
            if self.client.status == "running":
                self.client.cancel([*tasks, *needed])
            raise


def _in_parts(answers: Callable[[Point, list[Batch]], list[Any]], parts: int) -> BatchGradient:
    """Return a gradient that cuts a batch into parts, and takes the mean of what they answer."""

    def mean(theta: Point, *batch: ArrayLike) -> Array:
        pieces = _split(batch, parts)
        return _mean(theta, answers(theta, pieces), _sizes(pieces))

    return mean


def _resting_library() -> Callable[[], AbstractContextManager[Any]]:
    """Return what keeps the matrix library to one thread for the length of a block, if it can."""
    try:
        from threadpoolctl import ThreadpoolController
    except ImportError:
        return nullcontext
    return partial(ThreadpoolController().limit, limits=1, user_api="blas")


def _load(loader: Callable[[Any], Sequence[ArrayLike]], source: Any) -> Batch:
    arrays = loader(source)
    if not isinstance(arrays, (tuple, list)):
        what = f"loader must return a tuple of arrays, got {_checks.shown(arrays)}"
        raise _checks.refused(TypeError, what)
    return tuple(_checks.array("what loader returns", array) for array in arrays)


def _shapes(shard: Batch) -> list[tuple[int, ...]]:
    return [array.shape for array in shard]


def _aligned(shard: Batch) -> Batch:
    """Return arrays that begin where the processor likes it; what came in a message may not."""
    return tuple(np.require(array, requirements="A") for array in shard)


def _part(shard: Batch, gradient: BatchGradient, theta: Point, errors: Any) -> ArrayLike:
    """Return the gradient of a shard; NumPy is as silent about infinities as for the caller."""
    with np.errstate(**errors):
        return gradient(*_aligned((theta,)), *_aligned(shard))


def _split(data: Sequence[ArrayLike], parts: int, name: str = "batch") -> list[Batch]:
    """Cut arrays into parts of neighbouring samples, whose sizes differ by at most 1."""
    arrays = [_checks.array(f"{name}[{i}]", array) for i, array in enumerate(data)]
    if not all(array.ndim for array in arrays):
        raise _checks.refused(ValueError, f"{name} must be arrays, got {_checks.shown(data)}")
    lengths = [len(array) for array in arrays]
    if len({*lengths}) != 1:
        what = f"{name} must be arrays of equal length, got lengths {lengths}"
        raise _checks.refused(ValueError, what)
    count = lengths[0]
    if count < parts:
        what = f"{name} must hold at least a sample for each of {parts} parts, got {count}"
        raise _checks.refused(ValueError, what)
    bounds = [count * i // parts for i in range(parts + 1)]
    # What travels arrives in this order of memory; where nothing does, the bits must be the same.
    return [
        tuple(np.ascontiguousarray(array[start:stop]) for array in arrays)
        for start, stop in pairwise(bounds)
    ]


def _sizes(pieces: list[Batch]) -> list[int]:
    return [len(piece[0]) for piece in pieces]


def _mean(theta: Point, gradients: Sequence[ArrayLike], sizes: Sequence[int]) -> Array:
    """Add up the gradients, weighted by the samples of each, in this order."""
    count, total = sum(sizes), None
    for gradient, size in zip(gradients, sizes, strict=True):
        part = size / count * _checks.shaped("gradient", gradient, np.shape(theta))
        total = part if total is None else total + part
    return np.asarray(total)[()]
