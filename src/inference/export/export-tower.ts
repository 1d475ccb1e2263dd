/** Checks the options of an ONNX export, and writes the file. */
import { checkCall, checkFlag, checkObject } from '../../check-arguments'
import type { Encoder } from '../encoder'
import { checkTower } from '../missing-tower'
import { batchOptions, checkDtype, type ExportOptions } from '../options'

/** `DreamLIP.exportOnnx`. */
export async function exportTower(encoder: Encoder, path: string, options: ExportOptions): Promise<string[]> {
  const { part, output, layer, dtype, dynamicBatch = true, batchSize, ...rest } = checkObject('options', options)
  const { signal, onProgress } = checkCall(rest)
  checkTower(encoder, part === 'text' ? 'text' : 'image')
  checkFlag('dynamicBatch', dynamicBatch)
  const fixed = batchOptions({ batchSize }, 1).batchSize
  const batch = dynamicBatch ? undefined : fixed
  const { exportOnnx } = await import('./export-onnx')
  const { config, parameters, weights } = encoder
  await weights.need([part === 'text' ? 'text' : 'image'], { signal, onProgress })
  const what = { part, output, layer, dtype: checkDtype(dtype) }
  return exportOnnx(path, config, parameters, { ...what, batch, signal, onProgress })
}
