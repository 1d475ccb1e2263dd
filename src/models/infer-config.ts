/** Finds a model's config in the shapes of its tensors. */
import { checkObject, wrongArgument } from '../check-arguments'
import { DreamLIPError } from '../errors'
import { checkConfig } from './check-config'
import type { CLIPConfig } from './config'

type Shapes = ReadonlyMap<string, readonly number[]>

/**
 * The config of a CLIP whose parameters have these names (open_clip's) and shapes.
 * Shapes do not tell the activation, the width of a head and how the image is pooled: pooling is taken to be by the class token.
 * @throws DreamLIPError `INVALID_CONFIG` when these are not the tensors of a CLIP with a vision transformer
 */
export function inferConfig(
  shapes: Shapes,
  options: { readonly quickGelu?: boolean; readonly headWidth?: number } = {},
): CLIPConfig {
  if (!(shapes instanceof Map)) throw wrongArgument('shapes', 'a Map of shapes by the names of tensors', shapes)
  const { quickGelu = false, headWidth = 64 } = checkObject('options', options)
  const kernels = dimensions(shapes, 'visual.conv1.weight', 4) // [width, 3, patch, patch]
  const positions = dimensions(shapes, 'visual.positional_embedding', 2) // [1 + patches, width]
  const projection = dimensions(shapes, 'visual.proj', 2) // [width, embedDim]
  const textPositions = dimensions(shapes, 'positional_embedding', 2) // [contextLength, width]
  const tokens = dimensions(shapes, 'token_embedding.weight', 2) // [vocabularySize, width]
  const grid = Math.sqrt(positions[0]! - 1)
  if (!Number.isInteger(grid)) {
    throw notCLIP(
      `visual.positional_embedding has ${positions[0]} rows, which is not a class token and a square of patches`,
    )
  }
  for (const [tower, width] of [
    ['vision', kernels[0]!],
    ['text', tokens[1]!],
  ] as const) {
    if (width % headWidth !== 0) {
      throw notCLIP(
        `heads are taken to be ${headWidth} wide, which does not divide the ${tower} tower's width ${width}`,
      )
    }
  }
  return checkConfig({
    embedDim: projection[1]!,
    quickGelu,
    vision: {
      imageSize: grid * kernels[3]!,
      patchSize: kernels[3]!,
      width: kernels[0]!,
      ...transformerOf(shapes, 'visual.transformer.'),
      headWidth,
      pool: 'token',
      noLnPre: !shapes.has('visual.ln_pre.weight'),
      finalLnAfterPool: false,
    },
    text: {
      contextLength: textPositions[0]!,
      vocabularySize: tokens[0]!,
      width: tokens[1]!,
      heads: tokens[1]! / headWidth,
      ...transformerOf(shapes, 'transformer.'),
    },
  })
}

function transformerOf(shapes: Shapes, prefix: string) {
  const hidden = dimensions(shapes, `${prefix}resblocks.0.mlp.c_fc.weight`, 2) // [mlpWidth, width]
  let layers = 1
  while (shapes.has(`${prefix}resblocks.${layers}.mlp.c_fc.weight`)) layers++
  return {
    layers,
    mlpRatio: hidden[0]! / hidden[1]!,
    // open_clip's default; where a trained scale started makes no difference any more.
    layerScaleInit: shapes.has(`${prefix}resblocks.0.ls_1.gamma`) ? 1e-5 : null,
  }
}

function dimensions(shapes: Shapes, name: string, rank: number): readonly number[] {
  const shape = shapes.get(name)
  if (shape?.length === rank) return shape
  throw notCLIP(
    shape ? `${name} has the shape [${shape.join(', ')}], expected ${rank} dimensions` : `${name} is missing`,
  )
}

function notCLIP(reason: string): DreamLIPError {
  return new DreamLIPError(
    'INVALID_CONFIG',
    `config: these tensors are not those of a CLIP with a vision transformer: ${reason}. ` +
      `If the file holds one under other names or with parts of its own, pass its config.`,
  )
}
