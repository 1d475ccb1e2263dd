/** Draws the pictures that a page shows for each hit: a small copy, and a heat map per sentence. */
import type { DreamLIP } from '../../dreamlip'
import { heatColor } from '../../drawing/color-map'
import type { ImageInput, RawImage } from '../../images/raw-image'
import { isImageProblem } from '../../images/decode/image-problem'
import type { HeatMap } from '../../inference/dense/ground'
import type { SearchHit } from '../query/hits'
import { encodePicture, makeThumbnail } from './thumbnail.node.ts'

/** A hit with its pictures as `data:` addresses. */
export interface DrawnHit {
  readonly hit: Pick<SearchHit, 'path' | 'score'> & Partial<Pick<SearchHit, 'sentences'>>
  /** Undefined if the picture cannot be read. */
  readonly picture?: { readonly address: string; readonly width: number; readonly height: number }
  /** One per sentence, or none. */
  readonly maps: readonly string[]
}

export interface DrawHitsOptions {
  readonly model?: Pick<DreamLIP, 'ground'>
  readonly readImage: (path: string) => ImageInput | Promise<ImageInput>
  readonly signal?: AbortSignal
}

/** Pixels of a picture per heat map cell, in each direction. Browsers smooth the enlarged map. */
const pixelsPerCell = 4

export async function drawHit(hit: DrawnHit['hit'], { model, readImage, signal }: DrawHitsOptions): Promise<DrawnHit> {
  try {
    const { image, bytes, type } = await makeThumbnail(await readImage(hit.path), { signal })
    const picture = { address: addressOf(type, bytes), width: image.width, height: image.height }
    const texts = hit.sentences?.map(({ text }) => text) ?? []
    if (!model || texts.length === 0) return { hit, picture, maps: [] }
    const maps = await model.ground(image, texts, { signal })
    return { hit, picture, maps: await Promise.all(maps.map(drawMap)) }
  } catch (error) {
    if (!isImageProblem(error)) throw error
    return { hit, maps: [] }
  }
}

async function drawMap(map: HeatMap): Promise<string> {
  return addressOf('image/webp', await encodePicture(colorMap(map), 'webp'))
}

/** The map's colours from its lowest to its highest value, more opaque where it is higher. */
export function colorMap({ data, shape: [height, width] }: HeatMap): RawImage {
  const [rows, columns] = [Math.ceil(height / pixelsPerCell), Math.ceil(width / pixelsPerCell)]
  const cells = Float32Array.from({ length: rows * columns }, (_, cell) => {
    const y = Math.min(height - 1, Math.floor(cell / columns) * pixelsPerCell + pixelsPerCell / 2)
    const x = Math.min(width - 1, (cell % columns) * pixelsPerCell + pixelsPerCell / 2)
    return data[y * width + x]!
  })
  const [low, high] = [cells.reduce((a, b) => Math.min(a, b)), cells.reduce((a, b) => Math.max(a, b))]
  const pixels = new Uint8Array(cells.length * 4) // [rows, columns, 4]
  cells.forEach((value, i) => {
    const share = high > low ? (value - low) / (high - low) : 0
    pixels.set([...heatColor(share), 110 + 110 * share].map(Math.round), 4 * i)
  })
  return { data: pixels, width: columns, height: rows, channels: 4 }
}

function addressOf(type: string, bytes: Uint8Array): string {
  return `data:${type};base64,${Buffer.from(bytes).toString('base64')}`
}
