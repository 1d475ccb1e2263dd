"""Golden values for test/models and test/ops from open_clip's own modules, in float64.

Run with a Python that has torch and open-clip-torch: python test/parity/models.py
Weights and inputs are not stored: both sides compute them from the same integer hash (test/models/pattern.ts).
"""

import json
from pathlib import Path

import torch
import torch.nn.functional as F

from open_clip_import import open_clip
from pattern import pattern

CLIP = open_clip.model.CLIP
FIXTURES = Path(__file__).parent.parent / "fixtures" / "models"

TEXT = {"context_length": 12, "vocab_size": 40, "width": 16, "heads": 2, "layers": 2}
CONFIGS = {
    "class-token": {
        "embed_dim": 20,
        "vision_cfg": {"image_size": 24, "layers": 2, "width": 32, "patch_size": 8, "head_width": 8},
        "text_cfg": TEXT,
    },
    "average-pooling-layer-scale": {
        "embed_dim": 20,
        "vision_cfg": {
            "image_size": 24,
            "layers": 2,
            "width": 32,
            "patch_size": 8,
            "head_width": 16,
            "mlp_ratio": 3,
            "ls_init_value": 0.1,
            "pool_type": "avg",
        },
        "text_cfg": {**TEXT, "mlp_ratio": 2, "ls_init_value": 0.1},
    },
    "norm-after-pooling-quick-gelu": {
        "embed_dim": 20,
        "quick_gelu": True,
        "vision_cfg": {
            "image_size": 24,
            "layers": 2,
            "width": 32,
            "patch_size": 8,
            "head_width": 8,
            "pool_type": "avg",
            "no_ln_pre": True,
            "final_ln_after_pool": True,
        },
        "text_cfg": TEXT,
    },
}
TOKENS = [[38, 5, 17, 39, 0, 0, 0, 0, 0, 0, 0, 0], [38, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 39]]


def weights(model):
    """Gains near 1, layer scales near 0.5, everything else near 0."""
    state = {}
    for stream, (name, value) in enumerate(model.state_dict().items()):
        centre = 0.5 if name.endswith("gamma") else 1 if value.ndim == 1 and name.endswith("weight") else 0
        state[name] = (centre + 0.25 * pattern(stream, tuple(value.shape))).float().double()
    return state


def dense(visual, pixels, mixing):
    """The vision tower with another attention in its last block, residual connections and MLP kept (MaskCLIP, SCLIP)."""
    x = visual._embeds(pixels)
    *blocks, last = visual.transformer.resblocks
    for block in blocks:
        x = block(x)
    heads = last.attn.num_heads
    batch, tokens, width = x.shape
    qkv = F.linear(last.ln_1(x), last.attn.in_proj_weight, last.attn.in_proj_bias).chunk(3, dim=-1)
    q, k, v = (t.reshape(batch, tokens, heads, -1).transpose(1, 2) for t in qkv)
    scale = (width // heads) ** -0.5
    if mixing == "correlative":
        weight = (q @ q.mT * scale).softmax(-1) + (k @ k.mT * scale).softmax(-1)
        v = weight @ v
    x = x + last.ls_1(last.attn.out_proj(v.transpose(1, 2).reshape(batch, tokens, width)))
    x = x + last.ls_2(last.mlp(last.ln_2(x)))
    return visual._pool(x)[1]


def tensor(value):
    return {"shape": list(value.shape), "data": [float(f"{v:.9g}") for v in value.detach().flatten().tolist()]}


def case(config):
    model = CLIP(**config).double().eval()
    model.load_state_dict(weights(model))
    model.visual.output_tokens = True
    pixels = 2 * pattern(1000, (2, 3, 24, 24)).float().double()
    wide = 2 * pattern(1001, (1, 3, 8, 72)).float().double()
    image, patches = model.visual(pixels)
    text = model.encode_text(torch.tensor(TOKENS))
    loss = (
        (image * pattern(1002, image.shape)).sum()
        + (patches * pattern(1003, patches.shape)).sum()
        + (text * pattern(1004, text.shape)).sum()
    )
    model.logit_scale.requires_grad_(False)
    loss.backward()
    gradients = {
        name: [float(f"{v:.9g}") for v in ((p.grad * pattern(2000, p.shape)).sum().item(), p.grad.abs().sum().item())]
        for name, p in model.named_parameters()
        if p.grad is not None
    }
    return {
        "config": config,
        "tokens": TOKENS,
        "image_features_raw": tensor(image),
        "wide_image_features_raw": tensor(model.visual(wide)[0]),
        "text_features_raw": tensor(text),
        "patch_tokens": tensor(patches),
        "value_patch_tokens": tensor(dense(model.visual, pixels, "value")),
        "correlative_patch_tokens": tensor(dense(model.visual, pixels, "correlative")),
        # For each parameter: the gradient of the loss above, dotted with a pattern, and its sum of absolute values.
        "gradients": gradients,
    }


def grid(from_grid, to_grid, width=3):
    rows, columns = from_grid
    positions = pattern(3000, (1 + rows * columns, width)).float()
    patches = positions[1:].reshape(1, rows, columns, width).permute(0, 3, 1, 2)
    patches = F.interpolate(patches, size=to_grid, mode="bicubic", antialias=True, align_corners=False)
    resized = torch.cat([positions[:1], patches.permute(0, 2, 3, 1).reshape(-1, width)])
    return {"from": from_grid, "to": to_grid, "width": width, "values": tensor(resized)["data"]}


def context(from_length, to_length, width=3):
    positions = pattern(3001, (from_length, width)).float()
    resized = F.interpolate(positions.T[None], size=to_length, mode="linear", align_corners=False)[0].T
    return {"from": from_length, "to": to_length, "width": width, "values": tensor(resized)["data"]}


def op(fn, *inputs):
    """An op's value and, for a given gradient of it, the gradients of its inputs."""
    inputs = [x.float().double().requires_grad_() for x in inputs]
    output = fn(*inputs)
    dy = pattern(4000, output.shape).float().double()
    gradients = torch.autograd.grad(output, inputs, dy)
    return {
        "inputs": [tensor(x) for x in inputs],
        "output": tensor(output),
        "dy": tensor(dy),
        "gradients": [tensor(g) for g in gradients],
    }


def heads(x, count):
    return x.unflatten(-1, (count, -1)).transpose(1, 2)


def attention(q, k, v, mask=None):
    mixed = F.scaled_dot_product_attention(heads(q, 2), heads(k, 2), heads(v, 2), attn_mask=mask)
    return mixed.transpose(1, 2).flatten(2)


def ops():
    def x(stream, *shape, scale=2.0):
        return scale * pattern(5000 + stream, shape)

    causal = torch.full((4, 4), -torch.inf, dtype=torch.float64).triu(1)
    with_zero_row = torch.cat([x(0, 2, 5), torch.zeros(1, 5, dtype=torch.float64)])
    ids = torch.tensor([[1, 1, 3], [0, 5, 1]])
    return {
        "linear": op(F.linear, x(0, 2, 3, 5), x(1, 4, 5), x(2, 4)),
        "layerNorm": op(lambda v, w, b: F.layer_norm(v, (8,), w, b), x(0, 2, 3, 8) + 3, x(1, 8), x(2, 8)),
        "gelu": op(F.gelu, x(0, 200, scale=6)),
        "quickGelu": op(lambda v: v * torch.sigmoid(1.702 * v), x(0, 200, scale=6)),
        "l2Normalize": op(lambda v: F.normalize(v, dim=-1), with_zero_row),
        "attention": op(attention, x(0, 2, 3, 8), x(1, 2, 4, 8), x(2, 2, 4, 8)),
        "causalAttention": op(lambda q, k, v: attention(q, k, v, causal), x(0, 2, 4, 8), x(1, 2, 4, 8), x(2, 2, 4, 8)),
        "embedding": op(lambda table: F.embedding(ids, table), x(0, 6, 4)),
        "batchMatMul": op(torch.bmm, x(0, 3, 2, 5), x(1, 3, 5, 4)),
    }


def write(name, value):
    (FIXTURES / name).write_text(json.dumps(value, separators=(",", ":")) + "\n")


torch.manual_seed(0)
write("variants.json", {name: case(config) for name, config in CONFIGS.items()})
write(
    "positions.json",
    {
        "grids": [
            grid([2, 2], [5, 3]),
            grid([3, 4], [3, 4]),
            grid([7, 7], [4, 6]),
            grid([14, 14], [7, 7]),
            grid([7, 7], [10, 10]),
            grid([1, 1], [3, 2]),
        ],
        "contexts": [context(8, 5), context(5, 9), context(1, 3), context(6, 6)],
    },
)
write("../ops/ops.json", ops())
