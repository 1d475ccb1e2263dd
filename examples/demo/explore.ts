/** Asks a model about pictures: what is it, which is meant, where is it, what is what. */
import { cosineSimilarity, drawHeatMap, drawSegmentation, segmentationLegend } from 'dreamlip'
import type { DreamLIP, LabelMap, RawImage, ZeroShotClassifier } from 'dreamlip'
import { embedDescriptions } from 'emoji-scenes/comparison/embed-descriptions'
import type { Divided, Located, Named, Sought } from './findings'

/** Labels shown a picture, pictures shown a description. */
const [shownLabels, shownPictures] = [3, 5]

/** Labels pictures zero-shot. */
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
 * Looks for each description's picture among all pictures.
 * @param descriptions the sentences of one a picture, in the order of the pictures
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

/** @param isThing for each sentence whether a pixel belongs to what it speaks of, where that is known */
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
 * Divides a picture among a classifier's labels.
 * @param truth index into the labels for each pixel, where it is known
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
