"""What PyTorch has for `Slice` and `Split`; see `tests/fixtures/pytorch/make.py`."""

import torch
from torch import nn


class Slice(nn.Module):
    """The part `start..end` along an axis of a sample."""

    def __init__(self, axis, start, end):
        super().__init__()
        self.axis, self.start, self.end = axis, start, end

    def forward(self, input):
        return input.narrow(self.axis + 1, self.start, self.end - self.start)


class Slices(nn.Module):
    """The product of two parts of one value."""

    def __init__(self):
        super().__init__()
        self.all = nn.Linear(3, 7)

    def forward(self, input):
        all = self.all(input)
        return (all[..., :3] * all[..., 2:5])[:, 1:4]


class Split(nn.Module):
    """Parts of the channels, and then of the rows."""

    def __init__(self):
        super().__init__()
        self.value = nn.ModuleDict({"both": nn.Conv2d(3, 5, 3)})
        self.out = nn.Linear(51, 4)

    def forward(self, input):
        value, gate = self.value.both(input).split([2, 3], dim=1)
        top, middle, bottom = gate.split([1, 2, 1], dim=2)
        edges = top + bottom.sigmoid()
        return self.out(torch.cat([value.tanh().flatten(1), edges.flatten(1), middle.flatten(1)], dim=1))


NETS = {
    "slice": ([5, 3], 2, Slices),
    "slice_image": (
        [3, 5, 7],
        2,
        lambda: nn.Sequential(Slice(2, 1, 6), Slice(0, 2, 3), Slice(1, 0, 4), nn.Conv2d(1, 2, 2)),
    ),
    "split": ([3, 6, 5], 2, Split),
}
