/** Decodes HEIC, the format of iPhones, if the optional package `heic-decode` is installed. */
import { DreamLIPError } from '../../errors'
import { loadPackage } from '../../installed.node.ts'
import { checkSize, type RawImage } from '../raw-image'

interface HeicImage {
  readonly width: number
  readonly height: number
  decode(): Promise<{ readonly data: Uint8ClampedArray }>
}

interface HeicDecode {
  all(options: { buffer: Uint8Array }): Promise<readonly HeicImage[] & { dispose(): void }>
}

/**
 * Decodes the first image of a file, and rotates it as the container says (not EXIF).
 * @throws DreamLIPError `IMAGE_INVALID` (also if the package is missing), `IMAGE_TOO_LARGE`
 */
export async function decodeHeic(name: string, bytes: Uint8Array): Promise<RawImage> {
  const { all } = loadDecoder(name)
  const images = await all({ buffer: bytes })
  try {
    const [image] = images
    if (!image) throw new Error('the file contains no image')
    const { width, height } = image
    checkSize(name, width, height)
    return withoutOpaqueAlpha((await image.decode()).data, width, height)
  } finally {
    images.dispose()
  }
}

function loadDecoder(name: string): HeicDecode {
  try {
    return loadPackage('heic-decode') as HeicDecode
  } catch (cause) {
    throw new DreamLIPError(
      // Not MISSING_DEPENDENCY, because only this image is lost, not the run.
      'IMAGE_INVALID',
      `${name}: this is a HEIC image. HEIC needs the package heic-decode, which is ${(cause as Error).message}. ` +
        'Run: npm install heic-decode. Or convert the image to JPEG.',
      { cause },
    )
  }
}

/** The decoder always returns four channels. */
function withoutOpaqueAlpha(data: Uint8ClampedArray, width: number, height: number): RawImage {
  for (let i = 3; i < data.length; i += 4) if (data[i] !== 255) return { data, width, height, channels: 4 }
  const rgb = new Uint8Array(width * height * 3) // [height, width, 3]
  for (let from = 0, out = 0; from < data.length; from += 4) {
    rgb[out++] = data[from]!
    rgb[out++] = data[from + 1]!
    rgb[out++] = data[from + 2]!
  }
  return { data: rgb, width, height, channels: 3 }
}
