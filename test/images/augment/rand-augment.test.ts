import { describe, expect, it } from 'vitest'
import { transform } from '../../../src/images/augment/affine'
import { blur } from '../../../src/images/resample/blur'
import { decodeImage } from '../../../src/images/decode/decode.node.ts'
import { autocontrast, equalize, sharpen } from '../../../src/images/augment/enhance'
import { applyRandAugment, operations } from '../../../src/images/augment/rand-augment'
import { crop } from '../../../src/images/resample/resize'
import { createRandom } from '../../../src/random'
import { pythonHas, runPython } from '../../parity/python'

const size = 40
const { data } = crop(await decodeImage('examples/photos/rocket.jpg'), [300, 150, size, size])
const changed = (change: (rgb: Uint8Array) => void) => {
  const rgb = new Uint8Array(data)
  change(rgb)
  return rgb
}
const difference = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i]!)))

describe.skipIf(!pythonHas('PIL'))('pixels are Pillow’s', () => {
  const pillow = (code: string) => {
    const script = `import sys, base64
from PIL import Image, ImageEnhance, ImageFilter, ImageOps
image = Image.frombytes("RGB", (${size}, ${size}), base64.b64decode(sys.argv[1]))
print(base64.b64encode((${code}).tobytes()).decode())`
    return Buffer.from(runPython(script, [Buffer.from(data).toString('base64')]), 'base64')
  }
  const affine = (matrix: string) =>
    pillow(`image.transform(image.size, Image.AFFINE, ${matrix}, Image.BILINEAR, fillcolor=(128, 128, 128))`)

  it('after autocontrast', () => {
    expect(Buffer.from(changed(autocontrast))).toEqual(pillow('ImageOps.autocontrast(image)'))
  })

  it('after equalize', () => {
    expect(Buffer.from(changed(equalize))).toEqual(pillow('ImageOps.equalize(image)'))
  })

  it.each([0.3, 1.36])('after sharpness %d, up to rounding', (factor) => {
    const theirs = pillow(`ImageEnhance.Sharpness(image).enhance(${factor})`)
    expect(
      difference(
        changed((rgb) => sharpen(rgb, size, factor)),
        theirs,
      ),
    ).toBeLessThanOrEqual(1)
  })

  it.each([
    ['shear', [1, 0.21, 0, 0, 1, 0]],
    ['shift', [1, 0, 0, 0, 1, -7]],
    ['rotation', [0.934, 0.358, -5.8, -0.358, 0.934, 8.5]],
  ] as const)('after a %s, up to rounding', (_, matrix) => {
    const theirs = affine(`(${matrix.join()})`)
    expect(
      difference(
        changed((rgb) => transform(rgb, size, matrix)),
        theirs,
      ),
    ).toBeLessThanOrEqual(1)
  })

  it.each([0.3, 0.7, 1.2, 1.9, 5])('after a blur of %d, up to rounding', (sigma) => {
    const theirs = pillow(`image.filter(ImageFilter.GaussianBlur(${sigma}))`)
    expect(
      difference(
        changed((rgb) => blur(rgb, size, sigma)),
        theirs,
      ),
    ).toBeLessThanOrEqual(1)
  })
})

describe('RandAugment', () => {
  it('has the ten operations of the stronger recipe, all of which but one change a photograph', () => {
    const changes = Object.values(operations).map((operation) =>
      difference(
        changed((rgb) => operation(rgb, size, 0.7, createRandom(1))),
        data,
      ),
    )
    expect(changes).toHaveLength(10)
    expect(changes.filter((change) => change === 0)).toHaveLength(1)
  })

  it('turns and shifts either way', () => {
    const many = Array.from({ length: 20 }, (_, seed) =>
      changed((rgb) => operations.rotate!(rgb, size, 0.7, createRandom(seed))).join(),
    )
    expect(new Set(many).size).toBe(2)
  })

  it('leaves a picture unchanged as often as expected, and depends only on the seed', () => {
    const draw = (seed: number) =>
      changed((rgb) => applyRandAugment(rgb, size, { count: 2, magnitude: 7 }, createRandom(seed)))
    expect(draw(3)).toEqual(draw(3))
    const untouched = Array.from({ length: 400 }, (_, seed) => draw(seed)).filter((rgb) => difference(rgb, data) === 0)
    // (1 - 0.5 · 0.9)² = 0.3, with a standard deviation of 0.023.
    expect(Math.abs(untouched.length / 400 - 0.3)).toBeLessThan(0.1)
  })
})
