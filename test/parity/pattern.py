"""Numbers that look random and are the same here and in test/models/pattern.ts."""
import numpy as np
import torch


def pattern(stream, shape):
    """Numbers in [-1, 1) that look random: a 32-bit hash of the stream's number and the element's index."""
    z = np.arange(int(np.prod(shape)), dtype=np.uint32) + np.uint32((stream + 1) * 0x9E3779B1 & 0xFFFFFFFF)
    z = (z ^ (z >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    z = (z ^ (z >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    z = z ^ (z >> np.uint32(16))
    return torch.from_numpy(z.astype(np.float64) / 2**31 - 1).reshape(shape)
