/** Reads classification sets in CLIP_benchmark's WebDataset layout: class names, prompts, and numbered tar shards of each split. */
import { openAsBlob } from 'node:fs'
import { isURL } from '../../../../bytes/http/address'
import type { ByteSource } from '../../../../bytes/byte-source'
import { openByteSource } from '../../../../bytes/read/open-source'
import { readBytes as readSmall } from '../../../../bytes/read/read-bytes'
import { describeBytes, streamBytes } from '../../../../bytes/read/stream-bytes.node.ts'
import { readBytes } from '../../../../data/readers/tar/byte-reader'
import { readEntries, type Entry } from '../../../../data/readers/tar/entries'
import { TarDamaged } from '../../../../data/readers/tar/header'
import { DreamLIPError } from '../../../../errors'
import type { ByteStream } from '../../../../images/byte-stream'
import { defaultTemplates } from '../../../../inference/zero-shot/zero-shot'
import type { ClassificationSet, ClassifiedImage, DataProblem } from '../../data-set'
import { readLabelArray } from './label-array'

export interface WebDatasetOptions {
  readonly name?: string
  readonly split?: string
  readonly signal?: AbortSignal
}

export const imageEnding = /^(?:jpe?g|png|webp|gif|bmp|tiff?|avif)$/
const blockBytes = 512

/** Maximum bytes of a list, such as the class names. */
const largestList = 16 * 1024 * 1024

/** A file of a sample: the position of its bytes in the shard. */
interface Member {
  readonly ending: string
  readonly start: number
  readonly data: Uint8Array
}

/**
 * @param location a folder, or the address of one
 * @throws DreamLIPError `DATA_INVALID` without class names or shards; `HTTP_…`; the signal's reason when aborted
 */
export async function readWebDataset(location: string, options: WebDatasetOptions = {}): Promise<ClassificationSet> {
  const { split = 'test', signal } = options
  const base = location.replace(/\/+$/, '')
  const name = options.name ?? base.slice(base.lastIndexOf('/') + 1)
  const classes = await readLines(`${base}/classnames.txt`, signal)
  if (!classes || classes.length === 0) {
    throw new DreamLIPError(
      'DATA_INVALID',
      `${base}: expected classnames.txt, with one class per line, and the folder ${split} with shards.`,
    )
  }
  const prompts = await readLines(`${base}/zeroshot_classification_templates.txt`, signal)
  const isMultilabel = (await readLines(`${base}/dataset_type.txt`, signal))?.[0] === 'multilabel'
  const shards = await countShards(`${base}/${split}`, signal)
  const samples: ClassifiedImage[] = []
  const problems: DataProblem[] = []
  for (let shard = 0; shard < shards; shard++) {
    const read = await readShard(
      `${base}/${split}/${shard}.tar`,
      `${split}/${shard}.tar`,
      classes.length,
      isMultilabel,
      signal,
    )
    samples.push(...read.samples)
    problems.push(...read.problems)
  }
  const templates = prompts?.map((prompt) => prompt.replaceAll('{c}', '{}')) ?? defaultTemplates
  return { task: 'classification', name, split, classes, templates, samples, problems }
}

/** The non-empty lines of a small file; undefined if it is missing. */
async function readLines(location: string, signal?: AbortSignal): Promise<string[] | undefined> {
  const bytes = await readSmall(location, { limit: largestList, signal }).catch((error: unknown) => {
    if (isMissing(error)) return undefined
    throw error
  })
  return (
    bytes &&
    new TextDecoder()
      .decode(bytes)
      .split(/\r?\n/)
      .filter((line) => line.trim() !== '')
  )
}

export function isMissing(error: unknown): boolean {
  if (!(error instanceof DreamLIPError)) return false
  return error.code === 'SOURCE_UNREADABLE' || (error.code === 'HTTP_STATUS' && /\b40[34]\b/.test(error.message))
}

export async function countShards(folder: string, signal?: AbortSignal): Promise<number> {
  const text = (await readLines(`${folder}/nshards.txt`, signal))?.[0]?.trim()
  if (text === undefined) {
    const first = await describeBytes(`${folder}/0.tar`, { signal }).catch(() => undefined)
    if (!first)
      throw new DreamLIPError(
        'DATA_INVALID',
        `${folder}: expected shards 0.tar, 1.tar, … and their number in nshards.txt; found neither.`,
      )
    return 1
  }
  const count = Number(text)
  if (Number.isSafeInteger(count) && count >= 1 && count <= 1_000_000) return count
  throw new DreamLIPError(
    'DATA_INVALID',
    `${folder}/nshards.txt: expected the number of shards; got ${JSON.stringify(text.slice(0, 80))}.`,
  )
}

interface ShardContents {
  readonly samples: readonly ClassifiedImage[]
  readonly problems: readonly DataProblem[]
}

/** A missing or damaged shard is a problem, not an error: its readable samples are used. */
async function readShard(
  location: string,
  name: string,
  classCount: number,
  isMultilabel: boolean,
  signal?: AbortSignal,
): Promise<ShardContents> {
  const samples: ClassifiedImage[] = []
  const problems: DataProblem[] = []
  try {
    const slice = await slicer(location, signal)
    for await (const { key, members } of samplesOf(location, signal)) {
      const id = `${name}/${key}`
      const sample = toSample(members, classCount, isMultilabel)
      if (typeof sample === 'string')
        problems.push({ item: id, reason: 'sample-unreadable', message: `${id}: ${sample}.` })
      else samples.push({ id, image: slice(sample.image.start, sample.image.data.length), classes: sample.classes })
    }
  } catch (error) {
    signal?.throwIfAborted()
    if (error instanceof TarDamaged)
      problems.push({ item: name, reason: 'shard-damaged', message: `${name}: ${error.message}.` })
    else if (isMissing(error))
      problems.push({ item: name, reason: 'shard-missing', message: `${name}: this shard is not there.` })
    else throw error
  }
  return { samples, problems }
}

/** Consecutive files with the same key are a sample. */
export async function* samplesOf(
  location: string,
  signal?: AbortSignal,
): AsyncGenerator<{ key: string; members: Member[] }> {
  const { size = Infinity } = await describeBytes(location, { signal })
  const reader = readBytes(streamBytes(location, 0, signal))
  let current: { key: string; members: Member[] } | undefined
  try {
    for await (const entry of readEntries(reader, { from: 0, archiveBytes: size, wants: () => true })) {
      const { key, member } = splitEntry(entry)
      if (current && current.key !== key) {
        yield current
        current = undefined
      }
      current ??= { key, members: [] }
      if (member) current.members.push(member)
    }
    if (current) yield current
  } finally {
    await reader.close()
  }
}

function splitEntry({ name, data, end }: Entry): { key: string; member?: Member } {
  const base = name.lastIndexOf('/') + 1
  const dot = name.indexOf('.', base)
  const key = dot === -1 ? name : name.slice(0, dot)
  if (dot === -1 || !(data instanceof Uint8Array)) return { key }
  const start = end - Math.ceil(data.length / blockBytes) * blockBytes
  return { key, member: { ending: name.slice(dot + 1).toLowerCase(), start, data } }
}

/** The image and the classes of a sample, or why it cannot be used. */
function toSample(
  members: readonly Member[],
  classCount: number,
  isMultilabel: boolean,
): { readonly image: Member; readonly classes: readonly number[] } | string {
  const image = members.find(({ ending }) => imageEnding.test(ending))
  if (!image)
    return `expected an image; its files end in ${members.map(({ ending }) => ending).join(', ') || 'nothing'}`
  const label = members.find(({ ending }) => ending === (isMultilabel ? 'npy' : 'cls'))
  if (!label) return `expected its label in a file .${isMultilabel ? 'npy' : 'cls'}; there is none`
  const classes = isMultilabel ? readLabelArray(label.data, classCount) : readLabel(label.data, classCount)
  return typeof classes === 'string' ? classes : { image, classes }
}

function readLabel(bytes: Uint8Array, classCount: number): readonly number[] | string {
  const text = new TextDecoder().decode(bytes.subarray(0, 32)).trim()
  const label = /^\d+$/.test(text) ? Number(text) : NaN
  return label < classCount ? [label] : `expected a label from 0 to ${classCount - 1}; got ${JSON.stringify(text)}`
}

/** Opens parts of a shard when they are needed: images of large shards do not fit in memory together. */
export async function slicer(
  location: string,
  signal?: AbortSignal,
): Promise<(start: number, length: number) => Blob | ByteStream> {
  if (!isURL(location)) {
    await describeBytes(location, { signal })
    const file = await openAsBlob(location)
    return (start, length) => file.slice(start, start + length)
  }
  let source: Promise<ByteSource> | undefined
  return (start, length) => ({
    async *[Symbol.asyncIterator]() {
      source ??= openByteSource(location)
      yield await (await source).read(start, length)
    },
  })
}
