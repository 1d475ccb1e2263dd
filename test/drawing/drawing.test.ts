/** Heat maps and segmentations drawn over their images. */
import { describe, expect, it } from 'vitest'
import { heatColor } from '../../src/drawing/color-map'
import { drawHeatMap, highestPoint, valueRange, type PixelMap } from '../../src/drawing/heat-map'
import { labelColors } from '../../src/drawing/label-colors'
import { drawSegmentation, segmentationLegend } from '../../src/drawing/segmentation'
import type { RawImage } from '../../src/images/raw-image'

const violet = [0x44, 0x01, 0x54]
const yellow = [0xfd, 0xe7, 0x25]

/** Three pixels in a row: red, mid gray, white. */
const image: RawImage = {
  data: Uint8Array.of(255, 0, 0, 128, 128, 128, 255, 255, 255),
  width: 3,
  height: 1,
  channels: 3,
}
const map: PixelMap = { data: Float32Array.of(0.1, 0.2, 0.3), shape: [1, 3] }

function luma([r, g, b]: readonly number[]): number {
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!
}

describe('drawHeatMap', () => {
  it("gives the map's smallest value violet and its largest yellow", () => {
    const { data, width, height, channels } = drawHeatMap(image, map, { opacity: 1 })
    expect([width, height, channels]).toEqual([3, 1, 3])
    expect([...data.subarray(0, 3)]).toEqual(violet)
    expect([...data.subarray(6)]).toEqual(yellow)
  })

  it('leaves the image in gray beneath the colour', () => {
    expect([...drawHeatMap(image, map, { opacity: 0 }).data]).toEqual([76, 76, 76, 128, 128, 128, 255, 255, 255])
    const half = drawHeatMap(image, map, { opacity: 0.5 }).data
    expect([...half.subarray(6)]).toEqual(yellow.map((value) => Math.round((value + 255) / 2)))
  })

  it('keeps the maps of one image comparable when they share a range', () => {
    const strong: PixelMap = { data: Float32Array.of(0.1, 0.2, 0.5), shape: [1, 3] }
    const range = valueRange([map, strong])
    expect(range).toEqual([Math.fround(0.1), 0.5])
    const [weakPicture, strongPicture] = [map, strong].map((each) => drawHeatMap(image, each, { range, opacity: 1 }))
    expect([...strongPicture!.data.subarray(6)]).toEqual(yellow)
    expect(luma([...weakPicture!.data.subarray(6)])).toBeLessThan(luma(yellow))
    expect(weakPicture!.data.subarray(0, 6)).toEqual(strongPicture!.data.subarray(0, 6))
  })

  it('draws a constant map in the lowest colour', () => {
    const flat: PixelMap = { data: new Float32Array(3).fill(0.25), shape: [1, 3] }
    expect([...drawHeatMap(image, flat, { opacity: 1 }).data]).toEqual([...violet, ...violet, ...violet])
  })

  it('takes gray images and ones with alpha', () => {
    const gray: RawImage = { data: Uint8Array.of(0, 128, 255), width: 3, height: 1, channels: 1 }
    expect([...drawHeatMap(gray, map, { opacity: 0 }).data]).toEqual([0, 0, 0, 128, 128, 128, 255, 255, 255])
  })

  it('refuses a map of another size and an opacity above 1, and names the numbers', () => {
    const tall: PixelMap = { data: new Float32Array(3), shape: [3, 1] }
    expect(() => drawHeatMap(image, tall)).toThrow(/expected the size of the map, 1 × 3; got 3 × 1/)
    expect(() => drawHeatMap(image, map, { opacity: 50 })).toThrow(/opacity: expected a number from 0 to 1; got 50/)
  })
})

describe('highestPoint', () => {
  it('is the middle of the pixel with the highest value', () => {
    expect(highestPoint({ data: Float32Array.of(1, 2), shape: [1, 2] })).toEqual([1.5, 0.5])
    expect(highestPoint({ data: Float32Array.of(1, 2, 3, 9, 5, 6), shape: [3, 2] })).toEqual([1.5, 1.5])
  })

  it('is in the middle of the patch beside the border, although the map is level up to the border', () => {
    const data = Float32Array.from({ length: 256 }, (_, i) => Math.min(0, 4 - (i % 16)) + Math.min(0, 2 - (i >> 4)))
    expect(highestPoint({ data, shape: [16, 16] })).toEqual([4.5, 2.5])
    expect(highestPoint({ data: Float32Array.from(data).reverse(), shape: [16, 16] })).toEqual([11.5, 13.5])
  })

  it('passes over NaN, and is in the middle of a map that says nothing', () => {
    expect(highestPoint({ data: Float32Array.of(NaN, 1, 2), shape: [1, 3] })).toEqual([2.5, 0.5])
    expect(highestPoint({ data: new Float32Array(9).fill(NaN), shape: [3, 3] })).toEqual([1.5, 1.5])
    expect(highestPoint({ data: new Float32Array(9), shape: [3, 3] })).toEqual([1.5, 1.5])
  })
})

describe('heatColor', () => {
  it('gets lighter over the whole range', () => {
    const lightness = Array.from({ length: 101 }, (_, i) => luma(heatColor(i / 100)))
    expect(lightness).toEqual([...lightness].sort((a, b) => a - b))
  })

  it('clamps values beyond its ends', () => {
    expect(heatColor(-3)).toEqual(violet)
    expect(heatColor(7)).toEqual(yellow)
  })
})

describe('drawSegmentation', () => {
  const labels = ['sky', 'road', 'bus']
  const segmentation = { labels, data: Uint16Array.of(2, 0, 2), shape: [1, 3] as const }

  it('gives each pixel the colour that the legend names', () => {
    const legend = segmentationLegend(segmentation)
    const { data } = drawSegmentation(image, segmentation, { opacity: 1 })
    const hex = (pixel: number) => `#${Buffer.from(data.subarray(3 * pixel, 3 * pixel + 3)).toString('hex')}`
    expect([hex(0), hex(1), hex(2)]).toEqual([legend[2]!.color, legend[0]!.color, legend[2]!.color])
  })

  it('says how much of the image each label covers', () => {
    const shares = segmentationLegend(segmentation).map(({ label, share }) => [label, share])
    expect(shares).toEqual([
      ['sky', 1 / 3],
      ['road', 0],
      ['bus', 2 / 3],
    ])
  })

  it('refuses a segmentation of another size', () => {
    expect(() => drawSegmentation(image, { ...segmentation, shape: [3, 1] })).toThrow(/expected the size of the map/)
  })
})

describe('labelColors', () => {
  it('never repeats among 150 labels, and 20 are far apart', () => {
    expect(new Set(labelColors(150).map(String)).size).toBe(150)
    const twenty = labelColors(20)
    const gaps = twenty.flatMap((a, i) =>
      twenty.slice(0, i).map((b) => Math.hypot(...a.map((value, c) => value - b[c]!))),
    )
    expect(Math.min(...gaps)).toBeGreaterThan(50)
  })

  it('gives a label the same colour however many labels follow', () => {
    expect(labelColors(40).slice(0, 7)).toEqual(labelColors(7))
  })

  it('has a colour for every index that a map can contain', () => {
    expect(labelColors(5000)).toHaveLength(5000)
  })
})
