/** What a picture's file says about it: its size, and when it was taken. */
import { readImageInfo } from '../../../images/decode/image-info.node.ts'

export interface PictureFacts {
  /** In pixels, as the picture is shown; NaN if the file does not say. */
  readonly width: number
  readonly height: number
  /** The photograph's local time as if it was UTC, in ms since 1970; NaN if the file does not say. */
  readonly taken: number
}

/** Facts of a picture. Those of a file that is damaged are NaN: the model says what is wrong with it. @param input a path, or the bytes of the file */
export async function pictureFacts(input: string | Uint8Array): Promise<PictureFacts> {
  return readImageInfo(input).then(
    ({ width, height, taken = NaN }) => ({ width, height, taken }),
    () => ({ width: NaN, height: NaN, taken: NaN }),
  )
}
