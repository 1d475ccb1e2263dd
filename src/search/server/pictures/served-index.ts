/** What the server needs of an index. */
import type { DreamLIP } from '../../../dreamlip'
import type { ImageInput } from '../../../images/raw-image'
import type { SearchQuery } from '../../query/embed-query'
import type { SimilarImage, SimilarOptions } from '../../query/find-similar'
import type { SearchOptions, SearchResult } from '../../query/search-images'
import type { VectorRows } from '../../vector-store'

interface Abortable {
  readonly signal?: AbortSignal
}

/** An index of images, such as `ImageIndex`. */
export interface ServedIndex {
  /** Where the index is, if it is on the disk. The server's address is written there. */
  readonly folder?: string
  readonly size: number
  readonly model: Pick<DreamLIP, 'ground'>
  search(query: SearchQuery, options?: SearchOptions): Promise<SearchResult>
  similar(image: ImageInput, options?: SimilarOptions): Promise<SimilarImage[]>
  /** All rows: the paths of images, with the fields `size`, `modified`, `taken`, `hash`, `width` and `height`. */
  rows(options?: Abortable): AsyncIterable<VectorRows>
}
