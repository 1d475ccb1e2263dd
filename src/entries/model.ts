/** `dreamlip/model`: the model itself, and what its methods take and return. */
export { DreamLIP } from '../dreamlip'
export type { HeatMap, Segmentation } from '../inference/dense/dense'
export { cosineSimilarity, type Embeddings } from '../inference/embeddings'
export type { PatchTokens } from '../inference/encoder'
export type { ModelPart } from '../inference/export/export-graph'
export type { ConfigSource, ModelDescription } from '../inference/model-files/find-architecture'
export {
  inspectCheckpoint,
  type InspectCheckpointOptions,
  type InspectedCheckpoint,
  type ParameterCounts,
} from '../inference/model-files/inspect-checkpoint'
export type { FileDtype } from '../inference/model-files/save-model'
export type { Preprocessing } from '../inference/images/preprocessing'
export type { ImageBatchInput, PixelBatch, PreprocessedBatch } from '../inference/images/image-list'
export type { Progress } from '../inference/progress'
export type {
  ClassifyOptions,
  DenseOptions,
  DeviceOptions,
  EncodeOptions,
  ExportOptions,
  LoadOptions,
  PatchOptions,
  SaveOptions,
  SegmentOptions,
} from '../inference/options'
export type { Deviation, SelfCheck, SelfCheckOptions } from '../inference/self-check'
export { imageNetTemplates, shortTemplates } from '../inference/zero-shot/templates'
export type { TextBatchInput, TextEmbeddings, TokenBatch, TruncatedText } from '../inference/texts/sequences'
export { buildZeroShotClassifier, type Classification, type ZeroShotClassifier } from '../inference/zero-shot/zero-shot'
export { DreamLIPError, type ErrorCode } from '../errors'
