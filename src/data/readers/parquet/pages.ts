/** Checks the pages of a Parquet column chunk before a decoder trusts their headers. */
import type { SchemaTree } from 'hyparquet'
import { checkDelta, checkRepeatedTexts, checkRuns } from './runs'
import { readStruct, type ThriftStruct } from './thrift'

/** The facts about a column that are needed to check its pages. */
export interface Leaf {
  readonly type: string
  readonly values: number
  readonly rows: number
  readonly isFlat: boolean
  readonly maxRepetition: number
  readonly maxDefinition: number
}

/** Unpacks a page. Throws if the result does not have exactly this length. */
export type Unpack = (bytes: Uint8Array, length: number) => Uint8Array

/** A page that unpacks to more is a decompression bomb: writers make pages of about 1 MB. */
const largestPage = 256 * 1024 * 1024

/** Texts that share prefixes may unpack to this size, or to 64 times the size of their page if that is more. */
const smallTexts = 64 * 1024 * 1024

/** Maximum values per page. Each becomes an entry of an array. */
const mostValues = 2 ** 24

const pageTypes = { data: 0, dictionary: 2, dataV2: 3 }
const encodings = { plainDictionary: 2, rle: 3, delta: 5, deltaBytes: 7, dictionary: 8 }

/** A chunk in which it is unclear where pages start and end, so that none of its rows can be read. */
export class BrokenChunk extends Error {}

export function leafOf(path: readonly SchemaTree[], type: string, values: number, rows: number): Leaf {
  const repetitions = path.slice(1).map(({ element }) => element.repetition_type)
  return {
    type,
    values,
    rows,
    isFlat: path.length === 2 && repetitions[0] !== 'REPEATED',
    maxRepetition: repetitions.filter((repetition) => repetition === 'REPEATED').length,
    maxDefinition: repetitions.filter((repetition) => repetition !== 'REQUIRED').length,
  }
}

/**
 * Checks the pages that a decoder of these rows will unpack.
 * @throws BrokenChunk for wrong headers, Error for wrong contents of a page
 */
export function checkPages(chunk: Uint8Array, leaf: Leaf, from: number, to: number, unpack: Unpack): void {
  let [values, unpacked] = [0, 0]
  for (let at = 0; at < chunk.length - 1 && !(leaf.isFlat && values >= to);) {
    const { page, end } = readHeader(chunk, at, leaf)
    at = end + page.packed
    unpacked += page.unpacked
    if (unpacked > Math.max(largestPage, 64 * chunk.length)) {
      throw new BrokenChunk(`its pages claim to unpack from ${chunk.length} bytes to ${unpacked}`)
    }
    if (values + page.rows > leaf.values) {
      throw new BrokenChunk(`its pages have more than the ${leaf.values} values that the footer counts`)
    }
    // The decoder skips pages that end before the first row.
    const isSkipped = leaf.isFlat && page.kind !== 'dictionary' && values + page.values < from
    if (!isSkipped) checkContents(chunk.subarray(end, at), page, leaf, unpack)
    if (page.kind !== 'dictionary') values += page.values
  }
  if (values < (leaf.isFlat ? to : leaf.values)) {
    throw new BrokenChunk(`its pages end after ${values} of the ${leaf.values} values that the footer counts`)
  }
}

/** A page, as its header describes it. */
interface Page {
  readonly kind: 'dictionary' | 'data' | 'dataV2'
  readonly packed: number
  readonly unpacked: number
  readonly values: number
  /** The values that count towards the chunk's number of values. */
  readonly rows: number
  readonly encoding: number
  /** Only version 2 of data pages has these four fields. Its levels are not compressed. */
  readonly nulls: number
  readonly repetitionBytes: number
  readonly definitionBytes: number
  readonly isPacked: boolean
}

function readHeader(chunk: Uint8Array, at: number, leaf: Leaf): { page: Page; end: number } {
  try {
    const { value, end } = readStruct(chunk, at)
    const page = describePage(value, leaf)
    if (end + page.packed > chunk.length) throw new Error(`a page of ${page.packed} bytes extends beyond its column`)
    return { page, end }
  } catch (error) {
    throw new BrokenChunk((error as Error).message)
  }
}

function describePage(header: ThriftStruct, leaf: Leaf): Page {
  const unpacked = within(header.get(2), largestPage, 'a page claims to unpack to', 'bytes')
  const packed = within(header.get(3), 2 ** 31, 'a page claims to have', 'bytes')
  const type = header.get(1)
  const common = { packed, unpacked, rows: 0, nulls: 0, repetitionBytes: 0, definitionBytes: 0, isPacked: true }
  if (type === pageTypes.dictionary) {
    const struct = header.get(7)
    // Each text is preceded by a length of four bytes. The smallest value of any other type is one bit.
    const most = leaf.type === 'BYTE_ARRAY' ? unpacked / 4 : unpacked * 8
    const values = within(fieldOf(struct, 1), Math.min(most, mostValues), 'a dictionary claims', 'values')
    return { ...common, kind: 'dictionary', values, encoding: 0 }
  }
  if (type !== pageTypes.data && type !== pageTypes.dataV2)
    throw new Error(`a page has the unknown type ${Number(type)}`)
  const struct = header.get(type === pageTypes.data ? 5 : 8)
  const values = within(fieldOf(struct, 1), mostValues, 'a page claims', 'values')
  if (type === pageTypes.data) {
    return { ...common, kind: 'data', values, rows: values, encoding: Number(fieldOf(struct, 2)) }
  }
  const most = Math.min(packed, unpacked)
  const definitionBytes = within(fieldOf(struct, 5), most, 'a page claims', 'bytes of levels')
  const repetitionBytes = within(fieldOf(struct, 6), most - definitionBytes, 'a page claims', 'bytes of levels')
  const nulls = within(fieldOf(struct, 2), values, 'a page claims', 'empty values')
  const rows = within(fieldOf(struct, 3), values, 'a page claims', 'rows')
  if (leaf.isFlat && rows !== values) throw new Error(`a page of ${values} values claims ${rows} rows`)
  const isPacked = fieldOf(struct, 7) !== false
  const encoding = Number(fieldOf(struct, 4))
  return {
    ...common,
    kind: 'dataV2',
    values,
    rows: values,
    encoding,
    nulls,
    repetitionBytes,
    definitionBytes,
    isPacked,
  }
}

function fieldOf(struct: unknown, id: number): unknown {
  return struct instanceof Map ? (struct as ThriftStruct).get(id) : undefined
}

function within(value: unknown, most: number, what: string, unit: string): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most) return value
  throw new Error(`${what} ${String(value)} ${unit}; expected at most ${Math.floor(most)}`)
}

function checkContents(bytes: Uint8Array, page: Page, leaf: Leaf, unpack: Unpack): void {
  const { repetitionBytes, definitionBytes, values } = page
  const levelBytes = repetitionBytes + definitionBytes
  if (page.kind === 'dataV2') {
    if (leaf.maxRepetition > 0) checkRuns(bytes, 0, values, bitsFor(leaf.maxRepetition))
    if (leaf.maxDefinition > 0) checkRuns(bytes, repetitionBytes, values, bitsFor(leaf.maxDefinition))
    const rest = bytes.subarray(levelBytes)
    const contents = page.isPacked ? unpack(rest, page.unpacked - levelBytes) : rest
    return checkValues(contents, 0, values - page.nulls, page.encoding, leaf)
  }
  const contents = unpack(bytes, page.unpacked)
  if (page.kind === 'dictionary') return
  let at = 0
  const levels = (max: number): number => {
    if (max === 0) return values
    if (at + 4 > contents.length) throw new Error('a page ends before its levels')
    const length = new DataView(contents.buffer, contents.byteOffset + at).getUint32(0, true)
    if (length > contents.length - at - 4)
      throw new Error(`a page of ${contents.length} bytes claims ${length} bytes of levels`)
    const { equal } = checkRuns(contents, at + 4, values, bitsFor(max), max)
    at += 4 + length
    return equal
  }
  levels(leaf.maxRepetition)
  const present = levels(leaf.maxDefinition)
  checkValues(contents, at, present, page.encoding, leaf)
}

function checkValues(page: Uint8Array, at: number, count: number, encoding: number, { type }: Leaf): void {
  if (count === 0) return
  if (encoding === encodings.plainDictionary || encoding === encodings.dictionary) {
    const width = page[at] ?? 0
    if (width > 32) throw new Error(`dictionary indices have ${width} bits; expected at most 32`)
    if (width > 0) checkRuns(page, at + 1, count, width)
  } else if (encoding === encodings.rle) {
    if (type !== 'BOOLEAN') throw new Error('a page has run lengths, but its column does not contain booleans')
    checkRuns(page, at + 4, count, 1) // after a length of four bytes
  } else if (encoding >= encodings.delta && encoding <= encodings.deltaBytes) {
    checkDelta(page, at)
    if (encoding === encodings.deltaBytes) checkRepeatedTexts(page, at, count, Math.max(smallTexts, 64 * page.length))
  }
}

function bitsFor(max: number): number {
  return 32 - Math.clz32(max)
}
