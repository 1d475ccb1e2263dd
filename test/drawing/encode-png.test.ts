/** PNG files written by the package, read back by sharp. */
import { decodeImage } from '#images/decode'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { convertToRGB } from '../../src/images/resample/alpha'
import { encodePNG } from '../../src/drawing/encode-png'
import type { RawImage } from '../../src/images/raw-image'

const images = fc
  .record({
    width: fc.integer({ min: 1, max: 24 }),
    height: fc.integer({ min: 1, max: 24 }),
    channels: fc.constantFrom(1, 2, 3, 4),
  })
  .chain(({ width, height, channels }) =>
    fc
      .uint8Array({ minLength: width * height * channels, maxLength: width * height * channels })
      .map((data): RawImage => ({ data, width, height, channels: channels as RawImage['channels'] })),
  )

describe('encodePNG', () => {
  it('writes files that decode to the same pixels, whatever the channels', async () => {
    await fc.assert(
      fc.asyncProperty(images, async (image) => {
        const { data, width, height, channels } = await decodeImage(await encodePNG(image))
        expect({ data: [...data], width, height, channels }).toEqual({ ...image, data: [...image.data] })
      }),
      { numRuns: 60 },
    )
  })

  it('compresses a photograph about as well as the file that it came from', async () => {
    const photograph = await decodeImage('examples/photos/chelsea.png')
    const file = await encodePNG(photograph)
    expect(file.length).toBeLessThan(1.1 * 240_512) // the size of chelsea.png
    expect((await decodeImage(file)).data).toEqual(photograph.data)
  })

  it('converts ink to RGB, which PNG does not have', async () => {
    const ink = await decodeImage('test/fixtures/images/modes/cmyk.jpg')
    const decoded = await decodeImage(await encodePNG(ink))
    expect(decoded.channels).toBe(3)
    expect(decoded.data).toEqual(convertToRGB(ink).data)
  })

  it('refuses data that does not have the size of the image', async () => {
    const image: RawImage = { data: new Uint8Array(11), width: 2, height: 2, channels: 3 }
    await expect(encodePNG(image)).rejects.toMatchObject({ code: 'IMAGE_INVALID' })
  })
})
