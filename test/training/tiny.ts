/** A model and pictures so small that a step takes milliseconds. */
import { LongCaptionDataset } from '../../src/data/dataset'
import type { Loader } from '../../src/data/loader/loader'
import type { LoaderOptions } from '../../src/data/loader/options'
import type { CaptionRecord } from '../../src/data/record'

export const tiny = {
  embed_dim: 8,
  vision_cfg: { image_size: 16, layers: 2, width: 16, head_width: 8, patch_size: 4 },
  text_cfg: { context_length: 77, vocab_size: 49408, width: 8, heads: 2, layers: 2 },
}

const words = ['red', 'green', 'blue', 'dark', 'bright', 'grey', 'warm', 'cold', 'wide', 'narrow']

/** Pictures of gradients, and captions that differ in one word. */
export function photos(count: number): CaptionRecord[] {
  return Array.from({ length: count }, (_, i) => {
    const data = Uint8Array.from({ length: 3 * 16 * 16 }, (_, at) => (i * 53 + (at % 3) * i * 91 + at * (i + 1)) % 256)
    const word = words[i % words.length]
    return {
      key: `photo ${i}`,
      image: { data, width: 16, height: 16, channels: 3 },
      raw: `a ${word} picture, number ${i}`,
      captions: { other: `It looks ${word}. Everything in it is ${word}.` },
    }
  })
}

/** Batches of four such photographs with two captions each. */
export function loaderOf(records: readonly CaptionRecord[], options: LoaderOptions = {}): Loader {
  const fixed = { batchSize: 4, imageSize: 16, texts: { count: 1 }, augmentation: 'none' } as const
  return LongCaptionDataset.of(records).loader({ ...fixed, ...options })
}
