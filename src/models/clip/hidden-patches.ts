/** Patch tokens inside the image tower, the input of multimodal language models such as LLaVA. */
import { slice, tidy, type Tensor3D, type Tensor4D } from '@tensorflow/tfjs-core'
import { checkWhole } from '../../check-arguments'
import type { CLIPConfig } from '../config/config'
import { checkTower } from '../layers/check-inputs'
import type { ModelParameters } from '../layers/scope'
import { tokensBeforePatches } from '../layers/patch-grid'
import { checkPixels, visionTrunk } from '../layers/vision-transformer'

/**
 * Computes the patch tokens after some of the blocks, before any later layer norm: `hidden_states[layer]` of Hugging Face's
 * `CLIPVisionModel` without its class token, or of its `SiglipVisionModel`, which has none.
 * @param pixels `[batch, 3, height, width]`, normalised
 * @param layer the number of blocks to compute; 0 returns the tokens that enter the first block
 * @returns `[batch, patches, width]`
 * @throws DreamLIPError if the pixels do not match the model's grid of patches, or a parameter is missing
 */
export function hiddenPatches(
  parameters: ModelParameters,
  pixels: Tensor4D,
  config: CLIPConfig,
  layer: number,
): Tensor3D {
  checkTower(parameters, config)
  checkPixels(pixels)
  return tidy(() => {
    // The trunk omits a tower's last block, so the trunk of a tower with one more block ends with the requested one.
    const trunk = visionTrunk(parameters, pixels, { ...config, vision: { ...config.vision, layers: layer + 1 } }) // [batch, tokens, width]
    return slice(trunk, [0, tokensBeforePatches(config.vision), 0], [-1, -1, -1]) // [batch, patches, width]
  })
}

/**
 * The number of blocks for a layer, in Hugging Face's numbering of `hidden_states`: 0 is before the first block, -1 after the last.
 * @throws DreamLIPError `INVALID_ARGUMENT` for a layer that the tower does not have
 */
export function blocksUpTo(layer: number, { vision: { layers } }: CLIPConfig): number {
  checkWhole('layer', layer, -layers - 1, layers)
  return layer < 0 ? layers + 1 + layer : layer
}
