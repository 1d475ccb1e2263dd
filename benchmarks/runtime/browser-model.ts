/** A CLIP with a ViT-B/16 of random weights, as a checkpoint for dreamlip and as ONNX in the layout of the Hugging Face hub. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { DreamLIP } from '../../src/index'

/** Only images are measured: the text tower is as small as it can be. */
const config = {
  embed_dim: 512,
  vision_cfg: { image_size: 224, layers: 12, width: 768, patch_size: 16 },
  text_cfg: { context_length: 77, vocab_size: 49_408, width: 64, heads: 1, layers: 1 },
}

const hubConfig = { model_type: 'clip', architectures: ['CLIPModel'] }

/** CLIP's preprocessing, as the models of the hub describe it. */
const hubPreprocessing = {
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
  do_convert_rgb: true,
}

/** Writes `hub/` with the vision tower, and `model.safetensors` last: where it lies, the others do. */
export async function writeBrowserModel(folder: string): Promise<void> {
  mkdirSync(`${folder}/hub/onnx`, { recursive: true })
  writeFileSync(`${folder}/hub/config.json`, JSON.stringify(hubConfig))
  writeFileSync(`${folder}/hub/preprocessor_config.json`, JSON.stringify(hubPreprocessing))
  const model = await DreamLIP.create(config, { seed: 1, device: 'cpu' })
  await model.exportOnnx(`${folder}/hub/onnx/vision_model.onnx`, { part: 'image' })
  await model.save(`${folder}/model.safetensors`)
  model.dispose()
}
