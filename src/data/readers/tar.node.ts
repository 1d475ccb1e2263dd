/** Reads WebDataset shards: tar archives in which files with the same name and different endings form a sample. */
import { fileKind } from '../../bytes/file-kind'
import { DreamLIPError } from '../../errors'
import { firstBytes, skipBytes } from '../../bytes/chunks'
import type { RequestHeaders } from '../../bytes/http/headers'
import { describeBytes, streamBytes } from '../../bytes/read/stream-bytes.node.ts'
import type { CaptionSearch } from './records/columns'
import type { CaptionRecord } from '../record'
import type { Reading, Shard } from '../shard'
import { withCaptions } from './records/sidecar'
import { readBytes } from './tar/byte-reader'
import { readEntries, shown, type Entry } from './tar/entries'
import { TarDamaged } from './tar/header'
import { gunzip } from './text/gunzip.node.ts'

/** Endings of images, the most likely first. */
const imageEndings = ['jpg', 'jpeg', 'png', 'webp', 'gif', 'avif', 'tif', 'tiff', 'bmp', 'heic', 'heif']

/** Endings of captions, and the maximum bytes of such a file: enough for captions of 100,000 characters. */
const textBytes: Readonly<Record<string, number>> = { json: 16 * 1024 ** 2, txt: 4 * 1024 ** 2, caption: 4 * 1024 ** 2 }

/** Maximum keys to remember, and their maximum length. */
const mostKeys = 200_000
const longestKey = 256

/** Maximum repeated keys to report. */
const mostTold = 5

/** Maximum bytes of all files of a sample. */
const largestSample = 512 * 1024 * 1024

/** A sample that is being read: consecutive files with the same key. */
interface Sample {
  readonly key: string
  readonly files: Map<string, Uint8Array | undefined>
  bytes: number
  /** The reason why it cannot be used. */
  problem?: string
  end: number
}

/**
 * A shard from a path or URL, with or without gzip. Positions are byte offsets between samples.
 * @param onGuess called when the encoding of captions is guessed
 */
export async function openTar(
  location: string,
  search: CaptionSearch,
  onGuess?: (guesses: readonly string[]) => void,
  headers?: RequestHeaders,
): Promise<Shard> {
  const described = await describeBytes(location, { headers })
  const packed = fileKind(await firstBytes(streamBytes(location, 0, undefined, { headers }), 2), ['gzip']) !== undefined
  const archiveBytes = (packed ? undefined : described.size) ?? Infinity
  const stream = (from: number, signal?: AbortSignal) => {
    const options = { headers, expected: described }
    if (!packed) return streamBytes(location, from, signal, options)
    return skipBytes(gunzip(location, streamBytes(location, 0, signal, options)), from)
  }
  async function* read(from = 0, signal?: AbortSignal): AsyncGenerator<Reading> {
    if (from === Infinity) return
    const reader = readBytes(stream(from, signal))
    const begun = from === 0 ? new KeysSeen() : undefined
    let sample: Sample | undefined
    let place = from
    try {
      for await (const entry of readEntries(reader, { from, archiveBytes, wants: isWanted })) {
        const { key, ending } = splitName(entry.name)
        if (sample && key !== sample.key) {
          yield toReading(location, sample, search, onGuess)
          place = sample.end
          sample = undefined
        }
        if (!sample && begun?.isThere(key))
          onGuess?.([
            `${location}: files named ${shown(key)} are not next to each other: each group is read as a separate sample`,
          ])
        sample ??= { key, files: new Map(), bytes: 0, end: entry.end }
        addFile(sample, ending, entry)
      }
      if (sample) yield toReading(location, sample, search, onGuess)
    } catch (error) {
      signal?.throwIfAborted()
      if (!isDamage(error)) throw error
      // The sample at the point of damage may lack files, so it is lost with the rest, unless the next one had begun.
      const entry = error instanceof TarDamaged ? error.entry : undefined
      if (sample && entry !== undefined && splitName(entry).key !== sample.key) {
        yield toReading(location, sample, search, onGuess)
        place = sample.end
      }
      const problem = { reason: 'tar' as const, sample: `${location} at byte ${place}`, message: error.message }
      yield { problem, end: Infinity }
    } finally {
      await reader.close()
    }
  }
  return { name: location, version: described.version, read }
}

/** The keys of samples so far, up to a limit. Usual shards have ten thousand. */
class KeysSeen {
  private readonly keys = new Set<string>()
  private told = 0

  /** Whether a key occurred before. Only the first few repeated keys are reported. */
  isThere(key: string): boolean {
    if (this.keys.has(key)) return this.told++ < mostTold
    if (this.keys.size < mostKeys && key.length <= longestKey) this.keys.add(key)
    return false
  }
}

/** Damage loses the rest of the archive. Errors that prevent reading altogether are thrown. */
function isDamage(error: unknown): error is Error {
  return error instanceof TarDamaged || (error instanceof DreamLIPError && error.code === 'DATA_INVALID')
}

/** WebDataset's rule: the key ends at the first dot of the file name, and the rest is the ending. */
function splitName(name: string): { key: string; ending: string } {
  const base = name.lastIndexOf('/') + 1
  const dot = name.indexOf('.', base)
  return dot === -1 ? { key: name, ending: '' } : { key: name.slice(0, dot), ending: name.slice(dot + 1).toLowerCase() }
}

function isWanted(name: string): boolean {
  const { ending } = splitName(name)
  return ending in textBytes || imageEndings.includes(ending)
}

/** Adds a file to its sample. If two files have the same name, neither is used, because it is unclear which one is meant. */
function addFile(sample: Sample, ending: string, { name, data, end }: Entry): void {
  sample.end = end
  sample.bytes += data?.length ?? 0
  if (sample.files.has(ending)) sample.problem ??= `${shown(name)} occurs twice among the files of one sample`
  else if (typeof data === 'string') sample.problem ??= data
  else if (data && data.length > (textBytes[ending] ?? Infinity)) {
    sample.problem ??= `${shown(name)} has ${data.length} bytes; the limit is ${textBytes[ending]}`
  } else if (sample.bytes > largestSample) sample.problem ??= `its files have more than ${largestSample} bytes`
  sample.files.set(ending, sample.problem === undefined ? (data as Uint8Array | undefined) : undefined)
}

function toReading(
  location: string,
  sample: Sample,
  search?: CaptionSearch,
  onGuess?: (guesses: readonly string[]) => void,
): Reading {
  const { key, end } = sample
  const record = sample.problem ?? toRecord(sample, search, onGuess)
  if (typeof record !== 'string') return { record, end }
  return { problem: { reason: 'pair', sample: `${location} ${shown(key)}`, message: record }, end }
}

function toRecord(
  { key, files }: Sample,
  search?: CaptionSearch,
  onGuess?: (guesses: readonly string[]) => void,
): CaptionRecord | string {
  const image = imageEndings.map((ending) => files.get(ending)).find((data) => data !== undefined)
  if (image === undefined) {
    const endings = shown([...files.keys()].join(', '))
    return `it has no image; its files end in ${endings}. The files of a sample must follow each other in the archive`
  }
  try {
    return withCaptions(
      { key, image },
      { json: files.get('json'), txt: files.get('txt') ?? files.get('caption') },
      search,
      onGuess,
    )
  } catch (error) {
    // A JSON file without known keys is one broken sample.
    if (error instanceof DreamLIPError) return error.message
    throw error
  }
}
