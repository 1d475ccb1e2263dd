/** Captions next to an image, in a folder or in a tar shard: `.json`, `.txt`, or both. */
import { findColumns, hasCaptions, lacksColumn, type CaptionSearch } from './columns'
import { DreamLIPError } from '../../../errors'
import type { CaptionRecord } from '../../record'
import { splitCaption } from '../../sampling/split-caption'
import { decodeWholeText } from '../text/decode-text'
import { duplicateKey, parseJSON } from '../text/json-text'
import { recordOf } from './to-record'

/** A file next to an image: text, or bytes. */
export interface Sidecars {
  readonly json?: string | Uint8Array
  readonly txt?: string | Uint8Array
}

type Captions = Pick<CaptionRecord, 'raw' | 'captions'>

/**
 * The record of an image with its captions, or a sentence that says why there is none. Captions that the `.json` lacks come from the `.txt`.
 * @param onGuess called when the encoding is guessed
 */
export function withCaptions(
  image: Pick<CaptionRecord, 'key' | 'image'>,
  { json, txt }: Sidecars,
  search: CaptionSearch = {},
  onGuess?: (guesses: readonly string[]) => void,
): CaptionRecord | string {
  const none: Captions = { raw: '', captions: {} }
  if (json === undefined && txt === undefined) {
    return search.captionsOptional ? { ...image, ...none } : 'the image has no caption file'
  }
  const captionsOptional = txt !== undefined || search.captionsOptional // a .txt supplies what the .json lacks
  const inJSON = { ...search, captionsOptional }
  const first = json === undefined ? none : withText(json, (text) => ofJSON(text, inJSON), onGuess)
  if (typeof first === 'string') return `its .json: ${first}`
  // img2dataset writes the same caption into both.
  const ofOther = (text: string) => (text.trim() === String(first.raw).trim() ? none : ofText(text))
  const second = txt === undefined ? none : withText(txt, ofOther, onGuess)
  if (typeof second === 'string') return `its .txt: ${second}`
  return {
    ...image,
    raw: first.raw.length > 0 ? first.raw : second.raw,
    captions: Object.keys(first.captions).length > 0 ? first.captions : second.captions,
  }
}

function withText(
  file: string | Uint8Array,
  read: (text: string) => Captions | string,
  onGuess?: (guesses: readonly string[]) => void,
): Captions | string {
  if (typeof file === 'string') return read(file)
  const decoded = decodeWholeText(file)
  if ('problem' in decoded) return decoded.problem
  if (decoded.western) onGuess?.(['captions next to images that are not UTF-8 are read as Windows-1252'])
  return read(decoded.text)
}

/** One caption per line. The first is the raw one. The others are split into sub-captions, and so is the first if it has several sentences. */
function ofText(text: string): Captions {
  const [raw = '', ...rest] = text.split(/\r\n?|\n/).filter((line) => line.trim() !== '')
  const isLong = splitCaption(raw, { rule: 'sentences' }).length > 1
  const other = [...(isLong ? [raw] : []), ...rest].join('\n')
  return { raw, captions: other === '' ? {} : { other } }
}

function ofJSON(json: string, search: CaptionSearch): Captions | string {
  let value: unknown
  try {
    value = parseJSON(json)
  } catch (error) {
    return `it is not JSON: ${(error as Error).message.slice(0, 200)}`
  }
  if (typeof value === 'string') return { raw: value, captions: {} }
  // A list of captions instead of an object: sub-captions that are already split.
  if (Array.isArray(value)) {
    return recordOf(['-', '', value], { places: { image: 0, raw: 1, other: 2 }, guesses: [] }, String)
  }
  if (typeof value !== 'object' || value === null) return 'it is not an object'
  const twice = duplicateKey(json)
  if (twice !== undefined) return `it has the key ${twice.slice(0, 60)} twice`
  return ofObject(value, search)
}

function ofObject(object: object, search: CaptionSearch): Captions | string {
  const keys = Object.keys(object)
  try {
    // The image is already known, so the search gets an image name that no key has.
    const columns = findColumns('.json', [...keys, 'image'], { ...search.columns, image: 'image' })
    if (!hasCaptions(columns) && !search.captionsOptional) {
      return `${lacksColumn} captions; its keys are ${keys.slice(0, 40).join(', ').slice(0, 400)}. Name them with the option columns`
    }
    const places = { ...columns.places, image: keys.length, status: undefined }
    return recordOf([...(Object.values(object) as unknown[]), '-'], { places, guesses: [] }, String)
  } catch (error) {
    if (error instanceof DreamLIPError) return error.message
    throw error
  }
}
