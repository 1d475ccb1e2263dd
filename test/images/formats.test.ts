import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { decodeImage } from '../../src/images/decode.node'
import { resizeAndCrop, type ResizeMode } from '../../src/images/preprocess'
import cases from '../fixtures/images/formats/cases.json'

const fixtures = new URL('../fixtures/images/formats/', import.meta.url).pathname

describe('GIF, BMP and TIFF', () => {
  it.each(cases)('give Pillow’s pixels: $image, $mode $size', async ({ image, mode, size, sha256 }) => {
    const decoded = await decodeImage(`${fixtures}${image}`)
    const { data } = resizeAndCrop(decoded, size, mode as ResizeMode)
    expect(createHash('sha256').update(data).digest('hex')).toBe(sha256)
  })
})
