/** Opens data sets of every layout from files and URLs. */
import { stat } from 'node:fs/promises'
import { isURL } from '../../bytes/http/address'
import { pathOf } from '../../bytes/read/regular-file.node.ts'
import { wrongArgument } from '../../check-arguments'
import { DreamLIPError } from '../../errors'
import { withIndex } from './index-file.node.ts'
import { expandFolder } from './locations/expand-folder.node.ts'
import { expandLocation } from './locations/expand-location.node.ts'
import type { IndexedShard, OpenedRecords, OpenRecordsOptions } from './open-records'
import { openShard, type OnGuess } from './open-shard.node.ts'
import { splitNames } from './records/splits'
import { refuseBroken } from './refuse-unreadable'

/** @throws DreamLIPError `SOURCE_UNREADABLE`, `DATA_INVALID`, `DATA_EMPTY`, `INVALID_ARGUMENT` */
export async function openRecords(location: string | URL, options: OpenRecordsOptions = {}): Promise<OpenedRecords> {
  const text = location instanceof URL ? pathOf(location) : String(location)
  const { images, weights, split, signal } = options
  if (images !== undefined && typeof images !== 'string' && typeof images !== 'function') {
    throw wrongArgument('images', 'a folder, an address, or a function that maps an image path to a location', images)
  }
  const guesses = new Set<string>()
  const onGuess: OnGuess = (found) => found.forEach((guess) => guesses.add(guess))
  const parts = await findParts(text, options, onGuess)
  checkWeights(weights, parts.length)
  const layouts = new Set<string>()
  const shards: IndexedShard[] = []
  for (const [i, files] of parts.entries()) {
    for (const file of files) {
      const { shard, layout } = await openIndexed(file, options, onGuess)
      layouts.add(layout)
      shards.push({ ...shard, ...(weights && { weight: weights[i]! }) })
    }
  }
  if (split !== undefined && shards.every(({ index }) => index.count === 0)) {
    throw new DreamLIPError('DATA_EMPTY', `${text}: the split ${splitNames(split).join(', ')} contains no samples.`)
  }
  await refuseBroken(text, shards, signal)
  return {
    shards,
    layouts: [...layouts],
    get guesses() {
      return [...guesses]
    },
  }
}

/** The files of each part of a `::` list. */
async function findParts(text: string, options: OpenRecordsOptions, onGuess: OnGuess): Promise<ChosenFile[][]> {
  const parts = await expandLocation(text)
  return Promise.all(
    parts.map(async (files) => {
      const lists = await Promise.all(files.map((file) => filesOf(file, options, onGuess)))
      return lists.flat()
    }),
  )
}

async function openIndexed({ file, ...kind }: ChosenFile, options: OpenRecordsOptions, onGuess: OnGuess) {
  const { signal, onIndex } = options
  signal?.throwIfAborted()
  const { shard, layout, guard } = await openShard(file, { ...options, ...kind }, onGuess)
  const indexed = await withIndex(shard, signal, (count) => onIndex?.(file, count))
  return { shard: { ...indexed, read: guard }, layout }
}

interface ChosenFile extends Pick<OpenRecordsOptions, 'layout' | 'split'> {
  readonly file: string
}

/** The shards in a folder, or the file itself. */
async function filesOf(
  file: string,
  { layout, split }: OpenRecordsOptions,
  onGuess: OnGuess,
): Promise<readonly ChosenFile[]> {
  if (!(await isFolder(file))) return [{ file, layout, split }]
  if (layout === 'folder') return [{ file, layout, split }]
  const { files, isImageFolder, isSplit, guesses } = await expandFolder(file, split)
  onGuess(guesses)
  if (layout === 'imagefolder' && !isImageFolder) {
    throw new DreamLIPError(
      'DATA_INVALID',
      `${file}: expected a metadata.jsonl or metadata.csv with the column file_name.`,
    )
  }
  const ofFile = layout === 'imagefolder' ? undefined : layout
  return files.map((path) => ({
    file: path,
    layout: path === file ? (layout ?? 'folder') : ofFile,
    split: isSplit ? undefined : split,
  }))
}

async function isFolder(file: string): Promise<boolean> {
  if (isURL(file)) return false
  return stat(file).then(
    (stats) => stats.isDirectory(),
    () => false,
  )
}

function checkWeights(weights: readonly number[] | undefined, parts: number): void {
  if (!weights) return
  if (weights.length === parts && weights.every((weight) => Number.isFinite(weight) && weight > 0)) return
  throw new DreamLIPError(
    'INVALID_ARGUMENT',
    `weights: expected ${parts} numbers above 0, one per part of the list; got ${weights.join(', ')}.`,
  )
}
