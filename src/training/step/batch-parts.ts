/** Cuts a batch into equal parts along its images, and joins arrays of parts again. */
import type { ArraysOf, HostArray } from '../../runtime/runtime'
import type { StepBatch } from './step-batch'

/** Equal parts of `images` images, each with its captions. @param tokens of an image, its class token included */
export function cutBatch({ pixels, captions, kept }: StepBatch, images: number, tokens: number): StepBatch[] {
  const count = pixels.shape[0]! / images
  const share = captions.length / count
  return Array.from({ length: count }, (_, i) => ({
    pixels: partOf(pixels, i, count),
    captions: captions.slice(i * share, (i + 1) * share),
    ...(kept && { kept: countedFrom(partOf(kept, i, count), i * images * tokens) }),
  }))
}

/** The i-th of `count` equal parts of an array along its first axis. */
export function partOf({ data, shape }: HostArray, i: number, count: number): HostArray {
  const [rows, ...rest] = shape as [number, ...number[]]
  const values = data.length / count
  return { data: data.subarray(i * values, (i + 1) * values), shape: [rows / count, ...rest] } // [rows / count, …]
}

/** Counts a part's kept tokens from the first token of the part's own first image. */
function countedFrom(kept: HostArray, start: number): HostArray {
  return { ...kept, data: Int32Array.from(kept.data, (row) => row - start) }
}

/** Joins the arrays of each name along the first axis. */
export function joinParts<T extends object>(parts: readonly ArraysOf<T>[]): ArraysOf<T> {
  const names = Object.keys(parts[0]!) as (keyof T)[]
  return Object.fromEntries(names.map((name) => [name, joinRows(parts.map((part) => part[name]))])) as ArraysOf<T>
}

function joinRows(arrays: readonly HostArray[]): HostArray {
  const [, ...rest] = arrays[0]!.shape
  const data = new Float32Array(arrays.reduce((length, array) => length + array.data.length, 0))
  let at = 0
  for (const array of arrays) {
    data.set(array.data, at)
    at += array.data.length
  }
  return { data, shape: [arrays.reduce((rows, { shape }) => rows + shape[0]!, 0), ...rest] } // [rows of all, …]
}
