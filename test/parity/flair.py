"""Golden values for test/models/flair and test/inference/match from PyTorch's own modules, in float64.

Run with a Python that has torch and open-clip-torch: python test/parity/flair.py
The towers are open_clip's. The heads and the pool follow FLAIR's published description: `ln_post` over all tokens, then
`image_post.proj`; `text_post.proj` at the end token; and `nn.MultiheadAttention` with `add_zero_attn` over normed tokens.
Weights and inputs are not stored: both sides compute them from the same integer hash (test/models/pattern.ts).
"""

import json
import random
from pathlib import Path

import torch
import torch.nn.functional as F

from open_clip_import import open_clip
from pattern import pattern

CONFIG = {
    "embed_dim": 16,
    "vision_cfg": {"image_size": 24, "layers": 2, "width": 32, "patch_size": 8, "head_width": 8},
    "text_cfg": {"context_length": 12, "vocab_size": 40, "width": 16, "heads": 2, "layers": 2},
}
TOKENS = [[38, 5, 17, 39, 0, 0, 0, 0, 0, 0, 0, 0], [38, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 39], [38, 39] + [0] * 10]
HEADS = 8


def shapes(clip, width):
    """Names and shapes in the order of FLAIR's state_dict."""
    own = {name: tuple(value.shape) for name, value in clip.state_dict().items()}
    vision = [n for n in own if n.startswith("visual.") and n != "visual.proj"]
    text = [n for n in own if n.startswith(("transformer.", "token_embedding.", "ln_final."))]
    pool = {
        "attn.in_proj_weight": (3 * width, width),
        "attn.in_proj_bias": (3 * width,),
        "attn.out_proj.weight": (width, width),
        "attn.out_proj.bias": (width,),
        **{f"{norm}.{kind}": (width,) for norm in ("ln_q", "ln_k", "ln_v") for kind in ("weight", "bias")},
    }
    return {
        "positional_embedding": own["positional_embedding"],
        "logit_scale": (),
        "logit_bias": (),
        **{name: own[name] for name in vision},
        **{f"visual_proj.{name}": shape for name, shape in pool.items()},
        **{name: own[name] for name in text},
        "image_post.proj": own["visual.proj"],
        "text_post.proj": own["text_projection"],
    }


def weights(clip):
    state = {}
    for stream, (name, shape) in enumerate(shapes(clip, CONFIG["embed_dim"]).items()):
        centre = 1 if len(shape) == 1 and name.endswith("weight") else 0
        state[name] = (centre + 0.25 * pattern(stream, shape)).float().double()
    return state


def tensor(value):
    return {"shape": list(value.shape), "data": [float(f"{v:.9g}") for v in value.detach().flatten().tolist()]}


def norm(state, name, x):
    width = x.shape[-1]
    return F.layer_norm(x, (width,), state[f"visual_proj.{name}.weight"], state[f"visual_proj.{name}.bias"])


def forward(config, state, pixels, tokens):
    """FLAIR's forward pass in float64."""
    clip = open_clip.model.CLIP(**config).double().eval()
    names = {"image_post.proj": "visual.proj", "text_post.proj": "text_projection"}
    own = {names.get(n, n): v for n, v in state.items() if n != "logit_bias" and "visual_proj." not in n}
    clip.load_state_dict(own)
    pool = torch.nn.MultiheadAttention(config["embed_dim"], HEADS, add_zero_attn=True, batch_first=True).double()
    pool.load_state_dict({n.removeprefix("visual_proj.attn."): v for n, v in state.items() if "visual_proj.attn." in n})
    clip.visual.output_tokens = True
    with torch.no_grad():
        image, patches = clip.visual(pixels)
        patches = patches @ state["image_post.proj"]
        text = clip.encode_text(torch.tensor(tokens))
        queries = text.expand(len(pixels), -1, -1)
        normed = norm(state, "ln_q", queries), norm(state, "ln_k", patches), norm(state, "ln_v", patches)
        pooled, attention = pool(*normed)
        cosines = (F.normalize(pooled, dim=-1) * F.normalize(queries, dim=-1)).sum(-1)
    return {
        "image": tensor(image),
        "patches": tensor(patches),
        "text": tensor(text),
        "conditioned": tensor(pooled),
        "attention": tensor(attention[:, :, :-1]),
        "logits": tensor(state["logit_scale"].exp() * cosines + state["logit_bias"]),
    }


def random_model(seed, path):
    """Saves a checkpoint with random sizes and weights, and prints its config, inputs and outputs."""
    draw = random.Random(seed)
    head, layers, patch, grid = draw.choice([8, 16]), draw.randint(1, 3), draw.choice([4, 8]), draw.randint(2, 4)
    config = {
        "embed_dim": 8 * draw.randint(1, 4),
        "vision_cfg": {
            "image_size": patch * grid,
            "layers": layers,
            "width": head * draw.randint(1, 4),
            "patch_size": patch,
            "head_width": head,
        },
        "text_cfg": {"context_length": 9, "vocab_size": 50, "width": 24, "heads": 3, "layers": draw.randint(1, 2)},
    }
    torch.manual_seed(seed)
    sizes = shapes(open_clip.model.CLIP(**config), config["embed_dim"])
    state = {name: 0.3 * torch.randn(shape) for name, shape in sizes.items()}
    torch.save({"state_dict": {f"module.{name}": value for name, value in state.items()}}, path)
    pixels = torch.randn(3, 3, patch * grid, patch * grid)
    tokens = [[48, *(draw.randint(1, 47) for _ in range(n)), 49] + [0] * (7 - n) for n in (0, 3, 7, 5)]
    outputs = forward(config, {name: value.double() for name, value in state.items()}, pixels.double(), tokens)
    print(json.dumps({"config": config, "tokens": tokens, "pixels": tensor(pixels), **outputs}))


if __name__ == "__main__":
    state = weights(open_clip.model.CLIP(**CONFIG).double())
    golden = {
        "config": CONFIG,
        "tokens": TOKENS,
        "names": list(state),
        **forward(CONFIG, state, 2 * pattern(1000, (2, 3, 24, 24)).float().double(), TOKENS),
    }
    path = Path(__file__).parent.parent / "fixtures" / "models" / "flair.json"
    path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
