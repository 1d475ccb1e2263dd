/** One ViT-B/16 with random weights in the files that all sides of a comparison read. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DreamLIP } from '../../src/index'
import { pythonHas, runPeer } from '../python'

export interface ModelFiles {
  readonly safetensors: string
  /** A folder as transformers.js reads it: config, preprocessing, `onnx/vision_model.onnx`, and `…_quantized.onnx` where Python can make it. */
  readonly transformers: string
  readonly hasInt8: boolean
}

/** Of a vision model that was exported from Hugging Face's CLIP: what transformers.js asks for. */
const config = { model_type: 'clip_vision_model', architectures: ['CLIPVisionModelWithProjection'] }

const preprocessing = {
  image_processor_type: 'CLIPImageProcessor',
  do_resize: true,
  size: { shortest_edge: 224 },
  resample: 3,
  do_center_crop: true,
  crop_size: { height: 224, width: 224 },
  do_rescale: true,
  rescale_factor: 1 / 255,
  do_normalize: true,
  image_mean: [0.48145466, 0.4578275, 0.40821073],
  image_std: [0.26862954, 0.26130258, 0.27577711],
}

/** Makes the files, hands them to the work, and removes them. */
export async function withModelFiles(work: (files: ModelFiles) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'dreamlip-'))
  try {
    await work(await makeModelFiles(folder))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function makeModelFiles(folder: string): Promise<ModelFiles> {
  const safetensors = join(folder, 'vitb16.safetensors')
  const transformers = join(folder, 'transformers')
  const vision = join(transformers, 'onnx/vision_model.onnx')
  mkdirSync(join(transformers, 'onnx'), { recursive: true })
  writeFileSync(join(transformers, 'config.json'), JSON.stringify(config))
  writeFileSync(join(transformers, 'preprocessor_config.json'), JSON.stringify(preprocessing))
  const model = await DreamLIP.create('ViT-B-16', { seed: 1 })
  await model.save(safetensors)
  await model.exportOnnx(vision, { part: 'image' })
  model.dispose()
  const hasInt8 = await pythonHas(['onnxruntime.quantization'])
  if (hasInt8) await runPeer('runtime/quantize', [vision, vision.replace('.onnx', '_quantized.onnx')])
  return { safetensors, transformers, hasInt8 }
}
