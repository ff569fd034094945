"""What PyTorch has for `Sum`; see `tests/fixtures/pytorch/make.py`."""

from torch import nn

from residual import Residual


class Sum(nn.ModuleList):
    """Adds what its stacks give; their parameters are named `STACK.INDEX.weight`, as Loom's are."""

    def forward(self, input):
        first, *others = (stack(input) for stack in self)
        return sum(others, first)


NETS = {
    "sum": (
        [3],
        4,
        lambda: nn.Sequential(
            nn.Linear(3, 6),
            Sum(
                [
                    nn.Sequential(nn.ReLU(), nn.Linear(6, 5)),
                    nn.Sequential(nn.Linear(6, 5), nn.Tanh()),
                    nn.Sequential(nn.Linear(6, 5)),
                ]
            ),
            nn.Linear(5, 2),
        ),
    ),
    "shortcut": (
        [2, 5, 4],
        2,
        lambda: nn.Sequential(
            Sum(
                [
                    nn.Sequential(
                        nn.Conv2d(2, 3, 3, stride=2, padding=1), nn.ReLU(), nn.Conv2d(3, 3, 3, padding=1)
                    ),
                    nn.Sequential(nn.Conv2d(2, 3, 1, stride=2)),
                ]
            ),
            nn.ReLU(),
            Residual(nn.Conv2d(3, 3, 1)),
        ),
    ),
}
