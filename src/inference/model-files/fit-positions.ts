/** Resizes position embeddings to another image size or context length. */
import { patchGrid, tokensBeforePatches } from '../../models/layers/patch-grid'
import {
  resizePositionEmbedding,
  resizeTextPositionEmbedding,
  stretchTextPositionEmbedding,
} from '../../models/layers/position-embedding'
import { positionNames, type ModelPlan } from './plan-model'

/** Resizes position embeddings to the expected shape, and returns every other parameter unchanged. */
export function fitPositions(
  name: string,
  data: Float32Array,
  [rows, width]: readonly number[],
  { config, stretchesContext }: ModelPlan,
): Float32Array {
  if (name === positionNames.text) {
    const resizeText = stretchesContext ? stretchTextPositionEmbedding : resizeTextPositionEmbedding
    return resizeText(data, width!, data.length / width!, rows!)
  }
  if (name !== positionNames.image) return data
  const before = tokensBeforePatches(config.vision)
  const side = Math.sqrt(data.length / width! - before)
  return resizePositionEmbedding(data, width!, [side, side], patchGrid(config.vision), before)
}
