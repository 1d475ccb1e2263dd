/** A folder that `from_pretrained` of transformers' CLIPModel and CLIPProcessor, or SiglipModel and SiglipProcessor, load. */
import {
  clipModelNames,
  openCLIPToHuggingFace,
  siglipModelNames,
  withoutHuggingFaceName,
  type TheirNames,
} from '../../models/hugging-face/to-hugging-face'
import type { HostTensor } from '../../checkpoint/tensor'
import { DreamLIPError } from '../../errors'
import type { Interpolation } from '../../images/resample/kernel'
import {
  huggingFaceClass,
  toHuggingFaceConfig,
  type HuggingFaceClass,
} from '../../models/hugging-face/to-hugging-face-config'
import { vocabularySize } from '../../tokenizer/ids'
import { largestTokenizer } from '../texts/find-tokenizer'
import type { Preprocessing } from '../images/preprocessing'
import { asJSON, refuseTensors, type FolderModel, type ModelFolder } from './model-folder'

/** @throws DreamLIPError `INVALID_CONFIG`, `CHECKPOINT_MISMATCH` naming the parts that transformers' class cannot express */
export async function huggingFaceFolder(model: FolderModel): Promise<ModelFolder> {
  const { config, preprocessing, names, dtype } = model
  const modelClass = huggingFaceClass(config)
  const theirs = modelClass === 'SiglipModel' ? siglipModelNames : clipModelNames
  const files = new Map([
    ['config.json', asJSON({ ...toHuggingFaceConfig(config), torch_dtype: dtype })],
    ['preprocessor_config.json', asJSON(preprocessorConfig(preprocessing, config.vision.imageSize, modelClass))],
  ])
  refuseTensors(withoutHuggingFaceName(names, theirs), `Hugging Face's ${modelClass}`)
  for (const [name, text] of await filesOfTokenizer(model)) files.set(name, text)
  return { files, weights: 'model.safetensors', rename: (parameters) => renamed(parameters, theirs) }
}

function renamed(parameters: ReadonlyMap<string, HostTensor>, theirs: TheirNames): Map<string, HostTensor> {
  const tensors = openCLIPToHuggingFace(parameters, theirs)
  if (theirs !== siglipModelNames) return tensors
  // SiglipModel has vectors of one value here, and transformers refuses scalars.
  for (const name of ['logit_scale', 'logit_bias']) {
    const tensor = tensors.get(name)
    if (tensor) tensors.set(name, withShape(tensor, [1]))
  }
  return tensors
}

function withShape(tensor: HostTensor, shape: readonly number[]): HostTensor {
  return {
    shape,
    dtype: tensor.dtype,
    get data() {
      return tensor.data
    },
  }
}

const tokenizerNames = ['tokenizer.json', 'tokenizer_config.json', 'special_tokens_map.json']

/** CLIP's tokenizer for a model with CLIP's vocabulary; for any other model, the files next to the checkpoint, if there are any. */
async function filesOfTokenizer({ config, readBeside }: FolderModel): Promise<Map<string, string>> {
  const { contextLength, vocabularySize: tokens } = config.text
  if (tokens === vocabularySize) {
    const { tokenizerFiles } = await import('../../tokenizer/tokenizer-files')
    return tokenizerFiles(contextLength)
  }
  const files = new Map<string, string>()
  for (const name of tokenizerNames) {
    const value = await readBeside?.(name, undefined, largestTokenizer)
    if (value !== undefined) files.set(name, JSON.stringify(value))
  }
  return files
}

/** Pillow's codes for resampling filters. */
const resample: Readonly<Record<Interpolation, number>> = { nearest: 0, lanczos: 1, bilinear: 2, bicubic: 3 }

/** A `preprocessor_config.json`. @throws DreamLIPError `INVALID_CONFIG` for padded images */
function preprocessorConfig(
  { mean, std, resizeMode, interpolation }: Preprocessing,
  size: number,
  modelClass: HuggingFaceClass,
): object {
  if (resizeMode === 'longest') {
    throw new DreamLIPError(
      'INVALID_CONFIG',
      "preprocessing.resizeMode: 'longest' (images are padded to a square) is not among the steps of Hugging Face's image processors. " +
        "Convert the model to open_clip's form instead (to: 'open-clip').",
    )
  }
  const square = { height: size, width: size }
  const isCropped = resizeMode === 'shortest'
  return {
    // SigLIP's processor crops nothing.
    image_processor_type: modelClass === 'SiglipModel' && !isCropped ? 'SiglipImageProcessor' : 'CLIPImageProcessor',
    processor_class: modelClass === 'SiglipModel' ? 'SiglipProcessor' : 'CLIPProcessor',
    do_convert_rgb: true,
    do_resize: true,
    size: isCropped ? { shortest_edge: size } : square,
    resample: resample[interpolation],
    do_center_crop: isCropped,
    ...(isCropped && { crop_size: square }),
    do_rescale: true,
    rescale_factor: 1 / 255,
    do_normalize: true,
    image_mean: mean,
    image_std: std,
  }
}
