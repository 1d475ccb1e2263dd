/** `dreamlip/evaluation`: benchmarks of a model. */
export {
  evaluateClassification,
  type ClassificationResult,
  type LabelledImage,
} from '../evaluation/classification/classification'
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
export {
  evaluateSegmentation,
  type MaskedImage,
  type SegmentationResult,
} from '../evaluation/segmentation/segmentation'
export { DreamLIPError, type ErrorCode } from '../errors'
