"""What PyTorch has for `MaxPool2d` and `AvgPool2d`; see `tests/fixtures/pytorch/make.py`."""

from torch import nn

NETS = {
    "max_pool2d": ([2, 5, 7], 2, lambda: nn.Sequential(nn.MaxPool2d(2))),
    "max_pool2d_uneven": ([3, 6, 5], 2, lambda: nn.Sequential(nn.MaxPool2d((3, 2), stride=(2, 1), padding=1))),
    "avg_pool2d": ([1, 7, 8], 2, lambda: nn.Sequential(nn.AvgPool2d(3))),
    "avg_pool2d_uneven": ([2, 5, 6], 2, lambda: nn.Sequential(nn.AvgPool2d((2, 3), stride=(1, 2), padding=(1, 0)))),
}


def ties(input):
    return (input * 2).round() / 2


INPUTS = {name: ties for name in NETS if name.startswith("max_pool2d")}
