/** Python's notions of white space, letters, numbers and lower case, where JavaScript's differ. */
import { letterRuns, numberRuns, unassignedRuns } from './tables/unicode'

/** Contents of a character class (flag u) from runs of code points. */
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

/** `\p{L}` of Python's `regex`, whatever Unicode version the JavaScript engine has; contents of a character class. */
export const letters = classOf(letterRuns)
/** `\p{N}`, likewise. */
export const numbers = classOf(numberRuns)
/** What `str.isspace` accepts: JavaScript's `\s` lacks U+001C to U+001F and U+0085, and has U+FEFF. */
export const whiteSpace = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000'

const spaces = new RegExp(`[${whiteSpace}]+`, 'g')

const ascii = /^[\0-\x7f]*$/
const assigned = new RegExp(`[^${classOf(unassignedRuns)}]+`, 'gu')

/** `text.isascii()` */
export function isASCII(text: string): boolean {
  return ascii.test(text)
}

/** `' '.join(text.split())` */
export function collapseSpace(text: string): string {
  const collapsed = text.replace(spaces, ' ')
  return collapsed.slice(collapsed.startsWith(' ') ? 1 : 0, collapsed.endsWith(' ') ? -1 : undefined)
}

/** `text.lower()`; characters that Python does not know yet stay as they are. */
export function lower(text: string): string {
  return isASCII(text) ? text.toLowerCase() : text.replace(assigned, (part) => part.toLowerCase())
}
