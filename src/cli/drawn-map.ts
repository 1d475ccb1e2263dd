/** What `dreamlip ground` tells of each heat map. */

/** A heat map as it was written and drawn. */
export interface DrawnMap {
  readonly text: string
  readonly file: string
  /** Cosines with the first and the last colour. */
  readonly range: readonly [number, number]
  /** The pixel where the phrase is found best. */
  readonly peak: { readonly x: number; readonly y: number; readonly cosine: number }
}
