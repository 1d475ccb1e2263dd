/** Folders on a disk. */
import { readdir, readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pathOf } from '../../bytes/read/regular-file.node.ts'
import { openByteSource } from '../../bytes/read/open-source'
import type { Folder } from './folder'

/** The name of a commit is a hash of 40 digits. */
const longestCommit = 100

/** The folder at a path or `file:` URL; `undefined` if there is none. */
export async function openLocalFolder(location: string | URL): Promise<Folder | undefined> {
  const path = pathOf(location)
  const stats = await stat(path).catch(() => undefined)
  if (!stats?.isDirectory()) return undefined
  return localFolder((await snapshotOf(path)) ?? path)
}

/** The Hub's cache stores a model as `models--owner--name`, where `refs/main` contains the name of the folder with the newest files. */
async function snapshotOf(path: string): Promise<string | undefined> {
  const main = join(path, 'refs', 'main')
  const stats = await stat(main).catch(() => undefined)
  if (!stats?.isFile() || stats.size > longestCommit) return undefined
  const snapshot = (await readFile(main, 'utf8')).trim()
  if (!/^\w+$/.test(snapshot)) return undefined
  const folder = join(path, 'snapshots', snapshot)
  return (await stat(folder).catch(() => undefined))?.isDirectory() ? folder : undefined
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
      return entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
    },
  }
}
