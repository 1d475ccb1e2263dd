"""Prints ImageNet's 1,000 class names, as open_clip has them."""
import json

from open_clip_import import open_clip  # noqa: F401
from open_clip.zero_shot_metadata import IMAGENET_CLASSNAMES

print(json.dumps(list(IMAGENET_CLASSNAMES)))
