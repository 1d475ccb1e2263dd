/** ONNX Runtime, and where and how it runs graphs. */
import type { InferenceSession, Tensor } from 'onnxruntime-common'

/** ONNX Runtime, as `onnxruntime-node` and `onnxruntime-web` export it. */
export interface OnnxRuntime {
  readonly InferenceSession: typeof InferenceSession
  readonly Tensor: typeof Tensor
}

/** Where and how ONNX Runtime runs graphs. */
export interface Provider {
  readonly ort: OnnxRuntime
  /** Its name among ONNX Runtime's execution providers. */
  readonly name: string
  readonly weights: WeightPlace
  /** Whether ONNX Runtime computes in the memory of the arrays that it is given, so that results can replace inputs there. */
  readonly writesOver: boolean
}

/**
 * Where sessions find weights. `host`: in memory that all of them share, which the provider reads at each run. `device`: in the
 * device's memory, sent there once and shared. `session`: in each session, in the order that suits its products; sessions start
 * slower and each holds a copy, and products run 5 to 15 percent faster.
 */
export type WeightPlace = 'host' | 'device' | 'session'
