"""Makes test/fixtures/models/hub-*: folders as the Hub has them, with tiny random models and the features that PyTorch gives.

    python test/parity/hub-folders.py        (needs torch, transformers, open_clip_torch, safetensors)

hub-transformers: CLIPModel.save_pretrained in shards, with GELU, heads of 80 (image) and 32 (text), and its image processor's config.
hub-open-clip:    open_clip's files for a model with heads of 80 and QuickGELU, whose images are squashed.
Weights are rounded to float16 before the numbers are computed, and stored so.
"""
import json
import shutil
from pathlib import Path

import torch
from open_clip_import import open_clip
from safetensors.torch import save_file
from transformers import CLIPConfig, CLIPModel

fixtures = Path(__file__).parent.parent / "fixtures" / "models"


def folder(name):
    path = fixtures / name
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return path


def round_weights(model):
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.ndim < 2 and name != "logit_scale":
                parameter.add_(torch.randn(parameter.shape) * 0.1)
            elif parameter.ndim >= 2:
                parameter.mul_(3)
            parameter.copy_(parameter.half().float())


def write_features(path, pixels, tokens, image, text):
    values = {"pixels": pixels, "image_features": image, "text_features": text}
    rounded = {name: [float(f"{v:.7g}") for v in value.flatten().tolist()] for name, value in values.items()}
    (path / "features.json").write_text(json.dumps({**rounded, "tokens": tokens}))


torch.manual_seed(3)
pixels = torch.tensor([round(value, 3) for value in torch.randn(3 * 16 * 16).tolist()]).reshape(1, 3, 16, 16)
tokens = [[58, 3, 17, 59], [58, 41, 59, 0]]

path = folder("hub-transformers")
size = dict(num_hidden_layers=1, hidden_act="gelu")
text = dict(size, hidden_size=64, intermediate_size=96, num_attention_heads=2, vocab_size=60, max_position_embeddings=12)
text.update(bos_token_id=58, eos_token_id=59)
vision = dict(size, hidden_size=160, intermediate_size=96, num_attention_heads=2, image_size=16, patch_size=8)
model = CLIPModel(CLIPConfig(text_config=text, vision_config=vision, projection_dim=16)).eval()
round_weights(model)
with torch.no_grad():
    outputs = model(pixel_values=pixels, input_ids=torch.tensor(tokens))
write_features(path, pixels, tokens, outputs.image_embeds, outputs.text_embeds)
model.half().save_pretrained(path, max_shard_size="200KB")
half = [0.5, 0.5, 0.5]
processor = dict(
    crop_size=dict(height=16, width=16),
    do_center_crop=True,
    do_convert_rgb=True,
    do_normalize=True,
    do_rescale=True,
    do_resize=True,
    image_mean=half,
    image_std=half,
    image_processor_type="CLIPImageProcessor",
    resample=3,
    rescale_factor=1 / 255,
    size=dict(shortest_edge=16),
)
(path / "preprocessor_config.json").write_text(json.dumps(processor, indent=2))

path = folder("hub-open-clip")
config = {
    "embed_dim": 16,
    "quick_gelu": True,
    "vision_cfg": {"image_size": 16, "layers": 1, "width": 160, "head_width": 80, "patch_size": 8, "mlp_ratio": 0.6},
    "text_cfg": {"context_length": 12, "vocab_size": 60, "width": 64, "heads": 2, "layers": 1, "mlp_ratio": 1.5},
}
model = open_clip.model.CLIP(**config).eval()
round_weights(model)
with torch.no_grad():
    image = model.encode_image(pixels, normalize=True)
    padded = torch.tensor([row + [0] * (12 - len(row)) for row in tokens])
    text = model.encode_text(padded, normalize=True)
write_features(path, pixels, tokens, image, text)
save_file({name: value.half().contiguous() for name, value in model.state_dict().items()}, path / "open_clip_model.safetensors")
preprocess = dict(mean=half, std=half, interpolation="bicubic", resize_mode="squash")
(path / "open_clip_config.json").write_text(json.dumps({"model_cfg": config, "preprocess_cfg": preprocess}, indent=2))
