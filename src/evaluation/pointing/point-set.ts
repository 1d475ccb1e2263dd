/** The pointing game: how often the highest point of a phrase's heat map is within one of the phrase's boxes. */
import { checkChoice, checkWhole } from '../../check-arguments'
import { highestPoint } from '../../drawing/heat-map'
import type { DreamLIP } from '../../dreamlip'
import { isImageProblem } from '../../images/decode/image-problem'
import { checkKeys, type KeysOf } from '../../known-keys'
import { denseAttentions, type DenseAttention } from '../../models/layers/dense-attention'
import type { DataProblem, Phrase, PhraseImage, PointingSet } from '../datasets/data-set'
import { versionOf } from '../features/digest'
import { keep } from '../features/kept'
import { checkTask } from '../task/check-task'
import type { TaskOptions } from '../task/options'
import type { HardExample, TaskResult } from '../task/result'

/** Choices of the protocol. */
interface PointChoices {
  /** The last block's attention; default: the model's own. */
  readonly attention?: DenseAttention
  /** The length of the images' short side, in pixels; default: the model's image size. */
  readonly shortSide?: number
}

const choiceKeys: KeysOf<PointChoices> = { attention: 0, shortSide: 0 }

/** Images whose results are kept together. */
const chunkSize = 16

/** Maximum missed phrases that a report shows. */
const shownMisses = 24

/** The results for the phrases of an image. */
interface Pointed {
  /** Whether each phrase was found; none was if the image cannot be read. */
  readonly hits: readonly boolean[]
  /** Whether the middle of the image is within a box of each phrase. */
  readonly centers: readonly boolean[]
  readonly problem?: string
}

/**
 * Measures how often a model points at the object that a phrase names. All phrases of images that cannot be read count as missed.
 * @param options `protocol`: `attention`, `shortSide`
 * @returns figures `pointing`, and `center`: the same for the middle of each image, which ignores the phrase
 * @throws DreamLIPError `INVALID_ARGUMENT` for an unknown choice; the signal's reason when aborted
 */
export async function pointSet(model: DreamLIP, set: PointingSet, options: TaskOptions = {}): Promise<TaskResult> {
  checkTask(model, set, 'pointing', options)
  const { cache, signal, onProgress } = options
  const choices = readChoices(model, options.protocol)
  const fingerprint = cache === undefined ? '' : await model.fingerprint({ signal })
  const results: Pointed[] = []
  for (let from = 0; from < set.samples.length; from += chunkSize) {
    const chunk = set.samples.slice(from, from + chunkSize)
    const versions = cache === undefined ? [] : await Promise.all(chunk.map(versionOf))
    const key = ['pointing', fingerprint, model.dtype, choices, chunk.map(({ phrases }) => phrases), versions]
    const compute = async () => {
      const found: Pointed[] = []
      for (const sample of chunk) {
        found.push(await pointInImage(model, sample, choices, options))
        onProgress?.({ stage: 'images', done: from + found.length, total: set.samples.length })
      }
      return new TextEncoder().encode(JSON.stringify(found))
    }
    results.push(...(JSON.parse(new TextDecoder().decode(await keep(cache, key, compute, signal))) as Pointed[]))
  }
  return resultOf(set, results, choices)
}

function readChoices(model: DreamLIP, given: TaskOptions['protocol']): Required<PointChoices> {
  const { attention = model.attention, shortSide = model.config.vision.imageSize } = checkKeys(
    'protocol',
    (given ?? {}) as PointChoices,
    choiceKeys,
  )
  checkChoice('protocol.attention', attention, denseAttentions)
  checkWhole('protocol.shortSide', shortSide, 1)
  return { attention, shortSide: Math.max(shortSide, model.config.vision.imageSize) }
}

async function pointInImage(
  model: DreamLIP,
  { image, phrases }: PhraseImage,
  choices: Required<PointChoices>,
  { batchSize, signal }: TaskOptions,
): Promise<Pointed> {
  const missed = phrases.map(() => false)
  if (phrases.length === 0) return { hits: missed, centers: missed }
  try {
    const texts = phrases.map(({ text }) => text)
    const maps = await model.ground(image, texts, { ...choices, batchSize, signal })
    return {
      hits: maps.map((map, i) => isWithin(phrases[i]!, highestPoint(map))),
      centers: maps.map(({ shape: [height, width] }, i) => isWithin(phrases[i]!, [width / 2, height / 2])),
    }
  } catch (error) {
    if (!isImageProblem(error)) throw error
    return { hits: missed, centers: missed, problem: error.message }
  }
}

/** Whether a point is within one of a phrase's boxes. */
export function isWithin({ boxes }: Phrase, [x, y]: readonly [number, number]): boolean {
  return boxes.some(([left, top, width, height]) => x >= left && x < left + width && y >= top && y < top + height)
}

function resultOf(set: PointingSet, results: readonly Pointed[], choices: Required<PointChoices>): TaskResult {
  const problems: DataProblem[] = []
  const misses: HardExample[] = []
  set.samples.forEach(({ id, image, phrases }, i) => {
    const { problem, hits } = results[i]!
    if (problem !== undefined) {
      const message = `${problem} Its ${phrases.length} phrases count as missed.`
      problems.push({ item: id, reason: 'image-unreadable', message })
      return
    }
    phrases.forEach(({ text }, phrase) => {
      if (hits[phrase] || misses.length >= shownMisses) return
      misses.push({
        ...{ id, expected: text, predicted: 'another place', severity: 1 },
        ...(typeof image === 'string' && { image }),
      })
    })
  })
  return {
    figures: {
      pointing: shareOf(results.flatMap(({ hits }) => hits)),
      center: shareOf(results.flatMap(({ centers }) => centers)),
    },
    protocol: { ...choices, phrases: results.reduce((sum, { hits }) => sum + hits.length, 0) },
    problems,
    details: { hardest: misses },
  }
}

function shareOf(hits: readonly boolean[]): number | null {
  return hits.length > 0 ? hits.filter(Boolean).length / hits.length : null
}
