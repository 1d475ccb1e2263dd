/** The pictures of an index for the page: by name, in several sizes, a few at a time. */
import { limit } from '../../../concurrency/limit'
import { HTTPError } from '../http/answer.node.ts'
import type { Content } from '../http/content'
import { keepContents } from './kept-contents'
import type { KnownPicture, PictureNames } from './picture-names.node.ts'
import { readPicture } from './read-picture.node.ts'
import { heatMapOf, originalOf, scaledCopy, sides } from './render.node.ts'
import type { ServedIndex } from './served-index.node.ts'

/** The maximum size of the cache of drawn pictures. */
const mostKept = 96 * 1024 * 1024

/** How many pictures are scaled, and how many heat maps drawn, at the same time. A heat map uses all processors by itself. */
const [copiesAtOnce, mapsAtOnce] = [3, 1]

/** The maximum number of waiting requests; a page shows fewer pictures. */
const mostWaiting = 300

/** Longer sentences have no heat map. */
export const longestSentence = 2000

export interface Gallery {
  small(name: string, signal: AbortSignal): Promise<Content>
  large(name: string, signal: AbortSignal): Promise<Content>
  /** The file itself, if browsers show its format. */
  original(name: string, signal: AbortSignal): Promise<Content>
  /** The heat map of a sentence in a picture. */
  map(name: string, sentence: string, signal: AbortSignal): Promise<Content>
  /** The path of a picture, its id in the index. */
  pathOf(name: string): string
  /** The bytes of the file. */
  read(name: string, signal: AbortSignal): Promise<Uint8Array>
}

/** Every method throws an HTTPError: 404 for an unknown name, 410 if the file has changed since indexing, 503 if too many wait. */
export function createGallery(index: ServedIndex, names: PictureNames): Gallery {
  const kept = keepContents(mostKept)
  const whenCopying = waitingLine(copiesAtOnce)
  const whenMapping = waitingLine(mapsAtOnce)

  const find = (name: string): KnownPicture => {
    const picture = names.pictureOf(name)
    if (!picture) throw new HTTPError(404, 'No such picture. Search again.')
    return picture
  }
  const copy = (side: number) => (name: string, signal: AbortSignal) => {
    const picture = find(name)
    return getKept(`${side} ${name}`, signal, () =>
      whenCopying(signal, async () => scaledCopy(await readPicture(index, picture, signal), side)),
    )
  }
  /** Repeats the work if another request for the same content stopped it. */
  const getKept = async (key: string, signal: AbortSignal, make: () => Promise<Content>): Promise<Content> => {
    for (;;) {
      try {
        return await kept.get(key, make)
      } catch (error) {
        signal.throwIfAborted()
        if (!isAbort(error)) throw error
      }
    }
  }
  const read = (name: string, signal: AbortSignal) => {
    const picture = find(name)
    return whenCopying(signal, () => readPicture(index, picture, signal))
  }
  return {
    small: copy(sides.small),
    large: copy(sides.large),
    original: async (name, signal) => originalOf(await read(name, signal)),
    async map(name, sentence, signal) {
      const picture = find(name)
      if (sentence.trim() === '' || sentence.length > longestSentence) {
        throw new HTTPError(400, `text: expected a sentence of at most ${longestSentence} characters.`)
      }
      return getKept(`map ${name} ${sentence}`, signal, () =>
        whenMapping(signal, async () =>
          heatMapOf(index.model, await readPicture(index, picture, signal), sentence, signal),
        ),
      )
    },
    pathOf: (name) => find(name).path,
    read: async (name, signal) => (await read(name, signal)).bytes,
  }
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError'
}

/** Runs at most `atOnce` jobs. Jobs whose client has left meanwhile are not started. */
function waitingLine(atOnce: number) {
  let waiting = 0
  const run = limit(atOnce, async (signal: AbortSignal, work: () => Promise<unknown>) => {
    signal.throwIfAborted()
    return work()
  })
  return async <Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result> => {
    if (waiting >= mostWaiting) throw new HTTPError(503, 'Too many requests wait.', { 'Retry-After': '2' })
    waiting++
    try {
      return (await run(signal, work)) as Result
    } finally {
      waiting--
    }
  }
}
