/** Reads from a TIFF file's first directory how its pixels are stored. */
import type { FileBytes } from './file-bytes'
import { openDirectory } from './tiff-directory'

/** Numbers of the fields. */
const [imageWidth, imageLength, bitsPerSample, compression, photometric] = [256, 257, 258, 259, 262]
const [stripOffsets, stripLengths, tileOffsets, tileLengths, extraSamples] = [273, 279, 324, 325, 338]

/** Luminance and two differences of colour: sharp converts them to RGB only inside JPEG. */
const ycbcr = 6
const jpegKinds = [6, 7]

/** Raw, three fax codings, LZW, JPEG, deflate and PackBits. For others, sharp silently fills the pixels with zeros. */
const compressions = [1, 2, 3, 4, 5, 6, 7, 8, 32773, 32946]

/** LZW and deflate. Damage to them is detected, and must not become black pixels. In the other kinds, Pillow ignores damage. */
const checkedKinds = [5, 8, 32946]

/** Reads size and mode from the directory. The decoder detects damage. */
export function readTiffHeader(file: FileBytes) {
  const fields = openDirectory(file)
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
