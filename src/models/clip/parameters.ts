/** The parameters of a CLIP model: names and shapes, as in PyTorch's `state_dict`, and initial values. */
import type { CLIPConfig } from '../config/clip-config'
import { tokensBeforePatches } from '../layers/patch-grid'
import {
  constant,
  layerNormSpecs,
  linearDefault,
  normal,
  uniform,
  type Initializer,
  type ParameterSpec,
} from '../layers/initial-values'

/** Standard deviations for the weights of a block where PyTorch's defaults are not used. */
interface BlockDeviations {
  readonly inProjection: number
  readonly outProjections: number
  readonly hidden: number
}

/** In the order of PyTorch's `state_dict`. */
export function clipParameters({ embedDim, logitBiasInit, vision, text }: CLIPConfig): ParameterSpec[] {
  const visionScale = vision.width ** -0.5
  const patches = Math.floor(vision.imageSize / vision.patchSize) ** 2
  const tokens = tokensBeforePatches(vision) + patches
  const pixels = 3 * vision.patchSize ** 2
  const spec = (name: string, shape: number[], initialize: Initializer) => ({ name, shape, initialize })
  return [
    spec('positional_embedding', [text.contextLength, text.width], normal(0.01)),
    ...textProjectionSpecs(embedDim, text),
    spec('logit_scale', [], constant(Math.log(logitBiasInit === undefined ? 1 / 0.07 : sigmoidScale))),
    ...(logitBiasInit === undefined ? [] : [spec('logit_bias', [], constant(logitBiasInit))]),
    ...(vision.noClassToken ? [] : [spec('visual.class_embedding', [vision.width], normal(visionScale))]),
    spec('visual.positional_embedding', [tokens, vision.width], normal(visionScale)),
    ...(vision.noProjection ? [] : [spec('visual.proj', [vision.width, embedDim], normal(visionScale))]),
    spec('visual.conv1.weight', [vision.width, 3, vision.patchSize, vision.patchSize], linearDefault(pixels)),
    ...(vision.patchBias ? [spec('visual.conv1.bias', [vision.width], linearDefault(pixels))] : []),
    ...(vision.noLnPre ? [] : layerNormSpecs('visual.ln_pre', vision.width)),
    ...blockSpecs('visual.transformer.', vision),
    ...layerNormSpecs('visual.ln_post', vision.width),
    ...(vision.pool === 'map' ? attentionPoolSpecs('visual.attn_pool', vision) : []),
    ...blockSpecs('transformer.', text, {
      inProjection: text.width ** -0.5,
      outProjections: text.width ** -0.5 * (2 * text.layers) ** -0.5,
      hidden: (2 * text.width) ** -0.5,
    }),
    spec('token_embedding.weight', [text.vocabularySize, text.width], normal(0.02)),
    ...layerNormSpecs('ln_final', text.width),
  ]
}

/** The factor on cosines at which training with the sigmoid loss starts (SigLIP's paper, section 3.2). */
const sigmoidScale = 10

/** `[width, embedDim]`, or with a bias the weight and bias of a linear layer. */
function textProjectionSpecs(
  embedDim: number,
  { width, noProjection, projectionBias }: CLIPConfig['text'],
): ParameterSpec[] {
  if (noProjection) return []
  const initialize = normal(width ** -0.5)
  if (!projectionBias) return [{ name: 'text_projection', shape: [width, embedDim], initialize }]
  return [
    { name: 'text_projection.weight', shape: [embedDim, width], initialize },
    { name: 'text_projection.bias', shape: [embedDim], initialize: constant(0) },
  ]
}

/** SigLIP's attention pool: a learned query, attention, layer norm, MLP. */
function attentionPoolSpecs(pool: string, { width, mlpRatio }: CLIPConfig['vision']): ParameterSpec[] {
  return [
    { name: `${pool}.probe`, shape: [1, 1, width], initialize: normal(width ** -0.5) },
    ...attentionSpecs(`${pool}.attn`, width, xavier(width), linearDefault(width)),
    ...layerNormSpecs(`${pool}.ln`, width),
    ...mlpSpecs(`${pool}.mlp`, width, hiddenWidth(width, mlpRatio)),
  ]
}

/** A ratio that was inferred from shapes may be off by a rounding error. */
const hiddenWidth = (width: number, ratio: number) => Math.floor(width * ratio + 1e-6)

/** Xavier's initialisation of the joint weight of queries, keys and values. */
const xavier = (width: number) => uniform(Math.sqrt(6 / (4 * width)))

function attentionSpecs(
  name: string,
  width: number,
  inProjection: Initializer,
  outProjection: Initializer,
): ParameterSpec[] {
  return [
    { name: `${name}.in_proj_weight`, shape: [3 * width, width], initialize: inProjection },
    { name: `${name}.in_proj_bias`, shape: [3 * width], initialize: constant(0) },
    { name: `${name}.out_proj.weight`, shape: [width, width], initialize: outProjection },
    { name: `${name}.out_proj.bias`, shape: [width], initialize: constant(0) },
  ]
}

function mlpSpecs(
  name: string,
  width: number,
  hidden: number,
  into: Initializer = linearDefault(width),
  outOf: Initializer = linearDefault(hidden),
): ParameterSpec[] {
  return [
    { name: `${name}.c_fc.weight`, shape: [hidden, width], initialize: into },
    { name: `${name}.c_fc.bias`, shape: [hidden], initialize: linearDefault(width) },
    { name: `${name}.c_proj.weight`, shape: [width, hidden], initialize: outOf },
    { name: `${name}.c_proj.bias`, shape: [width], initialize: linearDefault(hidden) },
  ]
}

function blockSpecs(
  prefix: string,
  { width, layers, mlpRatio, layerScaleInit }: CLIPConfig['vision'] | CLIPConfig['text'],
  deviations?: BlockDeviations,
): ParameterSpec[] {
  const hidden = hiddenWidth(width, mlpRatio)
  const deviation = (value: number | undefined, otherwise: Initializer) =>
    value === undefined ? otherwise : normal(value)
  const inProjection = deviation(deviations?.inProjection, xavier(width))
  const outProjection = deviation(deviations?.outProjections, linearDefault(width))
  const into = deviation(deviations?.hidden, linearDefault(width))
  const outOf = deviation(deviations?.outProjections, linearDefault(hidden))
  const layerScale = (name: string) =>
    layerScaleInit === null ? [] : [{ name: `${name}.gamma`, shape: [width], initialize: constant(layerScaleInit) }]
  return Array.from({ length: layers }, (_, i) => `${prefix}resblocks.${i}`).flatMap((block) => [
    ...layerNormSpecs(`${block}.ln_1`, width),
    ...attentionSpecs(`${block}.attn`, width, inProjection, outProjection),
    ...layerScale(`${block}.ls_1`),
    ...layerNormSpecs(`${block}.ln_2`, width),
    ...mlpSpecs(`${block}.mlp`, width, hidden, into, outOf),
    ...layerScale(`${block}.ls_2`),
  ])
}
