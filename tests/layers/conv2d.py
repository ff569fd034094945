"""What PyTorch has for `Conv2d` and `Conv1d`; see `tests/fixtures/pytorch/make.py`."""

from torch import nn

NETS = {
    "conv2d": ([1, 7, 6], 3, lambda: nn.Sequential(nn.Conv2d(1, 3, 3))),
    "conv2d_uneven": ([2, 9, 8], 2, lambda: nn.Sequential(nn.Conv2d(2, 3, (3, 5), stride=(2, 1), padding=(1, 2)))),
    "conv2d_no_bias": ([3, 5, 7], 3, lambda: nn.Sequential(nn.Conv2d(3, 4, 2, stride=2, bias=False))),
    "conv2d_point": ([3, 1, 4], 2, lambda: nn.Sequential(nn.Conv2d(3, 5, 1))),
    "conv2d_dilated": (
        [2, 9, 8],
        2,
        lambda: nn.Sequential(nn.Conv2d(2, 3, (2, 3), stride=(2, 1), padding=(1, 2), dilation=(3, 2))),
    ),
    "conv1d": ([1, 9], 3, lambda: nn.Sequential(nn.Conv1d(1, 3, 3))),
    "conv1d_uneven": (
        [3, 17],
        2,
        lambda: nn.Sequential(nn.Conv1d(3, 5, 4, stride=2, padding=3, dilation=3, bias=False), nn.Tanh()),
    ),
}
