/** One step of benchmarks/lance.ts in a separate process, to measure its memory: adds to, indexes, or searches a LanceDB table. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { addEmbeddingsToLance, openLanceStore, type AnnType, type LanceDtype } from '../src/index.node.ts'
import { median } from './python'
import { neighbours, type Queries } from './vector-data'

export type LanceStep =
  | { readonly action: 'add'; readonly embeddings: string; readonly uri: string; readonly dtype: LanceDtype }
  | { readonly action: 'index'; readonly uri: string; readonly type: AnnType | 'none' }
  | { readonly action: 'search'; readonly uri: string; readonly queries: string; readonly settings: readonly Setting[] }

export interface Setting {
  readonly probes: number
  readonly refine: number
}

export interface Taken {
  readonly seconds: number
  /** Peak memory of the process, in bytes. */
  readonly memory: number
}

export interface Searched extends Setting {
  /** From the call that opens the table to the first result. */
  readonly firstSeconds: number
  /** The median per query. */
  readonly milliseconds: number
  /** The rows that were found, by query. */
  readonly found: readonly (readonly number[])[]
}

async function run(step: LanceStep): Promise<Taken | Searched[]> {
  if (step.action === 'search') return search(step)
  const start = performance.now()
  if (step.action === 'add')
    await addEmbeddingsToLance(step.embeddings, step.uri, { dtype: step.dtype, ann: { type: 'none' } })
  else {
    await using store = await openLanceStore(step.uri)
    await store.buildIndex({ type: step.type })
  }
  return { seconds: (performance.now() - start) / 1000, memory: process.resourceUsage().maxRSS * 1024 }
}

async function search({ uri, queries, settings }: LanceStep & { readonly action: 'search' }): Promise<Searched[]> {
  const { vectors } = JSON.parse(readFileSync(queries, 'utf8')) as Queries
  const asked = vectors.map((vector) => Float32Array.from(Object.values(vector)))
  const results: Searched[] = []
  for (const setting of settings) {
    const start = performance.now()
    await using store = await openLanceStore(uri, setting)
    const find = async (query: Float32Array) =>
      (await store.search(query, neighbours)).ids.map((id) => Number(/(\d+)$/.exec(id)![1]))
    await find(asked[0]!)
    const firstSeconds = (performance.now() - start) / 1000
    const times: number[] = []
    const found: number[][] = []
    for (const query of asked) {
      const before = performance.now()
      found.push(await find(query))
      times.push(performance.now() - before)
    }
    results.push({ ...setting, firstSeconds, milliseconds: median(times), found })
  }
  return results
}

if (process.argv[2]?.startsWith('{')) {
  const step = JSON.parse(process.argv[2]) as LanceStep
  process.argv[1] = fileURLToPath(new URL('peers/program.js', import.meta.url)) // LanceDB is looked up next to the program
  const result = await run(step)
  process.stdout.write(`\n${JSON.stringify(result)}\n`, () => process.exit())
}
