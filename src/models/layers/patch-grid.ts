/** The grid of patches into which an image is cut. */
import type { CLIPConfig } from '../config/clip-config'

/** The grid of patches for an image size: `[rows, columns]`. */
export function patchGrid({ imageSize, patchSize }: CLIPConfig['vision']): [number, number] {
  const side = Math.floor(imageSize / patchSize)
  return [side, side]
}

/** The number of tokens of an image. */
export function tokensOf({ vision }: CLIPConfig): number {
  const [rows, columns] = patchGrid(vision)
  return tokensBeforePatches(vision) + rows * columns
}

/** The number of tokens before an image's patches: 1 if the model has a class token, else 0. */
export function tokensBeforePatches({ noClassToken }: Pick<CLIPConfig['vision'], 'noClassToken'>): 0 | 1 {
  return noClassToken ? 0 : 1
}
