/** Keeps the index of a data set, which takes a reading of everything, in a file: it is made once. */
import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { isURL } from './bytes.node.ts'
import { indexShard, indexStep, type Shard, type ShardIndex } from './shard'

/** Changes with what is written. */
const format = 1

interface Saved extends ShardIndex {
  readonly format: number
  readonly step: number
  readonly version: string
}

/** A shard that knows its samples' number and places: from the shard itself, from an earlier run, or by reading it through. */
export async function withIndex(
  shard: Shard,
  signal?: AbortSignal,
  onCount?: (count: number) => void,
): Promise<Shard & { readonly index: ShardIndex }> {
  if (shard.index) return { ...shard, index: shard.index }
  const files = indexFiles(shard.name)
  for (const file of files) {
    const saved = await load(file)
    if (saved && saved.format === format && saved.step === indexStep && saved.version === shard.version) {
      return { ...shard, index: { count: saved.count, starts: saved.starts } }
    }
  }
  const index = await indexShard(shard, signal, onCount)
  const saved: Saved = { format, step: indexStep, version: shard.version, ...index }
  for (const file of files) {
    if (await save(file, JSON.stringify(saved))) break
  }
  return { ...shard, index }
}

/** Beside the file, or, where that cannot be written, in the folder for what is temporary. */
function indexFiles(name: string): string[] {
  const elsewhere = createHash('sha256')
    .update(isURL(name) ? name : resolve(name))
    .digest('hex')
    .slice(0, 32)
  const temporary = join(tmpdir(), 'dreamlip-index', `${elsewhere}.json`)
  return isURL(name) ? [temporary] : [`${name}.dreamlip-index`, temporary]
}

async function load(file: string): Promise<Saved | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Saved
  } catch {
    return undefined
  }
}

/** Whether it could be written. Whole or not at all: two runs may write at the same time. */
async function save(file: string, text: string): Promise<boolean> {
  const temporary = `${file}.${process.pid}.tmp`
  try {
    await mkdir(dirname(file), { recursive: true })
    await writeFile(temporary, text)
    await rename(temporary, file)
    return true
  } catch {
    return false
  }
}
