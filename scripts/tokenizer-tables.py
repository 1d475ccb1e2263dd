"""Writes the tokenizer's tables (src/tokenizer/tables/) from the Python packages that define them.

    python scripts/tokenizer-tables.py      (needs ftfy, regex, and open_clip_torch's vocabulary file)

vocabulary.ts      CLIP's merges (OpenAI, MIT) as pairs of 16-bit ids, deflated, in base64
unicode.ts         which characters are letters and numbers to Python's `regex`; which ones its `str` does not know, takes for
                   digits, and looks at where a capital sigma ends a word
html-entities.ts   HTML5's named characters, from Python's standard library
mojibake.ts        ftfy's classes of characters, and the code pages that it tries (ftfy, Apache-2.0)
"""
import base64
import gzip
import html.entities
import importlib.util
import json
import os
import re as stdlib_re
import struct
import unicodedata
import zlib

import ftfy.bad_codecs  # noqa: F401 (registers the sloppy codecs)
import regex
from ftfy import badness, chardata

target = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../src/tokenizer/tables")
os.makedirs(target, exist_ok=True)


def write(name, purpose, body):
    with open(os.path.join(target, name), "w", encoding="ascii") as file:
        file.write(f"/** {purpose} Made by scripts/tokenizer-tables.py. */\n{body}")


def literal(text):
    """A TypeScript string of printable ASCII."""
    quoted = json.dumps(text)[1:-1].replace('\\"', '"').replace("'", "\\'")
    return f"'{quoted}'"


# --- vocabulary ---------------------------------------------------------------------------------------------------
package = os.path.dirname(importlib.util.find_spec("open_clip").origin)
lines = gzip.open(os.path.join(package, "bpe_simple_vocab_16e6.txt.gz")).read().decode().split("\n")
merges = [tuple(line.split()) for line in lines[1 : 49152 - 256 - 2 + 1]]
printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
byte_order = printable + [byte for byte in range(256) if byte not in printable]
symbols = [chr(byte) for byte in printable] + [chr(256 + i) for i in range(256 - len(printable))]
vocabulary = symbols + [symbol + "</w>" for symbol in symbols] + ["".join(merge) for merge in merges]
ids = {symbol: i for i, symbol in enumerate(vocabulary)}
assert len(ids) == len(vocabulary) == 49406, "two merges give the same symbol"
# The first ids of all pairs, then the second ones: like stands beside like, which deflates better.
pairs = [ids[first] for first, _ in merges] + [ids[second] for _, second in merges]
packed = struct.pack(f"<{len(pairs)}H", *pairs)
# Low bytes first, then high bytes, for the same reason.
packed = packed[0::2] + packed[1::2]
encoded = base64.b64encode(zlib.compress(packed, 9)).decode()
write(
    "vocabulary.ts",
    "CLIP's merges (OpenAI, MIT): ids of all first symbols, then of all second ones; low bytes, then high bytes; zlib, base64.",
    f"export const packedMerges =\n  '{encoded}'\n",
)


# --- unicode ------------------------------------------------------------------------------------------------------
def ranges(matches):
    """Start and length of each run, as differences to the end before, in base 36."""
    runs, start = [], None
    for code in range(0x110000 + 1):
        inside = code < 0x110000 and not 0xD800 <= code < 0xE000 and matches(code)
        if inside and start is None:
            start = code
        elif not inside and start is not None:
            runs.append((start, code))
            start = None
    digits, end = [], 0
    for first, after in runs:
        digits += [base36(first - end), base36(after - first)]
        end = after
    return " ".join(digits)


def base36(number):
    text = ""
    while True:
        number, digit = divmod(number, 36)
        text = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + text
        if number == 0:
            return text


def matches(pattern):
    compiled = regex.compile(pattern)
    return lambda code: compiled.match(chr(code)) is not None


def is_skipped_before_sigma(code):
    return f"a{chr(code)}Σ".lower().endswith("ς") and not is_cased_before_sigma(code)


def is_cased_before_sigma(code):
    return f"{chr(code)}Σ".lower().endswith("ς")


def category(name):
    return lambda code: unicodedata.category(chr(code)) == name


tables = [
    ("letterRuns", r"`\p{L}` of `regex`.", matches(r"\p{L}")),
    ("numberRuns", r"`\p{N}` of `regex`.", matches(r"\p{N}")),
    ("unassignedRuns", "Characters that `str` does not know.", category("Cn")),
    ("digitRuns", r"`\d` of `re`.", category("Nd")),
    ("casedRuns", "Characters after which a capital sigma ends a word for `str.lower`.", is_cased_before_sigma),
    ("caseIgnorableRuns", "Characters that `str.lower` skips when it looks for them.", is_skipped_before_sigma),
]
write(
    "unicode.ts",
    f"Characters as Python sees them (regex {regex.__version__}, Unicode {unicodedata.unidata_version} of str); "
    "runs of code points, each as the gap since the last run and its length, in base 36.",
    "".join(f"\n/** {purpose} */\nexport const {name} =\n  '{ranges(holds)}'\n" for name, purpose, holds in tables),
)

# --- html entities ------------------------------------------------------------------------------------------------
names = html.entities.html5
full = [f"{name[:-1]} {char}" for name, char in names.items() if name.endswith(";")]
legacy = [name for name in names if not name.endswith(";")]
assert all(names[name] == names[name + ";"] for name in legacy)
write(
    "html-entities.ts",
    "HTML5's named characters.",
    "\n/** Name, space, characters; entries are separated by U+0001. */\n"
    f"export const namedCharacters =\n  {literal(chr(1).join(sorted(full)))}\n"
    "/** Names that also stand without a semicolon. */\n"
    f"export const namesWithoutSemicolon =\n  {literal(' '.join(sorted(legacy)))}\n",
)


# --- mojibake -----------------------------------------------------------------------------------------------------
def record(name, purpose, entries):
    rows = "".join(f"  {key}: {literal(value)},\n" for key, value in entries.items())
    return f"\n/** {purpose} */\nexport const {name} = {{\n{rows}}}\n"


high = bytes(range(0x80, 0x100))
pages = {encoding: high.decode(encoding) for encoding in chardata.CHARMAP_ENCODINGS if encoding != "latin-1"}
assert all(len(page) == 128 for page in pages.values())
write(
    "mojibake.ts",
    "Tables of ftfy (Apache-2.0) for text that was decoded with the wrong code page.",
    record(
        "kinds",
        "Contents of character classes.",
        {stdlib_re.sub(r"_(\w)", lambda m: m[1].upper(), k): v for k, v in badness.MOJIBAKE_CATEGORIES.items()},
    )
    + record(
        "utf8Clues",
        "Characters that bytes of UTF-8 turn into; contents of character classes.",
        {stdlib_re.sub(r"_(\w)", lambda m: m[1].upper(), k): v for k, v in chardata.UTF8_CLUES.items()},
    )
    + record(
        "codePages",
        "Characters of the bytes 0x80 to 0xff, in the order in which the code pages are tried after Latin-1.",
        {f"'{name}'": page for name, page in pages.items()},
    )
    + record("ligatures", "Latin ligatures and what they stand for.", {f"'\\u{k:04x}'": v for k, v in chardata.LIGATURES.items()}),
)
