/** Accuracies, confusions and the hardest images, from the scores of all classes for each image. */
import { rankOf, recallAt } from '../retrieval/recall'
import type { Confusion, Details, Figures, HardExample } from '../task/result'
import { meanAveragePrecision } from './average-precision'

/** An image and the indices of the classes that it shows. */
export interface ImageTruth {
  readonly id: string
  /** Reported if it is a path or an address. */
  readonly image?: unknown
  readonly classes: readonly number[]
}

export interface ClassScores {
  /**
   * `acc1`, the share of images for which a right class comes first; `acc5`, among the first five, for five classes or more. For images
   * with one class each `meanPerClass`, the mean of the `acc1` of each class that has images; else `meanAveragePrecision`.
   */
  readonly figures: Figures
  readonly details: Details
}

/** The classification of an image. Its rank is Infinity if it could not be read. */
interface Outcome {
  readonly rank: number
  readonly predicted?: number
  /** The score of the predicted class minus the best score of a right one. */
  readonly margin: number
}

/**
 * @param names of the classes. Where two are equal, the first of the equal scores wins, as it does in PyTorch's argmax; all other ties
 *   count against the model
 * @param scoresOf the scores of all classes for an image, by its index; undefined if it could not be read
 * @param mostHard maximum number of hardest images to list
 */
export function scoreClasses(
  names: readonly string[],
  truth: readonly ImageTruth[],
  scoresOf: (image: number) => ArrayLike<number> | undefined,
  mostHard: number,
): ClassScores {
  const hasSeveral = truth.some(({ classes }) => classes.length !== 1)
  const twins = laterTwins(names)
  const kept: (ArrayLike<number> | undefined)[] = []
  const outcomes = truth.map(({ classes }, image) => {
    const scores = scoresOf(image)
    if (hasSeveral) kept.push(scores)
    return outcomeOf(scores, classes, twins)
  })
  const ranks = outcomes.map(({ rank }) => rank)
  const { 1: acc1, 5: acc5 } = recallAt(ranks, [1, 5]) as { 1: number; 5: number }
  const counts = countClasses(names.length, truth, ranks)
  const own: Figures = hasSeveral
    ? { meanAveragePrecision: meanAveragePrecision(names.length, kept, classesOf(truth)) }
    : { meanPerClass: meanOfClasses(counts) }
  return {
    figures: { acc1, ...(names.length >= 5 && { acc5 }), ...own },
    details: {
      perClass: counts.map(({ images, right }, at) => ({
        name: names[at]!,
        value: images === 0 ? null : right / images,
        count: images,
      })),
      ...(!hasSeveral && { confusion: countConfusions(names, truth, outcomes) }),
      hardest: hardestOf(names, truth, outcomes, mostHard),
    },
  }
}

function classesOf(truth: readonly ImageTruth[]): (readonly number[])[] {
  return truth.map(({ classes }) => classes)
}

/** For each class, the later ones of the same name. */
function laterTwins(names: readonly string[]): ReadonlyMap<number, readonly number[]> {
  const places = new Map<string, number[]>()
  names.forEach((name, i) => places.set(name, [...(places.get(name) ?? []), i]))
  const groups = [...places.values()].filter(({ length }) => length > 1)
  return new Map(groups.flatMap((group) => group.map((at, i) => [at, group.slice(i + 1)] as const)))
}

function outcomeOf(
  scores: ArrayLike<number> | undefined,
  classes: readonly number[],
  twins: ReturnType<typeof laterTwins>,
): Outcome {
  if (!scores || classes.length === 0) return { rank: Infinity, margin: -Infinity }
  const right = new Set(classes.flatMap((at) => [at, ...(twins.get(at) ?? [])]))
  const rank = rankOfClass(scores, right)
  let predicted = 0
  for (let at = 1; at < scores.length; at++) if (scores[at]! > scores[predicted]!) predicted = at
  const best = Math.max(...classes.map((at) => scores[at]!))
  return { rank, predicted, margin: scores[predicted]! - best }
}

/** The number of classes that come before the right ones. */
export function rankOfClass(scores: ArrayLike<number>, right: ReadonlySet<number>): number {
  return rankOf(
    scores.length,
    (at) => scores[at]!,
    (at) => right.has(at),
  )
}

/** The number of images of a class, and of those that were recognised. */
export interface ClassCount {
  images: number
  /** Those for which the class came first. */
  right: number
}

/**
 * An image with several classes counts for each of them.
 * @param ranks of the best right class of each image
 */
export function countClasses(
  classCount: number,
  truth: readonly Pick<ImageTruth, 'classes'>[],
  ranks: readonly number[],
): readonly ClassCount[] {
  const counts = Array.from({ length: classCount }, () => ({ images: 0, right: 0 }))
  truth.forEach(({ classes }, i) => {
    for (const at of classes) {
      counts[at]!.images++
      if (ranks[i] === 0) counts[at]!.right++
    }
  })
  return counts
}

/** The mean of the share of recognised images, over the classes that have images. */
export function meanOfClasses(counts: readonly ClassCount[]): number {
  const shares = counts.filter(({ images }) => images > 0).map(({ images, right }) => right / images)
  return shares.reduce((sum, share) => sum + share, 0) / shares.length
}

/** Maximum pairs in a report. With 1,000 classes, most pairs occur once or never. */
const mostConfusions = 10_000

function countConfusions(
  names: readonly string[],
  truth: readonly ImageTruth[],
  outcomes: readonly Outcome[],
): Confusion {
  const pairs = new Map<number, number>()
  outcomes.forEach(({ predicted }, i) => {
    if (predicted === undefined) return
    const pair = truth[i]!.classes[0]! * names.length + predicted
    pairs.set(pair, (pairs.get(pair) ?? 0) + 1)
  })
  const counts = [...pairs]
    .sort(([pairA, a], [pairB, b]) => b - a || pairA - pairB)
    .slice(0, mostConfusions)
    .map(([pair, count]) => [Math.floor(pair / names.length), pair % names.length, count] as const)
  return { classes: names, counts }
}

function hardestOf(
  names: readonly string[],
  truth: readonly ImageTruth[],
  outcomes: readonly Outcome[],
  most: number,
): HardExample[] {
  return outcomes
    .flatMap(({ rank, predicted, margin }, i) =>
      rank > 0 && predicted !== undefined ? [{ i, predicted, margin }] : [],
    )
    .sort((a, b) => b.margin - a.margin || a.i - b.i)
    .slice(0, most)
    .map(({ i, predicted, margin }) => {
      const { id, image, classes } = truth[i]!
      return {
        id,
        ...(typeof image === 'string' && { image }),
        expected: classes.map((at) => names[at]!).join(', '),
        predicted: names[predicted]!,
        severity: margin,
      }
    })
}
