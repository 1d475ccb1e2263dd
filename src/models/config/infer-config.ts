/** Infers a model's config from the shapes of its tensors. */
import { checkObject, wrongArgument } from '../../check-arguments'
import { DreamLIPError } from '../../errors'
import { checkConfig } from './check-config'
import type { CLIPConfig, TextConfig, VisionConfig } from './clip-config'
import { modelConfigs } from './model-configs'
import { siglipTexts } from './hugging-face-siglip'
import { tokensBeforePatches } from '../layers/patch-grid'

/** Shapes of a model's tensors by their names. */
export type TensorShapes = ReadonlyMap<string, readonly number[]>

/** Properties that cannot be inferred from shapes. */
export interface InferConfigOptions {
  /** Default false: exact GELU. */
  readonly quickGelu?: boolean
  /** Width of an attention head, in both towers. Default 64, or the width of the usual image tower of that size. */
  readonly headWidth?: number
  /** The towers that the checkpoint has. A missing one becomes that of ViT-B-16. */
  readonly towers?: readonly ('image' | 'text')[]
}

/**
 * Infers the config of a CLIP model from the names (open_clip's) and shapes of its parameters.
 * The activation, the width of a head and the pooling of the image cannot be inferred. Pooling is assumed to use the class token.
 * @throws DreamLIPError `INVALID_CONFIG` unless these are the tensors of a CLIP model with a vision transformer
 */
export function inferConfig(shapes: TensorShapes, options: InferConfigOptions = {}): CLIPConfig {
  const { quickGelu = false, headWidth, towers = ['image', 'text'] } = checkObject('options', options)
  if (!(shapes instanceof Map)) throw wrongArgument('shapes', 'a Map of shapes by the names of tensors', shapes)
  const { vision, text } = modelConfigs['ViT-B-16']!
  const hasImages = towers.includes('image')
  const isSiglip = isSiglipShape(shapes)
  return checkConfig({
    embedDim: embedDimOf(shapes, hasImages),
    quickGelu: quickGelu && !isSiglip,
    ...(shapes.has('logit_bias') && isSiglip && { logitBiasInit: -10 }),
    vision: hasImages ? visionOf(shapes, headWidth, isSiglip) : vision,
    text: towers.includes('text') ? textOf(shapes, headWidth ?? customaryHeadWidth, isSiglip) : text,
  })
}

const customaryHeadWidth = 64

/** Widths of SigLIP's towers whose heads are not 64 wide: SO400M and giant-opt (big_vision's model sizes). */
const siglipHeadWidths: Readonly<Record<number, number>> = { 1152: 72, 1536: 96 }

/** What shapes do not say of a SigLIP tower, as all its released models have it. */
const siglipBlocks = { tanhGelu: true, normEpsilon: 1e-6 }

/** Whether these are the tensors of a SigLIP model, or of one of its towers. */
function isSiglipShape(shapes: TensorShapes): boolean {
  return shapes.has('visual.attn_pool.probe') || (shapes.has('text_projection.weight') && !shapes.has('visual.proj'))
}

function embedDimOf(shapes: TensorShapes, hasImages: boolean): number {
  if (shapes.has('text_projection.weight')) return dimensions(shapes, 'text_projection.weight', 2)[0]! // [embedDim, width]
  if (hasImages && shapes.has('visual.attn_pool.probe') && !shapes.has('visual.proj')) {
    return dimensions(shapes, 'visual.attn_pool.probe', 3)[2]! // [1, 1, width]
  }
  return dimensions(shapes, hasImages ? 'visual.proj' : 'text_projection', 2)[1]! // [width, embedDim]
}

function visionOf(shapes: TensorShapes, headWidth: number | undefined, isSiglip: boolean): VisionConfig {
  const kernels = dimensions(shapes, 'visual.conv1.weight', 4) // [width, 3, patch, patch]
  const positions = dimensions(shapes, 'visual.positional_embedding', 2) // [tokens, width]
  const noClassToken = isSiglip && !shapes.has('visual.class_embedding')
  const grid = Math.sqrt(positions[0]! - tokensBeforePatches({ noClassToken }))
  if (!Number.isInteger(grid)) {
    throw notCLIP(
      `visual.positional_embedding has ${positions[0]} rows, which is not a square number of patches${noClassToken ? '' : ' plus a class token'}`,
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
    headWidth: dividing(
      width,
      headWidth ?? (isSiglip ? siglipHeadWidths[width] : customary?.headWidth) ?? customaryHeadWidth,
      'vision',
    ),
    pool: shapes.has('visual.attn_pool.probe') ? 'map' : 'token',
    noLnPre: !shapes.has('visual.ln_pre.weight'),
    finalLnAfterPool: false,
    ...(noClassToken && { noClassToken }),
    ...(shapes.has('visual.conv1.bias') && { patchBias: true }),
    ...(isSiglip && !shapes.has('visual.proj') && { noProjection: true }),
    ...(isSiglip && siglipBlocks),
  }
}

function textOf(shapes: TensorShapes, headWidth: number, isSiglip: boolean): TextConfig {
  const positions = dimensions(shapes, 'positional_embedding', 2) // [contextLength, width]
  const tokens = dimensions(shapes, 'token_embedding.weight', 2) // [vocabularySize, width]
  return {
    contextLength: positions[0]!,
    vocabularySize: tokens[0]!,
    width: tokens[1]!,
    heads: tokens[1]! / dividing(tokens[1]!, (isSiglip && siglipHeadWidths[tokens[1]!]) || headWidth, 'text'),
    ...transformerOf(shapes, 'transformer.'),
    ...(shapes.has('text_projection.weight') && { projectionBias: true }),
    ...(isSiglip && { noCausalMask: true, pool: 'last', ...siglipTexts(tokens[0]!), ...siglipBlocks }),
  }
}

function dividing(width: number, headWidth: number, tower: string): number {
  if (width % headWidth === 0) return headWidth
  throw new DreamLIPError(
    'INVALID_CONFIG',
    `config: heads are assumed to be ${headWidth} wide, but the ${tower} tower's width ${width} is not a multiple of that. ` +
      'Pass the config that the model was trained with.',
  )
}

function transformerOf(shapes: TensorShapes, prefix: string) {
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

function dimensions(shapes: TensorShapes, name: string, rank: number): readonly number[] {
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
