/** The parameters of the compiled runtime: arrays on the host that all sessions read. */
import { narrowToFloat16, widenFloat16 } from '../../../half-precision'
import type { HostArray, Parameters } from '../../runtime'
import type { Storage } from '../../../compile/storage'
import type { ElementType, ParameterPart } from '../../../compile/graph'
import { columnsOf } from '../../../quantization/int8'
import { dequantize, quantize, type Quantized } from '../../../quantization/quantized'

/** An array in a form that ONNX Runtime accepts. */
export interface StoredArray {
  readonly type: ElementType
  readonly data: Float32Array | Int32Array | Uint16Array | Int8Array | Uint8Array
  readonly shape: readonly number[]
}

/** A parameter in its stored form. */
export type StoredParameter = { readonly shape: readonly number[] } & (
  | { readonly storage: 'float32'; readonly values: Float32Array }
  | { readonly storage: 'float16'; readonly values: Uint16Array }
  | Quantized
)

export interface StoredParameters extends Parameters {
  readonly stored: ReadonlyMap<string, StoredParameter>
  /** The array for a part of a parameter in a graph. If possible, it uses the memory of the whole. */
  part(part: ParameterPart): StoredArray
  /** Increases when values change. Graphs with a copy of the values are then out of date. */
  readonly version: number
  /** Reports that arrays were written to. */
  changed(): void
}

export function createStoredParameters(): StoredParameters {
  const stored = new Map<string, StoredParameter>()
  const parts = new Map<string, StoredArray>()
  let version = 0
  return {
    stored,
    get version() {
      return version
    },
    changed: () => void version++,
    get names() {
      return [...stored.keys()]
    },
    set(name, values, storage = 'float32') {
      stored.set(name, store(values, storage))
      parts.clear()
      version++
    },
    setQuantized(name, quantized, shape) {
      stored.set(name, { shape, ...quantized })
      parts.clear()
      version++
    },
    read: (name) => load(stored.get(name)!),
    readLater: async (name) => load(stored.get(name)!),
    shape: (name) => stored.get(name)!.shape,
    storage: (name) => stored.get(name)!.storage,
    part(part) {
      // Cut out only once, so that sessions of several shapes share it.
      const key = JSON.stringify(part)
      const known = parts.get(key) ?? cut(stored.get(part.of)!, part)
      parts.set(key, known)
      return known
    },
    dispose() {
      stored.clear()
      parts.clear()
    },
  }
}

/** A parameter's own memory. */
export function wholeOf(sets: readonly StoredParameters[], of: string): StoredArray {
  const set = sets.find(({ stored }) => stored.has(of))!
  return set.part({ of, array: 'values', rows: [0, set.shape(of)[0] ?? 1] })
}

function store({ data, shape }: HostArray, storage: Storage): StoredParameter {
  const values = data as Float32Array
  switch (storage) {
    case 'float32':
      return { shape, storage, values }
    case 'float16':
      return { shape, storage, values: narrowToFloat16(values) }
    default:
      return { shape, ...quantize(values, shape[0]!, storage) }
  }
}

function load(parameter: StoredParameter): Float32Array {
  switch (parameter.storage) {
    case 'float32':
      return parameter.values.slice()
    case 'float16':
      return widenFloat16(parameter.values)
    default:
      return dequantize(parameter)
  }
}

function cut(parameter: StoredParameter, { array, rows: [from, to] }: ParameterPart): StoredArray {
  const { shape, storage, values } = parameter
  const [count, ...rest] = shape as [number, ...number[]]
  if (array === 'scales') {
    const { scales } = parameter as Quantized
    return { type: 'float32', data: scales.subarray(from, to), shape: [to - from] }
  }
  if (storage === 'int8') {
    const data = to - from === count ? values : columnsOf(values, count, from, to) // [inputs, to - from]
    return { type: 'int8', data, shape: [values.length / count, to - from] }
  }
  const type = storage === 'int8-rows' ? 'int8' : storage
  if (shape.length === 0) return { type, data: values, shape }
  const perRow = values.length / count
  return { type, data: values.subarray(from * perRow, to * perRow), shape: [to - from, ...rest] }
}
