"""What PyTorch has for layers that are used several times; see `tests/fixtures/pytorch/make.py`."""

import torch
from embedding import Embedding
from multi_head_attention import Attention
from residual import Residual, names
from torch import nn
from torch.nn import functional as F


class Twice(nn.Module):
    """One convolution on images of two sizes."""

    def __init__(self, channels):
        super().__init__()
        self.edge = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, image):
        return self.edge(F.max_pool2d(self.edge(image), 2)).tanh()


class NormTwice(nn.Module):
    """One convolution with a norm on images of two sizes."""

    def __init__(self, channels):
        super().__init__()
        conv = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.edge = nn.Sequential(conv, nn.BatchNorm2d(channels))

    def forward(self, image):
        return self.edge(F.avg_pool2d(self.edge(image), 2)).tanh()


def pool():
    return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())


def tower():
    return names(nn.Conv2d(1, 3, 3), nn.ReLU(), ("conv", Twice(3)), pool(), nn.Linear(3, 4))


def tower_with_norms():
    stem = [nn.Conv2d(1, 3, 3, bias=False), nn.BatchNorm2d(3), nn.Sigmoid()]
    return names(*stem, ("conv", NormTwice(3)), pool(), nn.Linear(3, 4))


class Siamese(nn.Module):
    def __init__(self, tower):
        super().__init__()
        self.left = names(("tower", tower))
        self.add_module("1", nn.Linear(8, 1))

    def forward(self, pair):
        both = torch.cat([self.left(pair[:, 0]), self.left(pair[:, 1])], 1)
        return self.get_submodule("1")(both)


class Tied(nn.Module):
    """Layers, and after them the weight of an earlier one with a bias or without."""

    def __init__(self, weight, layers, bias=None):
        super().__init__()
        self.weight_name = weight
        for name, layer in layers.named_children():
            self.add_module(name, layer)
        if bias is not None:
            name, size = bias
            self.add_module(name, nn.Module())
            self.get_submodule(name).bias = nn.Parameter(torch.randn(size))
        self.bias_name = bias and f"{bias[0]}.bias"

    def forward(self, value):
        for layer in self.children():
            if not (self.bias_name and layer is self.get_submodule(self.bias_name.split(".")[0])):
                value = layer(value)
        parameters = dict(self.named_parameters())
        return F.linear(value, parameters[f"{self.weight_name}.weight"], parameters.get(self.bias_name))


def recurrent():
    step = nn.Linear(5, 5)
    layers = [nn.Linear(3, 5), ("step", step), nn.Tanh()]
    return names(*layers, ("again", Again(step)), ("7", nn.Linear(5, 2)))


class Again(nn.Module):
    """The same layer twice more, whose parameters have their names already."""

    def __init__(self, layer):
        super().__init__()
        self.layer = [layer]

    def forward(self, value):
        for _ in range(2):
            value = self.layer[0](value).tanh()
        return value


def body():
    return nn.Sequential(Residual(nn.LayerNorm(6), Attention(6, 2, causal=True)))


NETS = {
    "siamese": ([2, 1, 9, 8], 3, lambda: Siamese(tower())),
    "siamese_norms": ([2, 1, 9, 8], 3, lambda: Siamese(tower_with_norms())),
    "tied_language_model": (
        [7],
        3,
        lambda: Tied(
            "tokens",
            names(
                ("tokens", Embedding(11, 6)), nn.Dropout(0.1), ("body", nn.Sequential(body(), body())), nn.LayerNorm(6)
            ),
        ),
    ),
    "recurrent_dense": ([3], 4, recurrent),
    "tied_with_bias": (
        [4],
        4,
        lambda: Tied(
            "wide",
            names(nn.Linear(4, 6), nn.Tanh(), ("wide", nn.Linear(6, 5)), nn.Sigmoid(), nn.Linear(5, 6)),
            ("5", 5),
        ),
    ),
}

INPUTS = {"tied_language_model": lambda input: torch.randint(11, input.shape).float()}
