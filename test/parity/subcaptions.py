"""What the reference's rule for sub-captions can draw, for test/data/sampling/subcaption-sampler.test.ts.

Run with: python test/parity/subcaptions.py. For each case: the pieces, every text that 4,000 draws of the rule gave, and whether
a draw ever held the same index twice.
"""

import json
import pathlib
import random
import re

names = ["shortIB", "longIB", "shortSV", "longSV", "shortLLA", "longLLA"]
records = [
    {"raw": "a bus", "captions": {"shortIB": "A red bus.", "longIB": "A bus waits. It is 3.5 m tall.\nTwo people cross</s>", "shortSV": "bus at a stop", "longSV": " .. \nRain falls.  The road is wet. ", "shortLLA": "red bus", "longLLA": "The bus. The stop. The sky."}},
    {"raw": "few", "captions": {"shortIB": "One.", "longIB": "Two. Three.", "shortSV": "", "longSV": "", "shortLLA": "", "longLLA": ""}},
    {"raw": "spaces", "captions": {"shortIB": "\x1c a \x85. b\u3000.\tc", "longIB": "d..e", "shortSV": "f", "longSV": "g</s></s>h", "shortLLA": "i\n\n", "longLLA": "j"}},
]


def pieces_of(record):
    pieces = []
    for name in names:
        for piece in re.split(r"\n|</s>|\.", record["captions"][name]):
            if piece.strip():
                pieces.append(piece.strip())
    return pieces


def draw(pieces, count):
    choices = range(len(pieces) - 1)
    return random.sample(choices, count) if len(choices) >= count else random.choices(choices, k=count)


random.seed(0)
cases = []
for record in records:
    for count, merged in [(6, 1), (3, 1), (2, 3), (8, 2)]:
        pieces = pieces_of(record)
        draws = [draw(pieces, count) for _ in range(4000)]
        texts = sorted({". ".join(pieces[i : i + merged]) for indices in draws for i in indices})
        repeats = any(len(set(indices)) < count for indices in draws)
        cases.append({"record": record, "count": count, "merged": merged, "pieces": pieces, "texts": texts, "repeats": repeats})
path = pathlib.Path(__file__).parents[1] / "fixtures/data/subcaptions.json"
path.write_text("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")
