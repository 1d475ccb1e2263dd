"""Compares patch tokens with Hugging Face's: hidden states, an exported file, and a LLaVA that gets them in place of its tower's.

    python test/parity/llava.py JOB.json        (needs torch, transformers, onnx, onnxruntime)

JOB: folder (of a CLIPModel), pixels with their shape, layers, features (those of layer -2, as a list), onnx (path of a file that gives
those of layer -2). Prints the hidden states by layer, the logits of both LLaVAs, and the results of the file for each number of images.
"""
import json
import sys

import numpy
import onnx
import onnxruntime
import torch
from transformers import CLIPVisionModel, LlamaConfig, LlavaConfig, LlavaForConditionalGeneration

job = json.load(open(sys.argv[1]))
torch.set_grad_enabled(False)
torch.manual_seed(1)
pixels = torch.tensor(job["pixels"]).reshape(job["shape"])

tower = CLIPVisionModel.from_pretrained(job["folder"]).eval()
hidden = tower(pixel_values=pixels, output_hidden_states=True).hidden_states
patches = {layer: hidden[int(layer)][:, 1:] for layer in map(str, job["layers"])}

text = LlamaConfig(
    vocab_size=40, hidden_size=24, intermediate_size=48, num_hidden_layers=2, num_attention_heads=3, num_key_value_heads=3
)
image_token = 39
llava = LlavaForConditionalGeneration(
    LlavaConfig(
        vision_config=tower.config,
        text_config=text,
        image_token_id=image_token,
        image_token_index=image_token,
        vision_feature_layer=-2,
        vision_feature_select_strategy="default",
    )
).eval()
llava.model.vision_tower = tower
count = patches["-2"].shape[1]
ids = torch.tensor([[1, 5, *[image_token] * count, 7, 11, 2]] * len(pixels))
own = llava(input_ids=ids, pixel_values=pixels).logits

features = torch.tensor(job["features"]).reshape(patches["-2"].shape)
embeddings = llava.get_input_embeddings()(ids.masked_fill(ids == image_token, 0))
embeddings[ids == image_token] = llava.model.multi_modal_projector(features).flatten(0, 1)
replaced = llava(inputs_embeds=embeddings).logits

onnx.checker.check_model(job["onnx"], full_check=True)
session = onnxruntime.InferenceSession(job["onnx"])
run = lambda images: session.run(["patches"], {"pixel_values": images.numpy()})[0]

print(
    json.dumps(
        {
            "patches": {layer: values.flatten().tolist() for layer, values in patches.items()},
            "own": own.flatten().tolist(),
            "replaced": replaced.flatten().tolist(),
            "blind": llava(input_ids=ids, pixel_values=pixels.flip(0)).logits.flatten().tolist(),
            "file": {str(n): run(pixels[:n]).flatten().tolist() for n in (1, len(pixels))},
        }
    )
)
