/** Accuracies, confusions and the hardest images, from the scores of all classes for each image. */
import { rankOf, recallAt } from '../retrieval/recall'
import { meanAveragePrecision } from './average-precision'

/** An image and the indices of the classes that it shows. */
export interface ImageTruth {
  readonly id: string
  readonly classes: readonly number[]
}

/** How many images of a class were recognised. */
export interface ClassCount {
  readonly label: string
  readonly images: number
  /** Those for which the class came first. */
  readonly right: number
}

/** How many images of a class were taken for another one. */
export interface Confusion {
  readonly label: string
  readonly predicted: string
  readonly count: number
}

/** An image for which a wrong class scored higher than the right one. */
export interface HardExample {
  readonly id: string
  readonly labels: readonly string[]
  readonly predicted: string
  /** The score of the predicted class minus the best score of a right one. */
  readonly margin: number
}

export interface ClassScores {
  /** All images, with those that could not be read: they count as wrong. */
  readonly images: number
  /** The share of images for which a right class comes first. */
  readonly acc1: number
  /** The share of images with a right class among the first five. Left out for data sets with fewer than five classes. */
  readonly acc5?: number
  /** The mean of the `acc1` of each class that has images. Left out if images have several classes. */
  readonly meanPerClass?: number
  /** Mean average precision, if images have several classes. */
  readonly meanAveragePrecision?: number
  /** In the order of the classes. An image with several classes counts for each of them. */
  readonly perClass: readonly ClassCount[]
  /** The most frequent first. Left out if images have several classes. */
  readonly confusions?: readonly Confusion[]
  /** The wrongly classified images with the largest margins, the largest first. */
  readonly hardest: readonly HardExample[]
}

/** How an image was classified. Its rank is Infinity if it could not be read. */
interface Outcome {
  readonly rank: number
  readonly predicted?: number
  readonly margin: number
}

/**
 * @param names of the classes. Where two are equal, the first of the equal scores wins, as it does in PyTorch's argmax; all other ties
 *   count against the model
 * @param scoresOf the scores of all classes for an image, by its index; undefined if it could not be read
 * @param mostHard how many of the hardest images to list
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
  const { 1: acc1, 5: acc5 } = recallAt(ranks, [1, 5])
  const perClass = countClasses(names, truth, ranks)
  return {
    images: truth.length,
    acc1: acc1!,
    ...(names.length >= 5 && { acc5 }),
    ...(hasSeveral
      ? {
          meanAveragePrecision: meanAveragePrecision(
            names.length,
            kept,
            truth.map(({ classes }) => classes),
          ),
        }
      : { meanPerClass: meanOfClasses(perClass), confusions: countConfusions(names, truth, outcomes) }),
    perClass,
    hardest: hardestOf(names, truth, outcomes, mostHard),
  }
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

/** How many classes come before the right ones. */
export function rankOfClass(scores: ArrayLike<number>, right: ReadonlySet<number>): number {
  return rankOf(
    scores.length,
    (at) => scores[at]!,
    (at) => right.has(at),
  )
}

/** @param ranks of the best right class of each image */
export function countClasses(
  names: readonly string[],
  truth: readonly Pick<ImageTruth, 'classes'>[],
  ranks: readonly number[],
): readonly ClassCount[] {
  const counts = names.map((label) => ({ label, images: 0, right: 0 }))
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

function countConfusions(
  names: readonly string[],
  truth: readonly ImageTruth[],
  outcomes: readonly Outcome[],
): Confusion[] {
  const counts = new Map<number, number>()
  outcomes.forEach(({ rank, predicted }, i) => {
    if (rank === 0 || predicted === undefined) return
    const pair = truth[i]!.classes[0]! * names.length + predicted
    counts.set(pair, (counts.get(pair) ?? 0) + 1)
  })
  return [...counts]
    .sort(([pairA, a], [pairB, b]) => b - a || pairA - pairB)
    .map(([pair, count]) => ({
      label: names[Math.floor(pair / names.length)]!,
      predicted: names[pair % names.length]!,
      count,
    }))
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
    .map(({ i, predicted, margin }) => ({
      id: truth[i]!.id,
      labels: truth[i]!.classes.map((at) => names[at]!),
      predicted: names[predicted]!,
      margin,
    }))
}
