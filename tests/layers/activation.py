"""What PyTorch has for activations; see `tests/fixtures/pytorch/make.py`."""

import torch
from torch import nn

ACTIVATIONS = {
    "relu": nn.ReLU,
    "leaky_relu": lambda: nn.LeakyReLU(0.2),
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
    "silu": nn.SiLU,
    "gelu": nn.GELU,
    "gelu_tanh": lambda: nn.GELU(approximate="tanh"),
}

# Where activations turn, saturate, underflow and meet zeros of either sign.
FAR = [-100.0, -88.0, -20.0, -9.0, -1e-3, -0.0, 0.0, 1e-3, 9.0, 20.0, 100.0]

NETS = {
    **{name: ([11], 4, lambda layer=layer: nn.Sequential(layer())) for name, layer in ACTIVATIONS.items()},
    **{
        f"{name}_conv2d": ([2, 3, 5], 3, lambda layer=layer: nn.Sequential(nn.Conv2d(2, 3, 2), layer()))
        for name, layer in ACTIVATIONS.items()
    },
}


def spread(input):
    """Samples of different magnitudes, the last of values far out."""
    input = input * torch.tensor([1.0, 8.0, 1e-3, 0.0]).unsqueeze(1)
    input[3] = torch.tensor(FAR)
    return input


INPUTS = {name: spread for name in ACTIVATIONS}
