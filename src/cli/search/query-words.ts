/** Rebuilds a query from the words on a command line, from which the shell has removed the quotation marks. */

const sign = /^[+\-−]$/u

/**
 * A single word is not changed. Words separated by signs are a sum (`'a beach' + 0.5:'two children' - people`) and get their
 * quotation marks back. Other words are a description.
 */
export function joinWords(words: readonly string[]): string {
  const isLed = sign.test(words[0] ?? '')
  const terms = words.filter((_, i) => i % 2 === (isLed ? 1 : 0))
  const signs = words.filter((_, i) => i % 2 !== (isLed ? 1 : 0))
  const isSum = words.length > 1 && signs.every((word) => sign.test(word)) && !terms.some((word) => sign.test(word))
  if (!isSum || words.length % 2 !== (isLed ? 0 : 1)) return words.join(' ')
  return words.map((word) => (sign.test(word) ? word : quoted(word))).join(' ')
}

function quoted(word: string): string {
  const [, factor = '', text] = word.match(/^((?:\d+(?:\.\d*)?|\.\d+)[:*])?(.*)$/s)!
  const isQuoted = /^".*"$|^“.*”$/s.test(text!)
  return isQuoted ? word : `${factor}"${text!.replace(/[\\"]/g, '\\$&')}"`
}
