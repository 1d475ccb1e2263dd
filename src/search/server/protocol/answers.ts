/** The server's answers, as JSON: shared by the server, its page, and programs that query a running server. */
import type { SearchHit } from '../../query/hits'

/** A hit with the server's name for its picture. */
export interface ServedHit extends SearchHit {
  /** The name of the picture in URLs; missing if the index does not know the file's contents. */
  readonly id?: string
}

/** `POST /api/search`. */
export interface SearchAnswer {
  readonly hits: readonly ServedHit[]
  readonly fits: boolean
  readonly sentences: readonly { readonly text: string; readonly weight: number }[]
}

/** A folder of the collection, and the number of pictures in it and its subfolders. */
export interface FolderCount {
  readonly path: string
  /** The part of its path that distinguishes it from the others. */
  readonly name: string
  readonly count: number
}

/** The number of pictures from a year. */
export interface YearCount {
  readonly year: number
  readonly count: number
}

/** A picture of the collection, shown before any search. */
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
  /** The date that the years refer to: the capture date if most pictures have one, otherwise the file's date. */
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

/** Every answer with a status other than 200. */
export interface ErrorAnswer {
  readonly error: { readonly code: string; readonly message: string }
}
