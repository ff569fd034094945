"""What PyTorch has for `Transpose`; see `tests/fixtures/pytorch/make.py`."""

from torch import nn


class Transpose(nn.Module):
    """Exchanges the last two dimensions."""

    def forward(self, input):
        return input.transpose(-2, -1)


NETS = {
    "transpose": ([5, 3], 2, lambda: nn.Sequential(Transpose())),
}
