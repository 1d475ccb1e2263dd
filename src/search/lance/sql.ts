/** Conditions in LanceDB's SQL. */
import type { Where } from '../vector-store'

export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** Rows with one of these ids. */
export function hasId(ids: readonly string[]): string {
  return `id IN (${ids.map(quoted).join(', ')})`
}

/** Rows that meet all conditions. */
export function conditionOf({ startsWith, between = {} }: Where): string {
  const begins =
    startsWith === undefined ? [] : [anyOf([startsWith].flat().map((text) => `starts_with(id, ${quoted(text)})`))]
  const ranges = Object.entries(between).map(
    ([name, [from, to]]) => `(\`${name}\` >= ${number(from)} AND \`${name}\` <= ${number(to)})`,
  )
  return [...begins, ...ranges].join(' AND ') || 'true'
}

function anyOf(conditions: readonly string[]): string {
  return conditions.length === 0 ? 'false' : `(${conditions.join(' OR ')})`
}

function number(value: number): string {
  return `CAST('${Number.isFinite(value) ? value : value > 0 ? 'inf' : '-inf'}' AS DOUBLE)`
}
