/** Splits a long caption into sub-captions. */
import { checkChoice, checkObject, wrongArgument } from '../../check-arguments'

/** `reference`: the published code's rule. `sentences`: real sentences; decimals, abbreviations and list numbers stay whole. */
export type SplitRule = 'reference' | 'sentences'

/** Values of `rule`. */
export const splitRules: readonly SplitRule[] = ['reference', 'sentences']

/** What Python's `str.strip` strips. */
const pythonSpace = '[\\s\\x1c-\\x1f\\x85]'
const surroundingSpace = new RegExp(`^(?:(?!\\ufeff)${pythonSpace})+|(?:(?!\\ufeff)${pythonSpace})+$`, 'g')

/** Words that end in a full stop without ending a sentence. */
const abbreviations = new Set('mr mrs ms dr st prof sr jr vs e.g i.e cf fig approx ave blvd mt u.s u.k'.split(' '))

/**
 * Sub-captions of a caption, in order, without empty ones.
 * The reference rule breaks at newlines, `</s>` and every full stop, so that "3.5" falls apart; `sentences` does not, and
 * leaves out pieces without a letter, digit or symbol.
 * A full stop at the end of a piece is dropped (pieces are joined with `'. '` again when several are merged).
 * @throws DreamLIPError `INVALID_ARGUMENT` for a caption that is no string, or an unknown rule
 */
export function splitCaption(caption: string, options: { readonly rule?: SplitRule } = {}): string[] {
  if (typeof caption !== 'string') throw wrongArgument('caption', 'a string', caption)
  const { rule = 'reference' } = checkObject('options', options)
  checkChoice('rule', rule, splitRules)
  const pieces = caption.split(/\n|<\/s>/).flatMap(rule === 'reference' ? (line) => line.split('.') : splitSentences)
  const stripped = pieces.map((piece) => piece.replace(surroundingSpace, '')).filter((piece) => piece !== '')
  return rule === 'reference' ? stripped : stripped.filter(hasWords)
}

/** Whether there is more than punctuation. */
export function hasWords(text: string): boolean {
  return /[\p{L}\p{N}\p{S}]/u.test(text)
}

function splitSentences(line: string): string[] {
  const sentences: string[] = []
  let start = 0
  for (const match of line.matchAll(/[.!?]+["'”’)\]]*(?=\s|$)|[。！？]+/gu)) {
    const sentence = line.slice(start, match.index)
    if (match[0].startsWith('.') && !endsSentence(sentence)) continue
    const mark = match[0].replace(/^\./, '')
    sentences.push(sentence + mark)
    start = match.index + match[0].length
  }
  return [...sentences, line.slice(start)]
}

/** Whether a full stop after this text ends a sentence: not after an abbreviation, an initial, or a number that counts a list. */
function endsSentence(text: string): boolean {
  const word = /(?:^|[\s(["'“‘])([^\s(["'“‘]*)$/u.exec(text)?.[1] ?? ''
  if (abbreviations.has(word.toLowerCase()) || /^\p{Lu}$/u.test(word)) return false
  return !(/^\d+$/.test(word) && text.trim() === word)
}
