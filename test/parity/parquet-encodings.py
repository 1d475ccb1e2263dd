"""Writes small Parquet files in the encodings that writers choose, and their rows as JSON, with pyarrow.

    python test/parity/parquet-encodings.py
"""
import json
import random
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

FOLDER = Path(__file__).parent.parent / "fixtures" / "data" / "parquet"
WORDS = "a the red blue old small dog cat bus street sky on under two people stand sits house tree rain".split()
COUNT = 60

random.seed(13)


def text(words):
    return " ".join(random.choice(WORDS) for _ in range(words)).capitalize() + "."


def sometimes(make):
    return None if random.random() < 0.15 else make()


rows = [
    {
        "image_path": f"images/{i:04d}.jpg",
        "raw_caption": sometimes(lambda: text(6)),
        "longIB_captions": sometimes(lambda: text(20)),
        "longSV_captions": sometimes(lambda: [text(5) for _ in range(random.randint(0, 3))]),
    }
    for i in range(COUNT)
]
table = pa.Table.from_pylist(rows)
FOLDER.mkdir(parents=True, exist_ok=True)


def write(name, **options):
    pq.write_table(table, FOLDER / f"{name}.parquet", row_group_size=25, data_page_size=600, **options)


texts = ["image_path", "raw_caption", "longIB_captions"]
write("v1-dictionary", compression="none")
write("v2-dictionary", compression="zstd", data_page_version="2.0")
write("v1-plain", compression="gzip", use_dictionary=False)
write("v2-plain", compression="snappy", data_page_version="2.0", use_dictionary=False, write_page_index=True)
for encoding in ["DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY"]:
    write(
        encoding.lower().replace("_", "-"),
        compression="none",
        data_page_version="2.0",
        use_dictionary=False,
        column_encoding={name: encoding for name in texts},
    )
(FOLDER / "rows.json").write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n")
