/** The order of an epoch: the samples that a rank sees, and when. Reading can start at any sample. */
import { DreamLIPError } from '../../../errors'
import type { IndexedShard } from '../../readers/open-records'
import { randomOf, randomOrder } from './random-order'
import { indexStep, type Reading, type Shard } from '../../shard'

/** Neighbouring samples of a shard that are read together. */
interface Chunk {
  readonly shard: Shard
  readonly from: number | undefined
  readonly count: number
}

/** The settings that determine the order of an epoch. */
export interface EpochPlan {
  readonly shards: readonly IndexedShard[]
  readonly seed: number
  readonly rank: number
  readonly worldSize: number
  /** Samples that are shuffled together; 0 keeps the order of the files. */
  readonly shuffle: number
  /** Draw chunks by the weights of their shards, with replacement, until each rank has this many samples. */
  readonly samplesPerEpoch?: number
}

/** The number of samples per rank in an epoch. It is the same for each rank, so that all make the same number of steps. */
export function samplesOf({ shards, worldSize, samplesPerEpoch }: EpochPlan): number {
  return samplesPerEpoch ?? Math.floor(shards.reduce((sum, { index }) => sum + index.count, 0) / worldSize)
}

/**
 * Reads the rank's samples of an epoch, starting at any of them. Chunks come in random order, and blocks of `shuffle` samples are
 * shuffled. A block is read while the previous one is handed out. The order does not depend on where reading started.
 */
export async function* readEpoch(
  plan: EpochPlan,
  epoch: number,
  from: number,
  signal?: AbortSignal,
): AsyncGenerator<Reading> {
  const total = samplesOf(plan)
  const chunks = chunksOf(plan, epoch, total)
  if (plan.shuffle === 0) return yield* readRange(chunks, plan.rank * total + from, total - from, signal)
  const blocks = Math.ceil(total / plan.shuffle)
  const first = Math.floor(from / plan.shuffle)
  const start = first * plan.shuffle
  const readings = readRange(chunks, plan.rank * total + start, total - start, signal)
  const read = () => {
    const block = take(readings, plan.shuffle)
    // If the caller stops before this block, its failure does not matter.
    block.catch(() => undefined)
    return block
  }
  let next = read()
  try {
    for (let number = first; number < blocks; number++) {
      const block = await next
      if (number + 1 < blocks) next = read()
      const order = randomOrder(block.length, randomOf(plan.seed, epoch, plan.rank, number))
      const passed = Math.max(0, from - number * plan.shuffle)
      for (const i of order.slice(passed)) yield block[i]!
    }
  } finally {
    await next.catch(() => undefined)
    await readings.return(undefined)
  }
}

function chunksOf(
  { shards, seed, shuffle, samplesPerEpoch, worldSize }: EpochPlan,
  epoch: number,
  total: number,
): Chunk[] {
  const chunks = shards.flatMap((shard) =>
    shard.index.starts.map((start, i) => ({
      shard,
      weight: shard.weight ?? 1,
      from: start === -1 ? undefined : start,
      count: Math.min(indexStep, shard.index.count - i * indexStep),
    })),
  )
  const random = randomOf(seed, epoch)
  if (samplesPerEpoch === undefined) {
    return shuffle === 0 ? chunks : randomOrder(chunks.length, random).map((i) => chunks[i]!)
  }
  const sums: number[] = []
  for (const { weight } of chunks) sums.push((sums.at(-1) ?? 0) + weight)
  const drawn: Chunk[] = []
  for (let count = 0; count < total * worldSize; count += drawn.at(-1)!.count) {
    const at = random.uniform() * sums.at(-1)!
    drawn.push(chunks[lowerBound(sums, at)]!)
  }
  return drawn
}

/** The first index whose sum is greater than the value. */
function lowerBound(sums: readonly number[], value: number): number {
  let [low, high] = [0, sums.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if (sums[middle]! > value) high = middle
    else low = middle + 1
  }
  return low
}

/** Reads `count` samples of the joined chunks, starting at any of them. Earlier chunks are not read. */
async function* readRange(
  chunks: readonly Chunk[],
  from: number,
  count: number,
  signal?: AbortSignal,
): AsyncGenerator<Reading, undefined> {
  let skip = from
  let left = count
  for (const chunk of chunks) {
    if (skip >= chunk.count) {
      skip -= chunk.count
      continue
    }
    const wanted = Math.min(chunk.count, skip + left)
    let seen = 0
    for await (const reading of chunk.shard.read(chunk.from, signal)) {
      if (++seen > skip) yield reading
      if (seen === wanted) break
    }
    if (seen < wanted) throw changed(chunk.shard, chunk.count, seen)
    left -= wanted - skip
    skip = 0
    if (left === 0) return
  }
}

async function take(readings: AsyncGenerator<Reading>, count: number): Promise<Reading[]> {
  const list: Reading[] = []
  while (list.length < count) {
    const next = await readings.next()
    if (next.done) break
    list.push(next.value)
  }
  return list
}

function changed(shard: Shard, expected: number, found: number): DreamLIPError {
  return new DreamLIPError(
    'DATA_INVALID',
    `${shard.name}: expected ${expected} samples, as its index says; found ${found}. ` +
      'The file changed after it was opened: open the data set again.',
  )
}
