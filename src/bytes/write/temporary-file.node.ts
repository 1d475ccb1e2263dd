/** Names of files that are being written, and the removal of those that killed processes left. */
import { readdir, rm, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { crc32 } from '#crc32'
import { isRunning } from './file-lock.node.ts'

/** Names of temporary files tell machines apart: process ids mean something on their own machine only. */
const host = hashOf(hostname())

/** File systems take names of up to 255 bytes; a longer one than this leaves no room for what tells temporary files apart. */
const longestName = 200

/** Another machine cannot be asked whether its process runs: after a day without a byte, it does not. */
const silentMs = 24 * 60 * 60 * 1000

/** Folders that this process has tidied: once is enough, and listing a large one takes time. */
const tidied = new Set<string>()

/** A name beside `path` that nobody else uses. */
export function temporaryName(path: string): string {
  return join(dirname(path), `${shortName(path)}.${process.pid}-${host}${crypto.randomUUID().slice(0, 8)}.tmp`)
}

/** Removes the temporary files that killed processes left in a folder. What cannot be removed stays. */
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

/** Process ids are used again, in containers at once: what is older than this process is not its own. */
async function isLeftover(path: string, pid: number, writer: string): Promise<boolean> {
  const modified = (await stat(path).catch(() => undefined))?.mtimeMs
  if (modified === undefined) return false
  if (writer !== host) return Date.now() - modified > silentMs
  return pid === process.pid ? modified < performance.timeOrigin - 1000 : !isRunning(pid)
}

/** How the name of a temporary file begins. */
function shortName(path: string): string {
  const name = basename(path)
  return Buffer.byteLength(name) > longestName ? `dreamlip-${hashOf(name)}` : name
}

function hashOf(text: string): string {
  return crc32(Buffer.from(text)).toString(16).padStart(8, '0')
}
