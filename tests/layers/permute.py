"""What PyTorch has for `Permute`; see `tests/fixtures/pytorch/make.py`."""

from torch import nn


class Permute(nn.Module):
    """The axes of a sample in another order."""

    def __init__(self, *axes):
        super().__init__()
        self.axes = [axis + 1 for axis in axes]

    def forward(self, input):
        return input.permute(0, *self.axes)


NETS = {
    "permute": ([5, 3, 4], 2, lambda: nn.Sequential(Permute(2, 0, 1), nn.Linear(3, 2), Permute(2, 1, 0))),
    "permute_four": (
        [3, 2, 5, 4],
        2,
        lambda: nn.Sequential(Permute(3, 0, 2, 1), nn.Linear(2, 3), Permute(1, 3, 0, 2)),
    ),
}
