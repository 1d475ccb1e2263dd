/** Downloads in separate processes. */
import { spawn, type ChildProcess } from 'node:child_process'
import type { DownloadedCheckpoint } from '../../../src/checkpoint/released/download-options'

/** Starts a process that downloads a checkpoint: an address, or a name on the Hub. */
export function startDownload(source: string, cacheDir: string): ChildProcess {
  const script = 'test/checkpoint/released/download-process.ts'
  return spawn(process.execPath, ['--import', 'tsx', script, source, cacheDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

/** The output of the process when it is done. */
export async function resultOf(child: ChildProcess): Promise<DownloadedCheckpoint> {
  let text = ''
  for await (const chunk of child.stdout!) text += String(chunk)
  return JSON.parse(text) as DownloadedCheckpoint
}
