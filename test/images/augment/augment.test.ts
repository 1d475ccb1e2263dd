import { describe, expect, it } from 'vitest'
import {
  adjustBrightness,
  adjustContrast,
  adjustHue,
  adjustSaturation,
} from '../../../src/images/augment/adjust-colors'
import { augment, augmentations, randomRegion, type Augmentation } from '../../../src/images/augment/augment'
import { decodeImage, decodeRegion } from '../../../src/images/decode/decode.node.ts'
import type { RawImage } from '../../../src/images/raw-image'
import { convertToRGB } from '../../../src/images/resample/alpha'
import { blur } from '../../../src/images/resample/blur'
import { crop, resize } from '../../../src/images/resample/resize'
import type { RegionOptions } from '../../../src/images/resample/resize-region'
import { createRandom } from '../../../src/random'
import { pythonHas, runPython } from '../../parity/python'

const photo = await decodeImage('examples/photos/rocket.jpg')

describe('randomRegion', () => {
  it('keeps the requested share of the area and aspect ratio, anywhere in the image', () => {
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

  it('takes the middle of an image in which no part fits', () => {
    expect(randomRegion({ width: 100, height: 10 }, augmentations.crop, createRandom(0))).toEqual([43, 0, 13, 10])
    expect(randomRegion({ width: 10, height: 100 }, augmentations.crop, createRandom(0))).toEqual([0, 43, 10, 13])
  })
})

describe('augment', () => {
  const size = 32
  const square = crop(photo, [100, 50, size, size]).data
  const make = (options: Augmentation, seed: number) => {
    const rgb = new Uint8Array(square)
    augment(rgb, size, options, createRandom(seed))
    return rgb
  }

  it('gives a picture that depends only on the seed', () => {
    expect(make(augmentations.strong, 1)).toEqual(make(augmentations.strong, 1))
    expect(make(augmentations.strong, 2)).not.toEqual(make(augmentations.strong, 1))
    expect(make(augmentations.crop, 2)).toEqual(new Uint8Array(square))
  })

  it('mirrors and grays', () => {
    const all = { scale: [1, 1], ratio: [1, 1] } as const
    const values = Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9].flatMap((value) => [value, value, value]))
    augment(values, 3, { ...all, flip: 1 }, createRandom(0))
    expect([...values].filter((_, i) => i % 3 === 0)).toEqual([3, 2, 1, 6, 5, 4, 9, 8, 7])
    const colours = Uint8Array.of(255, 0, 0, 0, 0, 255, 0, 255, 0, 9, 9, 9)
    augment(colours, 2, { ...all, gray: 1 }, createRandom(0))
    expect([...colours]).toEqual([76, 76, 76, 29, 29, 29, 150, 150, 150, 9, 9, 9])
  })
})

describe('decodeRegion', () => {
  const options = {
    size: 64,
    blur: 0,
    exifOrientation: true,
    choose: () => [40, 20, 300, 260] as const,
  }
  const meanDifference = (a: Uint8Array, b: Uint8Array) =>
    a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0) / a.length

  it.each([0, 1.5])(
    'gives the same for a JPEG file in one pass as cropping, resizing and a blur of %d',
    async (sigma) => {
      const fast = await decodeRegion('examples/photos/rocket.jpg', { ...options, blur: sigma })
      const slow = stepByStep(photo, { ...options, blur: sigma })
      expect(fast).toHaveLength(slow.length)
      expect(meanDifference(fast, slow)).toBeLessThan(1)
    },
  )

  it.each(['exif-6.jpg', 'gray.jpg', 'cmyk.jpg', 'palette.png', 'rgba.png'])(
    'uses decodeImage for %s',
    async (name) => {
      const path = `test/fixtures/images/modes/${name}`
      const choose = () => [3, 2, 20, 30] as const
      const expected = stepByStep(await decodeImage(path), { ...options, choose })
      expect(await decodeRegion(path, { ...options, choose })).toEqual(expected)
    },
  )

  it('does not change the caller’s pixels', async () => {
    const data = new Uint8Array(4 * 4 * 3).fill(9)
    const rgb = await decodeRegion(
      { data, width: 4, height: 4, channels: 3 },
      { ...options, size: 4, choose: () => [0, 0, 4, 4] },
    )
    rgb.fill(0)
    expect(data.every((value) => value === 9)).toBe(true)
  })
})

describe.skipIf(!pythonHas('PIL', 'numpy'))('colours', () => {
  const changes = {
    Brightness: adjustBrightness,
    Contrast: adjustContrast,
    Color: adjustSaturation,
  }
  const image: RawImage = { data: photo.data.slice(30_000, 30_000 + 40 * 30 * 3), width: 40, height: 30, channels: 3 }
  const changed = (change: (rgb: Uint8Array) => void) => {
    const rgb = new Uint8Array(image.data)
    change(rgb)
    return rgb
  }
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
      expect(
        difference(
          changed((rgb) => changes[name](rgb, factor)),
          theirs,
        ),
      ).toBeLessThanOrEqual(1)
    }
  })

  it('hue is torchvision’s, up to the rounding of HSV bytes', () => {
    const theirs = pillow(`
h, s, v = image.convert("HSV").split()
h = Image.fromarray((np.array(h).astype(np.int16) + int(0.1 * 255)).astype(np.uint8))
image = Image.merge("HSV", (h, s, v)).convert("RGB")`)
    const ours = changed((rgb) => adjustHue(rgb, 0.1))
    expect(difference(ours, theirs)).toBeLessThanOrEqual(8)
    expect(
      Array.from(ours).reduce((sum, value, i) => sum + Math.abs(value - theirs[i]!), 0) / ours.length,
    ).toBeLessThan(2)
  })
})

/** Cropped, resized, then blurred. */
function stepByStep(image: RawImage, { choose, size, blur: sigma }: RegionOptions): Uint8Array {
  const rgb = Uint8Array.from(convertToRGB(resize(crop(image, choose(image)), size, size)).data)
  if (sigma > 0) blur(rgb, size, sigma)
  return rgb
}
