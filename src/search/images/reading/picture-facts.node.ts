/** What a picture's header says: its size, and when it was taken. */
import { open } from 'node:fs/promises'
import { loadSharp } from '#images/decode'
import { readImageHeader } from '../../../images/formats/image-header'
import { exifDate } from './exif-date'

export interface PictureFacts {
  /** In pixels, as the picture is shown; NaN if the header does not say. */
  readonly width: number
  readonly height: number
  /** The photograph's local time as if it was UTC, in ms since 1970; NaN if the file has none. */
  readonly taken: number
}

/** Enough for the header of every format whose size sharp does not find. */
const headBytes = 4096

/** Facts of a picture; those that cannot be read are NaN. @param input a path, or the bytes of the file */
export async function pictureFacts(input: string | Uint8Array): Promise<PictureFacts> {
  try {
    const sharp = await loadSharp()
    const picture = sharp(input, { failOn: 'none', limitInputPixels: false })
    const { width, height, orientation = 1, exif } = await picture.metadata()
    const [across, down] = orientation >= 5 ? [height, width] : [width, height]
    return { width: across, height: down, taken: exif ? exifDate(exif) : NaN }
  } catch {
    const { width = NaN, height = NaN } = readImageHeader(await headOf(input))
    return { width, height, taken: NaN }
  }
}

/** The beginning of a picture; empty if it cannot be read. */
export async function headOf(input: string | Uint8Array): Promise<Uint8Array> {
  if (typeof input !== 'string') return input.subarray(0, headBytes)
  const file = await open(input).catch(() => undefined)
  if (!file) return new Uint8Array()
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(headBytes), 0, headBytes, 0)
    return buffer.subarray(0, bytesRead)
  } catch {
    return new Uint8Array()
  } finally {
    await file.close()
  }
}
