"""PyTorch's side of `cargo bench --bench expressions`: measures what it is asked for, line by line.

A line "EXPRESSION MODE KIND SECONDS" on the standard input, with MODE eager or compiled and KIND forward or both, is answered
by the median time of one call in microseconds. The expressions are those of benches/expressions/main.rs.
"""

import math
import statistics
import sys
import time

import torch
from torch.nn import functional as F

BATCH, LEN, ROW = 64, 1024, 64

torch.manual_seed(42)
torch.set_num_threads(1)

# Each with the shapes of what it takes.
FULL, LEARNED, ROWS = (BATCH, LEN), (LEN,), (BATCH, LEN // ROW, ROW)
EXPRESSIONS = {
    "mish": (lambda x: x * torch.tanh(F.softplus(x)), FULL),
    "hard_swish": (lambda x: x * torch.clamp(x + 3.0, 0.0, 6.0) / 6.0, FULL),
    "gelu": (lambda x: 0.5 * x * (1.0 + torch.erf(x * math.sqrt(0.5))), FULL),
    "snake": (lambda x: x + torch.square(torch.sin(x)), FULL),
    "gate": (lambda a, b: torch.tanh(a) * torch.sigmoid(b), FULL, FULL),
    "rbf": (lambda x, c: torch.exp(-0.5 * torch.square(x - c)), FULL, LEARNED),
    "layer_scale": (lambda x, scale: x * scale, FULL, LEARNED),
    "leaky": (lambda x: torch.where(x < 0.0, 0.1 * x, x), FULL),
    "softmax": (lambda x: torch.softmax(x, -1), ROWS),
    "energy": (lambda x: torch.sum(torch.square(x), -1), ROWS),
}


def prepare(name, mode, kind):
    function, *shapes = EXPRESSIONS[name]
    if mode == "compiled":
        function = torch.compile(function)
    inputs = [torch.rand(shape) * 8 - 4 for shape in shapes]
    if kind == "forward":

        def infer():
            with torch.no_grad():
                function(*inputs)

        return infer
    with torch.no_grad():
        d_output = torch.rand_like(function(*inputs))
    inputs = [values.requires_grad_() for values in inputs]
    return lambda: torch.autograd.grad(function(*inputs), inputs, d_output)


def median_us(call, seconds):
    for _ in range(3):
        call()
    times, end = [], time.perf_counter() + seconds
    while len(times) < 5 or time.perf_counter() < end:
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return 1e6 * statistics.median(times)


print(f"PyTorch {torch.__version__}", flush=True)
calls = {}
for line in sys.stdin:
    name, mode, kind, seconds = line.split()
    if (name, mode, kind) not in calls:
        calls[name, mode, kind] = prepare(name, mode, kind)
    print(median_us(calls[name, mode, kind], float(seconds)), flush=True)
