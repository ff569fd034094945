"""What PyTorch has for `Product`; see `tests/fixtures/pytorch/make.py`."""

from math import prod

from torch import nn


class Product(nn.ModuleList):
    """Multiplies what its stacks give."""

    def forward(self, input):
        first, *others = (stack(input) for stack in self)
        return prod(others, start=first)


NETS = {
    "product": (
        [3],
        4,
        lambda: nn.Sequential(
            nn.Linear(3, 5),
            Product(
                [
                    nn.Sequential(nn.Linear(5, 5), nn.Tanh()),
                    nn.Sequential(nn.Linear(5, 5), nn.Sigmoid()),
                    nn.Identity(),
                ]
            ),
            Product([nn.Identity(), nn.Identity()]),
            nn.Linear(5, 2),
        ),
    ),
}
