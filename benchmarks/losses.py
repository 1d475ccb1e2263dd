"""Memory and time of DreamLIP's multi-positive loss and its gradients with PyTorch, the whole matrix at once: the work of benchmarks/losses.ts."""
import json
import resource
import statistics
import sys
import time

import torch
import torch.nn.functional as F

options = json.loads(sys.argv[1])
batch, captions, width = options["batch"], options["captions"], options["width"]
torch.set_num_threads(options["threads"])
torch.manual_seed(0)
images = F.normalize(torch.randn(batch, width), dim=-1).requires_grad_()
texts = F.normalize(torch.randn(batch, captions, width), dim=-1).requires_grad_()
labels = torch.arange(batch)


def memory():
    """Megabytes: now, and at most so far."""
    now = int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize() / 1e6
    return now, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


def step():
    images.grad = texts.grad = None
    loss = 0
    for k in range(captions):
        logits = options["scale"] * images @ texts[:, k].T
        loss = loss + (F.cross_entropy(logits, labels) + F.cross_entropy(logits.T, labels)) / 2
    (loss / captions).backward()


before, _ = memory()
times = []
for _ in range(1 + options["rounds"]):
    start, used = time.perf_counter(), time.process_time()
    step()
    times.append({"wall": time.perf_counter() - start, "cpu": time.process_time() - used})
print(json.dumps({"memory": memory()[1] - before, "first": times[0]["wall"], **{
    key: statistics.median(t[key] for t in times[1:]) for key in ("wall", "cpu")}}))
