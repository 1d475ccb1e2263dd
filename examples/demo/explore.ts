/** Names, searches, grounds and segments pictures. */
import {
  buildZeroShotClassifier,
  drawSegmentation,
  highestPoint,
  searchImages,
  segmentationLegend,
  type DreamLIP,
  type LabelMap,
  type RawImage,
  type ZeroShotClassifier,
} from 'dreamlip'
import { createMemoryStore } from './memory-store'
import type { Described, Divided, Explored, Located, Named, Search } from './findings'

/** How many answers are shown per picture, and how many pictures per caption. */
const [shownAnswers, shownHits] = [3, 5]

/** Pictures per batch. */
const batchSize = 32

/** A picture of one of the things, with the thing's index. */
export interface Nameable extends Described {
  readonly thing: number
}

/**
 * Classifies pictures zero-shot. The scores of a thing's names are added up, so that any of its names counts.
 * @param things the names of each thing, the usual one first
 * @param templates of prompts
 */
export async function nameAll(
  model: DreamLIP,
  pictures: readonly Nameable[],
  things: readonly (readonly string[])[],
  templates: readonly string[],
): Promise<Named[]> {
  const labels = things.flat()
  const classifier = await buildZeroShotClassifier(model, labels, { templates })
  const scores = await model.classify(
    pictures.map(({ picture }) => picture),
    classifier,
    { topK: labels.length, batchSize },
  )
  return pictures.map(({ picture, about, thing }, i) => {
    const byName = new Map(scores[i]!.map(({ label, score }) => [label, score]))
    const scoreOf = (name: string) => byName.get(name)!
    const answers = things.map((names, at) => ({
      name: names.reduce((best, name) => (scoreOf(name) > scoreOf(best) ? name : best)),
      score: names.reduce((sum, name) => sum + scoreOf(name), 0),
      right: at === thing,
    }))
    const best = answers.sort((a, b) => b.score - a.score).slice(0, shownAnswers)
    return { picture, about, truth: things[thing]![0]!, answers: best }
  })
}

/**
 * Searches all pictures by each caption, as `dreamlip search` does.
 * @param captions the sentences of one caption per picture, in the order of the pictures
 */
export async function searchAll(
  model: DreamLIP,
  pictures: readonly RawImage[],
  captions: readonly (readonly string[])[],
): Promise<Search[]> {
  const store = createMemoryStore(await model.encodeImage(pictures, { batchSize }))
  return Promise.all(
    captions.map(async (sentences, caption) => {
      const result = await searchImages({ store, model }, sentences, { topK: pictures.length, rerank: false })
      const hits = result.hits.map(({ path, sentences }) => ({
        index: Number(path),
        matches: sentences.map(({ answered }) => answered),
      }))
      return { sentences, rank: 1 + hits.findIndex(({ index }) => index === caption), of: pictures.length, hits }
    }),
  )
}

/** @param isThing whether a pixel is where the thing is that a sentence describes, or undefined if that is not known */
export async function locate(
  model: DreamLIP,
  picture: RawImage,
  sentences: readonly string[],
  isThing: (sentence: number, pixel: number) => boolean | undefined = () => undefined,
): Promise<Located[]> {
  const maps = await model.ground(picture, sentences)
  return maps.map((map, i) => {
    const [x, y] = highestPoint(map)
    const hit = isThing(i, Math.floor(y) * map.shape[1] + Math.floor(x))
    if (hit === undefined) return { map }
    const share = map.data.filter((_, pixel) => isThing(i, pixel)).length / map.data.length
    return { map, thing: { hit, share } }
  })
}

/**
 * Segments a picture into a classifier's labels.
 * @param truth the right label of each pixel, as an index into the labels, if it is known
 */
export async function divide(
  model: DreamLIP,
  picture: RawImage,
  classifier: ZeroShotClassifier,
  truth?: Uint16Array,
): Promise<Divided> {
  const found = await model.segment(picture, classifier)
  const drawn = { found: drawSegmentation(picture, found), legend: segmentationLegend(found) }
  if (!truth) return drawn
  const map: LabelMap = { labels: classifier.labels, data: truth, shape: found.shape }
  const agreeing = truth.filter((label, pixel) => label === found.data[pixel]).length / truth.length
  return { ...drawn, truth: { picture: drawSegmentation(picture, map), agreeing } }
}

/**
 * Puts what was found for one picture together, and grounds its caption in the best pictures.
 * @param index of the picture
 * @param pictures all that were searched
 */
export async function gather(
  model: DreamLIP,
  index: number,
  pictures: readonly Described[],
  { hits, ...search }: Search,
  located: readonly Located[],
  divided: Divided,
): Promise<Explored> {
  const shown: Explored['hits'][number][] = []
  for (const [at, hit] of hits.entries()) {
    const right = hit.index === index
    if (at >= shownHits && !right) continue
    const own = pictures[hit.index]!
    const maps = right ? located.map(({ map }) => map) : await model.ground(own.picture, search.sentences)
    shown.push({ ...own, place: at + 1, right, matches: hit.matches, maps })
  }
  return { ...pictures[index]!, ...search, hits: shown, located, divided }
}
