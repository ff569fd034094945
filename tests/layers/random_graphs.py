"""What PyTorch has for the networks of `random_graphs.txt`, which it reads; see `tests/fixtures/pytorch/make.py`."""

import re
from functools import partial, reduce
from operator import add, mul
from pathlib import Path

import torch
from sequence import Last, Mean
from torch import nn
from transpose import Transpose

NETWORK = re.compile(r"(random_graph_\d+) \{\s+pub struct Net: \[(.*?)\] \{(.*?)\n {4}\}", re.DOTALL)
TOKEN = re.compile(r"\w+(?:<.*?>)?|->|[{}|;=]", re.DOTALL)

LAYERS = {
    "AvgPool2d": nn.AvgPool2d,
    "BatchNorm2d": nn.BatchNorm2d,
    "Conv1d": nn.Conv1d,
    "Conv2d": nn.Conv2d,
    "Dense": nn.Linear,
    "Dropout": nn.Dropout,
    "Flatten": nn.Flatten,
    "Gelu": nn.GELU,
    "GeluTanh": partial(nn.GELU, approximate="tanh"),
    "GlobalAvgPool": lambda: nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()),
    "GroupNorm": nn.GroupNorm,
    "Last": Last,
    "LeakyRelu": lambda slope: nn.LeakyReLU(slope),
    "MaxPool2d": nn.MaxPool2d,
    "Mean": Mean,
    "Relu": nn.ReLU,
    "Reshape": lambda *shape: nn.Sequential(nn.Flatten(), nn.Unflatten(1, shape)),
    "Sigmoid": nn.Sigmoid,
    "Silu": nn.SiLU,
    "Softmax": partial(nn.Softmax, -1),
    "Tanh": nn.Tanh,
    "Transpose": Transpose,
}
NORMS = {"LayerNorm": nn.LayerNorm, "RmsNorm": nn.RMSNorm}


class Stack(nn.Module):
    """Layers one after the other, which may begin with a value."""

    def __init__(self, start, layers):
        super().__init__()
        self.start = start
        for i, layer in enumerate(layers):
            self.add_module(str(i), layer)

    def forward(self, values, value):
        value = values.get(self.start, value)
        for layer in self.children():
            value = run(layer, values, value)
        return value


class Skip(Stack):
    """A residual without a shortcut of its own."""

    def forward(self, values, value):
        return value + super().forward(values, value)


class Combine(nn.Module):
    """Stacks, and what becomes of their results."""

    def __init__(self, function, stacks):
        super().__init__()
        self.function = function
        for i, stack in enumerate(stacks):
            self.add_module(str(i), stack)

    def forward(self, values, value):
        return self.function([stack(values, value) for stack in self.children()])


def run(layer, values, value):
    return layer(values, value) if isinstance(layer, (Stack, Combine)) else layer(value)


class Graph(nn.Module):
    """A network with named values. Its modules have the names that their parameters have in Loom."""

    def __init__(self, shape, text):
        super().__init__()
        self.tokens, self.stacks = TOKEN.findall(text), []
        # Layers that have the size of their input look at a sample.
        values = {"input": torch.zeros(1, *shape)}
        while self.tokens:
            name = None
            if self.tokens[0] == "let":
                _, name, _, *self.tokens = self.tokens
            stack, value = self.stack(values, values["input"])
            layers = list(stack.children())
            match name, layers:
                case None, _:
                    for i, layer in enumerate(layers):
                        self.add_module(str(i), layer)
                case _, [layer]:
                    self.add_module(name, layer)
                case _:
                    self.add_module(name, stack)
            values[name] = value
            self.stacks.append((name, stack))
            self.tokens = self.tokens[1:]

    def stack(self, values, value):
        """Takes a stack from the text. Returns it and its value."""
        start, layers = None, []
        while self.tokens and (token := self.tokens[0]) not in ("|", "}", ";"):
            self.tokens = self.tokens[1:]
            if token in values:
                start, value = token, values[token]
            elif token != "->":
                layers.append(self.layer(token, values, value).eval())
                value = run(layers[-1], values, value)
        return Stack(start, layers), value

    def layer(self, token, values, value):
        name, _, text = token.removesuffix(">").partition("<")
        numbers, options = [], {}
        for argument in filter(None, text.split(", ")):
            option, is_option, number = argument.rpartition(" = ")
            number = number == "true" if number in ("true", "false") else float(number) if "." in number else int(number)
            if is_option:
                options[option] = number
            else:
                numbers.append(number)
        if self.tokens and self.tokens[0] == "{":
            stacks = []
            while self.tokens[0] != "}":
                self.tokens = self.tokens[1:]
                stacks.append(self.stack(values, value)[0])
            self.tokens = self.tokens[1:]
            return self.combine(name, options, stacks)
        if name in NORMS:
            return NORMS[name](value.shape[-1])
        return LAYERS[name](*numbers, **options)

    @staticmethod
    def combine(name, options, stacks):
        match name, stacks:
            case "Residual", [stack]:
                return Skip(stack.start, stack.children())
            case "Residual" | "Sum", _:
                return Combine(partial(reduce, add), stacks)
            case "Product", _:
                return Combine(partial(reduce, mul), stacks)
            case "Concat", _:
                return Combine(partial(torch.cat, dim=options.get("axis", 0) + 1), stacks)

    def forward(self, input):
        values = {"input": input}
        for name, stack in self.stacks:
            values[name] = stack(values, input)
        return values[None]


def network(shape, text):
    shape = [int(size) for size in shape.split(", ")]
    return shape, 4, lambda: Graph(shape, text)


TEXT = Path(__file__).with_suffix(".txt").read_text()
NETS = {name: network(shape, text) for name, shape, text in NETWORK.findall(TEXT)}
