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
from transformers import SiglipConfig, SiglipModel

import open_clip_import  # after transformers, which must see that torchvision is not installed

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


def open_clip_timm(name, **text):
    """A model of open_clip with one of timm's SigLIP towers, made small."""
    import timm.models.vision_transformer as vit
    from open_clip.model import CustomTextCLIP
    from timm.models import _registry

    def small(pretrained=False, **kwargs):
        sizes = dict(img_size=16, patch_size=4, embed_dim=32, depth=2, num_heads=2, mlp_ratio=1.8)
        fixed = dict(class_token=False, global_pool="map", act_layer="gelu_tanh")
        return vit._create_vision_transformer("vit_base_patch32_siglip_256", **{**sizes, **fixed, **kwargs})

    timm_name = "vit_base_patch32_siglip_256"
    original, _registry._model_entrypoints[timm_name] = _registry._model_entrypoints[timm_name], small
    text_cfg = {
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
    }
    vision_cfg = dict(timm_model_name=timm_name, timm_model_pretrained=False, timm_pool="map", timm_proj="none", image_size=16)
    model = CustomTextCLIP(32, dict(vision_cfg), dict(text_cfg), init_logit_bias=-10).eval()
    _registry._model_entrypoints[timm_name] = original
    randomize(model)
    folder = target / name
    folder.mkdir()
    save_file({key: value.contiguous() for key, value in model.state_dict().items()}, folder / "open_clip_model.safetensors")
    # The small tower has no name in timm, so its sizes are given one by one.
    own = dict(image_size=16, patch_size=4, width=32, layers=2, head_width=16, mlp_ratio=1.8, pool_type="map", no_ln_pre=True)
    own |= dict(no_class_token=True, conv_bias=True, proj_type="none", norm_kwargs={"eps": 1e-6}, act_kwargs={"approximate": "tanh"})
    config = {"embed_dim": 32, "init_logit_bias": -10, "custom_text": True, "vision_cfg": own, "text_cfg": text_cfg}
    preprocess = {"mean": [0.5] * 3, "std": [0.5] * 3, "interpolation": "bicubic", "resize_mode": "squash"}
    (folder / "open_clip_config.json").write_text(json.dumps({"model_cfg": config, "preprocess_cfg": preprocess}))
    pixels, tokens = inputs(16, 9, 90, 1)
    with torch.no_grad():
        image, texts = model.encode_image(pixels), model.encode_text(tokens)
        per_image, _ = model.get_logits(pixels, tokens)
        patches = model.visual.trunk.forward_features(pixels)
    write(folder, pixels, tokens, image, texts, torch.sigmoid(per_image), patches)


def timm_sizes():
    """What timm's names of SigLIP towers mean, and open_clip's configs that use them."""
    import timm

    sizes = {}
    for name in timm.list_models("vit_*_siglip_*"):
        with torch.device("meta"):
            model = timm.create_model(name)
        block = model.blocks[0]
        sizes[name] = {
            "image_size": model.patch_embed.img_size[0],
            "patch_size": model.patch_embed.patch_size[0],
            "width": model.embed_dim,
            "layers": len(model.blocks),
            "heads": block.attn.num_heads,
            "hidden": block.mlp.fc1.out_features,
            "tanh": "tanh" in repr(block.mlp.act).lower(),
            "epsilon": block.norm1.eps,
            "pool": model.global_pool,
            "class_token": model.has_class_token,
            "parameters": sum(parameter.numel() for parameter in model.parameters()),
        }
    configs = {name: open_clip_import.open_clip.get_model_config(name) for name in open_clip_import.open_clip.list_models()}
    siglip = {name: config for name, config in configs.items() if "siglip" in str(config["vision_cfg"].get("timm_model_name"))}
    (target / "timm.json").write_text(json.dumps({"sizes": sizes, "configs": siglip}))


size = dict(hidden_size=32, intermediate_size=56, num_hidden_layers=2, num_attention_heads=2)
target.mkdir(exist_ok=True)
hugging_face("siglip", dict(size, image_size=16, patch_size=4), dict(size, vocab_size=90, max_position_embeddings=9))
hugging_face(
    "siglip-other",
    dict(size, image_size=18, patch_size=6, num_attention_heads=4, hidden_act="gelu", layer_norm_eps=1e-3),
    dict(size, vocab_size=70, max_position_embeddings=7, num_hidden_layers=3, layer_norm_eps=1e-2, pad_token_id=0),
)
open_clip_timm("timm")
open_clip_timm("timm-tanh", act_kwargs={"approximate": "tanh"}, norm_kwargs=None, proj_type="none", proj_bias=False)
timm_sizes()
