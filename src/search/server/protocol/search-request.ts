/** A search request, as JSON. Everything in it comes from outside. */
import { checkObject, checkStrings, checkText, checkWhole, wrongArgument } from '../../../check-arguments'
import { checkKeys, type KeysOf } from '../../../known-keys'
import type { LongTexts } from '../../../inference/options'
import { mostHits } from './most-hits'

/** A range with both ends included; an omitted end is open. */
export interface NumberRange {
  readonly from?: number
  readonly to?: number
}

/** `POST /api/search`: a text, a picture, both, or a picture from an earlier answer. The rest is as in `SearchOptions`. */
export interface SearchRequest {
  /** A description or a sum of terms, or separate sentences. */
  readonly text?: string | readonly string[]
  /** An encoded picture, in base64. */
  readonly picture?: string
  /** The `id` of a hit, to find similar pictures. */
  readonly like?: string
  readonly topK?: number
  readonly folder?: string | readonly string[]
  readonly taken?: NumberRange
  readonly modified?: NumberRange
  readonly size?: NumberRange
  readonly long?: LongTexts
  readonly rerank?: boolean
}

const ranges = ['taken', 'modified', 'size'] as const

const known: KeysOf<SearchRequest> = {
  text: 0,
  picture: 0,
  like: 0,
  topK: 0,
  folder: 0,
  taken: { from: 0, to: 0 },
  modified: { from: 0, to: 0 },
  size: { from: 0, to: 0 },
  long: 0,
  rerank: 0,
}

/** Checks the fields that the server uses; the search checks its own options. @throws DreamLIPError `INVALID_ARGUMENT` */
export function checkSearchRequest(value: unknown): SearchRequest {
  const request = checkKeys('', checkObject('request', value as SearchRequest, 'an object'), known)
  const { text, picture, like, topK, folder } = request
  if (text !== undefined) checkTexts('text', text)
  if (folder !== undefined) checkTexts('folder', folder)
  if (picture !== undefined) checkText('picture', picture)
  if (like !== undefined) checkText('like', like)
  if (topK !== undefined) checkWhole('topK', topK, 1, mostHits)
  for (const name of ranges) if (request[name] !== undefined) checkRange(name, request[name])
  if (text === undefined && picture === undefined && like === undefined) {
    throw wrongArgument('request', 'one of text, picture and like', request)
  }
  return request
}

function checkTexts(name: string, value: string | readonly string[]): void {
  if (typeof value === 'string') checkText(name, value)
  else checkStrings(name, value, 'a string, or an array of strings')
}

function checkRange(name: string, range: NumberRange): void {
  for (const end of ['from', 'to'] as const) {
    const value = checkObject(name, range, 'a range { from, to }')[end]
    if (value !== undefined && !Number.isFinite(value)) throw wrongArgument(`${name}.${end}`, 'a number', value)
  }
}
