/** Parses a typed query: a description in sentences, or quoted terms that are added and subtracted. */
import { splitCaption, hasWords } from '../../data/sampling/split-caption'
import { DreamLIPError } from '../../errors'
import { shorten } from '../../printable'
import { wrongArgument } from '../../check-arguments'

/** A text of a query and its weight, negative for things that should not be in the picture. */
export interface QueryTerm {
  readonly text: string
  readonly weight: number
}

/** `sentences`: each should be true of a picture. `sum`: the search target is the weighted sum of the terms' vectors. */
export type ParsedQuery =
  | { readonly kind: 'sentences'; readonly sentences: readonly string[] }
  | { readonly kind: 'sum'; readonly terms: readonly QueryTerm[] }

/** The maximum number of characters and of sentences in a query. */
const [longestQuery, mostSentences] = [50_000, 500]

/** A sign, a factor and a quoted text, where `\"` is a quotation mark: `- 0.5:"two people"`. Only the first sign is optional. */
const term = /\s*([+\-−]?)\s*(?:(\d+(?:\.\d*)?|\.\d+)\s*[:*]\s*)?(?:"((?:\\.|[^"\\])*)"|“([^“”]*)”)/suy

/**
 * Parses a query. Quoted terms with signs and factors, such as `"a beach" + 0.5:"children" - "people"`, are a sum. Everything else
 * is a description: it is split into sentences, also at line ends, and list markers are dropped. Repeated sentences count once.
 * @throws DreamLIPError `QUERY_INVALID` for a sum with a part that is not a term, for a text without words, and for more than
 *   50,000 characters or 500 sentences; `INVALID_ARGUMENT` unless it is a string
 *
 * @example
 * parseQuery('A dog sleeps. It is brown.') // { kind: 'sentences', sentences: ['A dog sleeps', 'It is brown'] }
 * parseQuery('"a beach" - "people"') // { kind: 'sum', terms: [{ text: 'a beach', weight: 1 }, { text: 'people', weight: -1 }] }
 */
export function parseQuery(text: string): ParsedQuery {
  if (typeof text !== 'string') throw wrongArgument('query', 'a string', text)
  if (text.length > longestQuery) {
    throw invalid(
      text,
      `at most ${longestQuery} characters; it has ${text.length}. Describe the picture in fewer words.`,
    )
  }
  const terms = parseSum(text)
  if (terms) return { kind: 'sum', terms }
  const lines = text.split('\n').map((line) => line.replace(/^\s*(?:[-*•–]|\d{1,3}[.)])\s+/, ''))
  return { kind: 'sentences', sentences: checkSentences(splitCaption(lines.join('\n'), { rule: 'sentences' }), text) }
}

/** Checks sentences given one by one. @throws DreamLIPError `QUERY_INVALID` */
export function checkSentences(sentences: readonly string[], query = sentences.join(' ')): readonly string[] {
  const different = [...new Set(sentences)]
  if (!different.some(hasWords)) throw invalid(query, 'words that describe a picture.')
  if (different.length <= mostSentences) return different.filter(hasWords)
  throw invalid(
    query,
    `at most ${mostSentences} sentences; it has ${different.length}. Leave out the less important ones.`,
  )
}

/** The terms of a sum; `undefined` if the text does not begin with a quoted term, or continues after it without a sign. */
function parseSum(text: string): QueryTerm[] | undefined {
  const terms: QueryTerm[] = []
  let at = 0
  while (text.slice(at).trim() !== '') {
    term.lastIndex = at
    const match = term.exec(text)
    const isFirst = terms.length === 0
    if (isFirst && (!match || !/^\s*(?:[+\-−]|$)/u.test(text.slice(term.lastIndex)))) return undefined
    if (!match || (!isFirst && match[1] === '')) throw notATerm(text, at)
    terms.push(checkTerm(text, match))
    at = term.lastIndex
    if (terms.length > mostSentences)
      throw invalid(text, `at most ${mostSentences} terms. Leave out the less important ones.`)
  }
  return at === 0 ? undefined : terms
}

function checkTerm(query: string, [, sign, factor = '1', straight, curly = '']: RegExpExecArray): QueryTerm {
  const text = (straight?.replace(/\\(.)/gsu, '$1') ?? curly).trim()
  const weight = Number(factor)
  if (!hasWords(text)) throw invalid(query, 'words between the quotation marks of each term.')
  if (!(weight > 0 && weight <= 1000)) {
    throw invalid(query, `factors above 0 and up to 1000; "${shorten(text, 40)}" has ${shorten(factor, 40)}.`)
  }
  return { text, weight: sign === '' || sign === '+' ? weight : -weight }
}

function notATerm(query: string, at: number): DreamLIPError {
  const rest = shorten(query.slice(at).trim(), 40)
  return invalid(
    query,
    `terms like + 0.5:"a dog" or - "people" after the first one; ${rest} is not such a term. ` +
      'To search for the text as it is, leave out the quotation marks at its beginning.',
  )
}

function invalid(query: string, expected: string): DreamLIPError {
  return new DreamLIPError('QUERY_INVALID', `query '${shorten(query.trim(), 80)}': expected ${expected}`)
}
