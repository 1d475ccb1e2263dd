/** The checkpoints in the folder of `downloadCheckpoint`, as stored models. */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { cacheFolder, fileNameOf } from '../../bytes/cache-folder.node.ts'
import { isURL } from '../../bytes/http/address'
import { withLock } from '../../bytes/write/file-lock.node.ts'
import { removePatiently } from '../../bytes/write/until-free.node.ts'
import { directAddress } from '../download/drive-page'
import { releasedCheckpoints } from '../released/released-checkpoints'
import type { StoredModel } from './stored-model'

/** A checkpoint, and the endings of the files that belong to its unfinished download. */
const checkpointFile = /^(.+?)(\.part(?:\.json)?)?$/

/** The checkpoints in the folder, with the remains of unfinished downloads. */
export async function listDownloads(folder = cacheFolder()): Promise<StoredModel[]> {
  const files = await filesByCheckpoint(folder)
  return Promise.all([...files].map(([name, parts]) => describe(folder, name, parts)))
}

/** Removes a checkpoint by its released name, address or path. @returns the bytes freed */
export async function removeDownload(source: string, folder = cacheFolder()): Promise<number> {
  const files = await filesByCheckpoint(folder)
  const name = [...files.keys()].find((file) => [sourceOf(folder, file), file, join(folder, file)].includes(source))
  const wanted = name ?? nameOfAddress(source)
  const parts = wanted === undefined ? undefined : files.get(wanted)
  if (!parts) return 0
  const { bytes } = await describe(folder, wanted!, parts)
  // Another process may be downloading it.
  await withLock(join(folder, `${wanted}.lock`), undefined, async () => {
    for (const part of parts) await removePatiently(join(folder, part))
  })
  return bytes
}

function nameOfAddress(source: string): string | undefined {
  return isURL(source) && URL.canParse(source) ? fileNameOf(directAddress(source)) : undefined
}

/** The names of the regular files in the folder, grouped by checkpoint. Links are not followed. */
async function filesByCheckpoint(folder: string): Promise<Map<string, string[]>> {
  const files = new Map<string, string[]>()
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    const checkpoint = checkpointFile.exec(entry.name)?.[1]
    if (!entry.isFile() || checkpoint === undefined || /\.(?:lock|tmp)$/.test(entry.name)) continue
    files.set(checkpoint, [...(files.get(checkpoint) ?? []), entry.name])
  }
  return files
}

async function describe(folder: string, name: string, parts: readonly string[]): Promise<StoredModel> {
  const facts = await Promise.all(
    parts.map(async (part) => {
      const { size, atimeMs, mtimeMs } = await stat(join(folder, part))
      return { name: part, bytes: size, used: Math.max(atimeMs, mtimeMs) }
    }),
  )
  return {
    source: sourceOf(folder, name),
    bytes: facts.reduce((sum, { bytes }) => sum + bytes, 0),
    files: facts.map(({ name: file, bytes }) => ({ name: file, bytes })),
    usedAt: new Date(Math.max(...facts.map(({ used }) => used))),
  }
}

/** The released name of a file, or else its path: the addresses of downloads are not kept. */
function sourceOf(folder: string, name: string): string {
  const released = Object.entries(releasedCheckpoints).find(([, { file }]) => file === name)
  return released?.[0] ?? join(folder, name)
}
