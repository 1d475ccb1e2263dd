/** The facts that `dreamlip ground` prints about each heat map. */

/** A heat map written to a file. */
export interface DrawnMap {
  readonly text: string
  readonly file: string
  /** The cosines of the first and the last colour. */
  readonly range: readonly [number, number]
  /** The pixel that matches the phrase best. */
  readonly peak: { readonly x: number; readonly y: number; readonly cosine: number }
}
