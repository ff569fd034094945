"""Losses that `tests/pytorch/custom_losses.rs` writes with `loss`, as PyTorch computes them.

`golden/custom_losses.safetensors`, for each case:

    CASE/output, CASE/target, CASE/PART   [batch, ..]  what the loss compares
    CASE/P/loss                           []
    CASE/P/d_output                       [batch, ..]
"""

import torch
from torch.nn import functional as F


def cases():
    """name: (output, parts of the target, loss)"""
    image, classes = torch.randn(7, 5), torch.randint(5, (7,))
    advantages, returns = torch.randn(7), torch.randn(7)
    before = torch.randn(7, 5).log_softmax(1).gather(1, classes[:, None])[:, 0]
    class_weights = torch.tensor([0.5, 1.0, 2.0, 0.25, 3.0])
    return {
        "absolute": (torch.randn(7, 5), {"target": image}, F.l1_loss),
        "divergence": (
            torch.randn(7, 5),
            {"target": torch.randn(7, 5).softmax(1)},
            lambda y, target: F.kl_div(y.log_softmax(1), target, reduction="batchmean"),
        ),
        "smoothed": (
            torch.randn(7, 5),
            {"target": classes},
            lambda y, target: F.cross_entropy(y, target, label_smoothing=0.1),
        ),
        "class_weights": (
            torch.randn(7, 5),
            {"target": classes, "weight": class_weights[classes]},
            lambda y, target, weight: (F.cross_entropy(y, target, reduction="none") * weight).mean(),
        ),
        # A sample of weight 0 is ignored.
        "ignored": (
            torch.randn(7, 5),
            {"target": classes, "weight": torch.tensor([1.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0]) * 7 / 5},
            lambda y, target, weight: F.cross_entropy(
                y, torch.where(weight == 0, -100, target), ignore_index=-100
            ),
        ),
        "focal": (
            torch.randn(7, 5),
            {"target": classes},
            lambda y, target: focal(F.cross_entropy(y, target, reduction="none")),
        ),
        "hinge": (torch.randn(7, 5), {"target": classes}, F.multi_margin_loss),
        "triplet": (
            torch.randn(7, 12),
            {},
            lambda y: F.triplet_margin_loss(*y.split(4, dim=1), eps=0.0),
        ),
        "elbo": (torch.randn(7, 9), {"target": image}, elbo),
        "ppo": (torch.randn(7, 6), {"target": classes, "advantage": advantages, "gain": returns, "before": before}, ppo),
    }


def focal(entropy):
    return ((1 - (-entropy).exp()) ** 2 * entropy).mean()


def elbo(y, image):
    mean, logvar, found = y.split([2, 2, 5], dim=1)
    divergence = -0.5 * (1 + logvar - mean**2 - logvar.exp()).sum(1)
    return (F.mse_loss(found, image, reduction="none").sum(1) + divergence).mean()


def ppo(y, action, advantage, gain, before):
    logits, value = y.split([5, 1], dim=1)
    log_p = logits.log_softmax(1)
    ratio = (log_p.gather(1, action[:, None])[:, 0] - before).exp()
    gained = torch.minimum(ratio * advantage, ratio.clamp(0.8, 1.2) * advantage)
    entropy = -(log_p.exp() * log_p).sum(1)
    return (-gained + 0.5 * (value[:, 0] - gain) ** 2 - 0.01 * entropy).mean()


def custom_losses(precisions):
    tensors = {}
    for case, (output, parts, loss) in cases().items():
        tensors |= {f"{case}/output": output} | {f"{case}/{name}": part for name, part in parts.items()}
        for precision, dtype in precisions.items():
            y = output.clone().to(dtype).requires_grad_()
            value = loss(y, *(part.to(dtype) if part.is_floating_point() else part for part in parts.values()))
            value.backward()
            tensors |= {f"{case}/{precision}/loss": value, f"{case}/{precision}/d_output": y.grad}
    return tensors
