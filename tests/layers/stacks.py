"""What PyTorch has for networks of several layers; see `tests/fixtures/pytorch/make.py`."""

from collections import OrderedDict

from residual import Residual, names
from sequence import Mean
from torch import nn
from transpose import Transpose


def block():
    return names(("fc", nn.Linear(6, 6)), nn.Tanh())


NETS = {
    "blocks": (
        [6],
        3,
        lambda: names(block(), block(), ("body", nn.Sequential(block(), block())), Residual(block()), nn.Linear(6, 1)),
    ),
    "names": (
        [1, 6, 6],
        2,
        lambda: names(
            ("conv1", nn.Conv2d(1, 2, 3)),
            nn.ReLU(),
            ("skip", Residual(nn.Conv2d(2, 2, 1), nn.Tanh())),
            nn.Flatten(),
            nn.Linear(32, 4),
            nn.Sigmoid(),
            ("head", nn.Linear(4, 3)),
        ),
    ),
    "digits": (
        [1, 12, 12],
        2,
        lambda: names(
            ("conv1", nn.Conv2d(1, 4, 3)),
            nn.ReLU(),
            ("conv2", nn.Conv2d(4, 6, 3, stride=2)),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(24, 16),
            nn.ReLU(),
            nn.Dropout(0.25),
            nn.Linear(16, 10),
        ),
    ),
    "signal": (
        [9, 3],
        3,
        lambda: names(
            Transpose(),
            nn.Conv1d(3, 5, 3, padding=2, dilation=2),
            nn.ReLU(),
            Residual(OrderedDict([("conv", nn.Conv1d(5, 5, 1)), ("1", nn.SiLU())])),
            Transpose(),
            nn.Linear(5, 4),
            Mean(),
            ("head", nn.Linear(4, 2)),
        ),
    ),
}
