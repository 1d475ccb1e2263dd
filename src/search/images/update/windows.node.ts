/** Groups pictures, and decides which of them need the model. */
import type { Examined, Picture } from './examine.node.ts'
import { isUnchanged, type KnownRows } from './known-rows'

/** Where a picture's vector comes from. */
export type Origin =
  /** The model; `index` is the position among the window's inputs. */
  | { readonly from: 'model'; readonly index: number }
  /** A row of the store with the same contents. */
  | { readonly from: 'store'; readonly id: string }
  /** An earlier picture in this run with the same contents. */
  | { readonly from: 'run' }

/** A picture to be stored as a row. */
export interface Placed {
  readonly picture: Picture
  readonly origin: Origin
  /** Whether it replaces a row with the same id. */
  readonly replaces: boolean
}

export type Entry = Placed | Exclude<Examined, { readonly picture: Picture }>

/** Pictures that are embedded together. */
export interface Window {
  readonly entries: readonly Entry[]
  /** The pictures among them that need the model. */
  readonly toEmbed: readonly Picture[]
}

export interface WindowOptions {
  readonly rows: KnownRows
  /** The maximum number of pictures in a window that need the model. */
  readonly size: () => number
  /** Hashes of contents already passed to the model in this run, in any window. */
  readonly asked: Set<string>
}

/** Further limits of a window, to save memory and to lose little in a kill. */
const mostEntries = 2048
const mostBytes = 64 * 1024 * 1024

export async function* windows(examined: AsyncIterable<Examined>, options: WindowOptions): AsyncGenerator<Window> {
  let [entries, toEmbed, bytes] = [[] as Entry[], [] as Picture[], 0]
  for await (const item of examined) {
    const entry = 'picture' in item ? place(item.picture, toEmbed.length, options) : item
    entries.push(entry)
    if ('picture' in entry && entry.origin.from === 'model') {
      toEmbed.push(entry.picture)
      bytes += typeof entry.picture.input === 'string' ? 0 : entry.picture.input.length
    }
    if (toEmbed.length >= options.size() || entries.length >= mostEntries || bytes >= mostBytes) {
      yield { entries, toEmbed }
      ;[entries, toEmbed, bytes] = [[], [], 0]
    }
  }
  if (entries.length > 0) yield { entries, toEmbed }
}

function place(picture: Picture, index: number, { rows, asked }: WindowOptions): Entry {
  const { id, hash } = picture
  const own = rows.byId.get(id)
  const isSame = own?.hash === hash
  if (isSame && (Number.isNaN(picture.modified) || isUnchanged(own, picture))) return { unchanged: true }
  const source = isSame ? id : rows.withHash(hash)
  const replaces = own !== undefined
  if (!isSame) rows.release(id)
  if (source !== undefined) return { picture, origin: { from: 'store', id: source }, replaces }
  if (asked.has(hash)) return { picture, origin: { from: 'run' }, replaces }
  asked.add(hash)
  return { picture, origin: { from: 'model', index }, replaces }
}
