"""Compares with PyTorch: features(checkpoint, images, texts, ours), or step(before, after)."""
import json
import sys
from pathlib import Path

import numpy as np
import open_clip
import torch
from PIL import Image

here = Path(__file__).parent
open_clip.add_model_config(here / "tiny-clip.json")


def features(checkpoint, texts, ours, *images):
    """The largest difference between open_clip's features of images and texts and those in OURS.images.npy and OURS.texts.npy."""
    model, _, preprocess = open_clip.create_model_and_transforms("tiny-clip", pretrained=checkpoint)
    lines = Path(texts).read_text().splitlines()
    with torch.no_grad():
        image = model.eval().encode_image(torch.stack([preprocess(Image.open(path)) for path in images]), normalize=True)
        text = model.encode_text(open_clip.get_tokenizer("tiny-clip")(lines), normalize=True)
    for name, theirs in (("images", image), ("texts", text)):
        difference = np.abs(np.load(f"{ours}.{name}.npy") - theirs.numpy()).max()
        print(f"features of {len(theirs)} {name}: largest difference {difference:.1e}")


def state(checkpoint):
    """What the trainer would resume from."""
    saved = torch.load(checkpoint, map_location="cpu", weights_only=True)
    steps = {int(entry["step"]) for entry in saved["optimizer"]["state"].values()}
    scale = saved["state_dict"]["module.logit_scale"].exp().item()
    print(json.dumps({"epoch": saved["epoch"], "updates": sorted(steps), "logit scale": round(scale, 3)}))


if __name__ == "__main__":
    {"features": features, "state": state}[sys.argv[1]](*sys.argv[2:])
