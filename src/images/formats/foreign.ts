/** Names files of unsupported formats, and says what to do with them. */
import { fileKind, type FileKind } from '../../bytes/file-kind'
import { DreamLIPError } from '../../errors'
import { decodedFormats } from '../undecodable'

const convert = 'Convert it to PNG or JPEG first.'
const documents = ['a PDF or PostScript document', 'Render its pages to PNG first.'] as const
const archive = ['an archive', 'Unpack it first.'] as const
const video = ['a video file', 'Extract single frames first.'] as const

/** The name of each kind, and what to do with it. */
const known: Readonly<Partial<Record<FileKind, readonly [what: string, remedy: string]>>> = {
  pdf: documents,
  postScript: documents,
  gzip: ['a gzip-compressed file (perhaps SVGZ)', 'Unpack it. Convert drawings to PNG.'],
  jpegXL: ['a JPEG XL image', convert],
  jpeg2000: ['a JPEG 2000 image', convert],
  photoshop: ['a Photoshop file', 'Export it as PNG or JPEG first.'],
  icon: ['an icon or cursor', 'Convert it to PNG first.'],
  zip: archive,
  rar: archive,
  '7z': archive,
  isoMedia: ['a video or audio file', 'Extract single frames first.'],
  matroska: video,
  avi: video,
  otherImage: ['an image in a format that is not supported', convert],
}

/** An error that says what a file is, judging by its first bytes. */
export function refuseForeign(name: string, bytes: Uint8Array): DreamLIPError {
  if (bytes.length === 0) return refused(name, 'an empty file', 'Check that it is complete.')
  const kind = fileKind(bytes, Object.keys(known) as FileKind[])
  if (kind) return refused(name, ...known[kind]!)
  // In UTF-16 text, every other byte is NUL.
  const text = String.fromCharCode(...bytes.subarray(0, 4096)).replace(/^(\xef\xbb\xbf|\xff\xfe|\xfe\xff)|\0/g, '')
  if (/^\s*</.test(text)) {
    if (/<!doctype\s+html|<html/i.test(text)) return refused(name, 'an HTML page', 'Check the address or path.')
    return refused(name, 'an SVG drawing or another XML file', 'Convert it to PNG first, at the size that you want.')
  }
  return refused(name, 'something else', 'Check that the file is complete and an image.')
}

function refused(name: string, what: string, remedy: string): DreamLIPError {
  return new DreamLIPError(
    'IMAGE_INVALID',
    `${name}: expected an image (${decodedFormats}); got ${what}. It cannot be decoded. ${remedy}`,
  )
}
