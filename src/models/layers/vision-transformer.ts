/** The image tower (open_clip's `VisionTransformer`): pixels to tokens. */
import {
  add,
  concat,
  reshape,
  slice,
  tidy,
  tile,
  transpose,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
} from '@tensorflow/tfjs-core'
import { wrongArgument } from '../../check-arguments'
import { DreamLIPError } from '../../errors'
import { embedding } from '../../ops/layers/embedding'
import { linear } from '../../ops/layers/linear'
import type { CLIPConfig, VisionConfig } from '../config/config'
import { applyNorm } from './layers'
import { checkTensor, checkTower } from './check-inputs'
import { tokensBeforePatches } from './patch-grid'
import { scope, type ModelParameters, type Scope } from './scope'
import { activationOf, blocksBeforeLast, lastBlock, type BlockOptions, type Transformer } from './transformer'

/**
 * Computes the whole tower without its head: patch embedding, class token, positions, blocks.
 * @param parameters by PyTorch's names
 * @param pixels `[batch, 3, height, width]`, normalised by the preprocessing's mean and standard deviation
 * @returns `[batch, tokens, width]`, before `ln_post`: the class token if the model has one, then the patches
 * @throws DreamLIPError if the number of patches does not match the model's positions
 */
export function visionTransformer(parameters: ModelParameters, pixels: Tensor4D, config: CLIPConfig): Tensor3D {
  checkTower(parameters, config)
  checkPixels(pixels)
  return tidy(() => lastVisionBlock(parameters, visionTrunk(parameters, pixels, config), config))
}

/**
 * The tower up to its last block: `[batch, 3, height, width] → [batch, tokens, width]`.
 * @param kept int32 `[batch, kept]`: the tokens to keep, as indices into the tokens of the whole batch; default all
 */
export function visionTrunk(
  parameters: ModelParameters,
  pixels: Tensor4D,
  config: CLIPConfig,
  kept?: Tensor2D,
): Tensor3D {
  return tidy(() => {
    const tokens = embedPixels(scope(parameters, 'visual.'), pixels, config.vision, kept) // [batch, tokens or kept, width]
    return blocksBeforeLast(parameters, transformerOf(config), tokens)
  })
}

/** The last block. The head decides which tokens are needed and how they are mixed. */
export function lastVisionBlock(
  parameters: ModelParameters,
  tokens: Tensor3D,
  config: CLIPConfig,
  options?: BlockOptions,
): Tensor3D {
  return lastBlock(parameters, transformerOf(config), tokens, options)
}

function transformerOf({ vision, quickGelu }: CLIPConfig): Transformer {
  const { layers, width, headWidth, layerScaleInit, normEpsilon } = vision
  return {
    prefix: 'visual.transformer.',
    layers,
    heads: width / headWidth,
    activation: activationOf(quickGelu, vision),
    layerScale: layerScaleInit !== null,
    normEpsilon,
  }
}

/** @throws DreamLIPError `INVALID_ARGUMENT` */
export function checkPixels(pixels: Tensor4D): void {
  checkTensor('pixels', pixels, 4, 'float32', '[batch, 3, height, width]')
  if (pixels.shape[1] !== 3) throw wrongArgument('pixels.shape', '[batch, 3, height, width]', pixels.shape)
}

function embedPixels(p: Scope, pixels: Tensor4D, vision: VisionConfig, kept?: Tensor2D): Tensor3D {
  const [, , height, width] = pixels.shape
  const positions = p<Tensor2D>('positional_embedding') // [tokens, width]
  const before = tokensBeforePatches(vision)
  const rows = Math.floor(height / vision.patchSize)
  const columns = Math.floor(width / vision.patchSize)
  if (before + rows * columns !== positions.shape[0]) {
    throw new DreamLIPError(
      'INVALID_ARGUMENT',
      `pixels: ${height} × ${width} pixels make ${rows} × ${columns} patches of ${vision.patchSize}; ` +
        `the model has positions for ${positions.shape[0] - before} patches (${vision.imageSize} × ${vision.imageSize} pixels). ` +
        `Resize the image, or load the model with another imageSize.`,
    )
  }
  // A convolution whose stride equals its kernel size is a linear map of each patch.
  const kernels = p<Tensor4D>('conv1.weight') // [width, 3, patch, patch]
  const weight = reshape(kernels, [vision.width, -1]) as Tensor2D // [width, 3 · patch²]
  const bias = vision.patchBias ? p<Tensor1D>('conv1.bias') : undefined
  const patches = linear(cutPatches(pixels, vision.patchSize, rows, columns), weight, bias) // [batch, patches, width]
  const tokens = vision.noClassToken ? patches : withClassToken(p('class_embedding'), patches) // [batch, tokens, width]
  const placed = add<Tensor3D>(tokens, positions)
  const chosen = kept ? embedding(reshape(placed, [-1, vision.width]), kept) : placed // [batch, tokens or kept, width]
  return vision.noLnPre ? chosen : applyNorm(p, 'ln_pre', chosen, vision.normEpsilon)
}

/** `[batch, patches, width] → [batch, 1 + patches, width]` */
function withClassToken(classToken: Tensor1D, patches: Tensor3D): Tensor3D {
  const [batch, , width] = patches.shape
  return concat([tile(reshape(classToken, [1, 1, width]) as Tensor3D, [batch, 1, 1]), patches], 1)
}

/** `[batch, 3, height, width] → [batch, rows · columns, 3 · patch²]`. Pixels beyond the last complete patch are ignored. */
function cutPatches(pixels: Tensor4D, patch: number, rows: number, columns: number): Tensor3D {
  const [batch, channels] = pixels.shape
  const whole = slice(pixels, [0, 0, 0, 0], [batch, channels, rows * patch, columns * patch])
  // Two transpositions of four axes, because one of six axes is a hundred times slower on WASM.
  const strips = reshape(whole, [batch * channels * rows, patch, columns, patch]) // [batch · 3 · rows, patch, columns, patch]
  const squares = transpose(strips, [0, 2, 1, 3]) // [batch · 3 · rows, columns, patch, patch]
  const byChannel = reshape(squares, [batch, channels, rows * columns, patch * patch]) // [batch, 3, patches, patch²]
  return reshape(transpose(byChannel, [0, 2, 1, 3]), [batch, rows * columns, channels * patch * patch])
}
