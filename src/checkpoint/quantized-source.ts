/** How a file stores a quantized weight whose tensor is otherwise read as floats. */
import type { Quantized, QuantizedStorage } from '../quantization/quantized'
import type { CheckpointTensor } from './tensor'

export interface QuantizedSource {
  readonly storage: QuantizedStorage
  readonly shape: readonly number[]
  /** Size of the integers and scales in the file. */
  readonly byteLength: number
  /** Reads the integers and scales. @throws DreamLIPError `TENSOR_INVALID` for scales that are not positive numbers */
  read(signal?: AbortSignal): Promise<Quantized>
}

/** Keyed by the function that reads the weight as floats: tensors with the same function are the same weight. */
const sources = new WeakMap<CheckpointTensor['read'], QuantizedSource>()

/** Records the stored form of the weight that `read` reads as floats. */
export function stateSource(read: CheckpointTensor['read'], source: QuantizedSource): void {
  sources.set(read, source)
}

/** How a file stores a tensor that `restoreQuantized` returned; undefined if it is not quantized or has changed since. */
export function quantizedSource({ read, shape }: CheckpointTensor): QuantizedSource | undefined {
  const source = sources.get(read)
  return source?.shape.join() === shape.join() ? source : undefined
}
