/** Writes a training checkpoint for open_clip's trainer. */
import { dirname } from 'node:path'
import { openByteSource, type ByteSourceInput } from '../../bytes/read/open-source'
import { makeFolder } from '../../bytes/write/make-folder.node.ts'
import { checkCall, checkPath, checkStrings, wrongArgument } from '../../check-arguments'
import { toFloat32 } from '../../checkpoint/dtype'
import type { HostTensor } from '../../checkpoint/tensor'
import type { PickleTensor } from '../../checkpoint/torch/pickle/values'
import { savePyTorch } from '../../checkpoint/torch/save-pytorch.node.ts'
import { torchTensor } from '../../checkpoint/torch/torch-tensor'
import { optimizerEntry } from './contents'
import { readTrainingFile, type Moments } from './training-file'

export interface ConvertTrainingOptions {
  /** Names of parameters to leave out, such as `logit_scale_local`, which open_clip's CLIP does not have. Default: none. */
  readonly leaveOut?: readonly string[]
  readonly signal?: AbortSignal
}

/** The result of `convertTrainingCheckpoint`. */
export interface ConvertedTraining {
  /** Finished epochs: the trainer continues with the next one. */
  readonly epoch: number
  /** Updates of the weights so far. */
  readonly updates: number
  /** The names of the parameters. */
  readonly parameters: readonly string[]
}

/**
 * Converts a training checkpoint of a run (`step-N.pt`) to one that open_clip's trainer resumes from, on one machine or under torchrun:
 * weights, AdamW's moments and settings, and the number of finished epochs. Only weights get the names of distributed training
 * (`module.…`), which the trainer expects there, and removes elsewhere. Checkpoints of open_clip are accepted too.
 * @throws DreamLIPError `CHECKPOINT_INVALID` for a file without an optimizer's state, `CHECKPOINT_MISMATCH` for another optimizer;
 *   `INVALID_ARGUMENT`; `WRITE_FAILED`; the signal's reason
 */
export async function convertTrainingCheckpoint(
  input: ByteSourceInput,
  path: string,
  options: ConvertTrainingOptions = {},
): Promise<ConvertedTraining> {
  const { leaveOut = [], signal } = checkCall(options)
  checkPath('path', path)
  checkStrings('leaveOut', leaveOut, 'an array of names')
  const bytes = await openByteSource(input, { signal })
  try {
    const { epoch, name, weights, groups, moments, updates, storages, ...settings } = await readTrainingFile(bytes)
    const unknown = leaveOut.find((each) => !weights.has(each))
    if (unknown !== undefined) throw wrongArgument('leaveOut', `names of parameters in ${bytes.name}`, unknown)
    const isKept = (each: string) => !leaveOut.includes(each)
    const read = async (of: string, tensor: PickleTensor): Promise<HostTensor> => {
      const data = toFloat32(await torchTensor(bytes.name, of, tensor, storages).read(signal))
      return { data, shape: tensor.shape, dtype: 'float32' }
    }
    const names = [...weights.keys()].filter(isKept)
    const values = new Map<string, HostTensor>()
    for (const of of names) values.set(`module.${of}`, await read(of, weights.get(of)!))
    const kept = new Map<string, Moments<HostTensor>>()
    for (const [of, { first, second }] of moments) {
      if (isKept(of)) kept.set(of, { first: await read(of, first), second: await read(of, second) })
    }
    const left = [groups[0].filter(isKept), groups[1].filter(isKept)] as const
    const optimizer = optimizerEntry(left, settings, updates, (of) => kept.get(of)!)
    await makeFolder(dirname(path))
    await savePyTorch(path, { epoch, name, state_dict: values, optimizer }, { signal })
    return { epoch, updates, parameters: names }
  } finally {
    await bytes.close()
  }
}
