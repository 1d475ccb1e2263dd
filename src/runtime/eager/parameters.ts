/** Parameters of the eager runtime: tensors on a TensorFlow.js backend. Scalars are on the host too, so that reading them never waits. */
import { tensor, type Tensor } from '@tensorflow/tfjs-core'
import { DreamLIPError } from '../../errors'
import { narrowToFloat16, widenFloat16 } from '../../half-precision'
import { dtypeOf, type HostArray, type Parameters } from '../runtime'
import { onBackend } from './backend'

export interface EagerParameters extends Parameters {
  readonly tensors: ReadonlyMap<string, Tensor>
  /** Replaces a parameter's tensor and frees the old one. */
  replace(name: string, value: Tensor): void
  /** Copies replaced scalars to the host. */
  fetchScalars(): Promise<void>
}

export function createEagerParameters(backend: string): EagerParameters {
  const tensors = new Map<string, Tensor>()
  const scalars = new Map<string, Float32Array>()
  const outdated = new Set<string>()
  const place = (name: string, values: HostArray) => {
    tensors.get(name)?.dispose()
    tensors.set(
      name,
      onBackend(backend, () => toTensor(values)),
    )
    if (values.shape.length === 0) scalars.set(name, (values.data as Float32Array).slice())
  }
  return {
    tensors,
    get names() {
      return [...tensors.keys()]
    },
    expect: () => undefined,
    has: (name) => tensors.has(name),
    set(name, values, storage = 'float32') {
      const data = values.data as Float32Array
      place(name, storage === 'float16' ? { ...values, data: widenFloat16(narrowToFloat16(data)) } : values)
    },
    replace(name, value) {
      const before = tensors.get(name)!
      if (before === value) return
      before.dispose()
      tensors.set(name, value)
      if (value.rank === 0) outdated.add(name)
    },
    async fetchScalars() {
      const names = [...outdated]
      outdated.clear()
      const read = async (name: string) => scalars.set(name, await tensors.get(name)!.data<'float32'>())
      await Promise.all(names.map(read))
    },
    read(name) {
      const scalar = scalars.get(name)?.slice()
      if (!scalar && backend === 'webgpu') throw onlyLater(name)
      return scalar ?? tensors.get(name)!.dataSync<'float32'>()
    },
    readQuantized: () => undefined,
    readLater: (name) => tensors.get(name)!.data<'float32'>(),
    shape: (name) => tensors.get(name)!.shape,
    storage: () => 'float32',
    dispose() {
      tensors.forEach((held) => held.dispose())
      tensors.clear()
    },
  }
}

export function toTensor(array: HostArray): Tensor {
  return tensor(array.data, [...array.shape], dtypeOf(array))
}

/** WebGPU loses its device during large blocking reads. */
function onlyLater(name: string): DreamLIPError {
  return new DreamLIPError(
    'READ_ASYNC',
    `${name}: expected a device whose memory can be read synchronously; that of WebGPU can be read only asynchronously. ` +
      `Use await model.parameters.get('${name}').read() instead of .data.`,
  )
}
