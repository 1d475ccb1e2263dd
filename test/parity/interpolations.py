"""Golden values of the ways to resize an image, from Pillow 9.4 (the reference's version), for
test/images/preprocess/interpolation.test.ts. Later versions shrink tall images in another order, and so round differently.

Run with: pip install pillow==9.4.0 numpy. Reads the images that images.py wrote. For each image and interpolation it writes one
SHA-256: of the pixels of every resize mode and size, one after the other. The entries without an image are of many pairs of sizes.
"""

import hashlib
import json
import pathlib

import numpy as np
from PIL import Image

folder = pathlib.Path(__file__).parents[2] / "test/fixtures/images/modes"
names = ["rgb", "rgba", "gray", "gray-alpha", "one-bit", "palette", "palette-alpha", "one-pixel", "wide", "tall"]
filters = {"nearest": Image.NEAREST, "bilinear": Image.BILINEAR, "bicubic": Image.BICUBIC, "lanczos": Image.LANCZOS}
sizes = (24, 37, 112)


def shortest(image, size, resample):
    width, height = image.size
    new = (size, int(size * height / width)) if width <= height else (int(size * width / height), size)
    if new != image.size:
        image = image.resize(new, resample)
    left, top = (int(round((side - size) / 2.0)) for side in new)
    return image.crop((left, top, left + size, top + size)).convert("RGB")


def longest(image, size, resample):
    ratio = max(side / size for side in image.size)
    new = tuple(max(1, round(side / ratio)) for side in image.size)
    square = Image.new("RGB", (size, size))
    square.paste(image.resize(new, resample).convert("RGB"), tuple((size - side) // 2 for side in new))
    return square


def squash(image, size, resample):
    return image.resize((size, size), resample).convert("RGB")


cases = []
for name in names:
    for interpolation, resample in filters.items():
        digest = hashlib.sha256()
        for mode in (shortest, longest, squash):
            for size in sizes:
                digest.update(np.array(mode(Image.open(folder / f"{name}.png"), size, resample)).tobytes())
        cases.append({"image": f"{name}.png", "interpolation": interpolation, "sha256": digest.hexdigest()})


def pattern(width, height):
    """The pixels that the test draws too."""
    y, x, c = np.mgrid[0:height, 0:width, 0:3]
    return Image.fromarray(((x * x * 7 + y * y * 3 + x * y * 11 + c * 85) % 256).astype(np.uint8))


sides = (1, 2, 5, 16, 63, 200)
for interpolation, resample in filters.items():
    digest = hashlib.sha256()
    for width in sides:
        for height in sides:
            for size in (1, 3, 16, 50):
                digest.update(np.array(squash(pattern(width, height), size, resample)).tobytes())
    cases.append({"interpolation": interpolation, "sha256": digest.hexdigest()})
(folder / "interpolations.json").write_text("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")
