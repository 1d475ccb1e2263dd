import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CreateBucketCommand, ListMultipartUploadsCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DreamLIP } from '../../../src/index'
import type { Destination } from '../../../src/bulk/destination/destination'
import { embedShards } from '../../../src/bulk/embed-shards.node.ts'
import { folderDestination } from '../../../src/bulk/destination/folder-destination.node.ts'
import { s3Destination } from '../../../src/bulk/destination/s3-destination.node.ts'
import { openLine } from '../line'
import { hasMoto, startMoto } from '../moto'
import { tinyModel, writeShard } from '../shards'

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
let [folder, stop, client] = [] as unknown as [string, () => void, S3Client]
let endpoint: string

/** A proxy between the client and the store, which fails a given number of requests. */
let [proxy, failing, refused] = [] as unknown as [Server, number, number]

describe.skipIf(!hasMoto)('s3Destination', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dreamlip-s3-'))
    ;({ endpoint, stop } = await startMoto())
    client = new S3Client({ endpoint, region: 'us-east-1', credentials, forcePathStyle: true })
    await client.send(new CreateBucketCommand({ Bucket: 'photos' }))
    proxy = createServer((incoming, answer) => {
      if (incoming.method === 'PUT' && failing > 0) {
        failing--
        refused++
        incoming.socket.destroy()
        return
      }
      const { method, headers, url } = incoming
      const onward = request(endpoint + url!, { method, headers }, (response) => {
        answer.writeHead(response.statusCode!, response.headers)
        response.pipe(answer)
      })
      incoming.pipe(onward)
    })
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  })
  afterAll(async () => {
    proxy.close()
    client.destroy()
    stop()
    await rm(folder, { recursive: true })
  })
  const open = (at: string): Promise<Destination> =>
    s3Destination(`s3://photos/${at}`, { endpoint, region: 'us-east-1', credentials })
  const throughProxy = (): Promise<Destination> =>
    s3Destination('s3://photos/proxy', {
      endpoint: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
      region: 'us-east-1',
      credentials,
    })
  const numbers = (count: number) => Uint8Array.from({ length: count }, (_, i) => i % 251)

  it('writes, reads and measures objects; what is not there is undefined', async () => {
    const store = await open('simple')
    await store.write('a/b.bin', [numbers(10), numbers(5)])
    expect(await store.size('a/b.bin')).toBe(15)
    expect(await store.read('a/b.bin')).toEqual(Uint8Array.from([...numbers(10), ...numbers(5)]))
    expect([await store.list('a'), await store.list('b')]).toEqual([['b.bin'], []])
    expect([await store.size('a/c.bin'), await store.read('a/c.bin')]).toEqual([undefined, undefined])
  })

  it('sends large objects in parts, and leaves nothing of an upload that is aborted', async () => {
    const store = await open('large')
    const large = numbers(40 << 20)
    await store.write('whole.bin', [large])
    expect(await store.size('whole.bin')).toBe(large.length)
    const stopping = new AbortController()
    const writing = store.write('stopped.bin', [large], stopping.signal)
    setImmediate(() => stopping.abort(new Error('enough')))
    await expect(writing).rejects.toThrow('enough')
    expect(await store.size('stopped.bin')).toBeUndefined()
    expect((await client.send(new ListMultipartUploadsCommand({ Bucket: 'photos' }))).Uploads ?? []).toEqual([])
  })

  it('goes on when the connection breaks and comes back', async () => {
    ;[failing, refused] = [3, 0]
    const store = await throughProxy()
    await store.write('a.bin', [numbers(1000)])
    expect([refused, await store.size('a.bin')]).toEqual([3, 1000])
  })

  it.each(['refused', 'silent'] as const)(
    'waits for a store whose connection is cut (%s), and says so',
    async (how) => {
      const line = await openLine(endpoint)
      const said: string[] = []
      const store = await s3Destination('s3://photos/cut', {
        ...{ endpoint: line.url, region: 'us-east-1', credentials, patienceSeconds: 60 },
        maxAttempts: 1,
        requestHandler: { connectionTimeout: 1000, socketTimeout: 1500 },
        onWait: (message: string) => {
          said.push(message)
          line.mend()
        },
      })
      await store.write('before.bin', [numbers(10)])
      line.cut(how)
      await store.write(`${how}.bin`, [numbers(1000)])
      expect(await store.size(`${how}.bin`)).toBe(1000)
      expect(said[0]).toContain('s3://photos/cut: the store does not answer')
      line.close()
    },
  )

  it('ends with an error when the store stays away, after a limited time', async () => {
    const line = await openLine(endpoint)
    const settings = { endpoint: line.url, region: 'us-east-1', credentials, patienceSeconds: 1, maxAttempts: 1 }
    const store = await s3Destination('s3://photos/away', settings)
    line.cut('refused')
    await expect(store.write('a', [numbers(1)])).rejects.toMatchObject({ code: 'WRITE_FAILED' })
    await expect(store.read('a')).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE' })
    line.close()
  })

  it('says which store does not answer, and what to do', async () => {
    const gone = await s3Destination('s3://photos/x', {
      ...{ endpoint: 'http://127.0.0.1:9', region: 'us-east-1', credentials, patienceSeconds: 0 },
    })
    await expect(gone.write('a', [numbers(1)])).rejects.toMatchObject({ code: 'WRITE_FAILED' })
    await expect(gone.size('a')).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE' })
    await expect(s3Destination('s3://Not A Bucket')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })

  it('holds the same output as a folder', async () => {
    using model = await DreamLIP.create(tinyModel, { seed: 1 })
    await Promise.all([0, 1].map((i) => writeShard(join(folder, `${i}.tar`), 3 * i, 3)))
    const shards = join(folder, '{0..1}.tar')
    const store = await open('embeddings')
    await embedShards(model, shards, { out: join(folder, 'out') })
    await embedShards(model, shards, { out: store })
    expect(await embedShards(model, shards, { out: store })).toMatchObject({ skipped: 2 })
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: 'photos', Prefix: 'embeddings/' }))
    expect(Contents).toHaveLength(10)
    const local = folderDestination(join(folder, 'out'))
    for (const { Key } of Contents) {
      const name = Key!.slice('embeddings/'.length)
      expect(await store.read(name), name).toEqual(new Uint8Array((await local.read(name))!))
    }
  })
})
