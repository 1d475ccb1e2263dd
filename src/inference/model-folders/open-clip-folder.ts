/** A folder that open_clip loads with `local-dir:FOLDER`, or from the Hub. */
import type { HostTensor } from '../../checkpoint/tensor'
import { DreamLIPError } from '../../errors'
import { toOpenCLIPConfig, type CLIPConfig, type OpenCLIPConfig } from '../../models/config/config'
import type { Preprocessing } from '../images/preprocessing'
import { asJSON, refuseTensors, type FolderModel, type ModelFolder } from './model-folder'

/** Parameters that this package knows and open_clip does not. */
const unknown = ['visual.proj2', 'logit_scale_local']

/** @throws DreamLIPError `INVALID_CONFIG`, `CHECKPOINT_MISMATCH` naming the parts that open_clip cannot express */
export function openCLIPFolder(model: FolderModel): ModelFolder {
  const { config, preprocessing, names } = model
  refuseForeignTowers(config)
  const { vision_cfg, text_cfg, ...rest } = toOpenCLIPConfig(config)
  const model_cfg: OpenCLIPConfig = {
    ...rest,
    // Creates the parameter. Its value comes from the weights.
    ...(names.includes('logit_bias') && { init_logit_bias: rest.init_logit_bias ?? 0 }),
    vision_cfg: withExactRatio(vision_cfg),
    text_cfg: withExactRatio(text_cfg),
  }
  const preprocess_cfg = preprocessConfig(preprocessing, config.vision.imageSize)
  refuseTensors(
    names.filter((name) => unknown.includes(name)),
    'open_clip',
  )
  return {
    files: new Map([['open_clip_config.json', asJSON({ model_cfg, preprocess_cfg })]]),
    weights: 'open_clip_model.safetensors',
    rename: (parameters) => new Map([...parameters].map(([name, tensor]) => [name, asScalar(tensor)])),
  }
}

/** open_clip's own image tower has no such settings. It builds SigLIP's from timm. @throws DreamLIPError `INVALID_CONFIG` */
function refuseForeignTowers({ vision }: CLIPConfig): void {
  const { pool, noClassToken, patchBias, noProjection } = vision
  if (pool !== 'map' && !noClassToken && !patchBias && !noProjection) return
  throw new DreamLIPError(
    'INVALID_CONFIG',
    "config.vision: open_clip's own image tower has no attention pool, always has a class token and a projection, and no bias of its patch " +
      'convolution. It builds SigLIP from timm, in which form this package reads models, but does not write them.',
  )
}

/** open_clip rounds `width · mlp_ratio` down, and a ratio that was inferred from shapes may be off by a rounding error. */
function withExactRatio(tower: OpenCLIPConfig['vision_cfg']): OpenCLIPConfig['vision_cfg'] {
  const [width, ratio] = [tower.width as number, tower.mlp_ratio as number | undefined]
  if (ratio === undefined) return tower
  const hidden = Math.floor(width * ratio + 1e-6)
  return Math.floor(width * ratio) === hidden ? tower : { ...tower, mlp_ratio: (hidden + 0.5) / width }
}

/** open_clip's `PreprocessCfg`. @throws DreamLIPError `INVALID_CONFIG` for other interpolations */
function preprocessConfig({ mean, std, resizeMode, interpolation }: Preprocessing, size: number): object {
  if (interpolation !== 'bicubic' && interpolation !== 'bilinear') {
    throw new DreamLIPError(
      'INVALID_CONFIG',
      `preprocessing.interpolation: open_clip knows "bicubic" and "bilinear", not "${interpolation}". ` +
        "Convert the model to Hugging Face's form instead (to: 'hugging-face').",
    )
  }
  return { size, mode: 'RGB', mean, std, interpolation, resize_mode: resizeMode, fill_color: 0 }
}

/** Some programs save a scalar with the shape [1], which open_clip refuses. */
function asScalar(tensor: HostTensor): HostTensor {
  const { shape } = tensor
  return shape.length === 1 && shape[0] === 1 ? { ...tensor, shape: [] } : tensor
}
