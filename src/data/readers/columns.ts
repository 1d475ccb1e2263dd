/** Finds out which column, or which key of a JSON record, holds what. */
import { DreamLIPError } from '../../errors'
import { captionNames, releasedNames, type CaptionName } from '../record'

/** What a column can hold. */
export type ColumnRole = 'image' | 'raw' | CaptionName

/** Names of columns, where the caller knows them. */
export type ColumnNames = Readonly<Partial<Record<ColumnRole, string>>>

/** For each role the place of its column, and in words what was guessed. */
export interface Columns {
  readonly places: Readonly<Partial<Record<ColumnRole, number>>>
  readonly guesses: readonly string[]
}

/** The released CSV's order, for headers that name nothing. */
const releasedOrder: readonly ColumnRole[] = ['image', 'raw', ...releasedNames]

/** Names that say all, without case and punctuation, likeliest first. */
const knownNames: Readonly<Record<'image' | 'raw', readonly string[]>> = {
  image: ['imagepath', 'filepath', 'imagefile', 'filename', 'image', 'path', 'imageurl', 'url', 'file', 'jpg', 'img'],
  raw: ['rawcaption', 'raw', 'originalcaption', 'alttext', 'title', 'caption', 'text', 'txt', 'captions', 'alt'],
}

const captioners: readonly [string, RegExp][] = [
  ['IB', /instructblip|(^|[^a-z])ib|ib(?=caption|$)/],
  ['SV', /sharegpt4v|sharegpt|(^|[^a-z])sv|sv(?=caption|$)/],
  ['LLA', /llava|lla(?=caption|$|[^a-z])/],
]

/**
 * @param header names of the columns in order
 * @param given names that the caller chose for roles
 * @throws DreamLIPError `DATA_INVALID` where a named column is missing, or none is like an image's
 */
export function resolveColumns(source: string, header: readonly string[], given: ColumnNames = {}): Columns {
  const places: Partial<Record<ColumnRole, number>> = {}
  for (const [role, name] of Object.entries(given) as [ColumnRole, string][]) {
    places[role] = header.indexOf(name)
    if (places[role] === -1) throw missing(source, `a column named ${JSON.stringify(name)} for ${role}`, header)
  }
  const free = () => header.map((_, i) => i).filter((i) => !Object.values(places).includes(i))
  const take = (role: ColumnRole, find: (name: string) => boolean) => {
    if (places[role] === undefined) places[role] = free().find((i) => find(plain(header[i]!)))
    if (places[role] === undefined) delete places[role]
  }
  for (const role of captionNames) take(role, (name) => roleOfCaption(name) === role)
  for (const role of ['image', 'raw'] as const) {
    for (const known of knownNames[role]) take(role, (name) => name.replaceAll(' ', '') === known)
  }
  if (places.image === undefined && Object.keys(places).length === 0 && header.length === releasedOrder.length) {
    const byPosition = Object.fromEntries(releasedOrder.map((role, i) => [role, i]))
    return {
      places: byPosition,
      guesses: [`${source}: the header names no column that is known; taken in the released order`],
    }
  }
  const guesses = guessRest(header, free, places)
  if (places.image === undefined) throw missing(source, 'a column of image paths', header)
  return { places, guesses: guesses.map((guess) => `${source}: ${guess}`) }
}

/** Columns that are merely like what is sought. */
function guessRest(
  header: readonly string[],
  free: () => number[],
  places: Partial<Record<ColumnRole, number>>,
): string[] {
  const guesses: string[] = []
  const guess = (role: ColumnRole | undefined, like: RegExp) => {
    const place = role && places[role] === undefined ? free().find((i) => like.test(plain(header[i]!))) : undefined
    if (place === undefined) return false
    places[role!] = place
    guesses.push(`column ${JSON.stringify(header[place])} is taken as ${role}`)
    return true
  }
  const nextFree = (length: string) =>
    releasedNames.find((name) => name.startsWith(length) && places[name] === undefined)
  guess('image', /image|img|url|path|file/)
  while (guess(nextFree('short'), /short.*(caption|text)|(caption|text).*short|^short$/));
  while (guess(nextFree('long'), /long|detail|recap|dense/));
  guess('raw', /caption|text|alt|title/)
  while (guess(nextFree('long'), /caption|text/));
  return guesses
}

/** Lower case, words apart. */
function plain(name: string): string {
  return name
    .replace(/([a-z])(?=[A-Z])/g, '$1 ')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, ' ')
    .trim()
}

function roleOfCaption(name: string): CaptionName | undefined {
  if (/^other( captions?)?$/.test(name)) return 'other'
  const length = /short/.test(name) ? 'short' : /long/.test(name) ? 'long' : undefined
  const captioner = captioners.find(([, like]) => like.test(name.replace(/short|long/g, ' ').trim()))?.[0]
  return length && captioner ? (`${length}${captioner}` as CaptionName) : undefined
}

function missing(source: string, what: string, header: readonly string[]): DreamLIPError {
  const shown = header.slice(0, 40).map((name) => JSON.stringify(name.slice(0, 60)))
  return new DreamLIPError(
    'DATA_INVALID',
    `${source}: expected ${what}; the columns are ${shown.join(', ')}. Name them with the option columns.`,
  )
}
