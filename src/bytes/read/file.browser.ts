/** Browsers cannot open paths. Relative strings are URLs there, and are opened elsewhere. */
import { DreamLIPError } from '../../errors'
import type { ByteSource } from '../byte-source'

export async function openFile(location: string | URL): Promise<ByteSource> {
  throw noPaths(location)
}

export async function readFileBytes(location: string | URL, _limit: number): Promise<Uint8Array> {
  throw noPaths(location)
}

function noPaths(location: string | URL): DreamLIPError {
  return new DreamLIPError(
    'SOURCE_UNREADABLE',
    `${String(location)}: a browser cannot open a file by its path. Pass an http(s) URL, a File from an <input>, or the bytes.`,
  )
}
