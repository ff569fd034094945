"""What PyTorch has for `MultiHeadAttention`; see `tests/fixtures/pytorch/make.py`."""

import torch
from positions import positions
from torch import nn
from torch.nn import functional as F


class Attention(nn.MultiheadAttention):
    """Self-attention, batch first; `causal` masks what comes later."""

    def __init__(self, features, heads, causal=False, bias=True):
        super().__init__(features, heads, bias=bias, batch_first=True)
        self.causal = causal
        # PyTorch begins with zeros, which would hide a bias that is left out.
        for name, parameter in self.named_parameters():
            if name.endswith("bias"):
                nn.init.normal_(parameter)

    def mask(self, input):
        steps = input.shape[1]
        return torch.ones(steps, steps, dtype=torch.bool).triu(1) if self.causal else None

    def forward(self, input):
        return super().forward(input, input, input, attn_mask=self.mask(input), need_weights=False)[0]


class RotaryAttention(Attention):
    """The same with queries and keys rotated in interleaved pairs (RoFormer)."""

    def forward(self, input):
        batch, steps, features = input.shape
        projected = F.linear(input, self.in_proj_weight, self.in_proj_bias)
        q, k, v = (
            part.view(batch, steps, self.num_heads, self.head_dim).transpose(1, 2) for part in projected.chunk(3, dim=-1)
        )
        table = positions(steps, self.head_dim).to(input.dtype)
        sin, cos = table[:, 0::2], table[:, 1::2]

        def rotate(x):
            a, b = x[..., 0::2], x[..., 1::2]
            return torch.stack([a * cos - b * sin, a * sin + b * cos], dim=-1).flatten(-2)

        scores = rotate(q) @ rotate(k).transpose(-1, -2) / self.head_dim**0.5
        if self.causal:
            scores = scores.masked_fill(self.mask(input), float("-inf"))
        mixed = (scores.softmax(-1) @ v).transpose(1, 2).reshape(batch, steps, features)
        return self.out_proj(mixed)


NETS = {
    "attention": ([5, 6], 3, lambda: nn.Sequential(Attention(6, 2))),
    "attention_one_head": ([17, 4], 2, lambda: nn.Sequential(Attention(4, 1))),
    "attention_no_bias": ([3, 12], 2, lambda: nn.Sequential(Attention(12, 4, bias=False))),
    "attention_causal": ([8, 9], 2, lambda: nn.Sequential(Attention(9, 3, causal=True))),
    "attention_causal_wide": ([17, 64], 2, lambda: nn.Sequential(Attention(64, 2, causal=True, bias=False))),
    "attention_rotary": ([5, 12], 2, lambda: nn.Sequential(RotaryAttention(12, 3))),
    "attention_rotary_causal": ([17, 8], 2, lambda: nn.Sequential(RotaryAttention(8, 1, causal=True))),
}
