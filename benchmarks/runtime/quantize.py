"""Makes int8 weights as transformers.js's conversion script does (its `q8`): model.onnx -> model_quantized.onnx."""
import json
import sys

from onnxruntime.quantization import QuantType, quantize_dynamic

source, target = sys.argv[1:3]
quantize_dynamic(source, target, weight_type=QuantType.QUInt8, per_channel=False, reduce_range=False)
print(json.dumps({"target": target}))
