"""Seconds an image in PyTorch (open_clip's vision tower): one side of benchmarks/runtime/image.ts."""
import json
import statistics
import sys
import time

import numpy as np
import torch
from open_clip_import import open_clip
from safetensors.torch import load_file

given = json.loads(sys.argv[1])
torch.set_num_threads(given["threads"])
model = open_clip.create_model("ViT-B-16").eval()
model.load_state_dict(load_file(given["model"]))
batch = given["batch"]
count = batch * 3 * 224 * 224
pixels = torch.from_numpy(np.sin(np.arange(count, dtype=np.float64)).astype(np.float32)).reshape(batch, 3, 224, 224)
with torch.inference_mode():
    embeddings = model.encode_image(pixels, normalize=True)
    model.encode_image(pixels)
    seconds = []
    for _ in range(given["runs"]):
        start = time.perf_counter()
        model.encode_image(pixels)
        seconds.append(time.perf_counter() - start)
print(json.dumps({"perImage": statistics.median(seconds) / batch, "embedding": embeddings[0].tolist()}))
