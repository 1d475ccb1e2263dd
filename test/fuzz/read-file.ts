/** Reads a file of any format to its end through the package's own functions, in one of two ways, and returns a hash of the result. */
import { createHash } from 'node:crypto'
import { decodeImage } from '#images/decode'
import { readCheckpoint } from '../../src/checkpoint/read-checkpoint'
import { readEmbeddings } from '../../src/inference/embedding-files/read-embeddings'
import { openRecords } from '../../src/data/readers/open-records.node.ts'
import type { Reading, Shard } from '../../src/data/shard'
import { imageFormats, type Format } from './corpus'
import { checkSafetensors } from './plain-safetensors'

/**
 * Two ways to read the same values: all at once, and piece by piece. Tensors and pictures come from memory or from the file;
 * samples come in one pass, or in two, the second of which continues where the first ended.
 */
export const ways = ['at once', 'in pieces'] as const
type Way = (typeof ways)[number]

/** A hash of all values. @throws the package's errors */
export async function readFile(format: Format, path: string, bytes: Uint8Array, way: Way): Promise<string> {
  const hash = createHash('sha256')
  const add = (value: unknown) => void hash.update(JSON.stringify(value, portable) ?? 'undefined')
  const source = way === 'at once' ? bytes : path
  if (format === 'pt' || format === 'safetensors') await readTensors(source, add)
  else if (format === 'npy') add(await readEmbeddings(source))
  else if (imageFormats.includes(format)) await readPicture(format, source, add)
  else await readSamples(path, way, add)
  if (format === 'safetensors') await checkSafetensors(bytes)
  return hash.digest('hex')
}

type Add = (value: unknown) => void

async function readTensors(source: Uint8Array | string, add: Add): Promise<void> {
  const { tensors, metadata, close } = await readCheckpoint(source)
  add(metadata)
  for (const [name, { shape, dtype, read }] of tensors) {
    add([name, shape, dtype])
    add(await read())
  }
  await close()
}

async function readPicture(format: Format, source: Uint8Array | string, add: Add): Promise<void> {
  const { data, width, height, channels } = await decodeImage(source)
  add([width, height, channels])
  // libheif returns uninitialised memory for parts of a HEIC image that are not drawn because of damage.
  if (format !== 'heic') add(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
}

async function readSamples(path: string, way: Way, add: Add): Promise<void> {
  const { shards } = await openRecords(path)
  for (const shard of shards) {
    let count = 0
    const readings = way === 'at once' ? shard.read() : inTwoReadings(shard, Math.ceil(shard.index.count / 2))
    for await (const reading of readings) {
      add('record' in reading ? [reading.record, reading.end] : [reading.problem.reason, reading.end])
      if ('problem' in reading) checkMessage(reading.problem.message)
      count++
    }
    if (count !== shard.index.count) throw new Error(`the index counts ${shard.index.count} samples, reading ${count}`)
  }
}

/** The samples of a shard: the first ones, then those of a second pass that starts where the first ended. */
async function* inTwoReadings(shard: Shard, first: number): AsyncIterable<Reading> {
  let [count, place]: [number, number | undefined] = [0, undefined]
  for await (const reading of shard.read()) {
    yield reading
    place = reading.end
    if (++count === first) break
  }
  // A damaged archive ends at Infinity, because nothing can be read after that.
  if (place !== Infinity) yield* shard.read(place)
}

/** Limits the length of messages: they must fit on a screen. */
export function checkMessage(message: string): void {
  if (message.length > 2000) throw new Error(`a message of ${message.length} characters: ${message.slice(0, 200)}`)
}

function portable(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  if (value instanceof Map) return [...(value as Map<unknown, unknown>)]
  if (!ArrayBuffer.isView(value)) return value
  return createHash('sha256')
    .update(new Uint8Array(value.buffer, value.byteOffset, value.byteLength))
    .digest('hex')
}
