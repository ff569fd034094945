"""What PyTorch has for `GroupNorm`; see `tests/fixtures/pytorch/make.py`."""

from residual import names
from torch import nn

NETS = {
    "group_norm": ([6, 3, 5], 3, lambda: nn.Sequential(nn.GroupNorm(3, 6))),
    "group_norm_one": ([5, 17], 2, lambda: nn.Sequential(nn.GroupNorm(1, 5, eps=1e-3))),
    "group_norm_each": ([4, 9], 2, lambda: nn.Sequential(nn.GroupNorm(4, 4))),
    "group_norm_conv2d": (
        [2, 6, 5],
        3,
        lambda: names(nn.Conv2d(2, 8, 3, bias=False), ("norm", nn.GroupNorm(2, 8)), nn.SiLU()),
    ),
}
