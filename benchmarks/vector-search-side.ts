/** One side of benchmarks/vector-search.ts: builds an index of vectors, or searches a built one. */
import { readFileSync, rmSync, statSync, readdirSync, existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { median } from './python'
import { neighbours, readVectors, width, type Queries } from './vector-data'

export const sideNames = ['dreamlip', 'sqlite-vec', 'usearch exact', 'usearch HNSW', 'LanceDB flat'] as const
export type SideName = (typeof sideNames)[number]

/** The argument of a side. */
export interface VectorSide {
  readonly name: SideName
  readonly action: 'build' | 'search'
  readonly rows: number
  /** File of float32 vectors. */
  readonly vectors: string
  /** JSON file of queries. */
  readonly queries: string
  /** The folder for the side's index. */
  readonly folder: string
}

export interface Built {
  readonly seconds: number
  readonly bytes: number
}

export interface Searched {
  /** From the call that opens the index to the first result. */
  readonly firstSeconds: number
  /** The median per query. */
  readonly milliseconds: number
  /** The share of the true neighbours that were found. */
  readonly recall: number
  /** Memory of the process after the queries, in bytes. */
  readonly resident: number
}

interface Library {
  build(side: VectorSide): Promise<void>
  /** @returns a function that finds the rows nearest to a query */
  open(side: VectorSide): Promise<(query: Float32Array) => Promise<number[]>>
}

const peers = createRequire(new URL('peers/package.json', import.meta.url))
const idOf = (row: number) => `/home/someone/photos/${String(row).padStart(8, '0')}.jpg`

const dreamlip: Library = {
  async build({ folder, vectors }) {
    const { VectorIndex } = await importBuilt()
    await using index = await VectorIndex.open(folder, { width })
    let first = 0
    for (const piece of readVectors(vectors)) {
      const ids = Array.from({ length: piece.length / width }, (_, i) => idOf(first + i))
      await index.add(ids, piece)
      first += ids.length
    }
  },
  async open({ folder }) {
    const { VectorIndex } = await importBuilt()
    const index = await VectorIndex.open(folder)
    return async (query) => {
      const { ids } = await index.search(query, neighbours)
      return ids.map((id) => Number(/(\d+)\.jpg$/.exec(id)![1]))
    }
  },
}

async function importBuilt(): Promise<typeof import('../src/entries/search.node.ts')> {
  return (await import(new URL('../dist/search.js', import.meta.url).href)) as never
}

/** The parts of libsql that are used: an SQLite that can load extensions. */
type Database = new (path: string) => {
  loadExtension(path: string): void
  exec(sql: string): void
  prepare(sql: string): { run(values: unknown[]): void; all(values: unknown[]): { rowid: number }[] }
}

function openSQLite({ folder }: VectorSide) {
  const database = new (peers('libsql') as Database)(`${folder}.sqlite`)
  database.loadExtension((peers('sqlite-vec') as { getLoadablePath(): string }).getLoadablePath())
  return database
}

/** On unit vectors, its Euclidean distance ranks like cosines, and is its fastest metric. */
const sqliteVec: Library = {
  async build(side) {
    const database = openSQLite(side)
    database.exec(`CREATE VIRTUAL TABLE vectors USING vec0(embedding float[${width}])`)
    const insert = database.prepare('INSERT INTO vectors(embedding) VALUES (?)')
    for (const piece of readVectors(side.vectors)) {
      database.exec('BEGIN')
      for (let at = 0; at < piece.length; at += width) insert.run([bytesOf(piece.slice(at, at + width))])
      database.exec('COMMIT')
    }
  },
  async open(side) {
    const find = openSQLite(side).prepare(`SELECT rowid FROM vectors WHERE embedding MATCH ? AND k = ${neighbours}`)
    return async (query) => find.all([bytesOf(query)]).map(({ rowid }) => rowid - 1)
  },
}

const bytesOf = (vector: Float32Array) => Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength)

interface Usearch {
  readonly Index: new (options: object) => {
    add(keys: BigUint64Array, vectors: Float32Array, threads: number): void
    search(query: Float32Array, k: number, threads: number): { readonly keys: BigUint64Array }
    save(path: string): void
    load(path: string): void
  }
  exactSearch(
    data: Float32Array,
    query: Float32Array,
    width: number,
    k: number,
    metric: string,
    threads: number,
  ): { readonly keys: BigUint64Array }
}

const usearch = () => peers('usearch') as Usearch
const threads = 2

const usearchExact: Library = {
  build: async () => undefined,
  async open({ vectors, rows }) {
    const { exactSearch } = usearch()
    const data = new Float32Array(rows * width)
    let end = 0
    for (const piece of readVectors(vectors)) {
      data.set(piece, end)
      end += piece.length
    }
    return async (query) => [...exactSearch(data, query, width, neighbours, 'ip', threads).keys].map(Number)
  },
}

const newHNSW = () => new (usearch().Index)({ metric: 'ip', dimensions: width, connectivity: 16, quantization: 'f16' })

const usearchHNSW: Library = {
  async build({ folder, vectors }) {
    const index = newHNSW()
    let first = 0
    for (const piece of readVectors(vectors)) {
      const count = piece.length / width
      index.add(
        BigUint64Array.from({ length: count }, (_, i) => BigInt(first + i)),
        piece,
        threads,
      )
      first += count
    }
    index.save(`${folder}.usearch`)
  },
  async open({ folder }) {
    const index = newHNSW()
    index.load(`${folder}.usearch`)
    return async (query) => [...index.search(query, neighbours, 1).keys].map(Number)
  },
}

interface Arrow {
  readonly Field: new (name: string, type: object, nullable: boolean) => object
  readonly FixedSizeList: new (size: number, field: object) => object
  readonly Float32: new () => object
  readonly Table: new (columns: object) => object
  makeData(data: object): object
  makeVector(data: object): object
}

interface Lance {
  connect(path: string): Promise<{
    createTable(name: string, data: object): Promise<LanceTable>
    openTable(name: string): Promise<LanceTable>
  }>
}

interface LanceTable {
  add(data: object): Promise<unknown>
  vectorSearch(query: Float32Array): LanceQuery
}

interface LanceQuery {
  distanceType(type: 'dot'): LanceQuery
  limit(count: number): LanceQuery
  select(columns: readonly string[]): LanceQuery
  toArray(): Promise<{ readonly id: number }[]>
}

const lanceDB: Library = {
  async build({ folder, vectors }) {
    const { Field, FixedSizeList, Float32, Table, makeData, makeVector } = peers('apache-arrow') as Arrow
    const database = await (peers('@lancedb/lancedb') as Lance).connect(folder)
    const type = new FixedSizeList(width, new Field('item', new Float32(), true))
    let first = 0
    let table: LanceTable | undefined
    for (const piece of readVectors(vectors)) {
      const length = piece.length / width
      const child = makeData({ type: new Float32(), data: piece })
      const data = new Table({
        id: makeVector(Int32Array.from({ length }, (_, i) => first + i)),
        vector: makeVector(makeData({ type, length, nullCount: 0, child })),
      })
      if (table) await table.add(data)
      else table = await database.createTable('vectors', data)
      first += length
    }
  },
  async open({ folder }) {
    const table = await (await (peers('@lancedb/lancedb') as Lance).connect(folder)).openTable('vectors')
    return async (query) => {
      const hits = table.vectorSearch(query).distanceType('dot').limit(neighbours).select(['id', '_distance'])
      return (await hits.toArray()).map(({ id }) => id)
    }
  },
}

const libraries: Record<SideName, Library> = {
  dreamlip,
  'sqlite-vec': sqliteVec,
  'usearch exact': usearchExact,
  'usearch HNSW': usearchHNSW,
  'LanceDB flat': lanceDB,
}

async function build(side: VectorSide): Promise<Built> {
  const start = performance.now()
  await libraries[side.name].build(side)
  const seconds = (performance.now() - start) / 1000
  const files = ['', '.sqlite', '.usearch'].map((ending) => side.folder + ending).filter((path) => existsSync(path))
  const bytes = files.reduce((sum, path) => sum + sizeOf(path), 0)
  return { seconds, bytes: bytes || statSync(side.vectors).size }
}

function sizeOf(path: string): number {
  if (!statSync(path).isDirectory()) return statSync(path).size
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0)
}

async function search(side: VectorSide): Promise<Searched> {
  const { vectors, nearest } = JSON.parse(readFileSync(side.queries, 'utf8')) as Queries
  const queries = vectors.map((vector) => Float32Array.from(Object.values(vector)))
  const start = performance.now()
  const find = await libraries[side.name].open(side)
  await find(queries[0]!)
  const firstSeconds = (performance.now() - start) / 1000
  for (const query of queries.slice(0, 5)) await find(query)
  const times: number[] = []
  let found = 0
  for (const [i, query] of queries.entries()) {
    const before = performance.now()
    const rows = await find(query)
    times.push(performance.now() - before)
    found += rows.filter((row) => nearest[i]!.includes(row)).length
  }
  const resident = process.memoryUsage().rss
  return { firstSeconds, milliseconds: median(times), recall: found / (queries.length * neighbours), resident }
}

if (process.argv[2]?.startsWith('{')) {
  const side = JSON.parse(process.argv[2]) as VectorSide
  if (side.action === 'build')
    ['', '.sqlite', '.usearch'].forEach((end) => rmSync(side.folder + end, { recursive: true, force: true }))
  const result = side.action === 'build' ? await build(side) : await search(side)
  process.stdout.write(JSON.stringify(result), () => process.exit())
}
