import { describe, expect, it } from 'vitest'
import { decodeImage, makeThumbnail } from '../../../src/index.node.ts'

/** A picture of one pixel's values, 8 × 4. */
const plain = (...pixel: number[]) => ({
  data: Uint8Array.from({ length: 32 * pixel.length }, (_, i) => pixel[i % pixel.length]!),
  width: 8,
  height: 4,
  channels: pixel.length as 1 | 2 | 3 | 4,
})

describe('makeThumbnail', () => {
  it.each([
    ['what is transparent becomes white', [0, 0, 0, 0], [255, 255, 255]],
    ['what is half transparent becomes paler', [200, 0, 0, 128], [227, 127, 127]],
    ['gray with alpha too', [0, 0], [255, 255, 255]],
    ['colours without alpha stay', [10, 200, 30], [10, 200, 30]],
    ['gray stays', [77], [77, 77, 77]],
  ])('%s', async (_, from, to) => {
    const { image, bytes, type } = await makeThumbnail(plain(...from), { format: 'png' })
    expect(type).toBe('image/png')
    for (const { data, channels } of [image, await decodeImage(bytes)]) {
      expect(channels).toBe(3)
      to.forEach((value, i) => expect(Math.abs(data[i]! - value)).toBeLessThanOrEqual(1))
    }
  })

  it('makes the longest side as long as it is told to, and enlarges nothing', async () => {
    const { image } = await makeThumbnail(plain(1, 2, 3), { side: 4 })
    expect([image.width, image.height]).toEqual([4, 2])
    expect((await makeThumbnail(plain(1, 2, 3), { side: 100 })).image.width).toBe(8)
  })
})
