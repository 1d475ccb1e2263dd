import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { decodeImage } from '../../../src/images/decode/decode.node.ts'
import { normalizePixels } from '../../../src/images/preprocess/normalize'
import { preprocessImage, resizeAndCrop, type ResizeMode } from '../../../src/images/preprocess/preprocess'
import cases from '../../fixtures/images/modes/cases.json'

const fixtures = new URL('../../fixtures/images/', import.meta.url).pathname
const photos = new URL('../../../examples/photos/', import.meta.url).pathname

/** `chelsea.shortest37.png` is the reference's result for `chelsea.png`. */
const reference = readdirSync(`${fixtures}reference`).map((file) => {
  const [, name, mode, size] = /^(\w+)\.([a-z]+)(\d+)\.png$/.exec(file)!
  const source = { chelsea: `${photos}chelsea.png`, coffee: `${photos}coffee.png`, rocket: `${photos}rocket.jpg` }[
    name!
  ]
  return { file, source: source ?? `${fixtures}${name}.png`, mode: mode as ResizeMode, size: Number(size) }
})

describe('resizeAndCrop', () => {
  it.each(reference)('gives the reference’s pixels: $file', async ({ file, source, mode, size }) => {
    const expected = await decodeImage(`${fixtures}reference/${file}`)
    const actual = resizeAndCrop(await decodeImage(source, { exifOrientation: false }), size, mode)
    expect(Buffer.from(expected.data).equals(Buffer.from(actual.data))).toBe(true)
  })

  it.each(cases)('gives Pillow’s pixels: $image, $mode $size', async ({ image, mode, size, sha256 }) => {
    const decoded = await decodeImage(`${fixtures}modes/${image}`, { exifOrientation: false })
    const { data } = resizeAndCrop(decoded, size, mode as ResizeMode)
    expect(createHash('sha256').update(data).digest('hex')).toBe(sha256)
  })

  it('refuses modes that do not exist', async () => {
    const image = { data: new Uint8Array(3), width: 1, height: 1, channels: 3 as const }
    expect(() => resizeAndCrop(image, 4, 'middle' as ResizeMode)).toThrow(
      /one of shortest, longest, squash; got "middle"/,
    )
  })
})

describe('preprocessImage', () => {
  it('normalises channel by channel', async () => {
    const image = { data: Uint8Array.of(255, 0, 51), width: 1, height: 1, channels: 3 as const }
    const { data, shape } = await preprocessImage(image, { size: 1, mean: [0.5, 0.5, 0.2], std: [0.5, 0.25, 1] })
    expect(shape).toEqual([3, 1, 1])
    expect([...data]).toEqual([1, -2, 0])
  })

  it('rotates images as EXIF says, unless told not to', async () => {
    const [upright, turned] = await Promise.all(
      [1, 6].map((orientation) =>
        preprocessImage(`${fixtures}modes/exif-${orientation}.jpg`, { size: 16, resizeMode: 'squash' }),
      ),
    )
    expect(turned!.data).not.toEqual(upright!.data)
    const asStored = await preprocessImage(`${fixtures}modes/exif-6.jpg`, {
      size: 16,
      resizeMode: 'squash',
      exifOrientation: false,
    })
    expect(asStored.data).toEqual(upright!.data)
  })

  it.each([0, -1, 1.5, NaN, 1e9])('refuses the size %d', async (size) => {
    await expect(preprocessImage(`${photos}coffee.png`, { size })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })
})

describe('normalizePixels', () => {
  it('rounds to float32 after each step, as PyTorch does', () => {
    // torch.tensor(77) / 255 - 0.48145466, then / 0.26862954, in float32
    const [red] = normalizePixels(Uint8Array.of(77, 0, 0))
    const expected = Math.fround(Math.fround(Math.fround(77 / 255) - Math.fround(0.48145466)) / Math.fround(0.26862954))
    expect(red).toBe(expected)
  })
})
