/** Describes a checkpoint and its model without reading the weights. */
import { elementCount } from '../../shape'
import { readCheckpoint, type ReadCheckpointOptions } from '../../checkpoint/read-checkpoint'
import type { Checkpoint, CheckpointTensor } from '../../checkpoint/tensor'
import type { ByteSourceInput } from '../../bytes/read/open-source'
import { checkCall } from '../../check-arguments'
import { DreamLIPError, type ErrorCode } from '../../errors'
import { modelConfigs, toOpenCLIPConfig, type OpenCLIPConfig } from '../../models/config/config'
import type { ConfigSource, ModelDescription } from './search-model'
import { floatTensors, planModel } from './plan-model'

export interface InspectCheckpointOptions extends ReadCheckpointOptions {
  /** The model's config, in any form that `DreamLIP.load` takes. Default: from the file, the files next to it, or the shapes. */
  readonly config?: ModelDescription
  /** The prefix of the tensor names, for a file with several CLIP models. */
  readonly prefix?: string
}

/** The result of `inspectCheckpoint`. */
export interface InspectedCheckpoint extends Pick<
  Checkpoint,
  'format' | 'file' | 'byteLength' | 'bytesRead' | 'metadata'
> {
  /** In open_clip's form. Missing if the checkpoint is not a model. */
  readonly config?: OpenCLIPConfig
  /** The origin of the config: the option, the file itself, the files next to it, or the shapes of its tensors. */
  readonly configFrom?: ConfigSource
  /** open_clip's name for this config, such as `ViT-B-16`. */
  readonly name?: string
  /** Guesses about the model. */
  readonly assumptions?: readonly string[]
  /** The reason why the checkpoint is not a model. */
  readonly problem?: { readonly code: ErrorCode; readonly message: string }
  /** Numbers of floating-point parameters per tower. */
  readonly parameters: ParameterCounts
  readonly tensors: readonly Pick<CheckpointTensor, 'name' | 'shape' | 'dtype'>[]
}

export interface ParameterCounts {
  readonly total: number
  readonly vision: number
  readonly text: number
  /** Parameters outside both towers, such as `logit_scale`. */
  readonly other: number
}

/**
 * Describes a checkpoint: its format, tensors and metadata, and its model, or the reason why it is not a model. Weights are not read.
 * @throws DreamLIPError as `readCheckpoint`. A checkpoint without a CLIP model is not an error, but has a `problem`.
 */
export async function inspectCheckpoint(
  input: ByteSourceInput,
  options: InspectCheckpointOptions = {},
): Promise<InspectedCheckpoint> {
  const { config, prefix, ...reading } = checkCall(options)
  const checkpoint = await readCheckpoint(input, reading)
  try {
    const model = await describeModel(checkpoint, options)
    const { format, file, byteLength, bytesRead, metadata } = checkpoint
    return {
      ...{ format, file, byteLength, bytesRead },
      ...model,
      parameters: countParameters(model.problem ? checkpoint.tensors : await floatTensors(checkpoint)),
      metadata,
      tensors: [...checkpoint.tensors.values()].map(({ name, shape, dtype }) => ({ name, shape, dtype })),
    }
  } finally {
    await checkpoint.close()
  }
}

type ModelFacts = Pick<InspectedCheckpoint, 'config' | 'configFrom' | 'name' | 'assumptions' | 'problem'>

async function describeModel(checkpoint: Checkpoint, options: InspectCheckpointOptions): Promise<ModelFacts> {
  try {
    const plan = await planModel(checkpoint, options)
    const config = toOpenCLIPConfig(plan.config)
    return { config, configFrom: plan.configFrom, assumptions: plan.assumptions, name: nameOf(config) }
  } catch (error) {
    if (error instanceof DreamLIPError) return { problem: { code: error.code, message: error.message } }
    throw error
  }
}

function nameOf(config: OpenCLIPConfig): string | undefined {
  const sought = JSON.stringify(config)
  return Object.keys(modelConfigs).find((name) => JSON.stringify(toOpenCLIPConfig(modelConfigs[name]!)) === sought)
}

/** The prefixes of each tower's tensor names in the layouts of open_clip, OpenAI and Hugging Face. */
const visionNames = /(?:^|\.)(visual\.|vision_model\.|visual_projection\.)/
const textNames =
  /(?:^|\.)(text\.|text_model\.|text_projection|transformer\.|token_embedding\.|positional_embedding$|ln_final\.)/

function countParameters(tensors: Checkpoint['tensors']): ParameterCounts {
  const counts = { total: 0, vision: 0, text: 0, other: 0 }
  for (const [name, { shape, dtype }] of tensors) {
    if (!dtype.includes('float')) continue
    const tower = visionNames.test(name) ? 'vision' : textNames.test(name) ? 'text' : 'other'
    counts[tower] += elementCount(shape)
    counts.total += elementCount(shape)
  }
  return counts
}
