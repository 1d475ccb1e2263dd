/** The work of the queue of texts: lays texts of several calls out in rows together. */
import type { Program, Runtime } from '../../runtime/runtime'
import type { TextRows } from '../../models/clip/clip'
import type { Embedded } from '../programs/programs'
import type { BatchWork, PortionLimits } from '../queue/batch-queue'
import { textBatches, tokensPerBatch, type TextBatch, type TextTower } from './text-batches'

/** The different texts of one call. */
export interface TextPortion {
  /** How they are laid out if they run alone. */
  readonly batch: TextBatch
  /** Their token ids, one sequence for each of the batch's ends that is in use. */
  readonly sequences: readonly Int32Array[]
  readonly batchSize: number
}

/** Sizes are counted in tokens. Results have one embedding for each sequence: `[texts, embedDim]`, raw. */
export function textWork(
  { prefersFewShapes }: Runtime,
  program: Program<TextRows, Embedded>,
  tower: TextTower,
): BatchWork<TextPortion, Float32Array> {
  const run = async (batch: TextBatch) => {
    const { ids, positions, reaches, shape, ends, endsShape } = batch
    const { embeddings } = await program.run({
      ids: { data: ids, shape },
      positions: { data: positions, shape },
      reaches: { data: reaches, shape },
      ends: { data: ends, shape: endsShape },
    })
    return rowsOf(embeddings.data as Float32Array, batch)
  }
  const runAlone = async ({ batch }: TextPortion) =>
    joinRows((await run(batch)).filter((_, end) => batch.texts[end]!.length > 0))
  const runTogether = async (portions: readonly TextPortion[]) => {
    const sequences = portions.flatMap((portion) => portion.sequences)
    const batchSize = Math.min(...portions.map((portion) => portion.batchSize))
    const found: Float32Array[] = []
    for (const batch of textBatches(sequences, { batchSize, fewShapes: prefersFewShapes && 'mixed', tower })) {
      const rows = await run(batch)
      batch.texts.forEach((texts, end) => texts.forEach((text) => (found[text] = rows[end]!)))
    }
    let start = 0
    return portions.map((portion) => joinRows(found.slice(start, (start += portion.sequences.length))))
  }
  return {
    things: 'texts',
    paddedSize: (size) => size,
    run: async (portions) => (portions.length === 1 ? [await runAlone(portions[0]!)] : runTogether(portions)),
  }
}

/** The part of a call that is one of its batches. */
export function textPortion(batch: TextBatch, sequences: readonly Int32Array[], batchSize: number): TextPortion {
  const used = batch.texts.filter((texts) => texts.length > 0)
  return { batch, sequences: used.map(([text]) => sequences[text!]!), batchSize }
}

/** How a portion fits into a batch of `batchSize` texts or as many tokens as fill its rows. */
export function textLimits({ sequences, batchSize }: TextPortion): PortionLimits {
  const most = tokensPerBatch(batchSize)
  const least = Math.floor(most / batchSize)
  return { most, size: sequences.reduce((sum, { length }) => sum + Math.max(length, least), 0) }
}

/** One embedding for each of the batch's ends. */
function rowsOf(embeddings: Float32Array, { texts }: TextBatch): Float32Array[] {
  const width = embeddings.length / texts.length
  return texts.map((_, end) => embeddings.subarray(end * width, (end + 1) * width))
}

function joinRows(rows: readonly Float32Array[]): Float32Array {
  const width = rows[0]!.length
  const joined = new Float32Array(rows.length * width) // [texts, embedDim]
  rows.forEach((row, i) => joined.set(row, i * width))
  return joined
}
