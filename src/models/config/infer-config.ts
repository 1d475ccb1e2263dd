/** Infers the config of a model with CLIP's towers from the shapes of its tensors. */
import { DreamLIPError } from '../../errors'
import { checkConfig } from './check-config'
import { projectionNames, type CLIPConfig, type TextConfig, type VisionConfig } from './clip-config'
import { modelConfigs } from './model-configs'

/** Shapes of a model's tensors by their names. */
export type TensorShapes = ReadonlyMap<string, readonly number[]>

/** Properties that cannot be inferred from shapes. */
export interface InferConfigOptions {
  /** Default false: exact GELU. */
  readonly quickGelu?: boolean
  /** Width of an attention head, in both towers. Default 64, or the width of the usual image tower of that size. */
  readonly headWidth?: number
  /** The towers in the checkpoint. A missing one is replaced by that of ViT-B-16. */
  readonly towers?: readonly ('image' | 'text')[]
}

/**
 * Infers the config of a CLIP model. The activation, the width of a head and the pooling of the image cannot be inferred. Pooling is
 * assumed to use the class token.
 * @param family of the model, which determines the names of its projections
 * @throws DreamLIPError `INVALID_CONFIG` unless these are the tensors of a CLIP model with a vision transformer
 */
export function inferCLIPConfig(
  shapes: TensorShapes,
  { quickGelu = false, headWidth, towers = ['image', 'text'] }: InferConfigOptions,
  family?: string,
): CLIPConfig {
  const { vision, text } = modelConfigs['ViT-B-16']!
  const hasImages = towers.includes('image')
  const projections = projectionNames({ family })
  return checkConfig({
    ...(family !== undefined && { family }),
    embedDim: dimensions(shapes, hasImages ? projections.image : projections.text, 2)[1]!, // [width, embedDim]
    quickGelu,
    vision: hasImages ? visionOf(shapes, headWidth) : vision,
    text: towers.includes('text') ? textOf(shapes, headWidth ?? customaryHeadWidth) : text,
  })
}

export const customaryHeadWidth = 64

function visionOf(shapes: TensorShapes, headWidth?: number): VisionConfig {
  const kernels = dimensions(shapes, 'visual.conv1.weight', 4) // [width, 3, patch, patch]
  const positions = dimensions(shapes, 'visual.positional_embedding', 2) // [1 + patches, width]
  const grid = Math.sqrt(positions[0]! - 1)
  if (!Number.isInteger(grid)) {
    throw notCLIP(
      `visual.positional_embedding has ${positions[0]} rows, which is not a square number of patches plus a class token`,
    )
  }
  const width = kernels[0]!
  const transformer = transformerOf(shapes, 'visual.transformer.')
  const customary = Object.values(modelConfigs).find(
    ({ vision }) => vision.width === width && vision.layers === transformer.layers,
  )?.vision
  // Published ratios are rounded, but mean the same number of hidden units.
  const sameRatio = customary && Math.floor(customary.mlpRatio * width) === Math.round(transformer.mlpRatio * width)
  return {
    imageSize: grid * kernels[3]!,
    patchSize: kernels[3]!,
    width,
    ...transformer,
    ...(sameRatio && { mlpRatio: customary.mlpRatio }),
    headWidth: dividing(width, headWidth ?? customary?.headWidth ?? customaryHeadWidth, 'vision'),
    pool: 'token',
    noLnPre: !shapes.has('visual.ln_pre.weight'),
    finalLnAfterPool: false,
  }
}

function textOf(shapes: TensorShapes, headWidth: number): TextConfig {
  const positions = dimensions(shapes, 'positional_embedding', 2) // [contextLength, width]
  const tokens = dimensions(shapes, 'token_embedding.weight', 2) // [vocabularySize, width]
  return {
    contextLength: positions[0]!,
    vocabularySize: tokens[0]!,
    width: tokens[1]!,
    heads: tokens[1]! / dividing(tokens[1]!, headWidth, 'text'),
    ...transformerOf(shapes, 'transformer.'),
  }
}

export function dividing(width: number, headWidth: number, tower: string): number {
  if (width % headWidth === 0) return headWidth
  throw new DreamLIPError(
    'INVALID_CONFIG',
    `config: heads are assumed to be ${headWidth} wide, but the ${tower} tower's width ${width} is not a multiple of that. ` +
      'Pass the config that the model was trained with.',
  )
}

export function transformerOf(shapes: TensorShapes, prefix: string) {
  const hidden = dimensions(shapes, `${prefix}resblocks.0.mlp.c_fc.weight`, 2) // [mlpWidth, width]
  let layers = 1
  while (shapes.has(`${prefix}resblocks.${layers}.mlp.c_fc.weight`)) layers++
  return {
    layers,
    mlpRatio: hidden[0]! / hidden[1]!,
    // open_clip's default. The initial value of a trained scale does not matter.
    layerScaleInit: shapes.has(`${prefix}resblocks.0.ls_1.gamma`) ? 1e-5 : null,
  }
}

export function dimensions(shapes: TensorShapes, name: string, rank: number): readonly number[] {
  const shape = shapes.get(name)
  if (shape?.length === rank) return shape
  throw notCLIP(
    shape ? `${name} has the shape [${shape.join(', ')}], expected ${rank} dimensions` : `${name} is missing`,
  )
}

function notCLIP(reason: string): DreamLIPError {
  return new DreamLIPError(
    'INVALID_CONFIG',
    `config: these tensors are not a CLIP model with a vision transformer: ${reason}. Save its whole state_dict().`,
  )
}
