/** The parameters of a model: names and shapes, as in PyTorch's `state_dict`, and initial values. */
import { checkObject, checkSeed } from '../../check-arguments'
import { checkConfig } from '../config/check-config'
import { parseConfig, type CLIPConfig, type OpenCLIPConfig } from '../config/config'
import { createRandom, type Random } from '../../random'
import { elementCount } from '../../shape'

/** Values of one parameter, row-major. */
export interface ParameterValues {
  readonly data: Float32Array
  readonly shape: number[]
  readonly dtype: 'float32'
}

/** A parameter before it has values. `initialize` is the reference's initialisation. */
interface ParameterSpec {
  readonly name: string
  readonly shape: number[]
  readonly initialize: Initializer
}

/** Fills an array with initial values. */
type Initializer = (data: Float32Array, random: Random) => void

const constant = (value: number): Initializer => {
  return (data) => void data.fill(value)
}
const normal = (deviation: number): Initializer => {
  return (data, random) => {
    for (let i = 0; i < data.length; i++) data[i] = deviation * random.normal()
  }
}
/** Uniform in [-bound, bound). */
const uniform = (bound: number): Initializer => {
  return (data, random) => {
    for (let i = 0; i < data.length; i++) data[i] = bound * (2 * random.uniform() - 1)
  }
}
/** PyTorch's default for weights and biases of linear layers and convolutions, from the number of inputs per output. */
const linearDefault = (inputs: number) => uniform(inputs ** -0.5)

/** Standard deviations for the weights of a block where PyTorch's defaults are not used. */
interface BlockDeviations {
  readonly inProjection: number
  readonly outProjections: number
  readonly hidden: number
}

/** Names and shapes in the order of PyTorch's `state_dict`. @throws DreamLIPError `INVALID_CONFIG` */
export function parameterShapes(config: CLIPConfig): Map<string, number[]> {
  return new Map(parameterSpecs(checkConfig(config)).map(({ name, shape }) => [name, [...shape]]))
}

/**
 * Creates random parameters with the distributions of the reference (open_clip's `init_parameters`, and PyTorch's defaults).
 * The same seed gives the same values, but not the values that PyTorch draws from that seed.
 */
export function initializeParameters(config: CLIPConfig, seed: number): Map<string, ParameterValues> {
  checkSeed('seed', seed)
  const random = createRandom(seed)
  return new Map(
    parameterSpecs(config).map(({ name, shape, initialize }) => {
      const data = new Float32Array(elementCount(shape))
      initialize(data, random)
      return [name, { data, shape, dtype: 'float32' }]
    }),
  )
}

/**
 * Creates a model with random weights.
 * @param config a name (`ViT-B-16`), open_clip's JSON or a complete config
 * @throws DreamLIPError `INVALID_CONFIG` as `parseConfig` does
 */
export function createModel(
  config: string | OpenCLIPConfig | CLIPConfig,
  options: { seed?: number } = {},
): { config: CLIPConfig; parameters: Map<string, ParameterValues> } {
  const { seed = 0 } = checkObject('options', options)
  const parsed = parseConfig(config)
  return { config: parsed, parameters: initializeParameters(parsed, seed) }
}

function parameterSpecs({ embedDim, vision, text }: CLIPConfig): ParameterSpec[] {
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

function layerNormSpecs(name: string, width: number): ParameterSpec[] {
  return [
    { name: `${name}.weight`, shape: [width], initialize: constant(1) },
    { name: `${name}.bias`, shape: [width], initialize: constant(0) },
  ]
}
