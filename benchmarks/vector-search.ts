/**
 * Vector search: dreamlip's `VectorIndex` compared with sqlite-vec, usearch and LanceDB. `VECTOR_ROWS=100000` sets the numbers of
 * vectors, and `VECTOR_SIDES='dreamlip,LanceDB flat'` the sides.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { peerPackages } from './peers'
import { median } from './python'
import { buildPackage } from './runtime/cold-start'
import { inTurn, medianRatio, nodeSide, type Side } from './runtime/sides'
import { makeQueries, neighbours, width, writeVectors } from './vector-data'
import { sideNames, type Built, type Searched, type SideName, type VectorSide } from './vector-search-side'

const rounds = 3

export async function vectorSearchBenchmark(): Promise<void> {
  buildPackage()
  peerPackages()
  const counts = (process.env.VECTOR_ROWS ?? '100000,1000000').split(',').map(Number)
  const wanted = process.env.VECTOR_SIDES?.split(',') ?? sideNames
  for (const rows of counts)
    await compare(
      rows,
      sideNames.filter((name) => wanted.includes(name)),
    )
}

async function compare(rows: number, names: readonly SideName[]): Promise<void> {
  const folder = join(tmpdir(), `dreamlip-vector-search-${rows}`)
  mkdirSync(folder, { recursive: true })
  const vectors = join(folder, 'vectors.f32')
  const queries = join(folder, 'queries.json')
  writeVectors(vectors, rows)
  writeFileSync(queries, JSON.stringify(makeQueries(vectors, rows)))
  const sideOf = <Result>(name: SideName, action: VectorSide['action']): Side<Result> => {
    const at = join(folder, name.replace(' ', '-'))
    return nodeSide('../vector-search-side.ts', {
      name,
      action,
      rows,
      vectors,
      queries,
      folder: at,
    } satisfies VectorSide)
  }
  try {
    const built: Partial<Record<SideName, Built>> = {}
    for (const name of names) built[name] = await sideOf<Built>(name, 'build')()
    const sides = Object.fromEntries(names.map((name) => [name, sideOf<Searched>(name, 'search')]))
    report(rows, built, await inTurn(sides, rounds))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function report(
  rows: number,
  built: Partial<Record<SideName, Built>>,
  results: Readonly<Record<string, Searched[]>>,
): void {
  console.log(
    `${rows.toLocaleString('en')} × ${width} vectors, the nearest ${neighbours}; median of ${rounds} rounds of a process for each side; ` +
      'ratio: its time for a query divided by that of dreamlip in the same round',
  )
  for (const [name, searched] of Object.entries(results)) {
    const of = (value: (result: Searched) => number) => median(searched.map(value))
    const time = ({ milliseconds }: Searched) => milliseconds
    const ratio = results.dreamlip ? medianRatio(searched.map(time), results.dreamlip.map(time)).toFixed(2) : '-'
    const { seconds, bytes } = built[name as SideName]!
    console.log(
      `  ${name.padEnd(14)} ${of(time).toFixed(2).padStart(8)} ms a query (ratio ${ratio})  recall ${of(({ recall }) => recall).toFixed(4)}` +
        `  first ${of(({ firstSeconds }) => firstSeconds).toFixed(2)} s  build ${seconds.toFixed(1)} s` +
        `  disk ${(bytes / 1e6).toFixed(0)} MB  memory ${(of(({ resident }) => resident) / 1e6).toFixed(0)} MB`,
    )
  }
}
