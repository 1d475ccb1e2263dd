"""Makes folders of small random SigLIP models, and their own numbers, for test/models/siglip/parity.test.ts.

    python test/parity/siglip.py FOLDER        (needs torch, transformers, open_clip, timm, safetensors)

Each folder has the files that the program writes when it saves a model, and `expected.json`: pixels, token ids, image and text features
before normalisation, and scores.
"""
import json
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file

target = Path(sys.argv[1])
generator = torch.Generator().manual_seed(5)


def randomize(model):
    """Biases and norms get values that show when one is left out."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name in ("logit_scale", "logit_bias"):
                parameter.fill_(2.0 if name == "logit_scale" else -3.0)
            elif parameter.ndim < 2 or "probe" in name or "latent" in name:
                parameter.add_(torch.randn(parameter.shape, generator=generator) * 0.2)
            else:
                parameter.copy_(torch.randn(parameter.shape, generator=generator) * 0.15)


def inputs(image_size, context, vocabulary, pad):
    pixels = torch.randn(3, 3, image_size, image_size, generator=generator)
    tokens = torch.full((4, context), pad)
    for row, length in enumerate([context, 3, 1, 5]):
        tokens[row, :length] = torch.randint(3, vocabulary, (length,), generator=generator)
    return pixels, tokens


def write(folder, pixels, tokens, image, text, scores, patches):
    values = {"pixels": pixels, "tokens": tokens, "image": image, "text": text, "scores": scores, "patches": patches}
    rows = {name: {"shape": list(value.shape), "data": value.flatten().tolist()} for name, value in values.items()}
    (folder / "expected.json").write_text(json.dumps(rows))


def hugging_face(name, vision, text):
    from transformers import SiglipConfig, SiglipModel

    folder = target / name
    config = SiglipConfig(vision_config=vision, text_config=text)
    model = SiglipModel(config).eval()
    randomize(model)
    model.save_pretrained(folder)
    text = config.text_config
    pixels, tokens = inputs(config.vision_config.image_size, text.max_position_embeddings, text.vocab_size, text.pad_token_id)
    with torch.no_grad():
        vision_outputs = model.vision_model(pixel_values=pixels)
        image = vision_outputs.pooler_output
        texts = model.text_model(input_ids=tokens).pooler_output
        scores = torch.sigmoid(model(pixel_values=pixels, input_ids=tokens).logits_per_image)
    write(folder, pixels, tokens, image, texts, scores, vision_outputs.last_hidden_state)


def open_clip_timm(name, timm_name, image_size, **text):
    """One of open_clip's SigLIP models, with the timm tower cut to a few layers."""
    import open_clip
    from open_clip.model import CustomTextCLIP
    import timm.models.vision_transformer as vit

    depths = dict(vit.VisionTransformer.__init__.__kwdefaults__ or {})
    assert depths is not None
    width = {"base": 768, "so400m": 1152}[timm_name.split("_")[1]]
    config = {
        "embed_dim": width,
        "init_logit_bias": -10,
        "custom_text": True,
        "vision_cfg": {
            "image_size": image_size,
            "timm_model_name": timm_name,
            "timm_model_pretrained": False,
            "timm_pool": "map",
            "timm_proj": "none",
        },
        "text_cfg": {
            "context_length": 9,
            "vocab_size": 90,
            "hf_tokenizer_name": "timm/ViT-B-16-SigLIP",
            "tokenizer_kwargs": {"clean": "canonicalize"},
            "width": 32,
            "heads": 2,
            "layers": 2,
            "no_causal_mask": True,
            "proj_bias": True,
            "pool_type": "last",
            "norm_kwargs": {"eps": 1e-6},
            **text,
        },
    }
    model = CustomTextCLIP(**{key: value for key, value in config.items() if key != "custom_text"}).eval()
    randomize(model)
    folder = target / name
    folder.mkdir()
    save_file({key: value.contiguous() for key, value in model.state_dict().items()}, folder / "open_clip_model.safetensors")
    preprocess = {"mean": [0.5] * 3, "std": [0.5] * 3, "interpolation": "bicubic", "resize_mode": "squash"}
    (folder / "open_clip_config.json").write_text(json.dumps({"model_cfg": config, "preprocess_cfg": preprocess}))
    pixels, tokens = inputs(image_size, 9, 90, 1)
    with torch.no_grad():
        image, texts = model.encode_image(pixels), model.encode_text(tokens)
        per_image, _ = model.get_logits(pixels, tokens)
        patches = model.visual.trunk.forward_features(pixels)
    write(folder, pixels, tokens, image, texts, torch.sigmoid(per_image), patches)


size = dict(hidden_size=32, intermediate_size=56, num_hidden_layers=2, num_attention_heads=2)
target.mkdir(exist_ok=True)
hugging_face("siglip", dict(size, image_size=16, patch_size=4), dict(size, vocab_size=90, max_position_embeddings=9))
hugging_face(
    "siglip2-large-heads",
    dict(size, image_size=18, patch_size=6, num_attention_heads=4, hidden_act="gelu", layer_norm_eps=1e-3),
    dict(size, vocab_size=70, max_position_embeddings=7, num_hidden_layers=3, layer_norm_eps=1e-2, pad_token_id=0),
)
if "--timm" in sys.argv:
    open_clip_timm("timm", "vit_base_patch32_siglip_256", 64)
    open_clip_timm("timm-exact", "vit_base_patch16_siglip_224", 32, act_kwargs={"approximate": "tanh"})
