"""Photographs to embeddings with open_clip and Pillow, images prepared in a DataLoader's processes: one side of benchmarks/runtime/photographs.ts."""
import json
import sys
import time

import numpy as np
import torch
from open_clip_import import open_clip
from PIL import Image
from safetensors.torch import load_file

size = 224
mean = np.array([0.48145466, 0.4578275, 0.40821073], dtype=np.float32)
std = np.array([0.26862954, 0.26130258, 0.27577711], dtype=np.float32)


class Photographs(torch.utils.data.Dataset):
    """open_clip's evaluation transform without torchvision."""

    def __init__(self, paths):
        self.paths = paths

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, index):
        image = Image.open(self.paths[index])
        width, height = image.size
        wide, high = (size, size * height // width) if width <= height else (size * width // height, size)
        image = image.resize((wide, high), Image.BICUBIC)
        left, top = round((wide - size) / 2), round((high - size) / 2)
        pixels = np.asarray(image.crop((left, top, left + size, top + size)).convert("RGB"), dtype=np.float32)
        return np.ascontiguousarray(((pixels / 255 - mean) / std).transpose(2, 0, 1))


given = json.loads(sys.argv[1])
threads = given["threads"]
torch.set_num_threads(threads)
model = open_clip.create_model("ViT-B-16").eval()
model.load_state_dict(load_file(given["model"]))
photos = given["photos"]
paths = [photos[i % len(photos)] for i in range(given["count"])]


def embed(paths):
    loader = torch.utils.data.DataLoader(Photographs(paths), batch_size=given["batchSize"], num_workers=threads)
    with torch.inference_mode():
        return torch.cat([model.encode_image(pixels, normalize=True) for pixels in loader])


embed(paths[: 2 * given["batchSize"]])
start = time.perf_counter()
embeddings = embed(paths)
print(json.dumps({"seconds": time.perf_counter() - start, "embedding": embeddings[0].tolist()}))
