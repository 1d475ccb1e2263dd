/** A model that can be created quickly, and pictures for it. */
import type { RawImage } from '../../src/index'

export const smallConfig = {
  embed_dim: 16,
  vision_cfg: { image_size: 16, layers: 1, width: 64, patch_size: 8 },
  text_cfg: { context_length: 77, vocab_size: 49408, width: 64, heads: 1, layers: 1 },
}

/** A picture of one colour. */
export function plainPicture(red: number, green: number, blue: number, side = 16): RawImage {
  const data = new Uint8Array(side * side * 3)
  for (let i = 0; i < data.length; i += 3) data.set([red, green, blue], i)
  return { data, width: side, height: side, channels: 3 }
}
