/** The long-running verbs, with inputs that take seconds, and the expected contents of their folder. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import sharp from 'sharp'
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire'
import { model, photos } from '../cli/command'
import { serveSlowly } from './slow-server'

/** A command that is killed and run again, in its own folder. */
export interface Verb {
  /** Creates the folder's earlier contents. */
  prepare?(folder: string): void
  args(folder: string, again: boolean): string[]
  readonly env?: Readonly<Record<string, string>>
  /** Reads the results as a user would. Throws if old and new files are mixed. Called after each kill. */
  check?(folder: string): void
  /** The contents of the folder, by file, without times. They must equal those of an uninterrupted run. */
  result(folder: string): Record<string, unknown>
  close?(): Promise<void>
}

export type VerbName = 'train' | 'embed' | 'convert' | 'data convert' | 'download' | 'eval'

/** @param inputs a folder for the inputs of the verbs */
export async function createVerbs(inputs: string): Promise<Record<VerbName, Verb>> {
  return {
    train: train(inputs),
    embed: embed(),
    convert: {
      args: (folder) => ['convert', model, join(folder, 'model.safetensors'), '--dtype', 'float16'],
      result: hashesOf,
    },
    'data convert': convertData(inputs),
    download: await download(),
    eval: await evaluate(inputs),
  }
}

/** Segmentation of 24 pictures: three parts are kept, and then the report is written. */
async function evaluate(inputs: string): Promise<Verb> {
  const data = join(inputs, 'VOC2012')
  const ids = Array.from({ length: 24 }, (_, i) => `picture-${i}`)
  for (const name of ['JPEGImages', 'SegmentationClass', 'ImageSets/Segmentation'])
    mkdirSync(join(data, name), { recursive: true })
  writeFileSync(join(data, 'ImageSets/Segmentation/val.txt'), ids.join('\n'))
  for (const [i, id] of ids.entries()) {
    const background = { r: 10 * i, g: 90, b: 200 - 8 * i }
    const picture = sharp({ create: { width: 64, height: 64, channels: 3, background } }).jpeg()
    writeFileSync(join(data, 'JPEGImages', `${id}.jpg`), await picture.toBuffer())
    const raw = { width: 64, height: 64, channels: 1 } as const
    const mask = sharp(new Uint8Array(64 * 64).fill(1 + (i % 20)), { raw })
      .toColourspace('b-w')
      .png()
    writeFileSync(join(data, 'SegmentationClass', `${id}.png`), await mask.toBuffer())
  }
  const choices = ['templates=one', 'shortSide=64'].flatMap((choice) => ['--choose', choice])
  return {
    args: (folder) => [
      ...['eval', 'voc20', '--data', data, '--device', 'cpu', ...choices],
      ...['--cache', join(folder, 'kept'), '--out', folder],
    ],
    result(folder) {
      const reports = readdirSync(folder).filter((name) => name.endsWith('.json'))
      const contents = reports.map((name) => {
        const {
          started: _started,
          seconds: _seconds,
          ...report
        } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as Record<string, unknown>
        return [name, report] as const
      })
      return { ...Object.fromEntries(contents), ...hashesOf(join(folder, 'kept')) }
    },
  }
}

function train(inputs: string): Verb {
  const config = (folder: string) => {
    const path = join(inputs, `${folder.replace(/\W/g, '-')}.json`)
    const texts = { count: 1 }
    const data = resolve('examples/photos')
    const run = { model: resolve(model), data, out: folder, steps: 4, batchSize: 3, saveEvery: 2, device: 'cpu' }
    writeFileSync(
      path,
      JSON.stringify({ ...run, evaluate: data, texts, optimizer: { emaDecay: 0.9 }, patchDropout: 0.25 }),
    )
    return path
  }
  return {
    args: (folder, again) => ['train', '-c', config(folder), ...(again ? ['--resume'] : [])],
    // From its source, tfjs's gradients need help with their imports.
    env: { NODE_OPTIONS: '--import ./scripts/tfjs-modules.mjs' },
    check(folder) {
      const best = join(folder, 'best.safetensors')
      if (existsSync(best)) checkWhole(best)
    },
    result(folder) {
      const names = readdirSync(folder).sort()
      const events = names.filter((name) => name.startsWith('events.'))
      const rest = names.filter((name) => !name.startsWith('events.') && name !== 'metrics.jsonl')
      return {
        ...Object.fromEntries(rest.map((name) => [name, hashOf(join(folder, name))])),
        'metrics.jsonl': metricsOf(join(folder, 'metrics.jsonl')),
        events: events.flatMap((name) => stepsOf(readFileSync(join(folder, name)))).sort((a, b) => a - b),
      }
    },
  }
}

/** Throws unless a safetensors file has all of its bytes, and its metadata states why it is the best model. */
function checkWhole(path: string): void {
  const bytes = readFileSync(path)
  const headerEnd = 8 + Number(bytes.readBigUInt64LE(0))
  const header = JSON.parse(bytes.toString('utf8', 8, headerEnd)) as Record<string, SafetensorsEntry>
  const { __metadata__: metadata, ...tensors } = header
  const length = headerEnd + Math.max(...Object.values(tensors).map(({ data_offsets: [, end] }) => end))
  if (bytes.length !== length) throw new Error(`${path}: ${bytes.length} of ${length} bytes`)
  if (!/"metric":"meanRecall"/.test(metadata!.best)) throw new Error(`${path}: ${JSON.stringify(metadata)}`)
}

/** A tensor, or the metadata. */
interface SafetensorsEntry {
  readonly data_offsets: readonly [number, number]
  readonly best: string
}

/** The lines, without values that depend on the clock. */
function metricsOf(path: string): object[] {
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
  return lines.map((line) => {
    const { imagesPerSecond: _speed, dataShare: _share, ...values } = JSON.parse(line) as Record<string, unknown>
    return values
  })
}

/** The steps of a TensorBoard file. */
function stepsOf(bytes: Uint8Array): number[] {
  const steps: number[] = []
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  for (let at = 0; at < bytes.length;) {
    const length = Number(view.getBigUint64(at, true))
    const reader = new BinaryReader(bytes.subarray(at + 12, at + 12 + length))
    while (reader.pos < reader.len) {
      const [field, type] = reader.tag()
      if (field === 2 && type === WireType.Varint) steps.push(Number(reader.int64()))
      else reader.skip(type)
    }
    at += length + 16
  }
  return steps
}

/** An array and the names of its rows, over an older pair. */
function embed(): Verb {
  const old = { npy: Buffer.from('an older array'), rows: '["older.png"]' }
  const [npy, rows] = ['photos.npy', 'photos.rows.json']
  return {
    prepare(folder) {
      writeFileSync(join(folder, npy), old.npy)
      writeFileSync(join(folder, rows), old.rows)
    },
    args: (folder) => ['embed', '-m', model, '--device', 'cpu', ...photos, ...photos, '--out', join(folder, npy)],
    check(folder) {
      const names = readdirSync(folder)
      if (!names.includes(rows)) return
      const isOld = [
        readFileSync(join(folder, npy)).equals(old.npy),
        readFileSync(join(folder, rows), 'utf8') === old.rows,
      ]
      if (isOld[0] !== isOld[1]) throw new Error('an array is next to the names of another')
    },
    result: hashesOf,
  }
}

function convertData(inputs: string): Verb {
  const data = join(inputs, 'data')
  const samples = 400
  mkdirSync(data)
  const rows = Array.from({ length: samples }, (_, i) => `${process.cwd()}/${photos[i % photos.length]},number ${i}`)
  writeFileSync(join(data, 'captions.csv'), `image,raw_caption\n${rows.join('\n')}\n`)
  return {
    args: (folder) => [
      'data',
      'convert',
      join(data, 'captions.csv'),
      folder,
      '--samples-per-shard',
      '20',
      '--allow-absolute',
    ],
    result(folder) {
      const manifest = JSON.parse(readFileSync(join(folder, 'dreamlip-shards.json'), 'utf8')) as Manifest
      const shards = Object.entries(manifest.shards).map(([name, { modified: _, ...facts }]) => [name, facts])
      return { ...hashesOf(folder), 'dreamlip-shards.json': { ...manifest, shards } }
    },
  }
}

interface Manifest {
  readonly shards: Record<string, { readonly modified: number }>
}

/** From a server that sends for about a second. */
async function download(): Promise<Verb> {
  const file = new Uint8Array(2_000_000).map((_, i) => (i * 7919) >> 3)
  file.set([0x50, 0x4b, 0x03, 0x04])
  const server = await serveSlowly(file)
  return {
    args: (folder) => ['download', `${server.url}/model.pt`, '--out', folder],
    result(folder) {
      const [name, ...more] = readdirSync(folder)
      return { file: readFileSync(join(folder, name!)).equals(file), more }
    },
    close: () => server.close(),
  }
}

function hashesOf(folder: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(folder)
      .sort()
      .map((name) => [name, hashOf(join(folder, name))]),
  )
}

function hashOf(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex')
}
