/**
 * Where a browser keeps files: the origin's private file system (OPFS), or else Cache Storage. Files are written completely or not
 * at all, and never changed, so tabs and workers need no locks.
 */

/** The names of folders, and of the file in the last one. Each name is a component of a URI. */
export type Path = readonly string[]

export interface Place {
  /** What is in a folder; empty if there is no such folder. */
  names(folder: Path): Promise<string[]>
  /** @throws an error if there is no such file */
  read(file: Path): Promise<Blob>
  write(file: Path, bytes: Uint8Array): Promise<void>
  /** Removes a file or folder. @throws an error if it cannot be removed */
  remove(path: Path): Promise<void>
}

/** The place for new files; `undefined` where the browser has none, as in some private windows and on http pages. */
export async function openPlace(): Promise<Place | undefined> {
  const useCache = async () => (await import('./cache-storage.browser')).openCacheStorage()
  return openFileSystem()
    .catch(useCache)
    .catch(() => undefined)
}

export async function openFileSystem(): Promise<Place> {
  const root = await navigator.storage.getDirectory()
  // Safari before version 26 has only handles that write in place, and only in workers: a file could be torn.
  if (!('createWritable' in FileSystemFileHandle.prototype)) throw new Error()
  const folderOf = async (path: Path, create = false) => {
    let folder = root
    for (const name of ['dreamlip', ...path.slice(0, -1)]) folder = await folder.getDirectoryHandle(name, { create })
    return folder
  }
  const handleOf = async (path: Path, create = false) =>
    (await folderOf(path, create)).getFileHandle(path.at(-1)!, { create })
  return {
    async names(path) {
      const names: string[] = []
      const folder = await folderOf([...path, '']).catch(() => undefined)
      if (folder) for await (const name of folder.keys()) names.push(name)
      return names
    },
    read: async (path) => (await handleOf(path)).getFile(),
    async write(path, bytes) {
      // The bytes are in another file until `close` puts them in place.
      const stream = await (await handleOf(path, true)).createWritable()
      await stream.write(bytes as Uint8Array<ArrayBuffer>)
      await stream.close()
    },
    remove: async (path) => (await folderOf(path)).removeEntry(path.at(-1)!, { recursive: true }),
  }
}
