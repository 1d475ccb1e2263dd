/** Reads a file of any format to its end through the package's own functions, and tells what came out. */
import { createHash } from 'node:crypto'
import { decodeImage } from '#images/decode'
import { readCheckpoint } from '../../src/checkpoint/read-checkpoint'
import { openRecords } from '#data/readers/open-records'
import { imageFormats, type Format } from './corpus'

/** A hash of all values. @throws whatever the package throws */
export async function readFile(format: Format, path: string, bytes: Uint8Array): Promise<string> {
  const hash = createHash('sha256')
  const add = (value: unknown) => void hash.update(JSON.stringify(value, portable) ?? 'undefined')
  if (format === 'pt' || format === 'safetensors') await readTensors(bytes, add)
  else if (imageFormats.includes(format)) await readPicture(format, bytes, add)
  else await readSamples(path, add)
  return hash.digest('hex')
}

type Add = (value: unknown) => void

async function readTensors(bytes: Uint8Array, add: Add): Promise<void> {
  const { tensors, metadata, close } = await readCheckpoint(bytes)
  add(metadata)
  for (const [name, { shape, dtype, read }] of tensors) {
    add([name, shape, dtype])
    add(await read())
  }
  await close()
}

async function readPicture(format: Format, bytes: Uint8Array, add: Add): Promise<void> {
  const { data, width, height, channels } = await decodeImage(bytes)
  add([width, height, channels])
  // What damaged parts of a HEIC image leave undrawn, libheif gives as its memory happens to be.
  if (format !== 'heic') add(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
}

/** Readings name their file, which differs from case to case. */
async function readSamples(path: string, add: Add): Promise<void> {
  const { shards } = await openRecords(path)
  for (const shard of shards) {
    let count = 0
    for await (const reading of shard.read()) {
      add('record' in reading ? [reading.record.raw, reading.record.captions, reading.end] : [reading.problem.reason])
      if ('record' in reading && reading.record.image instanceof Uint8Array) add(reading.record.image)
      if ('problem' in reading) checkMessage(reading.problem.message)
      count++
    }
    if (count !== shard.index.count) throw new Error(`the index counts ${shard.index.count} samples, reading ${count}`)
  }
}

/** No message is longer than a screen. */
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
