"""Training steps with PyTorch and open_clip: the work of benchmarks/training-side.ts. The argument: a StepWork as JSON."""
import json
import resource
import sys
import time

import torch
import torch.nn.functional as F

from open_clip_import import open_clip

work = json.loads(sys.argv[1])
images, captions = work["images"], work["captions"]
torch.set_num_threads(work["threads"])
torch.manual_seed(0)
model = open_clip.model.CLIP(**work["config"]).train()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, betas=(0.9, 0.98), eps=1e-6, weight_decay=0.2)
labels = torch.arange(images).expand(captions, images).flatten()


def encode_text(ids):
    """open_clip's encode_text at the length of the ids."""
    length = ids.shape[1]
    x = model.token_embedding(ids) + model.positional_embedding[:length]
    x = model.ln_final(model.transformer(x, attn_mask=model.attn_mask[:length, :length]))
    return x[torch.arange(len(ids)), ids.argmax(-1)] @ model.text_projection


def step(pixels, ids):
    start, used = time.perf_counter(), time.process_time()
    optimizer.zero_grad()
    image = model.encode_image(pixels, normalize=True)
    text = F.normalize(encode_text(ids), dim=-1).view(images, captions, -1)
    logits = model.logit_scale.exp() * torch.einsum("bc,dkc->kbd", image, text)
    ways = [logits, logits.transpose(1, 2)]
    sum(F.cross_entropy(way.reshape(-1, images), labels) / 2 for way in ways).backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return {"wall": time.perf_counter() - start, "cpu": time.process_time() - used}


size = work["config"]["vision_cfg"]["image_size"]
pixels = torch.randn(images, 3, size, size)
ids = torch.randint(1, 49000, (images * captions, work["tokens"]))
ids[:, -1] = 49407
seconds = [step(pixels, ids) for _ in range(work["steps"])]
print(json.dumps({"seconds": seconds, "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
