"""Golden values and gradients of the grouping loss whose negatives are the patches of other images, from PyTorch in float64.

    python test/parity/grouping.py        (needs torch)

The other golden losses come from published code, which does not have this choice: here it is written out as docs/losses.md says it.
"""

import json
from pathlib import Path

import torch
import torch.nn.functional as F

FIXTURE = Path(__file__).parent.parent / "fixtures" / "losses" / "image-choice.json"


def weights(similarities, normalization, threshold):
    """Similarities over the patches, the last axis, as weights whose sum is 1."""
    if normalization == "softmax":
        scaled = similarities.softmax(-1)
    else:
        low, high = similarities.amin(-1, keepdim=True), similarities.amax(-1, keepdim=True)
        scaled = (similarities - low) / (high - low)
    kept = torch.where(scaled >= threshold, scaled, 0)
    total = kept.sum(-1, keepdim=True)
    equal = torch.full_like(kept, 1 / kept.shape[-1])
    return torch.where(total > 0, kept / torch.where(total > 0, total, 1), equal)


def loss(patches, texts, log_scale, normalization, threshold):
    patches, texts = F.normalize(patches, dim=-1), F.normalize(texts, dim=-1)
    similarities = torch.einsum("bkc,ipc->bkip", texts, patches)  # of each text with the patches of each image
    gathered = torch.einsum("bkip,ipc->bkic", weights(similarities, normalization, threshold), patches)
    logits = log_scale.exp() * torch.einsum("bkic,bkc->bki", F.normalize(gathered, dim=-1), texts)
    B, K, _ = logits.shape
    return F.cross_entropy(logits.flatten(0, 1), torch.arange(B).repeat_interleave(K))


def tensor(value):
    return {"shape": list(value.shape), "data": [float(f"{v:.9g}") for v in value.detach().flatten().tolist()]}


def case(B, K, P, C, log_scale, normalization, threshold):
    inputs = {"patches": torch.randn(B, P, C), "texts": torch.randn(B, K, C), "log_scale": torch.tensor(log_scale)}
    inputs = {name: value.float().double().requires_grad_() for name, value in inputs.items()}
    value = loss(**inputs, normalization=normalization, threshold=1 / P if threshold == "1/P" else threshold)
    value.backward()
    return {
        "loss": f"subcaption-patch {normalization} {threshold} patches",
        "inputs": {name: tensor(x) for name, x in inputs.items()},
        "value": value.item(),
        "gradients": {name: tensor(x.grad) for name, x in inputs.items()},
    }


torch.manual_seed(0)
torch.set_default_dtype(torch.float64)
cases = [
    case(4, 3, 9, 8, 2.6593, "minmax", "1/P"),
    case(3, 2, 6, 5, 2.6593, "minmax", 0.3),
    case(5, 1, 4, 6, 4.2, "softmax", "1/P"),
    case(3, 2, 4, 5, 2.6593, "minmax", 2),
    case(1, 2, 4, 5, 2.6593, "minmax", "1/P"),
]
FIXTURE.write_text(json.dumps(cases, separators=(",", ":")) + "\n")
