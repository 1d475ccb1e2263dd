/** Parameters of the compiled runtime: arrays on the host that every session reads. */
import { narrowToFloat16, widenFloat16 } from '../../half-precision'
import type { HostArray, Parameters, Storage } from '../runtime'
import type { ElementType } from './graph'
import { dequantizeRows, quantizeRows } from './quantize'

/** An array as ONNX Runtime takes it. */
export interface StoredArray {
  readonly type: ElementType
  readonly data: Float32Array | Int32Array | Uint16Array | Int8Array | Uint8Array
  readonly shape: readonly number[]
}

/** A parameter as it is held. */
export interface StoredParameter {
  readonly shape: readonly number[]
  readonly storage: Storage
  /** The arrays that stand for it, by the names of the graph's inputs. */
  readonly arrays: ReadonlyMap<string, StoredArray>
}

export interface StoredParameters extends Parameters {
  readonly stored: ReadonlyMap<string, StoredParameter>
}

/** The name of the scales of a parameter that is held as int8. */
export function scalesName(name: string): string {
  return `${name}.scales`
}

export function createStoredParameters(): StoredParameters {
  const stored = new Map<string, StoredParameter>()
  return {
    stored,
    get names() {
      return [...stored.keys()]
    },
    set(name, values, storage = 'float32') {
      stored.set(name, { shape: values.shape, storage, arrays: store(name, values, storage) })
    },
    read: (name) => load(name, stored.get(name)!),
    shape: (name) => stored.get(name)!.shape,
    dispose: () => stored.clear(),
  }
}

function store(name: string, { data, shape }: HostArray, storage: Storage): Map<string, StoredArray> {
  const values = data as Float32Array
  switch (storage) {
    case 'float32':
      return new Map([[name, { type: 'float32', data: values, shape }]])
    case 'float16':
      return new Map([[name, { type: 'float16', data: narrowToFloat16(values), shape }]])
    case 'int8': {
      const { quantized, scales } = quantizeRows(values, shape[0]!)
      return new Map<string, StoredArray>([
        [name, { type: 'int8', data: quantized, shape }],
        [scalesName(name), { type: 'float32', data: scales, shape: [shape[0]!] }],
      ])
    }
  }
}

function load(name: string, { storage, arrays }: StoredParameter): Float32Array {
  const { data } = arrays.get(name)!
  switch (storage) {
    case 'float32':
      return (data as Float32Array).slice()
    case 'float16':
      return widenFloat16(data as Uint16Array)
    case 'int8':
      return dequantizeRows(data as Int8Array, arrays.get(scalesName(name))!.data as Float32Array)
  }
}
