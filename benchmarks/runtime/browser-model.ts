/** A CLIP with a ViT-B/16 of random weights, as a checkpoint for dreamlip and as ONNX in the layout of the Hugging Face hub. */
import { mkdirSync, writeFileSync } from 'node:fs'
import type { Tensor4D } from '@tensorflow/tfjs-core'
import { createModel, DreamLIP } from '../../src/index'
import { encodeImage } from '../../src/models/clip'
import { parseConfig } from '../../src/models/config'
import { encodeModel } from '../../src/runtime/compiled/onnx'
import { createStoredParameters } from '../../src/runtime/compiled/parameters'
import { recordProgram, withConstants } from '../../src/runtime/compiled/runtime'

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

/** Writes `model.safetensors`, and `hub/` with the vision tower for batches of this size. */
export async function writeBrowserModel(folder: string, batch: number): Promise<void> {
  mkdirSync(`${folder}/hub/onnx`, { recursive: true })
  const parsed = parseConfig(config)
  const { parameters } = createModel(parsed, { seed: 1 })
  const stored = createStoredParameters()
  for (const [name, values] of parameters) stored.set(name, values)
  const pixels = { data: new Float32Array(0), shape: [batch, 3, 224, 224] }
  const graph = recordProgram(
    ({ pixel_values }, weights) => ({ image_embeds: encodeImage(weights, pixel_values as Tensor4D, parsed) }),
    { pixel_values: pixels },
    stored,
    'onnx',
  )
  const taken = graph.inputs.flatMap(({ name, parameter }) =>
    parameter ? [[name, stored.part(parameter)] as const] : [],
  )
  const outputs = graph.outputs.map((output) => ({ ...output, name: 'image_embeds' }))
  const nodes = graph.nodes.map((node) => ({
    ...node,
    outputs: node.outputs.map((name) => (name === 'output:image_embeds' ? 'image_embeds' : name)),
  }))
  writeFileSync(
    `${folder}/hub/onnx/vision_model.onnx`,
    encodeModel(withConstants({ ...graph, nodes, outputs }, new Map(taken))),
  )
  writeFileSync(`${folder}/hub/config.json`, JSON.stringify(hubConfig))
  writeFileSync(`${folder}/hub/preprocessor_config.json`, JSON.stringify(hubPreprocessing))
  const model = await DreamLIP.create(config, { seed: 1, device: 'cpu' })
  await model.save(`${folder}/model.safetensors`)
  model.dispose()
}
