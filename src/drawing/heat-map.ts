/** Draws a heat map over its image, which turns gray. The colour of a pixel shows how well it matches. */
import { checkList, checkNumber, checkObject, wrongArgument } from '../check-arguments'
import { DreamLIPError } from '../errors'
import { convertToRGB } from '../images/resample/alpha'
import { heatColor } from './color-map'
import { checkRawImage, type RawImage } from '../images/raw-image'
import { isShape } from '../shape'
import type { ShapedArray } from '../shaped-array'

/** One value per pixel, `[height, width]`, such as the `HeatMap`s of `DreamLIP.ground`. */
export type PixelMap = ShapedArray<Float32Array, readonly [number, number]>

/** The values that get the first and the last colour. */
export type ValueRange = readonly [low: number, high: number]

export interface DrawHeatMapOptions {
  /** The opacity of the colour, from 0 to 1; default 0.6. */
  readonly opacity?: number
  /**
   * The values that get the first and the last colour. Default: the smallest and the largest value of the map, which shows best
   * *where* a text is found. To compare *how well* several texts are found, draw all maps with `valueRange(maps)`.
   */
  readonly range?: ValueRange
}

/**
 * Draws a heat map over its image, from violet (low) through green to yellow (high).
 * @param image the decoded image that the map was made from; it must have the map's size
 * @returns an RGB image of the same size
 * @throws DreamLIPError `INVALID_ARGUMENT` if the sizes differ or an option is out of range
 */
export function drawHeatMap(image: RawImage, map: PixelMap, options: DrawHeatMapOptions = {}): RawImage {
  checkMap('map', map)
  const { opacity = 0.6, range = valueRange([map]) } = checkObject('options', options)
  checkSameSize(image, map.shape)
  checkOpacity(opacity)
  const [low, high] = checkRange(range)
  const scale = high > low ? 1 / (high - low) : 0
  return overlay(image, opacity, (pixel) => heatColor((map.data[pixel]! - low) * scale))
}

/** Returns the smallest and the largest value in all maps, without NaN. @throws DreamLIPError `INVALID_ARGUMENT` */
export function valueRange(maps: readonly PixelMap[]): ValueRange {
  let [low, high] = [Infinity, -Infinity]
  checkList('maps', maps, 'an array of maps').forEach((map, i) => checkMap(`maps[${i}]`, map))
  for (const { data } of maps) {
    for (const value of data) {
      if (value < low) low = value
      if (value > high) high = value
    }
  }
  return [low, high]
}

/**
 * Finds where a text fits best: the middle of the pixel with the highest value. In a tie, it is the one nearest to the middle of
 * the image, because a map is level between the border and the middle of the patches beside it. NaN is lower than any value.
 * @returns `[x, y]` in pixels; `Math.floor` of both is the pixel
 * @throws DreamLIPError `INVALID_ARGUMENT` unless `map` is a heat map
 */
export function highestPoint(map: PixelMap): readonly [x: number, y: number] {
  checkMap('map', map)
  const { data, shape } = map
  const [height, width] = shape
  const offCenter = (i: number) => Math.hypot((i % width) + 0.5 - width / 2, Math.floor(i / width) + 0.5 - height / 2)
  const valueAt = (i: number) => (Number.isNaN(data[i]) ? -Infinity : data[i]!)
  let best = 0
  for (let i = 1; i < data.length; i++) {
    const [value, most] = [valueAt(i), valueAt(best)]
    if (value > most || (value === most && offCenter(i) < offCenter(best))) best = i
  }
  return [(best % width) + 0.5, Math.floor(best / width) + 0.5]
}

function checkMap(name: string, map: PixelMap): void {
  const { data, shape } = checkObject(name, map, 'a heat map { data, shape }')
  checkShape(`${name}.shape`, shape)
  if (!(data instanceof Float32Array)) throw wrongArgument(`${name}.data`, 'a Float32Array', data)
  if (data.length === shape[0] * shape[1]) return
  throw wrongArgument(`${name}.data`, `${shape[0]} × ${shape[1]} values, as its shape says`, data)
}

/** @throws DreamLIPError `INVALID_ARGUMENT` unless it is `[height, width]` */
export function checkShape(name: string, shape: readonly [number, number]): void {
  if (!isShape(shape, 2)) throw wrongArgument(name, '[height, width]', shape)
}

/** If all values of a map are NaN, its range is empty. */
function checkRange(range: ValueRange): ValueRange {
  const isRange = Array.isArray(range) && range.length === 2 && range.every((value) => typeof value === 'number')
  if (isRange && !range.some(Number.isNaN)) return range
  throw wrongArgument('range', '[low, high]', range)
}

/** Makes the image gray and blends a colour over each pixel. */
export function overlay(image: RawImage, opacity: number, colorOf: (pixel: number) => readonly number[]): RawImage {
  const { data: source, width, height } = convertToRGB(image)
  const data = new Uint8Array(width * height * 3) // [height, width, 3]
  for (let pixel = 0, at = 0; at < data.length; pixel++, at += 3) {
    // Luma of ITU-R BT.601, as Pillow's conversion to gray.
    const gray = 0.299 * source[at]! + 0.587 * source[at + 1]! + 0.114 * source[at + 2]!
    const color = colorOf(pixel)
    for (let c = 0; c < 3; c++) data[at + c] = Math.round(gray + opacity * (color[c]! - gray))
  }
  return { data, width, height, channels: 3 }
}

/** @throws DreamLIPError `INVALID_ARGUMENT`, `IMAGE_INVALID` */
export function checkSameSize(image: RawImage, [height, width]: readonly [number, number]): void {
  checkRawImage(checkObject('image', image, 'a decoded image { data, width, height, channels }'))
  if (image.width === width && image.height === height) return
  throw new DreamLIPError(
    'INVALID_ARGUMENT',
    `image: expected the size of the map, ${width} × ${height}; got ${image.width} × ${image.height}. ` +
      'Pass the image that the map was made from, decoded with decodeImage().',
  )
}

export function checkOpacity(opacity: number): void {
  checkNumber('opacity', opacity, { least: 0, most: 1 })
}
