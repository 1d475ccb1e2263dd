/** One ViT-B/16 with random weights, in files for all sides of a comparison. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DreamLIP } from '../../src/index'
import { pythonHas, runPeer } from '../python'
import { writeHubFolder } from './hub-folder'

export interface ModelFiles {
  readonly safetensors: string
  /** The same weights, stored as int8. */
  readonly int8: string
  /** A folder for transformers.js: config, preprocessing, `onnx/vision_model.onnx`, and, with Python, `…_quantized.onnx`. */
  readonly transformers: string
  readonly hasInt8: boolean
  /** The folder of these files. It is removed with its contents. */
  readonly folder: string
}

/** Makes the files, passes them to the work, and removes them. */
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
  const model = await DreamLIP.create('ViT-B-16', { seed: 1 })
  const int8 = join(folder, 'vitb16-int8.safetensors')
  await model.save(safetensors)
  await model.save(int8, { dtype: 'int8' })
  const vision = await writeHubFolder(model, transformers)
  model.dispose()
  const hasInt8 = await pythonHas(['onnxruntime.quantization'])
  if (hasInt8) await runPeer('runtime/quantize', [vision, vision.replace('.onnx', '_quantized.onnx')])
  return { safetensors, int8, transformers, hasInt8, folder }
}
