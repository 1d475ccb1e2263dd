"""Photographs per second from file to pixels with Pillow and NumPy: the work of benchmarks/images.ts."""
import io
import json
import sys
import time

import numpy as np
from PIL import Image

size = 224
mean = np.array([0.48145466, 0.4578275, 0.40821073], dtype=np.float32)
std = np.array([0.26862954, 0.26130258, 0.27577711], dtype=np.float32)


def prepare(file):
    image = Image.open(io.BytesIO(file))
    width, height = image.size
    wide, high = (size, size * height // width) if width <= height else (size * width // height, size)
    image = image.resize((wide, high), Image.BICUBIC)
    left, top = round((wide - size) / 2), round((high - size) / 2)
    pixels = np.asarray(image.crop((left, top, left + size, top + size)).convert("RGB"), dtype=np.float32)
    return np.ascontiguousarray(((pixels / 255 - mean) / std).transpose(2, 0, 1))


count = int(sys.argv[1])
files = [open(path, "rb").read() for path in sys.argv[2:]]
for file in files * 3:
    prepare(file)
start = time.perf_counter()
for i in range(count):
    prepare(files[i % len(files)])
print(json.dumps({"perSecond": count / (time.perf_counter() - start)}))
