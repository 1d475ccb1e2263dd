/** Names files of unsupported formats, and says what to do with them. */
import { DreamLIPError } from '../../errors'
import { decodedFormats } from '../undecodable'

/** Unsupported formats, by their first bytes. */
const known: readonly (readonly [start: RegExp, what: string, remedy: string])[] = [
  [/^%PDF|^%!PS|^\xc5\xd0\xd3\xc6/, 'a PDF or PostScript document', 'Render its pages to PNG first.'],
  [/^\x1f\x8b/, 'a gzip-compressed file (perhaps SVGZ)', 'Unpack it. Convert drawings to PNG.'],
  [/^\xff\x0a|^\0\0\0\x0cJXL /, 'a JPEG XL image', 'Convert it to PNG or JPEG first.'],
  [/^\0\0\0\x0cjP {2}|^\xff\x4f\xff\x51/, 'a JPEG 2000 image', 'Convert it to PNG or JPEG first.'],
  [/^8BPS/, 'a Photoshop file', 'Export it as PNG or JPEG first.'],
  [/^\0\0[\x01\x02]\0/, 'an icon or cursor', 'Convert it to PNG first.'],
  [/^PK\x03\x04|^Rar!|^7z\xbc\xaf/, 'an archive', 'Unpack it first.'],
  [/^....ftyp/s, 'a video or audio file', 'Extract single frames first.'],
  [/^\x1aE\xdf\xa3|^RIFF....AVI /s, 'a video file', 'Extract single frames first.'],
  [
    /^(gimp xcf|qoif|#\?RADIANCE|v\/1\x01|DDS |P[1-7]\s)/,
    'an image in a format that is not supported',
    'Convert it to PNG or JPEG first.',
  ],
]

/** An error that says what a file is, judging by its first bytes. */
export function refuseForeign(name: string, bytes: Uint8Array): DreamLIPError {
  if (bytes.length === 0) return refused(name, 'an empty file', 'Check that it is complete.')
  const start = String.fromCharCode(...bytes.subarray(0, 64))
  const found = known.find(([pattern]) => pattern.test(start))
  if (found) return refused(name, found[1], found[2])
  // In UTF-16 text, every other byte is NUL.
  const text = String.fromCharCode(...bytes.subarray(0, 4096)).replace(/^(\xef\xbb\xbf|\xff\xfe|\xfe\xff)|\0/g, '')
  if (/^\s*</.test(text)) {
    if (/<!doctype\s+html|<html/i.test(text)) return refused(name, 'an HTML page', 'Check the address or path.')
    return refused(name, 'an SVG drawing or another XML text', 'Convert it to PNG first, at the size that you want.')
  }
  return refused(name, 'something else', 'Check that the file is complete and an image.')
}

function refused(name: string, what: string, remedy: string): DreamLIPError {
  return new DreamLIPError(
    'IMAGE_INVALID',
    `${name}: expected an image (${decodedFormats}); got ${what}. It cannot be decoded. ${remedy}`,
  )
}
