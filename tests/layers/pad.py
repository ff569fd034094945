"""What PyTorch has for `Pad`; see `tests/fixtures/pytorch/make.py`."""

from torch import nn
from torch.nn import functional as F


class Pad(nn.Module):
    """More values around the last axes, the last axis first."""

    def __init__(self, sides, mode="constant", value=None):
        super().__init__()
        self.sides, self.mode, self.value = sides, mode, value

    def forward(self, input):
        return F.pad(input, self.sides, self.mode, self.value)


NETS = {
    "pad": (
        [3, 5],
        2,
        lambda: nn.Sequential(Pad((2, 1)), nn.Linear(8, 3), Pad((1, 0, 0, 2), value=0.5), nn.Linear(4, 2)),
    ),
    "pad_channels": (
        [3, 4, 5],
        2,
        lambda: nn.Sequential(nn.Conv2d(3, 2, 1), Pad((0, 1, 2, 0, 1, 2), value=-1.5), nn.Conv2d(5, 2, 3)),
    ),
    "pad_reflect": (
        [3, 5],
        2,
        lambda: nn.Sequential(Pad((4, 1), "reflect"), nn.Linear(10, 3)),
    ),
    "pad_reflect_image": (
        [2, 4, 5],
        2,
        lambda: nn.Sequential(nn.Conv2d(2, 3, 1), Pad((4, 2, 1, 3), "reflect"), nn.Conv2d(3, 2, 3)),
    ),
    "pad_replicate": (
        [3, 5],
        2,
        lambda: nn.Sequential(Pad((1, 7), "replicate"), nn.Linear(13, 3)),
    ),
    "pad_replicate_image": (
        [2, 1, 5],
        2,
        lambda: nn.Sequential(nn.Conv2d(2, 3, 1), Pad((3, 1, 2, 4), "replicate"), nn.Conv2d(3, 2, 3)),
    ),
}
