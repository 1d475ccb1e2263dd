/** What the server needs of an index. */
import type { DreamLIP } from '../../../dreamlip'
import type { ImageInput } from '../../../images/raw-image'
import type { SearchQuery } from '../../query/embed-query'
import type { SimilarImage, SimilarOptions } from '../../query/find-similar'
import type { SearchOptions, SearchResult } from '../../query/search-images'
import type { VectorStore } from '../../vector-store'

interface Abortable {
  readonly signal?: AbortSignal
}

/** What is known of a picture; numbers that are not known are NaN. */
export interface ServedRow {
  readonly path: string
  readonly size: number
  readonly modified: number
  readonly taken: number
  readonly hash: string
  readonly width: number
  readonly height: number
}

/** An index of images: `ImageIndex`. */
export interface ServedIndex {
  /** Where the index is. The server's address is written there. */
  readonly folder: string
  readonly size: number
  readonly model: Pick<DreamLIP, 'ground'>
  readonly store: Pick<VectorStore, 'vectors'>
  search(query: SearchQuery, options?: SearchOptions): Promise<SearchResult>
  similar(image: ImageInput, options?: SimilarOptions): Promise<readonly SimilarImage[]>
  rows(options?: Abortable): AsyncIterable<ServedRow>
  image(path: string, options?: Abortable): Promise<string | Uint8Array>
}
