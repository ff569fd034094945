"""Architectures that people train, in PyTorch; see `tests/pytorch/architectures.rs`, which has the same in Loom.

`make.py` runs this, and so does `python tests/pytorch/architectures.py`, which writes nothing else. Three steps of Adam are taken
in training mode on one batch. So that no file holds the weights, each tensor's values follow from its name (`values`).

`golden/NAME_steps.safetensors` has them in binary64: in binary32, rounding would make a `Relu` turn on where it should not, which
changes gradients by more than the tolerance. A *digest* of a tensor is its greatest magnitude, its norm, its product with
`values`, and eight of its values (`digest`).

    output, losses       [batch, ..], [3]   before the first step; before each
    d_input              [11]               a digest, before the first step
    d_weights/NAME       [11]               the same for each parameter
    trained_output       [batch, ..]        in eval mode, after the last step
    weights/NAME         [11]               a digest after the last step, also of running means
"""

import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F

ROOT = Path(__file__).parents[1]
GOLDEN = ROOT / "fixtures/pytorch/golden"
sys.path.append(str(ROOT / "layers"))

from concat import Concat  # noqa: E402
from embedding import Embedding  # noqa: E402
from graphs import Arms, Numbered, basic, conv, down  # noqa: E402
from ports import TwoHeads, WideAndDeep  # noqa: E402
from residual import names  # noqa: E402
from shared import Siamese, Tied, body, tower, tower_with_norms  # noqa: E402
from sum import Sum  # noqa: E402


def words(name, numbers):
    """A hash of 16 bits for each number, under a name."""
    seed = 0x811C9DC5
    for byte in name.encode():
        seed = (seed ^ byte) * 0x01000193 % (1 << 32)
    x = numbers.astype(np.uint32) * np.uint32(0x9E3779B9) + np.uint32(seed)
    x = (x ^ (x >> 16)) * np.uint32(0x7FEB352D)
    x = (x ^ (x >> 15)) * np.uint32(0x846CA68B)
    return torch.from_numpy((x >> 16).astype(np.int64))


def values(name, len):
    """So many values from -1 to 1 that follow from a name, exact in binary32."""
    return (words(name, np.arange(len)) - (1 << 15)).double() / (1 << 15)


def start(name, shape):
    """A tensor of a network before the first step."""
    random = values(name, shape.numel()).reshape(shape)
    if len(shape) > 1:
        # As wide as PyTorch's, but a power of two.
        return random * 2.0 ** (1 - (shape[1:].numel().bit_length() + 1) // 2)
    # As after some training: they begin with zeros and ones.
    return 1 + random / 2 if name.endswith(("weight", "running_var")) else random / 4


def digest(name, tensor):
    flat = tensor.detach().double().flatten()
    at = words(f"{name}/at", np.arange(8)) % len(flat)
    whole = [flat.abs().max(), flat.norm(), flat @ values(f"{name}/with", len(flat))]
    return torch.cat([torch.stack(whole), flat[at]])


class Uniform:
    def __init__(self, *shape, name="input"):
        self.shape, self.name = shape, name

    def batch(self, count):
        return values(self.name, count * np.prod(self.shape)).reshape(count, *self.shape).float()


class Tokens:
    def __init__(self, vocabulary, *shape):
        self.vocabulary, self.shape = vocabulary, shape

    def batch(self, count):
        return (words("input", np.arange(count * np.prod(self.shape))) % self.vocabulary).reshape(count, *self.shape).float()


def classes(output):
    """The target of a sample is a class."""
    return F.cross_entropy(output, words("target", np.arange(len(output))) % output.shape[1])


def mse(output):
    """The target is shaped like the output."""
    return F.mse_loss(output, values("target", output.numel()).reshape(output.shape).to(output.dtype))


def class_and_boxes(output):
    """The targets are a class, and four values whose error counts half."""
    class_loss = F.cross_entropy(output[:, :4], words("target", np.arange(len(output))) % 4)
    return class_loss + mse(output[:, 4:]) / 2


def res_net(width, outputs):
    return nn.Sequential(
        nn.Sequential(
            nn.Conv2d(3, width, 3, padding=1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            basic(width),
            basic(width),
            down(width, 2 * width, 2),
            basic(2 * width),
            down(2 * width, 4 * width, 2),
            basic(4 * width),
            down(4 * width, 8 * width, 2),
            basic(8 * width),
            nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()),
            nn.Linear(8 * width, outputs),
        )
    )


def fire(inputs, squeezed, expanded):
    """Squeeze and expand."""
    wide = [conv(squeezed, expanded, 1), conv(squeezed, expanded, 3, padding=1)]
    return nn.Sequential(*conv(inputs, squeezed, 1), Concat(wide))


def dense_layers(count, inputs, growth):
    def layer(inputs):
        return nn.Sequential(
            nn.BatchNorm2d(inputs),
            nn.ReLU(),
            nn.Conv2d(inputs, 4 * growth, 1, bias=False),
            nn.BatchNorm2d(4 * growth),
            nn.ReLU(),
            nn.Conv2d(4 * growth, growth, 3, padding=1, bias=False),
        )

    return nn.Sequential(*[nn.Sequential(Concat([nn.Identity(), layer(inputs + i * growth)])) for i in range(count)])


def transition(inputs, outputs):
    return nn.Sequential(nn.BatchNorm2d(inputs), nn.ReLU(), nn.Conv2d(inputs, outputs, 1, bias=False), nn.AvgPool2d(2))


def inception(inputs, one, three, five, pooled):
    return nn.Sequential(
        Concat(
            [
                conv(inputs, one, 1),
                nn.Sequential(*conv(inputs, three[0], 1), *conv(*three, 3, padding=1)),
                nn.Sequential(*conv(inputs, five[0], 1), *conv(*five, 5, padding=2)),
                nn.Sequential(nn.MaxPool2d(3, stride=1, padding=1), *conv(inputs, pooled, 1)),
            ]
        )
    )


def double(inputs, outputs):
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, padding=1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(),
        nn.Conv2d(outputs, outputs, 3, padding=1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(),
    )


class UNet(Numbered):
    def __init__(self):
        super().__init__()
        self.fine = double(3, 8)
        self.middle = nn.Sequential(nn.MaxPool2d(2), double(8, 16))
        self.coarse = nn.Sequential(nn.MaxPool2d(2), double(16, 32))
        self.up = nn.Sequential(nn.Identity(), double(48, 16))
        self.numbered(nn.Identity(), double(24, 8), nn.Conv2d(8, 2, 1))

    def forward(self, image):
        fine = self.fine(image)
        middle = self.middle(fine)
        up = self.up(torch.cat([middle, F.interpolate(self.coarse(middle), scale_factor=2)], 1))
        return self.stack(torch.cat([fine, F.interpolate(up, scale_factor=2)], 1))


class TextCnn(Numbered):
    def __init__(self):
        super().__init__()
        self.words = nn.Sequential(Embedding(200, 32))
        self.numbered(Arms(nn.Sequential(nn.Sequential(nn.Conv1d(32, 16, width))) for width in (3, 4, 5)), nn.Linear(48, 4))

    def forward(self, tokens):
        words = self.words(tokens).transpose(1, 2)
        convolutions, linear = self.get_submodule("0"), self.get_submodule("1")
        return linear(torch.cat([convolution(words).relu().amax(2) for convolution in convolutions], 1))


class NBeats(nn.Module):
    def __init__(self):
        super().__init__()
        for i in range(1, 4):
            wide = [nn.Sequential(nn.Linear(32, 32), nn.ReLU()) for _ in range(3)]
            self.add_module(f"block{i}", nn.Sequential(nn.Linear(20, 32), nn.ReLU(), *wide))
            if i < 3:
                self.add_module(f"rest{i}", Arms([nn.Identity(), nn.Sequential(nn.Linear(32, 20))]))
        self.add_module("0", Arms(nn.Sequential(nn.Linear(32, 5)) for _ in range(3)))

    def forward(self, rest):
        forecast = 0
        for i, linear in enumerate(self.get_submodule("0"), 1):
            hidden = self.get_submodule(f"block{i}")(rest)
            forecast = forecast + linear(hidden)
            if i < 3:
                rest = rest + self.get_submodule(f"rest{i}")[1](hidden)
        return forecast


class Nerf(nn.Module):
    def __init__(self):
        super().__init__()

        def layers(first, count):
            widths = [first] + [256] * count
            return [layer for i in range(count) for layer in (nn.Linear(widths[i], 256), nn.ReLU())]

        self.hidden = nn.Sequential(*layers(63, 5))
        self.features = nn.Sequential(nn.Identity(), *layers(319, 3))
        self.density = nn.Sequential(nn.Linear(256, 1), nn.ReLU())
        seen = Arms([nn.Sequential(nn.Linear(256, 256)), nn.Identity()])
        self.color = nn.Sequential(seen, nn.Linear(283, 128), nn.ReLU(), nn.Linear(128, 3), nn.Sigmoid())

    def forward(self, input):
        position, direction = input.split([63, 27], 1)
        features = self.features(torch.cat([self.hidden(position), position], 1))
        seen = torch.cat([self.color[0][0](features), direction], 1)
        return torch.cat([self.color[1:](seen), self.density(features)], 1)


# name: (inputs, batch, loss, model)
ARCHITECTURES = {
    "res_net_18_at_32": (Uniform(3, 32, 32, name="input4"), 2, classes, lambda: res_net(32, 10)),
    "res_net_18_at_64": (Uniform(3, 64, 64, name="input9"), 2, classes, lambda: res_net(32, 10)),
    "squeeze_net": (
        Uniform(3, 32, 32),
        3,
        classes,
        lambda: nn.Sequential(
            *conv(3, 96, 7, stride=2, padding=3),
            nn.MaxPool2d(3, stride=2, padding=1),
            fire(96, 16, 64),
            fire(128, 16, 64),
            *conv(128, 10, 1),
            nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()),
        ),
    ),
    "dense_net_bc": (
        Uniform(3, 16, 16),
        3,
        classes,
        lambda: nn.Sequential(
            nn.Conv2d(3, 16, 3, padding=1, bias=False),
            dense_layers(3, 16, 8),
            transition(40, 20),
            dense_layers(3, 20, 8),
            transition(44, 22),
            dense_layers(3, 22, 8),
            nn.BatchNorm2d(46),
            nn.ReLU(),
            nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()),
            nn.Linear(46, 10),
        ),
    ),
    "inception_v1": (
        Uniform(192, 7, 7),
        3,
        classes,
        lambda: nn.Sequential(
            inception(192, 64, (96, 128), (16, 32), 32),
            nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()),
            nn.Linear(256, 10),
        ),
    ),
    "u_net": (Uniform(3, 16, 16), 3, mse, UNet),
    "text_cnn": (Tokens(200, 20), 3, classes, TextCnn),
    "n_beats": (Uniform(20), 3, mse, NBeats),
    "nerf": (Uniform(90), 3, mse, Nerf),
    "wide_and_deep": (Uniform(12), 3, mse, WideAndDeep),
    "two_heads": (Uniform(75), 3, class_and_boxes, TwoHeads),
    "siamese": (Uniform(2, 1, 9, 8), 3, mse, lambda: Siamese(tower())),
    "siamese_norms": (Uniform(2, 1, 9, 8), 3, mse, lambda: Siamese(tower_with_norms())),
    "tied_transformer": (
        Tokens(11, 7),
        3,
        mse,
        lambda: Tied(
            "tokens",
            names(("tokens", Embedding(11, 6)), ("body", nn.Sequential(body(), body())), nn.LayerNorm(6)),
        ),
    ),
}


def steps(inputs, batch, loss, model):
    """Three steps of Adam."""
    net = model().double().train()
    state = {name: start(name, value.shape) for name, value in net.state_dict().items() if value.is_floating_point()}
    net.load_state_dict(state, strict=False)
    x = inputs.batch(batch).double().requires_grad_()
    adam = torch.optim.Adam(net.parameters(), lr=1e-4, eps=1e-4)
    losses, tensors = [], {}
    for step in range(3):
        adam.zero_grad()
        output = net(x)
        losses.append(loss(output))
        losses[step].backward()
        if step == 0:
            # Tokens have no gradient; in Loom it is 0.
            d_input = torch.zeros_like(x) if x.grad is None else x.grad
            tensors |= {"output": output, "d_input": digest("input", d_input)}
            tensors |= {f"d_weights/{name}": digest(name, value.grad) for name, value in net.named_parameters()}
        adam.step()
    tensors |= {"losses": torch.stack(losses), "trained_output": net.eval()(x)}
    return tensors | {f"weights/{name}": digest(name, net.state_dict()[name]) for name in state}


def main():
    torch.set_num_threads(1)
    for name, architecture in ARCHITECTURES.items():
        tensors = {key: tensor.detach().clone().contiguous() for key, tensor in steps(*architecture).items()}
        save_file(tensors, GOLDEN / f"{name}_steps.safetensors")


if __name__ == "__main__":
    main()
