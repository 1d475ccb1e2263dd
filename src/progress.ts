/** The argument of every `onProgress`. */

/** The progress of a long operation. */
export interface Progress {
  /** The current stage: `load`, `download`, `export` and `check` count bytes; the others count the items that they name. */
  readonly stage:
    'load' | 'download' | 'export' | 'check' | 'files' | 'images' | 'texts' | 'samples' | 'shards' | 'fits'
  /** Bytes, files, images, texts, samples, shards or fits of a linear probe so far. */
  readonly done: number
  /** The same at the end; NaN if it is unknown, for example if a server does not send the size of a file. */
  readonly total: number
}
