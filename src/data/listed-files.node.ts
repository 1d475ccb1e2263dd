/** Layouts of one file a record: a TXT index of JSON files, and folders of images with captions beside them. */
import { readFile } from 'node:fs/promises'
import { dirname, extname, isAbsolute, join } from 'node:path'
import { glob } from 'tinyglobby'
import { DreamLIPError } from '../errors'
import type { ColumnNames } from './columns'
import { jsonRecords } from './json-records'
import type { CaptionRecord } from './record'
import { numberedIndex, type Reading, type Shard, type SkipReason } from './shard'
import { withCaptions } from './sidecar'
import type { ResolveImage } from './to-record'

const imageFiles = '**/*.{jpg,jpeg,png,webp,gif,avif,tif,tiff,bmp}'

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

/** All images of a folder and below, sorted; each with a `.json` or `.txt` file of its name beside it. */
export async function openImageFolder(folder: string, names: ColumnNames | undefined): Promise<Shard> {
  const paths = (await glob(imageFiles, { cwd: folder, caseSensitiveMatch: false })).sort()
  if (paths.length === 0) throw new DreamLIPError('DATA_INVALID', `${folder}: the folder holds no images.`)
  return fileShard(folder, paths, 'pair', async (path) => {
    const stem = join(folder, path.slice(0, -extname(path).length))
    const [json, txt] = await Promise.all(
      [`${stem}.json`, `${stem}.txt`].map((file) => readText(file).catch(() => undefined)),
    )
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
  return { name, version: `${paths.length} files`, index: numberedIndex(paths.length), read }
}

async function readText(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw new DreamLIPError('SOURCE_UNREADABLE', `${path}: could not be read: ${error.message}. Check the path.`, {
      cause: error,
    })
  })
  return text.replace(/^\ufeff/, '')
}
