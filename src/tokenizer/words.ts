/** Cleans text and splits it into words: contractions, runs of letters, single digits, runs of anything else. */
import { cleanText } from './clean-text'
import { isASCII, letters, numbers } from './python-text'

/**
 * open_clip's pattern. It ignores case, so `ſ` counts as an `s`. U+0345 folds to a letter but is not one. It belongs to no word and is
 * dropped.
 */
function wordPattern(letters: string, numbers: string): RegExp {
  const contractions = `'[sſ]|'t|'re|'ve|'m|'ll|'d`
  const runs = `[${letters}]+|[${numbers}]|[^ \\u0345${letters}${numbers}]+`
  return new RegExp(`<[sſ]tart_of_text>|<end_of_text>|${contractions}|${runs}`, 'gu')
}

const everyWord = wordPattern(letters, numbers)
/** The same for plain English, but several times as fast. */
const asciiWord = wordPattern('a-z', '0-9')

/** The words of a cleaned text, in order, without the spaces between them. */
export function splitWords(cleaned: string): readonly string[] {
  return cleaned.match(isASCII(cleaned) ? asciiWord : everyWord) ?? []
}

/** Cleans a text and splits it into words. */
export function wordsOf(text: string): readonly string[] {
  return splitWords(cleanText(text))
}
