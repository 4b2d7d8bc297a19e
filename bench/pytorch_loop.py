"""The training of chapter 6 in PyTorch, whose numbers the chapter shows beside gdcore's.

`make bench RECORD=1` runs this; it stores what came out in `gdcore/data/pytorch.json`.  Nothing is
drawn at random by PyTorch: it gets the weights to start from, and which samples are in each batch.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Any

import numpy as np
import paired
import torch
from torch import nn

from gdcore import datasets
from gdcore.batches import Indices
from gdcore.network import Network

SIZES = [784, 16, 16, 10]
SETTINGS = {"batch_size": 32, "learning_rate": 0.03, "epochs": 50}


def train(model: nn.Module, batches: Iterable[Any], learning_rate: float) -> None:
    """Train a network in PyTorch, as one usually writes it."""
    loss_of = nn.CrossEntropyLoss()
    optimiser = torch.optim.SGD(model.parameters(), lr=learning_rate)
    for x, y in batches:
        optimiser.zero_grad()
        loss = loss_of(model(x), y)
        loss.backward()
        optimiser.step()


def model_of(network: Network, theta: Any) -> nn.Module:
    """Return PyTorch's layers with these parameters."""
    parts: list[nn.Module] = []
    for weights, bias in network.layers(theta):
        layer = nn.Linear(*reversed(weights.shape)).to(torch.from_numpy(theta).dtype)
        with torch.no_grad():
            layer.weight.copy_(torch.tensor(weights))
            layer.bias.copy_(torch.tensor(bias))
        parts += [layer, nn.ReLU()]
    return nn.Sequential(*parts[:-1])


def parameters_of(model: nn.Module) -> Any:
    """Return the parameters of the layers as gdcore's one vector."""
    return np.concatenate([p.detach().numpy().ravel() for p in model.parameters()])


def run() -> dict[str, Any]:
    """Train on the digits and return the losses after each epoch."""
    torch.set_num_threads(1)
    (x, y), (x_test, y_test) = datasets.digits(np.random.default_rng(0))
    network = Network(SIZES)
    model = model_of(network, network.initial(np.random.default_rng(1)))
    size = int(SETTINGS["batch_size"])
    indices = Indices(len(x), size, np.random.default_rng(2))
    features, classes = torch.from_numpy(x), torch.from_numpy(y)
    losses = [network.loss(parameters_of(model), x, y)]
    for _ in range(int(SETTINGS["epochs"])):
        epoch = islice(indices, -(-len(x) // size))
        train(model, ((features[i], classes[i]) for i in epoch), SETTINGS["learning_rate"])
        losses.append(network.loss(parameters_of(model), x, y))
    read = network.forward(parameters_of(model), x_test).argmax(axis=1)
    return {"settings": SETTINGS, "loss": losses, "test_accuracy": float(np.mean(read == y_test))}


def main() -> None:
    """Train, print and store."""
    given = paired.options(__doc__)
    record = paired.surroundings("torch") | run()
    text = f"loss {record['loss'][-1]:.6f}, test accuracy {record['test_accuracy']:.1%}"
    paired.report(record, text, given.record)


if __name__ == "__main__":
    main()
