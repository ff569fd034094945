"""PyTorch's side of `cargo bench --bench cpu`: measures what it is asked for, line by line.

A line "NETWORK KIND THREADS SECONDS" on the standard input, with KIND one of step, batch and sample, is answered by the
median time of one call in microseconds. The networks are those of benches/cpu/main.rs. With a network as its argument it
trains that one for a few steps instead, and prints the peak memory of the process in kB.
"""

import resource
import statistics
import sys
import time

import torch
from torch import nn

torch.manual_seed(42)


class Last(nn.Module):
    """The last step of a recurrent layer's outputs."""

    def __init__(self, recurrent):
        super().__init__()
        self.recurrent = recurrent

    def forward(self, x):
        return self.recurrent(x)[0][:, -1]


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.attention = nn.MultiheadAttention(width, heads, batch_first=True)

    def forward(self, x):
        return self.attention(x, x, x, need_weights=False)[0]


class SwiGlu(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.gate_up = nn.Linear(width, 2 * width, bias=False)
        self.down = nn.Linear(width, width, bias=False)

    def forward(self, x):
        gate, up = self.gate_up(x).chunk(2, dim=-1)
        return self.down(nn.functional.silu(gate) * up)


class Unflatten(nn.Module):
    def __init__(self, *shape):
        super().__init__()
        self.shape = shape

    def forward(self, x):
        return x.reshape(-1, *self.shape)


# Each network with the shape of a sample, the samples of a batch, and its loss: classes, or mean squared error.
NETWORKS = {
    "xor": (lambda: nn.Sequential(
        nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, 1)), (2,), 4, None),
    "mnist": (lambda: nn.Sequential(
        nn.Flatten(), nn.Linear(784, 784), Unflatten(1, 28, 28),
        nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Conv2d(8, 16, 3, stride=2), nn.ReLU(),
        nn.Flatten(), nn.Linear(2304, 64), nn.ReLU(), nn.Linear(64, 10)), (1, 28, 28), 64, 10),
    "lenet": (lambda: nn.Sequential(
        nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(9216, 128), nn.ReLU(), nn.Linear(128, 10)), (1, 28, 28), 64, 10),
    "mlp": (lambda: nn.Sequential(
        nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10)), (784,), 64, 10),
    "conv1d": (lambda: nn.Sequential(
        nn.Conv1d(1, 8, 3, padding=1), nn.ReLU(), nn.Conv1d(8, 16, 3, padding=1, stride=2), nn.ReLU(),
        nn.Flatten(), nn.Linear(256, 3)), (1, 32), 32, 3),
    "rnn": (lambda: nn.Sequential(Last(nn.RNN(8, 32, batch_first=True)), nn.Linear(32, 3)), (16, 8), 32, 3),
    "lstm": (lambda: nn.Sequential(Last(nn.LSTM(8, 32, batch_first=True)), nn.Linear(32, 3)), (16, 8), 32, 3),
    "mha": (lambda: nn.Sequential(Attention(64, 4), nn.Linear(64, 64)), (16, 64), 32, None),
    "layer_norm": (lambda: nn.Sequential(
        nn.Linear(64, 128), nn.LayerNorm(128), nn.ReLU(), nn.Linear(128, 128), nn.LayerNorm(128), nn.ReLU(),
        nn.Linear(128, 10)), (64,), 32, 10),
    "swiglu": (lambda: nn.Sequential(
        nn.Linear(256, 512), nn.ReLU(), SwiGlu(512), SwiGlu(512), nn.Linear(512, 128), nn.ReLU(),
        nn.Linear(128, 10)), (256,), 32, 10),
}
for size in (256, 512, 1024, 2048):
    NETWORKS[f"square{size}"] = (lambda size=size: nn.Linear(size, size, bias=False), (size,), size, None)


def prepare(name, kind):
    make, shape, batch, classes = NETWORKS[name]
    net = make()
    inputs = torch.rand(1 if kind == "sample" else batch, *shape)
    if kind != "step":
        net.eval()

        def infer():
            with torch.inference_mode():
                net(inputs)

        return infer
    with torch.no_grad():
        outputs = net(inputs)
    targets = torch.rand_like(outputs) if classes is None else torch.randint(0, classes, (batch,))
    loss = nn.MSELoss() if classes is None else nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)

    def step():
        optimizer.zero_grad()
        loss(net(inputs), targets).backward()
        optimizer.step()

    return step


def median_us(call, seconds):
    for _ in range(3):
        call()
    times, end = [], time.perf_counter() + seconds
    while len(times) < 5 or time.perf_counter() < end:
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return 1e6 * statistics.median(times)


if len(sys.argv) > 1:
    torch.set_num_threads(1)
    train = prepare(sys.argv[1], "step")
    for _ in range(10):
        train()
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    sys.exit()

print(f"PyTorch {torch.__version__}", flush=True)
calls = {}
for line in sys.stdin:
    name, kind, threads, seconds = line.split()
    torch.set_num_threads(int(threads))
    if (name, kind) not in calls:
        calls[name, kind] = prepare(name, kind)
    print(median_us(calls[name, kind], float(seconds)), flush=True)
