/** Reads from a TIFF file's first directory how its pixels are stored. */
import type { FileBytes } from './file-bytes'

/** Numbers of the fields. */
const [imageWidth, imageLength, bitsPerSample, compression, photometric] = [256, 257, 258, 259, 262]
const [stripOffsets, stripLengths, tileOffsets, tileLengths, extraSamples] = [273, 279, 324, 325, 338]

/** Luminance and two differences of colour: sharp converts them to RGB only inside JPEG. */
const ycbcr = 6
const jpegKinds = [6, 7]

/** Raw, three fax codings, LZW, JPEG, deflate and PackBits. For others, sharp silently fills the pixels with zeros. */
const compressions = [1, 2, 3, 4, 5, 6, 7, 8, 32773, 32946]

/** LZW and deflate. Damage is detected there, and must not become black pixels. In the other kinds, Pillow ignores damage. */
const checkedKinds = [5, 8, 32946]

/** The size in bytes of the types that are used here: byte, short, long, 64-bit long. */
const sizes: Readonly<Record<number, number>> = { 1: 1, 3: 2, 4: 4, 16: 8 }

/** The most values that are read from a directory. */
const mostValues = 1_000_000

/** Reads size and mode from the directory. The decoder detects damage. */
export function readTiffHeader(file: FileBytes) {
  const fields = readFields(file)
  const first = (field: number) => fields(field)[0]
  const [color, bits] = [first(photometric), first(bitsPerSample) ?? 1]
  const gray = color === 0 || color === 1
  const kind = first(compression) ?? 1
  return {
    format: 'tiff' as const,
    width: first(imageWidth),
    height: first(imageLength),
    palette: color === 3 || (gray && bits === 1),
    gray: color === undefined ? undefined : gray,
    alpha: [1, 2].includes(first(extraSamples) ?? 0),
    cmyk: color === 5,
    byteLength: Math.max(
      lastByte(fields(stripOffsets), fields(stripLengths)),
      lastByte(fields(tileOffsets), fields(tileLengths)),
    ),
    unsupported: unsupportedKind(color, kind),
    failOn: failOn(kind, fields(tileOffsets).length > 0),
  }
}

function unsupportedKind(color: number | undefined, kind: number): string | undefined {
  if (!compressions.includes(kind)) return `compression ${kind}`
  return color === ycbcr && !jpegKinds.includes(kind) ? 'YCbCr colours without JPEG' : undefined
}

/** sharp reports a damaged tile only as a warning. */
function failOn(kind: number, isTiled: boolean): 'error' | 'warning' | undefined {
  if (!checkedKinds.includes(kind)) return undefined
  return isTiled ? 'warning' : 'error'
}

function lastByte(offsets: readonly number[], lengths: readonly number[]): number {
  return offsets.reduce((most, offset, i) => Math.max(most, offset + (lengths[i] ?? 0)), 0)
}

/** The values of a field; empty if the field is missing or the file ends before it. */
function readFields(file: FileBytes): (field: number) => readonly number[] {
  const head = viewOf(file, 0, 16)
  const little = head.getUint8(0) === 0x49
  const big = file.byteLength > 16 && head.getUint16(2, little) === 43
  const word = (view: DataView, at: number) =>
    big ? Number(view.getBigUint64(at, little)) : view.getUint32(at, little)
  const [entrySize, valueAt, inline] = big ? [20, 12, 8] : [12, 8, 4]
  const entries = findEntries(file, big, little)
  return (field) => {
    const entry = entries.get(field)
    if (entry === undefined) return []
    const view = viewOf(file, entry, entrySize)
    const type = view.getUint16(2, little)
    const [size, length] = [sizes[type] ?? 0, word(view, 4)]
    if (size === 0 || length > mostValues) return []
    const at = size * length <= inline ? entry + valueAt : word(view, valueAt)
    if (at + size * length > file.byteLength) return []
    const values = viewOf(file, at, size * length)
    return Array.from({ length }, (_, i) => readValue(values, type, i * size, little))
  }
}

/** Where each field of the first directory has its entry. */
function findEntries(file: FileBytes, big: boolean, little: boolean): Map<number, number> {
  const entries = new Map<number, number>()
  const [countSize, entrySize] = big ? [8, 20] : [2, 12]
  if (file.byteLength < 8) return entries
  const start = big ? Number(viewOf(file, 8, 8).getBigUint64(0, little)) : viewOf(file, 4, 4).getUint32(0, little)
  if (start === 0 || start + countSize > file.byteLength) return entries
  const view = viewOf(file, start, countSize)
  const count = Math.min(big ? Number(view.getBigUint64(0, little)) : view.getUint16(0, little), 65_535)
  const directory = viewOf(file, start + countSize, count * entrySize)
  for (let at = 0; at + entrySize <= directory.byteLength; at += entrySize) {
    entries.set(directory.getUint16(at, little), start + countSize + at)
  }
  return entries
}

function viewOf(file: FileBytes, at: number, length: number): DataView {
  const bytes = file.read(at, length)
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}

function readValue(view: DataView, type: number, at: number, little: boolean): number {
  if (type === 1) return view.getUint8(at)
  if (type === 3) return view.getUint16(at, little)
  return type === 4 ? view.getUint32(at, little) : Number(view.getBigUint64(at, little))
}
