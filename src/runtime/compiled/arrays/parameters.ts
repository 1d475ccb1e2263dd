/** The parameters of the compiled runtime: arrays on the host that all sessions read. */
import { narrowToFloat16, widenFloat16 } from '../../../half-precision'
import type { HostArray, Parameters } from '../../runtime'
import type { GraphStorage, Storage } from '../../../compile/storage'
import type { ElementType, ParameterPart } from '../../../compile/graph'
import { bytesPerBlock } from '../../../quantization/block-size'
import { columnsOf } from '../../../quantization/int8'
import { dequantize, quantize, type Quantized } from '../../../quantization/quantized'
import { toSigned, toUnsigned, type Uint8Columns } from '../../../quantization/unsigned'

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
  | Uint8Columns
)

/** How a parameter is stored. */
export interface StoredForm {
  readonly shape: readonly number[]
  readonly storage: GraphStorage
}

export interface StoredParameters extends Parameters {
  setQuantized(name: string, quantized: Quantized, shape: readonly number[]): void
  readonly stored: ReadonlyMap<string, StoredParameter>
  /** The current or future stored form of each parameter. */
  readonly forms: ReadonlyMap<string, StoredForm>
  /** The array for a part of a parameter in a graph. If possible, it shares the parameter's memory. */
  part(part: ParameterPart): StoredArray
  /** Increases when values change. Graphs with a copy of the values are then out of date. */
  readonly version: number
  /** Reports that arrays were written to. */
  changed(): void
}

/** @param unsigned whether matrices of int8 are kept as uint8 */
export function createStoredParameters(unsigned = false): StoredParameters {
  const stored = new Map<string, StoredParameter>()
  const forms = new Map<string, StoredForm>()
  const parts = new Map<string, StoredArray>()
  let version = 0
  const put = (name: string, given: StoredParameter) => {
    const parameter = unsigned && given.storage === 'int8' ? { shape: given.shape, ...toUnsigned(given) } : given
    const isNew = !stored.has(name)
    stored.set(name, parameter)
    forms.set(name, parameter)
    // No graph depends on a new parameter.
    if (isNew) return
    parts.clear()
    version++
  }
  return {
    stored,
    forms,
    get version() {
      return version
    },
    changed: () => void version++,
    get names() {
      return [...stored.keys()]
    },
    expect(name, shape, storage) {
      forms.set(name, { shape, storage: unsigned && storage === 'int8' ? 'uint8' : storage })
    },
    has: (name) => stored.has(name),
    set: (name, values, storage = 'float32') => put(name, store(values, storage)),
    setQuantized: (name, quantized, shape) => put(name, { shape, ...quantized }),
    read: (name) => load(stored.get(name)!),
    readQuantized(name) {
      const parameter = stored.get(name)!
      return 'scales' in parameter ? quantizedOf(parameter) : undefined
    },
    readLater: async (name) => load(stored.get(name)!),
    shape: (name) => stored.get(name)!.shape,
    storage(name) {
      const { storage } = stored.get(name)!
      return storage === 'uint8' ? 'int8' : storage
    },
    part(part) {
      // Cut out only once, so that sessions of several shapes share it.
      const key = JSON.stringify(part)
      const known = parts.get(key) ?? cut(stored.get(part.of)!, part)
      parts.set(key, known)
      return known
    },
    dispose() {
      stored.clear()
      forms.clear()
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
      return dequantize(quantizedOf(parameter))
  }
}

function quantizedOf(parameter: Quantized | Uint8Columns): Quantized {
  return parameter.storage === 'uint8' ? toSigned(parameter) : parameter
}

/** The type of a parameter's values. */
const elementTypes = { float32: 'float32', float16: 'float16', 'int8-rows': 'int8', int4: 'uint8' } as const

function cut(parameter: StoredParameter, { array, rows: [from, to] }: ParameterPart): StoredArray {
  const { shape, storage, values } = parameter
  const [count, ...rest] = shape as [number, ...number[]]
  if (array === 'scales') {
    const { scales } = parameter as Quantized | Uint8Columns
    const perRow = scales.length / count // 1, or the blocks of a row
    const data = scales.subarray(from * perRow, to * perRow)
    return { type: 'float32', data, shape: storage === 'int4' ? [to - from, perRow] : [to - from] }
  }
  if (storage === 'int8' || storage === 'uint8') {
    const data = to - from === count ? values : columnsOf(values, count, from, to) // [inputs, to - from]
    return { type: storage, data, shape: [values.length / count, to - from] }
  }
  const type = elementTypes[storage]
  if (shape.length === 0) return { type, data: values, shape }
  const perRow = values.length / count
  const ofRow = storage === 'int4' ? [perRow / bytesPerBlock, bytesPerBlock] : rest
  return { type, data: values.subarray(from * perRow, to * perRow), shape: [to - from, ...ofRow] }
}
