/** Small pictures inside a page. */
import { isURL } from '../../bytes/http/address'
import { encodePNG } from '../../drawing/encode-png'
import { isImageProblem } from '../../images/decode/image-problem'
import { decodeSquare } from '../../images/preprocess/preprocess'

/** Sharp at twice the density of the page. */
const side = 168

/** The middle of an image file as a `data:` address; undefined if it cannot be read, or is not on this machine. */
export async function thumbnailOf(path: string, signal?: AbortSignal): Promise<string | undefined> {
  if (isURL(path)) return undefined
  try {
    const picture = await decodeSquare(path, side, { resizeMode: 'shortest', interpolation: 'bicubic', signal })
    return `data:image/png;base64,${toBase64(await encodePNG(picture))}`
  } catch (error) {
    if (!isImageProblem(error)) throw error
    return undefined
  }
}

function toBase64(bytes: Uint8Array): string {
  let text = ''
  for (let from = 0; from < bytes.length; from += 8192)
    text += String.fromCharCode(...bytes.subarray(from, from + 8192))
  return btoa(text)
}
