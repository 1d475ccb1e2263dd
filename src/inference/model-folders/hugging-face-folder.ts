/** A folder that transformers' `CLIPModel.from_pretrained` and `CLIPProcessor.from_pretrained` load. */
import { openCLIPToHuggingFace, withoutHuggingFaceName } from '../../models/clip/to-hugging-face'
import { DreamLIPError } from '../../errors'
import type { Interpolation } from '../../images/resample/kernel'
import { toHuggingFaceConfig } from '../../models/config/to-hugging-face-config'
import { vocabularySize } from '../../tokenizer/vocabulary'
import type { Preprocessing } from '../images/preprocessing'
import { asJSON, refuseTensors, type FolderModel, type ModelFolder } from './model-folder'

/** @throws DreamLIPError `INVALID_CONFIG`, `CHECKPOINT_MISMATCH` for what CLIPModel cannot express, by name */
export async function huggingFaceFolder(model: FolderModel): Promise<ModelFolder> {
  const { config, preprocessing, names, dtype } = model
  const { contextLength, vocabularySize: tokens } = config.text
  const files = new Map([
    ['config.json', asJSON({ ...toHuggingFaceConfig(config), torch_dtype: dtype })],
    ['preprocessor_config.json', asJSON(preprocessorConfig(preprocessing, config.vision.imageSize))],
  ])
  refuseTensors(withoutHuggingFaceName(names), "Hugging Face's CLIPModel")
  // The package's vocabulary says nothing about a model with another one.
  if (tokens === vocabularySize) {
    const { tokenizerFiles } = await import('../../tokenizer/tokenizer-files')
    for (const [name, text] of await tokenizerFiles(contextLength)) files.set(name, text)
  }
  return { files, weights: 'model.safetensors', rename: openCLIPToHuggingFace }
}

/** Pillow's numbers. */
const resample: Readonly<Record<Interpolation, number>> = { nearest: 0, lanczos: 1, bilinear: 2, bicubic: 3 }

/** The `preprocessor_config.json` of a CLIPImageProcessor. @throws DreamLIPError `INVALID_CONFIG` for padded images */
function preprocessorConfig({ mean, std, resizeMode, interpolation }: Preprocessing, size: number): object {
  if (resizeMode === 'longest') {
    throw new DreamLIPError(
      'INVALID_CONFIG',
      "preprocessing.resizeMode: 'longest' (images are padded to a square) is not among the steps of Hugging Face's CLIPImageProcessor. " +
        "Convert the model to open_clip's form instead (to: 'open-clip').",
    )
  }
  const square = { height: size, width: size }
  return {
    image_processor_type: 'CLIPImageProcessor',
    processor_class: 'CLIPProcessor',
    do_convert_rgb: true,
    do_resize: true,
    size: resizeMode === 'squash' ? square : { shortest_edge: size },
    resample: resample[interpolation],
    do_center_crop: resizeMode === 'shortest',
    crop_size: square,
    do_rescale: true,
    rescale_factor: 1 / 255,
    do_normalize: true,
    image_mean: mean,
    image_std: std,
  }
}
