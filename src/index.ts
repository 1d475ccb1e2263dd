/** The public API of every platform. `index.node.ts` adds what only Node has. */
export { DreamLIP } from './dreamlip'
export { DreamLIPError, type ErrorCode } from './errors'
export type { Progress } from './progress'
export type { ShapedArray } from './shaped-array'
export { compile, type CompiledFunction, type TensorSpec, type TensorValues } from './runtime/compile'
export type { Storage as ModelDtype } from './compile/storage'
export type { Device, DeviceName, HostArray, RuntimeName, RuntimeOptions } from './runtime/runtime'

export type { HeatMap } from './inference/dense/ground'
export type { Segmentation } from './inference/dense/segment'
export type { DeviceTensor } from './inference/device-tensor'
export { cosineSimilarity, type Embeddings } from './inference/embeddings'
export type { PatchEmbeddings, PatchTokens } from './inference/images/embed-images'
export type { ModelPart } from './inference/export/export-graph'
export type { ConfigSource, ModelDescription } from './inference/model-files/find-architecture'
export {
  inspectCheckpoint,
  type InspectCheckpointOptions,
  type InspectedCheckpoint,
  type ParameterCounts,
} from './inference/model-files/inspect-checkpoint'
export type { Preprocessing } from './inference/images/preprocessing'
export type { ImageBatchInput, PixelBatch, PreprocessedBatch } from './inference/images/image-list'
export type {
  ClassifyOptions,
  CreateOptions,
  DenseOptions,
  DeviceOptions,
  EncodeOptions,
  FileDtype,
  ExportOptions,
  LoadOptions,
  PatchOptions,
  SaveOptions,
  SegmentOptions,
} from './inference/options'
export type { Deviation, SelfCheck, SelfCheckOptions } from './inference/self-check'
export { imageNetTemplates, shortTemplates } from './inference/zero-shot/templates'
export type { TextBatchInput, TextEmbeddings, TokenBatch, TruncatedText } from './inference/texts/sequences'
export {
  buildZeroShotClassifier,
  type Classification,
  type ClassifierOptions,
  type TextEmbedder,
  type ZeroShotClassifier,
} from './inference/zero-shot/zero-shot'

export { contrastiveLoss, type ContrastiveLossOptions } from './losses/contrastive'
export { distillationLoss, type DistillationLossOptions } from './losses/distillation'
export type { GroupingNormalization } from './losses/parts/group-patches'
export { multiPositiveLoss, type MultiPositiveLossOptions } from './losses/multi-positive'
export { multiPositiveCircleLoss, type MultiPositiveCircleLossOptions } from './losses/multi-positive-circle'
export type { PairedFeatures, PairOptions } from './losses/parts/pair-inputs'
export { sigmoidLoss, type SigmoidLossOptions } from './losses/sigmoid'
export { subcaptionPatchLoss, type SubcaptionPatchLossOptions } from './losses/subcaption-patch'

export type { ColumnNames, ColumnRole } from './data/readers/records/columns'
export { writeShards } from '#data/write-shards'
export { LongCaptionDataset, type ReadingsOptions } from './data/dataset'
export type { Loader } from './data/loader/loader'
export type { DataPosition, SkippedSample, TrainingBatch } from './data/loader/training-batch'
export type { LoaderOptions } from './data/loader/options'
export type { DataLayout, OpenRecordsOptions } from './data/readers/open-records'
export { captionNames, type Caption, type CaptionName, type CaptionRecord } from './data/record'
export type { Problem, Reading, SkipReason } from './data/shard'
export { describeDataset, type DatasetStatistics, type Histogram, type StatisticsOptions } from './data/statistics'
export { splitCaption, type SplitRule } from './data/sampling/split-caption'
export type { WriteShards, WriteShardsOptions, WrittenShards } from './data/write-shards'
export { SubcaptionSampler, type SubcaptionSamplerOptions } from './data/sampling/subcaption-sampler'
export { Tokenizer, type TokenizerOptions, type TokenizedBatch } from './tokenizer/tokenizer'

export type { Augmentation } from './images/augment/augment'
export type { RandAugment } from './images/augment/rand-augment'
export { decodeImage } from '#images/decode'
export { isImageProblem } from './images/decode/image-problem'
export { heatColor, hexColor, type Color } from './drawing/color-map'
export { drawHeatMap, valueRange, type DrawHeatMapOptions, type PixelMap, type ValueRange } from './drawing/heat-map'
export { drawSegmentation, segmentationLegend, type LabelMap, type LegendEntry } from './drawing/segmentation'
export { encodePNG } from './drawing/encode-png'
export { drawHistogram } from './drawing/histogram'
export { preprocessImage, resizeAndCrop } from './images/preprocess/preprocess'
export type { PreprocessedImage, PreprocessOptions, ResizeMode } from './images/preprocess/preprocess'
export type { DecodeOptions } from './images/decode/encoded-image'
export type { ImageInput, RawImage } from './images/raw-image'

export type { ByteSource } from './bytes/byte-source'
export { toFloat32 } from './checkpoint/dtype'
export { toOpenCLIPNames, type CLIPChoice, type NamedCLIP, type NameLayout, type Tower } from './checkpoint/names/names'
export { npyBytes, npyChunks } from './checkpoint/npy'
export type { ByteSourceInput } from './bytes/read/open-source'
export { readCheckpoint, type ReadCheckpointOptions } from './checkpoint/read-checkpoint'
export { releasedCheckpoints, type ReleasedCheckpoint } from './checkpoint/released/released-checkpoints'
export { safetensorsBlob, type NamedTensors } from './checkpoint/safetensors/safetensors-writer'
export { pyTorchBlob, type CheckpointState } from './checkpoint/torch/torch-writer'
export type { Checkpoint, CheckpointDtype, CheckpointTensor, HostTensor, TensorData } from './checkpoint/tensor'

export { encodeImage, encodePatches, encodeText, projectPatches } from './models/clip/clip'
export { inferConfig, modelConfigs, parseConfig, toOpenCLIPConfig } from './models/config/config'
export type {
  CLIPConfig,
  ConfigInput,
  HuggingFaceConfig,
  InferConfigOptions,
  OpenCLIPConfig,
  OpenCLIPPackage,
  TensorShapes,
} from './models/config/config'
export type { TextConfig, VisionConfig } from './models/config/config'
export { createModel, parameterShapes, type ParameterValues } from './models/clip/parameters'
export type { ModelParameters } from './models/layers/scope'
export { textTransformer } from './models/layers/text-transformer'
export { visionTransformer, type DenseAttention } from './models/layers/vision-transformer'
export { createRandom, type Random } from './random'

export { evaluateClassification, type ClassificationResult, type LabelledImage } from './evaluation/classification'
export type { Recall } from './evaluation/recall'
export {
  evaluateRetrieval,
  type RetrievalOptions,
  type RetrievalResult,
  type RetrievalSample,
} from './evaluation/retrieval'
export { evaluateSegmentation, type MaskedImage, type SegmentationResult } from './evaluation/segmentation'

export type { Logger } from './training/log/logger'
export { progressLine } from './training/log/progress-line'
export type { StepReport } from './training/log/step-report'
export { defaultAdamW, type AdamWOptions } from './training/optimizer/adamw-scalars'
export type { Freezing } from './training/optimizer/freezing'
export { createSchedule, type Schedule, type ScheduleOptions } from './training/optimizer/schedule'
export type { Features } from './training/step/features'
export { dreamLIPLoss, type LossOptions, type PatchLossOptions, type TrainingLoss } from './training/step/loss'
export type { OptimizerOptions } from './training/trainer-options'
export type { TrainingData } from './training/training-data'
export { Trainer, type FitOptions, type FitResult, type TrainerOptions } from './training/trainer'
