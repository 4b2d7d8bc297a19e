"""Gradient descent, small enough to read: the module behind *Rolling Downhill*.

Everything is one loop, ``x ← x − step(g)``, in :func:`gdcore.descent.descend`.  The other
modules say where the gradient ``g`` comes from, what a rule makes of it, and how to look at
the run.

>>> from gdcore import GradientDescent, LossChangeBelow, descend, parabola
>>> stop = LossChangeBelow(1e-5, parabola)
>>> descend(parabola.gradient, -4.0, rule=GradientDescent(0.1), stop=stop)
Run(31 steps from -4.0 to -0.003961408125713218,
    stopped: loss changed by 8.82717e-06 < 1e-05)
"""

__version__ = "0.1.0"

# The figures need matplotlib only when one is drawn.
from gdcore import datasets, mnist, parallel, plots, regression
from gdcore.batches import Batches, Indices
from gdcore.derivatives import (
    GradientCheck,
    central_difference,
    check_gradient,
    complex_step,
    directional_derivative,
    forward_difference,
    numerical_gradient,
)
from gdcore.descent import (
    NEVER,
    AnyOf,
    GradientBelow,
    LossChangeBelow,
    Outcome,
    Run,
    StepBelow,
    StoppingRule,
    descend,
)
from gdcore.files import load_network, save_network
from gdcore.landscapes import (
    Landscape,
    absolute_value,
    bowl,
    double_well,
    oval,
    parabola,
    quadratic,
    root_loss,
    rosenbrock,
    saddle,
    wave_loss,
)
from gdcore.losses import CrossEntropy, Loss, MeanSquaredError, softmax
from gdcore.network import Activation, Identity, Network, ReLU, Tanh
from gdcore.rules import (
    Adam,
    Exponential,
    GradientDescent,
    InverseTime,
    LineSearch,
    Momentum,
    Nesterov,
    RMSProp,
    Rule,
    Scheduled,
    SignDescent,
)

__all__ = [
    "NEVER",
    "Activation",
    "Adam",
    "AnyOf",
    "Batches",
    "CrossEntropy",
    "Exponential",
    "GradientBelow",
    "GradientCheck",
    "GradientDescent",
    "Identity",
    "Indices",
    "InverseTime",
    "Landscape",
    "LineSearch",
    "Loss",
    "LossChangeBelow",
    "MeanSquaredError",
    "Momentum",
    "Nesterov",
    "Network",
    "Outcome",
    "RMSProp",
    "ReLU",
    "Rule",
    "Run",
    "Scheduled",
    "SignDescent",
    "StepBelow",
    "StoppingRule",
    "Tanh",
    "absolute_value",
    "bowl",
    "central_difference",
    "check_gradient",
    "complex_step",
    "datasets",
    "descend",
    "directional_derivative",
    "double_well",
    "forward_difference",
    "load_network",
    "mnist",
    "numerical_gradient",
    "oval",
    "parabola",
    "parallel",
    "plots",
    "quadratic",
    "regression",
    "root_loss",
    "rosenbrock",
    "saddle",
    "save_network",
    "softmax",
    "wave_loss",
]
