/** Reads COCO's captions: one file that lists images, and captions with the ids of their images. */
import { DreamLIPError } from '../../errors'
import { parseValue, lost } from './json.node.ts'
import type { CaptionRecord } from '../record'
import { numberedIndex, type Reading, type Shard } from '../shard'
import { RefusedLocation } from './records/refused-location'
import { JSONBroken, readValues } from './text/json-values'
import type { TextSource } from './text/text-source.node.ts'
import { withRaw, type ResolveImage } from './records/to-record'

/** Maximum characters of captions and names to keep. COCO has 40 million. */
const mostCharacters = 200_000_000

interface Listed {
  readonly file: string
  readonly captions: string[]
}

/**
 * Images with all their captions, in the order of the list of images. A position is the number of an image. The first caption is the raw one.
 * @throws DreamLIPError `DATA_INVALID` for annotations that are not captions, and for files that do not fit into memory
 */
export async function openCOCO(
  text: TextSource,
  resolve: ResolveImage,
  onGuess: (guesses: readonly string[]) => void,
  signal?: AbortSignal,
): Promise<Shard> {
  const { images, problems } = await load(text, onGuess, signal)
  const all: readonly (Listed | string)[] = [...images.values(), ...problems]
  async function* read(from = 0, signal?: AbortSignal): AsyncGenerator<Reading> {
    for (let i = from; i < all.length; i++) {
      signal?.throwIfAborted()
      const found = all[i]!
      const record = typeof found === 'string' ? found : recordOfImage(found, resolve)
      const sample = typeof found === 'string' ? text.name : found.file
      yield typeof record === 'string'
        ? { problem: { reason: 'json', sample, message: record }, end: i + 1 }
        : { record, end: i + 1 }
    }
  }
  return { name: text.name, version: text.version, index: numberedIndex(all.length), read }
}

function recordOfImage({ file, captions }: Listed, resolve: ResolveImage): CaptionRecord | string {
  if (captions.length === 0) return 'it has no caption'
  try {
    return { key: file, image: resolve(file), ...withRaw(captions, {}) }
  } catch (error) {
    if (error instanceof RefusedLocation) return error.message
    throw error
  }
}

async function load(text: TextSource, onGuess: (guesses: readonly string[]) => void, signal?: AbortSignal) {
  const images = new Map<unknown, Listed>()
  const waiting = new Map<unknown, string[]>()
  const problems: string[] = []
  let characters = 0
  const count = (added: string) => {
    characters += added.length
    if (characters > mostCharacters) throw invalid(text, `more than ${mostCharacters} characters of captions`)
  }
  const captionsOf = (id: unknown) => {
    const known = images.get(id)?.captions ?? waiting.get(id) ?? []
    if (!images.has(id)) waiting.set(id, known)
    return known
  }
  try {
    for await (const value of readValues(text.stream(text.start, signal), text.start, 'object', false)) {
      if (value.key !== 'images' && value.key !== 'annotations') continue
      const parsed = parseValue(value, text)
      const entry = 'problem' in parsed ? undefined : (parsed.value as Record<string, unknown> | null)
      const id = value.key === 'images' ? entry?.['id'] : entry?.['image_id']
      const named = value.key === 'images' ? entry?.['file_name'] : entry?.['caption']
      const isKnown = (typeof id === 'number' || typeof id === 'string') && typeof named === 'string'
      if (!isKnown && value.key === 'annotations' && entry && !('caption' in entry)) {
        throw invalid(text, `annotations with the keys ${Object.keys(entry).slice(0, 10).join(', ').slice(0, 200)}`)
      }
      if (!isKnown || (value.key === 'images' && images.has(id))) {
        problems.push(
          `in ${value.key} at byte ${value.start}: ${isKnown ? `the id ${id} occurs twice` : whyNot(parsed, value.key)}`,
        )
        continue
      }
      count(named)
      if (value.key === 'annotations') captionsOf(id).push(named)
      else {
        images.set(id, { file: named, captions: waiting.get(id) ?? [] })
        waiting.delete(id)
      }
    }
  } catch (error) {
    if (!(error instanceof JSONBroken)) throw error
    onGuess([`${text.name}: ${error.message}`])
    problems.push(lost(text.name, error).message)
  }
  for (const id of waiting.keys())
    problems.push(`a caption belongs to image ${String(id).slice(0, 60)}, which is not in images`)
  return { images, problems }
}

function whyNot(parsed: ReturnType<typeof parseValue>, key: 'images' | 'annotations'): string {
  if ('problem' in parsed) return parsed.problem
  return key === 'images' ? 'expected an id and a file_name' : 'expected an image_id and a caption'
}

function invalid({ name }: TextSource, found: string): DreamLIPError {
  return new DreamLIPError(
    'DATA_INVALID',
    `${name}: expected COCO's captions ({ images, annotations: [{ image_id, caption }] }); got ${found}. COCO calls the file captions_….json.`,
  )
}
