"""Runs open_clip's trainer with the model of tiny-clip.json. For a model that open_clip knows by its name, and with GPUs, run
`torchrun … -m open_clip_train.main` instead."""
import sys
from pathlib import Path

import open_clip
import torch
from open_clip_train.main import main


class ParallelOnCPU(torch.nn.parallel.DistributedDataParallel):
    """The trainer passes device_ids, which PyTorch refuses on CPUs."""

    def __init__(self, module, device_ids=None, **options):
        super().__init__(module, **options)


if __name__ == "__main__":
    open_clip.add_model_config(Path(__file__).parent / "tiny-clip.json")
    if not torch.cuda.is_available():
        torch.nn.parallel.DistributedDataParallel = ParallelOnCPU
    main(sys.argv[1:])
