"""What PyTorch has for networks with named values; see `tests/fixtures/pytorch/make.py`."""

import torch
from concat import Concat
from embedding import Embedding
from residual import Residual, names
from sum import Sum
from torch import nn
from torch.nn import functional as F


def conv(*arguments, **options):
    return nn.Sequential(nn.Conv2d(*arguments, **options), nn.ReLU())


class Numbered(nn.Module):
    """A module whose last layers are named by their numbers, as those of a stack are."""

    def numbered(self, *layers):
        for i, layer in enumerate(layers):
            self.add_module(str(i), layer)

    def stack(self, value):
        for name, layer in self.named_children():
            if name.isdigit():
                value = layer(value)
        return value


class Gate(nn.Module):
    def __init__(self):
        super().__init__()
        self.value = nn.Sequential(nn.Linear(5, 5), nn.Tanh())

    def forward(self, input):
        return input.relu() * self.value(input)


def branch(inputs, outputs, stride):
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(),
        nn.Conv2d(outputs, outputs, 3, padding=1, bias=False),
        nn.BatchNorm2d(outputs),
    )


def basic(channels):
    return nn.Sequential(Residual(branch(channels, channels, 1)), nn.ReLU())


def down(inputs, outputs, stride):
    shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride=stride, bias=False), nn.BatchNorm2d(outputs))
    return nn.Sequential(Sum([nn.Sequential(branch(inputs, outputs, stride)), shortcut]), nn.ReLU())


class UNet(Numbered):
    def __init__(self):
        super().__init__()
        self.fine = nn.Sequential(nn.Conv2d(2, 3, 3, padding=1), nn.BatchNorm2d(3), nn.ReLU())
        self.coarse = nn.Sequential(nn.MaxPool2d(2), *conv(3, 4, 3, padding=1))
        self.deep = nn.Sequential(nn.MaxPool2d(2), *conv(4, 6, 3, padding=1))
        self.up = nn.Sequential(nn.Identity(), *conv(10, 4, 3, padding=1))
        self.numbered(nn.Identity(), *conv(7, 3, 3, padding=1), nn.Conv2d(3, 1, 1))

    def forward(self, image):
        fine = self.fine(image)
        coarse = self.coarse(fine)
        deep = F.interpolate(self.deep(coarse), scale_factor=2)
        up = F.interpolate(self.up(torch.cat([coarse, deep], 1)), scale_factor=2)
        return self.stack(torch.cat([fine, up], 1))


class TextCnn(Numbered):
    def __init__(self):
        super().__init__()
        self.words = nn.Sequential(Embedding(11, 6))
        self.pairs = nn.Sequential(nn.Conv1d(6, 4, 2))
        self.triples = nn.Sequential(nn.Conv1d(6, 4, 3))
        self.numbered(nn.Identity(), nn.Dropout(0.5), nn.Linear(8, 3))

    def forward(self, tokens):
        words = self.words(tokens).transpose(1, 2)
        found = [conv(words).relu().amax(2) for conv in (self.pairs, self.triples)]
        return self.stack(torch.cat(found, 1))


class Nerf(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 8), nn.ReLU())
        self.second = nn.Sequential(nn.Identity(), nn.Linear(13, 8), nn.ReLU())
        self.density = nn.Linear(8, 1)
        self.color = nn.Sequential(nn.Linear(8, 3), nn.Sigmoid())

    def forward(self, input):
        second = self.second(torch.cat([self.hidden(input), input], 1))
        return torch.cat([self.density(second), self.color(second)], 1)


class Arms(nn.ModuleList):
    """The stacks of a combinator, which its user calls."""


class NBeats(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Sequential(nn.Linear(6, 8), nn.ReLU())
        self.rest = Arms([nn.Identity(), nn.Sequential(nn.Linear(8, 6))])
        self.second = nn.Sequential(nn.Linear(6, 8), nn.ReLU())
        self.add_module("0", Arms([nn.Sequential(nn.Linear(8, 3)), nn.Sequential(nn.Linear(8, 3))]))

    def forward(self, input):
        first = self.first(input)
        second = self.second(input + self.rest[1](first))
        by_first, by_second = self.get_submodule("0")
        return by_first(first) + by_second(second)


def dense(inputs, outputs):
    return Concat(
        [
            nn.Identity(),
            nn.Sequential(nn.BatchNorm2d(inputs), nn.ReLU(), nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)),
        ]
    )


NETS = {
    "gates": (
        [3],
        4,
        lambda: names(nn.Linear(3, 5), Gate(), ("body", nn.Sequential(Gate(), Gate())), ("3", nn.Linear(5, 2))),
    ),
    "res_net": (
        [2, 9, 7],
        2,
        lambda: nn.Sequential(
            nn.Conv2d(2, 3, 3, padding=1, bias=False),
            nn.BatchNorm2d(3),
            nn.ReLU(),
            basic(3),
            basic(3),
            down(3, 5, 2),
            basic(5),
            nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()),
            nn.Linear(5, 4),
        ),
    ),
    "unet": ([2, 8, 8], 2, UNet),
    "inception": (
        [3, 5, 4],
        2,
        lambda: nn.Sequential(
            Concat(
                [
                    conv(3, 2, 1),
                    nn.Sequential(*conv(3, 2, 1), *conv(2, 3, 3, padding=1)),
                    nn.Sequential(*conv(3, 1, 1), *conv(1, 2, 5, padding=2)),
                    nn.Sequential(nn.MaxPool2d(3, stride=1, padding=1), *conv(3, 2, 1)),
                ]
            ),
            nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()),
            nn.Linear(9, 4),
        ),
    ),
    "dense_net": (
        [2, 5, 4],
        3,
        lambda: nn.Sequential(
            dense(2, 3),
            dense(5, 3),
            nn.BatchNorm2d(8),
            nn.ReLU(),
            nn.Conv2d(8, 4, 1, bias=False),
            nn.AvgPool2d(2),
        ),
    ),
    "text_cnn": ([9], 3, TextCnn),
    "nerf": ([5], 4, Nerf),
    "n_beats": ([6], 4, NBeats),
}

INPUTS = {"text_cnn": lambda input: torch.randint(11, input.shape).float()}
