/** Runs functions of tfjs ops eagerly on tfjs's CPU backend and compiled in ONNX Runtime, and compares the results. */
import '../../../src/runtime/gradients'
import * as tf from '@tensorflow/tfjs-core'
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'
import { describe, expect, it } from 'vitest'
import { encodeModel } from '../../../src/compile/onnx'
import type { InputSpec } from '../../../src/compile/record/place-inputs'
import { record } from '../../../src/compile/record/recorder'
import type { Rules } from '../../../src/compile/kernels/parts/rule'
import { dtypeOf, type HostArray } from '../../../src/runtime/runtime'

type Outcome = tf.Tensor | tf.Tensor[]

/** One function of inputs named a, b, c, … */
export interface Case {
  readonly name: string
  readonly inputs: readonly HostArray[]
  readonly fn: (...inputs: tf.Tensor[]) => Outcome
  /** Set if tfjs has no gradient, or the gradient is NaN. */
  readonly noGradient?: boolean
  /** The largest allowed difference, relative to the larger of 1 and the value. */
  readonly tolerance?: number
}

/** A case; the last argument states its peculiarities. */
export function of(
  name: string,
  inputs: readonly HostArray[],
  fn: (...inputs: never[]) => Outcome,
  special: Pick<Case, 'noGradient' | 'tolerance'> = {},
): Case {
  return { name, inputs, fn: fn as Case['fn'], ...special }
}

/** Tests rules by cases: each runs forward, and backward if possible. All rules must be used. */
export function specify(title: string, rules: Rules, cases: readonly Case[]): void {
  describe(title, () => {
    const used = new Set<string>()
    it.each(cases)('give the values and gradients of tfjs: $name', async (one) => {
      const forward = named(one.fn)
      await compare(forward, one, used)
      if (isDifferentiable(one)) await compare(gradientsOf(one), one, used)
    })

    it('have a case for every rule', () => {
      expect(Object.keys(rules).filter((kernel) => !used.has(kernel))).toEqual([])
    })
  })
}

type Program = (inputs: Record<string, tf.Tensor>) => Record<string, tf.Tensor>

export function named(fn: Case['fn']): Program {
  return (inputs) =>
    Object.fromEntries([fn(...Object.values(inputs))].flat().map((output, i) => [`output ${i}`, output]))
}

function isDifferentiable({ inputs, noGradient }: Case): boolean {
  return !noGradient && inputs.some(({ data }) => data instanceof Float32Array)
}

/** The gradients of a weighted sum of all outputs with respect to the float inputs. */
export function gradientsOf({ fn }: Case): Program {
  return (inputs) => {
    const tensors = Object.values(inputs)
    const floats = tensors.filter(({ dtype }) => dtype === 'float32')
    const loss = (...given: tf.Tensor[]) => {
      const rest = [...given]
      const outputs = [fn(...tensors.map((tensor) => (tensor.dtype === 'float32' ? rest.shift()! : tensor)))].flat()
      const sums = outputs
        .filter(({ dtype }) => dtype === 'float32')
        .map((output) => tf.sum(tf.mul(output, weightsOf(output))))
      return tf.addN(sums) as tf.Scalar
    }
    const { value, grads } = tf.valueAndGrads(loss)(floats)
    return { value, ...Object.fromEntries(grads.map((gradient, i) => [`gradient ${i}`, gradient])) }
  }
}

/** Weights that differ for each element. */
function weightsOf({ shape, size }: tf.Tensor): tf.Tensor {
  return tf.tensor(
    Float32Array.from({ length: size }, (_, i) => 0.5 + ((i * 7) % 5) / 4),
    shape,
  )
}

/** @param used receives the names of the kernels that the function runs
 * @returns the results of the compiled function */
export async function compare(program: Program, { inputs, tolerance = 1e-5 }: Case, used = new Set<string>()) {
  const named = Object.fromEntries(inputs.map((input, i) => [String.fromCharCode(97 + i), input]))
  const expected = await runEagerly(program, named, used)
  const actual = await runCompiled(program, named)
  expect(Object.keys(actual)).toEqual(Object.keys(expected))
  for (const [name, { data, shape }] of Object.entries(expected)) {
    const found = actual[name]!
    expect([name, found.data.constructor.name, found.shape]).toEqual([name, data.constructor.name, shape])
    expect(firstDifference(found.data, data, tolerance), `${name}: ${found.data.join()} for ${data.join()}`).toBe(-1)
  }
  return actual
}

/** The first index at which two arrays differ, or -1. Bools are compared by truth: sums of tfjs's bools are stored unchanged. */
function firstDifference(actual: HostArray['data'], expected: HostArray['data'], tolerance: number): number {
  const close = (a: number, e: number) => {
    if (expected instanceof Uint8Array) return Boolean(a) === Boolean(e)
    if (expected instanceof Int32Array || !Number.isFinite(e)) return Object.is(a, e)
    return Math.abs(a - e) <= tolerance * Math.max(1, Math.abs(e))
  }
  if (actual.length !== expected.length) return Math.min(actual.length, expected.length)
  return [...expected].findIndex((e, i) => !close(actual[i]!, e))
}

async function runEagerly(program: Program, inputs: Record<string, HostArray>, used: Set<string>) {
  await tf.setBackend('cpu')
  Object.assign(tf.backend(), { firstUse: false }) // otherwise it would recommend another package
  const outputs: Record<string, HostArray> = {}
  const { kernelNames } = await tf.profile(() => {
    tf.tidy(() => {
      const tensors = Object.entries(inputs).map(
        ([name, array]) => [name, tf.tensor(array.data, [...array.shape], dtypeOf(array))] as const,
      )
      for (const [name, output] of Object.entries(program(Object.fromEntries(tensors)))) {
        outputs[name] = { data: valuesOf(output), shape: output.shape }
      }
    })
    return tf.scalar(0)
  })
  kernelNames.forEach((name) => used.add(name))
  return outputs
}

/** The values in the array of their type: tfjs's CPU backend casts integers to floats without converting their array. */
function valuesOf(tensor: tf.Tensor): HostArray['data'] {
  const values = tensor.dataSync<'float32' | 'int32'>()
  if (tensor.dtype === 'float32') return Float32Array.from(values)
  return tensor.dtype === 'int32' ? Int32Array.from(values) : Uint8Array.from(values)
}

/** Records the function as a graph of ONNX's own operators, and runs it. */
export async function runCompiled(program: Program, inputs: Record<string, HostArray>) {
  const specs = Object.entries(inputs).map(
    ([name, array]) => [name, { shape: array.shape, dtype: dtypeOf(array) } satisfies InputSpec] as const,
  )
  const graph = record(program, Object.fromEntries(specs), 'onnx')
  const session = await InferenceSession.create(encodeModel(graph), { logSeverityLevel: 3 })
  try {
    const feeds = graph.inputs.map(({ name, shape, type }) => {
      return [name, new OrtTensor(type as 'float32', inputs[name]!.data as Float32Array, [...shape])]
    })
    const results = await session.run(Object.fromEntries(feeds) as Record<string, OrtTensor>)
    const outputs = graph.outputs.map(({ name, shape }) => {
      expect(results[name]!.dims).toEqual(shape)
      return [name, { data: results[name]!.data, shape }]
    })
    return Object.fromEntries(outputs) as Record<string, HostArray>
  } finally {
    await session.release()
  }
}

/** Deterministic numbers between two bounds that look random. */
function spread(count: number, low: number, high: number): number[] {
  return Array.from(
    { length: count },
    (_, i) => low + (high - low) * ((Math.sin(i * 12.9898 + 4.1414) * 43758.5453) % 1) ** 2,
  )
}

const sizeOf = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1)

export function floats(shape: readonly number[], low = -2, high = 2): HostArray {
  return { data: Float32Array.from(spread(sizeOf(shape), low, high)), shape }
}

export function ints(shape: readonly number[], low = -4, high = 5): HostArray {
  return { data: Int32Array.from(spread(sizeOf(shape), low, high), Math.floor), shape }
}

export function bools(shape: readonly number[]): HostArray {
  return { data: Uint8Array.from(spread(sizeOf(shape), 0, 2), Math.floor), shape }
}

/** Values given one by one. */
export function exactly(data: HostArray['data'], shape: readonly number[] = [data.length]): HostArray {
  return { data, shape }
}
