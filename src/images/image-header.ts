/** Reads from an image file's first bytes how its pixels are stored, which decoders do not tell. */

/** What decides how Pillow, and so the reference, resizes an image. */
export interface ImageHeader {
  readonly format: 'png' | 'jpeg' | 'gif' | 'webp' | 'other'
  readonly width?: number
  readonly height?: number
  /** Indices into a palette, or single bits. */
  readonly palette: boolean
  /** One gray channel. `undefined` when the header does not tell. */
  readonly gray?: boolean
  /** An alpha channel of its own; transparent palette entries or colours do not count. */
  readonly alpha?: boolean
  /** Four channels of ink. */
  readonly cmyk?: boolean
  /** A JPEG file has EXIF data, which may say that it is to be turned. */
  readonly exif?: boolean
}

/** The header of the formats that the web uses; `other` for the rest. */
export function readImageHeader(bytes: Uint8Array): ImageHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const starts = (text: string, at = 0) =>
    bytes.length >= at + text.length && [...text].every((character, i) => bytes[at + i] === character.charCodeAt(0))
  if (starts('\x89PNG\r\n\x1a\n') && bytes.length >= 33) return pngHeader(view)
  if (starts('\xff\xd8')) return jpegHeader(view)
  if (starts('GIF8') && bytes.length >= 10) {
    return { format: 'gif', palette: true, width: view.getUint16(6, true), height: view.getUint16(8, true) }
  }
  if (starts('RIFF') && starts('WEBP', 8)) return { format: 'webp', palette: false, gray: false }
  return { format: 'other', palette: false }
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
      return { format: 'jpeg', palette: false, width, height, gray, alpha: false, cmyk, exif }
    }
    if (marker === 0xe1 && view.getUint32(at + 4) === exifMark) exif = true
    at += marker === 0xff ? 1 : 2 + view.getUint16(at + 2)
  }
  return { format: 'jpeg', palette: false, alpha: false }
}
