/** Errors for images that cannot be decoded. */
import { DreamLIPError } from '../errors'
import { largestImage } from './raw-image'

/** The supported formats. */
export const decodedFormats = 'JPEG, PNG, WebP, GIF, AVIF, TIFF, BMP, HEIC'

/** Turns the error of a decoder into a DreamLIPError. */
export function undecodable(name: string, cause: unknown): DreamLIPError {
  if (cause instanceof DreamLIPError) return cause
  const message = cause instanceof Error ? cause.message.split('\n')[0]! : String(cause)
  if (message.includes('exceeds pixel limit')) {
    const problem = `it exceeds the limit of ${largestImage} pixels`
    return new DreamLIPError('IMAGE_TOO_LARGE', `${name}: ${problem}. Scale it down first.`, { cause })
  }
  const tooSlow = message.startsWith('timeout') ? ' in reasonable time' : ''
  return new DreamLIPError(
    'IMAGE_INVALID',
    `${name}: expected an image (${decodedFormats}); it cannot be decoded${tooSlow}: ${message}. ` +
      'Check that the file is complete and an image.',
    { cause },
  )
}
