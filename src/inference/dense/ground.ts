/** Locates phrases in an image. */
import { checkObject, checkStrings, wrongArgument } from '../../check-arguments'
import { splitCaption } from '../../data/sampling/split-caption'
import type { ImageInput } from '../../images/raw-image'
import type { ShapedArray } from '../../shaped-array'
import { row } from '../embeddings/embeddings'
import { imageBatchSize } from '../images/embed-images'
import { checkImage } from '../images/image-list'
import { pairPrograms } from '../match/pair-programs'
import type { ModelState } from '../model-state'
import { batchOptions, type DenseOptions } from '../options'
import { warnOfCutTexts } from '../texts/cut-texts'
import { encodeTexts } from '../texts/embed-texts'
import { attendToPhrases } from './attend'
import { denseFeaturesFor } from './dense-features'
import { similarityMap } from './similarity-map'

/**
 * A heat map: the cosine between a text and each pixel of an image, `[height, width]` of the image. Cosines are in
 * [-1, 1] and comparable between the maps of one image. FLAIR models return the attention of the text to each patch instead,
 * averaged over the heads of their pool: values in [0, 1] that add up to at most 1 over the patches of a window.
 */
export interface HeatMap extends ShapedArray<Float32Array, [number, number]> {
  readonly text: string
}

/** `DreamLIP.ground`. */
export async function groundPhrases(
  state: ModelState,
  image: ImageInput,
  text: string | readonly string[],
  options: DenseOptions,
): Promise<HeatMap[]> {
  const { long, ...rest } = checkObject('options', options)
  const { signal } = batchOptions(rest, imageBatchSize)
  checkImage('image', image)
  const phrases = phrasesOf(text)
  const pairs = await pairPrograms(state.encoder)
  if (pairs) {
    const { maps, shape } = await attendToPhrases(state, pairs, image, phrases, options)
    return phrases.map((phrase, i) => ({ text: phrase, data: maps[i]!, shape: [...shape] }))
  }
  const embeddings = await encodeTexts(state, phrases, { long, signal })
  warnOfCutTexts(state, embeddings, { long })
  const features = await denseFeaturesFor(state, image, state.encoder.config.vision.imageSize, rest)
  return phrases.map((phrase, i) => ({
    text: phrase,
    data: similarityMap(features, row(embeddings, i)), // [height, width]
    shape: [...features.plan.image],
  }))
}

/** The phrases to look for: the sentences of a caption, or the phrases that were passed. */
function phrasesOf(text: string | readonly string[]): readonly string[] {
  const expected = 'words to look for: a caption, or an array of phrases'
  if (typeof text !== 'string') checkStrings('text', text, expected)
  const phrases = typeof text === 'string' ? splitCaption(text, { rule: 'sentences' }) : text
  if (phrases.length === 0) throw wrongArgument('text', expected, text)
  return phrases
}
