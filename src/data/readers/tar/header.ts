/** Reads the headers of tar archives: ustar, GNU's and PAX's, and refuses what none of them allows. */

export const blockBytes = 512

/** An archive that breaks the format's rules: where the next header lies is not known. */
export class TarDamaged extends Error {
  /** @param entry the name of the file that is broken, where that is known; empty between two files */
  constructor(
    message: string,
    readonly entry?: string,
  ) {
    super(message)
  }
}

export interface TarHeader {
  readonly name: string
  readonly type: 'file' | 'link' | 'other' | 'sparse' | 'longName' | 'pax' | 'ignored'
  /** Bytes that follow, before they are filled up to a whole block. */
  readonly size: number
}

/** By the type flag. What is missing here is passed over with its contents. */
const types: Readonly<Record<string, TarHeader['type']>> = {
  '\0': 'file',
  0: 'file',
  7: 'file',
  1: 'link',
  2: 'link',
  S: 'sparse',
  L: 'longName',
  x: 'pax',
  X: 'pax',
  // The long name of a link's target, and records for all entries that follow: names and sizes are not among them.
  K: 'ignored',
  g: 'ignored',
}

/** Links, devices, folders and pipes, which have no contents whatever their size says. */
const withoutContents = '123456'

/** The header in a block, or undefined for a block of zeros. @throws TarDamaged */
export function readHeader(block: Uint8Array): TarHeader | undefined {
  if (block.every((byte) => byte === 0)) return undefined
  checkSum(block)
  const flag = String.fromCharCode(block[156]!)
  const name = textOf(block, 0, 100)
  const isPosix = textOf(block, 257, 6) === 'ustar'
  const prefix = isPosix ? textOf(block, 345, 155) : ''
  const size = withoutContents.includes(flag) ? 0 : numberOf(block, 124, 12)
  const type = types[flag] ?? 'other'
  // Old programs mark folders by a slash only.
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    type: type === 'file' && name.endsWith('/') ? 'other' : type,
    size,
  }
}

/** What a PAX header says about the entry that follows. */
export interface PaxRecords {
  readonly path?: string
  readonly size?: string
  readonly isSparse?: boolean
}

/** Records of a PAX header: `length key=value`, each ended by a line break. @throws TarDamaged */
export function readPax(bytes: Uint8Array): PaxRecords {
  let records: PaxRecords = {}
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(0x20, at)
    const length = space === -1 ? NaN : Number(latin1(bytes.subarray(at, Math.min(space, at + 20))))
    const isWhole = Number.isInteger(length) && at + length <= bytes.length && length > space - at + 1
    if (!isWhole || bytes[at + length - 1] !== 0x0a) throw new TarDamaged('a PAX header has a record of a wrong length')
    const record = utf8(bytes.subarray(space + 1, at + length - 1))
    const equals = record.indexOf('=')
    if (equals === -1) throw new TarDamaged('a PAX header has a record without a value')
    const key = record.slice(0, equals)
    if (key === 'path' || key === 'size') records = { ...records, [key]: record.slice(equals + 1) }
    if (key.startsWith('GNU.sparse.')) records = { ...records, isSparse: true }
    at += length
  }
  return records
}

/** A header's own name and size, where PAX or GNU headers before it say otherwise. @throws TarDamaged */
export function applyExtensions(header: TarHeader, longName: string | undefined, pax: PaxRecords): TarHeader {
  const size = pax.size === undefined || header.type === 'link' ? header.size : Number(pax.size)
  if (!Number.isSafeInteger(size) || size < 0) throw new TarDamaged(`a PAX header gives ${pax.size} for a size`)
  const isSparse = pax.isSparse === true && header.type === 'file'
  return { name: pax.path ?? longName ?? header.name, size, type: isSparse ? 'sparse' : header.type }
}

/** The sum of all bytes, the sum itself taken as spaces. Some old programs added signed bytes. */
function checkSum(block: Uint8Array): void {
  let [unsigned, signed] = [0, 0]
  block.forEach((byte, i) => {
    const value = i >= 148 && i < 156 ? 0x20 : byte
    unsigned += value
    signed += (value << 24) >> 24
  })
  const expected = numberOf(block, 148, 8)
  if (expected === unsigned || expected === signed) return
  throw new TarDamaged(`invalid tar header: its check sum is ${unsigned}, and it says ${expected}`)
}

/** Octal digits, or where they would not do, a binary number that is marked by its first bit. */
function numberOf(block: Uint8Array, at: number, length: number): number {
  const field = block.subarray(at, at + length)
  if (field[0]! & 0x80) {
    const value = field.reduce((sum, byte, i) => sum * 256 + (i === 0 ? byte & 0x7f : byte), 0)
    if (Number.isSafeInteger(value)) return value
    throw new TarDamaged('invalid tar header: a size that no file has')
  }
  const digits = latin1(field)
    .replace(/[ \0]+$/, '')
    .trimStart()
  if (/^[0-7]*$/.test(digits)) return digits === '' ? 0 : parseInt(digits, 8)
  throw new TarDamaged(`invalid tar header: ${JSON.stringify(digits)} is no octal number`)
}

/** Up to the first zero byte. */
export function textOf(bytes: Uint8Array, at = 0, length = bytes.length): string {
  const field = bytes.subarray(at, at + length)
  const end = field.indexOf(0)
  return utf8(end === -1 ? field : field.subarray(0, end))
}

function utf8(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}

function latin1(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')
}
