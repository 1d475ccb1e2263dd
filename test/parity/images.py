"""Golden values of image preprocessing from Pillow 9.4 (the reference's version), for test/images/preprocess/preprocess.test.ts.

Run with: pip install pillow==9.4.0 numpy. Writes small images in every mode, and the SHA-256 of what the reference's
resize, crop and conversion make of them.
"""

import hashlib
import json
import pathlib

import numpy as np
from PIL import Image

root = pathlib.Path(__file__).parents[2]
folder = root / "test/fixtures/images/modes"
folder.mkdir(parents=True, exist_ok=True)
source = Image.open(root / "examples/photos/coffee.png").convert("RGB").resize((52, 39), Image.BICUBIC)
rng = np.random.default_rng(0)
alpha = Image.fromarray(rng.integers(0, 256, (39, 52), dtype=np.uint8))
rgba = source.copy()
rgba.putalpha(alpha)
la = source.convert("L")
la.putalpha(alpha)
gray = source.convert("L")
images = {
    "rgb.png": (source, {}),
    "rgba.png": (rgba, {}),
    "gray.png": (gray, {}),
    "gray-alpha.png": (la, {}),
    "one-bit.png": (source.convert("1"), {}),
    "palette.png": (source.quantize(64), {}),
    "palette-alpha.png": (rgba.quantize(64), {}),
    "rgb-transparent-colour.png": (source, {"transparency": (0, 0, 0)}),
    "gray-transparent-colour.png": (gray, {"transparency": 3}),
    "palette.gif": (source.quantize(64), {}),
    "lossless.webp": (source, {"lossless": True}),
    "lossless-alpha.webp": (rgba, {"lossless": True}),
    "lossy.webp": (source, {"quality": 80}),
    "420.jpg": (source, {"quality": 70}),
    "444.jpg": (source, {"subsampling": 0}),
    "progressive.jpg": (source, {"progressive": True}),
    "gray.jpg": (gray, {}),
    "cmyk.jpg": (source.convert("CMYK"), {}),
    "one-pixel.png": (source.resize((1, 1)), {}),
    "wide.png": (source.resize((200, 3)), {}),
    "tall.png": (source.resize((3, 200)), {}),
}
for orientation in range(1, 9):
    exif = Image.Exif()
    exif[0x112] = orientation
    images[f"exif-{orientation}.jpg"] = (source, {"exif": exif})


def shortest(image, size):
    width, height = image.size
    new = (size, int(size * height / width)) if width <= height else (int(size * width / height), size)
    if new != image.size:
        image = image.resize(new, Image.BICUBIC)
    left, top = (int(round((side - size) / 2.0)) for side in new)
    return image.crop((left, top, left + size, top + size)).convert("RGB")


def squash(image, size):
    return image.resize((size, size), Image.BICUBIC).convert("RGB")


def longest(image, size):
    ratio = max(side / size for side in image.size)
    new = tuple(max(1, round(side / ratio)) for side in image.size)
    square = Image.new("RGB", (size, size))
    square.paste(image.resize(new, Image.BICUBIC).convert("RGB"), tuple((size - side) // 2 for side in new))
    return square


cases = []
for name, (image, options) in images.items():
    image.save(folder / name, **options)
    for mode in (shortest, longest, squash):
        for size in (24, 37, 112):
            pixels = np.array(mode(Image.open(folder / name), size)).tobytes()
            cases.append({"image": name, "size": size, "mode": mode.__name__, "sha256": hashlib.sha256(pixels).hexdigest()})
(folder / "cases.json").write_text("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")
