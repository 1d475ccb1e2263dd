/** Reads the headers of tar archives (ustar, GNU and PAX), and refuses headers that none of these formats allows. */

export const blockBytes = 512

/** An archive that breaks the format's rules, so that the next header cannot be found. */
export class TarDamaged extends Error {
  /** @param entry the name of the broken file, if known; empty between two files */
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
  /** Number of bytes that follow, without the padding to a whole block. */
  readonly size: number
}

/** Kinds of entries by type flag. Entries of other kinds are skipped with their contents. */
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
  // The long name of a link's target, and records for all later entries, which never contain names or sizes.
  K: 'ignored',
  g: 'ignored',
}

/** Links, devices, folders and pipes. They have no contents, whatever their size says. */
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
  // Old programs mark folders only by a slash.
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    type: type === 'file' && name.endsWith('/') ? 'other' : type,
    size,
  }
}

/** The fields of a PAX header that describe the next entry. */
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
    if (!isWhole || bytes[at + length - 1] !== 0x0a)
      throw new TarDamaged('a PAX header has a record of the wrong length')
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

/** The name and size of an entry, which PAX or GNU headers before it may override. @throws TarDamaged */
export function applyExtensions(header: TarHeader, longName: string | undefined, pax: PaxRecords): TarHeader {
  const size = pax.size === undefined || header.type === 'link' ? header.size : Number(pax.size)
  if (!Number.isSafeInteger(size) || size < 0) throw new TarDamaged(`a PAX header gives ${pax.size} as a size`)
  const isSparse = pax.isSparse === true && header.type === 'file'
  return { name: pax.path ?? longName ?? header.name, size, type: isSparse ? 'sparse' : header.type }
}

/** The sum of all bytes, with the checksum itself counted as spaces. Some old programs added signed bytes. */
function checkSum(block: Uint8Array): void {
  let [unsigned, signed] = [0, 0]
  block.forEach((byte, i) => {
    const value = i >= 148 && i < 156 ? 0x20 : byte
    unsigned += value
    signed += (value << 24) >> 24
  })
  const expected = numberOf(block, 148, 8)
  if (expected === unsigned || expected === signed) return
  throw new TarDamaged(`invalid tar header: its checksum is ${unsigned}, but it says ${expected}`)
}

/** Octal digits, or a binary number if they would not suffice. The first bit marks a binary number. */
function numberOf(block: Uint8Array, at: number, length: number): number {
  const field = block.subarray(at, at + length)
  if (field[0]! & 0x80) {
    const value = field.reduce((sum, byte, i) => sum * 256 + (i === 0 ? byte & 0x7f : byte), 0)
    if (Number.isSafeInteger(value)) return value
    throw new TarDamaged('invalid tar header: impossible file size')
  }
  const digits = latin1(field)
    .replace(/[ \0]+$/, '')
    .trimStart()
  if (/^[0-7]*$/.test(digits)) return digits === '' ? 0 : parseInt(digits, 8)
  throw new TarDamaged(`invalid tar header: ${JSON.stringify(digits)} is not an octal number`)
}

/** The text up to the first zero byte. */
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
