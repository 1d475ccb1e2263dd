/** A source of which a browser keeps the parts that are read. The name of a part says which bytes it holds: `START-END`. */
import type { ByteSource } from '../byte-source'
import type { Keep } from './keep'
import type { Path, Place } from './place'

/** At least so many bytes are read and kept at once, as in one request. */
const blockBytes = 64 * 1024

/** Bytes from `start` to `end`, exclusive. */
interface Part {
  readonly start: number
  readonly end: number
  /** Until they are written. */
  bytes?: Uint8Array
}

/** @param folder of the parts of this version of the file */
export async function keptSource(source: ByteSource, place: Place, folder: Path, keep: Keep): Promise<ByteSource> {
  const { name, byteLength, version } = source
  const parts = new Set(partsIn(await place.names(folder)))
  const needed = byteLength - [...parts].reduce((sum, { start, end }) => sum + end - start, 0)
  let bytesKept = 0
  let isKeeping = true
  let room: Promise<void> | undefined
  let writing: Promise<void> | undefined

  const nameOf = ({ start, end }: Part) => [...folder, `${start}-${end}`]

  /** Parts are written one after another, beside the reading. A failure ends the keeping, not the reading. */
  const write = async (part: Part, before: Promise<void> | undefined) => {
    try {
      await before
      if (isKeeping) await (room ??= findRoom(needed))
      if (isKeeping) await place.write(nameOf(part), part.bytes!)
      else parts.delete(part)
    } catch (error) {
      parts.delete(part)
      isKeeping = false
      const { explainNotKept } = await import('./not-kept.browser')
      await explainNotKept(keep, name, error as Error, needed)
    }
    delete part.bytes
  }

  /** The bytes, if all are kept. */
  const readKept = async (offset: number, length: number): Promise<Uint8Array | undefined> => {
    const end = offset + length
    const pieces: BlobPart[] = []
    for (let at = offset; at < end;) {
      const part = [...parts].find(({ start, end }) => start <= at && at < end)
      if (!part) return undefined
      const bytes = part.bytes ? new Blob([part.bytes as Uint8Array<ArrayBuffer>]) : await place.read(nameOf(part))
      pieces.push(bytes.slice(at - part.start, end - part.start))
      at = part.end
    }
    const bytes = new Uint8Array(await new Blob(pieces).arrayBuffer())
    // A part that was interrupted is shorter than its name says.
    return bytes.length === length ? bytes : undefined
  }

  return {
    name,
    byteLength,
    version,
    get bytesRead() {
      return source.bytesRead + bytesKept
    },
    async read(offset, length, signal) {
      const kept = await readKept(offset, length).catch(() => undefined)
      signal?.throwIfAborted()
      if (kept) {
        bytesKept += length
        return kept
      }
      const bytes = await source.read(offset, Math.max(length, Math.min(blockBytes, byteLength - offset)), signal)
      const part = { start: offset, end: offset + bytes.length, bytes }
      const before = writing
      parts.add(part)
      writing = write(part, before)
      await before
      return bytes.length > length ? bytes.slice(0, length) : bytes
    },
    async close() {
      await writing
      await source.close()
    },
  }
}

function partsIn(names: readonly string[]): Part[] {
  return names.flatMap((name) => {
    const [, start, end] = /^(\d+)-(\d+)$/.exec(name) ?? []
    return end === undefined ? [] : [{ start: Number(start), end: Number(end) }]
  })
}

/** @throws DOMException `QuotaExceededError` unless the browser has room for so many bytes */
async function findRoom(bytes: number): Promise<void> {
  const { quota = Infinity, usage = 0 } = (await navigator.storage.estimate?.()) ?? {}
  if (bytes > quota - usage) throw new DOMException('', 'QuotaExceededError')
}
