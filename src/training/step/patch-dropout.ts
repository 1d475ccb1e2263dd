/** Patch dropout (arXiv 2212.00794): the image tower computes a random part of each image's patches. */
import type { CLIPConfig } from '../../models/config/config'
import { patchGrid, tokensBeforePatches } from '../../models/layers/patch-grid'
import { createRandom, drawDistinct } from '../../random'
import type { HostArray } from '../../runtime/runtime'

/**
 * Draws the tokens to keep: for each image its class token, if the model has one, and some of its patches, as rows of
 * `[images · tokens]`.
 * They are drawn on the host, so that every runtime keeps the same ones.
 * @param share of patches that are dropped, 0 ≤ share < 1; at least one patch is kept
 * @returns int32 `[images, kept tokens]`
 */
export function keptTokens(images: number, config: CLIPConfig, share: number, seed: number): HostArray {
  const [rows, columns] = patchGrid(config.vision)
  const patches = rows * columns
  const count = Math.max(1, Math.floor(patches * (1 - share)))
  const random = createRandom(seed)
  const before = tokensBeforePatches(config.vision)
  const kept = new Int32Array(images * (before + count)) // [images, before + count]
  for (let image = 0; image < images; image++) {
    const first = image * (before + patches)
    const drawn = drawDistinct(patches, count, random).map((patch) => first + before + patch)
    kept.set([...(before ? [first] : []), ...drawn], image * (before + count))
  }
  return { data: kept, shape: [images, before + count] }
}
