/** Heat maps of models that pool an image's patches for each text (FLAIR): how much each phrase attends to each place. */
import type { ImageInput } from '../../images/raw-image'
import type { pairPrograms } from '../match/pair-programs'
import type { ModelState } from '../model-state'
import type { DenseOptions } from '../options'
import { warnOfCutTexts } from '../texts/cut-texts'
import { encodeTexts } from '../texts/embed-texts'
import { denseFeaturesFor } from './dense-features'
import { mergeWindows } from './sliding-windows'

/** @returns a map for each phrase, `[height, width]` of the image */
export async function attendToPhrases(
  state: ModelState,
  { attention }: NonNullable<Awaited<ReturnType<typeof pairPrograms>>>,
  image: ImageInput,
  phrases: readonly string[],
  { long, ...options }: DenseOptions,
): Promise<{ readonly maps: readonly Float32Array[]; readonly shape: readonly [number, number] }> {
  const { signal } = options
  const texts = await encodeTexts(state, phrases, { normalize: false, long, signal })
  warnOfCutTexts(state, texts, { long })
  // The pool was trained on patches from standard attention.
  const trained: DenseOptions = { attention: 'standard', ...options }
  const { imageSize } = state.encoder.config.vision
  const { plan, grid, patches } = await denseFeaturesFor(state, image, imageSize, trained, 'projected')
  const [windows, places] = [plan.corners.length, grid[0] * grid[1]]
  const tokens = { data: patches, shape: [windows, places, texts.shape[1]] as [number, number, number] }
  const weights = await attention(tokens, texts, signal) // [windows, phrases, places]
  const maps = phrases.map((_, phrase) => {
    const ofPhrase = new Float32Array(windows * places) // [windows, places]
    for (let window = 0; window < windows; window++) {
      const from = (window * phrases.length + phrase) * places
      ofPhrase.set(weights.subarray(from, from + places), window * places)
    }
    return mergeWindows(plan, ofPhrase, grid)
  })
  return { maps, shape: plan.image }
}
