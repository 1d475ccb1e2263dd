/** Locks: one process at a time works on a file or folder. */
import { open, rm, stat, utimes, type FileHandle } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { DreamLIPError } from '../../errors'
import { removePatiently, renamePatiently, untilFree } from './until-free.node.ts'
import { writeFailed } from './write-failed'
import { readTextFile } from '../read/file.node.ts'

const pollMs = 200
/** Interval at which an owner updates its lock. Process ids do not suffice: they are reused, and other machines' cannot be checked. */
const beatMs = 10_000
/** A lock that was not updated for this long is taken over. */
const silentMs = 60_000
/** A lock without an owner's name is still being written; after this long, its owner is gone. */
const unfinishedMs = 2_000

interface Owner {
  readonly pid: number
  readonly host: string
}

/**
 * Runs `work` while `path` exists as a lock. A lock whose owner is gone is taken over.
 * @param waits for another owner; otherwise the call is refused
 * @throws the signal's reason when aborted while waiting; DreamLIPError `WRITE_FAILED`, `IN_USE`
 */
export async function withLock<T>(
  path: string,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
  waits = true,
): Promise<T> {
  while (!(await acquire(path))) {
    signal?.throwIfAborted()
    if (await isStale(path)) await removeStale(path)
    else {
      const owner = waits ? undefined : await readOwner(path)
      if (owner) throw inUse(dirname(path), owner)
      await wait(pollMs, undefined, { signal }).catch(() => signal?.throwIfAborted())
    }
  }
  const release = hold(path)
  try {
    return await work()
  } finally {
    await release()
  }
}

/**
 * Locks a folder with the file `dreamlip.lock`. It does not wait: a second writer is refused. The lock of a killed process is
 * taken over.
 * @returns a function that releases the folder
 * @throws DreamLIPError `IN_USE` naming the process that writes there; `WRITE_FAILED` where the lock cannot be written
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, 'dreamlip.lock')
  while (!(await acquire(path))) {
    const owner = await readOwner(path)
    if (await isStale(path)) await removeStale(path)
    else if (owner) throw inUse(folder, owner)
    else await wait(pollMs)
  }
  return hold(path)
}

/** Updates the lock at intervals until it is released, which shows that its owner is alive. */
function hold(path: string): () => Promise<void> {
  const beat = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => undefined), beatMs)
  return async () => {
    clearInterval(beat)
    await removePatiently(path)
  }
}

async function acquire(path: string): Promise<boolean> {
  try {
    const file = await openNew(path)
    try {
      await file.writeFile(JSON.stringify({ pid: process.pid, host: hostname() }))
    } catch (error) {
      await rm(path, { force: true })
      throw error
    } finally {
      await file.close()
    }
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw writeFailed(path, error)
  }
}

/** On Windows, a lock that was just removed keeps its name until all programs have closed it: opening it is refused, not "exists". */
function openNew(path: string): Promise<FileHandle> {
  return process.platform === 'win32' ? untilFree(() => open(path, 'wx')) : open(path, 'wx')
}

/** Moves the lock away first: if another process has taken it over in the meantime, it is moved back. */
async function removeStale(path: string): Promise<void> {
  const aside = `${path}.${crypto.randomUUID().slice(0, 8)}`
  try {
    await renamePatiently(path, aside)
    if (await isStale(aside)) await removePatiently(aside)
    else await renamePatiently(aside, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw writeFailed(path, error)
  }
}

async function isStale(path: string): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined)
  if (!stats) return false
  if (!stats.isFile()) throw writeFailed(path, new Error('something that is not a file has this name'))
  const owner = await readOwner(path)
  if (Date.now() - stats.mtimeMs > (owner ? silentMs : unfinishedMs)) return true
  return owner !== undefined && owner.host === hostname() && !isRunning(owner.pid)
}

async function readOwner(path: string): Promise<Owner | undefined> {
  try {
    const { pid, host } = JSON.parse(await readTextFile(path, 10_000)) as Owner
    return Number.isSafeInteger(pid) && pid > 0 && typeof host === 'string' ? { pid, host } : undefined
  } catch {
    return undefined
  }
}

function inUse(folder: string, { pid, host }: Owner): DreamLIPError {
  return new DreamLIPError(
    'IN_USE',
    `${folder}: process ${pid} on ${host} is writing there. Wait until it has ended, or choose another folder.`,
  )
}

/** Whether a process is running on this machine. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
