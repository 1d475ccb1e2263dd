/** Finds pictures similar to one in a collection, or to any other picture. */
import { checkCall, checkNumber, checkWhole } from '../../check-arguments'
import { checkKeys, type KeysOf } from '../../known-keys'
import type { ImageInput } from '../../images/raw-image'
import { checkImage } from '../../inference/images/image-list'
import { filterKeys, whereOf, type ImageFilters } from './filters'
import { factsOf, type ImageFacts } from './hits'
import { checkCollection, type ImageCollection } from './image-collection'

export interface SimilarOptions extends ImageFilters {
  /** How many pictures to find; default 10. */
  readonly topK?: number
  /** The smallest cosine that counts as similar; default -1, which keeps all pictures. */
  readonly threshold?: number
  readonly signal?: AbortSignal
}

export interface SimilarImage extends ImageFacts {
  /** The id in the store: the path or URL. */
  readonly path: string
  /** The cosine with the picture, in [-1, 1]. */
  readonly score: number
}

const optionKeys: KeysOf<SimilarOptions> = { topK: 0, threshold: 0, signal: 0, ...filterKeys }

/**
 * Finds similar pictures, the most similar first.
 * @param image the id of a picture in the collection, which is left out of the result; or a picture: a path, URL, Blob, or pixels
 * @throws DreamLIPError `INVALID_ARGUMENT`; errors of reading the picture, of the model and of the store
 */
export async function findSimilar(
  collection: ImageCollection,
  image: ImageInput,
  options: SimilarOptions = {},
): Promise<SimilarImage[]> {
  const { topK = 10, threshold = -1, signal, ...filters } = checkKeys('options', checkCall(options), optionKeys)
  checkWhole('topK', topK, 1)
  checkNumber('threshold', threshold, { least: -1, most: 1 })
  checkImage('image', image)
  const where = whereOf(filters)
  const { store } = checkCollection(collection)
  const { vector, id } = await vectorOf(collection, image, signal)
  if (store.size === 0) return []
  const { ids, scores } = await store.search(vector, topK + 1, { where, signal })
  const found = ids.flatMap((path, i) => (path === id || scores[i]! < threshold ? [] : [{ path, score: scores[i]! }]))
  const best = found.slice(0, topK)
  const facts = await factsOf(
    collection,
    best.map(({ path }) => path),
    signal,
  )
  return best.map(({ path, score }, i) => ({ path, ...facts[i], score }))
}

/** The stored vector of an id, or the new embedding of a picture. */
async function vectorOf(
  { store, model }: ImageCollection,
  image: ImageInput,
  signal?: AbortSignal,
): Promise<{ readonly vector: Float32Array; readonly id?: string }> {
  if (typeof image === 'string') {
    const vector = await store.vectors([image], { signal })
    if (!Number.isNaN(vector[0])) return { vector, id: image }
  }
  return { vector: (await model.encodeImage([image], { signal })).data }
}
