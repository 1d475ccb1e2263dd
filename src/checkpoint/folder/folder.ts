/** What a folder of files is to its readers. */
import type { ByteSource } from '../../bytes/byte-source'

/** Files by name. A name may go down (`tag/file.pt`), never up: see `checkFileName` in `open-folder`. */
export interface Folder {
  /** The path or address, for messages. */
  readonly name: string
  /** Opens a file; `undefined` where there is none of that name. */
  open(file: string, signal?: AbortSignal): Promise<ByteSource | undefined>
  /** The names of its files; `undefined` on the web, where a folder cannot be listed. */
  list(): Promise<readonly string[] | undefined>
}
