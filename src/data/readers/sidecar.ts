/** Captions that lie beside an image, in a folder or in a tar shard: `.json`, `.txt`, or both. */
import { resolveColumns, type ColumnNames } from './columns'
import type { CaptionRecord } from '../record'
import { splitCaption } from '../sampling/split-caption'
import { recordOf } from './to-record'

/** What lies beside an image. */
export interface Sidecars {
  readonly json?: string
  readonly txt?: string
}

type Captions = Pick<CaptionRecord, 'raw' | 'captions'>

/** The record of an image with its captions, or in words why there is none. What the `.json` lacks the `.txt` gives. */
export function withCaptions(
  image: Pick<CaptionRecord, 'key' | 'image'>,
  { json, txt }: Sidecars,
  names?: ColumnNames,
): CaptionRecord | string {
  if (json === undefined && txt === undefined) return 'no caption lies beside the image'
  const none: Captions = { raw: '', captions: {} }
  const first = json === undefined ? none : ofJSON(json, names)
  if (typeof first === 'string') return first
  const second = txt === undefined ? none : ofText(txt)
  return {
    ...image,
    raw: first.raw.length > 0 ? first.raw : second.raw,
    captions: Object.keys(first.captions).length > 0 ? first.captions : second.captions,
  }
}

/** One caption a line: the first is the raw one; the others are split into sub-captions, and so is a first one of several sentences. */
function ofText(text: string): Captions {
  const [raw = '', ...rest] = text.split(/\r?\n/).filter((line) => line.trim() !== '')
  const isLong = splitCaption(raw, { rule: 'sentences' }).length > 1
  const other = [...(isLong ? [raw] : []), ...rest].join('\n')
  return { raw, captions: other === '' ? {} : { other } }
}

function ofJSON(json: string, names?: ColumnNames): Captions | string {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch (error) {
    return `its .json is no JSON: ${(error as Error).message}`
  }
  if (typeof value === 'string') return { raw: value, captions: {} }
  // A list of captions in place of an object: sub-captions that were split already.
  if (Array.isArray(value)) {
    return recordOf(['-', '', value], { places: { image: 0, raw: 1, other: 2 }, guesses: [] }, String)
  }
  if (typeof value !== 'object' || value === null) return 'its .json is no object'
  const keys = Object.keys(value)
  // The image is known already: a name for it that no key has satisfies the search.
  const columns = resolveColumns('.json', [...keys, 'image'], { ...names, image: 'image' })
  return recordOf(
    [...Object.values(value), '-'],
    { ...columns, places: { ...columns.places, image: keys.length } },
    String,
  )
}
