/** Output in a folder. */
import { readdir, readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { makeFolder } from '../../bytes/write/make-folder.node.ts'
import { writeFileAtomically } from '../../bytes/write/write-file.node.ts'
import type { Destination } from './destination'

export function folderDestination(folder: string): Destination {
  const missing = (error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
    throw error
  }
  return {
    name: folder,
    size: (path) => stat(join(folder, path)).then(({ size }) => size, missing),
    read: (path, signal) => readFile(join(folder, path), { signal }).catch(missing),
    list: (path) =>
      readdir(join(folder, path), { withFileTypes: true }).then(
        (entries) => entries.filter((entry) => entry.isFile()).map(({ name }) => name),
        (error: NodeJS.ErrnoException) => missing(error) ?? [],
      ),
    async write(path, chunks, signal) {
      const file = join(folder, path)
      await makeFolder(dirname(file))
      await writeFileAtomically(file, chunks, signal)
    },
  }
}
