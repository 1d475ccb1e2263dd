import { describe, expect, it } from 'vitest'
import { preprocessImage } from '../../../src/images/preprocess/preprocess'
import { imageBatches } from '../../../src/inference/images/image-batches'

const files = ['chelsea.png', 'coffee.png', 'rocket.jpg'].map((name) => `examples/photos/${name}`)
const photos = Array.from({ length: 20 }, (_, i) => files[i % files.length]!)

async function collect(images: Parameters<typeof imageBatches>[0], batchSize: number, signal?: AbortSignal) {
  const batches = []
  for await (const batch of imageBatches(images, { size: 16, batchSize, signal })) batches.push(batch)
  return batches
}

describe('imageBatches', () => {
  it.each([1, 3, 8, 20, 64])('gives every image once and in order, in batches of %d', async (batchSize) => {
    const batches = await collect(photos, batchSize)
    expect(batches.map(({ shape }) => shape[0])).toEqual(
      Array.from({ length: Math.ceil(20 / batchSize) }, (_, i) => Math.min(batchSize, 20 - i * batchSize)),
    )
    const pixels = batches.flatMap((batch) => [...batch.data])
    const expected = await Promise.all(photos.map((photo) => preprocessImage(photo, { size: 16 })))
    expect(pixels).toEqual(expected.flatMap(({ data }) => [...data]))
  })

  it('fails at the batch with the image that is broken, not before', async () => {
    const images = [...photos.slice(0, 11), 'missing.jpg', ...photos]
    const seen: number[] = []
    const all = async () => {
      for await (const { shape } of imageBatches(images, { size: 16, batchSize: 4 })) seen.push(shape[0])
    }
    await expect(all()).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE' })
    expect(seen).toEqual([4, 4])
  })

  it('stops when it is aborted', async () => {
    const controller = new AbortController()
    const batches = imageBatches(photos, { size: 16, batchSize: 4, signal: controller.signal })
    await batches.next()
    controller.abort()
    await expect(batches.next()).rejects.toMatchObject({ name: 'AbortError' })
  })

  it('reads at most a few images ahead of the caller', async () => {
    const read: number[] = []
    const images = photos.map((_, i) => ({
      data: new Uint8Array(3),
      get width() {
        read.push(i)
        return 1
      },
      height: 1,
      channels: 3 as const,
    }))
    const batches = imageBatches(images, { size: 4, batchSize: 2 })
    await batches.next()
    expect(Math.max(...read)).toBeLessThan(10)
    await batches.return(undefined)
  })
})
