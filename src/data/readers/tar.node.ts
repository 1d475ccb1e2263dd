/** Reads WebDataset shards: tar archives in which files of one name and several endings make a sample. */
import { extract } from 'tar-stream'
import { describeBytes } from '../../bytes/stream-bytes.node.ts'
import { isPlatformJunk } from './platform-junk'
import { streamUnpacked } from './text/gunzip.node.ts'
import type { ColumnNames } from './columns'
import type { CaptionRecord } from '../record'
import type { Problem, Reading, Shard } from '../shard'
import { withCaptions } from './sidecar'

/** Endings of images, likeliest first. */
const imageEndings = ['jpg', 'jpeg', 'png', 'webp', 'gif', 'avif', 'tif', 'tiff', 'bmp']

/** No photograph is larger; more is not taken into memory. */
const largestFile = 512 * 1024 * 1024

const blockBytes = 512

/** A file of the archive. */
interface Entry {
  readonly name: string
  readonly data: Uint8Array
  /** Where the next entry begins. */
  readonly end: number
}

/** A shard by path or URL; places are byte offsets between samples. */
export async function openTar(
  location: string,
  names: ColumnNames | undefined,
  onGuess?: (guesses: readonly string[]) => void,
): Promise<Shard> {
  const { version } = await describeBytes(location)
  async function* read(from = 0, signal?: AbortSignal): AsyncGenerator<Reading> {
    let sample: { readonly key: string; readonly files: Map<string, Uint8Array>; end: number } | undefined
    let place = from
    const close = (): Reading[] =>
      sample ? [toReading(location, sample.key, sample.files, sample.end, names, onGuess)] : []
    try {
      for await (const entry of entriesOf(location, from, signal)) {
        const { key, ending } = splitName(entry.name)
        if (sample && key !== sample.key) {
          yield* close()
          sample = undefined
        }
        sample ??= { key, files: new Map(), end: entry.end }
        sample.files.set(ending, entry.data)
        place = sample.end = entry.end
      }
      yield* close()
    } catch (error) {
      signal?.throwIfAborted()
      if (!(error instanceof TarDamaged)) throw error
      // The sample at which the archive breaks off may lack files: it is lost with what follows.
      const problem: Problem = { reason: 'tar', sample: `${location} at byte ${place}`, message: error.message }
      yield { problem, end: Infinity }
    }
  }
  return { name: location, version, read }
}

class TarDamaged extends Error {}

/** Files of the archive in order; links and devices are passed over, as nothing that a sample needs. */
async function* entriesOf(location: string, from: number, signal?: AbortSignal): AsyncGenerator<Entry> {
  if (from === Infinity) return
  const archive = extract()
  const feeding = feed(archive, location, from, signal)
  try {
    for await (const stream of archive) {
      const { name, type, size = 0, byteOffset } = stream.header as typeof stream.header & { byteOffset: number }
      if (size > largestFile) throw new TarDamaged(`${name} has ${size} bytes; at most ${largestFile} are read`)
      const chunks: Uint8Array[] = []
      for await (const chunk of stream) chunks.push(chunk as Uint8Array)
      const end = from + byteOffset + Math.ceil(size / blockBytes) * blockBytes
      const isFile = type === 'file' || type === 'contiguous-file'
      if (isFile && !isPlatformJunk(name)) yield { name, data: Buffer.concat(chunks), end }
    }
  } catch (error) {
    await feeding.failed
    throw error instanceof TarDamaged ? error : new TarDamaged((error as Error).message)
  } finally {
    archive.destroy()
  }
  await feeding.failed
}

/** Writes the bytes into the parser as fast as it takes them. `failed` rejects with what kept them from being read. */
function feed(archive: ReturnType<typeof extract>, location: string, from: number, signal?: AbortSignal) {
  let reading = true
  const work = async () => {
    for await (const chunk of streamUnpacked(location, from, signal)) {
      if (archive.destroying) break
      reading = false
      if (!archive.write(chunk)) await drained(archive)
      reading = true
    }
    archive.end(undefined)
  }
  const failed = work().catch((error: Error) => {
    archive.destroy(error)
    if (reading) throw error
  })
  failed.catch(() => undefined)
  return { failed }
}

/** Waits until a parser takes more, or is closed. */
function drained(archive: ReturnType<typeof extract>): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      archive.off('drain', go).off('close', go)
      resolve()
    }
    archive.on('drain', go).on('close', go)
  })
}

/** WebDataset's rule: the key goes to the first dot of the file's name, what follows is the ending. */
function splitName(name: string): { key: string; ending: string } {
  const base = name.lastIndexOf('/') + 1
  const dot = name.indexOf('.', base)
  return dot === -1 ? { key: name, ending: '' } : { key: name.slice(0, dot), ending: name.slice(dot + 1).toLowerCase() }
}

function toReading(
  location: string,
  key: string,
  files: ReadonlyMap<string, Uint8Array>,
  end: number,
  names?: ColumnNames,
  onGuess?: (guesses: readonly string[]) => void,
): Reading {
  const image = imageEndings.map((ending) => files.get(ending)).find((data) => data !== undefined)
  const record: CaptionRecord | string =
    image === undefined
      ? `it has no image; its files end in ${[...files.keys()].join(', ')}`
      : withCaptions(
          { key, image: new Uint8Array(image) },
          { json: files.get('json'), txt: files.get('txt') ?? files.get('caption') },
          names,
          onGuess,
        )
  if (typeof record !== 'string') return { record, end }
  return { problem: { reason: 'pair', sample: `${location} ${key}`, message: record }, end }
}
