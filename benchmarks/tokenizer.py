"""Texts per second through open_clip's tokenizer: the work of benchmarks/tokenizer.ts."""
import json
import sys
import time

from open_clip_import import open_clip

texts = json.load(open(sys.argv[1]))
tokenizer = open_clip.SimpleTokenizer()
tokenizer(texts[:1000])
start = time.perf_counter()
tokenizer(texts)
print(json.dumps({"perSecond": len(texts) / (time.perf_counter() - start)}))
