/** Refuses unknown keys of options objects, at any depth, and names the key that was probably meant. */
import { DreamLIPError } from './errors'
import { shorten } from './printable'

/** The keys of an object: `0` for a value whose own keys are not checked, or the keys of that value. */
export interface KnownKeys {
  readonly [key: string]: KnownKeys | 0
}

/** The keys of a type, all of them: the compiler compares the list with the type. */
export type KeysOf<Options> = Readonly<Record<keyof Options, KnownKeys | 0>>

/** @throws DreamLIPError `INVALID_ARGUMENT` naming the first unknown key; keys whose value is undefined are ignored */
export function checkKeys<T extends object>(name: string, options: T, known: KnownKeys): T {
  const [problem] = unknownKeys(options, known, name === '' ? '' : `${name}.`)
  if (problem !== undefined) throw new DreamLIPError('INVALID_ARGUMENT', problem)
  return options
}

/** A sentence for each unknown key of an object and of the objects in it, such as `schedule.lr: unknown; did you mean schedule.learningRate?` */
export function unknownKeys(value: object, known: KnownKeys, within = '', all = keyPaths(known, within)): string[] {
  return Object.entries(value).flatMap(([key, entry]: [string, unknown]) => {
    if (entry === undefined) return []
    if (!Object.hasOwn(known, key)) return [describeUnknown(within, key, Object.keys(known), all)]
    const inner = known[key]!
    const isObject = typeof entry === 'object' && entry !== null && !Array.isArray(entry)
    return inner !== 0 && isObject ? unknownKeys(entry, inner, `${within}${key}.`, all) : []
  })
}

/** Longer keys are shortened in messages. */
const longestShown = 80

/** The most similar key of the same object; otherwise the most similar one elsewhere in the options; otherwise all keys of the object. */
function describeUnknown(within: string, key: string, siblings: readonly string[], all: readonly string[]): string {
  const beside = nearestName(key, siblings)
  const elsewhere = nearestName(key, all, (path) => path.slice(path.lastIndexOf('.') + 1))
  const meant = beside === undefined ? elsewhere : within + beside
  return `${within}${shorten(key, longestShown)}: unknown; ${meant === undefined ? `known: ${siblings.join(', ')}.` : `did you mean ${meant}?`}`
}

function keyPaths(known: KnownKeys, within: string): string[] {
  return Object.entries(known).flatMap(([key, inner]) => [
    within + key,
    ...(inner === 0 ? [] : keyPaths(inner, `${within}${key}.`)),
  ])
}

/**
 * The name that was probably meant, if one is similar: the same word with other case or hyphens (`batch_size`), its initials (`lr` for
 * `learningRate`), a word that starts with it (`batch`) or that it contains (`numEpochs`), or one that differs in few letters.
 */
export function nearestName(
  given: string,
  names: readonly string[],
  wordOf: (name: string) => string = (name) => name,
): string | undefined {
  let [nearest, least]: [string | undefined, number] = [undefined, Infinity]
  for (const name of names) {
    const distance = distanceOf(given, wordOf(name))
    if (distance < least) [nearest, least] = [name, distance]
  }
  return nearest
}

/** ` Did you mean X?`, or nothing if no name is similar. */
export function didYouMean(given: string, names: readonly string[]): string {
  const nearest = nearestName(given, names)
  return nearest === undefined ? '' : ` Did you mean ${nearest}?`
}

/** Infinity for words that have nothing in common. */
function distanceOf(given: string, name: string): number {
  const [a, b] = [simplify(given), simplify(name)]
  if (a === b) return 0
  if (a === simplify(name[0] + name.slice(1).replace(/[^A-Z]/g, ''))) return 0.5
  const [short, long] = a.length < b.length ? [a, b] : [b, a]
  if (short.length > 2 && long.includes(short)) return long.startsWith(short) ? 1 : 1.5
  const most = Math.max(1, long.length / 3)
  if (short.length < 3 || long.length - short.length > most) return Infinity
  const edits = countEdits(a, b)
  return edits <= most ? edits : Infinity
}

function simplify(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '')
}

/** Letters to insert, remove or replace (Levenshtein's distance). */
function countEdits(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1]
    for (let j = 0; j < b.length; j++) {
      next.push(Math.min(row[j]! + Number(a[i] !== b[j]), row[j + 1]! + 1, next[j]! + 1))
    }
    row = next
  }
  return row[b.length]!
}
