"""gdcore and PyTorch do the same, from the same weights and on the same batches."""

import os
import sys
import warnings
from itertools import cycle
from pathlib import Path

import numpy as np
import pytest

from gdcore.descent import descend
from gdcore.losses import CrossEntropy, MeanSquaredError
from gdcore.network import Network, ReLU, Tanh
from gdcore.rules import Adam, GradientDescent, InverseTime, Momentum, Nesterov, RMSProp, Scheduled

NO_TORCH = "PyTorch is not installed: `make torch` adds it"
sys.path.append(str(Path(__file__).parent.parent / "bench"))

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what PyTorch says of this computer is its own business
    try:
        import torch
    except ModuleNotFoundError:
        torch = None
if torch is not None:
    import pytorch_loop

pytestmark = pytest.mark.skipif(torch is None and not os.environ.get("CI"), reason=NO_TORCH)


@pytest.fixture(autouse=True)
def one_thread():
    if torch is None:
        pytest.fail(NO_TORCH, pytrace=False)
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def by_gdcore(network, theta, batches, steps, rule):
    supply = cycle(batches)
    return descend(
        lambda theta: network.gradient(theta, *next(supply)),
        theta,
        rule=rule,
        max_steps=steps,
        record_every=steps,
    ).end


def by_pytorch(network, theta, batches, steps, optimiser_of, schedule=lambda k: 1):
    model = pytorch_loop.model_of(network, theta)
    if isinstance(network.activation, Tanh):
        model = torch.nn.Sequential(
            *(torch.nn.Tanh() if isinstance(m, torch.nn.ReLU) else m for m in model)
        )
    classes = isinstance(network.loss_function, CrossEntropy)
    loss_of = torch.nn.CrossEntropyLoss() if classes else torch.nn.MSELoss()
    optimiser = optimiser_of(model.parameters())
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimiser, schedule)
    supply = cycle([(torch.from_numpy(x), torch.from_numpy(y)) for x, y in batches])
    for _ in range(steps):
        x, y = next(supply)
        optimiser.zero_grad()
        loss_of(model(x), y).backward()
        optimiser.step()
        scheduler.step()
    return pytorch_loop.parameters_of(model)


CASES = {
    "digits": (Network([784, 16, 16, 10], ReLU(), CrossEntropy()), 0.1),
    "curve": (Network([3, 8, 5, 2], Tanh(), MeanSquaredError()), 0.2),
}


def agree(network, dtype, limit, rule, optimiser_of, schedule=lambda k: 1):
    """Compare the parameters after 100 steps from the same start on the same batches."""
    rng = np.random.default_rng(1)
    x = rng.random((320, network.sizes[0])).astype(dtype)
    if isinstance(network.loss_function, CrossEntropy):
        y = rng.integers(0, 10, 320)
    else:
        y = rng.normal(size=(320, 2)).astype(dtype)
    batches = [(x[i : i + 32], y[i : i + 32]) for i in range(0, 320, 32)]
    start = network.initial(rng, dtype)
    ours = by_gdcore(network, start, batches, 100, rule)
    theirs = by_pytorch(network, start, batches, 100, optimiser_of, schedule)
    assert ours.dtype == theirs.dtype == dtype
    # a relative error in the 2-norm, of parameters that have moved by far more
    assert np.linalg.norm(ours - start) > 0.01 * np.linalg.norm(start)
    assert np.linalg.norm(ours - theirs) < limit * np.linalg.norm(theirs)


@pytest.mark.parametrize(("dtype", "limit"), [(np.float64, 1e-10), (np.float32, 1e-4)])
@pytest.mark.parametrize(("network", "rate"), CASES.values(), ids=CASES)
def test_parameters_agree_after_100_steps(network, rate, dtype, limit):
    agree(network, dtype, limit, GradientDescent(rate), lambda p: torch.optim.SGD(p, lr=rate))


# The names on the left are those of the chapter's table.
RULES = {
    "momentum": (Momentum(0.01, momentum=0.9), "SGD", {"lr": 0.01, "momentum": 0.9}),
    "Nesterov": (
        Nesterov(0.01, momentum=0.8),
        "SGD",
        {"lr": 0.01, "momentum": 0.8, "nesterov": True},
    ),
    "RMSProp": (RMSProp(0.001, decay=0.9), "RMSprop", {"lr": 0.001, "alpha": 0.9}),
    "Adam": (Adam(0.003), "Adam", {"lr": 0.003}),
    "Adam with other means": (
        Adam(0.003, beta1=0.7, beta2=0.95, epsilon=1e-4),
        "Adam",
        {"lr": 0.003, "betas": (0.7, 0.95), "eps": 1e-4},
    ),
}


@pytest.mark.parametrize("network", [network for network, _ in CASES.values()], ids=CASES)
@pytest.mark.parametrize(("rule", "name", "settings"), RULES.values(), ids=RULES)
def test_rules_agree_with_the_optimisers_of_pytorch(rule, name, settings, network):
    agree(network, np.float64, 1e-10, rule, lambda p: getattr(torch.optim, name)(p, **settings))


@pytest.mark.parametrize("name", ["momentum", "Adam"])
def test_a_schedule_does_to_a_rule_what_it_does_there(name):
    rule, optimiser, settings = RULES[name]
    schedule = InverseTime(half_after=20)
    network = CASES["digits"][0]
    agree(
        network,
        np.float64,
        1e-10,
        Scheduled(rule, schedule),
        lambda p: getattr(torch.optim, optimiser)(p, **settings),
        schedule,
    )


def test_the_loop_of_the_chapter_does_what_gdcore_does():
    network, rate = CASES["digits"]
    rng = np.random.default_rng(2)
    x, y = rng.random((96, 784)), rng.integers(0, 10, 96)
    batches = [(x[i : i + 32], y[i : i + 32]) for i in range(0, 96, 32)]
    theta = network.initial(rng)
    model = pytorch_loop.model_of(network, theta)
    assert np.array_equal(pytorch_loop.parameters_of(model), theta)
    pytorch_loop.train(model, [tuple(map(torch.from_numpy, batch)) for batch in batches], rate)
    ours = by_gdcore(network, theta, batches, 3, GradientDescent(rate))
    assert np.linalg.norm(pytorch_loop.parameters_of(model) - ours) < 1e-10 * np.linalg.norm(ours)
