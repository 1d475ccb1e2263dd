/** Batches of few sizes, for devices that prepare a graph for each size. */
import type { HostArray } from '../runtime/runtime'

/** The size that a batch is filled up to: a power of two. */
export function paddedSize(count: number): number {
  return 2 ** Math.ceil(Math.log2(count))
}

/** The rows of the first axis, then rows of zeros up to `size`. */
export function padRows({ data, shape }: HostArray, size: number): HostArray {
  const [count, ...rest] = shape as [number, ...number[]]
  if (count === size) return { data, shape }
  const padded = new (data.constructor as Float32ArrayConstructor)((data.length / count) * size)
  padded.set(data)
  return { data: padded, shape: [size, ...rest] }
}
