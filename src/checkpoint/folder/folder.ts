/** What a folder of files is to its readers. */
import type { ByteSource } from '../../bytes/byte-source'
import type { Patience } from '../../bytes/http/fetch-patiently'

/** Files by name. A name may go down (`tag/file.pt`), never up: see `checkFileName` in `open-folder`. */
export interface Folder {
  /** The path or address, for messages. */
  readonly name: string
  /** Opens a file; `undefined` where there is none of that name. */
  open(file: string, signal?: AbortSignal, patience?: Patience): Promise<ByteSource | undefined>
  /** The names of its files, and of its folders with a slash after them; `undefined` on the web, where a folder cannot be listed. */
  list(): Promise<readonly string[] | undefined>
}
