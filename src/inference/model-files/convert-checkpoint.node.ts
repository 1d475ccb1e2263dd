/** Rewrites a checkpoint of any layout as a file with open_clip's names that holds weights and config only. */
import type { ByteSourceInput } from '../../bytes/read/open-source'
import { checkCall, checkCallback, checkChoice, checkPath } from '../../check-arguments'
import { readCheckpoint, type ReadCheckpointOptions } from '../../checkpoint/read-checkpoint'
import type { HostTensor } from '../../checkpoint/tensor'
import { warn } from '../../warn'
import { toOpenCLIPConfig, type OpenCLIPConfig } from '../../models/config/config'
import type { Progress } from '../../progress'
import type { ModelDescription } from './find-architecture'
import { readParameters } from './read-parameters'
import { explainAssumptions, planModel, type ModelPlan } from './plan-model'
import { fileDtypes, type FileDtype } from '../options'
import { parametersAs } from './model-file'
import { saveModel } from './save-model'

export interface ConvertCheckpointOptions extends ReadCheckpointOptions {
  /** Type of the weights in the file. Default: each as it is in the checkpoint. */
  readonly dtype?: FileDtype
  /** What the model is, in any form that `DreamLIP.load` takes. Default: what the file, the files beside it, or the shapes tell. */
  readonly config?: ModelDescription
  /** What stands before the names of the CLIP to convert, where the file holds several. */
  readonly prefix?: string
  /** Called with the bytes of weights read so far. */
  readonly onProgress?: (progress: Progress) => void
  /** Called with what was guessed about the model; default: a warning of the process, or on the browser's console. */
  readonly onWarning?: (message: string) => void
}

/** What was written. */
export interface ConvertedCheckpoint {
  readonly config: OpenCLIPConfig
  /** Number of tensors, and the types that they have in the file. */
  readonly tensors: number
  readonly dtypes: readonly string[]
  /** What nothing told and was guessed about the model. */
  readonly assumptions: readonly string[]
}

/**
 * Writes a checkpoint anew, without optimizer state, under open_clip's names: as safetensors, or where the path ends in `.pt` or
 * `.pth` as a file for `torch.load(weights_only=True)`. Either remembers its config.
 * @throws DreamLIPError as `DreamLIP.load`; `WRITE_FAILED`; `TENSOR_INVALID` for values beyond the range of `dtype`
 */
export async function convertCheckpoint(
  input: ByteSourceInput,
  path: string,
  options: ConvertCheckpointOptions = {},
): Promise<ConvertedCheckpoint> {
  const { dtype, onWarning = warn, signal, headers, weights } = checkCall(options)
  checkPath('path', path)
  checkCallback('onWarning', onWarning)
  if (dtype !== undefined) checkChoice('dtype', dtype, fileDtypes)
  const checkpoint = await readCheckpoint(input, { weights, headers, signal })
  try {
    const plan = await planModel(checkpoint, options)
    const warning = explainAssumptions(plan)
    if (warning) onWarning(warning)
    const parameters = await readAs(plan, dtype, options)
    const denseUse = { ...plan.metadata, preprocessing: plan.preprocessing }
    await saveModel(path, { config: plan.config, parameters, denseUse }, signal)
    return {
      config: toOpenCLIPConfig(plan.config),
      tensors: parameters.size,
      dtypes: [...new Set([...parameters.values()].map((tensor) => tensor.dtype))],
      assumptions: plan.assumptions,
    }
  } finally {
    await checkpoint.close()
  }
}

/** All parameters in memory, to be written in the type asked for, or in that of the file. */
async function readAs(
  plan: ModelPlan,
  asked: FileDtype | undefined,
  { signal, onProgress }: ConvertCheckpointOptions,
): Promise<ReadonlyMap<string, HostTensor>> {
  const types = new Map(plan.tensors.map(({ name, dtype }) => [name, fileDtypes.find((known) => known === dtype)]))
  const parameters = new Map<string, HostTensor>()
  for await (const { name, data, shape, done, total } of readParameters(plan, signal)) {
    parameters.set(name, { data, shape, dtype: (asked ? undefined : types.get(name)) ?? 'float32' })
    onProgress?.({ stage: 'load', done, total })
  }
  return asked ? parametersAs(asked, parameters) : parameters
}
