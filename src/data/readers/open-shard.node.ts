/** Opens one file of a data set with the reader of its layout. */
import { dirname } from 'node:path'
import { isURL } from '../../bytes/http/address'
import { DreamLIPError } from '../../errors'
import type { Shard, SkipReason } from '../shard'
import { openCOCO } from './coco.node.ts'
import { openCSV } from './csv.node.ts'
import { detectLayout, type Detected } from './detect-layout.node.ts'
import { openJSON } from './json.node.ts'
import { openImageFolder, openTextIndex } from './listed-files.node.ts'
import { createResolver, keepInside } from './locations/image-location.node.ts'
import type { OpenRecordsOptions } from './open-records'
import { openParquet } from './parquet.node.ts'
import { splitNames } from './records/splits'
import { refuseEmpty } from './refuse-unreadable'
import { openTar } from './tar.node.ts'

/** Called with messages, for example about guessed columns and encodings. */
export type OnGuess = (guesses: readonly string[]) => void

export interface OpenedShard {
  readonly shard: Shard
  readonly layout: string
  /** Reads the shard, and skips images that are links out of their folder. */
  readonly guard: Shard['read']
}

/** @throws DreamLIPError `SOURCE_UNREADABLE`, `DATA_INVALID`, `INVALID_ARGUMENT` for a split if the layout has none */
export async function openShard(file: string, options: OpenRecordsOptions, onGuess: OnGuess): Promise<OpenedShard> {
  const detected = await detectLayout(file, options.layout, onGuess, options.headers)
  const { layout } = detected
  const form = 'text' in detected ? detected.text.form : ''
  const shape = 'form' in detected ? ` ${detected.form.shape}` : ''
  const shard = await readerOf(file, detected, options, onGuess)
  const splits = options.split === undefined ? '' : `, split ${splitNames(options.split).join(', ')}`
  const reason = layout === 'csv' ? 'csv' : layout === 'parquet' ? 'parquet' : 'json'
  return {
    // A file that is read in a different way needs a different index.
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
  const { split, absolutePaths, headers, signal } = options
  const resolve = createResolver(file, options)
  switch (detected.layout) {
    case 'csv': {
      const { shard, columns } = await openCSV(detected.text, options, resolve, onGuess, split)
      onGuess(columns.guesses)
      return refuseEmpty(shard, signal)
    }
    case 'coco':
      refuseSplit(file, options, 'COCO stores each split in a separate file')
      return refuseEmpty(await openCOCO(detected.text, resolve, onGuess, signal), signal)
    case 'json':
    case 'jsonl':
    case 'karpathy':
      return refuseEmpty(openJSON(detected.text, detected.form, options, resolve, onGuess, split), signal)
    case 'parquet': {
      refuseSplit(file, options, 'splits of Parquet files are recognised by the file names in a folder')
      const { shard, columns } = await openParquet(file, options, resolve, headers)
      onGuess(columns.guesses)
      return shard
    }
    case 'txt':
      refuseSplit(file, options, 'an index has no splits')
      return refuseEmpty(await openTextIndex(file, options, resolve, onGuess, absolutePaths, headers), signal)
    case 'tar':
      refuseSplit(file, options, 'splits of shards are recognised by the file names in a folder')
      return refuseEmpty(await openTar(file, options, onGuess, headers), signal)
    case 'folder':
      refuseSplit(file, options, 'pass the folder of the split')
      return openImageFolder(file, options, onGuess)
  }
}

/** Checks links only while images are read, because the index does not need them. */
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
  throw new DreamLIPError('INVALID_ARGUMENT', `${file}: the option split cannot be used here: ${why}.`)
}
