"""What PyTorch has for `LayerNorm` and `RmsNorm`; see `tests/fixtures/pytorch/make.py`."""

from torch import nn

NETS = {
    "layer_norm": ([5], 4, lambda: nn.Sequential(nn.LayerNorm(5))),
    "layer_norm_rows": ([3, 17], 2, lambda: nn.Sequential(nn.LayerNorm(17, eps=1e-3, bias=False))),
    "layer_norm_dense": ([64], 3, lambda: nn.Sequential(nn.Linear(64, 9), nn.LayerNorm(9), nn.GELU())),
    "rms_norm": ([5], 4, lambda: nn.Sequential(nn.RMSNorm(5))),
    "rms_norm_rows": ([3, 17], 2, lambda: nn.Sequential(nn.RMSNorm(17, eps=1e-3))),
}
