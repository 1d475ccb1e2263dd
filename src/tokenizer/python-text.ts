/** White space, letters, digits and lower case as in Python, independent of the Unicode version of the JavaScript engine. */
import { caseIgnorableRuns, casedRuns, digitRuns, letterRuns, numberRuns, unassignedRuns } from './tables/unicode'

/** Builds the contents of a character class (flag u) from runs of code points. */
function classOf(runs: string): string {
  let end = 0
  let contents = ''
  const numbers = runs.split(' ').map((digits) => parseInt(digits, 36))
  for (let i = 0; i < numbers.length; i += 2) {
    const start = end + numbers[i]!
    end = start + numbers[i + 1]!
    contents += `\\u{${start.toString(16)}}-\\u{${(end - 1).toString(16)}}`
  }
  return contents
}

/** `\p{L}` of Python's `regex`, as contents of a character class. */
export const letters = classOf(letterRuns)
/** `\p{N}`, likewise. */
export const numbers = classOf(numberRuns)
/** `\d` of Python's `re`, likewise. */
export const digits = classOf(digitRuns)
/** White space of `str.isspace`. JavaScript's `\s` lacks U+001C to U+001F and U+0085, and includes U+FEFF. */
export const whiteSpace = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000'

const unassigned = classOf(unassignedRuns)
/** `\w` of Python's `re`, which knows fewer characters than its `regex`; a pattern. */
export const wordCharacter = `(?![${unassigned}])[${letters}${numbers}_]`
/** Runs of characters that Python's `str` knows. */
export const assigned = new RegExp(`[^${unassigned}]+`, 'gu')

const spaces = new RegExp(`[${whiteSpace}]+`, 'g')
const ascii = /^[\0-\x7f]*$/

const cased = classOf(casedRuns)
const ignorable = classOf(caseIgnorableRuns)
/** A capital sigma at the end of a word; apostrophes and accents are ignored. */
const finalSigma = new RegExp(`Σ(?<=[${cased}][${ignorable}]*Σ)(?![${ignorable}]*[${cased}])`, 'gu')

/** `text.isascii()` */
export function isASCII(text: string): boolean {
  return ascii.test(text)
}

/** `' '.join(text.split())` */
export function collapseSpace(text: string): string {
  const collapsed = text.replace(spaces, ' ')
  return collapsed.slice(collapsed.startsWith(' ') ? 1 : 0, collapsed.endsWith(' ') ? -1 : undefined)
}

/** `text.lower()` */
export function lower(text: string): string {
  if (isASCII(text)) return text.toLowerCase()
  const settled = text.includes('Σ') ? text.replace(finalSigma, 'ς').replaceAll('Σ', 'σ') : text
  return settled.replace(assigned, (part) => part.toLowerCase())
}
