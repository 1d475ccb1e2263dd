/** Embeds the images of a data set; images that cannot be read are reported, and results can be kept on a disk. */
import { checkCall, checkList, checkObject, checkPath, checkText, wrongArgument } from '../../check-arguments'
import { DreamLIP } from '../../dreamlip'
import { checkImage } from '../../inference/images/image-list'
import { checkKeys, type KeysOf } from '../../known-keys'
import type { Embeddings } from '../../inference/embeddings/embeddings'
import type { Progress } from '../../progress'
import type { DataProblem, NamedImage } from '../datasets/data-set'
import { versionOf } from './digest'
import { keep } from './kept'

export interface EmbedImagesOptions {
  /** A folder in which embeddings are kept, by the model's fingerprint and the images. Only Node has it. Default: nothing is kept. */
  readonly cache?: string
  readonly batchSize?: number
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: Progress) => void
}

export interface EmbeddedImages {
  /** `[images that could be read, dimensions]`, rows of unit length */
  readonly embeddings: Embeddings
  /** The row of each image; −1 if it could not be read. */
  readonly row: Int32Array
  readonly problems: readonly DataProblem[]
}

const optionKeys: KeysOf<EmbedImagesOptions> = { cache: 0, batchSize: 0, signal: 0, onProgress: 0 }

/** Images whose embeddings are kept together. A run that is killed computes at most this many again. */
const chunkSize = 256

/** The rows of the images of a chunk that could be read, and the indices of the others. */
interface Chunk {
  readonly data: Float32Array
  readonly unread: readonly (readonly [index: number, message: string])[]
}

/**
 * Embeds images in the order of a data set. With `cache`, a second call with the same model and images reads its results from the
 * disk: each chunk of 256 images is kept under the digest of the model's weights, the images' ids, and the size and date of their
 * files.
 * @throws DreamLIPError `INVALID_ARGUMENT`, `WRITE_FAILED`; the signal's reason when aborted. Images that cannot be read are
 *   `problems` with the reason `image-unreadable`
 */
export async function embedImages(
  model: DreamLIP,
  images: readonly NamedImage[],
  options: EmbedImagesOptions = {},
): Promise<EmbeddedImages> {
  if (!(model instanceof DreamLIP)) throw wrongArgument('model', 'a DreamLIP model', model)
  checkImages(images)
  const { cache, batchSize, signal, onProgress } = checkKeys('', checkCall(options), optionKeys)
  if (cache !== undefined) checkPath('cache', cache)
  const dimensions = model.config.embedDim
  const fingerprint = cache === undefined ? '' : await model.fingerprint({ signal })
  const data = new Float32Array(images.length * dimensions)
  const row = new Int32Array(images.length).fill(-1)
  const problems: DataProblem[] = []
  let rows = 0
  for (let from = 0; from < images.length; from += chunkSize) {
    const chunk = images.slice(from, from + chunkSize)
    const progress = (done: number) => onProgress?.({ stage: 'images', done: from + done, total: images.length })
    const key = [
      'images',
      fingerprint,
      model.dtype,
      batchSize ?? 0,
      ...(cache === undefined ? [] : await versionsOf(chunk)),
    ]
    const compute = async () => packChunk(await embedChunk(model, chunk, { batchSize, signal }, progress))
    const { data: values, unread } = unpackChunk(await keep(cache, key, compute, signal))
    const messages = new Map(unread)
    data.set(values, rows * dimensions)
    chunk.forEach(({ id }, i) => {
      const message = messages.get(i)
      if (message === undefined) row[from + i] = rows++
      else problems.push({ item: id, reason: 'image-unreadable', message })
    })
    progress(chunk.length)
  }
  return { embeddings: { data: data.subarray(0, rows * dimensions), shape: [rows, dimensions] }, row, problems }
}

function checkImages(images: readonly NamedImage[]): void {
  Array.from(checkList('images', images)).forEach((named, i) => {
    const { id, image } = checkObject(`images[${i}]`, named, 'an image { id, image }')
    checkText(`images[${i}].id`, id)
    checkImage(`images[${i}].image`, image)
  })
}

function versionsOf(images: readonly NamedImage[]): Promise<(readonly unknown[])[]> {
  return Promise.all(images.map(versionOf))
}

async function embedChunk(
  model: DreamLIP,
  images: readonly NamedImage[],
  options: Pick<EmbedImagesOptions, 'batchSize' | 'signal'>,
  progress: (done: number) => void,
): Promise<Chunk> {
  const {
    data,
    shape,
    errors = [],
  } = await model.encodeImage(
    images.map(({ image }) => image),
    {
      ...options,
      onError: 'skip',
      onProgress: ({ stage, done }) => {
        if (stage === 'images') progress(done)
      },
    },
  )
  const messages = new Map(errors.map(({ index, message }) => [index, message]))
  const dimensions = shape[1]
  let rows = 0
  images.forEach((_, i) => {
    if (!messages.has(i)) data.copyWithin(rows++ * dimensions, i * dimensions, (i + 1) * dimensions)
  })
  return { data: data.subarray(0, rows * dimensions), unread: [...messages] }
}

/** The length of a JSON text in 4 bytes, the text padded to a multiple of 4, and the values. */
function packChunk({ data, unread }: Chunk): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(JSON.stringify(unread))
  const start = 4 + Math.ceil(text.length / 4) * 4
  const bytes = new Uint8Array(start + data.byteLength)
  new DataView(bytes.buffer).setUint32(0, text.length, true)
  bytes.set(text, 4)
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), start)
  return bytes
}

function unpackChunk(bytes: Uint8Array): Chunk {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const length = view.getUint32(0, true)
  const text = new TextDecoder().decode(bytes.subarray(4, 4 + length))
  const values = bytes.slice(4 + Math.ceil(length / 4) * 4)
  return { data: new Float32Array(values.buffer), unread: JSON.parse(text) as Chunk['unread'] }
}
