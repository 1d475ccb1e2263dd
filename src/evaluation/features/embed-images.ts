/** Embeds the images of a data set; images that cannot be read are named. */
import type { DreamLIP } from '../../dreamlip'
import type { Embeddings } from '../../inference/embeddings/embeddings'
import type { Progress } from '../../progress'
import type { DataProblem, NamedImage } from '../datasets/data-set'

export interface EmbedImagesOptions {
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

export async function embedImages(
  model: DreamLIP,
  images: readonly NamedImage[],
  options: EmbedImagesOptions = {},
): Promise<EmbeddedImages> {
  const {
    data,
    shape,
    errors = [],
  } = await model.encodeImage(
    images.map(({ image }) => image),
    { ...options, onError: 'skip' },
  )
  const unread = new Set(errors.map(({ index }) => index))
  const dimensions = shape[1]
  let rows = 0
  const row = Int32Array.from(images, (_, i) => {
    if (unread.has(i)) return -1
    if (rows < i) data.copyWithin(rows * dimensions, i * dimensions, (i + 1) * dimensions)
    return rows++
  })
  const problems = errors.map(({ index, message }) => ({
    item: images[index]!.id,
    reason: 'image-unreadable',
    message,
  }))
  return { embeddings: { data: data.subarray(0, rows * dimensions), shape: [rows, dimensions] }, row, problems }
}
