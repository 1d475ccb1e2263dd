/** Folders on a disk. */
import { readdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openByteSource } from '../../bytes/open-source'
import type { Folder } from './folder'

/** The folder at a path or `file:` URL; `undefined` where there is none. */
export async function openLocalFolder(location: string | URL): Promise<Folder | undefined> {
  const path = pathOf(location)
  const stats = await stat(path).catch(() => undefined)
  return stats?.isDirectory() ? localFolder(path) : undefined
}

/** The folder of a file. */
export function localFolderOf(location: string | URL): Folder {
  return localFolder(dirname(pathOf(location)))
}

function localFolder(path: string): Folder {
  return {
    name: path,
    async open(file, signal) {
      const found = await stat(join(path, file)).catch(() => undefined)
      return found?.isFile() ? openByteSource(join(path, file), { signal }) : undefined
    },
    async list() {
      const entries = await readdir(path, { withFileTypes: true })
      return entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name)
    },
  }
}

function pathOf(location: string | URL): string {
  const text = String(location)
  return /^file:/i.test(text) ? fileURLToPath(text) : text
}
