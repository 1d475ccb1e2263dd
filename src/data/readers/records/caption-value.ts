/** Turns a cell or JSON value into captions: texts, lists of texts, and the forms that other projects store captions in. */
import type { Caption } from '../../record'
import { decodeText } from '../text/decode-text'
import { looksLikeTextList, parseTextList } from '../text/text-list'

/** Explains why a value contains no captions. */
export class NoCaption extends Error {}

/** Maximum levels of nested lists. Tokenizers and groups of captions produce some. */
const deepest = 4

/** The keys of an object that may contain its text: Karpathy's sentences, Hugging Face's lists of captions. */
const textKeys = ['raw', 'caption', 'text', 'sentence', 'description']

/** The names of the speaker who describes the image in a conversation. The other speaker asks. */
const describers = ['gpt', 'assistant', 'model', 'bot', 'chatgpt']

/** Spellings of a missing value in pandas, R and databases. */
const noValue = /^\s*(nan|null|none|n\/a|<na>|\\n)\s*$/i

export function isNoValue(cell: string): boolean {
  return noValue.test(cell)
}

/** A Python or JSON object that was printed into a cell. */
const objectText = /^\s*\{\s*['"][^'"]{0,200}['"]\s*:[^]*\}\s*$/

/**
 * A caption, or the captions of a list; `undefined` if there is none.
 * @throws NoCaption for numbers and everything else that is not text
 */
export function captionOf(value: unknown): Caption | undefined {
  if (value === undefined || value === null || Number.isNaN(value)) return undefined
  if (typeof value !== 'string') return Array.isArray(value) ? textsOf(value, 0) : textOf(value)
  if (isNoValue(value)) return undefined
  if (objectText.test(value)) throw new NoCaption(`expected text as a caption; got an object: ${value.slice(0, 60)}`)
  if (!looksLikeTextList(value)) return value
  const texts = parseTextList(value)
  if (texts) return texts
  throw new NoCaption(`it looks like a list of captions, but cannot be parsed: ${value.slice(0, 60)}`)
}

function textsOf(list: readonly unknown[], depth: number): string[] {
  if (depth > deepest) throw new NoCaption('its lists of captions are nested too deeply')
  return list.flatMap((item) => {
    if (item === undefined || item === null || Number.isNaN(item)) return []
    if (Array.isArray(item)) return textsOf(item, depth + 1)
    const text = textOf(item)
    return text === undefined ? [] : [text]
  })
}

/** The text of a value that is not a list. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  // Parquet files of old writers do not mark bytes as text.
  if (value instanceof Uint8Array) return ofBytes(value)
  if (typeof value !== 'object' || value === null) {
    throw new NoCaption(`expected text as a caption; got ${typeof value} ${String(value).slice(0, 40)}`)
  }
  const object = value as Readonly<Record<string, unknown>>
  const speaker = object['from'] ?? object['role']
  if (typeof speaker === 'string') {
    const said = object['value'] ?? object['content']
    return describers.includes(speaker.toLowerCase()) && typeof said === 'string' ? withoutImageMark(said) : undefined
  }
  const text = textKeys.map((key) => object[key]).find((found) => typeof found === 'string')
  if (typeof text === 'string') return text
  const keys = Object.keys(object).slice(0, 10).join(', ')
  throw new NoCaption(`expected text as a caption; got an object with the keys ${keys.slice(0, 200)}`)
}

function ofBytes(bytes: Uint8Array): string {
  const decoded = decodeText(bytes)
  if ('problem' in decoded) throw new NoCaption(decoded.problem)
  return decoded.text
}

/** Removes the marker for the image that conversations contain. */
function withoutImageMark(text: string): string {
  return text.replaceAll('<image>', '').trim()
}
