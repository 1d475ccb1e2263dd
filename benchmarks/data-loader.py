"""Images per second of a PyTorch DataLoader with torchvision's transforms: the other side of benchmarks/data-loader.ts.

Takes one JSON document: csv, recipe, batchSize, workers, warmUp. Texts are split and tokenized by open_clip, as the reference's
data sets do. Pillow blurs and RandAugment's operations are torchvision's: as the reference's stronger recipe has them.
"""

import csv
import json
import os
import random
import re
import sys
import time

import open_clip
import torch
from PIL import Image, ImageFilter
from torchvision import transforms
from torchvision.transforms import functional as F

given = json.loads(sys.argv[1])
folder = given["csv"].rsplit("/", 1)[0]
bicubic, bilinear = transforms.InterpolationMode.BICUBIC, transforms.InterpolationMode.BILINEAR


def blur(image):
    return image.filter(ImageFilter.GaussianBlur(random.uniform(0.1, 2)))


def affine(image, angle=0.0, translate=(0, 0), shear=(0.0, 0.0)):
    return F.affine(image, angle, translate, 1.0, shear, bilinear, fill=[128, 128, 128])


def sign():
    return random.choice((-1, 1))


shear = 11.86  # degrees of a slope of 0.21
operations = [
    lambda image: image,
    F.autocontrast,
    F.equalize,
    lambda image: F.adjust_brightness(image, 1.36),
    lambda image: F.adjust_sharpness(image, 1.36),
    lambda image: affine(image, shear=(sign() * shear, 0.0)),
    lambda image: affine(image, shear=(0.0, sign() * shear)),
    lambda image: affine(image, translate=(sign() * 7, 0)),
    lambda image: affine(image, translate=(0, sign() * 7)),
    lambda image: affine(image, angle=sign() * 21.0),
]


def rand_augment(image):
    for operation in random.choices(operations, k=2):
        if random.random() < 0.5:
            image = operation(image)
    return image


to_pixels = [
    transforms.ToTensor(),
    transforms.Normalize((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)),
]
recipes = {
    "crop": [transforms.RandomResizedCrop(224, (0.9, 1.0), interpolation=bicubic), *to_pixels],
    "strong": [
        transforms.RandomResizedCrop(224, (0.2, 1.0), interpolation=bicubic),
        transforms.RandomApply([transforms.ColorJitter(0.4, 0.4, 0.4, 0.1)], 0.8),
        transforms.RandomGrayscale(0.2),
        transforms.RandomApply([transforms.Lambda(blur)], 0.5),
        transforms.RandomHorizontalFlip(),
        transforms.Lambda(rand_augment),
        *to_pixels,
    ],
}


class Captions(torch.utils.data.Dataset):
    def __init__(self):
        with open(given["csv"], newline="", encoding="utf-8") as file:
            self.rows = list(csv.reader(file))[1:]
        self.transform = transforms.Compose(recipes[given["recipe"]])
        self.tokenize = open_clip.get_tokenizer("ViT-B-16")

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, index):
        name, raw, *captions = self.rows[index]
        image = self.transform(Image.open(f"{folder}/{name}").convert("RGB"))
        pieces = [piece.strip() for text in captions for piece in re.split(r"\n|</s>|\.", text) if piece.strip()]
        return image, self.tokenize([raw, *random.sample(pieces[:-1], 6)])


def cpu(pid):
    """Seconds of processor time of a process (man 5 proc)."""
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


loader = torch.utils.data.DataLoader(
    Captions(), given["batchSize"], shuffle=True, num_workers=given["workers"], drop_last=True
)
batches = iter(loader)
for _ in range(given["warmUp"]):
    next(batches)
processes = [os.getpid(), *(worker.pid for worker in batches._workers)]
images = (len(loader) - given["warmUp"]) * given["batchSize"]
start, before = time.perf_counter(), sum(map(cpu, processes))
for left in range(len(loader) - given["warmUp"], 0, -1):
    if left == 1:  # workers end with the last batch
        spent = sum(map(cpu, processes)) - before
    pixels, _ = next(batches)
seconds = time.perf_counter() - start
print(json.dumps({"perSecond": images / seconds, "cpuPerImage": spent / images}))
