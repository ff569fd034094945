"""What PyTorch has for `Dense`; see `tests/fixtures/pytorch/make.py`."""

from torch import nn

NETS = {
    "dense": ([5], 3, lambda: nn.Sequential(nn.Linear(5, 7))),
    "dense_no_bias": ([33], 1, lambda: nn.Sequential(nn.Linear(33, 17, bias=False))),
    "dense_steps": ([6, 4], 2, lambda: nn.Sequential(nn.Linear(4, 3))),
    "dense_rows_of_rows_no_bias": ([2, 3, 5], 3, lambda: nn.Sequential(nn.Linear(5, 2, bias=False))),
}
