/** From a checkpoint to a model's config and parameters, one tensor at a time. */
import { bytesPerElement, toFloat32 } from '../checkpoint/dtype'
import { checkParameters, toOpenCLIPNames } from '../checkpoint/names'
import type { Checkpoint, CheckpointTensor } from '../checkpoint/tensor'
import { DreamLIPError } from '../errors'
import { inferConfig, parseConfig, type CLIPConfig, type OpenCLIPConfig } from '../models/config'
import { parameterShapes } from '../models/parameters'
import { resizePositionEmbedding } from '../models/position-embedding'
import { readMetadata, type ModelMetadata } from './metadata'

/** How far a long operation has come. */
export interface Progress {
  readonly stage: 'load' | 'images' | 'texts'
  /** Bytes when loading, else images or texts. */
  readonly done: number
  readonly total: number
}

/** A parameter on its way to a device. */
export interface LoadedParameter {
  readonly name: string
  readonly data: Float32Array
  readonly shape: readonly number[]
}

/** How many of the weights' bytes in the file have been read once this parameter is there. */
export interface LoadingStep extends LoadedParameter {
  readonly done: number
  readonly total: number
}

/** Parameters that a model can do without: the patch projection, the grouping loss's temperature, SigLIP's bias. */
const optionalParameters = ['visual.proj2', 'logit_scale_local', 'logit_bias']

/** Everything that the file says about the model before any weight is read. */
export interface ModelPlan {
  readonly config: CLIPConfig
  readonly metadata: ModelMetadata
  /** In the order in which they lie in the file. */
  readonly tensors: readonly CheckpointTensor[]
}

/**
 * Finds the config (given, or remembered in the file, or inferred from the tensors' shapes) and checks all tensors against it.
 * @throws DreamLIPError that lists every missing, unexpected and wrongly shaped tensor at once
 */
export function planModel(
  checkpoint: Checkpoint,
  { config: given, imageSize }: { config?: string | OpenCLIPConfig | CLIPConfig; imageSize?: number },
): ModelPlan {
  const { tensors, layout } = toOpenCLIPNames(checkpoint.tensors)
  const metadata = readMetadata(checkpoint.metadata)
  const shapes = new Map([...tensors].map(([name, tensor]) => [name, tensor.shape]))
  const stored =
    given !== undefined
      ? parseConfig(given)
      : (metadata.config ?? inferConfig(shapes, { quickGelu: layout === 'openai' || layout === 'huggingface' }))
  const inFile = atSizeOfFile(stored, shapes)
  checkParameters(tensors, parameterShapes(inFile), { optional: optionalParameters })
  return {
    config: withImageSize(stored, imageSize ?? stored.vision.imageSize),
    metadata,
    tensors: [...tensors.values()].sort((a, b) => (a.offset ?? 0) - (b.offset ?? 0)),
  }
}

/** Reads the planned tensors one after another as float32, positions resized to the model's image size. */
export async function* readParameters(plan: ModelPlan, signal?: AbortSignal): AsyncGenerator<LoadingStep> {
  const total = plan.tensors.reduce((sum, tensor) => sum + byteLength(tensor), 0)
  let done = 0
  for (const tensor of plan.tensors) {
    signal?.throwIfAborted()
    const data = toFloat32(await tensor.read(signal), tensor.dtype)
    done += byteLength(tensor)
    yield { ...fitPositions({ name: tensor.name, data, shape: tensor.shape }, plan.config), done, total }
  }
}

function byteLength({ shape, dtype }: CheckpointTensor): number {
  return shape.reduce((product, size) => product * size, bytesPerElement[dtype])
}

/** The grid of patches that an image of that size makes: `[rows, columns]`. */
export function patchGrid({ imageSize, patchSize }: CLIPConfig['vision']): [number, number] {
  const side = Math.floor(imageSize / patchSize)
  return [side, side]
}

/** A config can name another image size than the file's positions were trained at: the file is checked against its own. */
function atSizeOfFile(config: CLIPConfig, shapes: ReadonlyMap<string, readonly number[]>): CLIPConfig {
  const rows = shapes.get(positions)?.[0]
  const side = Math.sqrt((rows ?? 0) - 1)
  if (!Number.isInteger(side) || side < 1) return config
  return withImageSize(config, side * config.vision.patchSize)
}

const positions = 'visual.positional_embedding'

function withImageSize(config: CLIPConfig, imageSize: number): CLIPConfig {
  const { patchSize } = config.vision
  if (!Number.isInteger(imageSize) || imageSize < patchSize) {
    throw new DreamLIPError(
      'INVALID_ARGUMENT',
      `imageSize: expected a whole number of pixels, at least the patch size ${patchSize}; got ${imageSize}.`,
    )
  }
  return { ...config, vision: { ...config.vision, imageSize } }
}

function fitPositions(parameter: LoadedParameter, config: CLIPConfig): LoadedParameter {
  const [rows, width] = parameter.shape
  const grid = patchGrid(config.vision)
  if (parameter.name !== positions || rows === 1 + grid[0] * grid[1]) return parameter
  const side = Math.sqrt(rows! - 1)
  const data = resizePositionEmbedding(parameter.data, width!, [side, side], grid)
  return { name: positions, data, shape: [1 + grid[0] * grid[1], width!] }
}
