/** `dreamlip/models`: the towers as functions of named parameters. */
export { encodeImage, encodePatches, encodeText, projectPatches } from '../models/clip/clip'
export { modelConfigs, parseConfig, toOpenCLIPConfig } from '../models/config/config'
export type {
  CLIPConfig,
  ConfigInput,
  HuggingFaceConfig,
  InferConfigOptions,
  OpenCLIPConfig,
  OpenCLIPPackage,
  TensorShapes,
} from '../models/config/config'
export type { TextCleaning, TextConfig, VisionConfig } from '../models/config/config'
export { inferConfig } from '../models/infer-config'
export { createModel, parameterShapes, type ParameterValues } from '../models/parameters'
export type { ModelParameters } from '../models/layers/scope'
export { textTransformer } from '../models/layers/text-transformer'
export type { DenseAttention } from '../models/layers/dense-attention'
export { visionTransformer } from '../models/layers/vision-transformer'
export { createRandom, type Random } from '../random'
export { DreamLIPError, type ErrorCode } from '../errors'
