/** A byte source whose parts a browser keeps as they are read. A part is named after its bytes: `START-END`. */
import type { ByteSource } from '../byte-source'
import type { Keep } from './keep'
import type { Path, Place } from './place'

/** Minimum bytes to read and keep at once, unless the next ones are already kept. */
const blockBytes = 64 * 1024

/** Bytes from `start` to `end`, exclusive. */
interface Part {
  readonly start: number
  readonly end: number
  /** In memory until they are written. */
  bytes?: Uint8Array
}

/** @param folder of the parts of this version of the file */
export async function keptSource(source: ByteSource, place: Place, folder: Path, keep: Keep): Promise<ByteSource> {
  const { name, byteLength, version } = source
  const parts = new Set(partsIn(await place.names(folder)))
  const needed = byteLength - [...parts].reduce((sum, { start, end }) => sum + end - start, 0)
  let bytesKept = 0
  let isKeeping = true
  let writing: Promise<void> | undefined

  const pathOf = ({ start, end }: Part) => [...folder, `${start}-${end}`]

  /** Writes parts one after another, while reading goes on. After a failure, nothing more is kept, but reading continues. */
  const write = async (part: Part, before: Promise<void> | undefined) => {
    try {
      await (before ?? findRoom(needed))
      if (isKeeping) await place.write(pathOf(part), part.bytes!)
      else parts.delete(part) // read before the failure was known
    } catch (error) {
      parts.delete(part)
      isKeeping = false
      await import('./not-kept.browser')
        .then(({ explainNotKept }) => explainNotKept(keep, name, error as Error, needed))
        .catch(() => undefined)
    }
    delete part.bytes
  }

  /** Reads the missing bytes from `start` up to the next part, and begins to write them. */
  const readMissing = async (start: number, end: number, signal?: AbortSignal): Promise<Uint8Array> => {
    if (!isKeeping) return source.read(start, end - start, signal)
    const next = Math.min(...[...parts].map((part) => (part.start > start ? part.start : Infinity)))
    const most = Math.max(end, Math.min(start + blockBytes, byteLength))
    const bytes = await source.read(start, Math.min(most, next) - start, signal)
    const part = { start, end: start + bytes.length, bytes }
    const before = writing
    parts.add(part)
    writing = write(part, before)
    // Large parts are written while the next one is read. Small ones are awaited: the page may be closed at any time.
    await (bytes.length > blockBytes ? before : writing)
    return bytes
  }

  /** The bytes of a part from `start` on; `undefined` if it was interrupted or removed. */
  const readPart = async (part: Part, start: number, end: number): Promise<Uint8Array | undefined> => {
    const [from, to] = [start - part.start, Math.min(end, part.end) - part.start]
    if (part.bytes) return part.bytes.subarray(from, to)
    try {
      const blob = await place.read(pathOf(part))
      if (blob.size !== part.end - part.start) throw new Error()
      const bytes = new Uint8Array(await blob.slice(from, to).arrayBuffer())
      bytesKept += bytes.length
      return bytes
    } catch {
      parts.delete(part)
      return undefined
    }
  }

  return {
    name,
    byteLength,
    version,
    get bytesRead() {
      return source.bytesRead + bytesKept
    },
    async read(offset, length, signal) {
      const end = offset + length
      const pieces: Uint8Array[] = []
      for (let at = offset; at < end;) {
        signal?.throwIfAborted()
        const part = [...parts].find(({ start, end }) => start <= at && at < end)
        const piece = part ? await readPart(part, at, end) : await readMissing(at, end, signal)
        if (piece) pieces.push(piece.subarray(0, end - at))
        at += piece ? Math.min(piece.length, end - at) : 0
      }
      return join(pieces, length)
    },
    async close() {
      await writing
      await source.close()
    },
  }
}

/** Returns an array with its own buffer: a view would keep a larger buffer in memory. */
function join(pieces: readonly Uint8Array[], length: number): Uint8Array {
  if (pieces.length === 1 && pieces[0]!.buffer.byteLength === length) return pieces[0]!
  const bytes = new Uint8Array(length)
  pieces.reduce((at, piece) => (bytes.set(piece, at), at + piece.length), 0)
  return bytes
}

function partsIn(names: readonly string[]): Part[] {
  return names.flatMap((name) => {
    const [, start, end] = /^(\d+)-(\d+)$/.exec(name) ?? []
    return end === undefined ? [] : [{ start: Number(start), end: Number(end) }]
  })
}

/** @throws DOMException `QuotaExceededError` unless the browser has room for this many bytes */
async function findRoom(bytes: number): Promise<void> {
  const { quota = Infinity, usage = 0 } = (await navigator.storage.estimate?.()) ?? {}
  if (bytes > quota - usage) throw new DOMException('', 'QuotaExceededError')
}
