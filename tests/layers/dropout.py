"""What PyTorch has for `Dropout`; see `tests/fixtures/pytorch/make.py`."""

from torch import nn

NETS = {
    "dropout": ([7], 3, lambda: nn.Sequential(nn.Linear(7, 9), nn.Dropout(0.5), nn.Linear(9, 4))),
    "dropout_image": ([2, 3, 3], 2, lambda: nn.Sequential(nn.Dropout(0.25), nn.Conv2d(2, 1, 2), nn.Dropout(0.9))),
}
