"""Makes test/fixtures/checkpoint: small files by PyTorch's own writers, and the bits of every tensor in them."""
import argparse
import collections
import io
import json
import pathlib
import sys
import zipfile

import numpy as np
import torch

folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "test/fixtures/checkpoint")
folder.mkdir(parents=True, exist_ok=True)
generator = torch.Generator().manual_seed(1)
halves = [0.0, -0.0, 1.0, -2.5, 65504.0, 6e-8, 6.1e-5, 3.0e-5, float("inf"), float("-inf"), 1 / 3]


def random(*shape):
    return torch.randn(shape, generator=generator)


def tensors():
    """Every kind of tensor and of view that a state_dict may hold."""
    large, shared = random(40), random(6)
    return {
        "plain": random(2, 3),
        "transposed": random(5, 3).t(),
        "channels_last": random(2, 3, 4, 5).to(memory_format=torch.channels_last),
        "repeated": random(3, 1).expand(3, 4),
        "one_repeated": random(1).expand(2, 3, 2),
        "every_other": random(4, 6)[::2, 1::3],
        "flipped_axes": random(2, 3, 4).permute(2, 0, 1),
        "window": large[10:22].view(3, 4),
        "tail": large[37:],
        "shared": shared,
        "shared_again": shared.view(2, 3).t(),
        "scalar": random().reshape(()),
        "empty": torch.empty(0),
        "empty_rows": torch.empty(0, 7),
        "empty_of_large": large[40:],
        "double": random(3).double(),
        "half": torch.tensor(halves).half(),
        "bfloat": torch.tensor(halves).bfloat16(),
        "half_transposed": random(3, 2).half().t(),
        "long": torch.tensor([0, 1, -1, 2**62, -(2**63)]),
        "int": torch.tensor([0, -1, 2**31 - 1], dtype=torch.int32),
        "short": torch.tensor([0, -1, 32767], dtype=torch.int16),
        "char": torch.tensor([0, -1, 127], dtype=torch.int8),
        "byte": torch.tensor([0, 1, 255], dtype=torch.uint8),
        "bool": torch.tensor([[True, False], [False, True]]),
    }


def bits(tensor):
    """Type, shape and row-major little-endian bytes; half precision widened to float32, as dreamlip reads it."""
    wide = tensor.float() if tensor.dtype in (torch.float16, torch.bfloat16) else tensor
    values = wide.detach().contiguous().numpy()
    kind = str(tensor.dtype).removeprefix("torch.")
    return {"dtype": kind, "shape": list(tensor.shape), "bytes": values.tobytes().hex()}


def rezip(name, source, method):
    with zipfile.ZipFile(folder / source) as old, zipfile.ZipFile(folder / name, "w", method) as new:
        for entry in old.namelist():
            new.writestr(entry, old.read(entry))


class Tower(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(3, 2)
        self.register_buffer("steps", torch.tensor([1, 2]))

    def forward(self, x):
        return self.linear(x)


class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.visual = Tower()
        self.logit_scale = torch.nn.Parameter(torch.tensor(2.5))

    def forward(self, x):
        return self.visual(x) * self.logit_scale


torch.manual_seed(1)
values = tensors()
model = Model()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
model(random(4, 3)).sum().backward()
optimizer.step()
weights = model.state_dict()

torch.save(values, folder / "tensors.pt")
torch.save(values, folder / "tensors-legacy.pt", _use_new_zipfile_serialization=False)
torch.save(values, folder / "tensors-protocol-4.pt", pickle_protocol=4)
rezip("tensors-deflated.pt", "tensors.pt", zipfile.ZIP_DEFLATED)

torch.serialization.set_crc32_options(False)
torch.save(values, folder / "tensors-without-crc.pt")
torch.serialization.set_crc32_options(True)
torch.utils.serialization.config.save.storage_alignment = 4096
torch.save({"plain": values["plain"], "window": values["window"]}, folder / "aligned-4096.pt")
torch.utils.serialization.config.save.storage_alignment = 64

torch.save({"complex": torch.tensor([1 + 2j])}, folder / "complex.pt")
torch.save({k: torch.nn.Parameter(v) for k, v in weights.items() if v.is_floating_point()}, folder / "parameters.pt")
torch.save({f"_orig_mod.{name}": value for name, value in weights.items()}, folder / "compiled.pt")
torch.jit.script(model).save(str(folder / "torchscript.pt"))

facts = {
    "args": argparse.Namespace(lr=5e-4, betas=(0.9, 0.98), name="vit"),
    "groups": collections.defaultdict(list, {"a": [1, 2]}),
    "seen": collections.Counter("abca"),
    "scalars": [np.float64(0.25), np.float32(0.5), np.float16(1.5), np.int64(-7), np.uint8(200), np.bool_(True)],
    "array": np.arange(6, dtype=np.float32).reshape(2, 3),
    "big_endian": np.array([1, 2, 3], dtype=">i4"),
    "words": np.array(["a", "b"]),
    "size": torch.Size([2, 3]),
    "device": torch.device("cuda", 1),
    "dtype": torch.float16,
    "bytes": b"\x00\xff",
    "set": {1},
    "large": 2**80,
}
training = {
    "epoch": 3,
    "name": "tiny",
    "best": torch.tensor(0.75),
    "state_dict": collections.OrderedDict((f"module.{name}", value) for name, value in weights.items()),
    "optimizer": optimizer.state_dict(),
    "scaler": {"scale": 65536.0, "growth_factor": 2.0},
    "facts": facts,
}
torch.save(training, folder / "training.pt")
torch.save(training, folder / "training-legacy.pt", _use_new_zipfile_serialization=False)

golden = {"tensors": {k: bits(v) for k, v in values.items()}, "weights": {k: bits(v) for k, v in weights.items()}}
(folder / "golden.json").write_text(json.dumps(golden, indent=1) + "\n")
print(sum(file.stat().st_size for file in folder.iterdir()), "bytes")
