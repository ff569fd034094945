"""What PyTorch has for functions and expressions; see `tests/fixtures/pytorch/make.py`."""

import torch
from torch import nn
from torch.nn import functional as F


class Functions(nn.Module):
    """PReLU, squeeze-and-excite with hard-swish, LayerScale, Mish and radial basis functions."""

    def __init__(self):
        super().__init__()
        self.x = nn.Module()
        self.x.add_module("0", nn.Conv2d(3, 4, 3))
        self.x.act = nn.Module()
        self.x.act.slope = nn.Parameter(torch.rand(4, 1, 1))
        self.gate = nn.Module()
        self.gate.add_module("1", nn.Linear(4, 2))
        self.gate.add_module("3", nn.Linear(2, 4))
        self.add_module("3", nn.Linear(168, 5))
        self.scaled = nn.Module()
        self.scaled.scale = nn.Parameter(torch.rand(5))
        self.far = nn.Module()
        self.far.centres = nn.Parameter(torch.randn(6, 5) / 2)
        self.far.width = nn.Parameter(torch.rand(6))

    def forward(self, image):
        x = F.prelu(self.x.get_submodule("0")(image), self.x.act.slope.flatten())
        gate = x.mean((2, 3))
        gate = self.gate.get_submodule("3")(self.gate.get_submodule("1")(gate).relu())
        x = F.hardswish(x * F.hardsigmoid(gate)[:, :, None, None])
        x = F.mish(self.get_submodule("3")(x.flatten(1)) * self.scaled.scale)
        return torch.exp(-self.far.width * (x[:, None] - self.far.centres).square().sum(2))


def every(x):
    a = x.abs() + (-x.square()).exp() - (1.5 + x.square()).log() + x.square().log1p()
    b = x.sigmoid() / (1 + x * x).sqrt() + x.erf() * torch.special.ndtr(x) - (2 + x.relu()).reciprocal()
    parts = torch.where(x < 0.25, a, b), torch.where(x >= a, 0.5 * x, x / 3)
    return sum(parts) + torch.maximum(a, torch.minimum(b, x)) * (1 + a * a).rsqrt()


def named(root, **layers):
    """Adds modules under names with dots, which are written with `_` here."""
    for name, layer in layers.items():
        *folders, last = name.strip("_").split("_")
        at = root
        for folder in folders:
            if not hasattr(at, folder):
                at.add_module(folder, nn.Module())
            at = getattr(at, folder)
        at.add_module(last, layer)


class Siren(nn.Module):
    """Sines of matrix products (Sitzmann et al., arXiv:2006.09661), beside Fourier features."""

    def __init__(self):
        super().__init__()
        named(self, seen_0=nn.Linear(2, 16), sines=nn.Linear(2, 16), _0_0_0=nn.Linear(16, 16), _1=nn.Linear(32, 3))
        hidden = self.get_submodule("0.0.0").weight
        nn.init.uniform_(hidden, -((6 / 16) ** 0.5) / 30, (6 / 16) ** 0.5 / 30)

    def forward(self, x):
        part = self.get_submodule
        seen = torch.sin(30 * part("0.0.0")(torch.sin(30 * part("seen.0")(x))))
        sines, cosines = self.sines(x).split(8, 1)
        return part("1")(torch.cat([seen, torch.sin(6 * sines), torch.cos(6 * cosines)], 1))


class Gcn(nn.Module):
    """Two layers of a graph convolution (Kipf and Welling, arXiv:1609.02907) over a dense adjacency."""

    def __init__(self):
        super().__init__()
        named(self, first=nn.Linear(5, 8), second_1=nn.Linear(8, 3))

    def forward(self, x):
        nodes, adjacency = x[:, :30].unflatten(1, (6, 5)), x[:, 30:].unflatten(1, (6, 6))
        return adjacency @ self.get_submodule("second.1")(torch.relu(adjacency @ self.first(nodes)))


class AttentionByHand(nn.Module):
    """Scaled dot-product attention, written out."""

    def __init__(self):
        super().__init__()
        named(self, q=nn.Linear(6, 12), _1=nn.Linear(4, 5))

    def forward(self, x):
        q, k, v = self.q(x).split(4, 3)
        return self.get_submodule("1")(F.scaled_dot_product_attention(q, k, v))


class Chosen(nn.Module):
    """Values at indices, and one-hot vectors."""

    def __init__(self):
        super().__init__()
        named(self, code_0=nn.Linear(6, 6), _0_1_1=nn.Linear(5, 2), _1=nn.Linear(6, 2))

    def forward(self, x):
        part = self.get_submodule
        rows, at, labels = x[:, :18].unflatten(1, (3, 6)), x[:, 18:30].unflatten(1, (3, 4)).long(), x[:, 30:].long()
        code = part("code.0")(rows).tanh()
        greatest = code.gather(1, code.argmax(1, keepdim=True))
        picked = (code * greatest).gather(2, at)
        hot = part("0.1.1")(F.one_hot(labels, 5).to(x.dtype))
        return part("1")(torch.cat([picked, hot], 2))


def chosen(input):
    """Three rows of values, indices into them, and three labels."""
    return torch.cat([input[:, :18], torch.randint(6, (len(input), 12)), torch.randint(5, (len(input), 3))], 1)


class Variational(nn.Module):
    """A variational autoencoder (Kingma and Welling, arXiv:1312.6114). In eval mode, random numbers are their means."""

    def __init__(self):
        super().__init__()
        named(self, code_0=nn.Linear(6, 5), mean=nn.Linear(5, 3), logvar=nn.Linear(5, 3), _1=nn.Linear(3, 6))

    def forward(self, x):
        code = self.get_submodule("code.0")(x).tanh()
        mean, logvar = self.mean(code), self.logvar(code)
        z = mean + (0.5 * logvar).exp() * (torch.randn_like(mean) if self.training else 0)
        first, second = (torch.rand_like(z) if self.training else 0.5 for _ in range(2))
        return self.get_submodule("1")(z * (0.5 + first) - second * logvar)


class Gated(nn.Module):
    """Two blocks of WaveNet (van den Oord et al., arXiv:1609.03499), whose skips are added."""

    def __init__(self):
        super().__init__()
        named(self, first=nn.Conv1d(3, 8, 2), _2=nn.Conv1d(4, 2, 1))
        for block, dilation in [("near", 1), ("far_1", 2)]:
            layers = {"filter": nn.Conv1d(4, 4, 2, dilation=dilation), "gate": nn.Conv1d(4, 4, 2, dilation=dilation)}
            layers |= {"y_1": nn.Conv1d(4, 4, 1), "0_1_skip": nn.Conv1d(4, 4, 1)}
            named(self, **{f"{block}_{name}": layer for name, layer in layers.items()})

    def block(self, name, x):
        part = lambda layer: self.get_submodule(f"{name}.{layer}")
        y = part("y.1")(part("filter")(x).tanh() * part("gate")(x).sigmoid())
        return y, part("0.1.skip")(y)

    def forward(self, signal):
        near, skip = self.block("near", self.first(signal)[:, :4])
        _, far = self.block("far.1", near)
        return self.get_submodule("2")((skip[:, :, 2:] + far).relu())


class Expressions(nn.Module):
    """Every function of numbers, and every reduction."""

    def __init__(self):
        super().__init__()
        self.x = nn.Module()
        self.x.add_module("0", nn.Linear(17, 6))
        self.add_module("2", nn.Linear(5, 3))

    def forward(self, rows):
        x = every(self.x.get_submodule("0")(rows))
        soft = x.softmax(2) - x.logsumexp(1, keepdim=True)
        some = x.norm(dim=2, keepdim=True) * x.max(1, keepdim=True).values + x.min(2, keepdim=True).values
        mean, first = x.mean((1, 2), keepdim=True), x.argmax(1, keepdim=True)
        y = soft / (1.5 + some.abs()) + x.detach() * mean + 0.1 * first
        return self.get_submodule("2")(y.transpose(1, 2))


NETS = {
    "functions": ([3, 9, 8], 3, Functions),
    "expressions": ([5, 17], 4, Expressions),
    "siren": ([2], 5, Siren),
    "gcn": ([66], 3, Gcn),
    "attention_by_hand": ([2, 7, 6], 3, AttentionByHand),
    "gated": ([3, 20], 3, Gated),
    "chosen": ([33], 4, Chosen),
    "variational": ([6], 3, Variational),
}

INPUTS = {"chosen": chosen}
