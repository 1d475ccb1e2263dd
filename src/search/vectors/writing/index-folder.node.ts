/** An index's folder: reads its list of segments, and changes it, one writer at a time. */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { readTextFile } from '../../../bytes/read/file.node.ts'
import { withLock } from '../../../bytes/write/file-lock.node.ts'
import { removePatiently } from '../../../bytes/write/until-free.node.ts'
import { writeFileAtomically } from '../../../bytes/write/write-file.node.ts'
import { manifestName, manifestText, parseManifest, type Manifest } from '../segments/manifest'

/** One version of the list of segments. */
export interface Snapshot {
  readonly manifest: Manifest
  /** Differs between versions of the list. */
  readonly version: string
}

/** The maximum size of the list, which includes the removed rows of many segments. */
const longestManifest = 2 ** 28

/** The version of the list in a folder; `undefined` if there is none. */
export async function manifestVersion(folder: string): Promise<string | undefined> {
  const stats = await stat(join(folder, manifestName), { bigint: true }).catch(() => undefined)
  return stats && `${stats.ino}-${stats.size}-${stats.mtimeNs}`
}

/** The list in a folder; `undefined` if there is none. @throws DreamLIPError `INDEX_INVALID`; errors of reading */
export async function readSnapshot(folder: string): Promise<Snapshot | undefined> {
  const version = await manifestVersion(folder)
  if (version === undefined) return undefined
  const path = join(folder, manifestName)
  return { version, manifest: parseManifest(path, await readTextFile(path, longestManifest)) }
}

/**
 * Changes a folder while no other process does. The list of segments that `change` returns replaces the old one at once; then files
 * that it does not name are removed. If anything fails, the index stays as it was.
 * @param options `wait`: whether to wait for another writer, or to fail
 * @throws errors of `change`; DreamLIPError `WRITE_FAILED`, `IN_USE`; the signal's reason
 */
export async function changeFolder(
  folder: string,
  { signal, wait }: { readonly signal?: AbortSignal; readonly wait: boolean },
  change: (before: Snapshot | undefined) => Promise<Manifest | undefined>,
): Promise<void> {
  const work = async () => {
    const manifest = await change(await readSnapshot(folder))
    if (!manifest) return
    const bytes = new TextEncoder().encode(manifestText(manifest))
    await writeFileAtomically(join(folder, manifestName), [bytes], signal)
    await removeUnnamed(folder, manifest)
  }
  await withLock(join(folder, 'index.lock'), signal, work, wait)
}

/** Removes merged segments and those of killed writers. A file that cannot be removed now is removed later. */
async function removeUnnamed(folder: string, { segments }: Manifest): Promise<void> {
  const named = new Set(segments.map(({ file }) => file))
  for (const file of await readdir(folder).catch(() => [])) {
    if (/^[0-9a-f-]+\.safetensors$/.test(file) && !named.has(file))
      await removePatiently(join(folder, file)).catch(() => undefined)
  }
}
