/** RefCOCO, RefCOCO+ and RefCOCOg (Yu et al., 2016; Mao et al., 2016) in the layout of the REFER toolbox. */
import { join } from 'node:path'
import { exists } from '../../../bytes/read/exists.node.ts'
import { readFileBytes, readTextFile } from '../../../bytes/read/file.node.ts'
import { readPickle } from '../../../checkpoint/torch/pickle/read-pickle'
import { DreamLIPError } from '../../../errors'
import type { DataProblem, Phrase, PhraseImage, PointingSet } from '../data-set'
import { locateImages } from '../listed/located-images.node.ts'

/** `instances.json` of RefCOCO has 60 MB. */
const largestFile = 1 << 29

export interface RefCOCOSet {
  readonly name: string
  /** The author of its splits, as in the name of its file, such as `unc`. */
  readonly by: string
  readonly split: string
}

/** The fields of a reference that are read. */
interface Reference {
  readonly annotation: unknown
  readonly image: unknown
  readonly split: unknown
  readonly sentences: readonly string[]
}

/** @throws DreamLIPError `DATA_INVALID` if a file is missing or of another form; the signal's reason when aborted */
export async function readRefCOCO(folder: string, set: RefCOCOSet, signal?: AbortSignal): Promise<PointingSet> {
  const root = (await exists(join(folder, 'instances.json'))) ? folder : join(folder, set.name)
  const references = (await readReferences(join(root, `refs(${set.by})`))).filter(({ split }) => split === set.split)
  signal?.throwIfAborted()
  const { boxes, files } = await readInstances(join(root, 'instances.json'))
  const problems: DataProblem[] = []
  const phrases = new Map<unknown, Phrase[]>()
  for (const { annotation, image, sentences } of references) {
    const box = boxes.get(annotation)
    if (!box || !files.has(image)) {
      const message = `instances.json has no image ${String(image)} with a box ${String(annotation)}; ${sentences.length} phrases do not count.`
      problems.push({ item: String(annotation), reason: 'annotation-missing', message })
      continue
    }
    const ofImage = phrases.get(image) ?? []
    phrases.set(image, ofImage)
    ofImage.push(...sentences.map((text) => ({ text, boxes: [box] })))
  }
  const named = [...phrases.keys()].map((image) => ({ id: files.get(image)!, file: files.get(image)! }))
  const paths = await locateImages(await imageFolder(root), named, problems, signal)
  const samples = [...phrases.values()].map((ofImage, i): PhraseImage => ({
    id: named[i]!.id,
    image: paths[i]!,
    phrases: ofImage,
  }))
  return { task: 'pointing', name: set.name, split: set.split, samples, problems }
}

/** Finds the folder of COCO 2014's images: as in REFER, or next to the lists. */
async function imageFolder(root: string): Promise<string> {
  const places = ['images/mscoco/images/train2014', '../images/mscoco/images/train2014', '../images/train2014']
  for (const place of [...places, '../train2014', 'images/train2014']) {
    if (await exists(join(root, place))) return join(root, place)
  }
  return join(root, 'train2014')
}

/** Reads the pickle, which may contain only lists, dicts, texts and numbers, or the same data as JSON. */
async function readReferences(path: string): Promise<Reference[]> {
  const [pickle, json] = [`${path}.p`, `${path}.json`]
  if (await exists(json)) return toReferences(json, toPlain(await parseFile(json)))
  const bytes = await readFileBytes(pickle, largestFile)
  try {
    return toReferences(pickle, readPickle({ file: pickle, bytes }, nothingAllowed(pickle)).value)
  } catch (error) {
    if (!(error instanceof DreamLIPError) || error.code !== 'PICKLE_INVALID') throw error
    const convert = `python3 -c "import json, pickle; json.dump(pickle.load(open('${pickle}', 'rb')), open('${json}', 'w'))"`
    throw new DreamLIPError(
      'DATA_INVALID',
      `${error.message} If it is of an old version of Python, convert it: ${convert}`,
      {
        cause: error,
      },
    )
  }
}

function nothingAllowed(file: string) {
  const refuse = (what: string) => (): never => {
    throw new DreamLIPError('PICKLE_FORBIDDEN', `${file}: expected lists, dicts, texts and numbers; it has ${what}.`)
  }
  return {
    global: (module: string, name: string) => refuse(`a name, ${module}.${name}`)(),
    call: refuse('a call'),
    build: refuse('an object'),
    persistent: refuse('a reference to a storage'),
  }
}

async function parseFile(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readTextFile(path, largestFile)) as unknown
  } catch (error) {
    if (error instanceof DreamLIPError) throw error
    throw new DreamLIPError('DATA_INVALID', `${path}: expected JSON; ${(error as Error).message}.`, { cause: error })
  }
}

/** Converts JSON's objects to Maps, which the reader of pickles returns. */
function toPlain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toPlain)
  if (typeof value !== 'object' || value === null) return value
  return new Map(Object.entries(value).map(([key, entry]) => [key, toPlain(entry)]))
}

function toReferences(file: string, value: unknown): Reference[] {
  if (!Array.isArray(value)) throw new DreamLIPError('DATA_INVALID', `${file}: expected a list of references.`)
  return value.map((entry: unknown, i) => {
    const sentences: unknown = entry instanceof Map ? entry.get('sentences') : undefined
    if (!(entry instanceof Map) || !Array.isArray(sentences)) {
      throw new DreamLIPError('DATA_INVALID', `${file}: expected sentences in each reference; number ${i} has none.`)
    }
    const texts = sentences.map((sentence: unknown) =>
      sentence instanceof Map ? (sentence.get('sent') as unknown) : undefined,
    )
    return {
      annotation: entry.get('ann_id') as unknown,
      image: entry.get('image_id') as unknown,
      split: entry.get('split') as unknown,
      sentences: texts.filter((text) => typeof text === 'string' && text.trim() !== '') as string[],
    }
  })
}

async function readInstances(path: string) {
  const document = (await parseFile(path)) as { images?: unknown; annotations?: unknown } | null
  const { images, annotations } = document ?? {}
  if (!Array.isArray(images) || !Array.isArray(annotations))
    throw new DreamLIPError('DATA_INVALID', `${path}: expected images and annotations, as COCO writes them.`)
  const files = new Map<unknown, string>()
  for (const image of images as ({ id?: unknown; file_name?: unknown } | null)[])
    if (typeof image?.file_name === 'string') files.set(image.id, image.file_name)
  const boxes = new Map<unknown, Phrase['boxes'][number]>()
  for (const annotation of annotations as ({ id?: unknown; bbox?: unknown } | null)[]) {
    const box = annotation?.bbox
    if (Array.isArray(box) && box.length === 4 && box.every((side) => Number.isFinite(side)))
      boxes.set(annotation!.id, box as unknown as Phrase['boxes'][number])
  }
  return { files, boxes }
}
