"""One small data set in every layout, written by the libraries that people use, for test/data/readers/layouts.test.ts.

Run with: python test/parity/data-layouts.py (webdataset, pyarrow, Pillow of requirements.txt).
"""

import csv
import io
import json
import pathlib

import pyarrow as pa
import pyarrow.parquet as pq
import webdataset as wds
from PIL import Image

folder = pathlib.Path(__file__).parents[1] / "fixtures/data/layouts"
(folder / "images").mkdir(parents=True, exist_ok=True)
(folder / "records").mkdir(exist_ok=True)
keys = ["shortIB", "longIB", "shortSV", "longSV", "shortLLA", "longLLA"]
records = []
for i in range(7):
    captions = {key: f'{key} of {i}: "quoted", 3.5 m.\nSecond sentence é☕' if i % 2 else f"{key} {i}" for key in keys}
    records.append({"image": f"images/{i}.png", "raw": f"raw {i}, ü", "captions": captions})
    Image.new("RGB", (16, 12), (i * 30, 100, 255 - i * 30)).save(folder / f"images/{i}.png")
(folder / "expected.json").write_text(json.dumps(records, indent=1) + "\n")

released = ["Image Path", "raw_caption"] + [f"{key}_captions" for key in keys]
rows = [[r["image"], r["raw"], *(r["captions"][key] for key in keys)] for r in records]
for name, delimiter in (("released.csv", ","), ("released.tsv", "\t")):
    with open(folder / name, "w", newline="", encoding="utf-8") as file:
        csv.writer(file, delimiter=delimiter).writerows([released, *rows])

lines = []
for i, row in enumerate(rows):
    names = ["ImagePath", "raw_caption"] + released[2:]
    (folder / f"records/{i}.json").write_text(json.dumps(dict(zip(names, row))))
    lines.append(f"records/{i}.json")
(folder / "index.txt").write_text("\n".join(lines) + "\n")

shard_names = {"shortIB": "IBCaptionShort", "longIB": "IBCaptionLong", "shortSV": "SVCaptionShort", "longSV": "SVCaptionLong", "shortLLA": "LLACaptionShort", "longLLA": "LLACaptionLong"}
shard = [{"ImagePath": r["image"], "RawCaption": r["raw"], **{shard_names[k]: r["captions"][k] for k in keys}} for r in records]
(folder / "shard.json").write_text(json.dumps(shard, ensure_ascii=False))

table = pa.table({name: [row[i] for row in rows] for i, name in enumerate(released)})
for codec in ("none", "snappy", "gzip", "zstd", "brotli", "lz4"):
    pq.write_table(table, folder / f"{codec}.parquet", compression=codec, row_group_size=3)
split = [[piece.strip() for piece in r["captions"]["longSV"].split("\n")] for r in records]
pictures = [{"bytes": (folder / r["image"]).read_bytes(), "path": r["image"]} for r in records]
lists = pa.table({"image": pictures, "caption": [r["raw"] for r in records], "longSV_captions": split})
pq.write_table(lists, folder / "lists.parquet")


def write_tar(name, sample_of):
    with wds.TarWriter(str(folder / name), mtime=0) as sink:
        for i, record in enumerate(records):
            sink.write({"__key__": f"{i:05d}", "png": (folder / record["image"]).read_bytes(), **sample_of(record)})


write_tar("json-0.tar", lambda r: {"json": {"caption": r["raw"], **{f"{k}_captions": r["captions"][k] for k in keys}}})
write_tar("text-0.tar", lambda r: {"txt": r["raw"]})
write_tar("split-0.tar", lambda r: {"txt": r["raw"], "json": r["captions"]["longSV"].split("\n")})
