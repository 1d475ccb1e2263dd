"""What CLIP_benchmark, open_clip and scikit-learn say about classification. Tests in test/evaluation run this.

    python test/parity/classification.py metrics < {scores, targets, truth}    accuracies and mean average precision of CLIP_benchmark
    python test/parity/classification.py model FOLDER                          a small random model and its classifier of open_clip
    python test/parity/classification.py wds FOLDER                            two sets in CLIP_benchmark's WebDataset layout
    python test/parity/classification.py cifar FOLDER                          batches of CIFAR-10 as pickles
    python test/parity/classification.py flowers FOLDER                        lists of Flowers-102 as MATLAB files
    python test/parity/classification.py probe < [{…}]                         optima of scikit-learn's LogisticRegression
"""

import io
import json
import pickle
import struct
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))


def clip_benchmark():
    """Its module of classification. It turns arrays of one element into numbers, which NumPy refuses since 2.4."""
    from clip_benchmark.metrics import zeroshot_classification

    zeroshot_classification.float = lambda value: float(np.asarray(value).item())
    return zeroshot_classification


def metrics():
    import torch
    from sklearn.metrics import balanced_accuracy_score

    given = json.load(sys.stdin)
    scores, targets = torch.tensor(given["scores"]), torch.tensor(given["targets"])
    acc1, acc5 = clip_benchmark().accuracy(scores, targets, topk=(1, 5))
    average_precisions = clip_benchmark().average_precision_per_class(scores, torch.tensor(given["truth"]))
    return {
        "acc1": acc1,
        "acc5": acc5,
        "meanPerClass": balanced_accuracy_score(targets, scores.argmax(axis=1)),
        "meanAveragePrecision": average_precisions.mean().item(),
    }


def model(folder):
    import open_clip_import  # noqa: F401
    import open_clip
    import torch
    from safetensors.torch import save_file

    torch.manual_seed(5)
    config = {
        "embed_dim": 24,
        "vision_cfg": {"image_size": 16, "layers": 1, "width": 64, "patch_size": 8},
        "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 2},
    }
    clip = open_clip.CLIP(**config).eval()
    with torch.no_grad():
        for parameter in clip.parameters():
            parameter.add_(torch.randn(parameter.shape) * 0.05)
    path = Path(folder)
    save_file({name: value.contiguous() for name, value in clip.state_dict().items()}, path / "model.safetensors")
    (path / "config.json").write_text(json.dumps(config))
    names = ["tabby cat", "digital watch", "castle", "sea lion", "hen-of-the-woods", "tow truck", "bagel"]
    templates = ["a photo of a {}.", "the origami {}.", "itap of my {}."]
    weights = open_clip.build_zero_shot_classifier(clip, open_clip.SimpleTokenizer(), names, templates)
    pixels = torch.randint(0, 256, (60, 3, 16, 16), dtype=torch.uint8)
    mean = torch.tensor([0.48145466, 0.4578275, 0.40821073])[:, None, None]
    std = torch.tensor([0.26862954, 0.26130258, 0.27577711])[:, None, None]
    with torch.no_grad():
        features = clip.encode_image((pixels / 255 - mean) / std, normalize=True)
    targets = torch.randint(0, len(names), (60,))
    acc1, acc5 = clip_benchmark().accuracy(100.0 * features @ weights, targets, topk=(1, 5))
    return {
        "names": names,
        "templates": templates,
        "weights": weights.T.flatten().tolist(),
        "pixels": pixels.permute(0, 2, 3, 1).flatten().tolist(),
        "targets": targets.tolist(),
        "acc1": acc1,
        "acc5": acc5,
    }


def optima(given):
    from sklearn.linear_model import LogisticRegression

    rows, dimensions = given["shape"]
    features = np.array(given["features"], dtype=np.float64).reshape(rows, dimensions)
    labels, test = np.array(given["labels"]), np.array(given["test"], dtype=np.float64).reshape(-1, dimensions)
    results = []
    for c in given["inverses"]:
        fitted = LogisticRegression(C=c, tol=1e-10, max_iter=20000).fit(features, labels)
        logs = fitted.predict_log_proba(features)[np.arange(rows), labels]
        results.append(
            {
                "objective": float(-c * logs.sum() + (fitted.coef_**2).sum() / 2),
                "accuracy": float((fitted.predict(test) == np.array(given["testLabels"])).mean()),
                "coefficients": fitted.coef_.flatten().tolist(),
            }
        )
    return results


def probe():
    return [optima(given) for given in json.load(sys.stdin)]


def wds(folder):
    """Two sets as CLIP_benchmark's `webdataset_builder` writes them: one label per image, and several."""
    import webdataset
    from PIL import Image

    for name, labels in (("wds_colours", [0, 2, 1]), ("wds_several", [[1, 0, 1], [0, 0, 0], [0, 1, 0]])):
        path = Path(folder) / name
        (path / "test").mkdir(parents=True)
        (path / "classnames.txt").write_text("red\nsea green\nblue\n")
        (path / "zeroshot_classification_templates.txt").write_text("a photo of {c}.\nthe {c}.\n")
        several = isinstance(labels[0], list)
        if several:
            (path / "dataset_type.txt").write_text("multilabel\n")
        with webdataset.ShardWriter(str(path / "test" / "%d.tar"), maxcount=2, verbose=0) as sink:
            for index, label in enumerate(labels):
                image = io.BytesIO()
                Image.new("RGB", (4, 4), (index * 60, 0, 0)).save(image, format="webp", lossless=True)
                own = {"npy": np.array(label)} if several else {"cls": label}
                sink.write({"__key__": "s%07d" % index, "webp": image.getvalue(), **own})
            (path / "test" / "nshards.txt").write_text("2\n")


class Python2Pickle:
    """Writes a batch of CIFAR as Python 2 did: its strings are bytes, in the opcodes that Python 3 never writes."""

    def __init__(self, batch):
        self.out = b"\x80\x02" + self.value(batch) + b"."

    def value(self, item):
        if isinstance(item, bytes):
            return b"T" + struct.pack("<I", len(item)) + item
        if isinstance(item, int):
            return b"J" + struct.pack("<i", item)
        if isinstance(item, list):
            return b"](" + b"".join(map(self.value, item)) + b"e"
        if isinstance(item, dict):
            return b"}(" + b"".join(self.value(key) + self.value(own) for key, own in item.items()) + b"u"
        named = b"cnumpy\ndtype\n(" + self.value(b"u1") + self.value(0) + self.value(1) + b"tR"
        named += b"(" + self.value(3) + self.value(b"|") + b"NNN" + self.value(-1) * 2 + self.value(0) + b"tb"
        shape = b"(" + b"".join(map(self.value, item.shape)) + b"t"
        array = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(" + self.value(0) + b"t" + self.value(b"b") + b"tR"
        return array + b"(" + self.value(1) + shape + named + b"\x89" + self.value(item.tobytes()) + b"tb"


def cifar(folder):
    """Batches of CIFAR-10 for Python, as Python 2 and Python 3 write them, and the pixels of the second image at (3, 5)."""
    data = np.random.default_rng(3).integers(0, 256, (2, 3072), dtype=np.uint8)
    batch = {b"batch_label": b"testing batch 1 of 1", b"labels": [3, 9], b"data": data, b"filenames": [b"a.png", b"b.png"]}
    for name, dump in (
        ("python2", lambda: Python2Pickle(batch).out),
        ("python2-text", lambda: Python2Pickle({**batch, b"data": data % 128}).out),
        ("python3", lambda: pickle.dumps(batch, protocol=2)),
        ("protocol4", lambda: pickle.dumps({"labels": [3, 9], "data": data}, protocol=4)),
        ("forbidden", lambda: pickle.dumps({"labels": [3], "data": Path("x")}, protocol=2)),
    ):
        path = Path(folder) / name / "cifar-10-batches-py"
        path.mkdir(parents=True)
        (path / "test_batch").write_bytes(dump())
        if name != "forbidden":
            assert pickle.loads(dump(), encoding="bytes") is not None
    return data[1].reshape(3, 32, 32)[:, 5, 3].tolist()


def flowers(folder):
    """The lists of Flowers-102 as MATLAB files, packed and not."""
    from scipy.io import savemat

    for packed in (True, False):
        path = Path(folder) / ("packed" if packed else "plain")
        path.mkdir(parents=True)
        lists = {"trnid": np.array([[1]], np.uint16), "valid": np.array([[3, 2]], np.uint16), "tstid": np.array([[2, 4, 5.0]])}
        savemat(path / "setid.mat", lists, do_compression=packed)
        labels = {"labels": np.array([[77, 10, 102, 1]], np.uint8), "note": "text"}
        savemat(path / "imagelabels.mat", labels, do_compression=packed)


commands = {"metrics": metrics, "model": model, "probe": probe, "wds": wds, "cifar": cifar, "flowers": flowers}
print(json.dumps(commands[sys.argv[1]](*sys.argv[2:])))
