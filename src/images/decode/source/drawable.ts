/** The image objects of a page: elements, canvases, bitmaps and video frames. */
import { checkSize } from '../../raw-image'
import { undecodable } from '../../undecodable'

export type Drawable =
  HTMLImageElement | HTMLCanvasElement | OffscreenCanvas | HTMLVideoElement | ImageBitmap | VideoFrame

const kinds = [
  'HTMLImageElement',
  'HTMLCanvasElement',
  'OffscreenCanvas',
  'HTMLVideoElement',
  'ImageBitmap',
  'VideoFrame',
]

export function isDrawable(input: unknown): input is Drawable {
  return kinds.some((kind) => {
    const constructor = (globalThis as Record<string, unknown>)[kind]
    return typeof constructor === 'function' && input instanceof constructor
  })
}

/**
 * A bitmap of the object's present contents, which can be sent to a worker.
 * @throws DreamLIPError `IMAGE_INVALID`, `IMAGE_TOO_LARGE`
 */
export async function bitmapOf(input: Drawable): Promise<ImageBitmap> {
  const { width, height } = sizeOf(input)
  checkSize('image', width, height)
  try {
    return await createImageBitmap(input, { premultiplyAlpha: 'none', colorSpaceConversion: 'none' })
  } catch (error) {
    throw undecodable('image', error)
  }
}

/** Elements are drawn at their natural size, not at their size on the page. */
function sizeOf(input: Drawable): { width: number; height: number } {
  if ('naturalWidth' in input) return { width: input.naturalWidth, height: input.naturalHeight }
  if ('videoWidth' in input) return { width: input.videoWidth, height: input.videoHeight }
  if ('displayWidth' in input) return { width: input.displayWidth, height: input.displayHeight }
  return input
}
