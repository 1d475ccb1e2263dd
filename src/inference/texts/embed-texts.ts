/** Embeds texts batch by batch. */
import { checkFlag, checkObject } from '../../check-arguments'
import { embeddingsOf, type Embeddings } from '../embeddings'
import type { Encoder } from '../encoder'
import { checkResults } from '../finite'
import { checkTower } from '../missing-tower'
import type { ModelState } from '../model-state'
import { batchOptions, type BatchOptions, type EncodeOptions } from '../options'
import type { TextBatchInput, TextEmbeddings } from './sequences'
import { textBatches, type TextBatch } from './text-batches'
import { tokenizeForModel } from './tokenize-for-model'

/** Texts that go through the model at once by default. */
const textBatchSize = 128

/** `DreamLIP.encodeText`. */
export async function encodeTexts(
  state: ModelState,
  texts: TextBatchInput,
  options: EncodeOptions,
): Promise<TextEmbeddings> {
  const { normalize = true, ...rest } = checkObject('options', options)
  checkFlag('normalize', normalize)
  const batches = batchOptions(rest, textBatchSize)
  const { sequences, truncated } = await tokenizeForModel(state, texts)
  return { ...(await embedTexts(state.encoder, sequences, normalize, batches)), truncated }
}

/** `[texts, embedDim]` in the order of the sequences. Beginnings that texts share are computed once per row. */
export async function embedTexts(
  encoder: Encoder,
  sequences: readonly Int32Array[],
  normalize: boolean,
  options: BatchOptions,
): Promise<Embeddings> {
  checkTower(encoder, 'text')
  const { embedDim } = encoder.config
  const { batchSize, signal, onProgress, nameOf = (index) => `texts[${index}]` } = options
  const data = new Float32Array(sequences.length * embedDim) // [texts, embedDim]
  let done = 0
  for (const batch of textBatches(sequences, { batchSize, fewShapes: encoder.runtime.prefersFewShapes })) {
    signal?.throwIfAborted()
    const embeddings = await runTexts(encoder, batch) // [ends, embedDim]
    batch.texts.forEach((equal, i) => {
      const embedding = embeddings.subarray(i * embedDim, (i + 1) * embedDim)
      if (equal.length > 0 && nameOf) checkResults(embedding, 1, () => nameOf(equal[0]!))
      equal.forEach((index) => data.set(embedding, index * embedDim))
      done += equal.length
    })
    onProgress?.({ stage: 'texts', done, total: sequences.length })
  }
  return embeddingsOf(data, embedDim, normalize)
}

async function runTexts(encoder: Encoder, { ids, positions, reaches, shape, ends, endsShape }: TextBatch) {
  encoder.checkAlive()
  const { embeddings } = await encoder.programs.text.run({
    ids: { data: ids, shape },
    positions: { data: positions, shape },
    reaches: { data: reaches, shape },
    ends: { data: ends, shape: endsShape },
  })
  encoder.checkAlive()
  return embeddings.data as Float32Array
}
