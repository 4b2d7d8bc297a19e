"""What a user may write: every public name, with types that mypy can check."""

import math
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import gdcore
from gdcore import (
    NEVER,
    Activation,
    Adam,
    AnyOf,
    Batches,
    CrossEntropy,
    Exponential,
    GradientBelow,
    GradientCheck,
    GradientDescent,
    Identity,
    Indices,
    InverseTime,
    Landscape,
    LineSearch,
    Loss,
    LossChangeBelow,
    MeanSquaredError,
    Momentum,
    Nesterov,
    Network,
    Outcome,
    ReLU,
    RMSProp,
    Rule,
    Run,
    Scheduled,
    SignDescent,
    StepBelow,
    StoppingRule,
    Tanh,
    absolute_value,
    bowl,
    central_difference,
    check_gradient,
    complex_step,
    datasets,
    descend,
    directional_derivative,
    double_well,
    forward_difference,
    load_network,
    mnist,
    numerical_gradient,
    oval,
    parabola,
    parallel,
    plots,
    quadratic,
    regression,
    root_loss,
    rosenbrock,
    saddle,
    save_network,
    softmax,
    wave_loss,
)

Vector = NDArray[np.float64]


class WeightDecay:
    """A rule of one's own."""

    def __init__(self, rule: Rule, decay: float) -> None:
        self.rule, self.decay = rule, decay

    def init(self, x: Vector) -> object:
        return self.rule.init(x)

    def update(self, g: Vector, state: object, x: Vector) -> tuple[Vector, object]:
        step, state = self.rule.update(g, state, x)
        return step + self.decay * x, state


class Softplus(Activation):
    """An activation that looks at z."""

    def value(self, z: Vector) -> Vector:
        return np.log1p(np.exp(z))

    def derivative(self, z: Vector, a: Vector) -> Vector:
        return 1 / (1 + np.exp(-z))


class Keep(StoppingRule):
    """A stopping rule that never stops."""

    def begin(self) -> None:
        self.seen: list[Vector] = []

    def after_step(self, previous: Vector, x: Vector, k: int) -> str:
        self.seen.append(x)
        return ""


def slope(x: float) -> float:
    """The slope of x squared."""
    return 2 * x


def tilted(p: Vector) -> Vector:
    """The gradient of a bowl."""
    return np.array([3.0, 1.0]) * p


rng = np.random.default_rng(1)
rules: list[Rule] = [
    GradientDescent(0.1),
    SignDescent(learning_rate=0.1),
    Momentum(0.1, momentum=0.5),
    Nesterov(0.1, restart=True),
    RMSProp(0.1),
    Adam(0.1, beta2=0.99),
    LineSearch(oval),
    Scheduled(GradientDescent(0.1), InverseTime(10)),
    Scheduled(GradientDescent(0.1), Exponential(half_after=10)),
    WeightDecay(Momentum(0.1), 0.01),
]
runs: list[Run] = [descend(tilted, [1.0, 1.0], rule=rule, max_steps=10) for rule in rules]
outcomes: list[Outcome] = [run.outcome for run in runs]
more = descend(tilted, runs[2].end, rule=rules[2], max_steps=10, state=runs[2].state)
heights: Vector = more.values(oval)

stop = AnyOf(GradientBelow(1e-9), StepBelow(1e-9), LossChangeBelow(1e-9, parabola), Keep(), NEVER)
one: Run = descend(slope, -4.0, rule=GradientDescent(0.1), stop=stop, record_every=2)
places: Vector = one.points

hill: Landscape = Landscape("x^2", np.square, slope, (-1.0, 1.0))
landscapes = [parabola, quadratic(1, 2, 3), absolute_value, root_loss, double_well(0.3), hill]
planes = [oval, bowl(10), saddle, rosenbrock, wave_loss]
slopes = [forward_difference(math.sin, 1.0), central_difference(math.sin, 1.0, h=1e-4)]
slopes += [complex_step(np.sin, 1.0), directional_derivative(oval, [1, 1], [1, 0])]
check: GradientCheck = check_gradient(oval, oval.gradient, [1.0, 2.0], rng)
error: float = check.error + float(numerical_gradient(oval, [1.0, 2.0])[0])

x, y = datasets.noisy_parabola(rng)
least: Vector = regression.least_squares(regression.with_intercept(x), y)
draw = Batches(x, y, batch_size=10, rng=rng)
some: NDArray[np.intp] = next(Indices(300, 10, rng))
loss: Loss = MeanSquaredError()
activations: list[Activation] = [ReLU(), Tanh(), Identity(), Softplus()]
networks = [Network([1, 3, 1], activation, loss) for activation in activations]
theta = networks[0].initial(rng)
trained = descend(
    lambda theta: networks[0].gradient(theta, *next(draw)), theta, rule=Adam(0.01), max_steps=3
)
with parallel.Threads(2) as threads:
    mean = threads.mean_of(networks[0].gradient)
    both: Run = descend(lambda theta: mean(theta, *next(draw)), theta, rule=Adam(0.01), max_steps=3)
chances: Vector = softmax(Network([1, 2], loss=CrossEntropy()).forward([1, 2, 0, 0], x))
with tempfile.TemporaryDirectory() as folder:
    file = Path(folder, "network.npz")
    save_network(file, networks[0], trained.end)
    network, theta = load_network(file)
    try:
        mnist.read_idx(file)
    except ValueError as problem:
        print(problem)

plots.contours(oval, {"momentum": runs[2]}, minimum=(0, 0))
figure: plots.Figure = plots.curve(parabola, one, minimum=0.0)
plots.loss_curves({"one": one}, parabola)
print(gdcore.__version__, gdcore.descent.descend is descend, one)
