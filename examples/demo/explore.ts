/** Classifies, searches, grounds and segments pictures. */
import { cosineSimilarity, drawHeatMap, drawSegmentation, segmentationLegend } from 'dreamlip'
import type { DreamLIP, LabelMap, RawImage, ZeroShotClassifier } from 'dreamlip'
import { embedDescriptions } from 'emoji-scenes/comparison/embed-descriptions'
import type { Divided, Located, Named, Sought } from './findings'

/** How many labels are shown per picture, and how many pictures per description. */
const [shownLabels, shownPictures] = [3, 5]

/** Classifies pictures zero-shot. */
export async function nameAll(
  model: DreamLIP,
  pictures: readonly Omit<Named, 'scores'>[],
  classifier: ZeroShotClassifier,
): Promise<Named[]> {
  const scores = await model.classify(
    pictures.map(({ picture }) => picture),
    classifier,
    { topK: shownLabels, batchSize: 32 },
  )
  return pictures.map((picture, i) => ({ ...picture, scores: scores[i]! }))
}

/**
 * Searches all pictures by each description.
 * @param descriptions one list of sentences per picture, in the order of the pictures
 */
export async function seekAll(
  model: DreamLIP,
  pictures: readonly RawImage[],
  descriptions: readonly (readonly string[])[],
): Promise<Sought[]> {
  const images = await model.encodeImage(pictures, { batchSize: 32 })
  const texts = await embedDescriptions(model, descriptions)
  const cosines = cosineSimilarity(texts, images) // [descriptions, pictures]
  return descriptions.map((sentences, i) => {
    const all = pictures
      .map((picture, j) => ({ picture, cosine: cosines.data[i * pictures.length + j]!, right: i === j }))
      .sort((a, b) => b.cosine - a.cosine)
    const at = all.findIndex(({ right }) => right)
    return { sentences, rank: at + 1, pictures: all.filter((_, place) => place < shownPictures || place === at) }
  })
}

/** @param isThing whether a pixel belongs to the thing that a sentence describes, if that is known */
export async function locate(
  model: DreamLIP,
  picture: RawImage,
  sentences: readonly string[],
  isThing?: (sentence: number, pixel: number) => boolean,
): Promise<Located> {
  const maps = await model.ground(picture, sentences)
  return {
    picture,
    maps: maps.map((map, i) => {
      const drawn = { text: map.text, picture: drawHeatMap(picture, map) }
      if (!isThing) return drawn
      const best = map.data.reduce((most, value, pixel) => (value > map.data[most]! ? pixel : most), 0)
      const share = map.data.filter((_, pixel) => isThing(i, pixel)).length / map.data.length
      return { ...drawn, thing: { hit: isThing(i, best), share } }
    }),
  }
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
  const drawn = { picture, found: drawSegmentation(picture, found), legend: segmentationLegend(found) }
  if (!truth) return drawn
  const map: LabelMap = { labels: classifier.labels, data: truth, shape: found.shape }
  const agreeing = truth.filter((label, pixel) => label === found.data[pixel]).length / truth.length
  return { ...drawn, truth: { picture: drawSegmentation(picture, map), agreeing } }
}
