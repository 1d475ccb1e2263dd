/** A runtime: parameters on a device, and functions of tensors that are prepared for it. */
import type { Tensor } from '@tensorflow/tfjs-core'
import type { Storage } from '../compile/storage'
import type { Quantized } from '../quantization/quantized'
import type { ShapedArray } from '../shaped-array'

/**
 * The names of devices. `auto` uses the first that works: in browsers WebGPU, WebGL, WASM, CPU; in Node CUDA, CPU, WASM. In Node,
 * WebGPU is used only on request. In browsers, `auto` skips WebGPU and WebGL if they compute in software.
 */
export type DeviceName = 'auto' | 'webgpu' | 'webgl' | 'cuda' | 'wasm' | 'cpu'

/** How model functions run: as one graph in ONNX Runtime, or op by op on a TensorFlow.js backend. */
export type RuntimeName = 'compiled' | 'eager'

/** The device that a model runs on, and why. */
export interface Device {
  readonly name: Exclude<DeviceName, 'auto'>
  readonly runtime: RuntimeName
  /** The package that computes, such as `onnxruntime-node` or `@tensorflow/tfjs-backend-wasm`. */
  readonly backend: string
  /** Why this device was chosen, and which devices were tried before it and failed. */
  readonly reason: string
  /** How many workers compute. Undefined: the thread that loaded the model computes. */
  readonly workers?: number
}

/** The device, and how to use it. */
export interface RuntimeOptions {
  /** Default `auto`. */
  readonly device?: DeviceName
  /** Default: the faster one that works on the device. */
  readonly runtime?: RuntimeName
  /**
   * The tuning of the compiled runtime. `start` (default): all graphs share one copy of the weights, and the first run starts
   * sooner. `throughput`: each graph gets its own copy, in the layout that its products need. This is a few percent faster.
   */
  readonly optimize?: 'start' | 'throughput'
  /** How many threads ONNX Runtime uses in Node. Default: one per physical core, divided among workers. */
  readonly threads?: number
}

/** Values and shape of a tensor on the host; bytes are bools. */
export type HostArray = ShapedArray<Float32Array | Int32Array | Uint8Array>

/** Tensors that stay on the device between runs. */
export interface Parameters {
  readonly names: readonly string[]
  has(name: string): boolean
  /** Announces how a parameter will be stored, so that programs can be prepared before it has values. */
  expect(name: string, shape: readonly number[], storage: Storage): void
  /** Puts values on the device. It may keep the array. */
  set(name: string, values: HostArray, storage?: Storage): void
  /** Puts a quantized weight on the device. It may keep the arrays. Missing if the runtime computes only with floats. */
  setQuantized?(name: string, quantized: Quantized, shape: readonly number[]): void
  /**
   * Copies the values as they are stored. Scalars are always on the host.
   * @throws DreamLIPError `READ_ASYNC` for non-scalars if the device's memory can be read only asynchronously
   */
  read(name: string): Float32Array
  /** The integers and scales of a weight that is stored quantized, if possible without a copy; undefined for all others. */
  readQuantized(name: string): Quantized | undefined
  /** Copies the values without blocking, on every device. */
  readLater(name: string): Promise<Float32Array>
  shape(name: string): readonly number[]
  /** The stored type. Eager runtimes store everything as float32. */
  storage(name: string): Storage
  dispose(): void
}

/** A type with a tensor under each of its names, such as an interface. A function may leave out optional ones. */
export type TensorsByName<T> = { readonly [Name in keyof T]?: Tensor }

/** The values of tensors, by the same names. */
export type ArraysOf<T> = { readonly [Name in keyof T]: HostArray }

/** Values that a device has computed, by the names of the tensors. */
export type ResultsOf<T> = { readonly [Name in keyof T]: ShapedArray<HostArray['data'], number[]> }

/** Tensors by names that are known only at run time. */
export type AnyTensors = Readonly<Record<string, Tensor>>

/** A function of inputs and parameters, written in tfjs operations. */
export type TensorFunction<Input, Output> = (inputs: Input, parameters: ReadonlyMap<string, Tensor>) => Output

/** A function that also returns new values of parameters, in their shapes. */
export type UpdatingFunction<Input, Output> = TensorFunction<
  Input,
  { readonly outputs: Output; readonly updates: ReadonlyMap<string, Tensor> }
>

/** A function that is ready to run on a device, for inputs of any shape. */
export interface Program<Input, Output> {
  run(inputs: ArraysOf<Input>): Promise<ResultsOf<Output>>
  /**
   * Does the part of the first run for inputs of these shapes that needs no values of inputs or parameters, if any. Errors are
   * reported when the program runs.
   * @param inputs only their shapes and types matter
   */
  prepare(inputs: ArraysOf<Input>): Promise<void>
  /** Frees the memory allocated by runs. */
  dispose(): void
}

/** Runs functions of tensors on one device, independent of any model. */
export interface Runtime {
  readonly device: Device
  /** Whether each new input shape costs time. If so, batches should be padded to one of a few sizes. */
  readonly prefersFewShapes: boolean
  createParameters(): Parameters
  prepare<Output extends TensorsByName<Output>, Input extends TensorsByName<Input> = AnyTensors>(
    fn: TensorFunction<Input, Output>,
    parameters?: Parameters,
  ): Program<Input, Output>
  /**
   * Each run updates parameters in place: their new values do not pass through JavaScript.
   * @param parameters sets with distinct names; runs may write to arrays that were passed to `set`
   */
  prepareUpdate<Output extends TensorsByName<Output>, Input extends TensorsByName<Input> = AnyTensors>(
    fn: UpdatingFunction<Input, Output>,
    parameters: readonly Parameters[],
  ): Program<Input, Output>
}

/** A function that updates nothing. */
export function withoutUpdates<Input, Output>(fn: TensorFunction<Input, Output>): UpdatingFunction<Input, Output> {
  return (inputs, parameters) => ({ outputs: fn(inputs, parameters), updates: new Map() })
}

/** The tfjs type of values. */
export function dtypeOf({ data }: Pick<HostArray, 'data'>): 'float32' | 'int32' | 'bool' {
  if (data instanceof Float32Array) return 'float32'
  return data instanceof Int32Array ? 'int32' : 'bool'
}
