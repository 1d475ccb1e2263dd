/**
 * Groups vectors that are almost the same without comparing all with all: each vector belongs to the cells of the pivots most
 * similar to it, and only vectors in the same cell are compared. With √n pivots, the work grows like n·√n, and memory holds one
 * cell at a time.
 */
import type { Progress } from '../../../progress'
import type { VectorReader } from '../../vector-store'
import { createUnion } from './union'

/** A vector of a group: its index in the list of ids, and its cosine with the group's first. */
export interface NearMember {
  readonly row: number
  readonly score: number
}

export interface NearOptions {
  readonly threshold: number
  readonly onProgress?: (progress: Progress) => void
  readonly signal?: AbortSignal
}

/** Cells in which each vector is compared, so that near pictures on the border of two cells still meet. */
const cellsPerVector = 3

/** Vectors read at once. */
const block = 4096

/** @returns groups of at least two, each in the order of the ids; every member is near the first */
export async function nearGroups(
  store: VectorReader,
  ids: readonly string[],
  { threshold, onProgress, signal }: NearOptions,
): Promise<NearMember[][]> {
  const cells = await divide(store, ids, signal)
  const union = createUnion(ids.length)
  let done = 0
  for (const cell of cells) {
    signal?.throwIfAborted()
    const data = await read(store, ids, cell, signal)
    joinNear(data, cell, store.width, threshold, union)
    done += cell.length
    onProgress?.({ stage: 'images', done, total: cellsPerVector * ids.length })
    await new Promise<void>((resolve) => setTimeout(resolve)) // lets other work on this thread run
  }
  const groups: NearMember[][] = []
  for (const component of union.components()) {
    groups.push(...stars(await read(store, ids, component, signal), component, store.width, threshold))
  }
  return groups
}

/** The rows of each pivot's cell. */
async function divide(store: VectorReader, ids: readonly string[], signal?: AbortSignal): Promise<number[][]> {
  const { width } = store
  const { data: pivots } = await store.sample(Math.ceil(Math.sqrt(ids.length)), { seed: 1, signal })
  const cells: number[][] = Array.from({ length: pivots.length / width }, () => [])
  for (let start = 0; start < ids.length; start += block) {
    const rows = Array.from({ length: Math.min(block, ids.length - start) }, (_, i) => start + i)
    const data = await read(store, ids, rows, signal)
    rows.forEach((row, i) => nearest(data, i * width, pivots, width).forEach((pivot) => cells[pivot]!.push(row)))
  }
  return cells
}

/** The pivots with the largest dot products with a vector. */
function nearest(data: Float32Array, at: number, pivots: Float32Array, width: number): number[] {
  const best: { pivot: number; product: number }[] = []
  for (let pivot = 0; pivot < pivots.length / width; pivot++) {
    const product = dot(data, at, pivots, pivot * width, width)
    if (best.length === cellsPerVector && product <= best.at(-1)!.product) continue
    if (best.length === cellsPerVector) best.pop()
    best.push({ pivot, product })
    best.sort((a, b) => b.product - a.product)
  }
  return best.map(({ pivot }) => pivot)
}

function joinNear(
  data: Float32Array,
  cell: readonly number[],
  width: number,
  threshold: number,
  union: ReturnType<typeof createUnion>,
): void {
  for (let i = 1; i < cell.length; i++) {
    for (let j = 0; j < i; j++) {
      if (union.find(cell[i]!) === union.find(cell[j]!)) continue
      if (isNear(data, i * width, j * width, width, 2 - 2 * threshold)) union.join(cell[i]!, cell[j]!)
    }
  }
}

/** Whether two unit vectors are within a squared distance. Stops as soon as their first values exceed it. */
function isNear(data: Float32Array, a: number, b: number, width: number, most: number): boolean {
  let sum = 0
  for (let start = 0; start < width; start += 16) {
    const end = Math.min(width, start + 16)
    for (let c = start; c < end; c++) {
      const difference = data[a + c]! - data[b + c]!
      sum += difference * difference
    }
    if (sum > most) return false
  }
  return true
}

/** Cuts a chain of near vectors into groups whose members are all near their first. */
function stars(data: Float32Array, rows: readonly number[], width: number, threshold: number): NearMember[][] {
  const groups: NearMember[][] = []
  let rest = rows.map((row, i) => ({ row, i }))
  while (rest.length > 1) {
    const [first, ...others] = rest as [(typeof rest)[0], ...typeof rest]
    const group: NearMember[] = [{ row: first.row, score: 1 }]
    rest = others.filter(({ row, i }) => {
      const score = dot(data, first.i * width, data, i * width, width)
      if (score < threshold) return true
      group.push({ row, score: Math.min(1, score) })
      return false
    })
    if (group.length > 1) groups.push(group)
  }
  return groups
}

function read(store: VectorReader, ids: readonly string[], rows: readonly number[], signal?: AbortSignal) {
  return store.vectors(
    rows.map((row) => ids[row]!),
    { signal },
  )
}

function dot(a: Float32Array, atA: number, b: Float32Array, atB: number, width: number): number {
  let [even, odd] = [0, 0]
  let c = 0
  for (; c + 1 < width; c += 2) {
    even += a[atA + c]! * b[atB + c]!
    odd += a[atA + c + 1]! * b[atB + c + 1]!
  }
  return c < width ? even + odd + a[atA + c]! * b[atB + c]! : even + odd
}
