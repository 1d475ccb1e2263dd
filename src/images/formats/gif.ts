/** Opens the first frame of a GIF file like Pillow: transparent pixels keep their palette colour. */
import { DreamLIPError } from '../../errors'
import type { OpenImage } from '../open-image'
import { checkSize } from '../raw-image'
import { isGrayRamp, openIndices } from './palette'

interface Frame {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
  readonly interlaced: boolean
  /** Colours, three bytes each; `undefined` if neither the file nor the frame has a palette. */
  readonly colours?: Uint8Array
  readonly transparent?: number
  /** The offset of the compressed pixels. */
  readonly at: number
}

/** @throws DreamLIPError `IMAGE_INVALID` for files that are damaged or cut off, `IMAGE_TOO_LARGE` */
export function openGif(name: string, bytes: Uint8Array): OpenImage {
  const frame = readFrame(name, bytes)
  // In Pillow, a frame that is larger than the screen enlarges the image.
  const width = Math.max(word(bytes, 6), frame.left + frame.width)
  const height = Math.max(word(bytes, 8), frame.top + frame.height)
  checkSize(name, width, height)
  const indices = new Uint8Array(width * height).fill(frame.transparent ?? 0) // [height, width]
  const pixels = decompress(name, bytes, frame.at, frame.width * frame.height)
  const order = frame.interlaced ? interlacedRows(frame.height) : undefined
  for (let y = 0; y < frame.height; y++) {
    const row = pixels.subarray(y * frame.width, (y + 1) * frame.width)
    indices.set(row, (frame.top + (order ? order[y]! : y)) * width + frame.left)
  }
  const { colours } = frame
  return openIndices(
    { data: indices, width, height, channels: 1 },
    colours && !isGrayRamp(colours, 3) ? { colours } : undefined,
  )
}

const word = (bytes: Uint8Array, at: number) => bytes[at]! | (bytes[at + 1]! << 8)

/** Skips everything before the first frame, except the transparent index. */
function readFrame(name: string, bytes: Uint8Array): Frame {
  const table = readTable(bytes, bytes[10]!, 13)
  let at = 13 + (table?.length ?? 0)
  let transparent: number | undefined
  while (at + 10 < bytes.length && bytes[at] !== 0x3b) {
    const kind = bytes[at]
    if (kind === 0x2c) {
      const [left, top, width, height] = [1, 3, 5, 7].map((offset) => word(bytes, at + offset)) as [
        number,
        number,
        number,
        number,
      ]
      const flags = bytes[at + 9]!
      const local = readTable(bytes, flags, at + 10)
      const data = at + 10 + (local?.length ?? 0)
      return {
        left,
        top,
        width,
        height,
        interlaced: (flags & 0x40) !== 0,
        colours: local ?? table,
        transparent,
        at: data,
      }
    }
    if (kind === 0x21) {
      if (bytes[at + 1] === 0xf9 && bytes[at + 2]! >= 4 && bytes[at + 3]! & 1) transparent = bytes[at + 6]
      at = skipBlocks(bytes, at + 2)
    } else at++
  }
  throw broken(name, 'it has no frame')
}

/** The colours at `at`, if the flags say that there are any. */
function readTable(bytes: Uint8Array, flags: number, at: number): Uint8Array | undefined {
  return flags & 0x80 ? bytes.subarray(at, at + (3 << ((flags & 7) + 1))) : undefined
}

/** The end of the blocks that start at `at`. Each block starts with its length, and the last one is empty. */
function skipBlocks(bytes: Uint8Array, at: number): number {
  while (at < bytes.length && bytes[at] !== 0) at += bytes[at]! + 1
  return at + 1
}

/** The content of the blocks from `at`. */
function joinBlocks(bytes: Uint8Array, at: number): Uint8Array {
  const joined = new Uint8Array(Math.max(0, Math.min(bytes.length, skipBlocks(bytes, at)) - at))
  let length = 0
  while (at < bytes.length && bytes[at] !== 0) {
    const block = bytes.subarray(at + 1, at + 1 + bytes[at]!)
    joined.set(block, length)
    length += block.length
    at += bytes[at]! + 1
  }
  return joined.subarray(0, length)
}

const mostCodes = 4096

/** LZW with codes of up to 12 bits. Each code means an earlier code plus one more index. */
function decompress(name: string, bytes: Uint8Array, at: number, count: number): Uint8Array {
  const bits = bytes[at]!
  if (!(bits >= 1 && bits <= 8)) throw broken(name, `expected codes of 1 to 8 bits; got ${bits}`)
  const data = joinBlocks(bytes, at + 1)
  const pixels = new Uint8Array(count)
  const clear = 1 << bits
  const before = new Int16Array(mostCodes)
  const lengths = new Uint16Array(mostCodes).fill(1)
  const firsts = new Uint8Array(mostCodes)
  const lasts = new Uint8Array(mostCodes)
  for (let i = 0; i < clear; i++) firsts[i] = lasts[i] = i
  let [next, size, previous, out, buffer, held] = [clear + 2, bits + 1, -1, 0, 0, 0]
  for (let from = 0; out < count;) {
    for (; held < size && from < data.length; held += 8) buffer |= data[from++]! << held
    if (held < size) break
    const code = buffer & ((1 << size) - 1)
    buffer >>>= size
    held -= size
    if (code === clear) {
      ;[next, size, previous] = [clear + 2, bits + 1, -1]
      continue
    }
    if (code === clear + 1) break
    if (code > next || (code === next && previous < 0)) throw broken(name, `code ${code} is not defined`)
    if (previous >= 0 && next < mostCodes) {
      before[next] = previous
      lengths[next] = lengths[previous]! + 1
      firsts[next] = firsts[previous]!
      lasts[next] = firsts[code === next ? previous : code]!
      next++
      if (next === 1 << size && size < 12) size++
    } else if (code >= next) throw broken(name, `code ${code} is not defined`)
    out += lengths[code]!
    for (let i = out - 1, link = code, left = lengths[code]!; left > 0; i--, left--) {
      if (i < count) pixels[i] = lasts[link]!
      link = before[link]!
    }
    previous = code
  }
  if (out < count) throw broken(name, `it ends after ${out} of ${count} pixels`)
  return pixels
}

/** Rows in the order in which an interlaced frame stores them. */
function interlacedRows(height: number): number[] {
  const rows: number[] = []
  for (const [start, step] of [
    [0, 8],
    [4, 8],
    [2, 4],
    [1, 2],
  ] as const) {
    for (let y = start; y < height; y += step) rows.push(y)
  }
  return rows
}

function broken(name: string, problem: string): DreamLIPError {
  return new DreamLIPError(
    'IMAGE_INVALID',
    `${name}: expected a complete GIF image; ${problem}. Check that the file is complete.`,
  )
}
