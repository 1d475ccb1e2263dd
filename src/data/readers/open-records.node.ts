/** Opens data sets of every layout from files and URLs. */
import { readdir, stat } from 'node:fs/promises'
import { dirname, isAbsolute, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DreamLIPError } from '../../errors'
import { isURL } from '../../bytes/stream-bytes.node.ts'
import { openCSV } from './csv.node.ts'
import { expandLocation } from './expand-location.node.ts'
import { withIndex } from './index-file.node.ts'
import { openJSONList } from './json-list.node.ts'
import { openImageFolder, openTextIndex } from './listed-files.node.ts'
import type { IndexedShard, OpenedRecords, OpenRecordsOptions } from './open-records'
import { openParquet } from './parquet.node.ts'
import type { Shard } from '../shard'
import { openTar } from './tar.node.ts'
import type { ResolveImage } from './to-record'

type Layout = NonNullable<OpenRecordsOptions['layout']>

const layoutOfEnding: Readonly<Record<string, Layout>> = {
  csv: 'csv',
  tsv: 'csv',
  txt: 'txt',
  json: 'json',
  parquet: 'parquet',
  tar: 'tar',
}

/** @throws DreamLIPError `SOURCE_UNREADABLE`, `DATA_INVALID`, `INVALID_ARGUMENT` */
export async function openRecords(location: string | URL, options: OpenRecordsOptions = {}): Promise<OpenedRecords> {
  const text = location instanceof URL && location.protocol === 'file:' ? fileURLToPath(location) : String(location)
  const parts = await Promise.all((await expandLocation(text)).map(unpackFolders))
  const { weights, signal, onIndex } = options
  checkWeights(weights, parts.length)
  const guesses = new Set<string>()
  const onGuess = (found: readonly string[]) => found.forEach((guess) => guesses.add(guess))
  const shards: IndexedShard[] = []
  for (const [i, files] of parts.entries()) {
    for (const file of files) {
      signal?.throwIfAborted()
      const shard = await openShard(file, options, onGuess)
      const indexed = await withIndex(shard, signal, (count) => onIndex?.(file, count))
      shards.push({ ...indexed, ...(weights && { weight: weights[i]! }) })
    }
  }
  return { shards, guesses: [...guesses] }
}

async function openShard(
  file: string,
  options: OpenRecordsOptions,
  onGuess: (found: readonly string[]) => void,
): Promise<Shard> {
  const layout = options.layout ?? (await guessLayout(file))
  const { columns: names } = options
  const resolve = resolver(file, options.images)
  if (layout === 'folder') return openImageFolder(file, names)
  if (layout === 'tar') return openTar(file, names)
  if (layout === 'txt') return openTextIndex(file, names, resolve, onGuess)
  if (layout === 'json') return openJSONList(file, names, resolve, onGuess)
  const { shard, columns } = await (layout === 'csv' ? openCSV : openParquet)(file, names, resolve)
  onGuess(columns.guesses)
  return shard
}

async function guessLayout(file: string): Promise<Layout> {
  if (
    !isURL(file) &&
    (await stat(file).then(
      (stats) => stats.isDirectory(),
      () => false,
    ))
  )
    return 'folder'
  const ending = /\.(\w+)(\?.*)?$/.exec(file)?.[1]?.toLowerCase() ?? ''
  const layout = layoutOfEnding[ending]
  if (layout) return layout
  throw new DreamLIPError(
    'DATA_INVALID',
    `${file}: expected a folder or a file that ends in .${Object.keys(layoutOfEnding).join(', .')}. Name the layout with the option layout.`,
  )
}

/** A folder of shards stands for the shards in it. */
async function unpackFolders(files: readonly string[]): Promise<string[]> {
  const lists = files.map(async (file) => {
    const names = isURL(file) ? [] : await readdir(file).catch(() => [])
    const shards = names.filter((name) => /\.(tar|parquet)$/i.test(name)).sort()
    return shards.length > 0 ? shards.map((name) => join(file, name)) : [file]
  })
  return (await Promise.all(lists)).flat()
}

function resolver(file: string, images: OpenRecordsOptions['images']): ResolveImage {
  if (typeof images === 'function') return images
  if (images === undefined && isURL(file)) return (path) => new URL(path, file).href
  const folder = images ?? dirname(file)
  return (path) => (/^(https?|data|file):/i.test(path) || isAbsolute(path) ? path : join(folder, path))
}

function checkWeights(weights: readonly number[] | undefined, parts: number): void {
  if (!weights) return
  if (weights.length === parts && weights.every((weight) => Number.isFinite(weight) && weight > 0)) return
  throw new DreamLIPError(
    'INVALID_ARGUMENT',
    `weights: expected ${parts} numbers above 0, one a part of the list; got ${weights.join(', ')}.`,
  )
}
