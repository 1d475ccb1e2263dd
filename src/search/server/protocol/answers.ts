/** What the server answers, as JSON: shared by the server, its page, and programs that ask a running server. */
import type { SearchHit } from '../../query/hits'

/** A hit with the name by which the server gives out its picture. */
export interface ServedHit extends SearchHit {
  /** Stands for the picture in addresses; missing if the index does not know what the file contained. */
  readonly id?: string
}

/** `POST /api/search`. */
export interface SearchAnswer {
  readonly hits: readonly ServedHit[]
  readonly fits: boolean
  readonly sentences: readonly { readonly text: string; readonly weight: number }[]
}

/** A folder of the collection, and how many pictures are in it and the folders in it. */
export interface FolderCount {
  readonly path: string
  /** The part that tells it from the others. */
  readonly name: string
  readonly count: number
}

/** How many pictures are of a year. */
export interface YearCount {
  readonly year: number
  readonly count: number
}

/** A picture of the collection, before anything was searched for. */
export interface ServedPicture {
  readonly id?: string
  readonly path: string
  readonly taken?: number
  readonly modified?: number
  readonly size?: number
  readonly width?: number
  readonly height?: number
}

/** `GET /api/collection`. */
export interface CollectionAnswer {
  /** The last part of the index's folder. */
  readonly name: string
  readonly size: number
  readonly folders: readonly FolderCount[]
  /** Of which date the years are: most pictures' date of exposure, or the file's date if few have one. */
  readonly dates: 'taken' | 'modified'
  readonly years: readonly YearCount[]
  /** The newest pictures. */
  readonly newest: readonly ServedPicture[]
}

/** `GET /api/status`. */
export interface StatusAnswer {
  readonly pid: number
  readonly size: number
}

/** Every answer whose status is not 200. */
export interface ErrorAnswer {
  readonly error: { readonly code: string; readonly message: string }
}
