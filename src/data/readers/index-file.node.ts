/** Keeps the index of a data set, which takes a reading of everything, in a file: it is made once. */
import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { isURL } from '../../bytes/stream-bytes.node.ts'
import { indexShard, indexStep, type BegunIndex, type Shard, type ShardIndex } from '../shard'

/** Changes with what is written. */
const format = 2

/** Seconds after which what has been found so far is kept: a killed process loses no more. */
const keepEvery = 20

interface Saved extends ShardIndex {
  readonly format: number
  readonly step: number
  readonly version: string
  /** Up to where the shard was read, if not to its end. */
  readonly place?: number
}

/** A shard that knows its samples' number and places: from the shard itself, from an earlier run, or by reading what is missing. */
export async function withIndex(
  shard: Shard,
  signal?: AbortSignal,
  onCount?: (count: number) => void,
): Promise<Shard & { readonly index: ShardIndex }> {
  if (shard.index) return { ...shard, index: shard.index }
  const files = indexFiles(shard.name)
  const found = (await Promise.all(files.map(load))).find(
    (saved) => saved?.format === format && saved.step === indexStep && saved.version === shard.version,
  )
  if (found && found.place === undefined) return { ...shard, index: { count: found.count, starts: found.starts } }
  const keep = async (index: ShardIndex | BegunIndex) => {
    // The list grows while reading goes on: a start may be in it whose sample was not counted.
    const starts = index.starts.slice(0, Math.ceil(index.count / indexStep))
    const saved: Saved = { format, step: indexStep, version: shard.version, ...index, starts }
    for (const file of files) if (await save(file, JSON.stringify(saved))) break
  }
  let [last, keptAt]: [BegunIndex | undefined, number] = [undefined, performance.now()]
  const onStep = async (begun: BegunIndex) => {
    onCount?.(begun.count)
    // A damaged archive ends at Infinity, from where nothing goes on.
    if (!Number.isFinite(begun.place)) return
    last = begun
    if (performance.now() - keptAt < 1000 * keepEvery) return
    await keep(begun)
    keptAt = performance.now()
  }
  try {
    const begun = found && { ...found, place: found.place }
    const index = await indexShard(shard, signal, onStep, begun)
    await keep(index)
    return { ...shard, index }
  } catch (error) {
    if (last) await keep(last)
    throw error
  }
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
