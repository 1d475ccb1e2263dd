/** The origin's private file system (OPFS) as a place for files. */
import type { Path, Place } from './place'

/** @throws an error where a page cannot use it, as in some private windows */
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
