/** Segmentation without training on a published data set, with SCLIP's protocol (arXiv 2312.01597). */
import { checkChoice, checkList, checkNumber, checkWhole } from '../../check-arguments'
import type { DreamLIP } from '../../dreamlip'
import { isImageProblem } from '../../images/decode/image-problem'
import { row } from '../../inference/embeddings/embeddings'
import { defaultTemplates, type ZeroShotClassifier } from '../../inference/zero-shot/zero-shot'
import { buildZeroShotClassifier } from '../../inference/zero-shot/build-zero-shot-classifier'
import { imageNetTemplates } from '../../inference/zero-shot/templates'
import { checkKeys, type KeysOf } from '../../known-keys'
import { denseAttentions, type DenseAttention } from '../../models/layers/dense-attention'
import type { TaskResult } from '../task/result'
import { checkTask } from '../task/check-task'
import type { TaskOptions } from '../task/options'
import type { DataProblem, Mask, SegmentationProtocol, SegmentationSet, SegmentedImage } from '../datasets/data-set'
import { versionOf } from '../features/digest'
import { keep } from '../features/kept'
import { segmentationDetails, type SegmentedScore } from './segmentation-details'
import { addPixels, createPixelCounts, mergeCounts, pixelFigures, type PixelCounts } from './pixel-counts'

/** Choices of the protocol. Those that are left out are the data set's, as papers report it. */
interface SegmentChoices extends SegmentationProtocol {
  readonly attention?: DenseAttention
  /** `imagenet`: the mean of CLIP's 80 prompts (default); `one`: `a photo of a {}.` */
  readonly templates?: 'imagenet' | 'one'
}

const choiceKeys: KeysOf<SegmentChoices> = { attention: 0, templates: 0, shortSide: 0, scale: 0, threshold: 0 }

/** Images whose counts are kept together. */
const chunkSize = 8

/** The names of all classes as one classifier, and the class of each name. */
interface Queries {
  readonly classifier: ZeroShotClassifier
  readonly classOf: readonly number[]
}

/**
 * Measures how well a model segments the images of a data set without training. Each class is the best of its names, and each name
 * the mean of 80 prompts. Images that cannot be read, and images whose mask has another size, count as wrong at every labelled pixel.
 * @param options `protocol`: `attention`, `templates`, `shortSide`, `scale`, `threshold`
 * @throws DreamLIPError `INVALID_ARGUMENT` for an unknown choice; the signal's reason when aborted
 */
export async function segmentSet(
  model: DreamLIP,
  set: SegmentationSet,
  options: TaskOptions = {},
): Promise<TaskResult> {
  checkTask(model, set, 'segmentation', options)
  checkList('set.classes', set.classes)
  const { cache, signal, onProgress } = options
  const choices = readChoices(model, set, options.protocol)
  const queries = await buildQueries(model, set, choices, options)
  const fingerprint = cache === undefined ? '' : await model.fingerprint({ signal })
  const counts = createPixelCounts(set.classes.length)
  const scores: SegmentedScore[] = []
  const problems: DataProblem[] = []
  for (let from = 0; from < set.samples.length; from += chunkSize) {
    const chunk = set.samples.slice(from, from + chunkSize)
    const versions = cache === undefined ? [] : await Promise.all(chunk.map(versionsOf))
    const key = ['segmentation', fingerprint, model.dtype, choices, set.classes, set.ignored, versions]
    const step = (done: number) => onProgress?.({ stage: 'images', done: from + done, total: set.samples.length })
    const compute = async () => pack(await segmentChunk(model, set, chunk, choices, queries, options, step))
    const part = unpack(await keep(cache, key, compute, signal), set.classes.length)
    mergeCounts(counts, part.counts)
    scores.push(...part.scores)
    problems.push(...part.problems)
    step(chunk.length)
  }
  const { iou, ...figures } = pixelFigures(counts)
  return {
    figures,
    protocol: { ...choices, names: queries.classOf.length, classes: set.classes.length },
    problems,
    details: segmentationDetails(set, counts, iou, scores),
  }
}

/** All choices, with the defaults of the data set. */
function readChoices(model: DreamLIP, set: SegmentationSet, given: TaskOptions['protocol']) {
  const choices = checkKeys('protocol', (given ?? {}) as SegmentChoices, choiceKeys)
  const { imageSize } = model.config.vision
  const merged = {
    attention: model.attention,
    templates: 'imagenet' as const,
    shortSide: Math.max(imageSize, Math.round(1.5 * imageSize)),
    scale: 40,
    threshold: 0,
    ...set.protocol,
    ...choices,
  }
  checkChoice('protocol.attention', merged.attention, denseAttentions)
  checkChoice('protocol.templates', merged.templates, ['imagenet', 'one'])
  checkWhole('protocol.shortSide', merged.shortSide, 1)
  checkNumber('protocol.scale', merged.scale, { above: 0 })
  checkNumber('protocol.threshold', merged.threshold, { least: 0, most: 1 })
  return { ...merged, shortSide: Math.max(imageSize, merged.shortSide) }
}

type Choices = ReturnType<typeof readChoices>

/** One row per name of each class. Classes may share a name. */
async function buildQueries(
  model: DreamLIP,
  { classes }: SegmentationSet,
  { templates }: Choices,
  { batchSize, signal, onProgress }: TaskOptions,
): Promise<Queries> {
  const names = classes.flat()
  const unique = [...new Set(names)]
  const { embeddings } = await buildZeroShotClassifier(model, unique, {
    templates: templates === 'imagenet' ? imageNetTemplates : defaultTemplates,
    batchSize,
    signal,
    onProgress,
  })
  const dimensions = embeddings.shape[1]
  const data = new Float32Array(names.length * dimensions) // [names, dimensions]
  names.forEach((name, i) => data.set(row(embeddings, unique.indexOf(name)), i * dimensions))
  const classOf = classes.flatMap((ofClass, index) => ofClass.map(() => index))
  return { classifier: { labels: names, embeddings: { data, shape: [names.length, dimensions] } }, classOf }
}

async function versionsOf(sample: SegmentedImage): Promise<readonly unknown[]> {
  const { maskFile } = sample
  return [await versionOf(sample), maskFile && (await versionOf({ id: '', image: maskFile }))]
}

interface Part {
  readonly counts: PixelCounts
  readonly scores: readonly SegmentedScore[]
  readonly problems: readonly DataProblem[]
}

async function segmentChunk(
  model: DreamLIP,
  set: SegmentationSet,
  samples: readonly SegmentedImage[],
  choices: Choices,
  queries: Queries,
  options: TaskOptions,
  step: (done: number) => void,
): Promise<Part> {
  const counts = createPixelCounts(set.classes.length)
  const scores: SegmentedScore[] = []
  const problems: DataProblem[] = []
  for (const [i, sample] of samples.entries()) {
    options.signal?.throwIfAborted()
    const problem = (reason: string, message: string) => problems.push({ item: sample.id, reason, message })
    const mask = await readMask(sample, problem)
    if (mask) {
      const prediction = await predict(model, set, sample, mask, choices, queries, options, problem)
      const own = createPixelCounts(set.classes.length)
      const unknown = addPixels(own, mask.data, prediction, set.ignored)
      if (unknown > 0) {
        problem(
          'mask-index',
          `${unknown} pixels have an index that is neither a class nor ${set.ignored}; they count as wrong.`,
        )
      }
      mergeCounts(counts, own)
      scores.push(scoreOf(sample, own))
    }
    step(i + 1)
  }
  return { counts, scores, problems }
}

type Report = (reason: string, message: string) => void

/** The mask; undefined if unreadable: the number of wrong pixels is then unknown, and the image does not count. */
async function readMask(sample: SegmentedImage, problem: Report): Promise<Mask | undefined> {
  try {
    return await sample.mask()
  } catch (error) {
    if (!isImageProblem(error)) throw error
    problem('mask-unreadable', `${error.message} The image does not count, because its classes are unknown.`)
    return undefined
  }
}

/** The class of each pixel; undefined if the image cannot be read or compared with its mask. */
async function predict(
  model: DreamLIP,
  { background }: SegmentationSet,
  { image }: SegmentedImage,
  mask: Mask,
  { attention, shortSide, scale, threshold }: Choices,
  { classifier, classOf }: Queries,
  { batchSize, signal }: TaskOptions,
  problem: Report,
): Promise<Uint16Array | undefined> {
  try {
    const { data, confidence, shape } = await model.segment(image, classifier, {
      attention,
      shortSide,
      scale,
      batchSize,
      signal,
    })
    if (mask.shape[0] !== shape[0] || mask.shape[1] !== shape[1]) {
      const sizes = `${mask.shape.join(' × ')} and the image ${shape.join(' × ')}`
      problem('mask-size', `The mask has ${sizes} pixels (height × width); all labelled pixels count as wrong.`)
      return undefined
    }
    return data.map((query, i) =>
      background !== undefined && confidence[i]! < threshold ? background : classOf[query]!,
    )
  } catch (error) {
    if (!isImageProblem(error)) throw error
    problem('image-unreadable', `${error.message} All labelled pixels count as wrong.`)
    return undefined
  }
}

/** The result of an image: the share of its labelled pixels that are right, and its most frequent mistake. */
function scoreOf({ id, image }: SegmentedImage, { truth, both, confusion }: PixelCounts): SegmentedScore {
  const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0)
  const classes = truth.length
  let [worst, most] = [-1, 0]
  confusion.forEach((count, at) => {
    if (Math.floor(at / classes) !== at % classes && count > most) [worst, most] = [at, count]
  })
  return {
    id,
    ...(typeof image === 'string' && { image }),
    accuracy: sum(truth) > 0 ? sum(both) / sum(truth) : 1,
    truth: worst < 0 ? truth.indexOf(Math.max(...truth)) : Math.floor(worst / classes),
    predicted: worst < 0 ? -1 : worst % classes,
  }
}

/** Serialises to JSON. The confusion contains only pairs that occur. */
function pack({ counts: { truth, predicted, both, confusion }, scores, problems }: Part): Uint8Array<ArrayBuffer> {
  const pairs = [...confusion].flatMap((count, at) => (count > 0 ? [[at, count]] : []))
  const document = { truth: [...truth], predicted: [...predicted], both: [...both], pairs, scores, problems }
  return new TextEncoder().encode(JSON.stringify(document))
}

function unpack(bytes: Uint8Array, classes: number): Part {
  const kept = JSON.parse(new TextDecoder().decode(bytes)) as Record<'truth' | 'predicted' | 'both', number[]> & {
    readonly pairs: readonly (readonly [number, number])[]
  } & Pick<Part, 'scores' | 'problems'>
  const counts = createPixelCounts(classes)
  for (const name of ['truth', 'predicted', 'both'] as const) counts[name].set(kept[name])
  for (const [at, count] of kept.pairs) counts.confusion[at] = count
  return { counts, scores: kept.scores, problems: kept.problems }
}
