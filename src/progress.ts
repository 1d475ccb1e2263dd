/** What every `onProgress` is called with. */

/** How far a long operation has come. */
export interface Progress {
  /** What the operation is doing: a download, an export and a self-check count bytes, as loading does; the others count things. */
  readonly stage:
    'load' | 'download' | 'export' | 'check' | 'files' | 'images' | 'texts' | 'samples' | 'shards' | 'fits'
  /** Bytes, files, images, texts, samples, shards or fits of a linear probe so far. */
  readonly done: number
  /** The same at the end; NaN if it is unknown, for example if a server does not send the size of a file. */
  readonly total: number
}
