/** ONNX Runtime, and its settings for running graphs. */
import type { Env, InferenceSession, Tensor } from 'onnxruntime-common'

/** ONNX Runtime, as `onnxruntime-node` and `onnxruntime-web` export it. */
export interface OnnxRuntime {
  readonly InferenceSession: typeof InferenceSession
  readonly Tensor: typeof Tensor
  readonly env: Env
}

/** Where and how ONNX Runtime runs graphs. */
export interface Provider {
  readonly ort: OnnxRuntime
  /** Its name among ONNX Runtime's execution providers. */
  readonly name: string
  readonly weights: WeightPlace
  /** Whether ONNX Runtime computes in the memory of its input arrays, so that results can replace inputs there. */
  readonly writesOver: boolean
  /** Whether sums of products of unsigned with signed 8-bit integers are clipped, as on x86 processors without VNNI. */
  readonly clips: boolean
  /** How many threads compute. Undefined: ONNX Runtime chooses. */
  readonly threads?: number
}

/**
 * Where the weights of sessions are. `host`: in memory that all sessions share, and the provider reads them at each run. `device`: in
 * the memory of the device, sent there once and shared. `session`: in each session, in the layout that suits its products. Sessions
 * then start slower and each has a copy, but products are 5 to 15 percent faster.
 */
export type WeightPlace = 'host' | 'device' | 'session'
