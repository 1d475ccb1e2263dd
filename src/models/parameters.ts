/** The parameters of a model of any family: names and shapes, as in PyTorch's `state_dict`, and initial values. */
import { checkObject, checkSeed } from '../check-arguments'
import { createRandom } from '../random'
import { elementCount } from '../shape'
import { clipParameters } from './clip/parameters'
import { checkConfig } from './config/check-config'
import { parseConfig, type CLIPConfig, type OpenCLIPConfig } from './config/config'
import { familyModel } from './families'
import type { ParameterSpec } from './layers/initial-values'

/** Values of one parameter, row-major. */
export interface ParameterValues {
  readonly data: Float32Array
  readonly shape: number[]
  readonly dtype: 'float32'
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

function parameterSpecs(config: CLIPConfig): readonly ParameterSpec[] {
  return (familyModel(config)?.parameters ?? clipParameters)(config)
}
