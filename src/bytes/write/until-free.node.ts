/** On Windows, a file cannot be renamed, removed or replaced while a virus scanner or an indexer has it open. */
import { rename, rm } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'

const held = ['EPERM', 'EACCES', 'EBUSY']
const mostTries = 7

/** Repeats work on a file for a second or two if another program has the file open. */
export async function untilFree<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (attempt === mostTries || !held.includes((error as NodeJS.ErrnoException).code ?? '')) throw error
      await wait(20 * 2 ** attempt)
    }
  }
}

export async function renamePatiently(from: string, to: string): Promise<void> {
  await untilFree(() => rename(from, to))
}

/** Removing a file that does not exist is not an error. */
export async function removePatiently(path: string): Promise<void> {
  await untilFree(() => rm(path, { force: true }))
}
