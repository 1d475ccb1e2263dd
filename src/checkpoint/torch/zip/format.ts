/** Helpers that the readers of zip archives share. */
import { damaged } from '../../damaged'

/** Bytes of a local header before the entry's name. */
export const localHeaderSize = 30

/** @throws DreamLIPError `ZIP_INVALID` */
export function invalidZip(file: string, problem: string): never {
  throw damaged('ZIP_INVALID', file, problem)
}

/** An entry's name. @throws DreamLIPError `ZIP_INVALID` unless it is UTF-8 */
export function decodeName(file: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return invalidZip(file, 'an entry name is not valid UTF-8')
  }
}
