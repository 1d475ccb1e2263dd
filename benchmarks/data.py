"""Images per second of a PyTorch DataLoader on the files of benchmarks/data.ts: Pillow and torchvision's transforms, two workers.

torchvision has no CPU build beside this PyTorch: RandomResizedCrop, ToTensor and Normalize are written here as it computes them,
with Pillow's resize and torch. Texts are split and tokenized by open_clip, as the reference's data sets do.
"""

import csv
import json
import math
import random
import re
import resource
import sys
import time

import numpy as np
import torch
from PIL import Image

import open_clip_import  # noqa: F401
import open_clip

path, batch_size, workers = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
mean = torch.tensor([0.48145466, 0.4578275, 0.40821073])[:, None, None]
std = torch.tensor([0.26862954, 0.26130258, 0.27577711])[:, None, None]
folder = path.rsplit("/", 1)[0]


def region(width, height):
    for _ in range(10):
        area = width * height * random.uniform(0.9, 1.0)
        aspect = math.exp(random.uniform(math.log(3 / 4), math.log(4 / 3)))
        w, h = round(math.sqrt(area * aspect)), round(math.sqrt(area / aspect))
        if 0 < w <= width and 0 < h <= height:
            return random.randint(0, width - w), random.randint(0, height - h), w, h
    w, h = min(width, round(height * 4 / 3)), min(height, round(width / (3 / 4)))
    return (width - w) // 2, (height - h) // 2, w, h


class Captions(torch.utils.data.Dataset):
    def __init__(self):
        with open(path, newline="", encoding="utf-8") as file:
            self.rows = list(csv.reader(file))[1:]
        self.tokenize = open_clip.get_tokenizer("ViT-B-16")

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, index):
        name, raw, *captions = self.rows[index]
        image = Image.open(f"{folder}/{name}")
        left, top, w, h = region(*image.size)
        image = image.crop((left, top, left + w, top + h)).resize((224, 224), Image.BICUBIC).convert("RGB")
        pixels = torch.from_numpy(np.array(image)).permute(2, 0, 1).contiguous().float().div(255)
        pieces = [piece.strip() for text in captions for piece in re.split(r"\n|</s>|\.", text) if piece.strip()]
        return pixels.sub_(mean).div_(std), self.tokenize([raw, *random.sample(pieces[:-1], 6)])


def cpu():
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


loader = torch.utils.data.DataLoader(Captions(), batch_size, shuffle=True, num_workers=workers, drop_last=True)
batches = iter(loader)
next(batches)
start, images = time.perf_counter(), 0
for pixels, _ in batches:
    images += len(pixels)
seconds = time.perf_counter() - start
del batches, loader
print(json.dumps({"perSecond": images / seconds, "cpuPerImage": cpu() / (images + batch_size)}))
