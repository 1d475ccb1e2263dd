/** Captions that lie beside an image, in a folder or in a tar shard: `.json`, `.txt`, or both. */
import { resolveColumns, type ColumnNames } from './columns'
import type { CaptionRecord } from './record'
import { recordOf } from './to-record'

/** What lies beside an image. */
export interface Sidecars {
  readonly json?: string
  readonly txt?: string
}

/** The record of an image with its captions, or in words why there is none. Text of a `.txt` file is the raw caption. */
export function withCaptions(
  image: Pick<CaptionRecord, 'key' | 'image'>,
  { json, txt }: Sidecars,
  names?: ColumnNames,
): CaptionRecord | string {
  if (json === undefined && txt === undefined) return 'no caption lies beside the image'
  const captions = json === undefined ? { raw: '', captions: {} } : captionsOf(json, names)
  if (typeof captions === 'string') return captions
  return { ...image, captions: captions.captions, raw: captions.raw.length > 0 ? captions.raw : (txt ?? '') }
}

function captionsOf(json: string, names?: ColumnNames): Pick<CaptionRecord, 'raw' | 'captions'> | string {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch (error) {
    return `its .json is no JSON: ${(error as Error).message}`
  }
  if (typeof value === 'string') return { raw: value, captions: {} }
  // A list of captions in place of an object: sub-captions that were split already.
  if (Array.isArray(value))
    return recordOf(['-', '', value], { places: { image: 0, raw: 1, longSV: 2 }, guesses: [] }, String)
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
