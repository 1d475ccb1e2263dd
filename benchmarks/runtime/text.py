"""Texts per second through open_clip's text tower, tokenization included: the peer of text.ts and zero-shot.ts.

    python text.py WEIGHTS.safetensors TEXTS.json THREADS

Prints texts per second, and the first embeddings, for comparison.
"""
import json
import sys
import time

import torch
from open_clip_import import open_clip
from safetensors.torch import load_file

torch.set_num_threads(int(sys.argv[3]))
model = open_clip.create_model("ViT-B-16").eval()
model.load_state_dict(load_file(sys.argv[1]))
tokenizer = open_clip.get_tokenizer("ViT-B-16")
texts = json.load(open(sys.argv[2]))


def encode(texts):
    with torch.inference_mode():
        return model.encode_text(tokenizer(texts), normalize=True)


encode(texts[:32])
start = time.perf_counter()
embeddings = torch.cat([encode(texts[i : i + 32]) for i in range(0, len(texts), 32)])
seconds = time.perf_counter() - start
print(json.dumps({"perSecond": len(texts) / seconds, "embeddings": embeddings[:32].flatten().tolist()}))
