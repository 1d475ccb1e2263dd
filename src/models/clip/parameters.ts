/** The parameters of a CLIP model: names and shapes, as in PyTorch's `state_dict`, and initial values. */
import type { CLIPConfig } from '../config/clip-config'
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
export function clipParameters({ embedDim, vision, text }: CLIPConfig): ParameterSpec[] {
  const visionScale = vision.width ** -0.5
  const patches = Math.floor(vision.imageSize / vision.patchSize) ** 2
  const pixels = 3 * vision.patchSize ** 2
  const spec = (name: string, shape: number[], initialize: Initializer) => ({ name, shape, initialize })
  return [
    spec('positional_embedding', [text.contextLength, text.width], normal(0.01)),
    spec('text_projection', [text.width, embedDim], normal(text.width ** -0.5)),
    spec('logit_scale', [], constant(Math.log(1 / 0.07))),
    spec('visual.class_embedding', [vision.width], normal(visionScale)),
    spec('visual.positional_embedding', [1 + patches, vision.width], normal(visionScale)),
    spec('visual.proj', [vision.width, embedDim], normal(visionScale)),
    spec('visual.conv1.weight', [vision.width, 3, vision.patchSize, vision.patchSize], linearDefault(pixels)),
    ...(vision.noLnPre ? [] : layerNormSpecs('visual.ln_pre', vision.width)),
    ...blockSpecs('visual.transformer.', vision),
    ...layerNormSpecs('visual.ln_post', vision.width),
    ...blockSpecs('transformer.', text, {
      inProjection: text.width ** -0.5,
      outProjections: text.width ** -0.5 * (2 * text.layers) ** -0.5,
      hidden: (2 * text.width) ** -0.5,
    }),
    spec('token_embedding.weight', [text.vocabularySize, text.width], normal(0.02)),
    ...layerNormSpecs('ln_final', text.width),
  ]
}

function blockSpecs(
  prefix: string,
  { width, layers, mlpRatio, layerScaleInit }: CLIPConfig['vision'] | CLIPConfig['text'],
  deviations?: BlockDeviations,
): ParameterSpec[] {
  // A ratio that was inferred from shapes may be off by a rounding error.
  const hidden = Math.floor(width * mlpRatio + 1e-6)
  const deviation = (value: number | undefined, otherwise: Initializer) =>
    value === undefined ? otherwise : normal(value)
  const inProjection = deviation(deviations?.inProjection, uniform(Math.sqrt(6 / (4 * width)))) // Xavier's
  const outProjection = deviation(deviations?.outProjections, linearDefault(width))
  const layerScale = (name: string) =>
    layerScaleInit === null ? [] : [{ name: `${name}.gamma`, shape: [width], initialize: constant(layerScaleInit) }]
  return Array.from({ length: layers }, (_, i) => `${prefix}resblocks.${i}`).flatMap((block) => [
    ...layerNormSpecs(`${block}.ln_1`, width),
    { name: `${block}.attn.in_proj_weight`, shape: [3 * width, width], initialize: inProjection },
    { name: `${block}.attn.in_proj_bias`, shape: [3 * width], initialize: constant(0) },
    { name: `${block}.attn.out_proj.weight`, shape: [width, width], initialize: outProjection },
    { name: `${block}.attn.out_proj.bias`, shape: [width], initialize: constant(0) },
    ...layerScale(`${block}.ls_1`),
    ...layerNormSpecs(`${block}.ln_2`, width),
    {
      name: `${block}.mlp.c_fc.weight`,
      shape: [hidden, width],
      initialize: deviation(deviations?.hidden, linearDefault(width)),
    },
    { name: `${block}.mlp.c_fc.bias`, shape: [hidden], initialize: linearDefault(width) },
    {
      name: `${block}.mlp.c_proj.weight`,
      shape: [width, hidden],
      initialize: deviation(deviations?.outProjections, linearDefault(hidden)),
    },
    { name: `${block}.mlp.c_proj.bias`, shape: [width], initialize: linearDefault(hidden) },
    ...layerScale(`${block}.ls_2`),
  ])
}
