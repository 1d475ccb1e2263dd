/** Infers the config of a SigLIP model from the shapes of its tensors, and from the properties that all released models share. */
import { checkConfig } from '../config/check-config'
import type { CLIPConfig, TextConfig, VisionConfig } from '../config/clip-config'
import {
  customaryHeadWidth,
  dimensions,
  dividing,
  transformerOf,
  type InferConfigOptions,
  type TensorShapes,
} from '../config/infer-config'
import { initialLogitBias, siglipTexts } from '../config/hugging-face-siglip'
import { siglipVision } from '../config/siglip-vision'

/** Widths of towers whose heads are not 64 wide: SO400M and giant-opt (big_vision's model sizes). */
const headWidths: Readonly<Record<number, number>> = { 1152: 72, 1536: 96 }

/** Properties that shapes do not determine. */
const blocks = { tanhGelu: true, normEpsilon: 1e-6 }

/** @throws DreamLIPError `INVALID_CONFIG` unless these are the tensors of a SigLIP model with both towers */
export function inferSiglipConfig(shapes: TensorShapes, { headWidth }: InferConfigOptions): CLIPConfig {
  return checkConfig({
    family: 'siglip',
    embedDim: dimensions(shapes, 'visual.attn_pool.probe', 3)[2]!, // [1, 1, width]
    quickGelu: false,
    logitBiasInit: initialLogitBias,
    vision: visionOf(shapes, headWidth),
    text: textOf(shapes, headWidth),
  })
}

function visionOf(shapes: TensorShapes, headWidth: number | undefined): VisionConfig {
  const [width, , patchSize] = dimensions(shapes, 'visual.conv1.weight', 4) as [number, number, number] // [width, 3, patch, patch]
  const [patches] = dimensions(shapes, 'visual.positional_embedding', 2) as [number] // [patches, width]
  return {
    imageSize: Math.floor(Math.sqrt(patches)) * patchSize,
    patchSize,
    width,
    ...transformerOf(shapes, 'visual.transformer.'),
    headWidth: dividing(width, headWidth ?? headWidths[width] ?? customaryHeadWidth, 'vision'),
    ...siglipVision,
    ...blocks,
  }
}

function textOf(shapes: TensorShapes, headWidth: number | undefined): TextConfig {
  const [contextLength] = dimensions(shapes, 'positional_embedding', 2) as [number] // [contextLength, width]
  const [vocabularySize, width] = dimensions(shapes, 'token_embedding.weight', 2) as [number, number] // [vocabularySize, width]
  return {
    contextLength,
    vocabularySize,
    width,
    heads: width / dividing(width, headWidth ?? headWidths[width] ?? customaryHeadWidth, 'text'),
    ...transformerOf(shapes, 'transformer.'),
    noCausalMask: true,
    pool: 'last',
    projectionBias: true,
    ...siglipTexts(vocabularySize),
    ...blocks,
  }
}
