/** Reads facts from a picture's file: its dimensions and capture time. */
import { readImageInfo } from '../../../images/decode/image-info.node.ts'

export interface PictureFacts {
  /** In pixels, as the picture is shown; NaN if the file does not say. */
  readonly width: number
  readonly height: number
  /** The capture time in ms since 1970, with local time read as UTC; NaN if the file does not say. */
  readonly taken: number
}

/** Facts about a picture; NaN for a damaged file, whose error the model reports. @param input a path, or the bytes of the file */
export async function pictureFacts(input: string | Uint8Array): Promise<PictureFacts> {
  return readImageInfo(input).then(
    ({ width, height, taken = NaN }) => ({ width, height, taken }),
    () => ({ width: NaN, height: NaN, taken: NaN }),
  )
}
