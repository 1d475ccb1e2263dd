"""Makes test/fixtures/models/hugging-face.*: a tiny CLIPModel of Hugging Face's transformers, and its own numbers.

    python test/parity/hugging-face.py        (needs torch, transformers, safetensors)

Weights are rounded to float16 before the numbers are computed, and stored so.
"""
import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import CLIPConfig, CLIPModel

target = Path(__file__).parent.parent / "fixtures" / "models"
size = dict(hidden_size=64, intermediate_size=256, num_hidden_layers=1, num_attention_heads=1, hidden_act="quick_gelu")
text = dict(size, vocab_size=60, max_position_embeddings=12, bos_token_id=58, eos_token_id=59, pad_token_id=1)
vision = dict(size, image_size=16, patch_size=8)

torch.manual_seed(7)
model = CLIPModel(CLIPConfig(text_config=text, vision_config=vision, projection_dim=16)).eval()
with torch.no_grad():
    for name, parameter in model.named_parameters():
        if parameter.ndim < 2 and name != "logit_scale":
            parameter.add_(torch.randn(parameter.shape) * 0.1)
        parameter.copy_(parameter.half().float())
pixels = torch.tensor([round(value, 4) for value in torch.randn(2 * 3 * 16 * 16).tolist()]).reshape(2, 3, 16, 16)
tokens = [[58, 3, 17, 59], [58, 41, 59, 0]]
with torch.no_grad():
    outputs = model(pixel_values=pixels, input_ids=torch.tensor(tokens))
save_file({name: value.half().contiguous() for name, value in model.state_dict().items()}, target / "hugging-face.safetensors")
(target / "hugging-face.json").write_text(
    json.dumps(
        {
            "pixels": [round(value, 4) for value in pixels.flatten().tolist()],
            "tokens": tokens,
            "image_features": outputs.image_embeds.tolist(),
            "text_features": outputs.text_embeds.tolist(),
            "logit_scale": model.logit_scale.exp().item(),
        }
    )
)
