/** Finds the role of each column, or of each key of a JSON record. */
import { DreamLIPError } from '../../../errors'
import { captionNames, releasedNames, type CaptionName } from '../../record'

/** The role of a column. */
export type ColumnRole = 'image' | 'raw' | CaptionName

/** The names of columns that the caller states. */
export type ColumnNames = Readonly<Partial<Record<ColumnRole, string>>>

/** The caller's statements about captions. */
export interface CaptionSearch {
  /** The columns, or keys of JSON records, by their role. Default: found by exact name, by similar name, or by the released order. */
  readonly columns?: ColumnNames
  /** Whether images without captions are read too, with an empty raw caption. Default false: each is skipped and reported. */
  readonly captionsOptional?: boolean
}

/** The position of the column of each role, and messages about guesses. */
export interface Columns {
  /** In the column `status`, img2dataset records whether it could download the image. */
  readonly places: Readonly<Partial<Record<ColumnRole | 'status', number>>>
  readonly guesses: readonly string[]
}

type Places = Partial<Record<ColumnRole | 'status', number>>

/** The start of errors about the source as a whole, not about a row. */
export const lacksColumn = 'expected a column of'

/** Wider tables are not tables of captions. */
const mostColumns = 4096

/** The order of the released CSV files, for headers without known names. */
const releasedOrder: readonly ColumnRole[] = ['image', 'raw', ...releasedNames]

/** Exact names, without case and punctuation, the likeliest first. `jpg` contains the image itself if there is also a URL. */
const knownNames: Readonly<Record<'image' | 'raw', readonly string[]>> = {
  image: [
    'jpg',
    'imagepath',
    'filepath',
    'image',
    'imagefile',
    'filename',
    'imagename',
    'path',
    'imageurl',
    'url',
  ].concat(['file', 'img', 'png', 'webp']),
  raw: ['rawcaption', 'raw', 'originalcaption', 'alttext', 'title', 'caption', 'text', 'txt', 'captions', 'alt'].concat(
    ['texts', 'sentences', 'conversations', 'description', 'comment', 'sentence', 'messages'],
  ),
}

const captioners: readonly [string, RegExp][] = [
  ['IB', /instructblip|(^|[^a-z])ib|ib(?=caption|$)/],
  ['SV', /sharegpt4v|sharegpt|(^|[^a-z])sv|sv(?=caption|$)/],
  ['LLA', /llava|lla(?=caption|$|[^a-z])/],
]

/**
 * @param header names of the columns in order
 * @throws DreamLIPError `DATA_INVALID` if a named column is missing, or if no column resembles an image's or a caption's
 */
export function resolveColumns(source: string, header: readonly string[], search: CaptionSearch = {}): Columns {
  const columns = findColumns(source, header, search.columns)
  if (columns.places.image === undefined) throw missing(source, `${lacksColumn} image paths`, header)
  if (!hasCaptions(columns) && !search.captionsOptional) throw missing(source, `${lacksColumn} captions`, header)
  return columns
}

/** The same for records that may lack an image or captions. */
export function findColumns(source: string, header: readonly string[], given: ColumnNames = {}): Columns {
  if (header.length > mostColumns) {
    const message = `expected at most ${mostColumns} columns; got ${header.length}. Check that it is a table of images and captions.`
    throw new DreamLIPError('DATA_INVALID', `${source}: ${message}`)
  }
  const places: Places = {}
  for (const [role, name] of Object.entries(given) as [ColumnRole, string][]) {
    places[role] = header.indexOf(name)
    if (places[role] === -1)
      throw missing(source, `expected a column named ${JSON.stringify(name)} for ${role}`, header)
  }
  const names = header.map(plain)
  const free = () => {
    const taken = new Set(Object.values(places))
    return names.map((_, i) => i).filter((i) => !taken.has(i))
  }
  const take = (role: ColumnRole, find: (name: string) => boolean) => {
    const place = places[role] ?? free().find((i) => find(names[i]!))
    if (place !== undefined) places[role] = place
  }
  for (const role of captionNames) take(role, (name) => roleOfCaption(name) === role)
  for (const role of ['image', 'raw'] as const) {
    for (const known of knownNames[role]) take(role, (name) => name.replaceAll(' ', '') === known)
  }
  if (Object.keys(places).length === 0 && header.length === releasedOrder.length) {
    return {
      places: byPosition(releasedOrder),
      guesses: [`${source}: the header has no known column name; columns are read in the released order`],
    }
  }
  const guesses = [...guessRest(header, names, free, places), ...namedTwice(header, places)]
  const status = names.indexOf('status')
  if (names[places.image!] === 'jpg' && status !== -1) places.status = status
  return { places, guesses: guesses.map((guess) => `${source}: ${guess}`) }
}

/** If a name occurs twice, it is unclear which column was meant. */
function namedTwice(header: readonly string[], places: Places): string[] {
  const taken = new Set(Object.values(places).filter((place) => place >= 0))
  const unclear = [...taken].filter((place) => header.indexOf(header[place]!, place + 1) !== -1)
  return unclear.map((place) => `several columns are named ${JSON.stringify(header[place]!.slice(0, 60))}`)
}

/** Whether there is a column of captions. */
export function hasCaptions({ places }: Columns): boolean {
  return (['raw', ...captionNames] as const).some((role) => places[role] !== undefined)
}

/** Whether a first row can start a table: it names columns of images and of captions, or contains an image and a caption. */
export function makesTable(cells: readonly string[]): boolean {
  if (cells.length < 2 || cells.length > mostColumns) return false
  const columns = findColumns('', cells)
  if (columns.places.image !== undefined && hasCaptions(columns)) return true
  return looksLikeData(cells) && (cells.length === 2 || cells.length === releasedOrder.length)
}

/** Whether a first row contains an image and its captions instead of names. */
export function looksLikeData(cells: readonly string[]): boolean {
  return cells.some(namesImage)
}

function namesImage(cell: string): boolean {
  return (
    /^https?:\/\/\S+$/i.test(cell.trim()) ||
    /^[^\n]{1,1000}\.(jpe?g|png|webp|gif|avif|tiff?|bmp)(#\d+)?$/i.test(cell.trim())
  )
}

/**
 * The columns of a table without a header: those of the released files, or an image and its caption. A lone column is one of images.
 * @throws DreamLIPError `DATA_INVALID` for any other
 */
export function columnsByPosition(
  source: string,
  cells: readonly string[],
  { captionsOptional = false }: CaptionSearch = {},
): Columns {
  const image = cells.findIndex(namesImage)
  const others = cells.map((_, i) => i).filter((i) => i !== image)
  if (image === 0 && cells.length === releasedOrder.length) {
    const guess = `${source}: the first row is data, not a header; columns are read in the released order`
    return { places: byPosition(releasedOrder), guesses: [guess] }
  }
  if (captionsOptional && others.length === 0) return { places: { image }, guesses: [] }
  if (others.length !== 1) {
    const message = `expected a header with column names; the first row is data: ${shown(cells)}. Add a header, such as image,caption`
    throw new DreamLIPError('DATA_INVALID', `${source}: ${message}.`)
  }
  const raw = others[0]!
  const guess = `the first row is data, not a header; column ${image + 1} is used as image, column ${raw + 1} as raw`
  return { places: { image, raw }, guesses: [`${source}: ${guess}`] }
}

function byPosition(order: readonly ColumnRole[]): Places {
  return Object.fromEntries(order.map((role, i) => [role, i]))
}

/** Endings of names of columns about images or captions that contain neither. */
const isAbout =
  /\b(ids?|idx|index|key|count|number|num|length|len|score|similarity|lang|language|hash|embedding|size|width|height|tokens?|type|format|license|date|time|dir|ext)$/

/** Finds columns that only resemble the requested name. */
function guessRest(
  header: readonly string[],
  names: readonly string[],
  free: () => number[],
  places: Places,
): string[] {
  const guesses: string[] = []
  const guess = (role: ColumnRole | undefined, like: RegExp) => {
    const place =
      role && places[role] === undefined
        ? free().find((i) => like.test(names[i]!) && !isAbout.test(names[i]!))
        : undefined
    if (place === undefined) return false
    places[role!] = place
    guesses.push(`column ${JSON.stringify(header[place]!.slice(0, 60))} is used as ${role}`)
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

/** In lower case, with words separated. */
function plain(name: string): string {
  return name
    .slice(0, 200)
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
  return new DreamLIPError(
    'DATA_INVALID',
    `${source}: ${what}; the columns are ${shown(header)}. Name them with the option columns.`,
  )
}

/** Lists names for a message: as many as fit on a few lines. */
function shown(names: readonly string[]): string {
  const first = names.slice(0, 40).map((name) => JSON.stringify(name.slice(0, 60)))
  const more = names.length > 40 ? `, and ${names.length - 40} more` : ''
  const text = first.join(', ')
  return (text.length > 800 ? `${text.slice(0, 800)}…` : text) + more
}
