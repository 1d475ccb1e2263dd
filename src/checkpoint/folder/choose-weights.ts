/** Finds the file with the weights in a folder, by the names that the Hub, transformers, accelerate, open_clip and DeepSpeed use. */
import { DreamLIPError } from '../../errors'
import type { ByteSource } from '../../bytes/byte-source'
import { listNames } from '../names/list-names'
import type { Folder } from './folder'
import { isAnswer } from './open-folder'

/** Usual names, in order of preference. */
const weightFiles = [
  'model.safetensors',
  'model.safetensors.index.json',
  'open_clip_model.safetensors',
  'pytorch_model.safetensors',
  'pytorch_model.bin',
  'pytorch_model.bin.index.json',
  'open_clip_pytorch_model.bin',
  'pytorch_model_fsdp.bin',
  'mp_rank_00_model_states.pt',
  'pytorch_model/mp_rank_00_model_states.pt',
]

/** Other names of files that may contain weights, and names among them that never do. */
const mayBeWeights = /\.(?:safetensors|bin|pt|pth|ckpt)$/i
const neverWeights = /optim|sched|scaler|random_states|rng_state|training_args|zero_pp_rank/i

/** A file of weights, opened. */
export interface ChosenFile {
  readonly file: string
  readonly source: ByteSource
}

/**
 * Opens the weights of a folder.
 * @throws DreamLIPError `SOURCE_UNREADABLE` if there are none, or several without a usual name
 */
export async function chooseWeights(folder: Folder, signal?: AbortSignal): Promise<ChosenFile> {
  let refusal: Error | undefined
  for (const file of weightFiles) {
    const source = await folder.open(file, signal).catch((error: unknown) => {
      // Buckets without permission to list files respond with 403 for missing files.
      if (!isAnswer(error, [401, 403])) throw error
      refusal ??= error as Error
    })
    if (source) return { file, source }
  }
  if (refusal) throw refusal
  const tag = await deepSpeedTag(folder, signal)
  if (tag) return tag
  const files = await folder.list()
  const candidates = (files ?? []).filter((file) => mayBeWeights.test(file) && !neverWeights.test(file)).sort()
  const only = candidates.length === 1 ? await folder.open(candidates[0]!, signal) : undefined
  if (only) return { file: candidates[0]!, source: only }
  throw new DreamLIPError('SOURCE_UNREADABLE', `${folder.name}: ${problem(files, candidates)}.`)
}

function problem(files: readonly string[] | undefined, candidates: readonly string[]): string {
  if (candidates.length > 1) return `it contains several checkpoints: ${listNames(candidates)}. Pass the path of one`
  const foreign = files?.find((file) => /\.(?:distcp|msgpack|h5|onnx|gguf|tflite|pb|mlmodel)$/i.test(file))
  if (foreign?.endsWith('.distcp')) {
    return 'it is a distributed checkpoint of PyTorch (.distcp). Convert it: python -m torch.distributed.checkpoint.format_utils dcp_to_torch FOLDER weights.pt'
  }
  if (foreign) return `it contains ${foreign}, but no PyTorch weights. Save the weights with save_pretrained(folder)`
  const held = files === undefined ? '' : `; it contains ${listNames([...files].sort()) || 'no files'}`
  return `expected a folder with one of ${weightFiles.slice(0, 7).join(', ')}${held}`
}

/** DeepSpeed's folders contain a file `latest` with the name of the latest step's folder. */
async function deepSpeedTag(folder: Folder, signal?: AbortSignal): Promise<ChosenFile | undefined> {
  const latest = await folder.open('latest', signal)
  if (!latest) return undefined
  try {
    if (latest.byteLength > 200) return undefined
    const tag = new TextDecoder().decode(await latest.read(0, latest.byteLength, signal)).trim()
    if (!/^[\w-][\w.-]*$/.test(tag)) return undefined
    const file = `${tag}/mp_rank_00_model_states.pt`
    const source = await folder.open(file, signal)
    return source && { file, source }
  } finally {
    await latest.close()
  }
}
