"""What PyTorch has for networks with several inputs or outputs; see `tests/fixtures/pytorch/make.py`.

A sample has the values of all inputs one after the other, and so has the result those of all outputs.
"""

import torch
from torch import nn


class Arms(nn.ModuleList):
    """The stacks of a combinator, which its user calls."""


class WideAndDeep(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 4), nn.ReLU())
        self.add_module("0", Arms([nn.Sequential(nn.Linear(7, 3)), nn.Sequential(nn.Linear(4, 3))]))

    def forward(self, sample):
        wide, deep = sample.split([7, 5], 1)
        by_wide, by_features = self.get_submodule("0")
        return by_wide(wide) + by_features(self.features(deep))


class TwoHeads(nn.Module):
    def __init__(self):
        super().__init__()
        self.seen = nn.Sequential(nn.Conv2d(2, 3, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten())
        self.all = nn.Sequential(nn.Identity(), nn.Linear(30, 8), nn.ReLU())
        self.add_module("class", nn.Linear(8, 4))
        self.boxes = nn.Sequential(nn.Linear(8, 4), nn.Sigmoid())

    def forward(self, sample):
        image, size = sample.split([72, 3], 1)
        seen = self.all(torch.cat([self.seen(image.reshape(-1, 2, 6, 6)), size], 1))
        return torch.cat([self.get_submodule("class")(seen), self.boxes(seen)], 1)


class ActorCritic(nn.Module):
    def __init__(self):
        super().__init__()
        self.seen = nn.Sequential(nn.Linear(4, 8), nn.Tanh())
        self.policy = nn.Linear(8, 3)
        self.value = nn.Linear(8, 1)

    def forward(self, sample):
        seen = self.seen(sample)
        return torch.cat([self.policy(seen), self.value(seen)], 1)


NETS = {
    "wide_and_deep": ([12], 3, WideAndDeep),
    "two_heads": ([75], 3, TwoHeads),
    "actor_critic": ([4], 3, ActorCritic),
}
