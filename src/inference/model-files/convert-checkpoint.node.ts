/** Rewrites a checkpoint of any layout: as one file with open_clip's names, or as a folder for another program. */
import { dirname } from 'node:path'
import type { ByteSourceInput } from '../../bytes/read/open-source'
import { makeFolder } from '../../bytes/write/make-folder.node.ts'
import { checkCall, checkCallback, checkChoice, checkPath, checkStrings, wrongArgument } from '../../check-arguments'
import { readCheckpoint, type ReadCheckpointOptions } from '../../checkpoint/read-checkpoint'
import type { Checkpoint, HostTensor } from '../../checkpoint/tensor'
import { DreamLIPError } from '../../errors'
import { toOpenCLIPConfig, type OpenCLIPConfig } from '../../models/config/config'
import type { Progress } from '../../progress'
import type { ModelDescription } from './search-model'
import { readParameters } from './read-parameters'
import { writeMetadata } from './write-metadata'
import { optionalParameters, planModel, warnOfAssumptions, type ModelPlan } from './plan-model'
import { describeFolder } from '../model-folders/describe-folder'
import { folderForms, type FolderForm, type FolderModel } from '../model-folders/model-folder'
import { writeModelFolder } from '../model-folders/write-model-folder.node.ts'
import { checkFileDtype, fileDtypes, type FileDtype } from '../options'
import { parametersAs } from './model-file'
import { saveModel } from './save-model'

export interface ConvertCheckpointOptions extends ReadCheckpointOptions {
  /**
   * Write a folder for another program instead of one file: `hugging-face` for `CLIPModel.from_pretrained` and
   * `CLIPProcessor.from_pretrained` of transformers, `open-clip` for `open_clip.create_model('local-dir:FOLDER')`. Both are also read by
   * `DreamLIP.load`.
   */
  readonly to?: FolderForm
  /** Names of optional parameters to leave out: `visual.proj2`, `logit_scale_local`, `logit_bias`. Default: none. */
  readonly leaveOut?: readonly string[]
  /** Type of the weights in the file. Default: the types in the checkpoint; float32 for quantized weights. */
  readonly dtype?: FileDtype
  /** The model's config, in any form that `DreamLIP.load` takes. Default: from the file, the files next to it, or the shapes. */
  readonly config?: ModelDescription
  /** The prefix of the tensor names, for a file with several CLIP models. */
  readonly prefix?: string
  /** Maximum tokens per text; default: as in the checkpoint. Position embeddings are stretched as in `DreamLIP.load`. */
  readonly contextLength?: number
  /** Called as weights are read; counts bytes. */
  readonly onProgress?: (progress: Progress) => void
  /** Called with guesses about the model; default: a process warning. */
  readonly onWarning?: (message: string) => void
}

/** The result of `convertCheckpoint`. */
export interface ConvertedCheckpoint {
  readonly config: OpenCLIPConfig
  /** The paths of the files. */
  readonly files: readonly string[]
  /** Number of tensors written. */
  readonly tensors: number
  /** The types of the tensors in the file. */
  readonly dtypes: readonly string[]
  /** Guesses about the model. */
  readonly assumptions: readonly string[]
}

/**
 * Converts a checkpoint to a file with open_clip's names, without optimizer state: safetensors, or a file for
 * `torch.load(weights_only=True)` if the path ends in `.pt` or `.pth`. The file contains its config. The option `to` writes a
 * folder for another program instead. Folders are created if needed, once the checkpoint has been read. Values do not change,
 * unless `dtype` rounds them.
 * @throws DreamLIPError as `DreamLIP.load`; `WRITE_FAILED`; `TENSOR_INVALID` for values beyond the range of `dtype`; `INVALID_CONFIG`
 *   and `CHECKPOINT_MISMATCH` naming the parts that the other program cannot express
 */
export async function convertCheckpoint(
  input: ByteSourceInput,
  path: string,
  options: ConvertCheckpointOptions = {},
): Promise<ConvertedCheckpoint> {
  const { dtype, to, leaveOut = [], onWarning, signal, headers, hub, weights } = checkCall(options)
  checkPath('path', path)
  checkCallback('onWarning', onWarning)
  if (dtype !== undefined) checkFileDtype(dtype)
  if (to !== undefined) checkChoice('to', to, folderForms)
  checkStrings('leaveOut', leaveOut, 'an array of names')
  for (const name of leaveOut) checkChoice('leaveOut', name, optionalParameters)
  const checkpoint = await readCheckpoint(input, { weights, headers, hub, signal })
  try {
    const plan = withoutTensors(await planModel(checkpoint, options), leaveOut)
    warnOfAssumptions(plan, onWarning)
    const written = to
      ? await convertToFolder(path, plan, to, { ...options, readBeside: checkpoint.readBeside })
      : await convertToFile(path, plan, options)
    const { files, parameters } = written
    return {
      config: toOpenCLIPConfig(plan.config),
      files,
      tensors: parameters.size,
      dtypes: [...new Set([...parameters.values()].map((tensor) => tensor.dtype))],
      assumptions: plan.assumptions,
    }
  } finally {
    await checkpoint.close()
  }
}

type FolderOptions = ConvertCheckpointOptions & Pick<Checkpoint, 'readBeside'>

interface Written {
  readonly files: readonly string[]
  readonly parameters: ReadonlyMap<string, HostTensor>
}

/** @throws DreamLIPError `INVALID_ARGUMENT` for parameters that models of this family need */
function withoutTensors(plan: ModelPlan, names: readonly string[]): ModelPlan {
  const needed = names.find((name) => plan.shapes.has(name))
  if (needed) throw wrongArgument('leaveOut', 'parameters that the model does not need', needed)
  return { ...plan, tensors: plan.tensors.filter(({ name }) => !names.includes(name)) }
}

async function convertToFile(path: string, plan: ModelPlan, options: ConvertCheckpointOptions): Promise<Written> {
  const { parameters, quantized } = await readAs(plan, options)
  await makeFolder(dirname(path))
  await saveModel(path, { config: plan.config, parameters, quantized, denseUse: denseUseOf(plan) }, options.signal)
  return { files: [path], parameters }
}

async function convertToFolder(
  path: string,
  plan: ModelPlan,
  to: FolderForm,
  options: FolderOptions,
): Promise<Written> {
  // Refuses parts that the program cannot express before any weight is read.
  const folder = await describeFolder(to, folderModelOf(plan, options))
  const parameters = folder.rename((await readAs(plan, options)).parameters)
  const metadata = writeMetadata(plan.config, denseUseOf(plan))
  return { files: await writeModelFolder(path, folder, parameters, metadata, options.signal), parameters }
}

function denseUseOf({ metadata, preprocessing }: ModelPlan) {
  return { ...metadata, preprocessing }
}

/** @throws DreamLIPError `CHECKPOINT_MISMATCH` for half a model, `INVALID_ARGUMENT` for quantized weights */
function folderModelOf(plan: ModelPlan, { to, dtype, readBeside }: FolderOptions): FolderModel {
  const { file, missing, config, preprocessing, tensors } = plan
  if (dtype !== undefined) checkChoice(`dtype, with to: '${to}'`, dtype, floatTypes)
  if (missing) {
    throw new DreamLIPError(
      'CHECKPOINT_MISMATCH',
      `${file}: the ${missing.tower} tower is not in the file. The form '${to}' needs both towers: convert the whole model.`,
    )
  }
  const names = tensors.map(({ name }) => name)
  const held = tensors.find(({ name }) => name === 'visual.conv1.weight')?.dtype
  return { config, preprocessing, names, dtype: dtype ?? typeInFile(held), readBeside }
}

/** Types of weights that other programs read. */
const floatTypes = fileDtypes.filter((dtype) => dtype.includes('float'))

/** The output type for weights that have this type in the checkpoint. */
function typeInFile(dtype: string | undefined): 'float32' | 'float16' | 'bfloat16' {
  return dtype === 'float16' || dtype === 'bfloat16' ? dtype : 'float32'
}

/** All parameters in memory, with the requested type or that of the checkpoint. */
async function readAs(
  plan: ModelPlan,
  { dtype: asked, signal, onProgress }: ConvertCheckpointOptions,
): Promise<ReturnType<typeof parametersAs>> {
  const types = new Map(plan.tensors.map(({ name, dtype }) => [name, typeInFile(dtype)]))
  const parameters = new Map<string, HostTensor>()
  for await (const { name, values, shape, done, total } of readParameters(plan, () => undefined, signal)) {
    parameters.set(name, {
      data: values as Float32Array,
      shape,
      dtype: asked ? 'float32' : types.get(name)!,
    })
    onProgress?.({ stage: 'load', done, total })
  }
  return asked ? parametersAs(asked, parameters) : { parameters, quantized: false }
}
