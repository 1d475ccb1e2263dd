/** Checks the run-length and delta encodings in Parquet pages, because decoders trust the lengths in them. */

/** The end of the checked part, and the number of its values that equal the requested value. */
interface Checked {
  readonly end: number
  readonly equal: number
}

/**
 * Checks a run-length / bit-packed sequence of `count` values of `width` bits.
 * @param wanted the value to count
 * @throws Error if a run has more values than the page
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
      throw new Error(`a run has ${length} values, but its page has ${count}`)
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

/** Checks the header of a delta-encoded sequence, which states the sizes of its blocks. */
export function checkDelta(page: Uint8Array, from: number): void {
  const block = readVarint(page, from)
  const miniblocks = readVarint(page, block.end)
  const isFair = miniblocks.value > 0 && block.value <= 2 ** 20 && block.value % miniblocks.value === 0
  if (!isFair || block.value === 0) {
    throw new Error(`a delta encoding has blocks of ${block.value} values in ${miniblocks.value} parts`)
  }
}

/**
 * Checks texts that each start with a prefix of the previous text. Their lengths are two delta-encoded sequences: those of
 * the prefixes and those of the rest. A decoder copies the prefixes, so a small page could unpack to any size.
 * @param most the limit on the bytes of all texts together
 * @throws Error if a prefix is longer than the previous text, or the texts exceed the limit
 */
export function checkRepeatedTexts(page: Uint8Array, from: number, count: number, most: number): void {
  const repeated = readLengths(page, from, count)
  const added = readLengths(page, repeated.end, count)
  let [last, total] = [0, 0]
  for (let i = 0; i < count; i++) {
    const prefix = repeated.lengths[i]!
    if (prefix < 0 || prefix > last)
      throw new Error(`a text repeats ${prefix} bytes of the previous text, which has ${last}`)
    last = prefix + added.lengths[i]!
    total += last
    if (total > most) throw new Error(`the texts in a page of ${page.length} bytes unpack to more than ${most} bytes`)
  }
}

/** Numbers that are stored as differences: the first number, then blocks. Each part of a block has its own bit width. */
function readLengths(page: Uint8Array, from: number, count: number): { lengths: Int32Array; end: number } {
  checkDelta(page, from)
  const block = readVarint(page, from)
  const parts = readVarint(page, block.end)
  const perPart = block.value / parts.value
  const first = readDifference(page, readVarint(page, parts.end).end)
  const lengths = new Int32Array(count)
  lengths[0] = first.value
  let at = first.end
  for (let i = 1; i < count;) {
    const least = readDifference(page, at)
    const widths = page.subarray(least.end, least.end + parts.value)
    at = least.end + parts.value
    for (let part = 0; part < parts.value && i < count; part++) {
      const width = widths[part] ?? 0
      for (let bit = 8 * at, n = 0; n < perPart && i < count; n++, bit += width) {
        lengths[i] = lengths[i - 1]! + least.value + (width > 0 ? readBits(page, bit, width) : 0)
        i++
      }
      at += Math.ceil((perPart * width) / 8)
      if (at > page.length) throw new Error('a page ends in the middle of its lengths')
    }
  }
  return { lengths, end: at }
}

/** A number that may be negative, cut to 32 bits. */
function readDifference(page: Uint8Array, from: number): { value: number; end: number } {
  const { value, end } = readVarint(page, from, 2 ** 33)
  return { value: (value % 2 === 0 ? value / 2 : -(value + 1) / 2) | 0, end }
}

function readBits(page: Uint8Array, from: number, width: number): number {
  let value = 0
  for (let b = 0; b < Math.min(width, 32); b++) value |= ((page[(from + b) >> 3]! >> ((from + b) & 7)) & 1) << b
  return value
}

function countPacked(page: Uint8Array, from: number, count: number, width: number, wanted: number): number {
  let equal = 0
  for (let i = 0, bit = 8 * from; i < count; i++, bit += width) {
    if (readBits(page, bit, width) === wanted) equal++
  }
  return equal
}

function readLevel(page: Uint8Array, at: number, width: number): number {
  let value = 0
  for (let i = 0; i < Math.ceil(width / 8); i++) value |= (page[at + i] ?? 0) << (8 * i)
  return value
}

function readVarint(page: Uint8Array, from: number, below = 2 ** 31): { value: number; end: number } {
  let value = 0
  for (let i = 0; i < 5; i++) {
    const byte = page[from + i]
    if (byte === undefined) throw new Error('a page ends in the middle of a run')
    value += (byte & 0x7f) * 2 ** (7 * i)
    if (byte < 0x80 && value < below) return { value, end: from + i + 1 }
  }
  throw new Error('a page has a length of more than 31 bits')
}
