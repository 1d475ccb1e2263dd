/** Lists names in error messages: the first few and a count, because files contain hundreds. */

const mostNames = 10
const longestName = 120

/** `a, b, c and 297 more` */
export function listNames(names: readonly string[], most = mostNames): string {
  const shown = names
    .slice(0, most)
    .map((name) => (name.length > longestName ? `${name.slice(0, longestName)}…` : name))
  const rest = names.length - shown.length
  return rest > 0 ? `${shown.join(', ')} and ${rest} more` : shown.join(', ')
}
