/** Where the output of bulk work goes: a folder, or a store of objects. Files appear complete or not at all. */
export interface Destination {
  /** As it is shown in messages. */
  readonly name: string
  /** The size of a file in bytes; `undefined` if it is not there. */
  size(path: string, signal?: AbortSignal): Promise<number | undefined>
  /** All of a file; `undefined` if it is not there. */
  read(path: string, signal?: AbortSignal): Promise<Uint8Array | undefined>
  /** The names of the files in one of its folders, without those in folders below; none if it is not there. */
  list(folder: string, signal?: AbortSignal): Promise<string[]>
  /** Writes a file, completely or not at all; an older one is replaced. @throws DreamLIPError `WRITE_FAILED` */
  write(path: string, chunks: readonly Uint8Array[], signal?: AbortSignal): Promise<void>
}
