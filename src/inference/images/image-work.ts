/** The work of a queue of images: joins batches of several calls, and divides the results again. */
import type { Program, Runtime } from '../../runtime/runtime'
import { paddedSize, runPadded, type FloatsOf } from '../programs/padded-batch'
import type { Pixels } from '../programs/programs'
import type { BatchWork } from '../queue/batch-queue'
import type { PreprocessedBatch } from './image-list'

/** Sizes are counted in images. Results are those of the program: rows of values for each image. */
export function imageWork<Output>(
  runtime: Runtime,
  program: Program<Pixels, Output>,
): BatchWork<PreprocessedBatch, FloatsOf<Output>> {
  return {
    things: 'images',
    paddedSize: runtime.prefersFewShapes ? paddedSize : (size) => size,
    async run(batches) {
      const pixels = joinBatches(batches)
      const outputs = await runPadded(runtime, program, { pixels }, pixels.shape[0])
      return divideRows(
        outputs,
        batches.map(({ shape }) => shape[0]),
      )
    },
  }
}

/** Joins several batches. A single one is returned unchanged. */
function joinBatches(batches: readonly PreprocessedBatch[]): PreprocessedBatch {
  const [first, ...others] = batches as [PreprocessedBatch, ...PreprocessedBatch[]]
  if (others.length === 0) return first
  const [, channels, height, width] = first.shape
  const count = batches.reduce((sum, { shape }) => sum + shape[0], 0)
  const data = new Float32Array(count * channels * height * width) // [images, 3, height, width]
  let at = 0
  for (const batch of batches) {
    data.set(batch.data, at)
    at += batch.data.length
  }
  return { data, shape: [count, channels, height, width] }
}

/** The results of each batch. If there are several, they are copied, so that no result keeps the others in memory. */
function divideRows<Output>(outputs: FloatsOf<Output>, counts: readonly number[]): FloatsOf<Output>[] {
  if (counts.length === 1) return [outputs]
  const total = counts.reduce((sum, count) => sum + count, 0)
  let start = 0
  return counts.map((count) => {
    const rows = Object.entries<Float32Array>(outputs).map(([name, values]) => {
      const perImage = values.length / total
      return [name, values.slice(start * perImage, (start + count) * perImage)]
    })
    start += count
    return Object.fromEntries(rows) as FloatsOf<Output>
  })
}
