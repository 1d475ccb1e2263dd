/** A browser's storage for files. They are written whole or not at all, and never change, so tabs and workers need no locks. */

/** The names of folders, and of the file in the last one. Each name is a component of a URI. */
export type Path = readonly string[]

export interface Place {
  /** The names in a folder; empty if there is no such folder. */
  names(folder: Path): Promise<string[]>
  /** @throws an error if there is no such file */
  read(file: Path): Promise<Blob>
  write(file: Path, bytes: Uint8Array): Promise<void>
  /** Removes a file or folder. @throws an error if it cannot be removed */
  remove(path: Path): Promise<void>
}
