import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { downloadCheckpoint } from '../../../src/checkpoint/released/download.node.ts'
import { readCheckpoint } from '../../../src/checkpoint/read-checkpoint'
import { openRecords } from '../../../src/data/readers/open-records.node.ts'
import { DreamLIPError } from '../../../src/errors'
import { preprocessImage } from '../../../src/images/preprocess/preprocess'
import { hurry } from '../../server/hurry'
import { serve, type TestServer } from '../../server/server'
import { scenarios, type Outcome, type Reader } from './scenarios'

hurry(100)

let folder: string
let server: TestServer | undefined
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dreamlip-scenarios-'))
  vi.stubEnv('DREAMLIP_CACHE', folder)
})
afterEach(async () => {
  await server?.close()
  server = undefined
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})

const rows = Array.from({ length: 4012 }, (_, i) => ({
  image: `images/${i}.png`,
  caption: `A long caption of picture ${i}.`,
}))

const files: Readonly<Record<Reader, { readonly name: string; readonly bytes: Uint8Array }>> = {
  checkpoint: { name: 'model.pt', bytes: readFileSync('test/fixtures/models/mini.pt') },
  download: { name: 'model.pt', bytes: readFileSync('test/fixtures/models/mini.pt') },
  image: { name: 'picture.png', bytes: readFileSync('examples/photos/chelsea.png') },
  csv: {
    name: 'table.csv',
    bytes: Buffer.from(`image,caption\n${rows.map(({ image, caption }) => `${image},${caption}\n`).join('')}`),
  },
  json: { name: 'list.json', bytes: Buffer.from(JSON.stringify(rows)) },
}

/** Reads everything at a URL. The result must not depend on the server. */
const readers: Readonly<Record<Reader, (location: string) => Promise<unknown>>> = {
  async checkpoint(location) {
    const { tensors, close } = await readCheckpoint(location)
    const values: unknown[] = []
    for (const [name, { read }] of tensors) values.push([name, await read()])
    await close()
    return values
  },
  async download(location) {
    const { path } = await downloadCheckpoint(location, { cacheDir: folder, maxBytes: 1 << 24 })
    return readFileSync(path).equals(files.download.bytes)
  },
  image: async (location) => (await preprocessImage(location, { size: 32 })).data,
  csv: readData,
  json: readData,
}

async function readData(location: string): Promise<unknown> {
  const { shards } = await openRecords(location)
  const captions: unknown[] = []
  for await (const reading of shards[0]!.read()) {
    if ('problem' in reading)
      throw Object.assign(new DreamLIPError('DATA_INVALID', reading.problem.message), { code: 'problem' })
    captions.push(reading.record.raw)
  }
  expect(shards[0]!.index.count).toBe(captions.length)
  return captions
}

/** The result from a server without faults. */
const truth: Readonly<Record<Reader, () => Promise<unknown>>> = {
  checkpoint: () => readers.checkpoint('test/fixtures/models/mini.pt'),
  download: async () => true,
  image: () => readers.image('examples/photos/chelsea.png'),
  csv: async () => rows.map(({ caption }) => caption),
  json: async () => rows.map(({ caption }) => caption),
}

describe.each(scenarios)('$name', ({ answer, outcome, except, not = [] }) => {
  it.each((Object.keys(readers) as Reader[]).filter((reader) => !not.includes(reader)))(
    'gives the whole %s or a typed error',
    async (reader) => {
      const { name, bytes } = files[reader]
      server = await serve((request, response, count) => answer(bytes, request, response, count))
      const result = readers[reader](`${server.url}/${name}`)
      const expected: Outcome = except?.[reader] ?? outcome
      if (expected === 'good') return expect(await result).toEqual(await truth[reader]())
      const error = await result.then(
        () => expect.fail('it was read as if nothing were wrong'),
        (error: unknown) => error as DreamLIPError,
      )
      expect(error).toBeInstanceOf(DreamLIPError)
      expect(expected, error.message).toContain(error.code)
      expect(error.message.length).toBeLessThan(2000)
    },
  )
})
