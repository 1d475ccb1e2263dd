/** What a model runs on: parameters that a device holds, and functions of tensors made ready for it. */
import type { Tensor } from '@tensorflow/tfjs-core'
import type { Storage } from '../compile/storage'
import type { ShapedArray } from '../shaped-array'

/**
 * Devices by name. `auto` takes the first that works: in browsers WebGPU, WebGL, WASM, CPU; in Node CUDA, CPU, WASM. WebGPU in
 * Node is taken only when it is asked for.
 */
export type DeviceName = 'auto' | 'webgpu' | 'webgl' | 'cuda' | 'wasm' | 'cpu'

/** How model functions run: as one graph in ONNX Runtime, or op by op on a TensorFlow.js backend. */
export type RuntimeName = 'compiled' | 'eager'

/** The device that a model runs on, and why that one. */
export interface Device {
  readonly name: Exclude<DeviceName, 'auto'>
  readonly runtime: RuntimeName
  /** The package that computes, such as `onnxruntime-node` or `@tensorflow/tfjs-backend-wasm`. */
  readonly backend: string
  /** Why this one: that it was asked for, or what was tried before it and failed. */
  readonly reason: string
}

/** Which device, and how it is used. */
export interface RuntimeOptions {
  /** Default `auto`. */
  readonly device?: DeviceName
  /** Default: whichever is faster of those that work on the device. */
  readonly runtime?: RuntimeName
  /**
   * What the compiled runtime is tuned for. `start` (default): weights are shared by all graphs, held once and ready at once.
   * `throughput`: each graph gets weights of its own, laid out for its products; some percent faster for long runs.
   */
  readonly optimize?: 'start' | 'throughput'
}

/** Values and shape of a tensor on the host; bytes are bools. */
export type HostArray = ShapedArray<Float32Array | Int32Array | Uint8Array>

type Named<T> = Readonly<Record<string, T>>

/** Tensors that stay with the device between runs. */
export interface Parameters {
  readonly names: readonly string[]
  /** Puts values on the device; the array given may be kept. */
  set(name: string, values: HostArray, storage?: Storage): void
  /**
   * Copies the values as they are stored. Scalars are always on the host.
   * @throws DreamLIPError `READ_ASYNC` for anything but a scalar where the device has memory that can be read only asynchronously
   */
  read(name: string): Float32Array
  /** Copies the values without blocking, on every device. */
  readLater(name: string): Promise<Float32Array>
  shape(name: string): readonly number[]
  /** How it is held: eager runtimes hold everything in full. */
  storage(name: string): Storage
  dispose(): void
}

/** A function of inputs and parameters in tfjs operations. */
export type TensorFunction<Output extends string> = (
  inputs: Named<Tensor>,
  parameters: ReadonlyMap<string, Tensor>,
) => Record<Output, Tensor>

/** A function that also gives parameters new values, of the shapes that they have. */
export type UpdatingFunction<Output extends string> = (
  inputs: Named<Tensor>,
  parameters: ReadonlyMap<string, Tensor>,
) => { readonly outputs: Record<Output, Tensor>; readonly updates: ReadonlyMap<string, Tensor> }

/** A function that is ready to run on a device, for inputs of any shape. */
export interface Program<Output extends string> {
  run(inputs: Named<HostArray>): Promise<Record<Output, HostArray>>
  /** Frees what runs have prepared. */
  dispose(): void
}

/** Runs functions of tensors on one device. It knows no model. */
export interface Runtime {
  readonly device: Device
  /** Whether each new shape of inputs costs time: batches are better filled up to one of few sizes. */
  readonly prefersFewShapes: boolean
  createParameters(): Parameters
  prepare<Output extends string>(fn: TensorFunction<Output>, parameters?: Parameters): Program<Output>
  /**
   * Each run replaces the parameters that the function updates, where they are: their next values do not pass through JavaScript.
   * @param parameters sets whose names differ; an array that was given to `set` may be written to
   */
  prepareUpdate<Output extends string>(fn: UpdatingFunction<Output>, parameters: readonly Parameters[]): Program<Output>
}

/** The tfjs type of values. */
export function dtypeOf({ data }: Pick<HostArray, 'data'>): 'float32' | 'int32' | 'bool' {
  if (data instanceof Float32Array) return 'float32'
  return data instanceof Int32Array ? 'int32' : 'bool'
}
