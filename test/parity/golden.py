"""Makes examples/golden: a small CLIP with random weights and CLIP's whole vocabulary, and PyTorch's own numbers for it.

    python test/parity/golden.py        (needs torch, numpy, pillow 9.4, open_clip_torch, ftfy, regex)

The weights are stored as float16 (half the size in git) and rounded to it before the numbers are computed, so that
both sides compute with the same values in float32.
"""
import hashlib
import json
import os
import sys

import numpy as np
import torch
from PIL import Image

sys.path.insert(0, os.path.dirname(__file__))
from open_clip_import import open_clip  # noqa: E402

here = os.path.dirname(os.path.abspath(__file__))
photos = os.path.join(here, "../../examples/photos")
target = os.path.join(here, "../../examples/golden")
size = 224
mean = np.array([0.48145466, 0.4578275, 0.40821073], dtype=np.float32)
std = np.array([0.26862954, 0.26130258, 0.27577711], dtype=np.float32)
config = {
    "embed_dim": 32,
    "vision_cfg": {"image_size": size, "layers": 3, "width": 64, "head_width": 16, "patch_size": 16},
    "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 8, "heads": 2, "layers": 2},
}
images = ["chelsea.png", "coffee.png", "rocket.jpg"]
texts = [
    "a photo of a cat",
    "A tabby cat looks past the camera. Its whiskers are long and white, its eyes are green.",
    "A cup of black coffee stands on a saucer. A spoon lies beside it on a wooden table.",
    "A rocket stands on its launch pad at night, lit by floodlights.",
    "Ein Kaffee &amp; ein Löffel – «très bon» ☕️ 日本語の説明",
]


def prepare(name):
    """Resize of the short side, centre crop, RGB: torchvision's rounding, Pillow's bicubic."""
    image = Image.open(os.path.join(photos, name))
    width, height = image.size
    wide, high = (size, int(size * height / width)) if width <= height else (int(size * width / height), size)
    image = image.resize((wide, high), Image.BICUBIC)
    left, top = int(round((wide - size) / 2.0)), int(round((high - size) / 2.0))
    return np.array(image.crop((left, top, left + size, top + size)).convert("RGB"))


torch.manual_seed(20240707)
torch.set_num_threads(1)
model = open_clip.model.CLIP(**config).eval()
with torch.no_grad():
    for name, parameter in model.named_parameters():
        if parameter.ndim < 2 and name != "logit_scale":
            parameter.add_(torch.randn(parameter.shape) * 0.1)
        parameter.copy_(parameter.half().float())

pictures = [prepare(name) for name in images]
pixels = torch.stack([torch.from_numpy(((p.astype(np.float32) / 255 - mean) / std).transpose(2, 0, 1)) for p in pictures])
tokens = open_clip.SimpleTokenizer()(texts)
with torch.no_grad():
    image_features = model.encode_image(pixels, normalize=True)
    text_features = model.encode_text(tokens, normalize=True)

os.makedirs(target, exist_ok=True)
state = {name: value.half() for name, value in model.state_dict().items() if name != "attn_mask"}
torch.save({"epoch": 0, "name": "golden", "config": json.dumps(config), "state_dict": state}, f"{target}/golden.pt")
with open(f"{target}/golden.json", "w") as file:
    golden = {
        "images": images,
        "pixels_sha256": [hashlib.sha256(picture.tobytes()).hexdigest() for picture in pictures],
        "texts": texts,
        "tokens": [row[: row.argmax() + 1].tolist() for row in tokens],
        "image_features": image_features.tolist(),
        "text_features": text_features.tolist(),
        "logit_scale": model.logit_scale.exp().item(),
    }
    json.dump(golden, file, ensure_ascii=False)
print(image_features @ image_features.T, image_features @ text_features.T)
