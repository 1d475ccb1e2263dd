"""Embeds a data set with Spark: each task runs `dreamlip embed` for a part of the shards. Arguments after `--` go to the command:

    spark-submit --conf spark.task.cpus=8 spark.py --parts 64 --out /data/embeddings \\
        -- --model /data/vitb16.pt --shards '/data/laion/{00000..41407}.tar'

Every executor needs Node, dreamlip in its PATH, and the same paths. At the end, the driver reads the output with PyArrow (`pip install pyarrow`).
"""

import argparse
import io
import json
import os
import subprocess
import sys

import numpy
import pyarrow.dataset
import pyarrow.fs
import pyarrow.parquet
from pyspark import TaskContext
from pyspark.sql import SparkSession

TRIES = 3  # Spark itself tries a task four times (spark.task.maxFailures); with a master of local[N], once: use local[N,4]


def embed(part: int, parts: int, options: list[str]) -> dict:
    """Embeds a part. Shards that are there are skipped, so a task that is tried again goes on where it stopped."""
    task = TaskContext.get()
    command = ["dreamlip", "embed", "--partition", f"{part}/{parts}", "--json", *options]
    environment = {**os.environ, "DREAMLIP_THREADS": str(task.cpus())}
    run = subprocess.run(command, stdout=subprocess.PIPE, env=environment, text=True)
    if run.returncode < 0:
        raise RuntimeError(f"part {part}: dreamlip was ended by signal {-run.returncode}")
    result = json.loads(run.stdout)
    if "error" in result:
        raise RuntimeError(f"part {part}: {result['error']['code']}: {result['error']['message']}")
    if result["failed"] and task.attemptNumber() + 1 < TRIES:
        raise RuntimeError(f"part {part}: {result['failed']}")
    return result


def read_back(out: str) -> None:
    """Reads the metadata of all shards as one table, and the vectors of the first."""
    files, root = pyarrow.fs.FileSystem.from_uri(out if "://" in out else os.path.abspath(out))
    table = pyarrow.dataset.dataset(f"{root}/metadata", filesystem=files)
    print(f"{out}: {table.count_rows()} rows of {', '.join(table.schema.names)}")
    first = min(table.files)
    number = first.removesuffix(".parquet").rsplit("_", 1)[1]
    rows = pyarrow.parquet.read_table(first, filesystem=files)
    with files.open_input_file(f"{root}/img_emb/img_emb_{number}.npy") as file:
        vectors = numpy.load(io.BytesIO(file.read()))
    if len(vectors) != len(rows):
        sys.exit(f"shard {number}: {len(vectors)} vectors, but {len(rows)} rows of metadata")
    print(f"shard {number}: {vectors.shape[0]} vectors of {vectors.shape[1]} × {vectors.dtype}, the first of {rows['image_path'][0]}")


def main() -> None:
    parser = argparse.ArgumentParser(usage="spark.py --parts N --out PLACE -- OPTIONS")
    parser.add_argument("--parts", type=int, required=True, help="tasks; more than run at once, so that none ends much later")
    parser.add_argument("--out", required=True, help="a folder that all executors share, or s3://bucket/prefix")
    parser.add_argument("options", nargs="+", help="of `dreamlip embed`, such as --model and --shards")
    arguments = parser.parse_args()
    parts, out = arguments.parts, arguments.out
    options = ["--out", out, *arguments.options]

    spark = SparkSession.builder.appName("dreamlip-embed").getOrCreate()
    results = spark.sparkContext.parallelize(range(parts), parts).map(lambda part: embed(part, parts, options)).collect()
    spark.stop()

    total = {key: sum(result[key] for result in results) for key in ("shards", "skipped", "samples", "embedded")}
    failed = [shard for result in results for shard in result["failed"]]
    print(json.dumps({**total, "failed": failed}))
    read_back(out)
    if failed:
        sys.exit(1)


if __name__ == "__main__":
    main()
