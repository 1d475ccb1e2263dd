/** Reads an image file's metadata without decoding its pixels. */
import { checkCall, wrongArgument } from '../../check-arguments'
import type { ByteStream } from '../byte-stream'
import { readDateTaken } from '../formats/date-taken'
import { bytesInMemory } from '../formats/file-bytes'
import { refuseForeign } from '../formats/foreign'
import type { ImageFormat, ImageHeader } from '../formats/image-header'
import { checkSize, isRawImage } from '../raw-image'
import { undecodable } from '../undecodable'
import { withFile, type EncodedFile } from './source/encoded-file.node.ts'
import type { ImageRequest } from './source/encoded-image'
import { startSharp } from './sharp.node.ts'

/** An image file's metadata. */
export interface ImageInfo {
  /** Size in pixels after the rotation that `orientation` asks for. */
  readonly width: number
  readonly height: number
  readonly format: ImageFormat
  /**
   * When the photograph was taken, in milliseconds since 1970: EXIF's `DateTimeOriginal`, else `DateTimeDigitized`, else `DateTime`.
   * These are local times without a time zone; they are taken as UTC. `undefined` if the file has no valid date.
   */
  readonly taken?: number
  /**
   * EXIF's orientation (1 to 8) of the stored rows; 1: already upright. It is 1 for AVIF and HEIC, whose decoders turn the
   * image themselves.
   */
  readonly orientation: number
}

/**
 * Reads size, format, orientation and date of an image file. Its pixels are not decoded, so they may be damaged.
 * @param source a path, URL, Blob, the file's bytes or a stream of them
 * @throws DreamLIPError `SOURCE_UNREADABLE`, `IMAGE_INVALID`, `IMAGE_TOO_LARGE`, `MISSING_DEPENDENCY` (sharp), `INVALID_ARGUMENT`
 */
export async function readImageInfo(
  source: string | URL | Blob | ArrayBuffer | Uint8Array | ByteStream,
  options: ImageRequest = {},
): Promise<ImageInfo> {
  checkCall(options)
  if (isRawImage(source)) throw wrongArgument('source', 'a path, URL, Blob, ArrayBuffer, Uint8Array or stream', source)
  return withFile(source, options, async (file) => {
    const { name, header } = file
    const { format } = header
    if (format === 'other') throw refuseForeign(name, file.read(0, file.byteLength))
    try {
      const info = { ...(await readMetadata(file, header)), format }
      checkSize(name, info.width, info.height)
      return info
    } catch (error) {
      throw undecodable(name, error)
    }
  })
}

async function readMetadata(
  file: EncodedFile,
  { format, width, height }: ImageHeader,
): Promise<Omit<ImageInfo, 'format'>> {
  const isSimple = format === 'gif' || format === 'bmp' // no EXIF
  if (isSimple && width !== undefined && height !== undefined) return { width, height, orientation: 1 }
  const {
    autoOrient,
    orientation = 1,
    exif,
  } = await (await startSharp({ width: 1, height: 1 }))(file.forSharp).metadata()
  const tiff = format === 'tiff' ? file : exif && bytesInMemory(fromByteOrder(exif))
  return { ...autoOrient, orientation, taken: tiff && readDateTaken(tiff) }
}

/** EXIF data without the marker `Exif` that most formats put before it. */
function fromByteOrder(exif: Uint8Array): Uint8Array {
  const isMarked = String.fromCharCode(...exif.subarray(0, 4)) === 'Exif'
  return isMarked ? exif.subarray(6) : exif
}
