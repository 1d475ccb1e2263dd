/** Layouts of one file a record: a TXT index of JSON files, and folders of images with captions beside them. */
import { readFile } from 'node:fs/promises'
import { dirname, isAbsolute, join } from 'node:path'
import { crc32 } from '#crc32'
import { glob } from 'tinyglobby'
import { DreamLIPError } from '../../errors'
import type { ColumnNames } from './columns'
import { jsonRecords } from './json-records'
import type { CaptionRecord } from '../record'
import { numberedIndex, type Reading, type Shard, type SkipReason } from '../shard'
import { withCaptions } from './sidecar'
import type { ResolveImage } from './to-record'

const imageEnding = /\.(jpe?g|png|webp|gif|avif|tiff?|bmp)$/i
const sidecarEndings = ['json', 'txt'] as const

/** A text file whose lines are paths of JSON files, one a record; relative ones start at the index's folder. */
export async function openTextIndex(
  location: string,
  names: ColumnNames | undefined,
  resolve: ResolveImage,
  onGuess: (guesses: readonly string[]) => void,
): Promise<Shard> {
  const text = await readText(location)
  const paths = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
  const toRecord = jsonRecords(location, names, resolve, onGuess)
  return fileShard(location, paths, 'json', async (path) => {
    const file = isAbsolute(path) ? path : join(dirname(location), path)
    return toRecord(JSON.parse(await readText(file)))
  })
}

/**
 * All images of a folder and below, sorted; each with a `.json` or `.txt` file of its name beside it.
 * @throws DreamLIPError `DATA_EMPTY` where no image has one
 */
export async function openImageFolder(folder: string, names: ColumnNames | undefined): Promise<Shard> {
  const files = new Set(await glob('**/*', { cwd: folder }))
  const paths = [...files].filter((path) => imageEnding.test(path)).sort()
  const stemOf = (path: string) => path.replace(imageEnding, '')
  if (!paths.some((path) => sidecarEndings.some((ending) => files.has(`${stemOf(path)}.${ending}`)))) {
    throw new DreamLIPError(
      'DATA_EMPTY',
      `${folder}: expected images with a text file beside each (beach.jpg and beach.txt, one caption a line); ` +
        `found ${paths.length} images, none of them with a .txt or .json file.`,
    )
  }
  return fileShard(folder, paths, 'pair', async (path) => {
    const texts = sidecarEndings.map((ending) => {
      const file = `${stemOf(path)}.${ending}`
      return files.has(file) ? readText(join(folder, file)) : undefined
    })
    const [json, txt] = await Promise.all(texts)
    return withCaptions({ key: path, image: join(folder, path) }, { json, txt }, names)
  })
}

/** A shard of which every record has a file; places are the files' numbers. */
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
      const problem = typeof record === 'string' ? { reason, sample: paths[i]!, message: record } : undefined
      yield problem ? { problem, end: i + 1 } : { record: record as CaptionRecord, end: i + 1 }
    }
  }
  const contents = paths.reduce((crc, path) => crc32(Buffer.from(`${path}\n`), crc), 0).toString(16)
  return { name, version: `${paths.length} files`, contents, index: numberedIndex(paths.length), read }
}

async function readText(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw new DreamLIPError('SOURCE_UNREADABLE', `${path}: could not be read: ${error.message}. Check the path.`, {
      cause: error,
    })
  })
  return text.replace(/^\ufeff/, '')
}
