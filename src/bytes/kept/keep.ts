/** What a browser keeps of addresses between visits. */
import type { ByteSource } from '../byte-source'
import type { Patience } from '../http/fetch-patiently'
import type { Version } from '../version'

/** Asks for the files of a model to be kept. */
export interface Keep {
  /** The address of the model: its files are listed and removed together. */
  readonly model: string
  /** Called once if they cannot be kept. */
  readonly onWarning: (message: string) => void
}

/** A file on a web server. */
export interface RemoteFile {
  readonly url: string
  /** Opens it. @param first number of bytes to request at once; one is enough to learn the size and the version */
  open(first?: number, patience?: Patience): Promise<ByteSource>
  /** Opens a version of it without a request. */
  openKnown(version: Version): ByteSource
}

/** Opens a file with what is kept of it, and keeps what is read. */
export type OpenKept = (file: RemoteFile, keep: Keep) => Promise<ByteSource>
