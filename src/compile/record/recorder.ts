/** Records a function of tensors as a graph, with a tfjs backend whose kernels compute nothing and only record each call. */
import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu'
import {
  dispose,
  findBackendFactory,
  getBackend,
  getKernel,
  getKernelsForBackend,
  registerBackend,
  registerKernel,
  setBackend,
  Variable,
  tidy,
  type DataType,
  type KernelConfig,
  type NamedAttrMap,
  type NamedTensorInfoMap,
  type Tensor,
  type TensorInfo,
} from '@tensorflow/tfjs-core'
import { deactivateBackend, disposingNewVariables, silenceFirstUse, tensorFromInfo } from '../../ops/tfjs-internals'
import { createGraphBuilder, finish, type ElementType, type Graph, type Operand } from '../graph'
import { fusedRules } from '../kernels/fused/fused'
import { plainRules } from '../kernels/plain'
import type { Rule } from '../kernels/parts/rule'
import { standardRules } from '../kernels/fused/standard'
import { unsupportedKernels } from '../kernels/unsupported'
import { mapEntries, once, placeInputs, type InputSpec } from './place-inputs'
import { RecordingBackend, type Recording } from './recording-backend'
import { unrecordable } from '../unrecordable'
import { withoutChance } from './without-chance'

/** The operators that a graph may use: standard ONNX, also those of ONNX Runtime, or only the ones that are correct on WebGPU. */
export type Dialect = 'onnx' | 'onnxruntime' | 'onnxruntime-webgpu'

/** The dtypes that graphs support. tfjs also has strings and complex numbers. */
const recordable: readonly DataType[] = ['float32', 'int32', 'bool']

/**
 * Records `fn` by calling it once, with tensors that have shapes but no values.
 * @returns the graph of its results. Its inputs are the `inputs` on which the results depend
 * @throws DreamLIPError `NOT_RECORDABLE`, naming the line of `fn`, if it reads values or uses an op without a rule; errors of `fn`
 */
export function record(
  fn: (inputs: Record<string, Tensor>) => Record<string, Tensor>,
  inputs: Readonly<Record<string, InputSpec>>,
  dialect: Dialect,
): Graph {
  const backend = recordingBackend(dialect)
  if (backend.recording) throw unrecordable('another function is being recorded', 'Record one function at a time.')
  const builder = createGraphBuilder()
  const recording: Recording = { graph: builder, names: new Map() }
  const placed = placeInputs(builder, inputs)
  const before = getBackend()
  void setBackend(backend.name)
  backend.recording = recording
  try {
    const run = () => fn(mapEntries(placed.operands, (operand) => tensorOf(backend, operand)))
    return disposingNewVariables(() => {
      const results = withoutChance(() => tidy(run))
      try {
        const outputs = Object.entries(results).map(([name, tensor]) => ({ name, operand: operandOf(backend, tensor) }))
        return finish(builder, [...placed.inputs.values()], outputs)
      } finally {
        dispose(results)
      }
    })
  } finally {
    backend.recording = undefined
    activate(before)
  }
}

/** Makes a backend active again. If none was active, the first op chooses one as usual. */
function activate(backend: string | undefined): void {
  if (backend) void setBackend(backend)
  else deactivateBackend()
}

const backends = new Map<Dialect, RecordingBackend>()

/** A unique name, even with another copy of this package in the process: each copy's kernels work only with its own backend. */
function freeName(dialect: Dialect): string {
  const name = `dreamlip-${dialect}`
  let copy = 1
  while (findBackendFactory(copy === 1 ? name : `${name}-${copy}`)) copy++
  return copy === 1 ? name : `${name}-${copy}`
}

function recordingBackend(dialect: Dialect): RecordingBackend {
  const known = backends.get(dialect)
  if (known) return known
  const name = freeName(dialect)
  const backend = new RecordingBackend(name)
  registerBackend(name, () => backend, 0)
  const rules = rulesOf(dialect)
  for (const [kernelName, rule] of Object.entries(rules)) {
    registerKernel({ kernelName, backendName: name, kernelFunc: recording(backend, kernelName, rule) })
  }
  const others = [
    ...Object.keys(unsupportedKernels),
    ...getKernelsForBackend('cpu').map(({ kernelName }) => kernelName),
  ]
  for (const kernelName of new Set(others.filter((kernelName) => !(kernelName in rules)))) {
    registerKernel({ kernelName, backendName: name, kernelFunc: foldingOnly(backend, kernelName) })
  }
  backends.set(dialect, backend)
  return backend
}

function rulesOf(dialect: Dialect): Record<string, AnyRule> {
  if (dialect === 'onnx') return { ...plainRules, ...standardRules }
  const rules: Record<string, AnyRule> = { ...plainRules, ...fusedRules }
  // Its fused attention skips keys if there are many (microsoft/onnxruntime#28520). Attention composed of other ops is correct.
  if (dialect === 'onnxruntime-webgpu') delete rules.DreamLIPAttention
  // Blocks are for CPUs. A GPU computes a whole tensor at once, and does not support the loop over blocks.
  if (dialect === 'onnxruntime-webgpu') delete rules.DreamLIPGeluGradient
  return rules
}

/** The rule of a kernel, without the type of its attributes: tfjs passes those that it declares for the kernel. */
type AnyRule = Rule<never>

type KernelFunc = KernelConfig['kernelFunc']

/** A kernel that adds the operations of its rule to the graph. If all inputs are constants, it computes the result at once. */
function recording(backend: RecordingBackend, kernelName: string, rule: AnyRule): KernelFunc {
  return ({ inputs: given, attrs }) => {
    const inputs = present(given)
    const folded = fold(backend, kernelName, given, attrs ?? {})
    if (folded) return folded
    const operands = mapEntries(inputs, (tensor) => operandOf(backend, tensor))
    const outputs = rule(backend.recording!.graph, operands, (attrs ?? {}) as never)
    const infos = [outputs].flat().map((operand) => infoOf(backend, operand))
    return Array.isArray(outputs) ? infos : infos[0]!
  }
}

/** The inputs that were passed; tfjs also lists missing optional inputs. Variables are refused. */
function present(inputs: NamedTensorInfoMap): Record<string, TensorInfo> {
  const given = Object.entries(inputs).filter(
    (entry): entry is [string, TensorInfo] => entry[1] !== null && entry[1] !== undefined,
  )
  given.forEach(([, tensor]) => refuseVariable(tensor))
  return Object.fromEntries(given)
}

/** A kernel without a rule. It still works for constants. */
function foldingOnly(backend: RecordingBackend, kernelName: string): KernelFunc {
  return ({ inputs, attrs }) => {
    const folded = fold(backend, kernelName, inputs, attrs ?? {})
    if (folded) return folded
    throw unrecordable(
      `the op '${kernelName}' cannot be compiled: ${unsupportedKernels[kernelName] ?? 'it has no rule'}`,
      'Use other ops instead, compute it outside of the function and pass it in, or run with { runtime: "eager" }.',
    )
  }
}

/** tfjs's CPU backend, without its advice to install another one. */
const cpu = once(() => {
  const backend = new MathBackendCPU()
  silenceFirstUse(backend)
  return backend
})

/** Computes a kernel with tfjs's CPU backend if all inputs are constants. Otherwise undefined. */
function fold(
  backend: RecordingBackend,
  kernelName: string,
  inputs: NamedTensorInfoMap,
  attrs: NamedAttrMap,
): TensorInfo[] | TensorInfo | undefined {
  const kernel = getKernel(kernelName, 'cpu')
  if (!kernel) return undefined
  // Kernels with any number of inputs, such as Concat, take a list.
  const known = (Array.isArray(inputs) ? [] : {}) as Record<string, TensorInfo>
  for (const [name, { dataId, shape, dtype }] of Object.entries(present(inputs))) {
    const datum = backend.datum(dataId)
    if (!('values' in datum)) return undefined
    known[name] = cpu().makeTensorInfo(shape, dtype, datum.values)
  }
  const results = kernel.kernelFunc({ inputs: known, attrs, backend: cpu() })
  const infos = [results].flat().map(({ dataId, shape, dtype }) => ({
    dataId: backend.write(cpu().readSync(dataId), shape, dtype),
    shape,
    dtype,
  }))
  return Array.isArray(results) ? infos : infos[0]!
}

function refuseVariable(tensor: TensorInfo): void {
  if (!(tensor instanceof Variable)) return
  throw unrecordable(
    `the variable '${tensor.name}' was used`,
    'The graph would always use its present value: pass the value in as an input, and return the new one.',
  )
}

/** The value in the graph of a tensor that was passed to a kernel, or that the function returned. */
function operandOf(backend: RecordingBackend, tensor: TensorInfo): Operand {
  const { dataId, shape, dtype } = tensor
  refuseVariable(tensor)
  if (!recordable.includes(dtype)) {
    throw unrecordable(`a tensor of type ${dtype} was used`, `Use ${recordable.join(', ')}.`)
  }
  const datum = backend.datum(dataId)
  const recording = backend.recording
  if (!recording || ('recording' in datum && datum.recording !== recording)) {
    throw unrecordable('a tensor of another recording was used', 'Pass it in as an input.')
  }
  if ('operand' in datum) return datum.operand
  const { values } = datum
  const add = () => recording.graph.constant(dtype as ElementType, values as ArrayLike<number>, shape)
  const value = recording.names.get(datum) ?? once(add)
  recording.names.set(datum, value)
  return { value, shape, dtype }
}

function infoOf(backend: RecordingBackend, operand: Operand): TensorInfo {
  const dataId = backend.add({ refCount: 1, recording: backend.recording!, operand })
  return { dataId, shape: operand.shape, dtype: operand.dtype }
}

function tensorOf(backend: RecordingBackend, operand: Operand): Tensor {
  const { dataId, shape, dtype } = infoOf(backend, operand)
  return tensorFromInfo({ dataId, shape, dtype })
}
