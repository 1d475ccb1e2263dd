/** Tensors of checkpoints, in files and in memory. */
import type { ShapedArray } from '../shaped-array'

/** Element types in checkpoints. `float16` and `bfloat16` are widened to float32 (exactly) when read. */
export type CheckpointDtype =
  'float32' | 'float64' | 'float16' | 'bfloat16' | 'int64' | 'int32' | 'int16' | 'int8' | 'uint8' | 'bool'

/** Values of a tensor in row-major order. */
export type TensorData = Float32Array | Float64Array | BigInt64Array | Int32Array | Int16Array | Int8Array | Uint8Array

/** A tensor in memory. */
export interface HostTensor extends ShapedArray<TensorData> {
  readonly dtype: CheckpointDtype
}

/** A tensor in a file. */
export interface CheckpointTensor {
  readonly name: string
  readonly shape: number[]
  /** The type in the file. */
  readonly dtype: CheckpointDtype
  /** The offset of its bytes in the file. Reading tensors in this order reads the file from front to back. */
  readonly offset?: number
  /** Reads the values, contiguous and row-major, into new memory. Only the bytes of this tensor are read. */
  read(signal?: AbortSignal): Promise<TensorData>
}

/** The contents of a checkpoint. */
export interface Checkpoint {
  /** The model's tensors by their names in the file, without training prefixes such as `module.`. Optimizer state is left out. */
  readonly tensors: Map<string, CheckpointTensor>
  /** Other contents, as plain data: safetensors' `__metadata__`, or `epoch`, `name` … of a training checkpoint. */
  readonly metadata: Record<string, unknown>
  readonly format: 'safetensors' | 'pytorch-zip' | 'pytorch-legacy' | 'torchscript'
  /** The path or address of the file; for a folder, that of the chosen file. */
  readonly file?: string
  /** If a PyTorch file contains several sets of weights: the key of the chosen set, and the keys of the others. */
  readonly weights?: { readonly key: string; readonly otherKeys: readonly string[] }
  /** Reads a JSON file next to the weights; `undefined` if there is none. */
  readonly readBeside?: (file: string, signal?: AbortSignal, limit?: number) => Promise<unknown>
  /** Size of the file, or of all files of a sharded checkpoint. */
  readonly byteLength?: number
  /** How many bytes of tensors to read at the same time. Default: one tensor ahead. */
  readonly readAhead?: number
  /** Bytes read from the source so far. */
  readonly bytesRead: number
  /** Releases the source. Tensors can't be read afterwards. */
  close(): Promise<void>
}
