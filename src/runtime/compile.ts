/** Compiles functions of tfjs operations into one graph: losses, heads and other user functions. */
import type { Tensor } from '@tensorflow/tfjs-core'
import { checkChoice, checkObject, show, wrongArgument } from '../check-arguments'
import { DreamLIPError } from '../errors'
import { checkOutputs } from './check-outputs'
import { chooseRuntime } from './device'
import type { Device, RuntimeOptions } from './runtime'
import type { ShapedArray } from '../shaped-array'
import type { HostArray } from './runtime'
import { elementCount, isShape } from '../shape'

/** An input: its shape, and its type (default `float32`). */
export interface TensorSpec {
  readonly shape: readonly number[]
  readonly dtype?: 'float32' | 'int32' | 'bool'
}

/** The values of an input, in row-major order, of the type in its spec (bools as 0 and 1). */
export type TensorValues = Float32Array | Int32Array | Uint8Array

/** A compiled function. It takes values and resolves to values. */
export interface CompiledFunction<Input extends string, Output extends string> {
  (
    inputs: Readonly<Record<Input, TensorValues | HostArray>>,
  ): Promise<Record<Output, ShapedArray<TensorValues, number[]>>>
  /** The device that it runs on, and why. */
  readonly device: Promise<Device>
  /** Frees its graphs when all current calls have ended. */
  dispose(): void
}

const arrays = { float32: Float32Array, int32: Int32Array, bool: Uint8Array }

/**
 * Compiles a function of tensors with fixed shapes into one graph for ONNX Runtime. At the first call, the function runs once, with
 * tensors that have shapes but no values. JavaScript's loops and conditions therefore work, as do tfjs's gradients (`grads`,
 * `valueAndGrads`), but not reading values (`dataSync`). If ONNX Runtime is not installed, or with `{ runtime: 'eager' }`, tfjs
 * calls the function with values each time.
 * @param fn takes the inputs by name and returns tensors by name
 * @param specs shape and type of each input
 * @param options `device` (default `auto`), `runtime`, `optimize`
 * @returns an async function of typed arrays that resolves to `{ data, shape }` by name; calls may overlap
 * @throws DreamLIPError `INVALID_ARGUMENT` for an invalid spec. Calls reject with `INVALID_ARGUMENT` if values do not match their spec
 *   or the function does not return tensors by name; with `NOT_RECORDABLE`, naming the line of `fn`, for ops that cannot be compiled,
 *   reads of values, variables and random numbers; and with `DEVICE_UNAVAILABLE`.
 * @example
 * const distance = compile(({ a, b }) => ({ d: tf.norm(tf.sub(a, b)) }), { a: { shape: [3] }, b: { shape: [3] } })
 * const { d } = await distance({ a: Float32Array.of(1, 2, 3), b: Float32Array.of(1, 0, 3) }) // d.data: [2]
 */
export function compile<Input extends string, Output extends string>(
  fn: (inputs: Record<Input, Tensor>) => Record<Output, Tensor>,
  specs: Readonly<Record<Input, TensorSpec>>,
  options: RuntimeOptions = {},
): CompiledFunction<Input, Output> {
  if (typeof fn !== 'function') throw wrongArgument('fn', 'a function of tensors by name', fn)
  checkObject('options', options)
  Object.entries<TensorSpec>(checkObject('specs', specs, 'shapes of tensors by name')).forEach(([name, spec]) =>
    checkSpec(name, spec),
  )
  const runtime = chooseRuntime(options)
  const device = runtime.then((chosen) => chosen.device)
  const program = Promise.all([runtime, import('./gradients')]).then(([chosen]) =>
    chosen.prepare((inputs: Record<Input, Tensor>) => checkOutputs<Output>(fn(inputs))),
  )
  // The call reports a missing device.
  for (const promise of [device, program]) promise.catch(() => undefined)
  const call = async (inputs: Readonly<Record<Input, TensorValues | HostArray>>) => {
    const fitting = fitInputs(inputs, specs)
    return (await program).run(fitting)
  }
  const dispose = () => void program.then((made) => made.dispose()).catch(() => undefined)
  return Object.assign(call, { device, dispose })
}

function checkSpec(name: string, spec: TensorSpec): void {
  const { shape, dtype = 'float32' } = checkObject(`specs.${name}`, spec, 'a shape and a type { shape, dtype }')
  checkChoice(`specs.${name}.dtype`, dtype, Object.keys(arrays))
  if (!isShape(shape)) {
    throw invalid(`specs.${name}.shape: expected whole numbers, such as [8, 512]; got ${show(shape)}.`)
  }
}

/** The values for every spec, with its shape. */
function fitInputs<Input extends string>(
  inputs: Readonly<Record<Input, TensorValues | HostArray>>,
  specs: Readonly<Record<Input, TensorSpec>>,
): Record<Input, HostArray> {
  const unknown = Object.keys(checkObject('inputs', inputs, 'values by name')).find(
    (name) => !Object.hasOwn(specs, name),
  )
  if (unknown !== undefined) {
    throw invalid(`inputs: expected ${Object.keys(specs).join(', ')}; got ${show(unknown)}.`)
  }
  const names = Object.keys(specs) as Input[]
  const entries = names.map((name) => [name, fitInput(name, inputs[name], specs[name])] as const)
  return Object.fromEntries(entries) as Record<Input, HostArray>
}

function fitInput(name: string, given: TensorValues | HostArray | undefined, spec: TensorSpec): HostArray {
  const { shape, dtype = 'float32' } = spec
  const count = elementCount(shape)
  const isTensor = typeof given === 'object' && given !== null && 'data' in given
  const data = isTensor ? given.data : given
  const ofShape: unknown = isTensor ? given.shape : shape
  const isOfShape =
    Array.isArray(ofShape) && ofShape.length === shape.length && shape.every((size, i) => size === ofShape[i])
  if (data instanceof arrays[dtype] && data.length === count && isOfShape) return { data, shape }
  const came = data === undefined ? 'nothing' : `${show(data)} in shape ${show(ofShape)}`
  throw invalid(
    `inputs.${name}: expected ${arrays[dtype].name} of ${count} in shape [${shape.join(', ')}]; got ${came}.`,
  )
}

function invalid(message: string): DreamLIPError {
  return new DreamLIPError('INVALID_ARGUMENT', message)
}
