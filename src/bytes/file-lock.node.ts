/** Lets one process at a time work on a file. */
import { open, readFile, rename, rm, stat, utimes } from 'node:fs/promises'
import { hostname } from 'node:os'
import { setTimeout as wait } from 'node:timers/promises'
import { DreamLIPError } from '../errors'

const pollMs = 200
/** An owner shows so often that it is alive: process ids are used again, and those of other machines cannot be asked for. */
const beatMs = 10_000
/** A lock whose owner was silent for so long is taken over. */
const silentMs = 60_000

/**
 * Runs `work` while `path` exists as a lock. Waits for another owner; a lock whose owner is gone is taken over.
 * @throws the signal's reason when aborted while waiting; DreamLIPError `WRITE_FAILED`
 */
export async function withLock<T>(path: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  while (!(await acquire(path))) {
    signal?.throwIfAborted()
    if (await isStale(path)) await removeStale(path)
    else await wait(pollMs, undefined, { signal }).catch(() => signal?.throwIfAborted())
  }
  const beat = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => undefined), beatMs)
  try {
    return await work()
  } finally {
    clearInterval(beat)
    await rm(path, { force: true })
  }
}

async function acquire(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx')
    await file.writeFile(JSON.stringify({ pid: process.pid, host: hostname() })).finally(() => file.close())
    return true
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return false
    throw new DreamLIPError('WRITE_FAILED', `${path}: could not be written: ${message}. Check the folder.`, {
      cause: error,
    })
  }
}

/** Moves it away first, since another process may have taken it over in the meantime: then it goes back. */
async function removeStale(path: string): Promise<void> {
  const aside = `${path}.${crypto.randomUUID().slice(0, 8)}`
  try {
    await rename(path, aside)
    if (await isStale(aside)) await rm(aside, { force: true })
    else await rename(aside, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

async function isStale(path: string): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined)
  if (!stats) return false
  return Date.now() - stats.mtimeMs > silentMs || (await isOfDeadProcess(path))
}

async function isOfDeadProcess(path: string): Promise<boolean> {
  try {
    const { pid, host } = JSON.parse(await readFile(path, 'utf8')) as { pid: number; host: string }
    return host === hostname() && !isRunning(pid)
  } catch {
    return false
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
