import { describe, expect, it } from 'vitest'
import { adjustBrightness, adjustContrast, adjustHue, adjustSaturation, toGray } from '../../src/images/adjust-colors'
import { augment, augmentations, randomRegion } from '../../src/images/augment'
import { blur } from '../../src/images/blur'
import { decodeImage } from '../../src/images/decode.node'
import type { RawImage } from '../../src/images/raw-image'
import { crop } from '../../src/images/resize'
import { createRandom } from '../../src/random'
import { pythonHas, runPython } from '../parity/python'

const photo = await decodeImage('examples/photos/rocket.jpg')

describe('randomRegion', () => {
  it('keeps the share of the area and the ratio that are asked for, anywhere in the image', () => {
    const random = createRandom(1)
    const regions = Array.from({ length: 2000 }, () =>
      randomRegion({ width: 400, height: 300 }, augmentations.strong, random),
    )
    for (const [left, top, width, height] of regions) {
      expect(left >= 0 && top >= 0 && left + width <= 400 && top + height <= 300).toBe(true)
      expect((width * height) / 120_000).toBeGreaterThan(0.19)
      expect(width / height).toBeGreaterThan(0.74)
      expect(width / height).toBeLessThan(1.35)
    }
    expect(Math.min(...regions.map(([left]) => left))).toBeLessThan(5)
    expect(Math.max(...regions.map(([left, , width]) => left + width))).toBeGreaterThan(395)
  })

  it('takes the middle of an image that no part fits', () => {
    expect(randomRegion({ width: 100, height: 10 }, augmentations.crop, createRandom(0))).toEqual([43, 0, 13, 10])
    expect(randomRegion({ width: 10, height: 100 }, augmentations.crop, createRandom(0))).toEqual([0, 43, 10, 13])
  })
})

describe('augment', () => {
  it.each(['crop', 'strong'] as const)('%s gives a square picture that the seed decides', (name) => {
    // A long one would always be cut to its middle: no part of 90 % of it is so nearly square.
    const square = crop(photo, [0, 0, 420, 400])
    const make = (seed: number) => augment(square, 32, augmentations[name], createRandom(seed))
    expect(make(1)).toMatchObject({ width: 32, height: 32, channels: 3 })
    expect(make(1)).toEqual(make(1))
    expect(make(2)).not.toEqual(make(1))
  })

  it('mirrors and grays', () => {
    const image: RawImage = { data: Uint8Array.of(255, 0, 0, 0, 0, 255), width: 2, height: 1, channels: 3 }
    const all = { scale: [1, 1], ratio: [2, 2] } as const
    expect([...augment({ ...image }, 1, { ...all, gray: 1 }, createRandom(0)).data]).toHaveLength(3)
    const square = {
      data: Uint8Array.from([1, 2, 3, 4].flatMap((v) => [v, v, v])),
      width: 2,
      height: 2,
      channels: 3 as const,
    }
    const flipped = augment(square, 2, { scale: [1, 1], ratio: [1, 1], flip: 1 }, createRandom(0))
    expect([...flipped.data].filter((_, i) => i % 3 === 0)).toEqual([2, 1, 4, 3])
    expect([...toGray(image).data]).toEqual([76, 76, 76, 29, 29, 29])
  })
})

describe('blur', () => {
  it('spreads a point as the normal distribution does, and keeps what it holds', () => {
    const data = new Uint8Array(21 * 21 * 3)
    data.fill(255, (10 * 21 + 10) * 3, (10 * 21 + 10) * 3 + 3)
    const result = blur({ data, width: 21, height: 21, channels: 3 }, 1.5).data
    const at = (x: number, y: number) => result[(y * 21 + x) * 3]!
    const density = (d: number) => (255 / (2 * Math.PI * 1.5 ** 2)) * Math.exp(-(d ** 2) / (2 * 1.5 ** 2))
    expect(Math.abs(at(10, 10) - density(0))).toBeLessThan(1)
    expect(Math.abs(at(12, 10) - density(2))).toBeLessThan(1)
    expect(at(10, 12)).toBe(at(12, 10))
    const even = { data: new Uint8Array(27).fill(77), width: 3, height: 3, channels: 3 as const }
    expect(blur(even, 2)).toEqual(even)
  })
})

describe.skipIf(!pythonHas('PIL', 'numpy'))('colours', () => {
  const changes = {
    Brightness: adjustBrightness,
    Contrast: adjustContrast,
    Color: adjustSaturation,
  }
  const image: RawImage = { data: photo.data.slice(30_000, 30_000 + 40 * 30 * 3), width: 40, height: 30, channels: 3 }
  const pillow = (code: string) =>
    Buffer.from(
      runPython(
        `import sys, base64, numpy as np
from PIL import Image, ImageEnhance
image = Image.frombytes("RGB", (40, 30), base64.b64decode(sys.argv[1]))
${code}
print(base64.b64encode(image.tobytes()).decode())`,
        [Buffer.from(image.data).toString('base64')],
      ),
      'base64',
    )
  const difference = (a: ArrayLike<number>, b: ArrayLike<number>) =>
    Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i]!)))

  it.each(Object.keys(changes) as (keyof typeof changes)[])('%s is Pillow’s, up to rounding', (name) => {
    for (const factor of [0.6, 1.4]) {
      const theirs = pillow(`image = ImageEnhance.${name}(image).enhance(${factor})`)
      expect(difference(changes[name](image, factor).data, theirs)).toBeLessThanOrEqual(1)
    }
  })

  it('hue is torchvision’s, up to the rounding of HSV bytes', () => {
    const theirs = pillow(`
h, s, v = image.convert("HSV").split()
h = Image.fromarray((np.array(h).astype(np.int16) + int(0.1 * 255)).astype(np.uint8))
image = Image.merge("HSV", (h, s, v)).convert("RGB")`)
    const ours = adjustHue(image, 0.1).data
    expect(difference(ours, theirs)).toBeLessThanOrEqual(8)
    expect(
      Array.from(ours).reduce((sum, value, i) => sum + Math.abs(value - theirs[i]!), 0) / ours.length,
    ).toBeLessThan(2)
  })
})
