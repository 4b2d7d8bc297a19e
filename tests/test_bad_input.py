"""Every public callable, called badly: what is refused names the argument, and nothing is touched.

`ROWS` has one good call of each, and says of which kind each argument is. A kind has values that
are refused, and makes others from the good one that look odd and give the same answer.
"""

import copy
import gzip
import importlib
import inspect
import math
import pkgutil
import re
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from operator import attrgetter
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import Any

import matplotlib.figure
import numpy as np
import pytest

import gdcore
from gdcore import regression
from gdcore.derivatives import (
    central_difference,
    check_gradient,
    complex_step,
    directional_derivative,
    forward_difference,
    numerical_gradient,
)
from gdcore.descent import NEVER, AnyOf, GradientBelow, Run, StepBelow, descend
from gdcore.files import save_network
from gdcore.landscapes import Landscape, bowl, double_well, oval, parabola, quadratic, saddle
from gdcore.losses import CrossEntropy, MeanSquaredError
from gdcore.network import Network, ReLU, Tanh
from gdcore.parallel import Threads
from gdcore.rules import (
    Adam,
    Exponential,
    GradientDescent,
    InverseTime,
    LineSearch,
    Momentum,
    Nesterov,
    Scheduled,
)

NAN, INF, HUGE = math.nan, math.inf, 10**400


def read_only(array):
    array.flags.writeable = False
    return array


# --- kinds of arguments


@dataclass(frozen=True)
class Kind:
    """What is refused, and what says the same as a good value in another way."""

    bad: tuple[Any, ...]
    odd: Callable[[Any], list[Any]] = lambda good: []

    def but(self, *more: Any) -> "Kind":
        """The same kind, only that more is refused."""
        return Kind((*self.bad, *more), self.odd)

    def or_none(self) -> "Kind":
        return Kind(tuple(bad for bad in self.bad if bad is not None), self.odd)


def numbers_like(good):
    """A number in other types that hold it exactly."""
    odd = [np.float64(good), Fraction(good), np.array(good), np.array(Fraction(good), dtype=object)]
    odd += [read_only(np.array(good, ">f8")), np.float32(good), np.array(good, np.float32)]
    return odd + ([int(good), np.int8(good), np.array(int(good))] if good == int(good) else [])


def arrays_like(good):
    """An array of halves or whole numbers in other types, orders and places of the memory."""
    array = np.array(good)
    odd = [array.tolist(), read_only(array.copy()), np.asfortranarray(array)]
    odd += [np.repeat(array, 2, axis=-1)[..., ::2], array[::-1].copy()[::-1]]
    odd += [array.astype(array.dtype.newbyteorder())]
    if array.dtype.kind == "f":
        odd += [array.astype(np.float32)]
        odd += [array.astype(kind) for kind in (int, np.int8) if np.all(array == np.trunc(array))]
    elif array.dtype.kind == "i":
        odd += [array.astype(np.int8), array.astype(np.uint16)]
    return odd


def with_fractions(good):
    fractions = np.array([Fraction(number) for number in np.ravel(good)], dtype=object)
    return [*arrays_like(good), fractions.reshape(np.shape(good))]


NO_NUMBERS = (None, True, np.True_, "1", b"1", 1j, [1.0], (), {}, object(), float, Decimal(1))
NO_NUMBERS += (np.array([1.0]), np.array("1"), np.array(1j), np.array(True), datetime(2026, 1, 1))
NO_NUMBERS += (np.array(None), np.datetime64("2026-01-01"), np.float64)
NOT_FINITE = (NAN, INF, -INF, np.float32(NAN), np.array(INF), np.array(HUGE), HUGE, -HUGE)
REAL = Kind((*NO_NUMBERS, *NOT_FINITE, Fraction(HUGE)), numbers_like)
POSITIVE = REAL.but(0, 0.0, -0.0, -1, -1e-300, np.float32(-1), Fraction(-1, 2), np.array(0))
SHARE = REAL.but(1, 1.0, 1.5, -0.1, -1e-300, 2, Fraction(3, 2), np.array(1))
FACTOR = SHARE.but(0, 0.0)
AT_LEAST_1 = REAL.but(0, 0.999, -1, Fraction(1, 2))
NUMBER = Kind(
    (
        *NO_NUMBERS,
        *NOT_FINITE,
        2.0,
        np.float64(2),
        Fraction(2),
        np.array(2),
        2**63,
        -1,
        np.int8(-1),
    ),
    lambda good: [np.int64(good), np.uint8(good)],
)
COUNT = NUMBER.but(0, np.uint8(0))
BOOL = Kind((None, 0, 1, "yes", "", [], np.True_, np.array(True), 1.0, object()))
TEXT = Kind((None, 1, b"x", [], ["x"], 1.5, np.array("x"), object()), lambda good: [np.str_(good)])
RNG = Kind(
    (
        None,
        0,
        42,
        "0",
        1.5,
        [],
        np.random,
        np.random.Generator,
        np.random.RandomState(0),
        np.random.PCG64(0),
        np.random.SeedSequence(0),
    )
)
FUNCTION = Kind((None, 3, "f", [], {}, np.ones(2), object(), 1.5))
FILE = Kind(
    (None, 0, 3, 1.5, b"name", [], ["name"], {}, object(), True, np.array("name")),
    lambda good: [replace(good, kind=kind) for kind in (str, np.str_)],
)

NO_ARRAYS = (None, "1", b"1", 1j, True, {}, object(), float, [None], ["a", "b"], [1, "b"], {1, 2})
NO_ARRAYS += ([[1, 2], [3]], [True, False], np.array(["1", "2"]), np.array([1j, 2]), Decimal(1))
NO_ARRAYS += (np.array([1, None]), np.array(["2026-01-01"], "M8[D]"), (n for n in [1.0, 2.0]))
NO_ARRAYS += (np.zeros(2, [("a", float)]), [HUGE, "b"], np.array([True, False]))
EMPTY = ([], (), np.empty(0), np.empty((0, 2)), np.empty((2, 0)), np.empty(0, int), [[]])
TOO_DEEP = (np.ones((1, 1, 1, 1)), [[[[[1.0]]]]])


def spoiled(good, *faults):
    """Copies of a good array, each with a fault in its last place."""
    for fault in faults:
        array = np.array(good, float)
        array.flat[-1] = fault
        yield from (array, array.tolist(), np.asfortranarray(array), array.astype(np.float32))


def array_like(good, *wrong, finite=True, fractions=False, shapes=(*EMPTY, *TOO_DEEP)):
    """An array of the shape of a good one, which those that are wrong have not."""
    huge = np.array(good, object)
    huge.flat[-1] = HUGE
    bad = (*NO_ARRAYS, *shapes, *wrong, huge, huge.tolist())
    bad += (*spoiled(good, NAN, INF, -INF),) if finite else ()
    return (
        Kind(bad, with_fractions)
        if fractions
        else Kind((*bad, with_fractions(good)[-1]), arrays_like)
    )


def sequence(kind, *bad, odd=None):
    """A sequence of that kind; what else is bad, and odd as a whole."""

    def sequences(good):
        firsts = [[other, *good[1:]] for other in kind.odd(good[0])]
        return [[*good], (*good,), iter(good), *firsts, *(odd(good) if odd else [])]

    return Kind((None, 5, 1.5, np.array(1.0), object(), *([b] for b in kind.bad), *bad), sequences)


def mapping(kind, *bad):
    """A mapping of labels to that kind."""
    no_labels = {1: None}, {None: None}, {b"a": None}

    def mappings(good):
        label, first = next(iter(good.items()))
        return [MappingProxyType(good), *({**good, label: o} for o in kind.odd(first))]

    values = ({"a": b} for b in kind.bad)
    return Kind((None, 5, [], "ab", [("a", 1)], object(), *no_labels, *values, *bad), mappings)


# --- what the good calls are made of


@dataclass(frozen=True)
class InFolder:
    """A file in a folder that stands as long as the tests run, as a path or as text."""

    name: str
    kind: type = Path


class Mine(ReLU):
    """An activation that no file can name."""


RUN = descend(parabola.gradient, -4.0, rule=GradientDescent(0.125), max_steps=5)
WALK = descend(bowl(10).gradient, [-3.0, 1.0], rule=GradientDescent(0.125), max_steps=5)
IN_SPACE = descend(lambda x: x, [1.0, 2.0, 3.0], rule=GradientDescent(0.5), max_steps=2)
WELLS = [descend(double_well().gradient, x, rule=GradientDescent(0.0625)) for x in (-1.5, 1.5)]
NET, LINE = Network([2, 3, 2]), Network([2, 1], loss=MeanSquaredError())
THETA = np.arange(17.0) / 2 - 3
X = np.array([[1.0, 2.0], [-1.0, 3.0], [4.0, 0.0], [2.0, 2.0]])
CLASS, Y = np.array([0, 1, 1, 0]), np.array([1.0, 2.0, -1.0, 3.0])
ONES, TWOS = np.array([1.0, 2.0, 4.0]), np.array([3.0, 1.0, 5.0])
PLANE = np.array([[1.0, 1.5], [1.0, -1.0], [-1.0, 1.0]])
SCANS = np.arange(128.0).reshape(2, 8, 8) % 17
PICTURES = np.array([[[0.0, 1.0], [1.0, 0.0]], [[1.0, 1.0], [0.0, 0.5]]])

ELEMENTWISE = Kind(
    (*NO_ARRAYS, *spoiled(ONES, NAN, INF), NAN, HUGE, [HUGE], np.array(INF)), with_fractions
)
VECTOR = array_like([1.0, 2.0], 1.0, 5, np.ones(7), fractions=True)
START = array_like([1.0, 2.0], [[1.0, 2.0]], NAN, HUGE, np.array(INF), fractions=True)
FEATURES = array_like(X, 1.0, np.array(1.0))
MAYBE_FEATURES = array_like(X, 1.0, np.array(1.0), finite=False)
# No set of parameters is a number of sets too, and a function may take points in any array.
WRONG, NO_SHAPES = ([1.0], [1.0, 2.0, 3.0]), ([], np.empty(0), np.empty((0, 2)))
PARAMETERS = array_like([1.0, 2.0], 1.0, *WRONG, shapes=NO_SHAPES)
MAYBE_PARAMETERS = array_like([1.0, 2.0], 1.0, *WRONG, finite=False, shapes=NO_SHAPES)
TARGETS = array_like(Y, 1.0, [1.0], [1.0] * 5)
NET_PARAMETERS = array_like(THETA, 1.0, THETA[1:], THETA[:, None], finite=False)
NET_FEATURES = array_like(X, 1.0, X[0], X[:, :1], X[:, :, None])
CLASSES = Kind(
    (
        *NO_ARRAYS,
        *EMPTY,
        *TOO_DEEP,
        1,
        [0, 1, 1],
        CLASS[:, None],
        CLASS + 0.0,
        CLASS - 1,
        CLASS + 1,
        [0, 1, 1, NAN],
        [0, 1, 1, HUGE],
        [0, 1, 1, 2**63],
        np.int8([0, 1, 1, -128]),
    ),
    arrays_like,
)
RULE = Kind(
    (
        None,
        0.1,
        "GradientDescent",
        GradientDescent,
        [GradientDescent(0.1)],
        SimpleNamespace(init=0.1, update=0.2),
        SimpleNamespace(init=abs),
        parabola,
    )
)
STOP = Kind((None, 1e-5, "never", StepBelow, [StepBelow(1)], parabola, object()))
PAIR = Kind(
    (
        None,
        1,
        1.5,
        "ab",
        ("a", "b"),
        (1,),
        (1, 2, 3),
        (2, 1),
        (1, 1),
        (NAN, 1),
        (0, INF),
        (0, HUGE),
        (None, 1),
        (True, False),
        (0, 1j),
        {},
        np.empty(0),
        [[1, 2], [3]],
        object(),
        [[0, 1]],
        [[0, 1], [1, 1]],
        [[0, 1]] * 3,
    ),
    with_fractions,
)
POINT = array_like([1.0, 0.5], 1.0, [1.0], [1.0, 2.0, 3.0], [[1.0, 2.0]], fractions=True)
ROWS_OF_2 = array_like(PLANE, 1.0, [1.0, 2.0], PLANE.T, PLANE[:, :1], PLANE[None], fractions=True)
CURVE = Kind((None, 3, np.square, "parabola", Landscape, saddle, RUN, object()))
SURFACE = Kind((None, 3, np.sum, "saddle", Landscape, parabola, WALK, object()))


def runs_of(kind):
    """Runs of that kind, in a list or under labels."""
    among = ([WALK, bad] for bad in kind.bad), ({"a": bad} for bad in kind.bad)
    few = ([], {}, (), 3, "ab", object(), {None: RUN}, {1: RUN}, {b"a": WALK})
    return Kind((*kind.bad, *few, *among[0], *among[1]), lambda good: [(*good,), iter(good)])


ROLLS = runs_of(Kind((None, 3, [1, 2], Run, parabola, WALK, RUN.points, object())))
WALKS = runs_of(Kind((None, 3, [1, 2], Run, saddle, RUN, IN_SPACE, WALK.points, object())))
FIVE_ENDS = [descend(np.sign, x, rule=GradientDescent(1), max_steps=0) for x in range(5)]
ROW = array_like(ONES, 1.0, ONES[:, None], finite=False)
FINITE_ROW = array_like(ONES, 1.0, ONES[:, None])
SAME_LENGTH = ONES[:2]
FIVE = dict.fromkeys("abcde", ONES)
LABELS = dict(xlabel=(TEXT, "x"), ylabel=(TEXT, "y"))

BEAM = dict(f=(FUNCTION, np.square), x=(ELEMENTWISE, ONES), h=(POSITIVE, 0.5))
SLOPES = dict(recipe=(FUNCTION, forward_difference), h=(POSITIVE.or_none(), 0.5))
NET_X_Y = dict(theta=(NET_PARAMETERS, THETA), x=(NET_FEATURES, X), y=(CLASSES, CLASS))
RATE = dict(learning_rate=(POSITIVE, 0.5))
STROKES = sequence(array_like(PLANE, 1.0, [1.0, 2.0], PLANE.T), [], [PLANE, None]), [PLANE]
ON_CURVE = dict(landscape=(CURVE, parabola))
ON_SURFACE = dict(landscape=(SURFACE, oval))

#: Of each callable its good call: name -> (kind, good value). A list stands for ``*name``.
ROWS: dict[str, dict[str, Any]] = {
    "batches.Batches": dict(
        data=([FEATURES, TARGETS], [X, Y]),
        batch_size=(COUNT.but(5), 3),
        rng=(RNG, np.random.default_rng(1)),
        replace=(BOOL, False),
        block_size=(COUNT.but(5).or_none(), None),
        blocks=(COUNT, 2),
    ),
    "batches.Indices": dict(
        samples=(COUNT, 5),
        batch_size=(COUNT.but(6), 3),
        rng=(RNG, np.random.default_rng(1)),
        replace=(BOOL, False),
    ),
    "datasets.beans": dict(rng=(RNG, np.random.default_rng(1)), count=(COUNT, 3)),
    "datasets.plane": dict(
        rng=(RNG, np.random.default_rng(1)), samples=(COUNT, 3), features=(COUNT, 2)
    ),
    "datasets.noisy_parabola": dict(rng=(RNG, np.random.default_rng(1)), samples=(COUNT, 3)),
    "datasets.digits": dict(rng=(RNG, np.random.default_rng(1)), test=(COUNT.but(1797), 5)),
    "datasets.enlarge": dict(scans=(array_like(SCANS, 1.0, SCANS[0], SCANS[:, :7]), SCANS)),
    "datasets.drawings": dict(rng=(RNG, np.random.default_rng(1)), copies=(COUNT, 1)),
    "datasets.scan": dict(strokes=STROKES, pen=(POSITIVE, 0.07)),
    "datasets.augment": dict(rng=(RNG, np.random.default_rng(1)), strokes=STROKES),
    "datasets.recorded": dict(
        name=(
            Kind((None, 1, "", "Drawn", "../drawn", b"drawn", [], ["drawn"], np.array(["drawn"]))),
            "drawn",
        )
    ),
    "derivatives.forward_difference": BEAM,
    "derivatives.central_difference": BEAM,
    "derivatives.complex_step": BEAM,
    "derivatives.directional_derivative": dict(
        f=(FUNCTION, oval), x=(VECTOR, [1.0, 2.0]), direction=(VECTOR, [2.0, 0.5]), **SLOPES
    ),
    "derivatives.numerical_gradient": dict(
        f=(FUNCTION, oval),
        x=(array_like([1.0, 2.0], 1.0, fractions=True, shapes=NO_SHAPES), [1.0, 2.0]),
        **SLOPES,
    ),
    "derivatives.check_gradient": dict(
        f=(FUNCTION, oval),
        gradient=(FUNCTION, oval.gradient),
        x=(array_like([1.0, 2.0], 1.0, np.ones((2, 2)), fractions=True), [1.0, 2.0]),
        rng=(RNG, np.random.default_rng(1)),
        directions=(COUNT, 3),
        **SLOPES,
    ),
    "descent.descend": dict(
        gradient=(FUNCTION, bowl(10).gradient),
        start=(START, [1.0, 2.0]),
        rule=(RULE, GradientDescent(0.125)),
        stop=(STOP, NEVER),
        max_steps=(NUMBER, 5),
        stall_after=(COUNT, 2),
        record_every=(COUNT, 2),
        state=(Kind(()), None),
    ),
    "descent.Run.values": dict(self=RUN, function=(FUNCTION, parabola)),
    "descent.GradientBelow": dict(tolerance=(POSITIVE, 0.5)),
    "descent.StepBelow": dict(tolerance=(POSITIVE, 0.5)),
    "descent.LossChangeBelow": dict(tolerance=(POSITIVE, 0.5), loss=(FUNCTION, parabola)),
    "descent.AnyOf": dict(rules=([STOP, STOP], [StepBelow(1), NEVER])),
    "files.save_network": dict(
        file=(FILE, InFolder("saved")),
        network=(Kind((None, Network, "NET", [2, 3, 2], Network([2, 3, 2], Mine()))), NET),
        theta=(array_like(THETA, 1.0, THETA[1:], THETA[:, None], fractions=True), THETA),
    ),
    "files.load_network": dict(file=(FILE, InFolder("network"))),
    "landscapes.Landscape": dict(
        tex=(TEXT, "x^2"),
        value=(FUNCTION, np.square),
        gradient=(FUNCTION, np.square),
        domain=(PAIR, (-1.0, 2.0)),
        curvature=(FUNCTION.or_none(), np.square),
        hessian=(FUNCTION.or_none(), np.square),
        variables=(sequence(TEXT), ("x", "y")),
    ),
    "landscapes.quadratic": dict(a=(REAL, 2.0), b=(REAL, -4.0), c=(REAL, 0.5)),
    "landscapes.double_well": dict(tilt=(REAL, 0.25)),
    "landscapes.bowl": dict(condition=(AT_LEAST_1, 10.0), rotation=(REAL, 0.5)),
    "losses.softmax": dict(outputs=(array_like(X, 1.0, X[0], X[None], finite=False), X)),
    **{
        f"losses.MeanSquaredError.{does}": dict(
            self=MeanSquaredError(),
            outputs=(array_like(X, 1.0, X[0], X[None], finite=False), X),
            y=(array_like(X + 1, 1.0, X[0], X[:, :1], X.T), X + 1),
        )
        for does in ("value", "gradient")
    },
    **{
        f"losses.CrossEntropy.{does}": dict(
            self=CrossEntropy(),
            outputs=(array_like(X, 1.0, X[0], X[None], finite=False), X),
            y=(CLASSES, CLASS),
        )
        for does in ("value", "gradient")
    },
    "mnist.load_mnist": dict(images=(FILE, InFolder("images")), labels=(FILE, InFolder("labels"))),
    "mnist.read_idx": dict(file=(FILE, InFolder("labels"))),
    "network.Network": dict(
        sizes=(
            sequence(COUNT, [], [3], np.ones((2, 2), int), "ab", odd=lambda good: [np.array(good)]),
            [2, 3, 1],
        ),
        activation=(Kind((3, "ReLU", ReLU, CrossEntropy(), np.tanh)), Tanh()),
        loss=(Kind((3, "mse", CrossEntropy, ReLU(), np.mean)), MeanSquaredError()),
    ),
    "network.Network.layers": dict(
        self=NET,
        theta=(Kind((None, 3, "theta", THETA[1:], THETA[:, None], np.empty(0), [0.0] * 17)), THETA),
    ),
    "network.Network.initial": dict(
        self=NET,
        rng=(RNG, np.random.default_rng(1)),
        dtype=(Kind((None, int, np.float16, "f2", 3, np.int64, complex, object())), np.float64),
    ),
    "network.Network.activations": dict(
        self=NET,
        theta=(NET_PARAMETERS, THETA),
        x=(NET_FEATURES, X),
    ),
    "network.Network.forward": dict(
        self=NET,
        theta=(NET_PARAMETERS, THETA),
        x=(NET_FEATURES, X),
    ),
    "network.Network.loss": NET_X_Y | dict(self=NET),
    "network.Network.gradient": NET_X_Y | dict(self=NET),
    "parallel.mean_of": dict(
        gradient=(FUNCTION.but(parabola), regression.gradient), parts=(COUNT, 2)
    ),
    "parallel.Threads": dict(count=(COUNT, 2)),
    "parallel.Threads.mean_of": dict(
        self=Threads(2),
        gradient=(FUNCTION.but(parabola), regression.gradient),
        parts=(COUNT.or_none(), 2),
    ),
    "plots.curve": ON_CURVE | dict(runs=(ROLLS.or_none(), [RUN]), minimum=(REAL.or_none(), 0.0)),
    "plots.tangents": ON_CURVE | dict(points=(FINITE_ROW, [-2.0, 1.0])),
    "plots.basins": dict(landscape=(CURVE, double_well()), runs=(ROLLS.but(FIVE_ENDS), WELLS)),
    "plots.rolling_balls": ON_CURVE | dict(runs=(ROLLS, [RUN]), seconds=(POSITIVE, 2.0)),
    "plots.contours": ON_SURFACE
    | dict(
        runs=(WALKS.or_none(), [WALK]), minimum=(POINT.or_none(), [1.0, 0.5]), subplots=(BOOL, True)
    ),
    "plots.surface": ON_SURFACE | dict(point=(POINT.but([9.0, 0.0]).or_none(), [1.0, 0.5])),
    "plots.slices": ON_SURFACE | dict(point=(POINT, [1.0, 0.5])),
    "plots.gradients": ON_SURFACE
    | dict(points=(ROWS_OF_2, PLANE), scale=(POSITIVE.or_none(), 0.5)),
    "plots.loss_curves": dict(
        series=(mapping(ROW, {}, FIVE, {"a": [NAN]}, {"a": WALK.points.T[None]}), {"a": ONES}),
        loss=(FUNCTION.or_none(), np.square),
        log=(BOOL.or_none(), True),
        **LABELS,
    ),
    "plots.fits": dict(
        x=(FINITE_ROW.but(SAME_LENGTH), ONES),
        y=(FINITE_ROW.but(SAME_LENGTH), TWOS),
        functions=(mapping(FUNCTION, {}, dict.fromkeys("abcde", np.sin)), {"a": np.square}),
        **LABELS,
    ),
    "plots.images": dict(
        images=(array_like(PICTURES, 1.0, [1.0]), PICTURES),
        titles=(sequence(TEXT, ["a"], ["a", "b", "c"]), ["a", "b"]),
        columns=(COUNT, 2),
        signed=(BOOL, False),
    ),
    "regression.predict": dict(theta=(MAYBE_PARAMETERS, [1.0, 2.0]), x=(MAYBE_FEATURES, X)),
    "regression.loss": dict(theta=(PARAMETERS, [1.0, 2.0]), x=(FEATURES, X), y=(TARGETS, Y)),
    "regression.gradient": dict(theta=(PARAMETERS, [1.0, 2.0]), x=(FEATURES, X), y=(TARGETS, Y)),
    "regression.least_squares": dict(x=(FEATURES, X), y=(TARGETS, Y)),
    "regression.with_intercept": dict(x=(MAYBE_FEATURES, X)),
    "rules.GradientDescent": RATE,
    "rules.SignDescent": RATE,
    "rules.Momentum": RATE | dict(momentum=(SHARE, 0.5)),
    "rules.Nesterov": RATE | dict(momentum=(SHARE, 0.5), restart=(BOOL, True)),
    "rules.RMSProp": RATE | dict(decay=(SHARE, 0.5), epsilon=(POSITIVE, 0.5)),
    "rules.Adam": RATE | dict(beta1=(SHARE, 0.5), beta2=(SHARE, 0.0), epsilon=(POSITIVE, 0.5)),
    "rules.LineSearch": RATE
    | dict(loss=(FUNCTION, parabola), shrink=(FACTOR, 0.5), decrease=(SHARE, 0.25)),
    "rules.Scheduled": dict(rule=(RULE, GradientDescent(0.5)), schedule=(FUNCTION, InverseTime(2))),
    "rules.InverseTime": dict(half_after=(POSITIVE, 2.0)),
    "rules.InverseTime.__call__": dict(self=InverseTime(2), k=(NUMBER, 3)),
    "rules.Exponential": dict(half_after=(POSITIVE, 2.0)),
    "rules.Exponential.__call__": dict(self=Exponential(2), k=(NUMBER, 3)),
}

#: These need a cluster: test_parallel.py calls them badly.
ELSEWHERE = {
    f"parallel.Cluster{method}" for method in ("", ".mean_of", ".scatter", ".load", ".gradient")
}
#: What is handed over from one module to another is checked once, where it comes in.
UNCHECKED = {
    "derivatives.GradientCheck",
    "descent.Run",
    "landscapes.Landscape.__call__",
    "parallel.Shards",
    "plots.Figure",
    "plots.Figure.show",
    *(
        f"descent.{rule}.{when}_step"
        for rule in ("StoppingRule", "AnyOf")
        for when in ("before", "after")
    ),
    "descent.GradientBelow.before_step",
    "descent.StepBelow.after_step",
    "descent.LossChangeBelow.after_step",
    *(
        f"network.{a}.{does}"
        for a in ("Activation", "ReLU", "Tanh", "Identity")
        for does in ("value", "derivative")
    ),
    "losses.Loss.value",
    "losses.Loss.gradient",
    *(
        f"rules.{rule}.{does}"
        for rule in ("Rule", *(name.partition(".")[2] for name in ROWS if name[:6] == "rules."))
        for does in ("init", "update")
        if "half_after" not in ROWS.get(f"rules.{rule}", {}) and "." not in rule
    ),
}
#: Before these refuse what is not finite NumPy may warn of it, as they say.
MAY_WARN = {"regression.loss", "regression.gradient"}


# --- what is public, and how it is called


def public() -> dict[str, Any]:
    """Every function, class, and method that a user can give something to, by its name."""
    found = {}
    for module in pkgutil.iter_modules(gdcore.__path__):
        home = importlib.import_module(f"gdcore.{module.name}")
        found |= members(home, module.name) if module.name[0] != "_" else {}
    for name, value in list(found.items()):
        if inspect.isclass(value):
            found |= members(value, name)
    return {
        name: value
        for name, value in found.items()
        if not (inspect.isclass(value) and issubclass(value, Enum))
        and {*inspect.signature(value).parameters} - {"self", "args", "kwargs"}
    }


def members(home: Any, prefix: str) -> dict[str, Any]:
    """What is called and was written in a module or a class, not inherited or imported."""
    names = getattr(home, "__all__", vars(home))
    mine = {k: getattr(home, k) for k in names if k[0] != "_" or k == "__call__"}
    return {
        f"{prefix}.{k}": value
        for k, value in mine.items()
        if (inspect.isclass(value) or inspect.isroutine(value))
        and value.__module__.startswith(getattr(home, "__module__", home.__name__))
    }


PUBLIC = public()
CASES = [(name, argument) for name, row in ROWS.items() for argument in row if argument != "self"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    (folder / "images").write_bytes(struct.pack(">4B3I", 0, 0, 8, 3, 2, 28, 28) + bytes(2 * 784))
    labels = struct.pack(">4BI", 0, 0, 8, 1, 2) + bytes([7, 2])
    (folder / "labels").write_bytes(gzip.compress(labels))
    save_network(folder / "network", NET, THETA)
    return folder


def call(name: str, folder: Path, argument: str = "", value: Any = None) -> Any:
    """Make the good call, but for one argument; say what it returned, in plain values."""
    given = {k: v[1] for k, v in ROWS[name].items() if k != "self"}
    given |= {argument: value} if argument else {}
    # Each call draws from the same seed.
    given = {
        k: copy.deepcopy(v) if isinstance(v, np.random.Generator) else v for k, v in given.items()
    }
    given = {k: v.kind(folder / v.name) if isinstance(v, InFolder) else v for k, v in given.items()}
    several = [
        given.pop(k)
        for k, v in ROWS[name].items()
        if isinstance(v, tuple) and isinstance(v[0], list)
    ]
    function = PUBLIC[name]
    if "self" in ROWS[name]:
        function = getattr(ROWS[name]["self"], name.rpartition(".")[2])
    return plain(function(*(several[0] if several else ()), **given))


def plain(value: Any) -> Any:
    """What a result says, as numbers and words in lists."""
    if isinstance(value, matplotlib.figure.Figure):
        return [
            [line.get_xydata() for line in axes.lines]
            + [text.get_text() for text in (*axes.texts, axes.xaxis.label, axes._left_title)]
            + [image.get_array().data for image in axes.images]
            for axes in value.axes
        ]
    if isinstance(value, Landscape):
        return [value.tex, value.domain, value.value(np.ones(np.shape(value.domain)[1:]))]
    if is_dataclass(value):
        return [type(value).__name__, *(plain(getattr(value, f.name)) for f in fields(value))]
    if isinstance(value, Network | Threads):
        return repr(value)
    if inspect.isfunction(value):  # a gradient
        return value(ONES[:2], X, Y)
    if isinstance(value, gdcore.batches.Batches | gdcore.batches.Indices):
        return plain([next(value) for _ in range(3)])
    if isinstance(value, dict):
        return plain([*value.items()])
    return [plain(v) for v in value] if isinstance(value, list | tuple) else value


def same(one: Any, other: Any, tolerance: float) -> bool:
    if isinstance(one, list):
        return len(one) == len(other) and all(
            same(a, b, tolerance) for a, b in zip(one, other, strict=True)
        )
    if isinstance(one, float | np.floating | np.ndarray) and np.asarray(one).dtype.kind in "iuf":
        return np.shape(one) == np.shape(other) and np.allclose(
            one, other, tolerance, tolerance, equal_nan=True
        )
    return bool(np.all(one == other))


def arrays_in(value: Any) -> list[np.ndarray]:
    if isinstance(value, np.ndarray):
        return [value]
    inside = value.values() if isinstance(value, dict) else value
    return (
        [a for v in inside for a in arrays_in(v)]
        if isinstance(inside, list | tuple | type({}.values()))
        else []
    )


def look(arrays: list[np.ndarray]) -> list[Any]:
    """All that there is to see of some arrays."""
    return [(a.tobytes(), a.dtype, a.shape, a.strides, str(a.flags)) for a in arrays]


def allowed(name: str) -> set[str]:
    """The errors that a docstring announces, or that of the class or of the module."""
    doc = inspect.getdoc(attrgetter(name)(gdcore)) or ""
    found = re.search(r"^Raises\n-+\n((?:.*\n?)*?)(?=^\S.*\n-+$|\Z)", doc, re.M)
    lines = found[1].splitlines() if found else []
    errors = {word for line in lines if line[:1].strip() for word in line.split(", ")}
    if name.count(".") == 2:
        errors |= allowed(name.rpartition(".")[0])
    home = importlib.import_module(f"gdcore.{name.partition('.')[0]}").__doc__
    return errors | {*re.findall(r"\b(?:TypeError|ValueError)\b", home)}


def alternatives(name: str, argument: str, attribute: str) -> list[Any]:
    """The bad or the odd values of an argument; of several, with one of them bad or odd."""
    kind, good = ROWS[name][argument]
    kinds = kind if isinstance(kind, list) else [kind]
    goods = good if isinstance(kind, list) else [good]
    found = []
    for i, (k, g) in enumerate(zip(kinds, goods, strict=True)):
        values = k.bad if attribute == "bad" else k.odd(g) if g is not None else []
        found += [[*goods[:i], v, *goods[i + 1 :]] if isinstance(kind, list) else v for v in values]
    return found


# --- the tests


def test_every_public_callable_has_a_row_with_all_its_arguments():
    assert {*PUBLIC} == {*ROWS} | UNCHECKED | ELSEWHERE
    assert not {*ROWS} & UNCHECKED
    for name, row in ROWS.items():
        parameters = {*inspect.signature(PUBLIC[name]).parameters} - {"self"}
        assert {*row} - {"self"} == parameters, name


@pytest.mark.parametrize("name", sorted(UNCHECKED))
def test_what_is_not_checked_says_so(name):
    module, inside, *_ = name.split(".")
    home = getattr(importlib.import_module(f"gdcore.{module}"), inside)
    above = home.__mro__ if inspect.isclass(home) else ()
    docs = [
        inspect.getdoc(thing) or "" for thing in (PUBLIC[name], *above, inspect.getmodule(home))
    ]
    assert any("not check" in re.sub(r"\s+", " ", doc) for doc in docs)


def test_there_are_many_bad_calls():
    assert sum(len(alternatives(*case, "bad")) for case in CASES) > 3000


@pytest.mark.parametrize(("name", "argument"), CASES)
def test_bad_values_are_refused_by_name(name, argument, folder):
    failures = []
    function = name.removesuffix(".__call__").partition(".")[2]
    for value in alternatives(name, argument, "bad"):
        arrays = arrays_in([*(v[1] for k, v in ROWS[name].items() if k != "self"), value])
        before = look(arrays)
        try:
            with np.errstate(all="ignore" if name in MAY_WARN else None):
                call(name, folder, argument, value)
        except Exception as error:
            kind = type(error).__name__
            if kind not in allowed(name) & {"TypeError", "ValueError"}:
                failures.append(f"{value!r}: {kind}: {error}")
            elif not re.search(rf"\b{argument}\b", str(error)):
                failures.append(f"{value!r}: no word of {argument}: {error}")
            elif not str(error).startswith(f"{function}: "):
                failures.append(f"{value!r}: no word of {function}: {error}")
            elif len(str(error)) > 500:
                failures.append(f"{value!r}: {len(str(error))} characters")
        else:
            failures.append(f"{value!r} is taken")
        if look(arrays) != before:
            failures.append(f"{value!r}: an array was touched")
    assert failures == []


@pytest.mark.parametrize(("name", "argument"), CASES)
def test_odd_values_give_the_same_answer(name, argument, folder):
    failures, expected = [], call(name, folder)
    for value in alternatives(name, argument, "odd"):
        arrays = arrays_in([*(v[1] for k, v in ROWS[name].items() if k != "self"), value])
        before = look(arrays)
        few = any(a.dtype == np.float32 for a in arrays) or isinstance(value, np.float32)
        try:
            if not same(
                plain(expected), call(name, folder, argument, value), 1e-5 if few else 1e-12
            ):
                failures.append(f"{value!r}: another answer")
        except Exception as error:
            failures.append(f"{value!r}: {type(error).__name__}: {error}")
        if look(arrays) != before:
            failures.append(f"{value!r}: an array was touched")
    assert failures == []


#: What is said, word for word.
SAID = {
    "Adam: learning_rate must be above 0, got -0.1": lambda: Adam(-0.1),
    "GradientDescent: learning_rate must be a real number, got '0.1'": lambda: GradientDescent(
        "0.1"
    ),
    "Momentum: momentum must be at least 0 and below 1, got 1": lambda: Momentum(0.1, 1),
    "Nesterov: restart must be a bool, got 1": lambda: Nesterov(0.1, restart=1),
    "LineSearch: shrink must be above 0 and below 1, got 0": lambda: LineSearch(abs, shrink=0),
    "LineSearch: loss must be callable, got 3": lambda: LineSearch(3),
    "Exponential: k must be at least 0, got -1": lambda: Exponential(2)(-1),
    "InverseTime: k must be a whole number, got 2.5": lambda: InverseTime(2)(2.5),
    "Scheduled: rule must have methods 'init' and 'update', got 0.1": lambda: Scheduled(
        0.1, InverseTime(1)
    ),
    "descend: start must be finite, got [1, inf]": lambda: run(start=[1, math.inf]),
    "descend: start must be finite, got an object of type int": lambda: run(start=10**5000),
    "descend: start must hold real numbers, got ['1', '2']": lambda: run(start=["1", "2"]),
    "descend: start must be a number or an even array, got [[1, 2], [3]]": lambda: run(
        start=[[1, 2], [3]]
    ),
    "descend: start must be a number or a 1-D array, not empty, got shape (0,)": lambda: run(
        start=[]
    ),
    "descend: start must not be masked: fill or drop what is masked": lambda: run(
        start=np.ma.array([1.0, 2.0], mask=[True, False])
    ),
    "descend: start must hold real numbers, got [1.+0.j, 2.+0.j] of dtype complex128 and "
    "shape (2,)": lambda: run(start=np.array([1, 2j - 2j + 2])),
    "descend: rule must have methods 'init' and 'update', got <class "
    "'gdcore.rules.GradientDescent'>": lambda: run(rule=GradientDescent),
    "descend: stop must be a StoppingRule, got 1e-05": lambda: run(stop=1e-5),
    "AnyOf: rules[1] must be a StoppingRule, got 1e-05": lambda: AnyOf(StepBelow(1), 1e-5),
    "GradientBelow: tolerance must be finite, got nan": lambda: GradientBelow(NAN),
    "descend: max_steps must be at least 0, got -1": lambda: run(max_steps=-1),
    f"descend: max_steps must be at most {sys.maxsize}, got {2**63}": lambda: run(max_steps=2**63),
    "descend: stall_after must be a whole number, got True": lambda: run(stall_after=True),
    "descend: record_every must be a whole number, got '2'": lambda: run(record_every="2"),
    "descend: gradient must be callable, got 3": lambda: run(gradient=3),
    "Run.values: function must be callable, got 3": lambda: RUN.values(3),
    "central_difference: x must be finite, got [1.0, inf]": lambda: central_difference(
        np.sin, [1.0, INF]
    ),
    "forward_difference: h must be above 0, got -1e-08": lambda: forward_difference(
        np.sin, 1.0, h=-1e-8
    ),
    "complex_step: x must hold real numbers, got 1j": lambda: complex_step(np.sin, 1j),
    "directional_derivative: direction must be an array, not empty, got shape ()": lambda: (
        directional_derivative(oval, [1, 2], 1.0)
    ),
    "directional_derivative: direction of shape (3,) does not fit x of shape (2,)": lambda: (
        directional_derivative(oval, [1, 2], [1, 2, 3])
    ),
    "directional_derivative: direction of shape (1, 2) does not fit x of shape (2,)": lambda: (
        directional_derivative(oval, [1, 2], [[1, 2]])
    ),
    "numerical_gradient: x must be an array, not empty, got shape (0,)": lambda: numerical_gradient(
        oval, []
    ),
    "numerical_gradient: recipe must be callable, got 'central'": lambda: numerical_gradient(
        oval, [1, 2], recipe="central"
    ),
    "check_gradient: x must be one point, an array of shape (n,), got shape (2, 2)": lambda: check(
        x=np.ones((2, 2))
    ),
    "check_gradient: rng must be a Generator, got 3": lambda: check(rng=3),
    "check_gradient: directions must be at least 1, got 0": lambda: check(directions=0),
    "check_gradient: gradient has shape (2, 1) at a point of shape (2,)": lambda: check(
        gradient=lambda p: p[:, None]
    ),
    "quadratic: a must be a real number, got '1'": lambda: quadratic("1", 0, 0),
    "bowl: condition must be at least 1, got 0.99": lambda: bowl(0.99),
    "Landscape: domain must be a pair (low, high) for each variable, got (2, 1)": lambda: replace(
        parabola, domain=(2, 1)
    ),
    "Landscape: variables[1] must be a str, got 3": lambda: replace(parabola, variables=("x", 3)),
}


def run(**arguments):
    good = dict(gradient=parabola.gradient, start=1.0, rule=GradientDescent(0.1))
    return descend(**good | arguments)


def check(**arguments):
    good = dict(f=oval, gradient=oval.gradient, x=[1, 2], rng=np.random.default_rng(1))
    return check_gradient(**good | arguments)


@pytest.mark.parametrize("message", SAID)
def test_what_is_said(message):
    with pytest.raises((TypeError, ValueError)) as caught:
        SAID[message]()
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "long", [np.zeros((3000, 700), complex), [[0.0] * 700 + ["x"]] * 700, "x" * 10**6]
)
def test_what_is_long_is_cut(long):
    with pytest.raises(TypeError) as caught:
        run(start=long)
    assert len(str(caught.value)) < 500
    assert str(caught.value).startswith("descend: start must hold real numbers, got ")


def test_the_function_named_is_the_one_that_was_called():
    def inside(x):
        return numerical_gradient(oval, "here")

    with pytest.raises(TypeError, match=r"^numerical_gradient: x must hold real numbers"):
        descend(inside, [1.0, 2.0], rule=GradientDescent(0.1))


def test_python_names_the_function_where_the_call_is_wrong():
    with pytest.raises(TypeError, match=r"^descend\(\) takes 2 positional arguments"):
        descend(parabola.gradient, 1.0, GradientDescent(0.1))
