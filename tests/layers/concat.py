"""What PyTorch has for `Concat`; see `tests/fixtures/pytorch/make.py`."""

import torch
from torch import nn


class Concat(nn.ModuleList):
    """What its stacks give one behind the other; `axis` counts a sample's dimensions."""

    def __init__(self, stacks, axis=0):
        super().__init__(stacks)
        self.axis = axis

    def forward(self, input):
        return torch.cat([stack(input) for stack in self], dim=self.axis + 1)


NETS = {
    "concat": (
        [3],
        4,
        lambda: nn.Sequential(
            nn.Linear(3, 6),
            Concat(
                [
                    nn.Sequential(nn.ReLU(), nn.Linear(6, 5)),
                    nn.Sequential(nn.Linear(6, 1)),
                    nn.Identity(),
                ]
            ),
            nn.Linear(12, 2),
        ),
    ),
    "concat_image": (
        [2, 5, 4],
        2,
        lambda: nn.Sequential(
            Concat(
                [
                    nn.Sequential(nn.Conv2d(2, 3, 1)),
                    nn.Sequential(nn.Conv2d(2, 2, 3, padding=1), nn.ReLU()),
                    nn.Identity(),
                ]
            ),
            nn.Conv2d(7, 2, 3),
            Concat([nn.Sequential(nn.Tanh()), nn.Sequential(nn.Conv2d(2, 2, (1, 2)))], axis=2),
        ),
    ),
}
