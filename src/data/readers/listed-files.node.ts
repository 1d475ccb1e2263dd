/** Layouts with one file per record: a TXT index of JSON files, and folders of images with captions next to them. */
import type { RequestHeaders } from '../../bytes/http/headers'
import { dirname, join } from 'node:path'
import { crc32 } from '#crc32'
import { isURL } from '../../bytes/http/address'
import { DreamLIPError } from '../../errors'
import type { CaptionSearch } from './records/columns'
import { jsonRecords } from './records/json-records'
import { createLinkCheck, resolveLocation } from './locations/image-location.node.ts'
import { filesBelow } from './locations/files-below.node.ts'
import type { CaptionRecord } from '../record'
import { numberedIndex, type Reading, type Shard, type SkipReason } from '../shard'
import { withCaptions } from './records/sidecar'
import { duplicateKey, parseJSON } from './text/json-text'
import { readSmallFile, readWholeText } from './text/whole-text.node.ts'
import type { ResolveImage } from './records/to-record'

/** HEIC is listed too: if it cannot be decoded, it counts as a skipped sample instead of being ignored. */
const imageEnding = /\.(jpe?g|jfif|png|webp|gif|avif|tiff?|bmp|heic|heif)$/i
const sidecarEndings = ['json', 'txt'] as const

/**
 * A text file whose lines are paths or addresses of JSON files, one per record. Relative paths start at the folder of the index.
 * @param anywhere whether lines may name files outside of that folder
 */
export async function openTextIndex(
  location: string,
  search: CaptionSearch,
  resolve: ResolveImage,
  onGuess: (guesses: readonly string[]) => void,
  anywhere = false,
  headers?: RequestHeaders,
): Promise<Shard> {
  const text = await readWholeText(location, onGuess, headers)
  const paths = text
    .split(/\r\n?|\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
  const toRecord = jsonRecords(location, search, resolve, onGuess)
  const base = isURL(location) ? location : dirname(location)
  const leadsOut = anywhere || isURL(base) ? async () => false : createLinkCheck(base)
  return fileShard(location, paths, 'json', async (path) => {
    const file = resolveLocation(path, base, anywhere && !isURL(location))
    if (!isURL(file) && (await leadsOut(file))) return `${path}: a link leads out of ${base}`
    const json = await readWholeText(file, onGuess, isURL(location) ? sameHost(headers, location, file) : undefined)
    const value = parseJSON(json)
    const twice = duplicateKey(json)
    return twice === undefined ? toRecord(value)! : `it has the key ${twice.slice(0, 60)} twice`
  })
}

/** Credentials for one host must not be sent to another. */
function sameHost(headers: RequestHeaders | undefined, index: string, file: string): RequestHeaders | undefined {
  return isURL(file) && new URL(file).host === new URL(index).host ? headers : undefined
}

/**
 * All images of a folder and its subfolders, sorted, each with a `.json` or `.txt` file of the same name.
 * @throws DreamLIPError `DATA_EMPTY` if no image has one, or there is no image
 */
export async function openImageFolder(
  folder: string,
  search: CaptionSearch,
  onGuess: (guesses: readonly string[]) => void,
): Promise<Shard> {
  const files = new Set(await filesBelow(folder))
  const paths = [...files].filter((path) => imageEnding.test(path)).sort()
  const stemOf = (path: string) => path.replace(imageEnding, '')
  const hasAny = paths.some((path) => sidecarEndings.some((ending) => files.has(`${stemOf(path)}.${ending}`)))
  if (!hasAny && !(search.captionsOptional && paths.length > 0)) {
    throw withoutCaptions(folder, paths.length, [...files])
  }
  return fileShard(folder, paths, 'pair', async (path) => {
    const texts = sidecarEndings.map(async (ending) => {
      const file = `${stemOf(path)}.${ending}`
      return files.has(file) ? readSmallFile(join(folder, file), largestSidecar) : undefined
    })
    const [json, txt] = await Promise.all(texts)
    return withCaptions({ key: path, image: join(folder, path) }, { json, txt }, search, onGuess)
  })
}

/** Maximum bytes of the captions of one image. */
const largestSidecar = 16 * 1024 * 1024

function withoutCaptions(folder: string, images: number, files: readonly string[]): DreamLIPError {
  const tables = files.filter((path) => /\.(csv|tsv|jsonl?|ndjson|txt)(\.gz)?$/i.test(path)).sort()
  const open =
    tables.length === 0 ? '' : ` If all captions are in one file, open that file: ${tables.slice(0, 3).join(', ')}.`
  return new DreamLIPError(
    'DATA_EMPTY',
    `${folder}: expected images with a text file next to each (beach.jpg and beach.txt, one caption per line); ` +
      `found ${images} images, none of them with a .txt or .json file.${open}`,
  )
}

/** A shard with one file per record. Positions are the numbers of the files. */
function fileShard(
  name: string,
  paths: readonly string[],
  reason: SkipReason,
  load: (path: string) => Promise<CaptionRecord | string>,
): Shard {
  async function* read(from = 0, signal?: AbortSignal): AsyncGenerator<Reading> {
    for (let i = from; i < paths.length; i++) {
      signal?.throwIfAborted()
      const record = await load(paths[i]!).catch((error: Error) => error.message)
      const problem =
        typeof record === 'string' ? { reason, sample: short(paths[i]!), message: short(record) } : undefined
      yield problem ? { problem, end: i + 1 } : { record: record as CaptionRecord, end: i + 1 }
    }
  }
  const contents = paths.reduce((crc, path) => crc32(Buffer.from(`${path}\n`), crc), 0).toString(16)
  return { name, version: `${paths.length} files`, contents, index: numberedIndex(paths.length), read }
}

/** Messages quote the lines of an index, which may have any length. */
function short(text: string): string {
  return text.length > 1000 ? `${text.slice(0, 1000)}…` : text
}
