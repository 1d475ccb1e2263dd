/** Writes a split as WebDataset shards. If it was stopped, it continues with the first missing shard. */
import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { pack, type Pack } from 'tar-stream'
import type { Icons } from '../icons/icons'
import { kinds } from '../icons/kinds'
import { filesOf, splits, type SplitName } from './samples'

export interface SplitOptions {
  readonly split: SplitName
  readonly samples: number
  /** Width and height of the pictures, in pixels. */
  readonly size: number
  readonly seed: number
  readonly samplesPerShard: number
}

/** @param onProgress called with the number of samples that are done */
export async function writeSplit(
  folder: string,
  options: SplitOptions,
  icons: Icons,
  onProgress: (done: number) => void = () => undefined,
): Promise<void> {
  await mkdir(folder, { recursive: true })
  const index = JSON.stringify(await indexOf(options, icons), undefined, 2)
  const indexFile = join(folder, 'index.json')
  const before = await readFile(indexFile, 'utf8').catch(() => '')
  // Shards made with other options, or by other code, do not belong to this split.
  if (before !== index) await removeShards(folder)
  await writeFile(indexFile, index)
  const present = await readdir(folder)
  const { samplesPerShard } = options
  for (let from = 0; from < options.samples; from += samplesPerShard) {
    const to = Math.min(from + samplesPerShard, options.samples)
    const name = shardName(from / samplesPerShard)
    if (!present.includes(name)) await writeShard(join(folder, name), { ...options, from, to }, icons, onProgress)
    onProgress(to)
  }
}

/** Describes the split. The checksum changes when the code makes other samples. */
async function indexOf({ split, samples, size, seed, samplesPerShard }: SplitOptions, icons: Icons) {
  const { about, choices } = splits[split]
  const hash = createHash('sha256')
  for (let number = 0; number < Math.min(4, samples); number++) {
    for (const bytes of Object.values(await filesOf({ seed, split, number }, size, icons))) hash.update(bytes)
  }
  const { kinds: shown, include = [], styles } = choices(0)
  const all = [...new Set([...styles, ...choices(1).styles])]
  return {
    split,
    about,
    samples,
    size,
    seed,
    styles: all,
    shards: Array.from({ length: Math.ceil(samples / samplesPerShard) }, (_, i) => shardName(i)),
    kinds: kinds
      .filter((kind) => shown.includes(kind) || include.includes(kind))
      .map(({ key, names, group, heldOut }) => ({ key, names: names.map(({ text }) => text), group, heldOut })),
    firstSamples: hash.digest('hex'),
  }
}

async function writeShard(
  path: string,
  { split, size, seed, from, to }: SplitOptions & { from: number; to: number },
  icons: Icons,
  onProgress: (done: number) => void,
): Promise<void> {
  const archive = pack()
  const writing = pipeline(archive, createWriteStream(`${path}.part`))
  writing.catch((error: Error) => archive.destroy(error))
  for (let number = from; number < to; number++) {
    const files = await filesOf({ seed, split, number }, size, icons)
    for (const [ending, bytes] of Object.entries(files)) {
      await addEntry(archive, `${String(number).padStart(6, '0')}.${ending}`, bytes)
    }
    if ((number + 1) % 100 === 0) onProgress(number + 1)
  }
  archive.finalize()
  await writing
  await rename(`${path}.part`, path)
}

function addEntry(archive: Pack, name: string, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    archive.entry({ name, mtime: new Date(0) }, Buffer.from(bytes), (error) => (error ? reject(error) : resolve()))
  })
}

async function removeShards(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.startsWith('shard-'))
  await Promise.all(names.map((name) => rm(join(folder, name))))
}

function shardName(number: number): string {
  return `shard-${String(number).padStart(5, '0')}.tar`
}
