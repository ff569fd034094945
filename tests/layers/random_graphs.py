"""What PyTorch has for the networks of `random_graphs.txt`, which it reads; see `tests/fixtures/pytorch/make.py`."""

import re
from functools import partial, reduce
from math import prod
from operator import add, mul
from pathlib import Path

import torch
from sequence import Last, Mean
from torch import nn
from torch.nn import functional as F
from transpose import Transpose

NETWORK = re.compile(r"^(random_graph_\d+) \{\n(.*?)^\}", re.DOTALL | re.MULTILINE)
STRUCT = re.compile(r"pub struct (\w+)(?:: (\[.*?\])|\((.*?)\))(?: -> \((.*?)\))? \{(.*?)\n {4}\}", re.DOTALL)
INPUT = re.compile(r"(\w+): \[(.*?)\]")
TOKEN = re.compile(r"\w+(?:<.*?>)?|->|[{}|;=:]", re.DOTALL)

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
    """Layers one after the other, which may begin with a value. The parameters of one that has been before are where it was first."""

    def __init__(self, start, layers):
        super().__init__()
        self.start = start
        self.layers = [layer for _, layer in layers]
        for name, layer in layers:
            if name is not None:
                self.add_module(name, layer)

    def forward(self, values, value):
        value = values.get(self.start, value)
        for layer in self.layers:
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


class Tied(nn.Module):
    """A layer with the weight of another, and a bias of its own or none."""

    def __init__(self, other, outputs, bias):
        super().__init__()
        self.other = [other]
        self.register_parameter("bias", nn.Parameter(nn.init.uniform_(torch.empty(outputs), -0.5, 0.5)) if bias else None)

    def forward(self, value):
        return F.linear(value, self.other[0].weight, self.bias)


def run(layer, values, value):
    return layer(values, value) if isinstance(layer, (Stack, Combine)) else layer(value)


class Graph(nn.Module):
    """A network with named values. Its modules have the names that their parameters have in Loom."""

    def __init__(self, structs, name):
        super().__init__()
        _, shape, inputs, outputs, text = next(struct for struct in structs if struct[0] == name)
        self.structs, self.named, self.tokens, self.stacks = structs, {}, TOKEN.findall(text), []
        self.outputs = outputs.split(", ") if outputs else [None]
        inputs = INPUT.findall(inputs or f"input: {shape}")
        self.shapes = {name: [int(size) for size in shape.split(", ")] for name, shape in inputs}
        # Layers that have the size of their input look at a sample.
        values = {name: torch.zeros(1, *shape) for name, shape in self.shapes.items()}
        first = next(iter(values.values()))
        while self.tokens:
            name = None
            if self.tokens[0] == "let":
                _, name, _, *self.tokens = self.tokens
            start, layers, value = self.stack(values, first)
            match name, layers:
                case None, _:
                    stack = Stack(start, layers)
                    for own, layer in layers:
                        if own is not None:
                            self.add_module(own, layer)
                case _, [("0", layer)]:
                    stack = Stack(start, [(None, layer)])
                    self.add_module(name, layer)
                case _:
                    stack = Stack(start, layers)
                    self.add_module(name, stack)
            values[name] = value
            self.stacks.append((name, stack))
            self.tokens = self.tokens[1:]

    def stack(self, values, value):
        """Takes a stack from the text: the value that it begins with, its layers with their names, and what it gives."""
        start, layers = None, []
        while self.tokens and (token := self.tokens[0]) not in ("|", "}", ";"):
            self.tokens = self.tokens[1:]
            if token in values:
                start, value = token, values[token]
            elif token in self.named:
                layers.append((None, self.named[token]))
            elif token != "->":
                name = str(len(layers))
                if self.tokens and self.tokens[0] == ":":
                    name, (_, token, *self.tokens) = token, self.tokens
                layer = self.layer(token, values, value).eval()
                if not name.isdigit():
                    self.named[name] = layer
                layers.append((name, layer))
            if token != "->" and token not in values:
                value = run(layers[-1][1], values, value)
        return start, layers, value

    def layer(self, token, values, value):
        name, _, text = token.removesuffix(">").partition("<")
        numbers, options = [], {}
        for argument in filter(None, text.split(", ")):
            option, is_option, number = argument.rpartition(" = ")
            if number in ("true", "false"):
                number = number == "true"
            elif option != "tied":
                number = float(number) if "." in number else int(number)
            if is_option:
                options[option] = number
            else:
                numbers.append(number)
        if self.tokens and self.tokens[0] == "{":
            stacks = []
            while self.tokens[0] != "}":
                self.tokens = self.tokens[1:]
                stacks.append(self.stack(values, value)[:2])
            self.tokens = self.tokens[1:]
            return self.combine(name, options, stacks)
        if "tied" in options:
            return Tied(self.named[options["tied"]], numbers[1], options.get("bias", True))
        if name in NORMS:
            return NORMS[name](value.shape[-1])
        if name in LAYERS:
            return LAYERS[name](*numbers, **options)
        return Graph(self.structs, name)

    @staticmethod
    def combine(name, options, stacks):
        if name == "Residual" and len(stacks) == 1:
            return Skip(*stacks[0])
        stacks = [Stack(*stack) for stack in stacks]
        match name:
            case "Residual" | "Sum":
                return Combine(partial(reduce, add), stacks)
            case "Product":
                return Combine(partial(reduce, mul), stacks)
            case "Concat":
                return Combine(partial(torch.cat, dim=options.get("axis", 0) + 1), stacks)

    def forward(self, sample):
        if len(self.shapes) == 1:
            parts = [sample]
        else:
            parts = sample.split([prod(shape) for shape in self.shapes.values()], 1)
        values = {name: part.reshape(-1, *shape) for part, (name, shape) in zip(parts, self.shapes.items())}
        first = next(iter(values.values()))
        for name, stack in self.stacks:
            values[name] = stack(values, first)
        outputs = [values[name] for name in self.outputs]
        return outputs[0] if len(outputs) == 1 else torch.cat([output.flatten(1) for output in outputs], 1)


def network(text):
    structs = STRUCT.findall(text)
    shapes = list(Graph(structs, "Net").shapes.values())
    shape = shapes[0] if len(shapes) == 1 else [sum(map(prod, shapes))]
    return shape, 4, lambda: Graph(structs, "Net")


TEXT = Path(__file__).with_suffix(".txt").read_text()
NETS = {name: network(text) for name, text in NETWORK.findall(TEXT)}
