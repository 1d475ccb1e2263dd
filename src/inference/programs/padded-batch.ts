/** Pads batches to a few sizes, for devices that prepare a graph for each size. */
import type { ArraysOf, HostArray, Program, Runtime } from '../../runtime/runtime'

/** The size that a batch is padded to: a power of two. */
export function paddedSize(count: number): number {
  return 2 ** Math.ceil(Math.log2(count))
}

/** The values of results, by their names. */
export type FloatsOf<Output> = { readonly [Name in keyof Output]: Float32Array }

/** Runs a program on a batch, which is padded if the device prefers few sizes, and returns only the values of the batch's own rows. */
export async function runPadded<Input, Output>(
  { prefersFewShapes }: Runtime,
  program: Program<Input, Output>,
  inputs: ArraysOf<Input>,
  count: number,
): Promise<FloatsOf<Output>> {
  const size = prefersFewShapes ? paddedSize(count) : count
  const padded = Object.entries<HostArray>(inputs).map(([name, input]) => [name, padRows(input, size)])
  const outputs = await program.run(Object.fromEntries(padded) as ArraysOf<Input>)
  const own = Object.entries<HostArray>(outputs).map(([name, { data }]) => [
    name,
    data.subarray(0, (data.length / size) * count),
  ])
  return Object.fromEntries(own) as FloatsOf<Output>
}

/** The rows of the first axis, then rows of zeros up to `size`. */
export function padRows({ data, shape }: HostArray, size: number): HostArray {
  const [count, ...rest] = shape as [number, ...number[]]
  if (count === size) return { data, shape }
  const padded = new (data.constructor as Float32ArrayConstructor)((data.length / count) * size)
  padded.set(data)
  return { data: padded, shape: [size, ...rest] }
}
