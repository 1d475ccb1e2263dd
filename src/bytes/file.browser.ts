/** Browsers have no files by path; a relative string is a URL there and does not come here. */
import { DreamLIPError } from '../errors'
import type { ByteSource } from './byte-source'

export async function openFile(location: string | URL): Promise<ByteSource> {
  throw new DreamLIPError(
    'SOURCE_UNREADABLE',
    `${String(location)}: a browser cannot open a path. Pass an http(s) URL, a File from an <input>, or the bytes.`,
  )
}
