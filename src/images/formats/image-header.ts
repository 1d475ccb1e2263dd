/** Reads the format and the pixel layout from the first bytes of an image file. Decoders do not report them. */
import { fileKind } from '../../bytes/file-kind'
import { bmpSize } from './bmp-size'
import { bytesInMemory, type FileBytes } from './file-bytes'
import { readTiffHeader } from './tiff-header'

/** A format that is decoded. */
export type ImageFormat = 'png' | 'jpeg' | 'gif' | 'webp' | 'avif' | 'heic' | 'tiff' | 'bmp'

/** The properties that determine how Pillow, and so the reference, resizes an image. */
export interface ImageHeader {
  /** `other` means every format that is not supported. */
  readonly format: ImageFormat | 'other'
  readonly width?: number
  readonly height?: number
  /** Pixels are indices into a palette, or single bits. */
  readonly palette: boolean
  /** There is one gray channel. `undefined` if the header does not say. */
  readonly gray?: boolean
  /** There is an alpha channel. Transparent palette entries or colours do not count. */
  readonly alpha?: boolean
  /** The four channels are inks (CMYK). */
  readonly cmyk?: boolean
  /** A JPEG file has EXIF data, which may ask for a rotation. */
  readonly exif?: boolean
  /** The decoder keeps the whole image in memory, even if only a part is requested. */
  readonly inOnePiece?: boolean
  /** The number of bytes that the file must have according to its own directory. A shorter file was cut off. */
  readonly byteLength?: number
  /** A feature of the file that decoders would turn into wrong colours. */
  readonly unsupported?: string
  /** The mildest damage that is refused, in sharp's words; default `truncated`. */
  readonly failOn?: 'truncated' | 'error' | 'warning'
}

/** A header with the size. */
export type SizedHeader = ImageHeader & { readonly width: number; readonly height: number }

/**
 * The header of a file; `other` for unsupported formats, and for files that are not images.
 * @param bytes the file, or enough of its beginning to show the format
 * @param file the whole file: a TIFF header may lie anywhere in it
 */
export function readImageHeader(bytes: Uint8Array, file: FileBytes = bytesInMemory(bytes)): ImageHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  switch (fileKind(bytes, ['png', 'jpeg', 'gif', 'webp', 'bmp', 'isoMedia', 'tiff'])) {
    case 'png':
      return bytes.length >= 33 ? pngHeader(view) : other
    case 'jpeg':
      return jpegHeader(view)
    case 'gif':
      return bytes.length >= 13 ? gifHeader(view) : other
    case 'webp':
      return webpHeader(view)
    case 'bmp':
      return bytes.length >= 26 ? { format: 'bmp', palette: false, ...bmpSize(bytes) } : other
    case 'isoMedia':
      return isoHeader(view)
    case 'tiff':
      return readTiffHeader(file)
    case undefined:
      return other
  }
}

const other: ImageHeader = { format: 'other', palette: false }

function gifHeader(view: DataView): ImageHeader {
  const [width, height] = [view.getUint16(6, true), view.getUint16(8, true)]
  return { format: 'gif', palette: true, width, height, inOnePiece: true }
}

function pngHeader(view: DataView): ImageHeader {
  const depth = view.getUint8(24)
  const type = view.getUint8(25)
  return {
    format: 'png',
    width: view.getUint32(16),
    height: view.getUint32(20),
    palette: type === 3 || (type === 0 && depth === 1),
    gray: type === 0 || type === 4,
    alpha: type === 4 || type === 6,
    inOnePiece: view.getUint8(28) !== 0,
  }
}

/** `Exif` at the head of a JPEG file's APP1 segment. */
const exifMark = 0x45786966

function jpegHeader(view: DataView): ImageHeader {
  let exif = false
  for (let at = 2; at + 10 < view.byteLength && view.getUint8(at) === 0xff;) {
    const marker = view.getUint8(at + 1)
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)
    if (isFrame) {
      const components = view.getUint8(at + 9)
      const [height, width] = [view.getUint16(at + 5), view.getUint16(at + 7)]
      const [gray, cmyk] = [components === 1, components === 4]
      const inOnePiece = marker === 0xc2
      return { format: 'jpeg', palette: false, width, height, gray, alpha: false, cmyk, exif, inOnePiece }
    }
    if (marker === 0xe1 && view.getUint32(at + 4) === exifMark) exif = true
    at += marker === 0xff ? 1 : 2 + view.getUint16(at + 2)
  }
  return { format: 'jpeg', palette: false, alpha: false }
}

/** The three kinds of WebP: lossy, lossless, and a frame around either. */
function webpHeader(view: DataView): ImageHeader {
  const unknown = { format: 'webp', palette: false, gray: false, inOnePiece: true } as const
  if (view.byteLength < 30) return unknown
  const kind = view.getUint32(12)
  const three = (at: number) => view.getUint16(at, true) | (view.getUint8(at + 2) << 16)
  if (kind === 0x56503820) {
    const [width, height] = [view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff]
    return { ...unknown, width, height, alpha: false }
  }
  if (kind === 0x5650384c) {
    const bits = view.getUint32(21, true)
    const [width, height] = [(bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1]
    return { ...unknown, width, height, alpha: ((bits >>> 28) & 1) === 1 }
  }
  if (kind !== 0x56503858) return unknown
  return { ...unknown, width: three(24) + 1, height: three(27) + 1, alpha: (view.getUint8(20) & 0x10) !== 0 }
}

/** AVIF and HEIC are the same container with different codecs. Its brands say which. */
function isoHeader(view: DataView): ImageHeader {
  const brands: string[] = []
  const end = Math.min(view.getUint32(0), view.byteLength - 3, 512)
  for (let at = 8; at < end; at += 4) {
    if (at !== 12) brands.push(String.fromCharCode(...[0, 1, 2, 3].map((i) => view.getUint8(at + i))))
  }
  const unknown = { palette: false, inOnePiece: true } as const
  if (brands.some((brand) => /^avi[fs]$/.test(brand))) return { format: 'avif', ...unknown }
  const isHeic = brands.some((brand) => /^(hei[cxms]|hev[cxms]|mif1|msf1)$/.test(brand))
  return { format: isHeic ? 'heic' : 'other', ...unknown }
}
