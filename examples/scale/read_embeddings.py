"""Reads the output of `dreamlip embed --shards` as other programs do, and checks that they agree.

    pip install 'pyarrow<22' embedding-reader autofaiss    # newer ones need NumPy 2, which autofaiss 2.18 does not take
    python read_embeddings.py embeddings
"""
import json
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from autofaiss import build_index
from embedding_reader import EmbeddingReader

folder = Path(sys.argv[1])
reports = [json.loads(path.read_text()) for path in sorted((folder / "reports").glob("*.json"))]
reports = [report for report in reports if report["embedded"] > 0]

# NumPy and PyArrow, file by file
arrays, paths = [], []
for report in reports:
    number = f"{report['number']:05}"
    array = np.load(folder / "img_emb" / f"img_emb_{number}.npy")
    table = pq.read_table(folder / "metadata" / f"metadata_{number}.parquet")
    assert array.shape[0] == table.num_rows == report["embedded"]
    assert table.column_names == ["image_path", "caption"]
    arrays.append(array)
    paths += table["image_path"].to_pylist()
vectors = np.concatenate(arrays)
assert np.allclose(np.linalg.norm(vectors.astype(np.float32), axis=1), 1, atol=1e-3)

# clip-retrieval's reader: all shards as one
reader = EmbeddingReader(
    embeddings_folder=str(folder / "img_emb"),
    metadata_folder=str(folder / "metadata"),
    meta_columns=["image_path", "caption"],
    file_format="parquet_npy",
)
assert (reader.count, reader.dimension) == vectors.shape
batches = list(reader(batch_size=1000, show_progress=False))
assert np.array_equal(np.concatenate([batch for batch, _ in batches]), vectors)
assert [path for _, meta in batches for path in meta["image_path"]] == paths

# autofaiss: an index of all, in which every vector finds itself
index, _ = build_index(str(folder / "img_emb"), metric_type="ip", save_on_disk=False, should_be_memory_mappable=False)
queries = vectors[:: max(1, len(vectors) // 100)].astype(np.float32)
scores, _ = index.search(queries, 1)
assert index.ntotal == len(vectors) and np.allclose(scores, 1, atol=0.02)

names = ["numpy", "pyarrow", "embedding-reader", "autofaiss", "faiss-cpu"]
print(f"{len(reports)} shards, {vectors.shape[0]} × {vectors.shape[1]} {vectors.dtype}: read alike by", end=" ")
print(", ".join(f"{name} {version(name)}" for name in names))
