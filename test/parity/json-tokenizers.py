"""Trains small tokenizers of the kinds of SigLIP and SigLIP 2, and tokenizes captions with them.

    python test/parity/json-tokenizers.py FOLDER CAPTIONS.json        (needs tokenizers)

Writes FOLDER/KIND/tokenizer.json and FOLDER/KIND.json: the token ids of every caption, filled and cut as transformers does it.
"""
import json
import re
import string
import sys
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

target = Path(sys.argv[1])
captions = json.loads(Path(sys.argv[2]).read_text())
context = 64


def canonicalize(text):
    """What transformers' SiglipTokenizer does before it splits a text."""
    return re.sub(r"\s+", " ", text.lower().translate(str.maketrans("", "", string.punctuation))).strip()


def unigram():
    """T5's kind, as in SigLIP: sentence pieces with scores; the cleaning is a part of the file, as in the Hub's."""
    tokenizer = Tokenizer(models.Unigram())
    punctuation = Regex(r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~]")
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Lowercase(),
            normalizers.Replace(punctuation, ""),
            normalizers.Replace(Regex(r"\s+"), " "),
            normalizers.Strip(),
            normalizers.NFKC(),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always", split=True)]
    )
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always", split=True)
    special = ["<pad>", "</s>", "<unk>"]
    tokenizer.train_from_iterator(captions[:2000], trainers.UnigramTrainer(vocab_size=900, special_tokens=special, unk_token="<unk>"))
    tokenizer.post_processor = processors.TemplateProcessing(single=["$A", "</s>"], special_tokens=[("</s>", 1)])
    tokenizer.enable_truncation(context)
    tokenizer.enable_padding(pad_id=1, pad_token="</s>", length=context)
    return tokenizer


def gemma():
    """Gemma's kind, as in SigLIP 2: byte pairs over whole texts, with bytes for what is unknown."""
    tokens = ["<pad>", "<eos>", "<bos>", "<unk>"] + [f"<0x{byte:02X}>" for byte in range(256)]
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Lowercase(), normalizers.Replace(" ", "▁")])
    tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous", invert=False)
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    alphabet = list("▁abcdefghijklmnopqrstuvwxyz.,'-()\"")
    trainer = trainers.BpeTrainer(vocab_size=1500, special_tokens=tokens, initial_alphabet=alphabet, limit_alphabet=len(alphabet))
    # Merges are learned from words, as in Gemma; the file splits nothing.
    words = ["▁" + word for caption in captions[:2000] for word in caption.lower().split()]
    learner = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True))
    learner.train_from_iterator(words, trainer)
    model = json.loads(learner.to_str())
    whole = json.loads(tokenizer.to_str())
    whole["model"]["vocab"], whole["model"]["merges"] = model["model"]["vocab"], model["model"]["merges"]
    whole["added_tokens"] = [token for token in model["added_tokens"] if token["id"] < 4]
    tokenizer = Tokenizer.from_str(json.dumps(whole))
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token in tokens[:4]])
    tokenizer.post_processor = processors.TemplateProcessing(single=["$A", "<eos>"], special_tokens=[("<eos>", 1)])
    tokenizer.enable_truncation(context)
    tokenizer.enable_padding(pad_id=0, pad_token="<pad>", length=context)
    return tokenizer


target.mkdir(exist_ok=True)
for kind, clean in ((unigram, canonicalize), (gemma, str)):
    tokenizer = kind()
    (target / kind.__name__).mkdir(exist_ok=True)
    tokenizer.save(str(target / kind.__name__ / "tokenizer.json"))
    ids = [encoding.ids for encoding in tokenizer.encode_batch([clean(caption) for caption in captions])]
    (target / f"{kind.__name__}.json").write_text(json.dumps(ids))
