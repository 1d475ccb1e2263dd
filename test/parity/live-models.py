"""Makes small random models of transformers and open_clip, and the features and logits that Python gives.

    python test/parity/live-models.py FOLDER [NAME…]        (needs torch, transformers, open_clip_torch, safetensors)

Each model is a folder in FOLDER with its weights, its config and expected.json. test/models/live-models.test.ts runs this.
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import torch
from safetensors.torch import save_file

target, wanted = Path(sys.argv[1]), sys.argv[2:]
SIDE = 16
WORDS = 60
TOKENS = [[58, 3, 17, 59], [58, 41, 59], [58, 7, 7, 21, 40, 2, 5, 11, 30, 18, 59]]


def randomise(model, seed):
    """Nothing stays at its initial value; layer scales stay near 0.5."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith("gamma"):
                parameter.fill_(0.5)
            elif name.endswith(("logit_scale", "logit_bias")):
                continue
            noise = torch.randn(parameter.shape, generator=generator)
            parameter.add_(noise * (0.1 if parameter.ndim < 2 else 0.08))
    return model.eval()


def pixels():
    generator = torch.Generator().manual_seed(99)
    return torch.randn(2, 3, SIDE, SIDE, generator=generator)


def padded(rows, length, fill=0):
    return torch.tensor([row + [fill] * (length - len(row)) for row in rows])


def expect(path, image, text, scale, bias=0.0, tokens=TOKENS, **more):
    image, text = (value / value.norm(dim=-1, keepdim=True) for value in (image, text))
    values = {
        "pixels": pixels().flatten().tolist(),
        "tokens": tokens,
        "image": image.flatten().tolist(),
        "text": text.flatten().tolist(),
        "logits": (scale * image @ text.T + bias).flatten().tolist(),
        **more,
    }
    (path / "expected.json").write_text(json.dumps(values))


def folder(name):
    path = target / name
    path.mkdir(parents=True)
    return path


def contiguous(state):
    return {name: value.clone().contiguous() for name, value in state.items()}


def save_shards(path, state, stem, suffix, write):
    """Two files and the index that names them, as on the Hub."""
    names = sorted(state)
    files = {f"{stem}-0000{i + 1}-of-00002.{suffix}": names[i::2] for i in range(2)}
    for file, own in files.items():
        write({name: state[name] for name in own}, path / file)
    weight_map = {name: file for file, own in files.items() for name in own}
    (path / f"{stem}.{suffix}.index.json").write_text(json.dumps({"metadata": {}, "weight_map": weight_map}))


# ---- transformers


def hugging_face(text, vision, seed, projection=24):
    from transformers import CLIPConfig, CLIPModel

    texts = dict(vocab_size=WORDS, max_position_embeddings=12, bos_token_id=58, eos_token_id=59, pad_token_id=1)
    config = CLIPConfig(
        text_config={**texts, **text}, vision_config=dict(image_size=SIDE, patch_size=8, **vision), projection_dim=projection
    )
    return randomise(CLIPModel(config), seed)


def expect_hugging_face(path, model, tokens=TOKENS, fill=0, **more):
    length = model.config.text_config.max_position_embeddings
    with torch.no_grad():
        out = model(pixel_values=pixels(), input_ids=padded(tokens, max(map(len, tokens)), fill))
    assert length >= max(map(len, tokens))
    expect(path, out.image_embeds, out.text_embeds, model.logit_scale.exp().item(), tokens=tokens, **more)
    return out


def size(width, heads, layers=2, hidden=None, act="quick_gelu", **more):
    return dict(
        hidden_size=width,
        num_attention_heads=heads,
        num_hidden_layers=layers,
        intermediate_size=hidden or 4 * width,
        hidden_act=act,
        **more,
    )


def case_hf_quick_gelu_safetensors():
    path = folder("hf-quick-gelu-safetensors")
    model = hugging_face(size(64, 2), size(96, 3), 1)
    model.save_pretrained(path)
    expect_hugging_face(path, model)


def case_hf_gelu_bin():
    """Other widths of heads and MLPs, fewer layers in one tower, a projection wider than the text tower."""
    path = folder("hf-gelu-bin")
    model = hugging_face(size(40, 1, 1, 72, "gelu"), size(160, 2, 3, 96, "gelu"), 2, projection=56)
    model.config.save_pretrained(path)
    torch.save(model.state_dict(), path / "pytorch_model.bin")
    expect_hugging_face(path, model)


def case_hf_sharded_bin():
    path = folder("hf-sharded-bin")
    model = hugging_face(size(64, 4), size(64, 8), 3)
    model.config.save_pretrained(path)
    save_shards(path, model.state_dict(), "pytorch_model", "bin", torch.save)
    expect_hugging_face(path, model)


def case_hf_sharded_safetensors():
    path = folder("hf-sharded-safetensors")
    model = hugging_face(size(64, 4, act="gelu"), size(64, 1, act="gelu"), 4)
    model.config.save_pretrained(path)
    save_shards(path, contiguous(model.state_dict()), "model", "safetensors", save_file)
    expect_hugging_face(path, model)


def case_hf_old_eos():
    """Before transformers 4.31, eos_token_id was 2 whatever the vocabulary, and texts ended at their largest id."""
    path = folder("hf-old-eos")
    model = hugging_face(size(64, 2, eos_token_id=2), size(96, 3), 5)
    model.save_pretrained(path)
    expect_hugging_face(path, model, fill=1)


def case_hf_epsilon():
    path = folder("hf-epsilon")
    model = hugging_face(size(64, 2, layer_norm_eps=1e-3), size(96, 3, layer_norm_eps=1e-2), 18)
    model.save_pretrained(path)
    expect_hugging_face(path, model)


def case_fg_clip():
    """FG-CLIP 1: a CLIPModel with a second projection and two more tables of positions, as its modeling_clip.py adds them up."""
    path = folder("fg-clip")
    model = hugging_face(size(64, 1, max_position_embeddings=77), size(64, 1), 6)
    state = contiguous(model.state_dict())
    generator = torch.Generator().manual_seed(7)
    table = "text_model.embeddings.position_embedding"
    first, others = (torch.randn(248, 64, generator=generator) * 0.1 for _ in range(2))
    projection = torch.randn(24, 64, generator=generator) * 0.1
    extra = {
        f"{table}_ori.weight": first,
        f"{table}_res.weight": others,
        "text_filip_projection.weight": projection,
        "logit_scale_finegraind": torch.tensor(2.6),
        "logit_scale_hardneg": torch.tensor(2.6),
    }
    save_file({**state, **extra}, path / "model.safetensors")
    model.config.save_pretrained(path)
    long_tokens = [*TOKENS, [58, *(i * 7 % 57 for i in range(200)), 59]]
    long = hugging_face(size(64, 1, max_position_embeddings=248), size(64, 1), 6)
    keeps = torch.arange(248)[:, None] < 20
    positions = torch.where(keeps, first, others)
    long.load_state_dict({**state, f"{table}.weight": positions, "text_projection.weight": projection}, strict=False)
    with torch.no_grad():
        short = model(pixel_values=pixels(), input_ids=padded(TOKENS, 11)).text_embeds
    expect_hugging_face(path, long, long_tokens, short=short.flatten().tolist())


# ---- open_clip


def open_clip_model(kind, config, seed):
    from open_clip_import import open_clip

    return randomise(getattr(open_clip.model, kind)(**config), seed)


def write_open_clip(path, model, config, file="open_clip_model.safetensors", custom=False, tokens=TOKENS, state=None, **more):
    state = contiguous(model.state_dict()) if state is None else state
    save_file(state, path / file) if file.endswith(".safetensors") else torch.save(state, path / file)
    (path / "open_clip_config.json").write_text(
        json.dumps({"model_cfg": {**config, **({"custom_text": True} if custom else {})}, "preprocess_cfg": {}})
    )
    with torch.no_grad():
        image = model.encode_image(pixels())
        text = model.encode_text(padded(tokens, config["text_cfg"]["context_length"]))
    bias = 0.0 if getattr(model, "logit_bias", None) is None else model.logit_bias.item()
    expect(path, image, text, model.logit_scale.exp().item(), bias, tokens=tokens, **more)


def towers(vision=None, text=None, **more):
    return {
        "embed_dim": 24,
        "vision_cfg": {"image_size": SIDE, "patch_size": 8, "width": 64, "layers": 2, "head_width": 32, **(vision or {})},
        "text_cfg": {"context_length": 12, "vocab_size": WORDS, "width": 64, "heads": 4, "layers": 2, **(text or {})},
        **more,
    }


def case_custom_text_safetensors():
    path = folder("custom-text-safetensors")
    config = towers()
    write_open_clip(path, open_clip_model("CustomTextCLIP", config, 11), config, custom=True)


def case_custom_text_quick_gelu_bin():
    path = folder("custom-text-quick-gelu-bin")
    config = towers({"mlp_ratio": 2.5, "ls_init_value": 0.1}, {"mlp_ratio": 3.0, "width": 40, "heads": 2}, quick_gelu=True)
    model = open_clip_model("CustomTextCLIP", config, 12)
    write_open_clip(path, model, config, "open_clip_pytorch_model.bin", custom=True)


def case_custom_text_average():
    path = folder("custom-text-average")
    config = towers({"pool_type": "avg", "no_ln_pre": True, "final_ln_after_pool": True}, {"width": 96, "heads": 3})
    write_open_clip(path, open_clip_model("CustomTextCLIP", config, 13), config, custom=True)


def case_custom_text_bias():
    """SigLIP's bias of the logits, on a CLIP."""
    path = folder("custom-text-bias")
    config = towers()
    model = open_clip_model("CustomTextCLIP", {**config, "init_logit_bias": -10.0}, 14)
    write_open_clip(path, model, {**config, "init_logit_bias": -10.0}, custom=True)


def case_custom_text_last():
    """Not causal, pooled at the last position, padding included, with a biased projection; epsilon and tanh GELU from the config."""
    path = folder("custom-text-last")
    kwargs = {"norm_kwargs": {"eps": 1e-3}, "act_kwargs": {"approximate": "tanh"}}
    text = {"pool_type": "last", "no_causal_mask": True, "proj_bias": True, **kwargs}
    config = towers({"pool_type": "avg", **kwargs}, text)
    write_open_clip(path, open_clip_model("CustomTextCLIP", config, 19), config, custom=True)


def case_custom_text_first():
    path = folder("custom-text-first")
    config = towers(text={"pool_type": "first", "no_causal_mask": True})
    model = open_clip_model("CustomTextCLIP", config, 20)
    write_open_clip(path, model, config, "open_clip_pytorch_model.bin", custom=True)


def case_long_clip():
    """Long-CLIP: OpenAI's CLIP with 248 positions in two tables; its code masks the first 20 of one and the others of the other."""
    path = folder("long-clip")
    config = towers(text={"context_length": 248, "width": 64, "heads": 1}, quick_gelu=True)
    model = open_clip_model("CLIP", config, 15)
    state = contiguous(model.state_dict())
    first, others = (torch.randn(248, 64, generator=torch.Generator().manual_seed(seed)) * 0.1 for seed in (16, 17))
    with torch.no_grad():
        model.positional_embedding.copy_(torch.where(torch.arange(248)[:, None] < 20, first, others))
    state.update(positional_embedding=first, positional_embedding_res=others)
    tokens = [*TOKENS, [58, *(i * 7 % 57 for i in range(246)), 59]]
    # Its files say 77, or nothing.
    named = {**config, "text_cfg": {**config["text_cfg"], "context_length": 77}}
    write_open_clip(path, model, config, tokens=tokens, state=state)
    (path / "open_clip_config.json").write_text(json.dumps({"model_cfg": named, "preprocess_cfg": {}}))


for name, make in list(globals().items()):
    if name.startswith("case_") and (not wanted or name[5:].replace("_", "-") in wanted):
        make()
