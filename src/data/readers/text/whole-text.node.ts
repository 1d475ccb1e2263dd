/** Reads a whole text file: the captions next to an image, or an index of files. */
import { patient } from '../../../bytes/http/fetch-patiently'
import { readBytes } from '../../../bytes/read/read-bytes'
import type { RequestHeaders } from '../../../bytes/http/headers'
import { DreamLIPError } from '../../../errors'
import { decodeWholeText } from './decode-text'

/** Maximum bytes of a file. No caption needs more, and an index of this size names a million files. */
const largestText = 256 * 1024 * 1024

/** The bytes of a file. @throws DreamLIPError `DATA_INVALID` for one that is too large, `SOURCE_UNREADABLE` */
export async function readSmallFile(
  location: string,
  largest = largestText,
  headers?: RequestHeaders,
): Promise<Uint8Array> {
  return readBytes(location, { limit: largest, tooLarge: 'DATA_INVALID', headers, patience: patient })
}

/**
 * @param onGuess called when the encoding is guessed
 * @throws DreamLIPError `DATA_INVALID` for bytes that are not text, `SOURCE_UNREADABLE`
 */
export async function readWholeText(
  location: string,
  onGuess: (guesses: readonly string[]) => void,
  headers?: RequestHeaders,
): Promise<string> {
  const decoded = decodeWholeText(await readSmallFile(location, largestText, headers))
  if ('problem' in decoded) throw invalid(location, decoded.problem)
  if (decoded.western) onGuess([`${location}: text that is not UTF-8 is read as Windows-1252`])
  return decoded.text
}

function invalid(location: string, what: string): DreamLIPError {
  return new DreamLIPError('DATA_INVALID', `${location}: expected a text file; ${what}.`)
}
