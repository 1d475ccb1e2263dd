/** A folder of files, on a disk or on the web. */
import type { ByteSource } from '../../bytes/byte-source'
import type { Patience } from '../../bytes/http/fetch-patiently'

/** Files by name. A name may lead into subfolders (`tag/file.pt`), but not out of the folder: see `checkFileName` in `open-folder`. */
export interface Folder {
  /** The path or address, for messages. */
  readonly name: string
  /** Opens a file; `undefined` if there is no file of that name. */
  open(file: string, signal?: AbortSignal, patience?: Patience): Promise<ByteSource | undefined>
  /** The names of its files, and of its folders followed by a slash; `undefined` on the web, where folders cannot be listed. */
  list(): Promise<readonly string[] | undefined>
}
