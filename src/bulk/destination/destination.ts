/** The destination of bulk output: a folder, or object storage. Files appear complete or not at all. */
export interface Destination {
  /** Its name in messages. */
  readonly name: string
  /** The size of a file in bytes; `undefined` if it does not exist. */
  size(path: string, signal?: AbortSignal): Promise<number | undefined>
  /** The whole file; `undefined` if it does not exist. */
  read(path: string, signal?: AbortSignal): Promise<Uint8Array | undefined>
  /** The names of the files in a folder, without its subfolders; none if it does not exist. */
  list(folder: string, signal?: AbortSignal): Promise<string[]>
  /** Writes or replaces a file, completely or not at all. @throws DreamLIPError `WRITE_FAILED` */
  write(path: string, chunks: readonly Uint8Array[], signal?: AbortSignal): Promise<void>
}
