/** Reads the stored values of a PNG with one value per pixel: gray levels, or indices into the palette, which decoders replace by colours. */
import { promisify } from 'node:util'
import { inflate } from 'node:zlib'
import { crc32 } from '#crc32'
import { DreamLIPError } from '../../errors'
import { checkSize } from '../raw-image'

/** Values as stored in the file, row by row; 16 bits wide if the file's are. */
export interface PngSamples {
  readonly data: Uint8Array | Uint16Array
  readonly width: number
  readonly height: number
}

interface Header {
  readonly width: number
  readonly height: number
  /** Bits of a value: 1, 2, 4, 8 or 16. */
  readonly depth: number
  readonly interlaced: boolean
}

const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

/** Allowed depths by the color type: gray and palette. */
const depths: Readonly<Record<number, readonly number[]>> = { 0: [1, 2, 4, 8, 16], 3: [1, 2, 4, 8] }

/** Start and step, `[x, y, dx, dy]`, of the seven passes of an interlaced image (PNG specification, section 8.1). */
const passes = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const

const inflated = promisify(inflate) as (bytes: Uint8Array, options: { maxOutputLength: number }) => Promise<Uint8Array>

/**
 * @param name for error messages
 * @throws DreamLIPError `IMAGE_INVALID` for damaged bytes and for PNGs with several channels, `IMAGE_TOO_LARGE`
 */
export async function readPngSamples(name: string, bytes: Uint8Array): Promise<PngSamples> {
  const { header, compressed } = readChunks(name, bytes)
  const { width, height, depth } = header
  checkSize(name, width, height)
  const parts = header.interlaced ? passes : ([[0, 0, 1, 1]] as const)
  const sizes = parts.map(([x, y, dx, dy]) => [Math.ceil((width - x) / dx), Math.ceil((height - y) / dy)] as const)
  const lengthOf = ([w, h]: readonly [number, number]) => (w > 0 && h > 0 ? h * (1 + Math.ceil((w * depth) / 8)) : 0)
  const expected = sizes.reduce((sum, size) => sum + lengthOf(size), 0)
  const rows = await inflated(compressed, { maxOutputLength: expected }).catch((error: unknown) => {
    throw invalid(name, `its pixels cannot be unpacked: ${(error as Error).message}`)
  })
  if (rows.length !== expected) throw invalid(name, `it has ${rows.length} bytes of pixels instead of ${expected}`)
  const data = depth === 16 ? new Uint16Array(width * height) : new Uint8Array(width * height)
  let at = 0
  sizes.forEach((size, i) => {
    const part = rows.subarray(at, (at += lengthOf(size)))
    if (part.length === 0) return
    unfilter(name, part, size, depth)
    place(data, width, part, size, depth, parts[i]!)
  })
  return { data, width, height }
}

function readChunks(name: string, bytes: Uint8Array): { header: Header; compressed: Uint8Array } {
  if (!signature.every((byte, i) => bytes[i] === byte)) throw invalid(name, 'it is not a PNG')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const parts: Uint8Array[] = []
  let header: Header | undefined
  for (let at = signature.length; ;) {
    if (at + 12 > bytes.length) throw invalid(name, 'the file ends too early')
    const length = view.getUint32(at)
    if (length > bytes.length - at - 12) throw invalid(name, 'the file ends too early')
    const kind = String.fromCharCode(...bytes.subarray(at + 4, at + 8))
    const content = bytes.subarray(at + 8, at + 8 + length)
    // Decoders skip damaged optional parts, whose names start in lower case.
    if (/^[A-Z]/.test(kind) && crc32(bytes.subarray(at + 4, at + 8 + length)) !== view.getUint32(at + 8 + length)) {
      throw invalid(name, `the checksum of its part ${JSON.stringify(kind)} is wrong`)
    }
    if ((kind === 'IHDR') !== (header === undefined)) throw invalid(name, 'it does not start with one header')
    if (kind === 'IHDR') header = readHeader(name, content)
    if (kind === 'IDAT') parts.push(content)
    if (kind === 'IEND') return { header: header!, compressed: Buffer.concat(parts) }
    at += 12 + length
  }
}

function readHeader(name: string, content: Uint8Array): Header {
  if (content.length !== 13) throw invalid(name, 'its header has a wrong length')
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength)
  const [depth, color, compression, filter, interlace] = content.subarray(8)
  if (!depths[color!]?.includes(depth!)) {
    throw invalid(
      name,
      `expected one value per pixel, gray or indices of a palette; it has color type ${color} with ${depth} bits`,
    )
  }
  if (compression !== 0 || filter !== 0 || interlace! > 1) throw invalid(name, 'its header names an unknown method')
  const [width, height] = [view.getUint32(0), view.getUint32(4)]
  if (width === 0 || height === 0) throw invalid(name, 'it has no pixels')
  return { width, height, depth: depth!, interlaced: interlace === 1 }
}

/** Undoes the filters in place (PNG specification, section 9): a byte is stored as the difference from its neighbours. */
function unfilter(name: string, rows: Uint8Array, [width, height]: readonly [number, number], depth: number): void {
  const stride = 1 + Math.ceil((width * depth) / 8)
  const step = Math.max(1, depth / 8)
  for (let y = 0; y < height; y++) {
    const start = y * stride
    const filter = rows[start]!
    if (filter > 4) throw invalid(name, `row ${y} has the unknown filter ${filter}`)
    for (let x = 1; x < stride && filter > 0; x++) {
      const left = x > step ? rows[start + x - step]! : 0
      const up = y > 0 ? rows[start + x - stride]! : 0
      const corner = x > step && y > 0 ? rows[start + x - stride - step]! : 0
      rows[start + x]! += predicted(filter, left, up, corner)
    }
  }
}

function predicted(filter: number, left: number, up: number, corner: number): number {
  if (filter === 1) return left
  if (filter === 2) return up
  if (filter === 3) return (left + up) >> 1
  const [a, b, c] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)]
  return a <= b && a <= c ? left : b <= c ? up : corner
}

/** Writes the values of a pass to their places in the image. */
function place(
  data: Uint8Array | Uint16Array,
  imageWidth: number,
  rows: Uint8Array,
  [width, height]: readonly [number, number],
  depth: number,
  [x0, y0, dx, dy]: readonly [number, number, number, number],
): void {
  const stride = 1 + Math.ceil((width * depth) / 8)
  const mask = (1 << Math.min(depth, 8)) - 1
  for (let y = 0; y < height; y++) {
    const start = y * stride + 1
    const to = (y0 + y * dy) * imageWidth + x0
    for (let x = 0; x < width; x++) {
      const bit = x * depth
      const byte = start + (bit >> 3)
      data[to + x * dx] =
        depth === 16 ? (rows[byte]! << 8) | rows[byte + 1]! : (rows[byte]! >> (8 - depth - (bit & 7))) & mask
    }
  }
}

function invalid(name: string, problem: string): DreamLIPError {
  return new DreamLIPError('IMAGE_INVALID', `${name}: ${problem}.`)
}
