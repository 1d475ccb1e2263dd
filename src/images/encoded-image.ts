/** Fetches the encoded bytes of an image by URL, with limits. */
import { DreamLIPError } from '../errors'

/** No photograph is larger; more is not taken into memory. */
const largestFile = 512 * 1024 * 1024

/** Bytes behind an http(s), data or blob URL. @throws DreamLIPError `SOURCE_UNREADABLE` */
export async function fetchImage(url: string, signal?: AbortSignal): Promise<Uint8Array> {
  const name = url.startsWith('data:') ? `${url.slice(0, 32)}…` : url.replace(/\?.*/s, '')
  let response: Response
  try {
    response = await fetch(url, { signal })
  } catch (error) {
    signal?.throwIfAborted()
    throw new DreamLIPError('SOURCE_UNREADABLE', `${name}: could not be fetched. Check the address and the network.`, {
      cause: error,
    })
  }
  if (!response.ok) {
    await response.body?.cancel()
    throw new DreamLIPError('SOURCE_UNREADABLE', `${name}: the server answers ${response.status}. Check the address.`)
  }
  if (Number(response.headers.get('Content-Length') ?? 0) > largestFile) {
    await response.body?.cancel()
    throw new DreamLIPError(
      'IMAGE_TOO_LARGE',
      `${name}: files of more than ${largestFile} bytes are not read as images.`,
    )
  }
  return new Uint8Array(await response.arrayBuffer())
}
