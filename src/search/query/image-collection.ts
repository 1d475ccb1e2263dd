/** The input of a search: a store of vectors, and the model that made them. */
import { checkObject, wrongArgument } from '../../check-arguments'
import { DreamLIP } from '../../dreamlip'
import type { ImageInput } from '../../images/raw-image'
import type { VectorReader } from '../vector-store'

/** Images as vectors of a model. The ids of the store are the images' paths or URLs. */
export interface ImageCollection {
  readonly store: VectorReader
  readonly model: DreamLIP
  /** Returns the picture of an id, for models that rank pictures again. Default: the id itself, as a path or URL. */
  readonly readImage?: (id: string) => ImageInput | Promise<ImageInput>
}

/** @throws DreamLIPError `INVALID_ARGUMENT` unless it has a store and a model, and the model's vectors fit the store */
export function checkCollection<T extends Pick<ImageCollection, 'store'> & Partial<ImageCollection>>(collection: T): T {
  const { store, model } = checkObject('collection', collection, 'a collection { store, model }')
  const { width } = checkObject('collection.store', store, 'a VectorStore, such as VectorIndex.open gives')
  if (typeof store.search !== 'function') throw wrongArgument('collection.store', 'a VectorStore', store)
  if ('model' in collection && !(model instanceof DreamLIP))
    throw wrongArgument('collection.model', 'a DreamLIP model', model)
  if (model === undefined || model.config.embedDim === width) return collection
  const expected = `vectors of ${model.config.embedDim} numbers, as the model gives`
  throw wrongArgument('collection.store.width', expected, width, 'Use the model that the vectors were made with.')
}
