/** The weights that are kept on this machine, as `models` describes them. */

/** A model whose files are kept on this machine, so that loading it needs no network. */
export interface StoredModel {
  /** The source for `DreamLIP.load` and `models.remove`: an address, `hf://owner/name`, a released checkpoint's name, or a path. */
  readonly source: string
  /** The version: a commit of the Hub, or the ETag of an address. */
  readonly revision?: string
  /** Size of its files in bytes. */
  readonly bytes: number
  readonly files: readonly StoredFile[]
  /** When it was last read, if the platform reports it. */
  readonly usedAt?: Date
}

export interface StoredFile {
  /** Its path in the repository, or the name of the file. An unfinished download ends in `.part`. */
  readonly name: string
  readonly bytes: number
}

/** The models that are kept on this machine: Node's cache folders, or a browser's storage for this origin. */
export interface ModelStore {
  /** All models, the largest first. */
  list(): Promise<StoredModel[]>
  /**
   * Removes a model.
   * @param source as returned by `list`; `hf://owner/name` removes all its revisions, `hf://owner/name@revision` only one
   * @returns the number of bytes freed; 0 if no such model was kept
   */
  remove(source: string): Promise<number>
}
