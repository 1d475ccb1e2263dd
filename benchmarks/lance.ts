/**
 * LanceDB tables from embeddings: the times to create, index and search them, their sizes, and the reads from S3.
 * `LANCE_ROWS=100000` sets the number of vectors, `LANCE_DATA=clusters` another kind of vectors, `LANCE_TYPES='ivf-rq,ivf-pq'` the
 * indexes, `LANCE_DTYPES=float32,float16` the stored types, and `LANCE_READS=20000` the number of vectors of the table in S3
 * (0 omits it), which needs moto (`MOTO_SERVER`).
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { folderDestination } from '../src/bulk/destination/folder-destination.node.ts'
import { metadataTable } from '../src/bulk/output/metadata-table.node.ts'
import { reportFile, shardFile } from '../src/bulk/output/shard-files'
import { jsonBytes, type ShardReport } from '../src/bulk/output/shard-report'
import { createRows } from '../src/bulk/output/shard-rows'
import type { AnnType, LanceDtype } from '../src/index.node.ts'
import { annTypes, partitionsFor } from '../src/search/lance/ann-index'
import type { LanceStep, Searched, Setting, Taken } from './lance-side'
import { peerPackages } from './peers'
import { nodeSide } from './runtime/sides'
import {
  makeQueries,
  neighbours,
  pieceRows,
  readVectors,
  width,
  writeVectors,
  type Queries,
  type VectorKind,
} from './vector-data'

const rows = Number(process.env.LANCE_ROWS ?? 1_000_000)
const kind = (process.env.LANCE_DATA ?? 'cloud') as VectorKind
const types = (process.env.LANCE_TYPES?.split(',') ?? annTypes) as readonly AnnType[]
const dtypes = (process.env.LANCE_DTYPES?.split(',') ?? ['float32']) as readonly LanceDtype[]
const rowsInS3 = Number(process.env.LANCE_READS ?? 20_000)

/** Small, because moto is slow. */
const queriesInS3 = 5

const settings: readonly Setting[] = [
  { probes: 10, refine: 1 },
  { probes: 10, refine: 10 },
  { probes: 40, refine: 1 },
  { probes: 40, refine: 10 },
  { probes: 100, refine: 10 },
  { probes: 200, refine: 20 },
]

export async function lanceBenchmark(): Promise<void> {
  peerPackages()
  const folder = mkdtempSync(join(tmpdir(), 'dreamlip-lance-'))
  try {
    const vectors = join(folder, 'vectors.f32')
    const queries = join(folder, 'queries.json')
    writeVectors(vectors, rows, kind)
    writeFileSync(queries, JSON.stringify(makeQueries(vectors, rows, kind)))
    const embeddings = join(folder, 'embeddings')
    await writeEmbeddings(vectors, embeddings, rows)
    for (const dtype of dtypes) await measure(dtype, folder, embeddings, queries)
    if (rowsInS3 > 0) await countReads(vectors, folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const step = <Result>(argument: LanceStep) => nodeSide<Result>('../lance-side.ts', argument)()

async function measure(dtype: LanceDtype, folder: string, embeddings: string, queries: string): Promise<void> {
  const uri = join(folder, `${dtype}.lance`)
  const added = await step<Taken>({ action: 'add', embeddings, uri, dtype })
  const again = await step<Taken>({ action: 'add', embeddings, uri, dtype })
  const size = sizeOf(uri)
  console.log(
    `${rows.toLocaleString('en')} × ${width} vectors (${kind}) as ${dtype}, from float16 embeddings in shards of ${pieceRows.toLocaleString('en')}`,
  )
  console.log(
    `  added in ${added.seconds.toFixed(1)} s (memory ${megabytes(added.memory)}), ${(size / rows).toFixed(0)} bytes a vector; ` +
      `the same call again ${again.seconds.toFixed(1)} s`,
  )
  const [exact] = await step<Searched[]>({ action: 'search', uri, queries, settings: [settings[0]!] })
  const { nearest } = JSON.parse(readFileSync(queries, 'utf8')) as Queries
  console.log(`  no index ${' '.repeat(24)}${describe(exact!, nearest)}`)
  for (const type of types) {
    const before = sizeOf(uri)
    const built = await step<Taken>({ action: 'index', uri, type })
    const bytes = (sizeOf(uri) - before) / rows
    console.log(
      `  ${type}, ${partitionsFor(type, rows)} partitions: built in ${built.seconds.toFixed(1)} s ` +
        `(memory ${megabytes(built.memory)}), ${bytes.toFixed(0)} bytes a vector`,
    )
    for (const searched of await step<Searched[]>({ action: 'search', uri, queries, settings })) {
      const { probes, refine } = searched
      console.log(
        `    probes ${String(probes).padStart(3)}, refine ${String(refine).padStart(2)}         ${describe(searched, exact!.found)}`,
      )
    }
  }
}

/** The recall of an index, relative to an exact search of the same table. */
function describe({ firstSeconds, milliseconds, found }: Searched, nearest: readonly (readonly number[])[]): string {
  const hits = found.reduce((sum, rows, i) => sum + rows.filter((row) => nearest[i]!.includes(row)).length, 0)
  const recall = hits / (found.length * neighbours)
  return `recall@${neighbours} ${recall.toFixed(3)}  ${milliseconds.toFixed(1).padStart(6)} ms a query  first ${firstSeconds.toFixed(2)} s`
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`

/** Vectors as `dreamlip embed --shards` writes them. */
async function writeEmbeddings(vectors: string, folder: string, count: number): Promise<void> {
  const destination = folderDestination(folder)
  let [number, left] = [0, count]
  for (const piece of readVectors(vectors)) {
    if (left <= 0) break
    const first = number * pieceRows
    const samples = Array.from({ length: Math.min(left, piece.length / width) }, (_, i) => ({
      key: String(first + i).padStart(9, '0'),
      caption: `a picture of something, with a caption of usual length, number ${first + i}`,
    }))
    const images = createRows(width, 'float16')
    images.add(piece.subarray(0, samples.length * width))
    const files = {
      [shardFile('images', number)]: images.file(),
      [shardFile('metadata', number)]: [await metadataTable(samples)],
    }
    for (const [path, chunks] of Object.entries(files)) await destination.write(path, chunks)
    const shard = `laion/${String(number).padStart(5, '0')}.tar`
    const counts = { samples: samples.length, embedded: samples.length, reasons: {}, leftOut: [], files: {} }
    const report: ShardReport = { number, shard, model: 'a model', settings: {}, versions: {}, ...counts }
    await destination.write(reportFile(number), [jsonBytes(report)])
    number++
    left -= samples.length
  }
}

function sizeOf(path: string): number {
  if (!statSync(path).isDirectory()) return statSync(path).size
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0)
}

/** The reads of searches from a store with S3's protocol: requests and bytes are counted between LanceDB and moto. */
async function countReads(vectors: string, folder: string): Promise<void> {
  const { hasMoto, startMoto } = await import('../test/bulk/moto')
  if (!hasMoto) return
  const { CreateBucketCommand, S3Client } = await import('@aws-sdk/client-s3')
  const embeddings = join(folder, 'some-embeddings')
  await writeEmbeddings(vectors, embeddings, rowsInS3)
  const some = makeQueries(vectors, rows, kind).vectors.slice(0, queriesInS3)
  const queries = join(folder, 'some-queries.json')
  writeFileSync(queries, JSON.stringify({ vectors: some, nearest: some.map(() => []) }))
  const moto = await startMoto()
  const counted = { requests: 0, bytes: 0 }
  const proxy = createServer((incoming, answer) => {
    const { method, headers, url } = incoming
    if (method === 'GET' || method === 'HEAD') counted.requests++
    const onward = request(moto.endpoint + url!, { method, headers }, (response) => {
      answer.writeHead(response.statusCode!, response.headers)
      response.on('data', (chunk: Buffer) => (counted.bytes += chunk.length))
      response.pipe(answer)
    })
    incoming.pipe(onward)
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const endpoint = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
  const environment = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' }
  Object.assign(process.env, environment, { AWS_ENDPOINT_URL: endpoint })
  try {
    const client = new S3Client({ forcePathStyle: true })
    await client.send(new CreateBucketCommand({ Bucket: 'vectors' }))
    client.destroy()
    const uri = 's3://vectors/search.lance'
    await step<Taken>({ action: 'add', embeddings, uri, dtype: dtypes[0]! })
    const type = types[0]!
    await step<Taken>({ action: 'index', uri, type })
    console.log(`${rowsInS3.toLocaleString('en')} of them in S3, ${type}, ${partitionsFor(type, rowsInS3)} partitions`)
    for (const setting of [settings[0]!, settings[1]!]) {
      Object.assign(counted, { requests: 0, bytes: 0 })
      await step<Searched[]>({ action: 'search', uri, queries, settings: [setting] })
      const { requests, bytes } = counted
      console.log(
        `  opened, and ${1 + queriesInS3} searches with probes ${setting.probes}, refine ${setting.refine}: ${requests} requests, ${(bytes / 1e6).toFixed(1)} MB`,
      )
    }
  } finally {
    proxy.close()
    moto.stop()
  }
}
