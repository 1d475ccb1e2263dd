/** What a search needs to know: where the vectors are, and the model that made them. */
import type { DreamLIP } from '../../dreamlip'
import type { ImageInput } from '../../images/raw-image'
import type { VectorReader } from '../vector-store'

/** Images as vectors of a model. The ids of the store are the images' paths or URLs. */
export interface ImageCollection {
  readonly store: VectorReader
  readonly model: DreamLIP
  /** The picture of an id, for models that look at pictures again. Default: the id itself, as a path or URL. */
  readonly readImage?: (id: string) => ImageInput
}
