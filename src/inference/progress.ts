/** What long operations tell of themselves. */

/** How far a long operation has come. */
export interface Progress {
  readonly stage: 'load' | 'images' | 'texts' | 'export' | 'check'
  /** Bytes of weights when loading, exporting or checking, else images or texts. */
  readonly done: number
  readonly total: number
}
