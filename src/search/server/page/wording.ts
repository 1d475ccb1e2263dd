/** Formats numbers, names and dates for the page. */
import type { ServedHit, ServedPicture } from '../protocol/answers'

const number = new Intl.NumberFormat('en')
/** Capture dates are local times stored as UTC. */
const date = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeZone: 'UTC' })

export function countOf(count: number, noun: string): string {
  return `${number.format(count)} ${noun}${count === 1 ? '' : 's'}`
}

/** The last part of a path. */
export function nameOf(path: string): string {
  return path.split(/[/\\]/).pop() || path
}

/** The sentences of a hit, without subtracted terms, which should not be in the picture. */
export function sentencesOf(hit: ServedHit, subtracted: ReadonlySet<string>): ServedHit['sentences'] {
  return hit.sentences.filter(({ text }) => !subtracted.has(text))
}

/** `3 of 4`: how many sentences a picture answers. */
export function coverage(sentences: ServedHit['sentences']): string {
  return `${sentences.filter(({ answered }) => answered).length} of ${sentences.length}`
}

/** A picture's description for screen readers. */
export function describe(hit: ServedHit, sentences: ServedHit['sentences']): string {
  const missing = sentences.filter(({ answered }) => !answered).map(({ text }) => text)
  if (sentences.length === 0) return nameOf(hit.path)
  const answered = `shows ${coverage(sentences)} sentence${sentences.length === 1 ? '' : 's'}`
  return `${nameOf(hit.path)}, ${answered}${missing.length > 0 ? `; missing: ${missing.join('; ')}` : ''}`
}

/** Names and values of a picture's known facts. */
export function factsOf({ taken, modified, width, height, size }: ServedPicture): [name: string, value: string][] {
  const facts: [string, string | undefined][] = [
    ['Taken', taken === undefined ? undefined : date.format(taken)],
    ['File changed', taken === undefined && modified !== undefined ? date.format(modified) : undefined],
    ['Pixels', width && height ? `${number.format(width)} × ${number.format(height)}` : undefined],
    ['Size', size === undefined ? undefined : bytes(size)],
  ]
  return facts.filter((fact): fact is [string, string] => fact[1] !== undefined)
}

function bytes(size: number): string {
  if (size < 1e6) return `${number.format(Math.max(1, Math.round(size / 1e3)))} kB`
  return `${number.format(Number((size / 1e6).toFixed(1)))} MB`
}

/** A score relative to the collection's average, as text with one decimal and its sign. */
export function scoreText(score: number): string {
  return `${score < 0 ? '−' : '+'}${Math.abs(score).toFixed(1)}`
}
