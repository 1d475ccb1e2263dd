/** What the caller's inputs lead to. */

/** The state of a file on a disk: another state means other contents. */
export interface FileState {
  /** In bytes. */
  readonly size: number
  /** When the contents were written, in ms since 1970. */
  readonly modified: number
  /** When the file's contents, name or permissions changed, in ms since 1970. */
  readonly changed: number
}

/** A picture in a folder. */
export interface FoundFile extends FileState {
  /** The absolute path. */
  readonly path: string
}

/** A file or folder that cannot be read. */
export interface Unread {
  readonly path: string
  readonly message: string
}

/** What an input covers: pictures in it that were not found have been deleted. */
export interface Scope {
  /** As the caller wrote it. */
  readonly input: string
  /** A file, folder, archive or address. */
  readonly path: string
  /** Whether a pattern chose among the files: those that it left out may still be there. */
  readonly isPattern: boolean
  /** Whether nothing is there, or an empty folder: perhaps a drive that is not mounted. */
  readonly isMissing: boolean
  /** Whether it is a folder with nothing in it. */
  readonly isEmpty: boolean
}

/** Everything that the inputs lead to; each thing once. */
export interface Listing {
  readonly files: readonly FoundFile[]
  readonly urls: readonly string[]
  /** Tar archives: paths and URLs. */
  readonly archives: readonly string[]
  readonly scopes: readonly Scope[]
  readonly unread: readonly Unread[]
  /** The folders that were listed, and those of files that were named. */
  readonly folders: readonly string[]
  /** The number of files that are not pictures. */
  readonly ignored: number
}
