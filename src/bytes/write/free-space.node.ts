/** The free space of a volume. */
import { statfs } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'

/** Bytes that this process can still write to the volume of a path; undefined if the system does not report it. */
export async function freeBytesAt(path: string): Promise<number | undefined> {
  for (let at = resolve(path); ; at = dirname(at)) {
    const found = await statfs(at).catch(() => undefined)
    // Some network and virtual volumes report no size at all.
    if (found) return found.blocks === 0 ? undefined : found.bavail * found.bsize
    if (at === dirname(at)) return undefined
  }
}
