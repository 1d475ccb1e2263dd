/** Embeds texts batch by batch. */
import { checkFlag, checkObject } from '../../check-arguments'
import { embeddingsOf, row, type Embeddings } from '../embeddings/embeddings'
import type { Encoder } from '../encoder'
import { checkResults } from '../embeddings/finite'
import { checkTower } from '../missing-tower'
import type { ModelState } from '../model-state'
import { batchOptions, checkLong, type BatchOptions, type TextOptions } from '../options'
import { joinPieces, sequencesIn, type Pieces } from './long-texts'
import type { TextBatchInput, TextEmbeddings } from './sequences'
import { textBatches } from './text-batches'
import { textLimits, textPortion, textWork } from './text-work'
import { tokenizeForModel, tokenizeInPieces } from './tokenize-for-model'

/** Texts that go through the model at once by default. */
const textBatchSize = 128

/** `DreamLIP.encodeText`. */
export async function encodeTexts(
  state: ModelState,
  texts: TextBatchInput,
  options: TextOptions,
): Promise<TextEmbeddings> {
  const { normalize = true, long: given, ...rest } = checkObject('options', options)
  checkFlag('normalize', normalize)
  const long = checkLong(given)
  const batches = batchOptions(rest, textBatchSize)
  if (long !== 'truncate') {
    const { pieces, truncated } = await tokenizeInPieces(state, texts, long)
    return { ...(await embedPieces(state.encoder, pieces, normalize, batches)), truncated }
  }
  const { sequences, truncated } = await tokenizeForModel(state, texts)
  return { ...(await embedTexts(state.encoder, sequences, normalize, batches)), truncated }
}

/** `[texts, embedDim]`. The pieces of all texts are embedded together. */
async function embedPieces(
  encoder: Encoder,
  texts: readonly Pieces[],
  normalize: boolean,
  { onProgress, nameOf = (index) => `texts[${index}]`, ...options }: BatchOptions,
): Promise<Embeddings> {
  const { embedDim } = encoder.config
  const embeddings = await embedTexts(encoder, sequencesIn(texts), false, {
    ...options,
    nameOf: null,
    onProgress: ({ stage, done, total }) =>
      onProgress?.({ stage, done: Math.floor((done / total) * texts.length), total: texts.length }),
  })
  const data = new Float32Array(texts.length * embedDim) // [texts, embedDim]
  let piece = 0
  joinPieces(texts, () => row(embeddings, piece++)).forEach((text, index) => {
    if (nameOf)
      checkResults(
        text,
        1,
        () => nameOf(index),
        () => index,
      )
    data.set(text, index * embedDim)
  })
  return embeddingsOf(data, embedDim, normalize)
}

/** `[texts, embedDim]` in the order of the sequences. Shared beginnings are computed once per row. */
export async function embedTexts(
  encoder: Encoder,
  sequences: readonly Int32Array[],
  normalize: boolean,
  options: BatchOptions,
): Promise<Embeddings> {
  checkTower(encoder, 'text')
  const { config, programs, queues, runtime, weights } = encoder
  const { embedDim } = config
  const { batchSize, signal, onProgress, nameOf = (index) => `texts[${index}]` } = options
  const data = new Float32Array(sequences.length * embedDim) // [texts, embedDim]
  const queue = queues.of(programs.text, () => textWork(runtime, programs.text, config.text))
  let done = 0
  await queue.admit(Math.min(sequences.length, batchSize), async () => {
    if (sequences.length > 0) await weights.need(['text'], { signal, onProgress })
    for (const batch of textBatches(sequences, {
      batchSize,
      fewShapes: runtime.prefersFewShapes,
      tower: config.text,
    })) {
      const portion = textPortion(batch, sequences, batchSize)
      const embeddings = await queue.add(portion, { ...textLimits(portion), signal }) // [texts, embedDim]
      const used = batch.texts.filter((equal) => equal.length > 0)
      used.forEach((equal, i) => {
        const embedding = embeddings.subarray(i * embedDim, (i + 1) * embedDim)
        if (nameOf)
          checkResults(
            embedding,
            1,
            () => nameOf(equal[0]!),
            () => equal[0]!,
          )
        equal.forEach((index) => data.set(embedding, index * embedDim))
        done += equal.length
      })
      onProgress?.({ stage: 'texts', done, total: sequences.length })
    }
  })
  return embeddingsOf(data, embedDim, normalize)
}
