/** The parameters of a model: names and shapes, as in PyTorch's `state_dict`, and initial values. */
import { checkObject, checkSeed } from '../../check-arguments'
import { checkConfig } from '../config/check-config'
import { parseConfig, type CLIPConfig, type OpenCLIPConfig } from '../config/config'
import { createRandom, type Random } from '../../random'
import { tokensBeforePatches } from '../layers/patch-grid'
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

function parameterSpecs({ embedDim, logitBiasInit, vision, text }: CLIPConfig): ParameterSpec[] {
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
function textProjectionSpecs(embedDim: number, { width, projectionBias }: CLIPConfig['text']): ParameterSpec[] {
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

function layerNormSpecs(name: string, width: number): ParameterSpec[] {
  return [
    { name: `${name}.weight`, shape: [width], initialize: constant(1) },
    { name: `${name}.bias`, shape: [width], initialize: constant(0) },
  ]
}
