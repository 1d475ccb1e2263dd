/** Rewrites a checkpoint of any layout as a file with open_clip's names that contains only weights and config. */
import { dirname } from 'node:path'
import type { ByteSourceInput } from '../../bytes/read/open-source'
import { makeFolder } from '../../bytes/write/make-folder.node.ts'
import { checkCall, checkCallback, checkPath } from '../../check-arguments'
import { readCheckpoint, type ReadCheckpointOptions } from '../../checkpoint/read-checkpoint'
import type { HostTensor } from '../../checkpoint/tensor'
import { toOpenCLIPConfig, type OpenCLIPConfig } from '../../models/config/config'
import type { Progress } from '../../progress'
import type { ModelDescription } from './search-model'
import { readParameters } from './read-parameters'
import { planModel, warnOfAssumptions, type ModelPlan } from './plan-model'
import { checkFileDtype, fileDtypes, type FileDtype } from '../options'
import { parametersAs } from './model-file'
import { saveModel } from './save-model'

export interface ConvertCheckpointOptions extends ReadCheckpointOptions {
  /** Type of the weights in the file. Default: the types in the checkpoint. */
  readonly dtype?: FileDtype
  /** The model's config, in any form that `DreamLIP.load` takes. Default: from the file, the files next to it, or the shapes. */
  readonly config?: ModelDescription
  /** The prefix of the tensor names, for a file with several CLIP models. */
  readonly prefix?: string
  /** Called as weights are read; counts bytes. */
  readonly onProgress?: (progress: Progress) => void
  /** Called with the guesses about the model; default: a process warning. */
  readonly onWarning?: (message: string) => void
}

/** The result of `convertCheckpoint`. */
export interface ConvertedCheckpoint {
  readonly config: OpenCLIPConfig
  /** Number of tensors written. */
  readonly tensors: number
  /** The types of the tensors in the file. */
  readonly dtypes: readonly string[]
  /** What was guessed about the model. */
  readonly assumptions: readonly string[]
}

/**
 * Converts a checkpoint to a file with open_clip's names, without optimizer state: safetensors, or a file for
 * `torch.load(weights_only=True)` if the path ends in `.pt` or `.pth`. The file remembers its config. Its folder is created if needed,
 * once the checkpoint has been read.
 * @throws DreamLIPError as `DreamLIP.load`; `WRITE_FAILED`; `TENSOR_INVALID` for values beyond the range of `dtype`
 */
export async function convertCheckpoint(
  input: ByteSourceInput,
  path: string,
  options: ConvertCheckpointOptions = {},
): Promise<ConvertedCheckpoint> {
  const { dtype, onWarning, signal, headers, weights } = checkCall(options)
  checkPath('path', path)
  checkCallback('onWarning', onWarning)
  if (dtype !== undefined) checkFileDtype(dtype)
  const checkpoint = await readCheckpoint(input, { weights, headers, signal })
  try {
    const plan = await planModel(checkpoint, options)
    warnOfAssumptions(plan, onWarning)
    const { parameters, quantized } = await readAs(plan, dtype, options)
    const denseUse = { ...plan.metadata, preprocessing: plan.preprocessing }
    await makeFolder(dirname(path))
    await saveModel(path, { config: plan.config, parameters, quantized, denseUse }, signal)
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

/** All parameters in memory, with the requested type or that of the checkpoint. */
async function readAs(
  plan: ModelPlan,
  asked: FileDtype | undefined,
  { signal, onProgress }: ConvertCheckpointOptions,
): Promise<ReturnType<typeof parametersAs>> {
  const types = new Map(plan.tensors.map(({ name, dtype }) => [name, fileDtypes.find((known) => known === dtype)]))
  const parameters = new Map<string, HostTensor>()
  for await (const { name, values, shape, done, total } of readParameters(plan, () => undefined, signal)) {
    parameters.set(name, {
      data: values as Float32Array,
      shape,
      dtype: (asked ? undefined : types.get(name)) ?? 'float32',
    })
    onProgress?.({ stage: 'load', done, total })
  }
  return asked ? parametersAs(asked, parameters) : { parameters, quantized: false }
}
