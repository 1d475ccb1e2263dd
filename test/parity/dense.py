"""Golden values of projected patches, other image sizes, ground, segment and classify, in float64.

    python test/parity/dense.py        (needs torch, numpy, pillow, open_clip_torch for its tokenizer)

The towers are written here in plain PyTorch over the tensors of test/fixtures/models/mini.pt and examples/golden/golden.pt. Before
anything is stored they have to give the features that the reference gave for both files. How patches become maps follows SCLIP's
protocol: scale the short side, cut windows half a window apart, compare patches with texts, enlarge bilinearly, average overlaps.
"""

import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

from open_clip_import import open_clip
from pattern import pattern

TEST = Path(__file__).parent.parent
GOLDEN = TEST.parent / "examples" / "golden"
MODES = ["standard", "value", "correlative"]
MEAN = torch.tensor([0.48145466, 0.4578275, 0.40821073], dtype=torch.float64)
STD = torch.tensor([0.26862954, 0.26130258, 0.27577711], dtype=torch.float64)


def load(path):
    state = torch.load(path, weights_only=True)
    state = state.get("state_dict", state)
    return {name: value.double() for name, value in state.items() if torch.is_tensor(value)}


def norm(state, name, x):
    return F.layer_norm(x, x.shape[-1:], state[f"{name}.weight"], state[f"{name}.bias"])


def split_heads(x, heads):
    return x.unflatten(-1, (heads, -1)).transpose(-2, -3)  # [batch, heads, tokens, width / heads]


def block(state, name, x, heads, mixing="standard", mask=0.0):
    qkv = F.linear(norm(state, f"{name}.ln_1", x), state[f"{name}.attn.in_proj_weight"], state[f"{name}.attn.in_proj_bias"])
    q, k, v = (split_heads(part, heads) for part in qkv.chunk(3, dim=-1))

    def weights(a, b):
        return torch.softmax(a @ b.mT / a.shape[-1] ** 0.5 + mask, dim=-1)

    mixed = {
        "standard": lambda: weights(q, k) @ v,
        "value": lambda: v,
        "correlative": lambda: (weights(q, q) + weights(k, k)) @ v,
    }[mixing]()
    joined = mixed.transpose(-2, -3).flatten(-2)  # [batch, tokens, width]
    x = x + F.linear(joined, state[f"{name}.attn.out_proj.weight"], state[f"{name}.attn.out_proj.bias"])
    hidden = F.gelu(F.linear(norm(state, f"{name}.ln_2", x), state[f"{name}.mlp.c_fc.weight"], state[f"{name}.mlp.c_fc.bias"]))
    return x + F.linear(hidden, state[f"{name}.mlp.c_proj.weight"], state[f"{name}.mlp.c_proj.bias"])


def layers(state, prefix):
    return sum(name.startswith(prefix) and name.endswith(".ln_1.weight") for name in state)


def vision(state, pixels, heads, mixing="standard"):
    """Image features and patches, both projected and neither of unit length. Another mixing concerns the patches alone."""
    width = state["visual.class_embedding"].shape[0]
    x = F.conv2d(pixels, state["visual.conv1.weight"], stride=state["visual.conv1.weight"].shape[-1])
    x = x.flatten(2).mT  # [batch, patches, width]
    x = torch.cat([state["visual.class_embedding"].expand(len(x), 1, width), x], dim=1)
    x = norm(state, "visual.ln_pre", x + positions(state["visual.positional_embedding"], x.shape[1]))
    *first, last = [f"visual.transformer.resblocks.{i}" for i in range(layers(state, "visual."))]
    for name in first:
        x = block(state, name, x, heads)
    tokens = {mode: norm(state, "visual.ln_post", block(state, last, x, heads, mode)) for mode in {"standard", mixing}}
    return tokens["standard"][:, 0] @ state["visual.proj"], tokens[mixing][:, 1:] @ state["visual.proj"]


def positions(embedding, tokens):
    """Square grids resized as open_clip does when it loads a checkpoint for another image size; the class token's position stays."""
    if len(embedding) == tokens:
        return embedding
    old, new = (round((count - 1) ** 0.5) for count in (len(embedding), tokens))
    grid = embedding[1:].reshape(1, old, old, -1).permute(0, 3, 1, 2)
    grid = F.interpolate(grid, size=(new, new), mode="bicubic", antialias=True, align_corners=False)
    return torch.cat([embedding[:1], grid[0].flatten(1).mT])


def text(state, ids, heads):
    x = state["token_embedding.weight"][ids] + state["positional_embedding"]
    mask = torch.full((ids.shape[1],) * 2, -torch.inf, dtype=torch.float64).triu(1)
    for i in range(layers(state, "transformer.")):
        x = block(state, f"transformer.resblocks.{i}", x, heads, mask=mask)
    x = norm(state, "ln_final", x)
    return x[torch.arange(len(ids)), ids.argmax(-1)] @ state["text_projection"]


def unit(x):
    return F.normalize(x, dim=-1)


def agrees(name, found, expected):
    difference = (found - torch.tensor(expected, dtype=torch.float64)).abs().max().item()
    assert difference < 2e-6, f"{name}: these towers are off by {difference} from the reference"


def values(x):
    return [float(f"{v:.7f}") for v in x.flatten().tolist()]


def mini():
    """Projected patches of the model's own image size with every attention, and of a smaller and a larger one."""
    state, golden = load(TEST / "fixtures/models/mini.pt"), json.loads((TEST / "fixtures/models/mini.json").read_text())
    read = lambda name: np.array(golden[name]["data"]).reshape(golden[name]["shape"])
    pixels = torch.from_numpy(read("pixels"))
    agrees("mini, images", vision(state, pixels, 4)[0], read("image_features_raw"))
    agrees("mini, texts", text(state, torch.tensor(golden["tokens"]), 2), read("text_features_raw"))
    for mode in MODES:
        _, patches = vision(state, pixels[:1], 4, mode)
        yield "projected", {"attention": mode, "patches": values(unit(patches))}
    for stream, size in enumerate([24, 40]):
        image, patches = vision(state, 2 * pattern(stream, (1, 3, size, size)).float().double(), 4)
        yield "resized", {"imageSize": size, "stream": stream, "image": values(image), "patches": values(unit(patches))}


def starts(length, size):
    stride = size // 2
    return [min(at, length - size) for at in range(0, length - size + stride, stride)]


def maps(state, image, texts, short_side, size, mode):
    """The cosine of each pixel with each text, [texts, height, width], by overlapping windows."""
    scale = short_side / min(image.size)
    width, height = (round(side * scale) for side in image.size)
    scaled = torch.from_numpy(np.array(image.resize((width, height), Image.BICUBIC))).double() / 255
    scaled = ((scaled - MEAN) / STD).permute(2, 0, 1)  # [3, height, width]
    total, count = torch.zeros(len(texts), height, width).double(), torch.zeros(height, width).double()
    for top in starts(height, size):
        for left in starts(width, size):
            window = scaled[None, :, top : top + size, left : left + size]
            cosines = unit(vision(state, window, 4, mode)[1])[0] @ texts.T  # [patches, texts]
            side = round(len(cosines) ** 0.5)
            cosines = cosines.T.reshape(1, len(texts), side, side)
            large = F.interpolate(cosines, size=(size, size), mode="bilinear", align_corners=False)[0]
            total[:, top : top + size, left : left + size] += large
            count[top : top + size, left : left + size] += 1
    whole = (total / count)[None]
    return F.interpolate(whole, size=(image.height, image.width), mode="bilinear", align_corners=False)[0]


def class_embeddings(state, tokenize, labels, templates):
    prompts = [[template.replace("{}", label) for template in templates] for label in labels]
    return unit(torch.stack([unit(text(state, tokenize(those), 2)).mean(0) for those in prompts]))


def prepared(path):
    """Short side 224, centre crop: torchvision's rounding."""
    image = Image.open(path)
    scale = 224 / min(image.size)
    image = image.resize([int(side * scale) if side != min(image.size) else 224 for side in image.size], Image.BICUBIC)
    left, top = (int(round((side - 224) / 2.0)) for side in image.size)
    pixels = torch.from_numpy(np.array(image.crop((left, top, left + 224, top + 224)).convert("RGB"))).double() / 255
    return ((pixels - MEAN) / STD).permute(2, 0, 1)


def real_vocabulary():
    state, golden = load(GOLDEN / "golden.pt"), json.loads((GOLDEN / "golden.json").read_text())
    tokenize = open_clip.SimpleTokenizer()
    pixels = torch.stack([prepared(GOLDEN.parent / "photos" / name) for name in golden["images"]])
    images = unit(vision(state, pixels, 4)[0])
    agrees("golden, images", images, golden["image_features"])
    agrees("golden, texts", unit(text(state, tokenize(golden["texts"]), 2)), golden["text_features"])

    labels = ["cat", "cup of coffee", "rocket"]
    for templates in [["a photo of a {}."], ["{}", "a bad photo of the {}.", "itap of my {}."]]:
        classes = class_embeddings(state, tokenize, labels, templates)
        scores = torch.softmax(golden["logit_scale"] * images @ classes.T, dim=-1)
        yield "classify", {"images": golden["images"], "labels": labels, "templates": templates, "scores": values(scores)}

    height, width = 10, 15
    bytes_ = ((pattern(7, (height, width, 3)) + 1) * 128).floor().numpy().astype(np.uint8)
    image = Image.fromarray(bytes_)
    size = {"stream": 7, "shape": [height, width]}
    phrases = ["A red bus waits", "Two people cross"]
    texts = unit(text(state, tokenize(phrases), 2))
    classes = class_embeddings(state, tokenize, labels, ["a photo of a {}."])
    for mode in MODES:
        found = maps(state, image, texts, 224, 224, mode)
        yield "ground", {"attention": mode, **size, "phrases": phrases, "maps": [values(one) for one in found]}
        logits = 40 * maps(state, image, classes, 336, 224, mode)
        first, second = logits.topk(2, dim=0).values
        assert (first - second).min() > 1e-3, f"segment, {mode}: two labels all but tie; choose another image"
        best = logits.argmax(0).flatten().tolist()
        assert len(set(best)) > 1, f"segment, {mode}: one label wins everywhere; choose another image"
        yield "segment", {"attention": mode, **size, "labels": labels, "data": best, "confidence": values(torch.softmax(logits, 0).amax(0))}


cases = {}
for kind, case in [*mini(), *real_vocabulary()]:
    cases.setdefault(kind, []).append(case)
(TEST / "fixtures/inference/dense.json").write_text(json.dumps(cases, separators=(",", ":")) + "\n")
