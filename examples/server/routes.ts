/** The routes of the service. */
import { basename } from 'node:path'
import { topK, type DreamLIP, type Embeddings } from 'dreamlip'
import { Refused } from './upload'

/** The model, and the pictures that it searches. */
export interface Pictures {
  readonly model: DreamLIP
  readonly paths: readonly string[]
  /** `[paths, embedDim]` */
  readonly images: Embeddings
}

export interface Call {
  readonly query: URLSearchParams
  /** The picture that was sent: bytes only, because a client must not name files or addresses to read. */
  readonly body?: Blob
  /** Aborted once the client has gone. */
  readonly signal: AbortSignal
}

type Route = (pictures: Pictures, call: Call) => Promise<object>

export const routes: Readonly<Record<string, Route>> = {
  async 'GET /search'({ model, paths, images }, { query, signal }) {
    const text = await model.encodeText(textOf(query), { signal })
    const hits = topK(images, text, Number(query.get('k') ?? 3))[0]!
    return { hits: hits.map(({ index, score }) => ({ file: basename(paths[index]!), score })) }
  },
  async 'GET /embed'({ model }, { query, signal }) {
    const { data } = await model.encodeText(textOf(query), { signal })
    return { embedding: [...data] }
  },
  async 'POST /embed'({ model }, { body, signal }) {
    const { data } = await model.encodeImage(body!, { signal })
    return { embedding: [...data] }
  },
  async 'POST /classify'({ model }, { query, body, signal }) {
    const labels = (query.get('labels') ?? '').split(',').filter((label) => label !== '')
    const [scores] = await model.classify(body!, labels, { templates: ['{}'], signal })
    return { scores }
  },
  async 'POST /ground'({ model }, { query, body, signal }) {
    const maps = await model.ground(body!, textOf(query), { signal })
    return { places: maps.map(({ text, data, shape }) => ({ text, ...brightest(data, shape[1]) })) }
  },
}

function textOf(query: URLSearchParams): string {
  const text = query.get('text')
  if (!text) throw new Refused(400, 'text: expected a description; got none.')
  return text
}

/** Where in the picture a sentence is found best, in pixels. */
function brightest(map: Float32Array, width: number) {
  const at = map.reduce((best, value, i) => (value > map[best]! ? i : best), 0)
  return { x: at % width, y: Math.floor(at / width), score: map[at]! }
}
