/** Zero-shot classification of a published data set, as CLIP's authors and CLIP_benchmark measure it. */
import { checkCall, checkObject, checkWhole } from '../../check-arguments'
import { checkKeys, type KeysOf } from '../../known-keys'
import type { DreamLIP } from '../../dreamlip'
import { cosineSimilarity, row, type Embeddings, type EmbeddingsLike } from '../../inference/embeddings/embeddings'
import type { LongTexts } from '../../inference/options'
import { buildClassifier } from '../../inference/zero-shot/zero-shot'
import type { ClassificationSet } from '../datasets/data-set'
import { embedImages, type EmbeddedImages } from '../features/embed-images'
import { checkClassificationSet } from './check-set'
import type { TaskOptions } from '../task/options'
import type { TaskResult } from '../task/result'
import { scoreClasses } from './class-scores'

/** Choices of the protocol. Those that are left out are the data set's, as papers report it. */
interface ClassifyChoices {
  readonly templates?: readonly string[]
  readonly long?: LongTexts
  readonly hardest?: number
}

const choiceKeys: KeysOf<ClassifyChoices> = { templates: 0, long: 0, hardest: 0 }

/**
 * Classifies the images of a data set by its class names and prompts. A class is the mean direction of its prompts' embeddings. Images
 * that cannot be read count as wrong, and `problems` names them. Figures: `acc1`; `acc5` for five classes or more; `meanPerClass`, the
 * mean of the accuracies of all classes; `meanAveragePrecision` instead, if images show several classes.
 * @param options `protocol`: `templates` (default: the data set's), `long` (as for `encodeText`), `hardest` (how many of the worst
 *   images to list; default 20)
 * @throws DreamLIPError `INVALID_ARGUMENT`; the signal's reason when aborted
 */
export async function classifySet(
  model: DreamLIP,
  set: ClassificationSet,
  options: TaskOptions = {},
): Promise<TaskResult> {
  checkClassificationSet(model, 'set', set)
  const { protocol = {}, ...batches } = checkCall(options)
  const choices: ClassifyChoices = checkKeys('protocol', checkObject('protocol', protocol), choiceKeys)
  const { templates = set.templates, long, hardest = 20 } = choices
  checkWhole('protocol.hardest', hardest, 0)
  const classes = await embedClasses(model, set.classes, { templates, long, signal: batches.signal })
  const images = await embedImages(model, set.samples, batches)
  const { figures, details } = scoreClasses(set.classes, set.samples, cosinesOf(images, classes), hardest)
  return {
    figures,
    protocol: { templates: [...templates], classes: set.classes.length, ...(long !== undefined && { long }) },
    problems: images.problems,
    details,
  }
}

/** A classifier over names that may repeat: ImageNet has two missiles and two kinds of sunglasses. */
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

/** The cosines of an image with all classes. Images must be requested in order. */
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
