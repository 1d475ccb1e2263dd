/** The interface between a search and its vector store. */

/** Options of every call. */
export interface Abortable {
  readonly signal?: AbortSignal
}

/** One value per row: texts, or numbers (NaN where a row has none). */
export type Fields = Readonly<Record<string, readonly string[] | Float64Array>>

/** Conditions on rows; a row must meet all of them. */
export interface Where {
  /** The required prefix of the id, or several alternatives. */
  readonly startsWith?: string | readonly string[]
  /** Ranges of numeric fields, both ends included. Rows without a number do not match. */
  readonly between?: Readonly<Record<string, readonly [from: number, to: number]>>
}

/** The results of `search`, best first. */
export interface VectorHits {
  readonly ids: string[]
  /** Cosines with the query, in [-1, 1]. */
  readonly scores: Float32Array
}

/** The result of `add`. */
export interface AddedVectors {
  readonly added: number
  /** How many of the ids existed before. */
  readonly replaced: number
}

/** A batch of rows, in order. */
export interface VectorRows {
  readonly ids: readonly string[]
  readonly fields: Fields
}

/** A random sample of vectors. */
export interface VectorSample {
  readonly ids: readonly string[]
  /** `[ids.length, width]`, of unit length. */
  readonly data: Float32Array
}

/** Vectors of unit length with ids and fields, which can be searched. */
export interface VectorReader extends AsyncDisposable {
  readonly width: number
  /** The number of vectors when the store was last read. */
  readonly size: number
  /** Finds the `k` vectors with the largest cosines with a vector `[width]` of any nonzero length. */
  search(vector: Float32Array, k: number, options?: Abortable & { readonly where?: Where }): Promise<VectorHits>
  /** The vectors with these ids, `[ids.length, width]`, of unit length; NaN for unknown ids. */
  vectors(ids: readonly string[], options?: Abortable): Promise<Float32Array>
  /** The fields of these ids; `''` and NaN for unknown ids. */
  fields(ids: readonly string[], options?: Abortable): Promise<Fields>
  /** Vectors drawn at random, the same for the same seed: at most `count` of those that `where` allows. */
  sample(count: number, options?: Abortable & { readonly seed?: number; readonly where?: Where }): Promise<VectorSample>
  /** All rows in batches, in the order in which they were added. */
  rows(options?: Abortable): AsyncIterable<VectorRows>
  /** Waits for running calls, then frees memory and closes files. */
  close(): Promise<void>
}

/** Vectors that can be searched and changed: `VectorIndex`, or a table of another program. */
export interface VectorStore extends VectorReader {
  /**
   * Adds vectors `[ids.length, width]`; an existing id gets the new vector and fields. A missing field value is `''` or NaN.
   */
  add(
    ids: readonly string[],
    vectors: Float32Array,
    options?: Abortable & { readonly fields?: Fields },
  ): Promise<AddedVectors>
  /** Removes the vectors with these ids. @returns the number removed */
  remove(ids: readonly string[], options?: Abortable): Promise<number>
}
