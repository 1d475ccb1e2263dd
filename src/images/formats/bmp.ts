/** Opens Windows bitmaps, with the same pixels as Pillow. */
import { DreamLIPError } from '../../errors'
import { rowsOf, type OpenImage } from '../open-image'
import { checkSize, type RawImage } from '../raw-image'
import { bmpSize } from './bmp-size'
import type { FileBytes } from './file-bytes'
import { isGrayRamp, openIndices, type ReadRows } from './palette'

/** The header. */
interface BmpHeader {
  readonly width: number
  readonly height: number
  readonly topDown: boolean
  /** Bits per pixel. */
  readonly bits: number
  readonly compression: number
  /** Colours of 3 or 4 bytes: blue, green, red. */
  readonly colours: Uint8Array
  readonly step: 3 | 4
  /** Bits of red, green, blue and alpha in a pixel. */
  readonly masks: readonly [number, number, number, number]
  /** The offset of the pixels. */
  readonly at: number
}

const [uncompressed, rle8, rle4, bitfields] = [0, 1, 2, 3] as const

/** @throws DreamLIPError `IMAGE_INVALID` for files that are damaged, cut off or of a rare kind; `IMAGE_TOO_LARGE` */
export function openBmp(name: string, file: FileBytes): OpenImage {
  const header = readHeader(name, file.read(0, headerBytes))
  const { width, height, bits } = header
  if (header.compression === rle8 || header.compression === rle4) {
    const bytes = file.read(0, file.byteLength)
    const indices: RawImage = { data: readRuns(name, bytes, header), width, height, channels: 1 }
    return openColours(header, (top, rows) => rowsOf(indices, top, rows))
  }
  checkLength(name, file.byteLength, header)
  if (bits <= 8) return openColours(header, (top, rows) => readIndices(file, header, top, rows))
  return { width, height, palette: false, read: (top, rows) => readColours(file, header, top, rows) }
}

/** An image of black and white bits, of grays, or of palette colours. */
function openColours({ width, height, bits, colours, step }: BmpHeader, indices: ReadRows): OpenImage {
  const isBlackWhite =
    bits === 1 && [0, 255].every((value, i) => [0, 1, 2].every((c) => colours[i * step + c] === value))
  if (isBlackWhite) {
    const read: ReadRows = (top, rows) => {
      const band = indices(top, rows)
      return { ...band, data: band.data.map((index) => index * 255), palette: true }
    }
    return { width, height, palette: true, read }
  }
  const palette = isGrayRamp(colours, step) ? undefined : ({ colours, step, order: [2, 1, 0] } as const)
  return openIndices({ width, height }, indices, palette)
}

/** Enough bytes for the longest header and palette. */
const headerBytes = 2048

function readHeader(name: string, bytes: Uint8Array): BmpHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const size = bytes.length < 26 ? 0 : view.getUint32(14, true)
  const isOld = size === 12
  if (![12, 40, 52, 56, 64, 108, 124].includes(size) || bytes.length < 14 + size)
    throw broken(name, 'its header is incomplete')
  const { width, height } = bmpSize(bytes)
  const bits = view.getUint16(isOld ? 24 : 28, true)
  const compression = isOld ? uncompressed : view.getUint32(30, true)
  if (width === 0 || height === 0) throw broken(name, `it is ${width} × ${height} pixels`)
  checkSize(name, width, height)
  if (!supported.some(([kind, depths]) => kind === compression && depths.includes(bits))) {
    throw broken(name, `${bits} bits per pixel with compression ${compression} are not supported`)
  }
  const step = isOld ? 3 : 4
  const hasMasks = compression === bitfields
  const palette = 14 + size + (hasMasks && size === 40 ? 12 : 0)
  const used = bits > 8 ? 0 : Math.min(256, (isOld ? 0 : view.getUint32(46, true)) || 1 << bits)
  const colours = bytes.subarray(palette, palette + used * step)
  const at = view.getUint32(10, true) || palette + used * step
  // Some programs write an offset that does not include the palette. Pillow adds it.
  const start = at === 14 + size && bits <= 8 ? at + used * step : at
  const masks = hasMasks ? readMasks(name, view, size) : bits === 16 ? rgb555 : bgr
  return {
    width,
    height,
    topDown: !isOld && view.getInt32(22, true) < 0,
    bits,
    compression,
    colours,
    step,
    masks,
    at: start,
  }
}

/** Kinds of compression, and the bits per pixel that each allows. */
const supported: readonly (readonly [number, readonly number[]])[] = [
  [uncompressed, [1, 4, 8, 16, 24, 32]],
  [rle8, [8]],
  [rle4, [4]],
  [bitfields, [16, 24, 32]],
]

const bgr = [0xff0000, 0xff00, 0xff, 0] as const
const rgb555 = [0x7c00, 0x3e0, 0x1f, 0] as const

function readMasks(name: string, view: DataView, size: number): BmpHeader['masks'] {
  if (view.byteLength < 66) throw broken(name, 'its header is incomplete')
  const masks = [54, 58, 62].map((at) => view.getUint32(at, true))
  const all = [...masks, size >= 56 ? view.getUint32(66, true) : 0] as [number, number, number, number]
  // Without masks, the usual order applies, with alpha.
  if (all.every((mask) => mask === 0)) return [0xff0000, 0xff00, 0xff, 0xff000000]
  for (const mask of all) {
    const value = mask / lowestBit(mask)
    if (mask !== 0 && (value & (value + 1)) !== 0) throw broken(name, `the bits of a colour are not adjacent: ${mask}`)
  }
  return all
}

const lowestBit = (mask: number) => (mask & -mask) >>> 0 || 1

/** Bytes of a row of pixels: a multiple of four. */
const rowBytes = ({ width, bits }: BmpHeader) => Math.floor((width * bits + 31) / 32) * 4

function checkLength(name: string, byteLength: number, header: BmpHeader): void {
  // The padding of the last row may be missing.
  const needed = header.at + rowBytes(header) * (header.height - 1) + Math.ceil((header.width * header.bits) / 8)
  if (byteLength < needed) throw broken(name, `it has only ${byteLength} of at least ${needed} bytes`)
}

/** File bytes that are read at a time. */
const chunkBytes = 4 * 1024 * 1024

/** The bytes of some rows, from top to bottom. A few rows are in memory at a time. */
function* storedRows(file: FileBytes, header: BmpHeader, top: number, rows: number): Generator<Uint8Array> {
  const { height, topDown, at } = header
  const length = rowBytes(header)
  const most = Math.max(1, Math.floor(chunkBytes / length))
  for (let y = top; y < top + rows; y += most) {
    const count = Math.min(most, top + rows - y)
    const first = topDown ? y : height - y - count
    const chunk = file.read(at + first * length, count * length)
    for (let i = 0; i < count; i++) {
      const row = (topDown ? i : count - 1 - i) * length
      yield chunk.subarray(row, row + length)
    }
  }
}

/** Palette indices of 1, 4 or 8 bits. */
function readIndices(file: FileBytes, header: BmpHeader, top: number, rows: number): RawImage {
  const { width, bits } = header
  const data = new Uint8Array(width * rows) // [rows, width]
  const perByte = 8 / bits
  let out = 0
  for (const row of storedRows(file, header, top, rows)) {
    for (let x = 0; x < width; x++) {
      const byte = row[Math.floor(x / perByte)]!
      data[out++] = (byte >> (8 - bits * ((x % perByte) + 1))) & ((1 << bits) - 1)
    }
  }
  return { data, width, height: rows, channels: 1 }
}

/** Decodes runs of equal indices and runs of literal ones; skipped pixels are 0. */
function readRuns(name: string, bytes: Uint8Array, { width, height, topDown, bits, at }: BmpHeader): Uint8Array {
  const indices = new Uint8Array(width * height) // [height, width]
  let [from, x, y] = [at, 0, 0]
  const put = (index: number) => {
    if (x < width && y < height) indices[(topDown ? y : height - 1 - y) * width + x] = index
    x++
  }
  const half = (byte: number, i: number) => (bits === 8 ? byte : i % 2 === 0 ? byte >> 4 : byte & 15)
  while (y < height) {
    const [count, value] = [bytes[from], bytes[from + 1]]
    if (count === undefined || value === undefined) {
      if (y === height - 1 && x >= width) break
      throw broken(name, 'it ends before its last row')
    }
    from += 2
    if (count > 0) for (let i = 0; i < count; i++) put(half(value, i))
    else if (value === 0) [x, y] = [0, y + 1]
    else if (value === 1) break
    else if (value === 2) {
      x += bytes[from] ?? 0
      y += bytes[from + 1] ?? 0
      from += 2
    } else {
      for (let i = 0; i < value; i++) put(half(bytes[from + (bits === 8 ? i : i >> 1)] ?? 0, i))
      const length = bits === 8 ? value : (value + 1) >> 1
      from += length + (length % 2)
    }
  }
  return indices
}

/** Pixels of 16, 24 or 32 bits, in which masks name the bits of each colour. */
function readColours(file: FileBytes, header: BmpHeader, top: number, rows: number): RawImage {
  const { width, bits, masks } = header
  const channels = masks[3] === 0 ? 3 : 4
  const data = new Uint8Array(width * rows * channels) // [rows, width, channels]
  const shifts = masks.map((mask) => Math.log2(lowestBit(mask)))
  const tables = masks.map((mask) => scaleTo255(mask / lowestBit(mask)))
  const size = bits / 8
  let out = 0
  for (const row of storedRows(file, header, top, rows)) {
    for (let from = 0; from < width * size; from += size) {
      let pixel = row[from]! | (row[from + 1]! << 8)
      if (size > 2) pixel |= row[from + 2]! << 16
      if (size > 3) pixel |= row[from + 3]! << 24
      for (let c = 0; c < channels; c++) data[out++] = tables[c]![(pixel & masks[c]!) >>> shifts[c]!]!
    }
  }
  return { data, width, height: rows, channels }
}

/** Bytes for the values up to `most`, rounded down as Pillow does it. */
function scaleTo255(most: number): Uint8Array {
  if (most > 0xffff) return new Uint8Array(0)
  return Uint8Array.from({ length: most + 1 }, (_, value) => (most === 0 ? 0 : Math.floor((value * 255) / most)))
}

function broken(name: string, problem: string): DreamLIPError {
  return new DreamLIPError(
    'IMAGE_INVALID',
    `${name}: expected a complete BMP image; ${problem}. Check that the file is complete.`,
  )
}
