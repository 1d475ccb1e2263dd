/** Draws pictures for the page: small and large copies, and heat maps. */
import type { Sharp } from 'sharp'
import type { DreamLIP } from '../../../dreamlip'
import { drawHeatMap } from '../../../drawing/heat-map'
import { decodeImage } from '../../../images/decode/decode.node.ts'
import { loadSharp } from '../../../images/decode/sharp.node.ts'
import { largestImage, type RawImage } from '../../../images/raw-image'
import { HTTPError } from '../http/answer.node.ts'
import type { Content } from '../http/content'
import type { ReadPicture } from './read-picture.node.ts'

/** The longest sides in pixels: of pictures in a list on a high-resolution screen, of a full-screen picture, and of heat maps. */
export const sides = { small: 480, large: 1600, map: 480 } as const

/** The time limit of a decoder, in seconds. */
const seconds = 30

/** Formats that browsers show, and their MIME types. */
const shownTypes: Partial<Record<ReadPicture['format'], string>> = {
  jpeg: 'image/jpeg',
  png: 'image/png',
  gif: 'image/gif',
  webp: 'image/webp',
  avif: 'image/avif',
}

/** Formats decoded by this package. sharp has other decoders for some, which are not tested with hostile files. */
const ownDecoders: readonly ReadPicture['format'][] = ['gif', 'bmp', 'heic']

/** The file itself. @throws HTTPError 415 for a format that browsers do not show */
export function originalOf({ bytes, format }: ReadPicture): Content {
  const type = shownTypes[format]
  if (type === undefined) throw new HTTPError(415, 'Browsers do not show this format.')
  return { type, bytes, keep: 'forever' }
}

/** The picture at most `side` pixels long, upright, in sRGB, re-encoded: nothing else of the file reaches the page. */
export async function scaledCopy(picture: ReadPicture, side: number): Promise<Content> {
  return encode(await fitted(picture, side))
}

/**
 * Draws the heat map of a sentence in a picture.
 * @returns a picture in the shape of the small copy
 */
export async function heatMapOf(
  model: Pick<DreamLIP, 'ground'>,
  picture: ReadPicture,
  sentence: string,
  signal?: AbortSignal,
): Promise<Content> {
  const source = await fitted(picture, sides.map)
  const image = await pixels(source.clone())
  const [map] = await model.ground(image, [sentence], { signal })
  const shown = image.channels === 4 ? await pixels(source.clone().flatten({ background: '#fff' })) : image
  const { data, width, height } = drawHeatMap(shown, map!, { opacity: 0.55 })
  return encode((await loadSharp())(data, { raw: { width, height, channels: 3 } }))
}

async function fitted({ bytes, format }: ReadPicture, side: number): Promise<Sharp> {
  const sharp = await loadSharp()
  const resize = { width: side, height: side, fit: 'inside', withoutEnlargement: true } as const
  if (format === 'other') throw new HTTPError(415, 'Expected a picture.')
  if (!ownDecoders.includes(format)) {
    return sharp(bytes, { limitInputPixels: largestImage, failOn: 'none' })
      .timeout({ seconds })
      .autoOrient()
      .resize(resize)
  }
  const { data, width, height, channels } = await decodeImage(bytes)
  return sharp(data, { raw: { width, height, channels } }).timeout({ seconds }).resize(resize)
}

async function pixels(source: Sharp): Promise<RawImage> {
  const { data, info } = await source
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true })
  const { width, height, channels } = info
  return { data: new Uint8Array(data.buffer, data.byteOffset, data.length), width, height, channels: channels as 3 | 4 }
}

async function encode(source: Sharp): Promise<Content> {
  const bytes = await source.toColourspace('srgb').webp({ quality: 80, effort: 2 }).toBuffer()
  return { type: 'image/webp', bytes, keep: 'forever' }
}
