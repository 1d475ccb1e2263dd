/** What a search needs of the place where vectors are kept. */

/** What every call takes. */
export interface Abortable {
  readonly signal?: AbortSignal
}

/** One value per row: texts, or numbers (NaN where a row has none). */
export type Fields = Readonly<Record<string, readonly string[] | Float64Array>>

/** Which rows count: those that meet all conditions. */
export interface Where {
  /** How the id begins; several: any of them. */
  readonly startsWith?: string | readonly string[]
  /** Ranges of fields of numbers, both ends included. Rows without a number do not count. */
  readonly between?: Readonly<Record<string, readonly [from: number, to: number]>>
}

/** What `search` returns, the best first. */
export interface VectorHits {
  readonly ids: string[]
  /** Cosines with the query, in [-1, 1]. */
  readonly scores: Float32Array
}

/** What `add` has done. */
export interface AddedVectors {
  readonly added: number
  /** How many of the ids were there before. */
  readonly replaced: number
}

/** Some rows, in order. */
export interface VectorRows {
  readonly ids: readonly string[]
  readonly fields: Fields
}

/** Vectors that were drawn at random. */
export interface VectorSample {
  readonly ids: readonly string[]
  /** `[ids.length, width]`, of unit length. */
  readonly data: Float32Array
}

/** Vectors of unit length with ids and fields, which can be searched. */
export interface VectorReader extends AsyncDisposable {
  readonly width: number
  /** The number of vectors, when the store was last read. */
  readonly size: number
  /** Finds the `k` vectors with the largest cosines with a vector `[width]` of any length but 0. */
  search(vector: Float32Array, k: number, options?: Abortable & { readonly where?: Where }): Promise<VectorHits>
  /** The vectors with these ids, `[ids.length, width]`, of unit length; NaN for ids that are not there. */
  vectors(ids: readonly string[], options?: Abortable): Promise<Float32Array>
  /** The fields of these ids; `''` and NaN for ids that are not there. */
  fields(ids: readonly string[], options?: Abortable): Promise<Fields>
  /** Vectors drawn at random, the same for the same seed: at most `count` of those that `where` allows. */
  sample(count: number, options?: Abortable & { readonly seed?: number; readonly where?: Where }): Promise<VectorSample>
  /** All rows, some at a time, in the order in which they were added. */
  rows(options?: Abortable): AsyncIterable<VectorRows>
  /** Waits for calls that run, and frees memory and files. */
  close(): Promise<void>
}

/** Vectors that can be searched and changed: `VectorIndex`, or a table of another program. */
export interface VectorStore extends VectorReader {
  /**
   * Adds vectors `[ids.length, width]`; an id that is there already gets the new vector and fields. A field that a row has no value for
   * is `''` or NaN.
   */
  add(
    ids: readonly string[],
    vectors: Float32Array,
    options?: Abortable & { readonly fields?: Fields },
  ): Promise<AddedVectors>
  /** Removes the vectors with these ids. @returns how many there were */
  remove(ids: readonly string[], options?: Abortable): Promise<number>
}
