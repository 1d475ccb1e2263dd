/** The files, archives and URLs that the caller's inputs resolve to. */

/** A file's state on disk; a different state means different contents. */
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

/** The scope of an input: indexed pictures within it that were not found have been deleted. */
export interface Scope {
  /** As the caller wrote it. */
  readonly input: string
  /** A file, folder, archive or address. */
  readonly path: string
  /** Whether a pattern selected the files; unmatched files may still exist. */
  readonly isPattern: boolean
  /** Whether the path is missing or an empty folder, perhaps because a drive is not mounted. */
  readonly isMissing: boolean
  /** Whether it is an empty folder. */
  readonly isEmpty: boolean
}

/** Everything that the inputs resolve to, without repetitions. */
export interface Listing {
  readonly files: readonly FoundFile[]
  readonly urls: readonly string[]
  /** Tar archives: paths and URLs. */
  readonly archives: readonly string[]
  readonly scopes: readonly Scope[]
  readonly unread: readonly Unread[]
  /** The listed folders, and the folders of files that were named. */
  readonly folders: readonly string[]
  /** The number of files that are not pictures. */
  readonly ignored: number
}
