"""Makes test/fixtures/training/training.json: twenty steps of training in PyTorch, with DreamLIP's loss and the reference's optimizer.

    python test/parity/training.py        (needs torch, numpy, open_clip_torch)

Batches come from the same integer hash on both sides (test/models/pattern.ts), weights from test/fixtures/models/mini.pt.
"""
import json
import math
from pathlib import Path

import torch
import torch.nn.functional as F

from open_clip_import import open_clip
from pattern import pattern

fixtures = Path(__file__).parent.parent / "fixtures"
images, captions, length, steps, warmup, rate, samples = 4, 3, 12, 20, 5, 5e-4, 128


def batch(step):
    pixels = 2 * pattern(7000 + step, (images, 3, 32, 32)).float()
    ids = (1 + (pattern(8000 + step, (images * captions, length)) + 1) / 2 * 590).floor().long()
    ends = torch.tensor([5 + (row + step) % 7 for row in range(images * captions)])
    ids[:, 0] = 598
    for row, end in enumerate(ends):
        ids[row, end] = 599
        ids[row, end + 1 :] = 0
    return pixels, F.pad(ids, (0, 77 - length))


def cross_entropies(a, b):
    """Both ways, over the last two axes: [..., n, C] with [..., n, C]."""
    logits = a @ b.mT
    labels = torch.arange(logits.shape[-1]).expand(logits.shape[:-1]).flatten()
    return (F.cross_entropy(logits.flatten(0, -2), labels) + F.cross_entropy(logits.mT.flatten(0, -2), labels)) / 2


def terms(model, pixels, ids):
    image, patches = model.visual(pixels)
    image = F.normalize(image, dim=-1)
    text = F.normalize(model.encode_text(ids), dim=-1).view(images, captions, -1)
    scale = model.logit_scale.exp()
    multi_positive = cross_entropies(scale * image.expand(captions, -1, -1), text.transpose(0, 1))
    patches = F.normalize(patches @ model.visual.proj, dim=-1)
    similarity = text @ patches.mT
    low, high = similarity.amin(-1, keepdim=True), similarity.amax(-1, keepdim=True)
    weights = (similarity - low) / (high - low + 1e-10)
    weights = torch.where(weights < 1 / patches.shape[1], 0.0, weights)
    weights = weights / weights.sum(-1, keepdim=True)
    grouped = F.normalize(weights @ patches, dim=-1)
    return {"multiPositive": multi_positive, "subcaptionPatch": cross_entropies(scale * grouped, text)}


def learning_rate(step):
    if step < warmup:
        return rate * (step + 1) / warmup
    return 0.5 * (1 + math.cos(math.pi * (step - warmup) / (steps - warmup))) * rate


def keeps_size(name, parameter):
    return parameter.ndim < 2 or any(part in name for part in ("bn", "ln", "bias", "logit_scale"))


golden = json.loads((fixtures / "models/mini.json").read_text())
torch.set_num_threads(1)
model = open_clip.model.CLIP(**golden["config"]).train()
model.load_state_dict(torch.load(fixtures / "models/mini.pt"))
model.visual.output_tokens = True
named = list(model.named_parameters())
optimizer = torch.optim.AdamW(
    [
        {"params": [p for n, p in named if keeps_size(n, p)], "weight_decay": 0.0},
        {"params": [p for n, p in named if not keeps_size(n, p)], "weight_decay": 0.2},
    ],
    lr=rate,
    betas=(0.9, 0.98),
    eps=1e-6,
)
curve = []
for step in range(steps):
    for group in optimizer.param_groups:
        group["lr"] = learning_rate(step)
    optimizer.zero_grad()
    losses = terms(model, *batch(step))
    sum(losses.values()).backward()
    norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    with torch.no_grad():
        model.logit_scale.clamp_(0, math.log(100))
    curve.append({**{name: loss.item() for name, loss in losses.items()}, "gradientNorm": norm.item()})


def sampled(value):
    """At most `samples` elements, evenly spread."""
    flat = value.detach().flatten()
    return [float(f"{v:.8g}") for v in flat[:: math.ceil(len(flat) / samples)].tolist()]


(fixtures / "training/training.json").write_text(
    json.dumps({"steps": curve, "weights": {name: sampled(p) for name, p in named}}, separators=(",", ":")) + "\n"
)
print(curve[0], curve[-1])
