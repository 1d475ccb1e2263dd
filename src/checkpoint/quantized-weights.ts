/**
 * Quantized weights in files. Each is two or three tensors: integers, under the weight's name and a suffix for their layout,
 * and scales. docs/checkpoints.md describes the format.
 */
import { DreamLIPError } from '../errors'
import { shorten } from '../printable'
import { blockSize, bytesPerBlock } from '../quantization/block-size'
import { quantizeBlocks, scalesOf, scaleSteps } from '../quantization/int4'
import { dequantize, quantize, type Quantized, type QuantizedStorage } from '../quantization/quantized'
import { tensorBytes } from './dtype'
import { stateSource, type QuantizedSource } from './quantized-source'
import type { CheckpointDtype, CheckpointTensor, HostTensor, TensorData } from './tensor'

/** The metadata entry of files with quantized weights: the version of this format. */
export const quantizationEntry = { dreamlip_quantization: '1' } as const

/** The type and shape of a tensor. */
type Kind = readonly [CheckpointDtype, readonly number[]]

/** How one kind of quantized weight is stored. Its tensors have the weight's name and a suffix; the integers come first. */
interface Form {
  readonly suffixes: readonly string[]
  /** The shape of the weight, from that of its integers; undefined if theirs is invalid. */
  readonly shapeOf: (integers: readonly number[]) => readonly number[] | undefined
  readonly kinds: (shape: readonly number[]) => readonly Kind[]
  /** The data of each tensor, computed on request. */
  readonly write: (values: () => Float32Array, rows: number) => readonly (() => TensorData)[]
  /** @throws DreamLIPError by `fail` */
  readonly read: (data: readonly TensorData[], fail: (problem: string) => never) => Quantized
}

const forms: Readonly<Record<QuantizedStorage, Form>> = {
  int8: {
    suffixes: ['.int8_columns', '.scales'],
    shapeOf: (integers) => (integers.length === 2 ? [integers[1]!, integers[0]!] : undefined),
    kinds: ([rows, columns]) => [
      ['int8', [columns!, rows!]],
      ['float32', [rows!]],
    ],
    ...withRowScales('int8'),
  },
  'int8-rows': {
    suffixes: ['.int8_rows', '.scales'],
    shapeOf: (integers) => (integers.length > 0 ? integers : undefined),
    kinds: (shape) => [
      ['int8', shape],
      ['float32', [shape[0]!]],
    ],
    ...withRowScales('int8-rows'),
  },
  int4: {
    suffixes: ['.int4_blocks', '.scales', '.scale_steps'],
    shapeOf: ([rows, blocks, bytes, ...rest]) =>
      bytes === bytesPerBlock && rest.length === 0 ? [rows!, blocks! * blockSize] : undefined,
    kinds: ([rows, columns]) => [
      ['uint8', [rows!, columns! / blockSize, bytesPerBlock]],
      ['uint8', [rows!, columns! / blockSize]],
      ['float32', [rows!]],
    ],
    write(values, rows) {
      // A file's writer requests the integers right before the multiples.
      let made: ReturnType<typeof quantizeBlocks> | undefined
      const takeMultiples = () => {
        const { multiples } = made ?? quantizeBlocks(values(), rows)
        made = undefined
        return multiples
      }
      return [() => (made = quantizeBlocks(values(), rows)).values, takeMultiples, () => scaleSteps(values(), rows)]
    },
    read([values, multiples, steps], fail) {
      checkScales(steps as Float32Array, fail)
      const zero = (multiples as Uint8Array).indexOf(0)
      if (zero >= 0) fail(`expected multiples from 1 to 255 as scales, got 0 for block ${zero}`)
      const scales = scalesOf({ multiples: multiples as Uint8Array, steps: steps as Float32Array })
      return { storage: 'int4', values: values as Uint8Array, scales }
    },
  },
}

/** 8-bit integers with a scale for each row. */
function withRowScales(storage: 'int8' | 'int8-rows'): Pick<Form, 'write' | 'read'> {
  return {
    write: (values, rows) => [
      () => quantize(values(), rows, storage).values,
      () => quantize(values(), rows, storage).scales,
    ],
    read([values, scales], fail) {
      checkScales(scales as Float32Array, fail)
      return { storage, values: values as Int8Array, scales: scales as Float32Array }
    },
  }
}

/** The largest scale: products with 8-bit integers, or with 4-bit integers and multiples, are finite numbers. */
const largestScale = 3.4028234663852886e38 / (8 * 255)

function checkScales(scales: Float32Array, fail: (problem: string) => never): void {
  const wrong = scales.findIndex((scale) => !(scale > 0 && scale <= largestScale))
  if (wrong >= 0) fail(`expected scales that are positive numbers, got ${scales[wrong]} for row ${wrong}`)
}

/** The tensors that store a float32 weight in quantized form. Their values are computed when they are read. */
export function quantizedTensors(name: string, tensor: HostTensor, storage: QuantizedStorage): [string, HostTensor][] {
  const { suffixes, kinds, write } = forms[storage]
  const data = write(() => tensor.data as Float32Array, tensor.shape[0]!)
  return kinds(tensor.shape).map(([dtype, shape], i) => [
    name + suffixes[i]!,
    {
      dtype,
      shape,
      get data() {
        return data[i]!()
      },
    },
  ])
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
  for (const storage of Object.keys(forms) as QuantizedStorage[]) {
    const { suffixes } = forms[storage]
    for (const name of tensors.keys()) {
      if (!name.endsWith(suffixes[0]!)) continue
      const weight = name.slice(0, -suffixes[0]!.length)
      if (restored.has(weight)) invalid(file, weight, 'the file contains it twice')
      const parts = suffixes.map((suffix) => tensors.get(weight + suffix))
      suffixes.forEach((suffix) => restored.delete(weight + suffix))
      restored.set(weight, restoredWeight(file, weight, storage, parts))
    }
  }
  return restored
}

function restoredWeight(
  file: string,
  name: string,
  storage: QuantizedStorage,
  given: readonly (CheckpointTensor | undefined)[],
): CheckpointTensor {
  const form = forms[storage]
  const fail = (problem: string) => invalid(file, name, problem)
  const shape = shapeOf(form, given[0]!, fail)
  const parts = form.kinds(shape).map((kind, i) => checkKind(given[i], kind, name + form.suffixes[i]!, fail))
  const source: QuantizedSource = {
    storage,
    shape,
    byteLength: parts.reduce((sum, part) => sum + tensorBytes(part), 0),
    async read(signal) {
      const data: TensorData[] = []
      for (const part of parts) data.push(await part.read(signal))
      return form.read(data, fail)
    },
  }
  const read: CheckpointTensor['read'] = async (signal) => dequantize(await source.read(signal))
  stateSource(read, source)
  return { name, shape: [...shape], dtype: 'float32', offset: parts[0]!.offset, read }
}

function shapeOf(form: Form, { shape }: CheckpointTensor, fail: (problem: string) => never): readonly number[] {
  const found = shape.includes(0) ? undefined : form.shapeOf(shape)
  return found ?? fail(`its integers ${form.suffixes[0]} cannot have the shape [${shape.join(', ')}]`)
}

function checkKind(
  tensor: CheckpointTensor | undefined,
  [dtype, shape]: Kind,
  name: string,
  fail: (problem: string) => never,
): CheckpointTensor {
  if (tensor?.dtype === dtype && tensor.shape.join() === shape.join()) return tensor
  const came = tensor ? `${tensor.dtype} [${tensor.shape.join(', ')}]` : 'no such tensor'
  return fail(`expected ${shorten(name, 200)} of ${dtype} [${shape.join(', ')}], got ${came}`)
}

function invalid(file: string, weight: string, problem: string): never {
  throw new DreamLIPError(
    'TENSOR_INVALID',
    `${file}: quantized weight '${shorten(weight, 200)}': ${problem}. The file is damaged; write it again with save(path, { dtype }).`,
  )
}
