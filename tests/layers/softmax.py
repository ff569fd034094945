"""What PyTorch has for `Softmax`; see `tests/fixtures/pytorch/make.py`."""

from activation import spread
from torch import nn

NETS = {
    "softmax": ([11], 4, lambda: nn.Sequential(nn.Softmax(dim=-1))),
    "softmax_steps": ([3, 7], 2, lambda: nn.Sequential(nn.Linear(7, 5), nn.Softmax(dim=-1))),
}

INPUTS = {"softmax": spread}
