"""Exports a CLIP text tower as the ONNX model that transformers.js runs (text_model.onnx, as Hugging Face's exporter makes it).

    python text_export.py WEIGHTS.safetensors FOLDER

The weights have open_clip's names; the folder becomes a model that `CLIPTextModelWithProjection.from_pretrained` takes.
"""
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file
from open_clip_import import open_clip
from transformers import CLIPTextConfig, CLIPTextModelWithProjection, CLIPTokenizer

weights, folder = load_file(sys.argv[1]), Path(sys.argv[2])
embed_dim = weights["text_projection"].shape[1]
vocabulary, width = weights["token_embedding.weight"].shape
config = CLIPTextConfig(
    vocab_size=vocabulary,
    hidden_size=width,
    intermediate_size=4 * width,
    projection_dim=embed_dim,
    num_hidden_layers=12,
    num_attention_heads=width // 64,
    max_position_embeddings=weights["positional_embedding"].shape[0],
    hidden_act="gelu",
    bos_token_id=49406,
    eos_token_id=49407,
    pad_token_id=49407,
    attn_implementation="eager",
)
model = CLIPTextModelWithProjection(config).eval()


def hugging_face_names(name, tensor):
    """open_clip's tensor under Hugging Face's names."""
    parts = {"ln_1": "layer_norm1", "ln_2": "layer_norm2", "c_fc": "fc1", "c_proj": "fc2"}
    if name.startswith("transformer.resblocks."):
        _, _, index, *rest = name.split(".")
        layer = f"text_model.encoder.layers.{index}."
        if rest[0] == "attn" and rest[1].startswith("in_proj"):
            kind = rest[1].removeprefix("in_proj_")
            for part, piece in zip("qkv", tensor.chunk(3)):
                yield f"{layer}self_attn.{part}_proj.{kind}", piece
        elif rest[0] == "attn":
            yield f"{layer}self_attn.out_proj.{rest[-1]}", tensor
        else:
            yield layer + ".".join(parts.get(part, part) for part in rest), tensor
    elif name == "token_embedding.weight":
        yield "text_model.embeddings.token_embedding.weight", tensor
    elif name == "positional_embedding":
        yield "text_model.embeddings.position_embedding.weight", tensor
    elif name.startswith("ln_final."):
        yield name.replace("ln_final", "text_model.final_layer_norm"), tensor
    elif name == "text_projection":
        yield "text_projection.weight", tensor.T.contiguous()


state = dict(pair for name, tensor in weights.items() for pair in hugging_face_names(name, tensor))
missing, unexpected = model.load_state_dict(state, strict=False)
assert not unexpected and all("position_ids" in name for name in missing), (missing, unexpected)


class Exported(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.model = model

    def forward(self, input_ids):
        output = self.model(input_ids=input_ids)
        return output.text_embeds, output.last_hidden_state


(folder / "onnx").mkdir(parents=True, exist_ok=True)
config.architectures = ["CLIPTextModelWithProjection"]
config.save_pretrained(folder)
vocabulary = open_clip.SimpleTokenizer()
names = {"<start_of_text>": "<|startoftext|>", "<end_of_text>": "<|endoftext|>"}
CLIPTokenizer(
    vocab={names.get(token, token): id for token, id in vocabulary.encoder.items()},
    merges=sorted(vocabulary.bpe_ranks, key=vocabulary.bpe_ranks.get),
    model_max_length=77,
).save_pretrained(folder)
torch.onnx.export(
    Exported(),
    (torch.tensor([[49406, 320, 2368, 49407, 49407], [49406, 320, 1929, 530, 49407]]),),
    str(folder / "onnx" / "text_model.onnx"),
    input_names=["input_ids"],
    output_names=["text_embeds", "last_hidden_state"],
    dynamic_axes={
        "input_ids": {0: "batch", 1: "length"},
        "text_embeds": {0: "batch"},
        "last_hidden_state": {0: "batch", 1: "length"},
    },
    opset_version=18,
    dynamo=False,
)
