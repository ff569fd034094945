"""PyTorch's training step of the MNIST network, on random images: microseconds by kind, as JSON.

    python3 gpu_step.py BATCH EPOCHS

Both kinds keep the data on the GPU, in bytes, and gather each batch there, as Loom does.
"""

import json
import statistics
import sys
import time

import torch
from torch import nn

BATCH, EPOCHS = int(sys.argv[1]), int(sys.argv[2])
SAMPLES = 60_000
STEPS = SAMPLES // BATCH

torch.manual_seed(42)
torch.backends.cuda.matmul.allow_tf32 = False
torch.backends.cudnn.allow_tf32 = False
torch.backends.cudnn.benchmark = True
cuda = torch.device("cuda")
images = torch.randint(0, 256, (SAMPLES, 1, 28, 28), dtype=torch.uint8, device=cuda)
labels = torch.randint(0, 10, (SAMPLES,), device=cuda)


def network():
    return nn.Sequential(
        nn.Flatten(), nn.Linear(784, 784), nn.Unflatten(1, (1, 28, 28)),
        nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Conv2d(8, 16, 3, stride=2), nn.ReLU(),
        nn.Flatten(), nn.Linear(2304, 64), nn.ReLU(), nn.Linear(64, 10),
    ).to(cuda)


def stepper(capturable):
    net, loss = network(), nn.CrossEntropyLoss()
    optimizer = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=0.3, fused=True, capturable=capturable)

    def step(index):
        optimizer.zero_grad(set_to_none=False)
        error = loss(net(images[index].float() / 255), labels[index])
        error.backward()
        optimizer.step()

    return step


def median_us(step):
    def epoch():
        order = torch.randperm(SAMPLES, device=cuda)
        torch.cuda.synchronize()
        start = time.perf_counter()
        for i in range(STEPS):
            step(order[i * BATCH:(i + 1) * BATCH])
        torch.cuda.synchronize()
        return 1e6 * (time.perf_counter() - start) / STEPS

    epoch()
    return statistics.median(epoch() for _ in range(EPOCHS))


def graphed():
    step, index = stepper(capturable=True), torch.zeros(BATCH, dtype=torch.int64, device=cuda)
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(11):
            step(index)
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step(index)

    def replay(batch, alive=step):
        # The graph writes into what `step` owns.
        index.copy_(batch)
        graph.replay()

    return replay


eager = median_us(stepper(capturable=False))
print(json.dumps({f"PyTorch {torch.__version__} eager": eager, "PyTorch CUDA graph": median_us(graphed())}))
