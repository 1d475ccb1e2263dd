/** Splits a long caption into sub-captions, in time linear in its length. */
import { checkChoice, checkObject, wrongArgument } from '../../check-arguments'

/** `reference`: the published code's rule. `sentences`: real sentences; decimals, abbreviations and list numbers are not split. */
export type SplitRule = 'reference' | 'sentences'

/** Values of `rule`. */
export const splitRules: readonly SplitRule[] = ['reference', 'sentences']

/** Words that end in a full stop without ending a sentence. */
const abbreviations = new Set('mr mrs ms dr st prof sr jr vs e.g i.e cf fig approx ave blvd mt u.s u.k'.split(' '))

/**
 * The sub-captions of a caption, in order, without empty ones.
 * The reference rule breaks at newlines, `</s>` and every full stop, so it splits "3.5"; `sentences` does not, and
 * leaves out pieces without a letter, digit or symbol.
 * A full stop at the end of a piece is dropped (pieces are joined with `'. '` again when several are merged).
 * @throws DreamLIPError `INVALID_ARGUMENT` for a caption that is not a string, or an unknown rule
 */
export function splitCaption(caption: string, options: { readonly rule?: SplitRule } = {}): string[] {
  if (typeof caption !== 'string') throw wrongArgument('caption', 'a string', caption)
  const { rule = 'reference' } = checkObject('options', options)
  checkChoice('rule', rule, splitRules)
  const pieces = caption.split(/\n|<\/s>/).flatMap(rule === 'reference' ? (line) => line.split('.') : splitSentences)
  const stripped = pieces.map(strip).filter((piece) => piece !== '')
  return rule === 'reference' ? stripped : stripped.filter(hasWords)
}

/** Whether a text contains more than punctuation. */
export function hasWords(text: string): boolean {
  return /[\p{L}\p{N}\p{S}]/u.test(text)
}

/** Python's `str.strip`. A pattern that ends in `$` would take quadratic time on long runs of spaces. */
function strip(text: string): string {
  let [start, end] = [0, text.length]
  while (start < end && isPythonSpace(text[start]!)) start++
  while (end > start && isPythonSpace(text[end - 1]!)) end--
  return text.slice(start, end)
}

function isPythonSpace(character: string): boolean {
  return character !== '\ufeff' && /[\s\x1c-\x1f\x85]/.test(character)
}

function splitSentences(line: string): string[] {
  const sentences: string[] = []
  let start = 0
  let firstWord = skipSpace(line, 0)
  for (const { 0: marks, index } of line.matchAll(/[.!?]+["'”’)\]]*|[。！？]+/gu)) {
    const end = index + marks.length
    const isLatin = /[.!?]/.test(marks[0]!)
    // Inside a word, as in "3.5" and "example.org", a full stop does not end a sentence.
    if (isLatin && end < line.length && !/\s/.test(line[end]!)) continue
    if (marks.startsWith('.') && !endsSentence(line, firstWord, index)) continue
    sentences.push(line.slice(start, index) + marks.replace(/^\./, ''))
    start = end
    firstWord = skipSpace(line, end)
  }
  return [...sentences, line.slice(start)]
}

/**
 * Whether a full stop at `end` ends the sentence whose first word starts at `firstWord`: not after an abbreviation, an initial,
 * or a number that counts a list. Looks at the last word only.
 */
function endsSentence(line: string, firstWord: number, end: number): boolean {
  let start = end
  while (start > firstWord && !/[\s(["'“‘]/.test(line[start - 1]!)) start--
  const word = line.slice(start, end)
  if (abbreviations.has(word.toLowerCase()) || /^\p{Lu}$/u.test(word)) return false
  return !(/^\d+$/.test(word) && start === firstWord)
}

function skipSpace(line: string, from: number): number {
  let at = from
  while (at < line.length && /\s/.test(line[at]!)) at++
  return at
}
