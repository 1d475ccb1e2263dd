/** Writes each file completely or not at all. */
import { open, realpath, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { DreamLIPError } from '../../errors'
import { removeLeftovers, temporaryName } from './temporary-file.node.ts'
import { removePatiently, renamePatiently } from './until-free.node.ts'
import { writeFailed } from './write-failed'

/** A file and its new contents. */
export interface FileToWrite {
  readonly path: string
  readonly chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>
  /** Permissions of a new file; default: what the process's umask allows. An existing file keeps its permissions. */
  readonly mode?: number
}

/**
 * Writes chunks to a temporary file next to `path`, flushes it to the disk and renames it: a crash, a full disk or a second
 * writer never leaves a half-written file, and the old file stays until the new one is complete. An existing file keeps its
 * permissions, and a link still points to it.
 * @throws DreamLIPError `WRITE_FAILED` naming the path; the signal's reason when aborted
 */
export async function writeFileAtomically(
  path: string,
  chunks: FileToWrite['chunks'],
  signal?: AbortSignal,
): Promise<void> {
  await writeFilesTogether([{ path, chunks }], signal)
}

/**
 * Writes files that belong together: all are complete on the disk before the first one is renamed. A process that is killed
 * between the renames leaves later files missing, but never an old file next to a new one.
 * @throws DreamLIPError `WRITE_FAILED` naming the path; the signal's reason when aborted
 */
export async function writeFilesTogether(files: readonly FileToWrite[], signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted()
  const written: { readonly path: string; readonly target: string; readonly temporary: string }[] = []
  let current = ''
  try {
    for (const { path, chunks, mode } of files) {
      current = path
      const target = await realpath(path).catch(() => path)
      const before = await stat(target).catch(() => undefined)
      if (before && !before.isFile()) throw new Error('something that is not a file has this name')
      await removeLeftovers(dirname(target))
      const temporary = temporaryName(target)
      written.push({ path, target, temporary })
      await writeChunks(temporary, chunks, before ? before.mode & 0o7777 : undefined, mode, signal)
    }
    for (const { path, target } of written.slice(1)) {
      current = path
      await removePatiently(target)
    }
    for (const { path, target, temporary } of written) {
      current = path
      await renamePatiently(temporary, target)
    }
    for (const folder of new Set(written.map(({ target }) => dirname(target)))) await syncFolder(folder)
  } catch (error) {
    for (const { temporary } of written) await rm(temporary, { force: true }).catch(() => undefined)
    signal?.throwIfAborted()
    if (error instanceof DreamLIPError) throw error
    throw writeFailed(current, error)
  }
}

async function writeChunks(
  path: string,
  chunks: FileToWrite['chunks'],
  kept: number | undefined,
  mode: number | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  const file = await open(path, 'wx', kept ?? mode)
  try {
    // The umask may have removed permissions that the old file had.
    if (kept !== undefined) await file.chmod(kept).catch(() => undefined)
    for await (const chunk of chunks) {
      signal?.throwIfAborted()
      await file.writeFile(chunk)
    }
    signal?.throwIfAborted()
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Makes new names survive a power cut, if the platform supports that. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined)
  await handle?.sync().catch(() => undefined)
  await handle?.close().catch(() => undefined)
}
