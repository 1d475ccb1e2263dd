/** Types for the remote files that a browser keeps between visits. */
import type { ByteSource } from '../byte-source'
import type { Patience } from '../http/fetch-patiently'
import type { Version } from '../version'

/** A request to keep the files of a model. */
export interface Keep {
  /** The address of the model: its files are listed and removed together. */
  readonly model: string
  /** Called once if they cannot be kept. */
  readonly onWarning: (message: string) => void
}

/** A file on a web server. */
export interface RemoteFile {
  readonly url: string
  /** Opens the file. @param first number of bytes to request at once; one is enough to learn the size and the version */
  open(first?: number, patience?: Patience): Promise<ByteSource>
  /** Opens a known version of the file without a request. */
  openKnown(version: Version): ByteSource
}

/** Opens a file with its kept parts, and keeps the parts that are read. */
export type OpenKept = (file: RemoteFile, keep: Keep) => Promise<ByteSource>
