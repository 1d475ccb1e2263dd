"""Golden values of GIF, BMP and TIFF files from Pillow, for test/images/formats/formats.test.ts.

Run with: pip install pillow numpy. Writes small files of every kind, and the SHA-256 of what the reference's resize, crop and
conversion make of them. Kinds that Pillow does not write are put together byte by byte.
"""

import hashlib
import json
import pathlib
import struct

import numpy as np
from PIL import Image

root = pathlib.Path(__file__).parents[2]
folder = root / "test/fixtures/images/formats"
folder.mkdir(parents=True, exist_ok=True)
width, height = 41, 30
source = Image.open(root / "examples/photos/coffee.png").convert("RGB").resize((width, height), Image.BICUBIC)
rng = np.random.default_rng(0)
gray = source.convert("L")
alpha = Image.fromarray(rng.integers(0, 256, (height, width), dtype=np.uint8))
rgba = source.copy()
rgba.putalpha(alpha)
indices = np.array(source.quantize(16)) % 16
colours = [int(value) for value in rng.integers(0, 256, 48)]


def write(name, content):
    (folder / name).write_bytes(content)


# GIF: codes of a fixed width, with a clear code before the table grows.
def lzw(pixels, bits):
    clear, size = 1 << bits, bits + 1
    codes = []
    for i, pixel in enumerate(pixels):
        if i % ((1 << bits) - 2) == 0:
            codes.append(clear)
        codes.append(int(pixel))
    codes.append(clear + 1)
    number, length = 0, 0
    for code in codes:
        number |= code << length
        length += size
    data = number.to_bytes((length + 7) // 8, "little")
    blocks = [data[i : i + 255] for i in range(0, len(data), 255)]
    return bytes([bits]) + b"".join(bytes([len(block)]) + block for block in blocks) + b"\0"


def gif(frame=(0, 0, width, height), bits=4, table=None, local=None, transparent=None, background=0, interlaced=False,
        pixels=indices, version=b"GIF89a", screen=(width, height)):
    left, top, columns, rows = frame
    pixels = pixels[:rows, :columns]
    if interlaced:
        order = [y for start, step in ((0, 8), (4, 8), (2, 4), (1, 2)) for y in range(start, rows, step)]
        pixels = pixels[order]
    out = version + struct.pack("<HH", *screen)
    out += bytes([(0x80 | (len(table) // 3).bit_length() - 2 if table else 0), background, 0]) + bytes(table or [])
    if transparent is not None:
        out += b"!\xf9\x04" + bytes([1, 0, 0, transparent]) + b"\0"
    out += b"!\xfe\x05hello\0"
    flags = (0x80 | (len(local) // 3).bit_length() - 2 if local else 0) | (0x40 if interlaced else 0)
    out += b"," + struct.pack("<HHHHB", left, top, columns, rows, flags) + bytes(local or [])
    return out + lzw(pixels.flatten(), bits) + b";"


part = (7, 5, 20, 16)
ramp = [value for i in range(16) for value in (i, i, i)]
write("whole.gif", gif(table=colours))
write("transparent.gif", gif(table=colours, transparent=3))
write("transparent-background.gif", gif(table=colours, transparent=3, background=5))
write("partial.gif", gif(part, table=colours, background=5))
write("partial-transparent.gif", gif(part, table=colours, transparent=3, background=5))
write("partial-local.gif", gif(part, table=colours, local=colours[::-1], background=5))
write("local-only.gif", gif(local=colours, background=5))
write("no-table.gif", gif())
write("interlaced.gif", gif(table=colours, interlaced=True))
write("interlaced-partial.gif", gif(part, table=colours, interlaced=True, transparent=2))
write("short-table.gif", gif(table=colours[:24]))
write("gray-ramp.gif", gif(table=ramp))
write("gray-ramp-transparent.gif", gif(table=ramp, transparent=3))
write("two-colours.gif", gif(table=colours[:6], bits=2, pixels=indices % 2, version=b"GIF87a"))
write("outside.gif", gif((30, 20, 20, 16), table=colours, screen=(width, height)))
source.quantize(200).save(folder / "many-colours.gif")
source.quantize(64).save(folder / "animated.gif", save_all=True, append_images=[gray.quantize(8)], disposal=2)
gray.save(folder / "gray.gif")


# BMP
def bmp(bits, rows, table=b"", compression=0, header=40, masks=b"", top_down=False, size=(width, height), raw=False, used=0):
    pixels = rows if raw else b"".join(row + b"\0" * (-len(row) % 4) for row in (rows if top_down else rows[::-1]))
    columns, lines = size
    if header == 12:
        info = struct.pack("<IHHHH", 12, columns, lines, 1, bits)
    else:
        info = struct.pack("<IiiHHIIiiII", header, columns, -lines if top_down else lines, 1, bits, compression,
                           len(pixels), 2835, 2835, used, 0)
        info += (masks + b"\0" * (header - 40))[: header - 40] if header > 40 else masks
    offset = 14 + len(info) + len(table)
    return b"BM" + struct.pack("<IHHI", offset + len(pixels), 0, 0, offset) + info + table + pixels


def packed(values, bits):
    per = 8 // bits
    padded = np.pad(values, ((0, 0), (0, -values.shape[1] % per))).astype(np.uint8)
    result = np.zeros((padded.shape[0], padded.shape[1] // per), np.uint8)
    for i in range(per):
        result |= padded[:, i::per] << (8 - bits * (i + 1))
    return [row.tobytes() for row in result]


def quads(rgb):
    return b"".join(bytes([b, g, r, 0]) for r, g, b in zip(rgb[0::3], rgb[1::3], rgb[2::3]))


def run_lengths(values, small):
    out = b""
    for y, row in enumerate(values[::-1]):
        x = 0
        while x < len(row):
            if y % 3 == 1 and len(row) - x >= 5:  # absolute run of five
                run = [int(v) for v in row[x : x + 5]]
                if small:
                    data = bytes([run[0] << 4 | run[1], run[2] << 4 | run[3], run[4] << 4])
                else:
                    data = bytes(run)
                out += bytes([0, 5]) + data + b"\0" * (len(data) % 2)
                x += 5
            elif y == 6 and x == 10:  # moves the pen
                out += bytes([0, 2, 4, 0])
                x += 4
            else:
                length = 1
                while x + length < len(row) and row[x + length] == row[x] and length < 200:
                    length += 1
                out += bytes([length, int(row[x]) * 17 if small else int(row[x])])
                x += length
        out += b"\0\0"
    return out + b"\0\1"


rgb = np.array(source)
bgr = rgb[:, :, ::-1].astype(np.uint8)
bits_of = (np.array(gray) > 100).astype(np.uint8)
table16 = quads(colours)
write("1-black-white.bmp", bmp(1, packed(bits_of, 1), quads([0, 0, 0, 255, 255, 255])))
write("1-colours.bmp", bmp(1, packed(bits_of, 1), quads(colours[:6])))
write("1-white-black.bmp", bmp(1, packed(bits_of, 1), quads([255, 255, 255, 0, 0, 0])))
write("4.bmp", bmp(4, packed(indices, 4), table16))
write("4-used.bmp", bmp(4, packed(indices % 5, 4), quads(colours[:15]), used=5))
write("8.bmp", bmp(8, packed(indices, 8), table16 + b"\0" * (1024 - 64)))
write("8-gray.bmp", bmp(8, packed(np.array(gray), 8), quads([v for i in range(256) for v in (i, i, i)])))
write("8-top-down.bmp", bmp(8, packed(indices, 8), table16, top_down=True, used=16))
write("8-rle.bmp", bmp(8, run_lengths(indices, False), table16, 1, raw=True, used=16))
write("4-rle.bmp", bmp(4, run_lengths(indices, True), table16, 2, raw=True))
rgb555 = ((rgb[:, :, 0] >> 3).astype(np.uint16) << 10) | ((rgb[:, :, 1] >> 3).astype(np.uint16) << 5) | (rgb[:, :, 2] >> 3)
rgb565 = ((rgb[:, :, 0] >> 3).astype(np.uint16) << 11) | ((rgb[:, :, 1] >> 2).astype(np.uint16) << 5) | (rgb[:, :, 2] >> 3)
write("16-555.bmp", bmp(16, [row.astype("<u2").tobytes() for row in rgb555]))
write("16-565.bmp", bmp(16, [row.astype("<u2").tobytes() for row in rgb565], compression=3,
                        masks=struct.pack("<III", 0xF800, 0x7E0, 0x1F)))
write("24.bmp", bmp(24, [row.tobytes() for row in bgr]))
write("24-top-down.bmp", bmp(24, [row.tobytes() for row in bgr], top_down=True))
write("24-os2.bmp", bmp(24, [row.tobytes() for row in bgr], header=12))
write("24-v5.bmp", bmp(24, [row.tobytes() for row in bgr], header=124))
bgra = np.dstack([bgr, np.array(alpha)])
write("32.bmp", bmp(32, [row.tobytes() for row in bgra]))
argb_masks = struct.pack("<IIII", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)
write("32-alpha.bmp", bmp(32, [row.tobytes() for row in bgra], compression=3, header=108, masks=argb_masks))
write("32-bitfields.bmp", bmp(32, [row.tobytes() for row in bgra], compression=3, masks=argb_masks[:12]))
abgr = np.dstack([rgb.astype(np.uint8), np.array(alpha)])
write("32-rgba.bmp", bmp(32, [row.tobytes() for row in abgr], compression=3, header=108,
                         masks=struct.pack("<IIII", 0xFF, 0xFF00, 0xFF0000, 0xFF000000)))
core = b"".join(bytes([b, g, r]) for r, g, b in zip(colours[0::3], colours[1::3], colours[2::3]))
write("8-os2.bmp", bmp(8, packed(indices, 8), core + b"\0" * (768 - 48), header=12))


# TIFF
def tiff(tags, strips, order="<"):
    """Uncompressed, one image; tags: number → (type, values)."""
    tags = {256: (4, [width]), 257: (4, [height]), 259: (3, [1]), 278: (4, [height]), **tags}
    data = b"".join(strips)
    offsets, at = [], 8
    for strip in strips:
        offsets.append(at)
        at += len(strip)
    tags[273] = (4, offsets)
    tags[279] = (4, [len(strip) for strip in strips])
    codes = {1: "B", 3: "H", 4: "I"}
    at = 8 + len(data) + len(data) % 2
    entries, extra = b"", b""
    start = at + 2 + 12 * len(tags) + 4
    for number, (kind, values) in sorted(tags.items()):
        content = struct.pack(order + codes[kind] * len(values), *values)
        if len(content) > 4:
            field = struct.pack(order + "I", start + len(extra))
            extra += content + b"\0" * (len(content) % 2)
        else:
            field = content + b"\0" * (4 - len(content))
        entries += struct.pack(order + "HHI", number, kind, len(values)) + field
    magic = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", at)
    return magic + data + b"\0" * (len(data) % 2) + struct.pack(order + "H", len(tags)) + entries + b"\0\0\0\0" + extra


def one(value, kind=3):
    return (kind, [value])


g8 = np.array(gray).tobytes()
cmyk = source.convert("CMYK")
colormap = [v * 257 for c in range(3) for v in colours[c::3]]
write("min-is-white.tif", tiff({258: one(8), 262: one(0), 277: one(1)}, [g8]))
write("big-endian.tif", tiff({258: (3, [8, 8, 8]), 262: one(2), 277: one(3)}, [rgb.tobytes()], ">"))
write("gray-4.tif", tiff({258: one(4), 262: one(1), 277: one(1)}, [b"".join(packed(indices, 4))]))
write("palette-4.tif", tiff({258: one(4), 262: one(3), 277: one(1), 320: (3, colormap)}, [b"".join(packed(indices, 4))]))
write("one-bit-white.tif", tiff({258: one(1), 262: one(0), 277: one(1)}, [b"".join(packed(bits_of, 1))]))
write("planar.tif", tiff({258: (3, [8, 8, 8]), 262: one(2), 277: one(3), 284: one(2)}, [rgb[:, :, c].tobytes() for c in range(3)]))
write("gray-alpha.tif", tiff({258: (3, [8, 8]), 262: one(1), 277: one(2), 338: one(2)},
                             [np.dstack([np.array(gray), np.array(alpha)]).tobytes()]))
for name, extra in (("unspecified", 0), ("associated", 1), ("unassociated", 2)):
    write(f"rgba-{name}.tif", tiff({258: (3, [8] * 4), 262: one(2), 277: one(4), 338: one(extra)}, [np.array(rgba).tobytes()]))
write("rgb-16.tif", tiff({258: (3, [16] * 3), 262: one(2), 277: one(3)}, [(rgb.astype("<u2") * 201).tobytes()]))
write("orientation-6.tif", tiff({258: one(8), 262: one(1), 277: one(1), 274: one(6)}, [g8]))
write("cmyk.tif", tiff({258: (3, [8] * 4), 262: one(5), 277: one(4)}, [np.array(cmyk).tobytes()]))
for name, image, options in (
    ("one-bit-g4", gray.convert("1"), {"compression": "group4"}),
    ("one-bit-packbits", gray.convert("1"), {"compression": "packbits"}),
    ("gray-lzw", gray, {"compression": "tiff_lzw"}),
    ("palette-lzw", source.quantize(64), {"compression": "tiff_lzw"}),
    ("rgb-deflate", source, {"compression": "tiff_adobe_deflate"}),
    ("rgba-lzw", rgba, {"compression": "tiff_lzw"}),
    ("cmyk-lzw", cmyk, {"compression": "tiff_lzw"}),
    ("rgb-jpeg", source, {"compression": "jpeg"}),
    ("gray-jpeg", gray, {"compression": "jpeg"}),
    ("ycbcr", source.convert("YCbCr"), {}),
    ("float", Image.fromarray(np.array(gray, np.float32) * 1.2 - 20), {}),
    ("gray-16", Image.fromarray(np.array(gray, np.uint16) * 257), {}),
):
    image.save(folder / f"{name}.tif", **options)


def shortest(image, size):
    columns, rows = image.size
    new = (size, int(size * rows / columns)) if columns <= rows else (int(size * columns / rows), size)
    if new != image.size:
        image = image.resize(new, Image.BICUBIC)
    left, top = (int(round((side - size) / 2.0)) for side in new)
    return image.crop((left, top, left + size, top + size)).convert("RGB")


def squash(image, size):
    return image.resize((size, size), Image.BICUBIC).convert("RGB")


# Files that decode to other pixels than Pillow's on purpose; docs/images.md says why.
different = {"float.tif", "gray-16.tif", "orientation-6.tif", "rgba-associated.tif", "ycbcr.tif"}
cases = []
for path in sorted(folder.iterdir()):
    if path.suffix == ".json" or path.name in different:
        continue
    for mode in (shortest, squash):
        for size in (17, 64):
            pixels = np.array(mode(Image.open(path), size)).tobytes()
            sha = hashlib.sha256(pixels).hexdigest()
            cases.append({"image": path.name, "size": size, "mode": mode.__name__, "sha256": sha})
(folder / "cases.json").write_text("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")
