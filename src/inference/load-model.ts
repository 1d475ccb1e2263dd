/** From a checkpoint to a model's config and parameters, one tensor at a time. */
import { tensorBytes, toFloat32 } from '../checkpoint/dtype'
import { checkParameters, toOpenCLIPNames } from '../checkpoint/names/names'
import type { Checkpoint, CheckpointTensor, TensorData } from '../checkpoint/tensor'
import { restoreTokenTable } from '../checkpoint/token-table'
import { checkWhole } from '../check-arguments'
import { inferConfig, parseConfig, type CLIPConfig, type OpenCLIPConfig } from '../models/config'
import { parameterShapes } from '../models/parameters'
import { resizePositionEmbedding, resizeTextPositionEmbedding } from '../models/position-embedding'
import { vocabularySize } from '../tokenizer/vocabulary'
import { checkWeights } from './finite'
import { readMetadata, type ModelMetadata } from './metadata'

/** How far a long operation has come. */
export interface Progress {
  readonly stage: 'load' | 'images' | 'texts' | 'export' | 'check'
  /** Bytes of weights when loading, exporting or checking, else images or texts. */
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
  const { tensors: named, layout } = toOpenCLIPNames(checkpoint.tensors)
  const metadata = readMetadata(checkpoint.metadata)
  const known = given !== undefined ? parseConfig(given) : metadata.config
  // A pruned table does not tell how large the whole one was.
  const tensors = restoreTokenTable(named, known?.text.vocabularySize ?? vocabularySize)
  const shapes = new Map([...tensors].map(([name, tensor]) => [name, tensor.shape]))
  const stored = known ?? inferConfig(shapes, { quickGelu: layout === 'openai' || layout === 'huggingface' })
  const inFile = atSizeOfFile(stored, shapes)
  checkParameters(tensors, parameterShapes(inFile), { optional: optionalParameters })
  return {
    config: withImageSize(stored, imageSize ?? stored.vision.imageSize),
    metadata,
    tensors: [...tensors.values()].sort((a, b) => (a.offset ?? 0) - (b.offset ?? 0)),
  }
}

/**
 * Reads the planned tensors one after another as float32, positions resized to the model's image size and context length.
 * @throws DreamLIPError `TENSOR_INVALID` for a tensor that holds NaN or infinite values
 */
export async function* readParameters(plan: ModelPlan, signal?: AbortSignal): AsyncGenerator<LoadingStep> {
  const shapes = parameterShapes(plan.config)
  const total = plan.tensors.reduce((sum, tensor) => sum + tensorBytes(tensor), 0)
  let done = 0
  let reading = startReading(plan.tensors[0], signal)
  for (const [i, tensor] of plan.tensors.entries()) {
    signal?.throwIfAborted()
    const { name } = tensor
    const data = toFloat32((await reading)!)
    // The next one is read while this one is checked and placed, which costs no time then.
    reading = startReading(plan.tensors[i + 1], signal)
    checkWeights(name, data)
    const shape = shapes.get(name) ?? tensor.shape
    done += tensorBytes(tensor)
    yield { name, data: fitPositions(name, data, shape, plan.config), shape, done, total }
  }
}

/** A caller may stop before it takes this tensor: its failure is then nobody's. */
function startReading(tensor: CheckpointTensor | undefined, signal?: AbortSignal): Promise<TensorData> | undefined {
  const reading = tensor?.read(signal)
  reading?.catch(() => undefined)
  return reading
}

/** The grid of patches that an image of that size makes: `[rows, columns]`. */
export function patchGrid({ imageSize, patchSize }: CLIPConfig['vision']): [number, number] {
  const side = Math.floor(imageSize / patchSize)
  return [side, side]
}

const visionPositions = 'visual.positional_embedding'
const textPositions = 'positional_embedding'

/** A config can name another image size or context than the file's positions were trained at: the file is checked against its own. */
function atSizeOfFile(config: CLIPConfig, shapes: ReadonlyMap<string, readonly number[]>): CLIPConfig {
  const side = Math.sqrt((shapes.get(visionPositions)?.[0] ?? 0) - 1)
  const contextLength = shapes.get(textPositions)?.[0] || config.text.contextLength
  const sized = Number.isInteger(side) && side >= 1 ? withImageSize(config, side * config.vision.patchSize) : config
  return { ...sized, text: { ...config.text, contextLength } }
}

/** Attention over the patches of larger images fits no memory. */
const largestImageSize = 8192

function withImageSize(config: CLIPConfig, imageSize: number): CLIPConfig {
  const { patchSize } = config.vision
  checkWhole('imageSize', imageSize, patchSize, largestImageSize)
  return { ...config, vision: { ...config.vision, imageSize } }
}

/** Positions resized to the wanted shape where the file's are of another; every other parameter as it is. */
function fitPositions(name: string, data: Float32Array, shape: readonly number[], config: CLIPConfig): Float32Array {
  const [rows, width] = shape as [number, number]
  if (data.length === rows * width) return data
  if (name === textPositions) return resizeTextPositionEmbedding(data, width, data.length / width, rows)
  if (name !== visionPositions) return data
  const side = Math.sqrt(data.length / width - 1)
  return resizePositionEmbedding(data, width, [side, side], patchGrid(config.vision))
}
