"""Golden values and gradients of the losses that shared/parity/losses.json lacks, from open_clip's own classes in float64.

Run with a Python that has torch and open-clip-torch: python test/parity/losses.py
"""

import json
from pathlib import Path

import torch
import torch.nn.functional as F

from open_clip_import import open_clip

FIXTURE = Path(__file__).parent.parent / "fixtures" / "losses" / "open-clip.json"


def tensor(value):
    return {"shape": list(value.shape), "data": [float(f"{v:.9g}") for v in value.detach().flatten().tolist()]}


def unit(*shape):
    """Random vectors of unit length, as float32 holds them."""
    return F.normalize(torch.randn(*shape), dim=-1).float().double()


def case(loss, inputs, constants=None):
    """A loss of named inputs, and its gradient for each that is not constant."""
    inputs = {name: value.clone().requires_grad_() for name, value in inputs.items()}
    value = loss(**inputs, **(constants or {}))
    value.backward()
    return {
        "inputs": {name: tensor(x) for name, x in {**inputs, **(constants or {})}.items()},
        "value": value.item(),
        "gradients": {name: tensor(x.grad) for name, x in inputs.items()},
    }


def sigmoid(images, texts, log_scale, bias):
    return open_clip.loss.SigLipLoss()(images, texts, log_scale.exp(), bias)


def distillation(images, texts, log_scale, teacher_images, teacher_texts, teacher_log_scale):
    _, loss = open_clip.loss.DistillClipLoss()(
        images, texts, log_scale.exp(), teacher_images, teacher_texts, teacher_log_scale.exp()
    )
    return loss


def cases():
    for B, C, D, log_scale in [(5, 8, 12, 2.3), (1, 4, 4, 2.3), (7, 16, 8, 4.0)]:
        scale = torch.tensor(log_scale).float().double()
        student = {"images": unit(B, C), "texts": unit(B, C), "log_scale": scale}
        yield "sigmoid", case(sigmoid, {**student, "bias": torch.tensor(-10.0 if B == 5 else -2.0)})
        teacher = {"teacher_images": unit(B, D), "teacher_texts": unit(B, D), "teacher_log_scale": torch.tensor(3.0)}
        yield "distillation", case(distillation, student, teacher)


torch.manual_seed(0)
torch.set_default_dtype(torch.float64)
FIXTURE.write_text(json.dumps([{"loss": name, **value} for name, value in cases()], separators=(",", ":")) + "\n")
