/** Writes files so that each is either whole or not there. */
import { open, readdir, rename, rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { crc32 } from '#crc32'
import { DreamLIPError } from '../errors'
import { isRunning } from './file-lock.node.ts'

/** A file and what it is to hold. */
export interface FileToWrite {
  readonly path: string
  readonly chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>
}

/** Names of temporary files tell machines apart: process ids mean something on their own machine only. */
const host = hashOf(hostname())

/** File systems take names of up to 255 bytes; a longer one than this leaves no room for what tells temporary files apart. */
const longestName = 200

/**
 * Writes chunks to a temporary file beside `path`, flushes it to the disk and renames it: a crash, a full disk or a second
 * writer never leaves a torn file, and what was there before stays until the new one is complete.
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
 * Writes files that belong together: all are complete on the disk before the first gets its name. A process that is killed
 * between the renames leaves the later files missing, never old beside new.
 * @throws DreamLIPError `WRITE_FAILED` naming the path; the signal's reason when aborted
 */
export async function writeFilesTogether(files: readonly FileToWrite[], signal?: AbortSignal): Promise<void> {
  const temporaries = files.map(({ path }) => {
    return join(dirname(path), `${shortName(path)}.${process.pid}-${host}${crypto.randomUUID().slice(0, 8)}.tmp`)
  })
  let current = files[0]?.path ?? ''
  try {
    for (const [i, { path, chunks }] of files.entries()) {
      current = path
      await removeAbandoned(dirname(path))
      await writeChunks(temporaries[i]!, chunks, signal)
    }
    for (const { path } of files.slice(1)) await rm((current = path), { force: true })
    for (const [i, { path }] of files.entries()) await rename(temporaries[i]!, (current = path))
  } catch (error) {
    for (const temporary of temporaries) await rm(temporary, { force: true })
    signal?.throwIfAborted()
    if (error instanceof DreamLIPError) throw error
    throw new DreamLIPError(
      'WRITE_FAILED',
      `${current}: could not be written: ${(error as Error).message}. Check that the folder exists and has room.`,
      { cause: error },
    )
  }
}

async function writeChunks(path: string, chunks: FileToWrite['chunks'], signal?: AbortSignal): Promise<void> {
  const file = await open(path, 'wx')
  try {
    for await (const chunk of chunks) {
      signal?.throwIfAborted()
      await file.writeFile(chunk)
    }
    await file.sync()
  } finally {
    await file.close()
  }
}

/** How the name of a temporary file begins. */
function shortName(path: string): string {
  const name = basename(path)
  return Buffer.byteLength(name) > longestName ? `dreamlip-${hashOf(name)}` : name
}

function hashOf(text: string): string {
  return crc32(Buffer.from(text)).toString(16).padStart(8, '0')
}

/** Folders that this process has tidied: once is enough, and listing a large one takes time. */
const tidied = new Set<string>()

/** Removes the temporary files that killed processes of this machine left in a folder. */
async function removeAbandoned(folder: string): Promise<void> {
  if (tidied.has(folder)) return
  tidied.add(folder)
  for (const name of await readdir(folder).catch(() => [])) {
    const [, pid, writer] = /\.(\d+)-(\w{8})\w{8}\.tmp$/.exec(name) ?? []
    if (writer === host && !isRunning(Number(pid))) await rm(join(folder, name), { force: true })
  }
}
