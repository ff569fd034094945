"""What PyTorch has for `GlobalAvgPool`; see `tests/fixtures/pytorch/make.py`."""

from torch import nn

NETS = {
    "global_avg_pool": ([3, 5, 4], 2, lambda: nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())),
    "global_avg_pool_length": ([5, 17], 2, lambda: nn.Sequential(nn.AdaptiveAvgPool1d(1), nn.Flatten())),
}
