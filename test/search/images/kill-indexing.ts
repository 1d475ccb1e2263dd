/** Kills a process that indexes at random moments, and compares the index with that of an uninterrupted run. */
import { spawn } from 'node:child_process'
import { cpSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { DreamLIP } from '../../../src/dreamlip'
import type { Random } from '../../../src/random'
import { ImageIndex, type ImageRow } from '../../../src/search/images/image-index.node.ts'
import { createTinyModel, fill } from './pictures'

export interface KillTally {
  kills: number
  /** Kills after which the index had some pictures, but not all. */
  halfway: number
  /** Problems; empty if there are none. */
  readonly faults: string[]
}

/** The contents of an index, and the vectors of its pictures. */
interface Contents {
  readonly rows: readonly Omit<ImageRow, 'modified'>[]
  readonly vectors: ReadonlyMap<string, Float32Array>
  readonly problems: readonly string[]
}

const pictures = 200

/** Each round starts with a new index, kills it up to three times with changes of files in between, and lets it end. */
export async function killIndexing(folder: string, kills: number, random: Random): Promise<KillTally> {
  const model = await createTinyModel()
  const tally: KillTally = { kills: 0, halfway: 0, faults: [] }
  try {
    for (let round = 0; tally.kills < kills; round++) {
      const at = (name: string) => join(folder, `${name}-${round}`)
      const [photos, index, fresh] = [at('photos'), at('index'), at('fresh')]
      const files = Array.from({ length: pictures }, (_, i) => [`${i % 5}/${i}.png`, i % 180] as const)
      await fill(photos, { ...Object.fromEntries(files), 'broken.png': 'x' })
      for (let kill = 0; kill < 3 && tally.kills < kills; kill++) {
        if (!(await runAndKill(photos, index, random))) break
        tally.kills++
        await checkHalf(model, index, tally)
        await change(photos, random)
      }
      await run(photos, index)
      await run(photos, fresh)
      const [found, expected] = [await contentsOf(model, index), await contentsOf(model, fresh)]
      const fault = difference(found, expected)
      if (fault) tally.faults.push(`${index}: ${fault}`)
      for (const made of [photos, index, fresh]) rmSync(made, { recursive: true })
    }
  } finally {
    model.dispose()
  }
  return tally
}

/** Moves, copies, changes and deletes a few files. */
async function change(photos: string, random: Random): Promise<void> {
  const number = () => Math.floor(random.uniform() * pictures)
  const at = (i: number) => join(photos, `${i % 5}`, `${i}.png`)
  const attempt = (work: () => void) => {
    try {
      work()
    } catch {
      // An earlier change has moved or deleted the file.
    }
  }
  for (let i = 0; i < 3; i++) {
    attempt(() => renameSync(at(number()), join(photos, `moved-${number()}.png`)))
    attempt(() => cpSync(at(number()), join(photos, `copied-${number()}.png`)))
    attempt(() => rmSync(at(number())))
    await fill(photos, { [`changed-${number()}.png`]: number() })
  }
}

function indexing(photos: string, index: string) {
  const args = ['--import', 'tsx', 'test/search/images/indexing.ts', photos, index]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let stderr = ''
  child.stdout.resume()
  child.stderr.on('data', (chunk: Buffer) => (stderr += String(chunk)))
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  return { child, ended, problem: () => stderr }
}

/** Lets a run end. */
async function run(photos: string, index: string): Promise<void> {
  const { ended, problem } = indexing(photos, index)
  if ((await ended) !== 0) throw new Error(`indexing fails: ${problem()}`)
}

/** Kills a run a moment after one of its first steps, each of which ends in a commit. @returns whether it was killed before it ended */
async function runAndKill(photos: string, index: string, random: Random): Promise<boolean> {
  const { child, ended } = indexing(photos, index)
  let stepsLeft = Math.floor(random.uniform() * 4)
  const delay = random.uniform() * 60
  child.stdout.on('data', (dots: Buffer) => {
    stepsLeft -= dots.length
    if (stepsLeft <= 0) void wait(delay).then(() => child.kill('SIGKILL'))
  })
  return (await ended) === null
}

/** The contents of the index after a kill must be correct. */
async function checkHalf(model: DreamLIP, folder: string, tally: KillTally): Promise<void> {
  const { rows, vectors } = await contentsOf(model, folder)
  if (rows.length > 0 && rows.length < pictures) tally.halfway++
  for (const { path } of rows.slice(0, 5)) {
    const expected = (await model.encodeImage([path])).data
    if (!isNear(vectors.get(path)!, expected)) tally.faults.push(`${path}: the vector is that of something else`)
  }
}

async function contentsOf(model: DreamLIP, folder: string): Promise<Contents> {
  await using index = await ImageIndex.open(folder, { model, threads: 1 })
  const rows: Omit<ImageRow, 'modified'>[] = []
  for await (const row of index.rows()) rows.push(row)
  rows.sort((a, b) => (a.path < b.path ? -1 : 1))
  const ids = rows.map(({ path }) => path)
  const data = await index.store.vectors(ids)
  const vectors = new Map(ids.map((id, i) => [id, data.slice(i * 8, (i + 1) * 8)]))
  const problems = (await index.problems()).map(({ path, reason }) => `${path} ${reason}`).sort()
  return { rows, vectors, problems }
}

function difference(found: Contents, expected: Contents): string | undefined {
  const text = ({ rows, problems }: Contents) => JSON.stringify({ rows, problems })
  if (text(found) !== text(expected)) return `expected ${text(expected)}; got ${text(found)}`
  const far = [...expected.vectors].find(([id, vector]) => !isNear(vector, found.vectors.get(id)!))
  return far && `${far[0]}: another vector`
}

/** Up to the rounding of float16. */
function isNear(a: Float32Array, b: Float32Array): boolean {
  return a.every((value, i) => Math.abs(value - b[i]!) < 2e-3)
}
