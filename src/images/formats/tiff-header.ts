/** Reads from a TIFF file's first directory how its pixels are stored. */

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
export function readTiffHeader(view: DataView) {
  const fields = readFields(view)
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
function readFields(view: DataView): (field: number) => readonly number[] {
  const little = view.getUint8(0) === 0x49
  const big = view.byteLength > 16 && view.getUint16(2, little) === 43
  const word = (at: number) => (big ? Number(view.getBigUint64(at, little)) : view.getUint32(at, little))
  const [countSize, entrySize, valueAt, inline] = big ? [8, 20, 12, 8] : [2, 12, 8, 4]
  const start = view.byteLength < 8 ? 0 : word(big ? 8 : 4)
  if (start === 0 || start + countSize > view.byteLength) return () => []
  const count = big ? Number(view.getBigUint64(start, little)) : view.getUint16(start, little)
  const entries = new Map<number, number>()
  for (let i = 0; i < Math.min(count, 65_535); i++) {
    const at = start + countSize + i * entrySize
    if (at + entrySize > view.byteLength) break
    entries.set(view.getUint16(at, little), at)
  }
  return (field) => {
    const entry = entries.get(field)
    if (entry === undefined) return []
    const type = view.getUint16(entry + 2, little)
    const [size, length] = [sizes[type] ?? 0, word(entry + 4)]
    if (size === 0 || length > mostValues) return []
    const at = size * length <= inline ? entry + valueAt : word(entry + valueAt)
    if (at + size * length > view.byteLength) return []
    return Array.from({ length }, (_, i) => readValue(view, type, at + i * size, little))
  }
}

function readValue(view: DataView, type: number, at: number, little: boolean): number {
  if (type === 1) return view.getUint8(at)
  if (type === 3) return view.getUint16(at, little)
  return type === 4 ? view.getUint32(at, little) : Number(view.getBigUint64(at, little))
}
