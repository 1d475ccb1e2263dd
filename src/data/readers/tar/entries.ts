/** The files of a tar archive in order, each in bounded memory. */
import { isPlatformJunk } from '../locations/platform-junk'
import type { ByteReader } from './byte-reader'
import {
  applyExtensions,
  blockBytes,
  readHeader,
  readPax,
  TarDamaged,
  textOf,
  type PaxRecords,
  type TarHeader,
} from './header'

/** A file of the archive. */
export interface Entry {
  readonly name: string
  /** Its contents, if they were requested; or a message that says why they cannot be read. */
  readonly data: Uint8Array | string | undefined
  /** The start of the next entry. */
  readonly end: number
}

export interface EntryOptions {
  /** The offset of the bytes in the archive. */
  readonly from: number
  /** Size of the whole archive in bytes, if known. */
  readonly archiveBytes: number
  /** Whether a file's contents are needed. Other files are skipped without using memory. */
  readonly wants: (name: string) => boolean
}

/** The largest file that is read into memory. No photograph is larger. */
const largestFile = 512 * 1024 * 1024

/** The largest header with a long name or PAX records. */
const largestExtension = 1024 * 1024

/** Archives are padded with zeros, mostly to 10 KiB. A longer run of zeros is a gap that a broken copy left. */
const mostZeros = 16 * 1024 * 1024

/**
 * Skips links, devices, folders, and the files that macOS and Windows create, because no sample needs them.
 * @throws TarDamaged if the next entry cannot be found, also if the bytes end before the archive does
 */
export async function* readEntries(reader: ByteReader, options: EntryOptions): AsyncGenerator<Entry> {
  const { from, archiveBytes, wants } = options
  let pax: PaxRecords = {}
  let longName: string | undefined
  let zeros = 0
  for (;;) {
    const block = await reader.take(blockBytes)
    if (block.length === 0 && zeros > 0) return
    if (block.length === 0) throw new TarDamaged('unexpected end of data: the end marker of the archive is missing', '')
    if (block.length < blockBytes) throw cutShort('a header is cut off')
    const plain = readHeader(block)
    if (!plain) {
      zeros += blockBytes
      if (zeros > mostZeros) throw new TarDamaged(`the archive has a gap of more than ${mostZeros} zero bytes`)
      continue
    }
    zeros = 0
    if (plain.type === 'pax' || plain.type === 'longName' || plain.type === 'ignored') {
      const bytes = await takeExtension(reader, plain)
      if (plain.type === 'pax') pax = readPax(bytes)
      if (plain.type === 'longName') longName = textOf(bytes)
      continue
    }
    const header = applyExtensions(plain, longName, pax)
    pax = {}
    longName = undefined
    const room = archiveBytes - from - reader.position
    if (header.size > room) {
      const limit = `the limit is ${largestFile}`
      throw cutShort(
        `${shown(header.name)} claims ${header.size} bytes, but only ${room} are left; ${limit}`,
        header.name,
      )
    }
    const data = await takeContents(reader, header, wants, archiveBytes)
    const isFile = header.type === 'file' || header.type === 'sparse'
    const name = plainName(header.name)
    if (isFile && !isPlatformJunk(name)) yield { name, data, end: from + reader.position }
  }
}

/** The name without the `./` that `tar .` puts before each name. */
export function plainName(name: string): string {
  return name.replace(/^(\.?\/+)+/, '')
}

/** A name that is short enough for a message. */
export function shown(name: string): string {
  return JSON.stringify(name.length > 100 ? `${name.slice(0, 100)}…` : name)
}

async function takeExtension(reader: ByteReader, { name, size }: TarHeader): Promise<Uint8Array> {
  if (size > largestExtension) {
    throw new TarDamaged(`the header ${shown(name)} claims ${size} bytes; the limit is ${largestExtension}`)
  }
  const bytes = await reader.take(size)
  if (bytes.length < size || !(await skipFilling(reader, size))) throw cutShort('a long name or PAX header is cut off')
  return bytes
}

async function takeContents(
  reader: ByteReader,
  { name, type, size }: TarHeader,
  wants: EntryOptions['wants'],
  archiveBytes: number,
): Promise<Entry['data']> {
  const isTooLarge = size > largestFile
  // If the size of the archive is unknown, useless bytes could continue forever.
  if (isTooLarge && !Number.isFinite(archiveBytes)) {
    throw new TarDamaged(`${shown(name)} has ${size} bytes; the limit is ${largestFile}`)
  }
  const isWanted = type === 'file' && !isTooLarge && !isPlatformJunk(name) && wants(name)
  const data = isWanted ? await reader.take(size) : undefined
  const taken = data ? data.length : await reader.skip(size)
  if (taken < size || !(await skipFilling(reader, size))) throw cutShort(`${shown(name)} is cut off`, name)
  if (type === 'sparse') return `${shown(name)} is a sparse file, which is not supported`
  return isTooLarge ? `${shown(name)} has ${size} bytes; the limit is ${largestFile}` : data
}

/** Contents are padded to a whole block. */
async function skipFilling(reader: ByteReader, size: number): Promise<boolean> {
  const filling = (blockBytes - (size % blockBytes)) % blockBytes
  return (await reader.skip(filling)) === filling
}

function cutShort(what: string, entry?: string): TarDamaged {
  return new TarDamaged(`unexpected end of data: ${what}`, entry && plainName(entry))
}
