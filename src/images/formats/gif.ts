/** Opens the first frame of a GIF file like Pillow: transparent pixels keep their palette colour. */
import { DreamLIPError } from '../../errors'
import { rowsOf, type OpenImage } from '../open-image'
import { checkSize, type RawImage } from '../raw-image'
import type { FileBytes } from './file-bytes'
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
export function openGif(name: string, file: FileBytes): OpenImage {
  const screen = file.read(6, 4)
  const frame = readFrame(name, file)
  // In Pillow, a frame that is larger than the screen enlarges the image.
  const width = Math.max(word(screen, 0), frame.left + frame.width)
  const height = Math.max(word(screen, 2), frame.top + frame.height)
  checkSize(name, width, height)
  const pixels = decompress(name, file, frame.at, frame.width * frame.height) // [frame.height, frame.width]
  const fills = frame.width === width && frame.height === height && !frame.interlaced
  const data = fills ? pixels : placeFrame(frame, pixels, width, height)
  const indices: RawImage = { data, width, height, channels: 1 }
  const { colours } = frame
  return openIndices(
    indices,
    (top, rows) => rowsOf(indices, top, rows),
    colours && !isGrayRamp(colours, 3) ? { colours } : undefined,
  )
}

/** The frame on its screen. */
function placeFrame(frame: Frame, pixels: Uint8Array, width: number, height: number): Uint8Array {
  const indices = new Uint8Array(width * height).fill(frame.transparent ?? 0) // [height, width]
  const order = frame.interlaced ? interlacedRows(frame.height) : undefined
  for (let y = 0; y < frame.height; y++) {
    const row = pixels.subarray(y * frame.width, (y + 1) * frame.width)
    indices.set(row, (frame.top + (order ? order[y]! : y)) * width + frame.left)
  }
  return indices
}

const word = (bytes: Uint8Array, at: number) => bytes[at]! | (bytes[at + 1]! << 8)

/** Skips everything before the first frame, except the transparent index. */
function readFrame(name: string, file: FileBytes): Frame {
  const byte = byteReader(file)
  const table = readTable(file, byte(10), 13)
  let at = 13 + (table?.length ?? 0)
  let transparent: number | undefined
  while (at + 10 < file.byteLength && byte(at) !== 0x3b) {
    const kind = byte(at)
    if (kind === 0x2c) {
      const place = file.read(at + 1, 8)
      const [left, top, width, height] = [word(place, 0), word(place, 2), word(place, 4), word(place, 6)]
      const flags = byte(at + 9)
      const local = readTable(file, flags, at + 10)
      const data = at + 10 + (local?.length ?? 0)
      const interlaced = (flags & 0x40) !== 0
      return { left, top, width, height, interlaced, colours: local ?? table, transparent, at: data }
    }
    if (kind === 0x21) {
      if (byte(at + 1) === 0xf9 && byte(at + 2) >= 4 && byte(at + 3) & 1) transparent = byte(at + 6)
      at += 2
      // Each block starts with its length, and the last one is empty.
      while (byte(at) > 0) at += byte(at) + 1
      at++
    } else at++
  }
  throw broken(name, 'it has no frames')
}

/** File bytes that are read at a time. */
const chunkBytes = 64 * 1024

/** Single bytes of a file, of which one chunk is in memory; 0 beyond its end. */
function byteReader(file: FileBytes): (at: number) => number {
  let [start, chunk]: [number, Uint8Array] = [0, new Uint8Array(0)]
  return (at) => {
    if (at < start || at >= start + chunk.length) [start, chunk] = [at, file.read(at, chunkBytes)]
    return chunk[at - start] ?? 0
  }
}

/** The colour table at `at`, if the flags announce one. */
function readTable(file: FileBytes, flags: number, at: number): Uint8Array | undefined {
  return flags & 0x80 ? file.read(at, 3 << ((flags & 7) + 1)) : undefined
}

/** The contents of the blocks from `at`, many at a time. Each piece is overwritten by the next. */
function* blockContents(file: FileBytes, at: number): Generator<Uint8Array, undefined> {
  const joined = new Uint8Array(chunkBytes)
  for (;;) {
    const chunk = file.read(at, chunkBytes)
    const isLast = chunk.length < chunkBytes
    let [length, from] = [0, 0]
    while (from < chunk.length && chunk[from] !== 0) {
      const end = from + 1 + chunk[from]!
      // The next chunk contains the whole block.
      if (end > chunk.length && !isLast) break
      const block = chunk.subarray(from + 1, end)
      joined.set(block, length)
      length += block.length
      from = end
    }
    if (length > 0) yield joined.subarray(0, length)
    if (isLast || chunk[from] === 0) return
    at += from
  }
}

const mostCodes = 4096

/** LZW with codes of up to 12 bits. Each code means an earlier code plus one more index. */
function decompress(name: string, file: FileBytes, at: number, count: number): Uint8Array {
  const bits = file.read(at, 1)[0]!
  if (!(bits >= 1 && bits <= 8)) throw broken(name, `expected codes of 1 to 8 bits; got ${bits}`)
  const blocks = blockContents(file, at + 1)
  const pixels = new Uint8Array(count)
  const clear = 1 << bits
  const before = new Int16Array(mostCodes)
  const lengths = new Uint16Array(mostCodes).fill(1)
  const firsts = new Uint8Array(mostCodes)
  const lasts = new Uint8Array(mostCodes)
  for (let i = 0; i < clear; i++) firsts[i] = lasts[i] = i
  let [next, size, previous, out, buffer, held] = [clear + 2, bits + 1, -1, 0, 0, 0]
  let [data, from]: [Uint8Array, number] = [new Uint8Array(0), 0]
  while (out < count) {
    for (; held < size; held += 8) {
      if (from === data.length) {
        const piece = blocks.next()
        if (piece.done) break
        ;[data, from] = [piece.value, 0]
      }
      buffer |= data[from++]! << held
    }
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
