"""What PyTorch has for `Embedding`; see `tests/fixtures/pytorch/make.py`."""

import torch
from residual import names
from torch import nn


class Embedding(nn.Embedding):
    """Takes tokens as floats, as Loom does."""

    def forward(self, input):
        return super().forward(input.long())


NETS = {
    "embedding": ([9], 2, lambda: nn.Sequential(Embedding(5, 3))),
    "embedding_steps": ([6], 3, lambda: names(("tokens", Embedding(65, 4)), nn.Linear(4, 2), nn.Tanh())),
}

VOCABULARIES = {"embedding": 5, "embedding_steps": 65}
INPUTS = {
    name: lambda input, tokens=tokens: torch.randint(tokens, input.shape).float()
    for name, tokens in VOCABULARIES.items()
}
