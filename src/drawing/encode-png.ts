/** Writes PNG files, in Node and in browsers. The platform's `CompressionStream` does the compression. */
import { crc32 } from '#crc32'
import { checkObject } from '../check-arguments'
import { convertToRGB } from '../images/resample/alpha'
import { checkRawImage, type RawImage } from '../images/raw-image'

const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

/** PNG's colour types for gray, gray + alpha, RGB, RGB + alpha. */
const colorTypes = { 1: 0, 2: 4, 3: 2, 4: 6 } as const

/** PNG's filter "Paeth": each byte is stored as its difference from the most similar of three neighbours. */
const paeth = 4

/**
 * Encodes an image as a PNG file, without loss. CMYK is converted to RGB first.
 * @throws DreamLIPError `IMAGE_INVALID` if the length of the data does not match the size of the image
 */
export async function encodePNG(image: RawImage): Promise<Uint8Array> {
  const checked = checkRawImage(checkObject('image', image, 'a decoded image { data, width, height, channels }'))
  const pixels = checked.cmyk ? convertToRGB(checked) : checked
  const header = new Uint8Array(13)
  const view = new DataView(header.buffer)
  view.setUint32(0, pixels.width)
  view.setUint32(4, pixels.height)
  header.set([8, colorTypes[pixels.channels]], 8) // 8 bits per channel
  const file = [
    Uint8Array.from(signature),
    chunk('IHDR', header),
    chunk('IDAT', await deflate(filterRows(pixels))),
    chunk('IEND', new Uint8Array()),
  ]
  return new Uint8Array(await new Blob(file as Uint8Array<ArrayBuffer>[]).arrayBuffer())
}

/** The rows before compression. Each starts with the number of its filter. */
function filterRows({ data, width, height, channels }: RawImage): Uint8Array {
  const rowBytes = width * channels
  const rows = new Uint8Array(height * (1 + rowBytes)) // [height, 1 + rowBytes]
  for (let y = 0; y < height; y++) {
    const from = y * rowBytes
    const to = y * (1 + rowBytes)
    rows[to] = paeth
    for (let x = 0; x < rowBytes; x++) {
      const left = x < channels ? 0 : data[from + x - channels]!
      const above = y === 0 ? 0 : data[from + x - rowBytes]!
      const corner = x < channels || y === 0 ? 0 : data[from + x - rowBytes - channels]!
      rows[to + 1 + x] = data[from + x]! - nearest(left, above, corner)
    }
  }
  return rows
}

/** The one of the three that is nearest to `left + above − corner`; the first of them in a tie (PNG specification, sec. 9.4). */
function nearest(left: number, above: number, corner: number): number {
  const toLeft = Math.abs(above - corner)
  const toAbove = Math.abs(left - corner)
  const toCorner = Math.abs(left + above - 2 * corner)
  if (toLeft <= toAbove && toLeft <= toCorner) return left
  return toAbove <= toCorner ? above : corner
}

async function deflate(bytes: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new CompressionStream('deflate'))
  return new Uint8Array(await new Response(stream).arrayBuffer())
}

/** Length, name, contents, checksum of name and contents. */
function chunk(name: string, contents: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + contents.length)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, contents.length)
  bytes.set(new TextEncoder().encode(name), 4)
  bytes.set(contents, 8)
  view.setUint32(8 + contents.length, crc32(bytes.subarray(4, 8 + contents.length)))
  return bytes
}
