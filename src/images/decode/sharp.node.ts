/** Opens images with sharp, with the same pixels as Pillow. */
import type sharp from 'sharp'
import type { Sharp } from 'sharp'
import { DreamLIPError } from '../../errors'
import { loadPackage } from '../../installed.node.ts'
import type { ImageHeader, SizedHeader } from '../formats/image-header'
import { bandPixels, inMemory, type OpenImage } from '../open-image'
import { largestImage, type RawImage } from '../raw-image'
import { turn, turns } from './turn'

type SharpModule = typeof sharp

/** The input of sharp: bytes, or the path of a file, which it reads part by part. */
export type SharpInput = Uint8Array | string

type OpenSharp = (input: SharpInput) => Sharp

type Size = Pick<RawImage, 'width' | 'height'>

/** The size of a picture, which determines its time limit, and the mildest damage that is refused (default: a missing end). */
type Expected = Size & Pick<ImageHeader, 'failOn'>

/** The file's own values, as Pillow reads them. */
const readOptions = { ignoreIcc: true, limitInputPixels: largestImage }

/** A decoder gets one second per this many pixels, and per this many rows. That is many times what it needs on an idle machine. */
const pixelsPerSecond = 4e6
const rowsPerSecond = 2e5

/** The time limit of the smallest image, in seconds. */
const shortestDeadline = 5

let sharpModule: SharpModule | undefined

/** Loads sharp, an optional dependency. @throws DreamLIPError `MISSING_DEPENDENCY` */
export async function loadSharp(): Promise<SharpModule> {
  try {
    return (sharpModule ??= loadPackage('sharp') as SharpModule)
  } catch (cause) {
    throw new DreamLIPError(
      'MISSING_DEPENDENCY',
      `Decoding images needs sharp, which is ${(cause as Error).message}. Run: npm install sharp`,
      { cause },
    )
  }
}

/** Starts pipelines that stop themselves when they take too long. */
export async function startSharp({ width, height, failOn = 'truncated' }: Expected): Promise<OpenSharp> {
  const sharp = await loadSharp()
  const seconds = shortestDeadline + Math.ceil((width * height) / pixelsPerSecond + height / rowsPerSecond)
  return (input) => sharp(input, { ...readOptions, failOn }).timeout({ seconds })
}

/** Width and height, if this package's own header reader does not find them. */
export async function sizeBySharp(input: SharpInput): Promise<Size> {
  const { width, height } = await (await startSharp({ width: 1, height: 1 }))(input).metadata()
  return { width, height }
}

/**
 * Small images are decoded in one piece. Larger ones are decoded in bands, each time from the start of the file. This is faster than
 * allocating memory for the whole image.
 */
export async function openWithSharp(
  input: SharpInput,
  header: SizedHeader,
  exifOrientation: boolean,
): Promise<OpenImage> {
  const { width, height } = header
  const sharp = await startSharp(header)
  // Pillow rotates TIFF files itself, so the reference sees them upright too.
  const isTurned = exifOrientation || header.format === 'tiff'
  const whole = () => readPixels(isTurned ? sharp(input).autoOrient() : sharp(input), header)
  const isSmall = width * height <= bandPixels
  // sharp's cache keeps the decoders of earlier bands, and those of some formats keep the whole image. It also mistakes two files that were
  // opened at the same path one after the other for one file.
  if (!isSmall || typeof input === 'string') (await loadSharp()).cache(false)
  if (isSmall) return inMemory(await whole())
  const { orientation = 1 } = isTurned ? await sharp(input).metadata() : {}
  return openBands(input, header, orientation)
}

/** The rows of a rotated image are columns of the file, or its rows from the bottom. Only these are decoded. */
export async function openBands(input: SharpInput, header: SizedHeader, orientation: number): Promise<OpenImage> {
  const { palette } = header
  const upright = turns[orientation] ?? {}
  const sharp = await startSharp(header)
  const [width, height] = upright.transpose ? [header.height, header.width] : [header.width, header.height]
  const read = async (top: number, rows: number) => {
    const from = upright.flip ? height - top - rows : top
    const part = upright.transpose
      ? { left: from, top: 0, width: rows, height: header.height }
      : { left: 0, top: from, width: header.width, height: rows }
    return turn(await readPixels(sharp(input).extract(part), header), upright)
  }
  return { width, height, palette, read }
}

/** Runs a pipeline. @returns pixels in the image's own mode */
export async function readPixels(pipeline: Sharp, header: ImageHeader): Promise<RawImage> {
  const keepAlpha = header.alpha ?? (header.format === 'avif' || header.format === 'webp')
  const opaque = keepAlpha || header.cmyk ? pipeline : pipeline.removeAlpha()
  // sharp drops alpha when it converts to gray, so gray with alpha is converted via RGB.
  const grayAlpha = header.gray && header.alpha
  const space = header.cmyk ? 'cmyk' : header.gray && !grayAlpha ? 'b-w' : 'srgb'
  const source = header.cmyk ? opaque.pipelineColourspace('cmyk') : opaque
  const { data, info } = await source.toColourspace(space).raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true })
  const { width, height } = info
  if (grayAlpha) return { data: grayAndAlpha(data), width, height, channels: 2 }
  const channels = info.channels
  const pixels = new Uint8Array(data.buffer, data.byteOffset, data.length)
  return { data: pixels, width, height, channels, palette: header.palette, cmyk: header.cmyk }
}

/** Two of four channels. */
function grayAndAlpha(rgba: Uint8Array): Uint8Array {
  const data = new Uint8Array(rgba.length / 2)
  for (let i = 0, out = 0; i < rgba.length; i += 4) {
    data[out++] = rgba[i]!
    data[out++] = rgba[i + 3]!
  }
  return data
}
