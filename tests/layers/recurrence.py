"""What PyTorch has for `Rnn`, `Lstm` and `Gru`; see `tests/fixtures/pytorch/make.py`."""

from residual import names
from torch import nn


def recurrent(layer):
    """A recurrent layer in a stack: batch first, without its last state."""
    forward = {"forward": lambda self, input: layer.forward(self, input)[0]}
    return lambda *sizes, **options: type(layer.__name__, (layer,), forward)(*sizes, **options, batch_first=True)


RNN, LSTM, GRU = [recurrent(layer) for layer in (nn.RNN, nn.LSTM, nn.GRU)]


NETS = {
    "rnn": ([5, 8], 3, lambda: nn.Sequential(RNN(8, 3), nn.Flatten(), nn.Linear(15, 2))),
    "rnn_relu": ([16, 1], 2, lambda: nn.Sequential(RNN(1, 17, nonlinearity="relu"))),
    "rnn_stacked": ([5, 8], 3, lambda: nn.Sequential(RNN(8, 16), RNN(16, 3, nonlinearity="relu"))),
    "lstm": ([16, 8], 3, lambda: nn.Sequential(LSTM(8, 17), nn.Flatten(), nn.Linear(272, 3))),
    "lstm_one": ([5, 1], 4, lambda: nn.Sequential(LSTM(1, 1))),
    "lstm_step": ([1, 8], 2, lambda: nn.Sequential(LSTM(8, 16))),
    "lstm_stacked": ([5, 1], 2, lambda: names(("body", LSTM(1, 16)), LSTM(16, 3))),
    "gru": ([16, 8], 3, lambda: nn.Sequential(GRU(8, 17), nn.Flatten(), nn.Linear(272, 3))),
    "gru_one": ([5, 1], 4, lambda: nn.Sequential(GRU(1, 1))),
    "gru_step": ([1, 8], 2, lambda: nn.Sequential(GRU(8, 16))),
    "gru_stacked": ([5, 1], 2, lambda: names(("body", GRU(1, 16)), GRU(16, 3))),
}
