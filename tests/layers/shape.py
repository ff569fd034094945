"""What PyTorch has for `Flatten` and `Reshape`; see `tests/fixtures/pytorch/make.py`."""

from torch import nn

NETS = {
    "flatten": ([2, 3, 4], 2, lambda: nn.Sequential(nn.Flatten())),
    "flatten_dense": ([3, 1, 5], 3, lambda: nn.Sequential(nn.Flatten(), nn.Linear(15, 2))),
    "reshape": ([12], 2, lambda: nn.Sequential(nn.Unflatten(1, (3, 2, 2)))),
    "reshape_conv2d": (
        [4],
        3,
        lambda: nn.Sequential(nn.Linear(4, 15), nn.Unflatten(1, (1, 3, 5)), nn.Conv2d(1, 2, 2), nn.Flatten()),
    ),
}
