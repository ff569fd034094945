"""What PyTorch has for `Residual`; see `tests/fixtures/pytorch/make.py`."""

from collections import OrderedDict

from torch import nn


class Residual(nn.Sequential):
    """Adds its input to what its stack gives; its parameters are named `INDEX.weight`, as Loom's are."""

    def forward(self, input):
        return input + super().forward(input)


def names(*named):
    """A stack of which some layers are named: an element is a layer or a pair of name and layer."""
    layers = [layer if isinstance(layer, tuple) else (str(i), layer) for i, layer in enumerate(named)]
    return nn.Sequential(OrderedDict(layers))


NETS = {
    "residual": (
        [3],
        4,
        lambda: nn.Sequential(
            nn.Linear(3, 6),
            nn.ReLU(),
            nn.Linear(6, 5),
            Residual(nn.Linear(5, 7), nn.Tanh(), nn.Linear(7, 5)),
            nn.Linear(5, 2),
        ),
    ),
    "residual_image": (
        [2, 5, 4],
        2,
        lambda: nn.Sequential(Residual(Residual(nn.Conv2d(2, 2, 3, padding=1)), nn.GELU()), nn.ReLU()),
    ),
}
