/** Zero-shot classification of a published data set, as CLIP's authors and CLIP_benchmark measure it. */
import { checkCall, checkWhole } from '../../check-arguments'
import { checkKeys, type KeysOf } from '../../known-keys'
import type { DreamLIP } from '../../dreamlip'
import { cosineSimilarity, row, type Embeddings, type EmbeddingsLike } from '../../inference/embeddings/embeddings'
import type { LongTexts } from '../../inference/options'
import { buildClassifier } from '../../inference/zero-shot/zero-shot'
import type { Progress } from '../../progress'
import type { ClassificationSet, DataProblem } from '../datasets/data-set'
import { embedImages, type EmbeddedImages } from '../features/embed-images'
import { checkClassificationSet } from './check-set'
import { scoreClasses, type ClassScores } from './class-scores'

export interface ClassifySetOptions {
  /** Prompts with `{}` for the name of a class; default: those of the data set. */
  readonly templates?: readonly string[]
  /** What happens to prompts that are longer than the model's context; default `truncate`. */
  readonly long?: LongTexts
  /** How many of the hardest images to list; default 20. */
  readonly hardest?: number
  /** A folder that keeps the images' embeddings for later runs (Node only). Default: none. */
  readonly cache?: string
  /** Images that go through the model at once; default 8. */
  readonly batchSize?: number
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: Progress) => void
}

const optionKeys: KeysOf<ClassifySetOptions> = {
  templates: 0,
  long: 0,
  hardest: 0,
  cache: 0,
  batchSize: 0,
  signal: 0,
  onProgress: 0,
}

/** Plain data, which can be written as JSON. */
export interface SetClassification extends ClassScores {
  readonly task: 'classification'
  readonly name: string
  readonly split: string
  readonly templates: readonly string[]
  /** Those of the data set, and the images that could not be read. */
  readonly problems: readonly DataProblem[]
}

/**
 * Classifies the images of a data set by its class names and prompts. A class is the mean direction of its prompts' embeddings. Images
 * that cannot be read count as wrong, and `problems` names them.
 * @throws DreamLIPError `INVALID_ARGUMENT`
 */
export async function classifySet(
  model: DreamLIP,
  set: ClassificationSet,
  options: ClassifySetOptions = {},
): Promise<SetClassification> {
  const {
    templates = set.templates,
    long,
    hardest = 20,
    cache,
    ...batches
  } = checkKeys('', checkCall(options), optionKeys)
  checkClassificationSet(model, 'set', set)
  checkWhole('hardest', hardest, 0)
  const classes = await embedClasses(model, set.classes, { templates, long, signal: batches.signal })
  const images = await embedImages(model, set.samples, { ...batches, ...(cache !== undefined && { cache }) })
  return {
    task: 'classification',
    name: set.name,
    split: set.split,
    templates,
    ...scoreClasses(set.classes, set.samples, cosinesOf(images, classes), hardest),
    problems: [...set.problems, ...images.problems],
  }
}

/** A classifier over names of which some may be equal: ImageNet has two missiles and two kinds of sunglasses. */
async function embedClasses(
  model: DreamLIP,
  names: readonly string[],
  options: { readonly templates: readonly string[]; readonly long?: LongTexts; readonly signal?: AbortSignal },
): Promise<Embeddings> {
  const different = [...new Set(names)]
  const { embeddings } = await buildClassifier(model, different, options)
  const dimensions = embeddings.shape[1]
  const data = new Float32Array(names.length * dimensions)
  const place = new Map(different.map((name, i) => [name, i]))
  names.forEach((name, i) => data.set(row(embeddings, place.get(name)!), i * dimensions))
  return { data, shape: [names.length, dimensions] }
}

/** Images whose cosines with all classes are computed at once: a table for all images of a large data set would not fit in memory. */
const imagesAtOnce = 256

/** The cosines of an image with all classes. Images are asked for in order. */
function cosinesOf({ embeddings, row: rowOf }: EmbeddedImages, classes: EmbeddingsLike) {
  const [rows, dimensions] = embeddings.shape
  let start = 0
  let block: Embeddings | undefined
  return (image: number): Float32Array | undefined => {
    const at = rowOf[image]!
    if (at < 0) return undefined
    if (!block || at < start || at >= start + block.shape[0]) {
      start = at
      const end = Math.min(rows, start + imagesAtOnce)
      const data = embeddings.data.subarray(start * dimensions, end * dimensions)
      block = cosineSimilarity({ data, shape: [end - start, dimensions] }, classes)
    }
    return row(block, at - start).slice()
  }
}
