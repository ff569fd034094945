"""What PyTorch has for `BatchNorm2d`; see `tests/fixtures/pytorch/make.py`."""

from torch import nn

NETS = {
    "batch_norm2d": ([3, 5, 7], 4, lambda: nn.Sequential(nn.BatchNorm2d(3))),
    "batch_norm2d_conv2d": (
        [2, 6, 5],
        3,
        lambda: nn.Sequential(nn.Conv2d(2, 4, 3, bias=False), nn.BatchNorm2d(4, eps=1e-3), nn.ReLU()),
    ),
}
