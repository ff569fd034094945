"""What PyTorch has for `SwiGlu`; see `tests/fixtures/pytorch/make.py`."""

from residual import names
from torch import nn
from torch.nn import functional as F


class SwiGlu(nn.Module):
    """The MLP of Phi-3 in `transformers`."""

    def __init__(self, features, hidden, bias):
        super().__init__()
        self.gate_up_proj = nn.Linear(features, 2 * hidden, bias=bias)
        self.down_proj = nn.Linear(hidden, features, bias=bias)

    def forward(self, input):
        gate, up = self.gate_up_proj(input).chunk(2, dim=-1)
        return self.down_proj(up * F.silu(gate))


NETS = {
    "swi_glu": ([7], 3, lambda: nn.Sequential(SwiGlu(7, 7, bias=False))),
    "swi_glu_steps": ([3, 5], 2, lambda: names(nn.Linear(5, 4), ("mlp", SwiGlu(4, 11, bias=True)))),
}
