"""What PyTorch has for `SinusoidalPositions` and `LearnedPositions`; see `tests/fixtures/pytorch/make.py`."""

import torch
from residual import names
from torch import nn


def positions(steps, features):
    """The table of sinusoidal positions: sin(t / 10000^(2i / features)) at 2i, the cosine at 2i + 1."""
    columns = torch.arange(features, dtype=torch.float64)
    angles = torch.arange(steps, dtype=torch.float64)[:, None] * 10000.0 ** (-(columns - columns % 2) / features)
    return torch.where(columns % 2 == 0, angles.sin(), angles.cos())


class SinusoidalPositions(nn.Module):
    def forward(self, input):
        return input + positions(*input.shape[-2:]).to(input.dtype)


class LearnedPositions(nn.Embedding):
    def forward(self, input):
        return input + super().forward(torch.arange(input.shape[-2]))


NETS = {
    "sinusoidal_positions": ([17, 6], 2, lambda: nn.Sequential(SinusoidalPositions())),
    "sinusoidal_positions_odd": (
        [5, 7],
        2,
        lambda: nn.Sequential(nn.Linear(7, 7), SinusoidalPositions(), nn.Linear(7, 2)),
    ),
    "learned_positions": ([5, 7], 3, lambda: nn.Sequential(LearnedPositions(5, 7))),
    "learned_positions_dense": (
        [3, 4],
        2,
        lambda: names(nn.Linear(4, 6), ("positions", LearnedPositions(3, 6)), nn.Linear(6, 2)),
    ),
}
