"""Seconds until the weights of a training checkpoint are in memory: the work of benchmarks/checkpoint.ts."""
import json
import sys
import time

import torch


def load(mmap):
    start = time.perf_counter()
    state = torch.load(sys.argv[1], map_location="cpu", weights_only=True, mmap=mmap)["state_dict"]
    weights = {name: value.clone() if mmap else value for name, value in state.items()}
    assert len(weights) > 0
    return time.perf_counter() - start


print(json.dumps({"seconds": load(False), "mapped": load(True)}))
