"""Golden values of bilinear resizing from PyTorch, for test/inference/dense/bilinear.test.ts."""

import json
import pathlib

import torch

torch.manual_seed(0)
cases = []
for size, to in [((7, 7), (20, 30)), ((14, 14), (224, 224)), ((5, 3), (2, 9)), ((1, 1), (4, 4)), ((30, 40), (30, 40))]:
    map = torch.randn(size)
    out = torch.nn.functional.interpolate(map[None, None], size=to, mode="bilinear", align_corners=False)[0, 0]
    stride = 1 if out.numel() < 2000 else 97  # large results: every 97th value
    cases.append(
        {
            "size": size,
            "to": to,
            "map": [round(v, 6) for v in map.flatten().tolist()],
            "stride": stride,
            "expected": out.flatten()[::stride].tolist(),
        }
    )
path = pathlib.Path(__file__).parents[1] / "fixtures/inference/bilinear.json"
path.write_text(json.dumps(cases))
