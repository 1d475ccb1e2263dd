/** Digests of bytes, and versions of images. */
import { disk } from '#bytes/disk'
import { isURL } from '../../bytes/http/address'
import { DreamLIPError } from '../../errors'
import { isRawImage } from '../../images/raw-image'
import type { NamedImage } from '../datasets/data-set'

export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await globalThis.crypto.subtle.digest('SHA-256', bytes))
}

/**
 * Values that determine the pixels of an image: its id, with the size and date of its file, or with the digest of its content.
 * Addresses, streams and images of the page are distinguished by id alone.
 */
export async function versionOf({ id, image }: NamedImage): Promise<readonly unknown[]> {
  if (typeof image === 'string' || image instanceof URL) return [id, await versionAt(image)]
  if (image instanceof Blob) return [id, await digestOf(new Uint8Array(await image.arrayBuffer()))]
  if (image instanceof ArrayBuffer || image instanceof Uint8Array) return [id, await digestOf(new Uint8Array(image))]
  if (isRawImage(image)) return [id, image.width, image.height, await digestOf(new Uint8Array(image.data))]
  return [id]
}

async function versionAt(location: string | URL): Promise<string> {
  if (!disk || isURL(String(location))) return String(location)
  try {
    const file = await disk.open(location)
    await file.close()
    return file.version ?? ''
  } catch (error) {
    if (error instanceof DreamLIPError) return error.code // the image is missing: it is looked for again once it exists
    throw error
  }
}

async function digestOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return (await sha256(bytes)).join()
}
