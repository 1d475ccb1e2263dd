"""Recall@K by the rule of CLIP_benchmark (clip_benchmark/metrics/zeroshot_retrieval.py) and of open_clip's training log.

Reads JSON: {"images": [[...]], "texts": [[...]], "owner": [...], "at": [...]} from the file named by the first argument.
CLIP_benchmark: a query counts as found if any of its positives is among the K largest scores (torch.topk).
open_clip (open_clip_train/train.py, get_clip_metrics): one text an image; ranks by torch.argsort(descending=True), recall = mean(rank < K).
"""
import json
import sys

import torch

data = json.load(open(sys.argv[1]))
images = torch.nn.functional.normalize(torch.tensor(data["images"], dtype=torch.float32), dim=-1)
texts = torch.nn.functional.normalize(torch.tensor(data["texts"], dtype=torch.float32), dim=-1)
owner = torch.tensor(data["owner"])
scores = texts @ images.T  # [texts, images]
positive = torch.nn.functional.one_hot(owner, len(images)).bool()


def found(scores, positive, k):
    top = scores.topk(min(k, scores.shape[1]), dim=1).indices
    return positive.gather(1, top).any(dim=1).float().mean().item()


def open_clip(scores):
    ranking = torch.argsort(scores, descending=True)
    places = torch.where(ranking == torch.arange(len(scores)).view(-1, 1))[1]
    return {k: (places < k).float().mean().item() for k in data["at"]}


result = {
    "imageToText": {k: found(scores.T, positive.T, k) for k in data["at"]},
    "textToImage": {k: found(scores, positive, k) for k in data["at"]},
}
if len(owner) == len(images):
    result["openClip"] = {"imageToText": open_clip(scores.T), "textToImage": open_clip(scores)}
print(json.dumps(result))
