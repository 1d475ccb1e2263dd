import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { embedImages } from '../../../src/evaluation/features/embed-images'
import { DreamLIP, encodePNG } from '../../../src/index.node.ts'
import { plainPicture, smallConfig } from '../small-model'

describe('embedImages', () => {
  let model: DreamLIP
  let folder: string
  let cache: string
  beforeAll(async () => {
    model = await DreamLIP.create(smallConfig, { seed: 3, device: 'cpu' })
  })
  afterAll(() => model.dispose())
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'dreamlip-features-'))
    cache = join(folder, 'cache')
    for (let i = 0; i < 3; i++)
      writeFileSync(join(folder, `${i}.png`), await encodePNG(plainPicture(90 * i, 10, 255 - 90 * i)))
    writeFileSync(join(folder, 'broken.png'), 'no image')
  })
  afterEach(() => {
    vi.restoreAllMocks()
    rmSync(folder, { recursive: true })
  })

  const listed = (...names: string[]) => names.map((name) => ({ id: name, image: join(folder, name) }))

  it('gives the rows of encodeImage, and names images that cannot be read', async () => {
    const found = await embedImages(model, listed('0.png', 'broken.png', '1.png', 'missing.png', '2.png'))
    const expected = await model.encodeImage(listed('0.png', '1.png', '2.png').map(({ image }) => image))
    expect(found.embeddings).toEqual(expected)
    expect([...found.row]).toEqual([0, -1, 1, -1, 2])
    expect(found.problems.map(({ item, reason }) => [item, reason])).toEqual([
      ['broken.png', 'image-unreadable'],
      ['missing.png', 'image-unreadable'],
    ])
  })

  it('keeps what it computed, chunk by chunk, and computes only what changed', async () => {
    // 300 images are two chunks, of 256 and 44.
    const images = Array.from({ length: 300 }, (_, i) => ({ id: `${i}`, image: join(folder, `${i % 3}.png`) }))
    images[299] = { id: 'broken', image: join(folder, 'broken.png') }
    const encode = vi.spyOn(model, 'encodeImage')
    const first = await embedImages(model, images, { cache })
    const again = await embedImages(model, images, { cache })
    expect(again).toEqual(first)
    expect(encode.mock.calls.map(([chunk]) => (chunk as unknown[]).length)).toEqual([256, 44])
    images[299] = { id: '299', image: join(folder, '0.png') }
    const mended = await embedImages(model, images, { cache })
    expect(encode).toHaveBeenCalledTimes(3)
    expect(mended.problems).toEqual([])
    expect(mended.embeddings.shape).toEqual([300, 16])
    utimesSync(join(folder, '0.png'), 1, 1) // another date: another version
    await embedImages(model, images, { cache })
    expect(encode).toHaveBeenCalledTimes(5)
  })

  it('does not use the embeddings of another model, nor a damaged file', async () => {
    const images = listed('0.png', '1.png')
    const first = await embedImages(model, images, { cache })
    const other = await DreamLIP.create(smallConfig, { seed: 4, device: 'cpu' })
    expect((await embedImages(other, images, { cache })).embeddings).not.toEqual(first.embeddings)
    other.dispose()
    for (const name of readdirSync(cache)) {
      const bytes = readFileSync(join(cache, name))
      bytes[bytes.length - 1]! ^= 1
      writeFileSync(join(cache, name), bytes)
    }
    expect(await embedImages(model, images, { cache })).toEqual(first)
  })

  it('continues after an abort with the chunks that were complete', async () => {
    const images = Array.from({ length: 600 }, (_, i) => ({ id: `${i}`, image: plainPicture(i % 256, 0, 0) }))
    const abort = new AbortController()
    const onProgress = ({ done }: { done: number }) => done > 256 && abort.abort()
    await expect(embedImages(model, images, { cache, signal: abort.signal, onProgress })).rejects.toThrow(/abort/i)
    const encode = vi.spyOn(model, 'encodeImage')
    const resumed = await embedImages(model, images, { cache })
    expect(encode.mock.calls.map(([chunk]) => (chunk as unknown[]).length)).toEqual([256, 88])
    expect(resumed).toEqual(await embedImages(model, images))
  })
})
