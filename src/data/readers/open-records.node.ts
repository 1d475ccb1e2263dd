/** Opens data sets of every layout from files and URLs. */
import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { wrongArgument } from '../../check-arguments'
import { DreamLIPError } from '../../errors'
import { isURL } from '../../bytes/http/address'
import { lacksColumn } from './records/columns'
import { openCOCO } from './coco.node.ts'
import { openCSV } from './csv.node.ts'
import { detectLayout, type Detected } from './detect-layout.node.ts'
import { openJSON } from './json.node.ts'
import { expandFolder } from './locations/expand-folder.node.ts'
import { expandLocation } from './locations/expand-location.node.ts'
import { createResolver, keepInside } from './locations/image-location.node.ts'
import { withIndex } from './index-file.node.ts'
import { openImageFolder, openTextIndex } from './listed-files.node.ts'
import type { IndexedShard, OpenedRecords, OpenRecordsOptions } from './open-records'
import { openParquet } from './parquet.node.ts'
import type { Shard, SkipReason } from '../shard'
import { splitNames } from './records/splits'
import { openTar } from './tar.node.ts'

/** Samples that are looked at before a source is refused that has none. */
const probed = 20

type OnGuess = (guesses: readonly string[]) => void

/** @throws DreamLIPError `SOURCE_UNREADABLE`, `DATA_INVALID`, `DATA_EMPTY`, `INVALID_ARGUMENT` */
export async function openRecords(location: string | URL, options: OpenRecordsOptions = {}): Promise<OpenedRecords> {
  const text = location instanceof URL && location.protocol === 'file:' ? fileURLToPath(location) : String(location)
  const { images } = options
  if (images !== undefined && typeof images !== 'string' && typeof images !== 'function') {
    throw wrongArgument('images', 'a folder, an address, or a function of the path of an image', images)
  }
  const guesses = new Set<string>()
  const onGuess: OnGuess = (found) => found.forEach((guess) => guesses.add(guess))
  const parts = await Promise.all(
    (await expandLocation(text)).map(async (files) => {
      const lists = await Promise.all(files.map((file) => filesOf(file, options, onGuess)))
      return lists.flat()
    }),
  )
  const { weights, signal, onIndex } = options
  checkWeights(weights, parts.length)
  const layouts = new Set<string>()
  const shards: IndexedShard[] = []
  for (const [i, files] of parts.entries()) {
    for (const { file, ...kind } of files) {
      signal?.throwIfAborted()
      const { shard, layout, guard } = await openShard(file, { ...options, ...kind }, onGuess)
      layouts.add(layout)
      const indexed = await withIndex(shard, signal, (count) => onIndex?.(file, count))
      shards.push({ ...indexed, read: guard, ...(weights && { weight: weights[i]! }) })
    }
  }
  if (options.split !== undefined && shards.every(({ index }) => index.count === 0)) {
    throw new DreamLIPError('DATA_EMPTY', `${text}: no sample is of the split ${splitNames(options.split).join(', ')}.`)
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

interface ChosenFile extends Pick<OpenRecordsOptions, 'layout' | 'split'> {
  readonly file: string
}

/** A folder of shards stands for the shards in it. */
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

interface OpenedShard {
  readonly shard: Shard
  readonly layout: string
  /** Reads as the shard does, and leaves out images that links lead out of their folder. */
  readonly guard: Shard['read']
}

async function openShard(file: string, options: OpenRecordsOptions, onGuess: OnGuess): Promise<OpenedShard> {
  const detected = await detectLayout(file, options.layout, onGuess, options.headers)
  const { layout } = detected
  const form = 'text' in detected ? detected.text.form : ''
  const shape = 'form' in detected ? ` ${detected.form.shape}` : ''
  const shard = await readerOf(file, detected, options, onGuess)
  const splits = options.split === undefined ? '' : `, split ${splitNames(options.split).join(', ')}`
  const reason = layout === 'csv' ? 'csv' : layout === 'parquet' ? 'parquet' : 'json'
  return {
    // What is read in another way has another index.
    shard: { ...shard, version: `${shard.version}, ${layout}${shape}${splits}` },
    layout: form === '' ? layout : `${layout} (${form})`,
    guard: guarded(shard, file, layout === 'tar' || layout === 'folder' ? undefined : reason, options),
  }
}

async function readerOf(
  file: string,
  detected: Detected,
  options: OpenRecordsOptions,
  onGuess: OnGuess,
): Promise<Shard> {
  const { columns: names, split, absolutePaths, headers, signal } = options
  const resolve = createResolver(file, options)
  switch (detected.layout) {
    case 'csv': {
      const { shard, columns } = await openCSV(detected.text, names, resolve, onGuess, split)
      onGuess(columns.guesses)
      return refuseEmpty(shard, signal)
    }
    case 'coco':
      refuseSplit(file, options, 'COCO keeps each split in a file of its own')
      return refuseEmpty(await openCOCO(detected.text, resolve, onGuess, signal), signal)
    case 'json':
    case 'jsonl':
    case 'karpathy':
      return refuseEmpty(openJSON(detected.text, detected.form, names, resolve, onGuess, split), signal)
    case 'parquet': {
      refuseSplit(file, options, 'splits of Parquet files are told by the names of the files in a folder')
      const { shard, columns } = await openParquet(file, names, resolve, headers)
      onGuess(columns.guesses)
      return shard
    }
    case 'txt':
      refuseSplit(file, options, 'an index has none')
      return refuseEmpty(await openTextIndex(file, names, resolve, onGuess, absolutePaths, headers), signal)
    case 'tar':
      refuseSplit(file, options, 'splits of shards are told by the names of the files in a folder')
      return refuseEmpty(await openTar(file, names, onGuess, headers), signal)
    case 'folder':
      refuseSplit(file, options, 'name the folder of the split')
      return openImageFolder(file, names, onGuess)
  }
}

/**
 * A shard of which some sample can be read.
 * @throws DreamLIPError `DATA_INVALID` where all samples lack an image or captions, or the first twenty are broken
 */
async function refuseEmpty(shard: Shard, signal?: AbortSignal): Promise<Shard> {
  const reasons: readonly SkipReason[] = ['csv', 'json', 'pair']
  const messages: string[] = []
  for await (const reading of shard.read(undefined, signal)) {
    if ('record' in reading || !reasons.includes(reading.problem.reason)) return shard
    messages.push(reading.problem.message)
    if (messages.length === probed) break
  }
  const isUnfit = messages.length > 0 && messages.every((message) => message.includes(lacksColumn))
  if (!isUnfit && messages.length < probed) return shard
  const count = messages.length === 1 ? 'its first sample' : `each of its first ${messages.length} samples`
  const message = messages[0]!.replace(`${shard.name}: `, '')
  throw new DreamLIPError('DATA_INVALID', `${shard.name}: ${count} is unreadable: ${message}`)
}

/**
 * One broken file of many costs its samples; where nothing can be read of any, what was opened is no data.
 * @throws DreamLIPError `DATA_EMPTY` where there is no sample, `DATA_INVALID` where there are a few, all of them broken
 */
async function refuseBroken(location: string, shards: readonly IndexedShard[], signal?: AbortSignal): Promise<void> {
  const count = shards.reduce((sum, { index }) => sum + index.count, 0)
  if (count === 0) {
    throw new DreamLIPError('DATA_EMPTY', `${location}: expected images with captions; it holds no sample.`)
  }
  if (count > probed) return
  let message = ''
  for (const shard of shards) {
    for await (const reading of shard.read(undefined, signal)) {
      // Damage and single cells are told of as samples; here it is the kind of file that is wrong.
      if ('record' in reading || !['json', 'pair'].includes(reading.problem.reason)) return
      message ||= reading.problem.message
    }
  }
  throw new DreamLIPError(
    'DATA_INVALID',
    `${location}: none of its ${count} samples can be read; the first: ${message}`,
  )
}

/** Links are followed only when images are wanted: the index needs none. */
function guarded(
  shard: Shard,
  file: string,
  reason: SkipReason | undefined,
  { images, absolutePaths }: OpenRecordsOptions,
): Shard['read'] {
  const folder = images ?? (isURL(file) ? undefined : dirname(file))
  const isFree = reason === undefined || absolutePaths || typeof folder !== 'string' || isURL(folder)
  return isFree ? shard.read : (from, signal) => keepInside(shard.read(from, signal), folder, reason)
}

function refuseSplit(file: string, { split }: OpenRecordsOptions, why: string): void {
  if (split === undefined) return
  throw new DreamLIPError('INVALID_ARGUMENT', `${file}: expected no option split here; ${why}.`)
}

function checkWeights(weights: readonly number[] | undefined, parts: number): void {
  if (!weights) return
  if (weights.length === parts && weights.every((weight) => Number.isFinite(weight) && weight > 0)) return
  throw new DreamLIPError(
    'INVALID_ARGUMENT',
    `weights: expected ${parts} numbers above 0, one a part of the list; got ${weights.join(', ')}.`,
  )
}
