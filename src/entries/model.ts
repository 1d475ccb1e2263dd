/** `dreamlip/model`: the model itself, and the parameter and result types of its methods. */
export { DreamLIP } from '../dreamlip'
export type { ModelDtype } from '../inference/programs/storage'
export type { MatchScores } from '../inference/match/match'
export type { RankedImage } from '../inference/match/rank'
export type { HeatMap } from '../inference/dense/ground'
export type { Segmentation } from '../inference/dense/segment'
export type { DeviceTensor } from '../inference/device-tensor'
export {
  cosineSimilarity,
  row,
  rows,
  topK,
  type Embeddings,
  type EmbeddingsLike,
} from '../inference/embeddings/embeddings'
export type { EmbeddingKind, NamedEmbeddings } from '../inference/embedding-files/named-embeddings'
export { readEmbeddings, type ReadEmbeddingsOptions } from '../inference/embedding-files/read-embeddings'
export type { Hit } from '../inference/embeddings/best-hits'
export type { HiddenPatches, ImageEmbeddings, PatchEmbeddings, PatchTokens } from '../inference/images/embed-images'
export type { ImageError, OnImageError } from '../inference/images/image-errors'
export type { ExportedOutput, ModelPart } from '../inference/export/export-graph'
export type { ConfigSource, ModelDescription } from '../inference/model-files/search-model'
export {
  inspectCheckpoint,
  type InspectCheckpointOptions,
  type InspectedCheckpoint,
  type ParameterCounts,
} from '../inference/model-files/inspect-checkpoint'
export type { Preprocessing } from '../inference/images/preprocessing'
export type { ImageBatchInput, PixelBatch, PreprocessedBatch } from '../inference/images/image-list'
export type { Progress } from '../progress'
export type {
  ClassifyOptions,
  CreateOptions,
  DenseOptions,
  DeviceOptions,
  EncodeOptions,
  ExportOptions,
  ImageOptions,
  LoadOptions,
  ModelWorker,
  LayerOptions,
  MatchOptions,
  PatchOptions,
  PreloadOptions,
  RankOptions,
  SaveOptions,
  SegmentOptions,
  SimilarityOptions,
  TextOptions,
} from '../inference/options'
export { fileDtypes, longTextModes, type FileDtype, type LongTexts } from '../inference/options'
export type { FingerprintOptions } from '../inference/fingerprint'
export type { Deviation, SelfCheck, SelfCheckOptions } from '../inference/self-check'
export type { QueueOptions } from '../inference/queue/queue-options'
export type { TokenizerInput } from '../inference/texts/find-tokenizer'
export { imageNetTemplates, shortTemplates } from '../inference/zero-shot/templates'
export type { TextBatchInput, TextEmbeddings, TokenBatch, TruncatedText } from '../inference/texts/sequences'
export { buildZeroShotClassifier } from '../inference/zero-shot/build-zero-shot-classifier'
export type {
  Classification,
  ClassifierOptions,
  TextEmbedder,
  ZeroShotClassifier,
  ZeroShotClassifierLike,
} from '../inference/zero-shot/zero-shot'
export type { ShapedArray } from '../shaped-array'
export { DreamLIPError, type ErrorCode } from '../errors'
