/** Writes a data set as WebDataset shards: images as they are, captions as `.json` beside them. */
import { createWriteStream } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { encodedBytes, loadSharp } from '#images/decode'
import type { Sharp } from 'sharp'
import { pack, type Pack } from 'tar-stream'
import { checkCall, checkPath, checkWhole, wrongArgument } from '../check-arguments'
import { DreamLIPError } from '../errors'
import { LongCaptionDataset } from './dataset'
import { mapAhead } from '../concurrency/map-ahead'
import { captionNames, type CaptionRecord } from './record'
import type { Problem, Reading, SkipReason } from './shard'
import type { WriteShards, WriteShardsOptions } from './write-shards'

/** Images read at the same time, from disks or over the network. */
const imagesAtOnce = 8

/** The counts of finished shards lie here: what it names is not written again. */
const sizesFile = 'sizes.json'

/**
 * Each shard holds a fixed range of the samples and is renamed when it is whole: a run that was stopped goes on with the first
 * one that is missing.
 * @throws DreamLIPError `WRITE_FAILED`, `DATA_BROKEN`; the signal's reason when aborted
 */
export const writeShards: WriteShards = async (dataset, folder, options = {}) => {
  if (!(dataset instanceof LongCaptionDataset)) throw wrongArgument('dataset', 'a LongCaptionDataset', dataset)
  const { samplesPerShard = 10_000, maxSkipped = Math.ceil(dataset.size / 10), signal } = checkCall(options)
  checkPath('folder', folder)
  checkWhole('samplesPerShard', samplesPerShard, 1)
  checkWhole('maxSkipped', maxSkipped, 0)
  await mkdir(folder, { recursive: true }).catch(unwritable(folder))
  const sizes = await readSizes(folder)
  const kept = Object.keys(sizes).length
  const skipped = new Map<SkipReason, number>()
  let count = 0
  const skip = (problem: Problem) => {
    skipped.set(problem.reason, (skipped.get(problem.reason) ?? 0) + 1)
    options.onSkip?.(problem)
    if (++count > maxSkipped) throw tooMany(maxSkipped, problem)
  }
  for (let from = 0; from < dataset.size; from += samplesPerShard) {
    signal?.throwIfAborted()
    const name = `${String(from / samplesPerShard).padStart(6, '0')}.tar`
    if (name in sizes) continue
    const range = { from, to: Math.min(from + samplesPerShard, dataset.size) }
    sizes[name] = await writeShard(dataset, join(folder, name), range, options, skip)
    await writeFile(join(folder, sizesFile), JSON.stringify(sizes)).catch(unwritable(folder))
  }
  return { sizes, kept, skipped }
}

/** Returns how many samples the shard holds. */
async function writeShard(
  dataset: LongCaptionDataset,
  path: string,
  { from, to }: { from: number; to: number },
  { signal, onProgress }: WriteShardsOptions,
  skip: (problem: Problem) => void,
): Promise<number> {
  const temporary = `${path}.part`
  const archive = pack()
  const writing = pipeline(archive, createWriteStream(temporary))
  writing.catch((error: Error) => archive.destroy(error))
  try {
    const written = await fill(archive, dataset.readings({ from, signal }), { from, to }, skip, (done) => {
      onProgress?.(done, dataset.size)
    })
    archive.finalize()
    await writing
    await rename(temporary, path)
    return written
  } catch (error) {
    archive.destroy()
    await writing.catch(() => undefined)
    await rm(temporary, { force: true })
    signal?.throwIfAborted()
    return error instanceof DreamLIPError ? Promise.reject(error) : unwritable(path)(error as Error)
  }
}

async function fill(
  archive: Pack,
  readings: AsyncGenerator<Reading>,
  { from, to }: { from: number; to: number },
  skip: (problem: Problem) => void,
  onDone: (done: number) => void,
): Promise<number> {
  let [number, written] = [from, 0]
  for await (const sample of mapAhead(first(readings, to - from), imagesAtOnce, loadSample)) {
    if ('problem' in sample) skip(sample.problem)
    else {
      const key = String(number).padStart(9, '0')
      await addEntry(archive, `${key}.${sample.ending}`, sample.bytes)
      await addEntry(archive, `${key}.json`, Buffer.from(JSON.stringify(sample.captions)))
      written++
    }
    onDone(++number)
  }
  return written
}

interface Sample {
  readonly bytes: Uint8Array
  readonly ending: string
  readonly captions: object
}

/** The image's own bytes, if they begin as an image does. Whether they go on so shows when they are decoded. */
async function loadSample(reading: Reading): Promise<Sample | { readonly problem: Problem }> {
  if ('problem' in reading) return reading
  const { record } = reading
  try {
    const { bytes } = await encodedBytes(record.image)
    const sharp = (await loadSharp()) as unknown as (bytes: Uint8Array) => Sharp
    const { format } = await sharp(bytes).metadata()
    return { bytes, ending: format === 'jpeg' ? 'jpg' : format, captions: captionsOf(record) }
  } catch (error) {
    if (error instanceof DreamLIPError && error.code === 'MISSING_DEPENDENCY') throw error
    return { problem: { reason: 'image', sample: record.key, message: (error as Error).message } }
  }
}

/** With the keys of the released JSON files. */
function captionsOf({ key, raw, captions }: CaptionRecord): object {
  const entries = captionNames.flatMap((name) =>
    captions[name] === undefined ? [] : [[`${name}_captions`, captions[name]]],
  )
  return { key, raw_caption: raw, ...Object.fromEntries(entries) }
}

function addEntry(archive: Pack, name: string, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    archive.entry({ name, mtime: new Date(0) }, Buffer.from(bytes), (error) => (error ? reject(error) : resolve()))
  })
}

async function* first<T>(items: AsyncGenerator<T>, count: number): AsyncGenerator<T> {
  let left = count
  for await (const item of items) {
    yield item
    if (--left === 0) return
  }
}

async function readSizes(folder: string): Promise<Record<string, number>> {
  const text = await readFile(join(folder, sizesFile), 'utf8').catch(() => '{}')
  return JSON.parse(text) as Record<string, number>
}

function unwritable(path: string): (error: Error) => never {
  return (error) => {
    throw new DreamLIPError('WRITE_FAILED', `${path}: could not be written: ${error.message}. Check the folder.`, {
      cause: error,
    })
  }
}

function tooMany(maxSkipped: number, { sample, message }: Problem): DreamLIPError {
  return new DreamLIPError(
    'DATA_BROKEN',
    `data: more than ${maxSkipped} samples were left out; the last one, ${sample}: ${message}. Repair the data, or raise maxSkipped.`,
  )
}
