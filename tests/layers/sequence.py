"""What PyTorch has for `Last` and `Mean`; see `tests/fixtures/pytorch/make.py`."""

from torch import nn


class Last(nn.Module):
    """The last of the steps of [batch, steps, features]."""

    def forward(self, input):
        return input[:, -1]


class Mean(nn.Module):
    """The mean over the steps of [batch, steps, features]."""

    def forward(self, input):
        return input.mean(dim=-2)


NETS = {
    "last": ([5, 3], 2, lambda: nn.Sequential(Last())),
    "mean": ([5, 3], 2, lambda: nn.Sequential(Mean())),
}
