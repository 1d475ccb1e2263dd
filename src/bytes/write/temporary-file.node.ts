/** Names temporary files, and removes those that killed processes left behind. */
import { readdir, rm, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { crc32 } from '#crc32'
import { isRunning } from './file-lock.node.ts'

/** Names of temporary files contain the machine's name: process ids are only meaningful on their own machine. */
const host = hashOf(hostname())

/** File systems allow names of 255 bytes; a name longer than this leaves no room for the temporary file's suffix. */
const longestName = 200

/** Whether another machine's process is running cannot be checked. After a day without a write, it is taken to have ended. */
const silentMs = 24 * 60 * 60 * 1000

/** Folders that this process has tidied. Once is enough: listing a large folder takes time. */
const tidied = new Set<string>()

/** A unique name next to `path`. */
export function temporaryName(path: string): string {
  return join(dirname(path), `${shortName(path)}.${process.pid}-${host}${crypto.randomUUID().slice(0, 8)}.tmp`)
}

/** Removes the temporary files that killed processes left in a folder. Files that cannot be removed stay. */
export async function removeLeftovers(folder: string): Promise<void> {
  if (tidied.has(folder)) return
  tidied.add(folder)
  for (const name of await readdir(folder).catch(() => [])) {
    const [, pid, writer] = /\.(\d+)-([0-9a-f]{8})[0-9a-f]{8}\.tmp$/.exec(name) ?? []
    if (writer === undefined) continue
    const path = join(folder, name)
    if (await isLeftover(path, Number(pid), writer)) await rm(path, { force: true }).catch(() => undefined)
  }
}

/** Process ids are reused, in containers immediately: a file older than this process is not its own. */
async function isLeftover(path: string, pid: number, writer: string): Promise<boolean> {
  const modified = (await stat(path).catch(() => undefined))?.mtimeMs
  if (modified === undefined) return false
  if (writer !== host) return Date.now() - modified > silentMs
  return pid === process.pid ? modified < performance.timeOrigin - 1000 : !isRunning(pid)
}

/** The start of a temporary file's name. */
function shortName(path: string): string {
  const name = basename(path)
  return Buffer.byteLength(name) > longestName ? `dreamlip-${hashOf(name)}` : name
}

function hashOf(text: string): string {
  return crc32(Buffer.from(text)).toString(16).padStart(8, '0')
}
