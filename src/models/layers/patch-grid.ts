/** How an image is cut into patches. */
import type { CLIPConfig } from '../config/clip-config'

/** The grid of patches of an image of that size: `[rows, columns]`. */
export function patchGrid({ imageSize, patchSize }: CLIPConfig['vision']): [number, number] {
  const side = Math.floor(imageSize / patchSize)
  return [side, side]
}

/** The tokens of an image. */
export function tokensOf({ vision }: CLIPConfig): number {
  const [rows, columns] = patchGrid(vision)
  return tokensBeforePatches(vision) + rows * columns
}

/** The tokens of an image before its patches: the class token, if the model has one. */
export function tokensBeforePatches({ noClassToken }: Pick<CLIPConfig['vision'], 'noClassToken'>): 0 | 1 {
  return noClassToken ? 0 : 1
}
