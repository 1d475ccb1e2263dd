/**
 * Quantized weights in files. Each is two tensors: integers, under the weight's name and a suffix that says how they are laid out, and
 * scales. docs/checkpoints.md describes the format.
 */
import { DreamLIPError } from '../errors'
import { shorten } from '../printable'
import { dequantize, quantize, type QuantizedStorage } from '../quantization/quantized'
import { elementCount } from '../shape'
import { tensorBytes } from './dtype'
import { stateSource, type QuantizedSource } from './quantized-source'
import type { CheckpointDtype, CheckpointTensor, HostTensor } from './tensor'

/** The entry of a file's metadata that says that weights are quantized, and in which version of this format. */
export const quantizationEntry = { dreamlip_quantization: '1' } as const

/** The suffix of the integers' name. */
const suffixes: Readonly<Record<QuantizedStorage, string>> = { int8: '.int8_columns', 'int8-rows': '.int8_rows' }

const scalesSuffix = '.scales'

/** The tensors that store a float32 weight in quantized form. Their values are computed when they are read. */
export function quantizedTensors(name: string, tensor: HostTensor, storage: QuantizedStorage): [string, HostTensor][] {
  const [rows, ...rest] = tensor.shape as [number, ...number[]]
  const quantized = () => quantize(tensor.data as Float32Array, rows, storage)
  const integers: HostTensor = {
    shape: storage === 'int8' ? [elementCount(rest), rows] : tensor.shape,
    dtype: 'int8',
    get data() {
      return quantized().values
    },
  }
  const scales: HostTensor = {
    shape: [rows],
    dtype: 'float32',
    get data() {
      return quantized().scales
    },
  }
  return [
    [name + suffixes[storage], integers],
    [name + scalesSuffix, scales],
  ]
}

/**
 * The same tensors, with a float32 tensor for each quantized weight. It is read as floats, or as stored with `quantizedSource`.
 * @param file for messages
 * @param version the file's metadata under the name of `quantizationEntry`
 * @throws DreamLIPError `CHECKPOINT_MISMATCH` for another version of the format; `TENSOR_INVALID` for integers without fitting scales
 */
export function restoreQuantized(
  file: string,
  version: unknown,
  tensors: ReadonlyMap<string, CheckpointTensor>,
): Map<string, CheckpointTensor> {
  const known = quantizationEntry.dreamlip_quantization
  if (version !== known) {
    throw new DreamLIPError(
      'CHECKPOINT_MISMATCH',
      `${file}: expected quantized weights in version ${known} of their format; got version ${shorten(String(version), 80)}. ` +
        'A later version of dreamlip may have written the file: update dreamlip, or convert the original weights.',
    )
  }
  const restored = new Map(tensors)
  for (const storage of Object.keys(suffixes) as QuantizedStorage[]) {
    for (const [name, integers] of tensors) {
      if (!name.endsWith(suffixes[storage])) continue
      const weight = name.slice(0, -suffixes[storage].length)
      const scales = tensors.get(weight + scalesSuffix)
      if (restored.has(weight)) invalid(file, weight, 'the file contains it twice')
      restored.delete(name)
      restored.delete(weight + scalesSuffix)
      restored.set(weight, restoredWeight(file, weight, storage, integers, scales))
    }
  }
  return restored
}

function restoredWeight(
  file: string,
  name: string,
  storage: QuantizedStorage,
  integers: CheckpointTensor,
  scales: CheckpointTensor | undefined,
): CheckpointTensor {
  checkTensor(file, name, integers, 'int8')
  if (storage === 'int8' && integers.shape.length !== 2) {
    invalid(file, name, `expected a matrix of integers, got the shape [${integers.shape.join(', ')}]`)
  }
  const shape = storage === 'int8' ? [integers.shape[1]!, integers.shape[0]!] : [...integers.shape]
  checkTensor(file, name, scales, 'float32', [shape[0]!])
  const source: QuantizedSource = {
    storage,
    shape,
    byteLength: tensorBytes(integers) + tensorBytes(scales),
    async read(signal) {
      // One after the other: a source that streams reads forward.
      const values = (await integers.read(signal)) as Int8Array
      const factors = (await scales.read(signal)) as Float32Array
      checkScales(file, name, factors)
      return { storage, values, scales: factors }
    },
  }
  const read: CheckpointTensor['read'] = async (signal) => dequantize(await source.read(signal))
  stateSource(read, source)
  return { name, shape, dtype: 'float32', offset: integers.offset, read }
}

function checkTensor(
  file: string,
  weight: string,
  tensor: CheckpointTensor | undefined,
  dtype: CheckpointDtype,
  shape?: readonly number[],
): asserts tensor {
  const fits =
    shape === undefined
      ? tensor && tensor.shape.length > 0 && !tensor.shape.includes(0)
      : tensor?.shape.join() === shape.join()
  if (tensor?.dtype === dtype && fits) return
  const expected = shape ? `scales of ${dtype} [${shape.join(', ')}]` : `integers of ${dtype} that are not empty`
  invalid(file, weight, `expected ${expected}, got ${tensor ? `${tensor.dtype} [${tensor.shape.join(', ')}]` : 'none'}`)
}

/** The largest scale whose products with 8-bit integers are finite numbers. */
const largestScale = 3.4028234663852886e38 / 128

function checkScales(file: string, weight: string, scales: Float32Array): void {
  const wrong = scales.findIndex((scale) => !(scale > 0 && scale <= largestScale))
  if (wrong >= 0)
    invalid(file, weight, `expected scales that are positive numbers, got ${scales[wrong]} for row ${wrong}`)
}

function invalid(file: string, weight: string, problem: string): never {
  throw new DreamLIPError(
    'TENSOR_INVALID',
    `${file}: quantized weight '${shorten(weight, 200)}': ${problem}. The file is damaged; write it again with save(path, { dtype }).`,
  )
}
