/** `dreamlip/evaluation`: benchmarks of a model. */
export type {
  CaptionedImage,
  Choice,
  ChoiceSet,
  ClassificationSet,
  ClassifiedImage,
  DataProblem,
  DataSet,
  DataSetOf,
  Mask,
  NamedImage,
  Phrase,
  PhraseImage,
  PointingSet,
  RetrievalSet,
  SegmentationProtocol,
  SegmentationSet,
  SegmentedImage,
} from '../evaluation/datasets/data-set'
export type { BenchmarkReport } from '../evaluation/benchmark/report'
export { benchmarkPage, type BenchmarkPageOptions } from '../evaluation/report/page'
export { parseReport } from '../evaluation/report/parse-report'
export { publishedResults, type PublishedResult } from '../evaluation/report/published'
export { benchmarkTable, type TableFormat } from '../evaluation/report/table'
export { embedImages, type EmbeddedImages, type EmbedImagesOptions } from '../evaluation/features/embed-images'
export { pointSet } from '../evaluation/pointing/point-set'
export { segmentSet } from '../evaluation/segmentation/segment-set'
export type { TaskOptions } from '../evaluation/task/options'
export type {
  ClassFigure,
  Confusion,
  Curve,
  Details,
  Figures,
  HardExample,
  Json,
  ResultTable,
  TaskResult,
} from '../evaluation/task/result'
export { chooseSet } from '../evaluation/choice/choose-set'
export {
  evaluateClassification,
  type ClassificationResult,
  type LabelledImage,
} from '../evaluation/classification/classification'
export { classifySet } from '../evaluation/classification/classify-set'
export {
  linearProbe,
  type LabelledEmbeddings,
  type LinearProbeOptions,
  type LinearProbeResult,
  type LinearProbeRun,
} from '../evaluation/probe/linear-probe'
export type { ProbeOptions } from '../evaluation/probe/probe-choices'
export { probeSet, type ProbeSetOptions } from '../evaluation/probe/probe-set'
export {
  heldOutRetrieval,
  retrievalValues,
  type HeldOutOptions,
  type HeldOutRetrieval,
  type RetrievalName,
} from '../evaluation/retrieval/held-out-retrieval'
export type { Recall } from '../evaluation/retrieval/recall'
export {
  evaluateRetrieval,
  type RetrievalEvaluation,
  type RetrievalOptions,
  type RetrievalResult,
  type RetrievalSample,
} from '../evaluation/retrieval/retrieval'
export { readingReport } from '../evaluation/retrieval/reading-report'
export { retrieveSet } from '../evaluation/retrieval/retrieve-set'
export {
  evaluateSegmentation,
  type MaskedImage,
  type SegmentationResult,
} from '../evaluation/segmentation/segmentation'
export { DreamLIPError, type ErrorCode } from '../errors'
