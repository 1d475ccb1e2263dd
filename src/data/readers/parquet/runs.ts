/** Checks the run-length and delta encodings of Parquet's pages: a decoder believes the lengths that they claim. */

/** Where the checked part ends, and how many of its values equal the one that was asked for. */
interface Checked {
  readonly end: number
  readonly equal: number
}

/**
 * Walks over a run-length / bit-packed sequence of `count` values of `width` bits.
 * @param wanted the value that is counted
 * @throws Error in words where a run is longer than the page has values
 */
export function checkRuns(page: Uint8Array, from: number, count: number, width: number, wanted?: number): Checked {
  let at = from
  let equal = 0
  for (let seen = 0; seen < count;) {
    const header = readVarint(page, at)
    at = header.end
    const isPacked = header.value % 2 === 1
    const length = isPacked ? (header.value - 1) * 4 : header.value / 2
    // Writers round packed runs up to whole groups of eight, and may write a few groups of padding.
    if (length > count - seen + (isPacked ? 512 : 0)) {
      throw new Error(`a run of ${length} values in a page of ${count}`)
    }
    const used = Math.min(length, count - seen)
    if (wanted !== undefined) {
      equal += isPacked ? countPacked(page, at, used, width, wanted) : readLevel(page, at, width) === wanted ? used : 0
    }
    at += isPacked ? Math.ceil((length * width) / 8) : Math.ceil(width / 8)
    seen += length
  }
  return { end: at, equal }
}

/** Checks the header of a delta-encoded sequence, which says in what steps a decoder goes on. */
export function checkDelta(page: Uint8Array, from: number): void {
  const block = readVarint(page, from)
  const miniblocks = readVarint(page, block.end)
  const isFair = miniblocks.value > 0 && block.value <= 2 ** 20 && block.value % miniblocks.value === 0
  if (!isFair || block.value === 0) {
    throw new Error(`a delta encoding in blocks of ${block.value} values and ${miniblocks.value} parts`)
  }
}

function countPacked(page: Uint8Array, from: number, count: number, width: number, wanted: number): number {
  let equal = 0
  for (let i = 0, bit = 8 * from; i < count; i++, bit += width) {
    let value = 0
    for (let b = 0; b < width; b++) value |= ((page[(bit + b) >> 3]! >> ((bit + b) & 7)) & 1) << b
    if (value === wanted) equal++
  }
  return equal
}

function readLevel(page: Uint8Array, at: number, width: number): number {
  let value = 0
  for (let i = 0; i < Math.ceil(width / 8); i++) value |= (page[at + i] ?? 0) << (8 * i)
  return value
}

function readVarint(page: Uint8Array, from: number): { value: number; end: number } {
  let value = 0
  for (let i = 0; i < 5; i++) {
    const byte = page[from + i]
    if (byte === undefined) throw new Error('a page ends in the middle of a run')
    value += (byte & 0x7f) * 2 ** (7 * i)
    if (byte < 0x80 && value < 2 ** 31) return { value, end: from + i + 1 }
  }
  throw new Error('a page has a run of more than 31 bits')
}
