/** A tensor of a checkpoint: its facts at once, its values when asked for. */
import type { ShapedArray } from '../shaped-array'

/** Element types that checkpoints hold. `float16` and `bfloat16` are widened to float32 (exactly) when read. */
export type CheckpointDtype =
  'float32' | 'float64' | 'float16' | 'bfloat16' | 'int64' | 'int32' | 'int16' | 'int8' | 'uint8' | 'bool'

/** Values of a tensor in row-major order. */
export type TensorData = Float32Array | Float64Array | BigInt64Array | Int32Array | Int16Array | Int8Array | Uint8Array

/** A tensor in memory. */
export interface HostTensor extends ShapedArray<TensorData> {
  readonly dtype: CheckpointDtype
}

/** A tensor that still lies in its file. */
export interface CheckpointTensor {
  readonly name: string
  readonly shape: readonly number[]
  /** The type in the file. */
  readonly dtype: CheckpointDtype
  /** Where its bytes start in the file: reading tensors in this order reads the file from front to back. */
  readonly offset?: number
  /** Reads the values: contiguous, row-major, in memory of their own; only the byte range that this tensor needs is read. */
  read(signal?: AbortSignal): Promise<TensorData>
}

/** What a checkpoint file holds. */
export interface Checkpoint {
  /** The model's tensors by the names in the file (training prefixes such as `module.` removed). Optimizer state is not among them. */
  readonly tensors: Map<string, CheckpointTensor>
  /** What else the file says: safetensors' `__metadata__`, or `epoch`, `name` … of a training checkpoint; plain data only. */
  readonly metadata: Record<string, unknown>
  readonly format: 'safetensors' | 'pytorch-zip' | 'pytorch-legacy' | 'torchscript'
  /** The path or address that was read: of a folder, the file that was chosen. */
  readonly file?: string
  /** Where a PyTorch file holds several sets of weights: the key of the one whose tensors these are, and the keys of the others. */
  readonly weights?: { readonly key: string; readonly otherKeys: readonly string[] }
  /** Reads a JSON file that lies beside the weights; `undefined` where there is none. */
  readonly readBeside?: (file: string, signal?: AbortSignal) => Promise<unknown>
  /** Size of the file, or of all files of a checkpoint in several. */
  readonly byteLength?: number
  /** Bytes read from the source so far. */
  readonly bytesRead: number
  /** Releases the source. Tensors can't be read afterwards. */
  close(): Promise<void>
}
