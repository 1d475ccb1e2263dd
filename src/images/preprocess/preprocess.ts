/** Turns an image of any kind into the pixels for the image tower. */
import { decodeResized } from '#images/decode'
import { checkChoice, checkFlag, checkObject, checkSignal, checkWhole } from '../../check-arguments'
import { convertToRGB } from '../resample/alpha'
import type { DecodeMode } from '../decode/decode-mode'
import type { ImageRequest } from '../decode/source/encoded-image'
import { checkMeanAndStd, defaultMean, defaultStd, normalizePixels } from './normalize'
import { checkRawImage, type ImageInput, type RawImage } from '../raw-image'
import { interpolations, type Interpolation } from '../resample/kernel'
import { resize } from '../resample/resize'
import type { PlanResize, Region } from '../resample/resize-plan'
import type { ShapedArray } from '../../shaped-array'

/**
 * How an image becomes square. `shortest`: scale the short side to the size and crop the centre. `longest`: scale the long side
 * to the size and fill the rest with black. `squash`: scale both sides to the size.
 */
export type ResizeMode = 'shortest' | 'longest' | 'squash'

export const resizeModes: readonly ResizeMode[] = ['shortest', 'longest', 'squash']

/** The largest side of a result, in pixels. */
const largestSize = 16_384

export interface PreprocessOptions extends ImageRequest {
  /** Side of the result in pixels; default 224. */
  readonly size?: number
  /** How the image becomes square; default `shortest`. */
  readonly resizeMode?: ResizeMode
  /** How pixels are computed, as in Pillow; default `bicubic`. */
  readonly interpolation?: Interpolation
  /** Of red, green and blue in [0, 1]; default: those of OpenAI's CLIP. */
  readonly mean?: readonly number[]
  readonly std?: readonly number[]
  /** Whether to rotate the image as its EXIF data says; default true. The reference does not: set it to false for strict parity. */
  readonly exifOrientation?: boolean
  /** How large images are decoded in Node; default `exact`. `fast` takes a fraction of the time for photographs (docs/images.md). */
  readonly decode?: DecodeMode
}

/** Normalised pixels for the image tower, channel by channel: `[3, height, width]`. */
export type PreprocessedImage = ShapedArray<Float32Array, [3, number, number]>

/** A preprocessed image as an argument: its shape may also be a readonly tuple. */
export type PreprocessedImageLike = ShapedArray<Float32Array, readonly [3, number, number]>

/**
 * Prepares an image like the reference's evaluation transform: resize (antialiased), crop the centre, convert to RGB, scale
 * to [0, 1], subtract the mean, divide by the standard deviation.
 * @throws DreamLIPError if the image cannot be read, or an option is out of range
 */
export async function preprocessImage(image: ImageInput, options: PreprocessOptions = {}): Promise<PreprocessedImage> {
  const {
    size = 224,
    resizeMode = 'shortest',
    interpolation = 'bicubic',
    mean = defaultMean,
    std = defaultStd,
    exifOrientation = true,
  } = checkObject('options', options)
  checkWhole('size', size, 1, largestSize)
  checkChoice('resizeMode', resizeMode, resizeModes)
  checkChoice('interpolation', interpolation, interpolations)
  checkMeanAndStd(mean, std)
  checkFlag('exifOrientation', exifOrientation)
  const { decode, headers, signal } = options
  checkSignal('signal', signal)
  const how = { resizeMode, interpolation, exifOrientation, decode, headers, signal }
  const prepared = await decodeSquare(image, size, how)
  return { data: normalizePixels(prepared.data, mean, std), shape: [3, size, size] }
}

/** Makes the square RGB picture of a file, with only a part of it in memory at a time. @throws DreamLIPError as `preprocessImage` */
export async function decodeSquare(
  image: ImageInput,
  size: number,
  options: Pick<
    PreprocessOptions,
    'resizeMode' | 'interpolation' | 'exifOrientation' | 'decode' | 'headers' | 'signal'
  >,
): Promise<RawImage> {
  const plan = planSquare(size, options.resizeMode, options.interpolation)
  return toSquare(await decodeResized(image, plan, options), size)
}

/**
 * Makes the square RGB picture that the image tower sees, before normalisation.
 * Sizes and offsets are rounded as in torchvision's `Resize` and `CenterCrop` and open_clip's `ResizeKeepRatio` and `CenterCropOrPad`.
 */
export function resizeAndCrop(
  image: RawImage,
  size: number,
  mode: ResizeMode = 'shortest',
  interpolation: Interpolation = 'bicubic',
): RawImage {
  checkRawImage(checkObject('image', image, 'a decoded image { data, width, height, channels }'))
  checkWhole('size', size, 1, largestSize)
  const { width, height, region } = planSquare(size, mode, interpolation)(image)
  return toSquare(resize(image, width, height, region, interpolation), size)
}

/** Plans how an image of any size becomes square. */
function planSquare(size: number, mode: ResizeMode = 'shortest', interpolation: Interpolation = 'bicubic'): PlanResize {
  checkChoice('resizeMode', mode, resizeModes)
  checkChoice('interpolation', interpolation, interpolations)
  return (image) => {
    const sizes = { shortest: shortestSize, longest: longestSize, squash: () => [size, size] as const }
    const [width, height] = sizes[mode](image, size)
    const region = centerRegion(width, height, size)
    return { part: [0, 0, image.width, image.height], width, height, region, interpolation }
  }
}

function toSquare(resized: RawImage, size: number): RawImage {
  const rgb = convertToRGB(resized)
  return rgb.width === size && rgb.height === size ? rgb : padToSquare(rgb, size)
}

/** torchvision truncates the long side. */
function shortestSize({ width, height }: Pick<RawImage, 'width' | 'height'>, size: number): [number, number] {
  return width <= height ? [size, Math.trunc((size * height) / width)] : [Math.trunc((size * width) / height), size]
}

/** open_clip rounds both sides. */
function longestSize({ width, height }: Pick<RawImage, 'width' | 'height'>, size: number): [number, number] {
  const ratio = Math.max(width, height) / size
  return [Math.max(1, roundHalfToEven(width / ratio)), Math.max(1, roundHalfToEven(height / ratio))]
}

/** The middle of an image, clipped to the image. */
function centerRegion(width: number, height: number, size: number): Region {
  const left = Math.max(0, roundHalfToEven((width - size) / 2))
  const top = Math.max(0, roundHalfToEven((height - size) / 2))
  return [left, top, Math.min(size, width), Math.min(size, height)]
}

/** Python's `round`. */
function roundHalfToEven(value: number): number {
  const floor = Math.floor(value)
  const rest = value - floor
  return rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor
}

/** Puts an image into the middle of a black square. */
function padToSquare(image: RawImage, size: number): RawImage {
  const left = Math.floor((size - image.width) / 2)
  const top = Math.floor((size - image.height) / 2)
  const data = new Uint8Array(size * size * 3) // [size, size, 3]
  for (let y = 0; y < image.height; y++) {
    const row = image.data.subarray(y * image.width * 3, (y + 1) * image.width * 3)
    data.set(row, ((top + y) * size + left) * 3)
  }
  return { data, width: size, height: size, channels: 3 }
}
