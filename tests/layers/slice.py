"""What PyTorch has for `Slice`; see `tests/fixtures/pytorch/make.py`."""

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


NETS = {
    "slice": ([5, 3], 2, Slices),
    "slice_image": (
        [3, 5, 7],
        2,
        lambda: nn.Sequential(Slice(2, 1, 6), Slice(0, 2, 3), Slice(1, 0, 4), nn.Conv2d(1, 2, 2)),
    ),
}
