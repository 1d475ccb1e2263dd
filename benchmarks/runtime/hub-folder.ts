/** A model as a folder in the layout of the Hugging Face Hub, which transformers.js loads. */
import { mkdirSync, writeFileSync } from 'node:fs'
import type { DreamLIP } from '../../src/index'

const config = { model_type: 'clip', architectures: ['CLIPModel'] }

/** CLIP's preprocessing, in the form of models on the Hub. */
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
  do_convert_rgb: true,
}

/** Writes the vision tower and the files next to it. @returns the path of the ONNX file */
export async function writeHubFolder(model: DreamLIP, folder: string): Promise<string> {
  const vision = `${folder}/onnx/vision_model.onnx`
  mkdirSync(`${folder}/onnx`, { recursive: true })
  writeFileSync(`${folder}/config.json`, JSON.stringify(config))
  writeFileSync(`${folder}/preprocessor_config.json`, JSON.stringify(preprocessing))
  await model.exportOnnx(vision, { part: 'image' })
  return vision
}
