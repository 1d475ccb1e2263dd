/** The tar archive of a shard: written sample by sample, and read again to check that it is complete. */
import type { ByteSource } from '../../bytes/byte-source'
import { DreamLIPError } from '../../errors'

/** A sample in a shard: the bytes of the image, its captions as JSON, and on request one of them as text. */
export interface ArchivedSample {
  /** Its position in the data set. */
  readonly number: number
  /** The ending of the image file. */
  readonly ending: string
  readonly image: Uint8Array
  readonly captions: string
  /** The contents of its `.txt`. */
  readonly text?: string
}

const block = 512
const encoder = new TextEncoder()

/** The bytes of the archive. Headers contain neither owner nor date, so the same samples give the same bytes. */
export async function* archiveChunks(samples: AsyncIterable<ArchivedSample>): AsyncGenerator<Uint8Array> {
  for await (const { number, ending, image, captions, text } of samples) {
    const key = String(number).padStart(9, '0')
    yield* entryChunks(`${key}.${ending}`, image)
    yield* entryChunks(`${key}.json`, encoder.encode(captions))
    if (text !== undefined) yield* entryChunks(`${key}.txt`, encoder.encode(text))
  }
  yield new Uint8Array(2 * block)
}

function* entryChunks(name: string, bytes: Uint8Array): Generator<Uint8Array> {
  yield headerOf(name, bytes.length)
  yield bytes
  const rest = bytes.length % block
  if (rest > 0) yield new Uint8Array(block - rest)
}

/** The ustar header of a regular file (POSIX 1003.1, pax). */
function headerOf(name: string, size: number): Uint8Array {
  const header = new Uint8Array(block)
  const put = (at: number, text: string) => header.set(encoder.encode(text), at)
  const octal = (at: number, value: number, digits: number) => put(at, `${value.toString(8).padStart(digits, '0')} `)
  put(0, name)
  octal(100, 0o644, 6) // mode
  octal(108, 0, 6) // user
  octal(116, 0, 6) // group
  octal(124, size, 11)
  octal(136, 0, 11) // date
  put(156, '0') // a regular file
  put(257, 'ustar\x0000')
  octal(329, 0, 6) // device
  octal(337, 0, 6)
  // The checksum counts its own eight bytes as spaces.
  octal(
    148,
    header.reduce((sum, byte) => sum + byte, 8 * 0x20),
    6,
  )
  return header
}

/** A sample of an archive, without the bytes of the image. */
export type FoundSample = Omit<ArchivedSample, 'image'>

/**
 * The samples of an archive that `archiveChunks` wrote. Images are skipped.
 * @param withTexts whether each sample has a `.txt`
 * @throws DreamLIPError `DATA_INVALID` if it differs from what `archiveChunks` writes
 */
export async function* readArchive(source: ByteSource, withTexts = false): AsyncGenerator<FoundSample> {
  let at = 0
  const entry = async () => {
    const header = await source.read(at, block)
    const found = parseHeader(header)
    if (!found) throw departs(source, at)
    const start = at + block
    at = start + Math.ceil(found.size / block) * block
    if (at > source.byteLength) throw departs(source, start)
    return { ...found, start }
  }
  while (at !== source.byteLength - 2 * block) {
    if (at > source.byteLength - 2 * block) throw departs(source, at)
    const image = await entry()
    const contents = async (ending: string) => {
      const { key, start, size, ending: found } = await entry()
      if (key !== image.key || found !== ending) throw departs(source, start)
      return new TextDecoder().decode(await source.read(start, size))
    }
    const captions = await contents('json')
    const text = withTexts ? await contents('txt') : undefined
    yield { number: Number(image.key), ending: image.ending, captions, text }
  }
  const end = await source.read(at, 2 * block)
  if (end.some((byte) => byte !== 0)) throw departs(source, at)
}

/** Key, ending and size, if the header is exactly as `archiveChunks` writes it. */
function parseHeader(header: Uint8Array): { key: string; ending: string; size: number } | undefined {
  const text = new TextDecoder('latin1').decode(header)
  const [, key, ending] = /^(\d{9,15})\.(\w{1,8})\0/.exec(text) ?? []
  const size = /^[0-7]{11} $/.test(text.slice(124, 136)) ? parseInt(text.slice(124, 135), 8) : NaN
  if (key === undefined || ending === undefined || Number.isNaN(size)) return undefined
  const same = headerOf(`${key}.${ending}`, size).every((byte, i) => byte === header[i])
  return same ? { key, ending, size } : undefined
}

/** Whether a file starts like an archive of this package. */
export async function isOurs(source: ByteSource): Promise<boolean> {
  return source.byteLength >= block && parseHeader(await source.read(0, block)) !== undefined
}

function departs({ name }: ByteSource, at: number): DreamLIPError {
  return new DreamLIPError('DATA_INVALID', `${name}: expected an unchanged shard; it differs from byte ${at} on.`)
}
