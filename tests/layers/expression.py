"""What PyTorch has for functions and expressions; see `tests/fixtures/pytorch/make.py`."""

import torch
from torch import nn
from torch.nn import functional as F


class Functions(nn.Module):
    """PReLU, squeeze-and-excite with hard-swish, LayerScale, Mish and radial basis functions."""

    def __init__(self):
        super().__init__()
        self.x = nn.Module()
        self.x.add_module("0", nn.Conv2d(3, 4, 3))
        self.x.act = nn.Module()
        self.x.act.slope = nn.Parameter(torch.rand(4, 1, 1))
        self.gate = nn.Module()
        self.gate.add_module("1", nn.Linear(4, 2))
        self.gate.add_module("3", nn.Linear(2, 4))
        self.add_module("3", nn.Linear(168, 5))
        self.scaled = nn.Module()
        self.scaled.scale = nn.Parameter(torch.rand(5))
        self.far = nn.Module()
        self.far.centres = nn.Parameter(torch.randn(6, 5) / 2)
        self.far.width = nn.Parameter(torch.rand(6))

    def forward(self, image):
        x = F.prelu(self.x.get_submodule("0")(image), self.x.act.slope.flatten())
        gate = x.mean((2, 3))
        gate = self.gate.get_submodule("3")(self.gate.get_submodule("1")(gate).relu())
        x = F.hardswish(x * F.hardsigmoid(gate)[:, :, None, None])
        x = F.mish(self.get_submodule("3")(x.flatten(1)) * self.scaled.scale)
        return torch.exp(-self.far.width * (x[:, None] - self.far.centres).square().sum(2))


def every(x):
    a = x.abs() + (-x.square()).exp() - (1.5 + x.square()).log() + x.square().log1p()
    b = x.sigmoid() / (1 + x * x).sqrt() + x.erf() * torch.special.ndtr(x) - (2 + x.relu()).reciprocal()
    parts = torch.where(x < 0.25, a, b), torch.where(x >= a, 0.5 * x, x / 3)
    return sum(parts) + torch.maximum(a, torch.minimum(b, x)) * (1 + a * a).rsqrt()


class Expressions(nn.Module):
    """Every function of numbers, and every reduction."""

    def __init__(self):
        super().__init__()
        self.x = nn.Module()
        self.x.add_module("0", nn.Linear(17, 6))
        self.add_module("2", nn.Linear(5, 3))

    def forward(self, rows):
        x = every(self.x.get_submodule("0")(rows))
        soft = x.softmax(2) - x.logsumexp(1, keepdim=True)
        some = x.norm(dim=2, keepdim=True) * x.max(1, keepdim=True).values + x.min(2, keepdim=True).values
        mean, first = x.mean((1, 2), keepdim=True), x.argmax(1, keepdim=True)
        y = soft / (1.5 + some.abs()) + x.detach() * mean + 0.1 * first
        return self.get_submodule("2")(y.transpose(1, 2))


NETS = {"functions": ([3, 9, 8], 3, Functions), "expressions": ([5, 17], 4, Expressions)}
