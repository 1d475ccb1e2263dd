/** A model and photographs so small that a step takes milliseconds. */
import type { ImageTextRecord } from '../../src/training/image-text-data'

export const tiny = {
  embed_dim: 8,
  vision_cfg: { image_size: 16, layers: 2, width: 16, head_width: 8, patch_size: 4 },
  text_cfg: { context_length: 77, vocab_size: 49408, width: 8, heads: 2, layers: 2 },
}

const words = ['red', 'green', 'blue', 'dark', 'bright', 'grey', 'warm', 'cold', 'wide', 'narrow']

/** Pictures of one colour and a gradient each, with captions that name it. */
export function photos(count: number): ImageTextRecord[] {
  return Array.from({ length: count }, (_, i) => {
    const data = Uint8Array.from({ length: 3 * 16 * 16 }, (_, at) => (i * 53 + (at % 3) * i * 91 + at * (i + 1)) % 256)
    const word = words[i % words.length]
    return {
      image: { data, width: 16, height: 16, channels: 3 },
      captions: [`a ${word} picture, number ${i}`, `It looks ${word}. Everything in it is ${word}.`],
      name: `photo ${i}`,
    }
  })
}
