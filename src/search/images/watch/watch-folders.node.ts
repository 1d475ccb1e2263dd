/** Detects changes in folders. */
import { watch, type FSWatcher } from 'node:fs'

/** Waits for changes. */
export interface FolderWatch {
  /** Watches these folders from now on, and no others. A folder that was not watched before counts as a change. */
  follow(folders: readonly string[]): void
  /**
   * Waits for a change followed by `quietMs` without one, or at most `mostMs`, because some drives report no changes.
   * @returns at once when the signal is aborted
   */
  change(quietMs: number, mostMs: number, signal?: AbortSignal): Promise<void>
  close(): void
}

/**
 * Watches each folder on its own, without its subfolders: systems that watch whole trees do so file by file, and a picture
 * collection exceeds their limits.
 * @param onWarning called once if the system refuses to watch a folder
 */
export function watchFolders(onWarning: (message: string) => void): FolderWatch {
  const watchers = new Map<string, FSWatcher>()
  let lastChange: number | undefined
  let isLimited = false
  let wake: (() => void) | undefined
  const changed = () => {
    lastChange = performance.now()
    wake?.()
  }
  const stop = (folder: string) => {
    watchers.get(folder)?.close()
    watchers.delete(folder)
  }
  const start = (folder: string) => {
    try {
      const watcher = watch(folder, { persistent: true }, changed)
      watcher.on('error', () => {
        stop(folder)
        changed()
      })
      watchers.set(folder, watcher)
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      if (code === 'ENOENT' || isLimited) return
      isLimited = true
      onWarning(`${folder}: changes are not reported (${message}): it is listed again every few minutes instead.`)
    }
  }
  const sleep = (ms: number, signal: AbortSignal | undefined) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(() => end(), ms)
      const end = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', end)
        wake = undefined
        resolve()
      }
      signal?.addEventListener('abort', end)
      wake = end
    })
  return {
    follow(folders) {
      const wanted = new Set(folders)
      for (const folder of watchers.keys()) if (!wanted.has(folder)) stop(folder)
      for (const folder of wanted) {
        if (watchers.has(folder)) continue
        start(folder)
        changed()
      }
    },
    async change(quietMs, mostMs, signal) {
      const end = performance.now() + mostMs
      while (!signal?.aborted && performance.now() < end) {
        const quietAt = lastChange === undefined ? end : Math.min(end, lastChange + quietMs)
        const left = quietAt - performance.now()
        if (left <= 0) break
        await sleep(left, signal)
      }
      lastChange = undefined
    },
    close: () => [...watchers.keys()].forEach(stop),
  }
}
