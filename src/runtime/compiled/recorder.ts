/** Records a function of tensors as a graph: a tfjs backend whose kernels compute nothing and write down what was asked. */
import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu'
import {
  DataStorage,
  dispose,
  engine,
  getBackend,
  getKernel,
  getKernelsForBackend,
  KernelBackend,
  registerBackend,
  registerKernel,
  setBackend,
  tidy,
  type BackendValues,
  type DataType,
  type KernelConfig,
  type NamedAttrMap,
  type NamedTensorInfoMap,
  type Tensor,
  type TensorInfo,
} from '@tensorflow/tfjs-core'
import { DreamLIPError } from '../../errors'
import type { Storage } from '../runtime'
import { callerLine } from './caller'
import {
  createGraphBuilder,
  finish,
  type ElementType,
  type Graph,
  type GraphBuilder,
  type GraphInput,
  type Operand,
  type ParameterPart,
} from './graph'
import { fusedRules } from './kernels/fused'
import { plainRules } from './kernels/plain'
import type { Rule, Rules } from './kernels/rule'
import { standardRules } from './kernels/standard'

/** Which operators a graph may use: ONNX's own, or also those that ONNX Runtime adds, or those of them that WebGPU gets right. */
export type Dialect = 'onnx' | 'onnxruntime' | 'onnxruntime-webgpu'

/** An input of the function that is recorded. */
export interface InputSpec {
  readonly shape: readonly number[]
  readonly dtype: 'float32' | 'int32' | 'bool'
  /** Set for parameters: how their values are held. */
  readonly storage?: Storage
  /** Set where the graph is given values of a type that tfjs lacks; the function sees `dtype`. */
  readonly given?: 'int64'
}

/** What the recorder knows of a tensor's values: all of them, or where in the graph they come from. */
type Datum = { refCount: number } & (
  { readonly values: BackendValues } | { readonly recording: Recording; readonly operand: Operand }
)

/** One function being recorded. */
interface Recording {
  readonly graph: GraphBuilder
  /** Constants that already stand in the graph. */
  readonly names: Map<Datum, () => string>
}

/** The dtypes that a graph can compute with; tfjs also has strings and complex numbers. */
const recordable: readonly DataType[] = ['float32', 'int32', 'bool']

/** The file that this code runs from. */
const home =
  /((?:file:\/\/|https?:\/\/|\/|[A-Za-z]:\\)[^()\s]+?):\d+:\d+\)?\s*$/m.exec(new Error().stack ?? '')?.[1] ?? ''

class RecordingBackend extends KernelBackend {
  recording: Recording | undefined
  private readonly data = new DataStorage<Datum>(this, engine())

  override write(values: BackendValues, _shape: number[], _dtype: DataType) {
    return this.add({ refCount: 1, values })
  }

  override move(dataId: object, values: BackendValues, _shape: number[], _dtype: DataType, refCount: number) {
    this.data.set(dataId, { refCount, values })
  }

  override readSync(dataId: object): BackendValues {
    const datum = this.data.get(dataId)
    if ('values' in datum) return datum.values
    throw unrecordable(
      'the values of a tensor were read (data, dataSync, array, print)',
      'Values exist only when the compiled function runs: return the tensor, and read it from the result.',
    )
  }

  override async read(dataId: object): Promise<BackendValues> {
    return this.readSync(dataId)
  }

  override disposeData(dataId: object, force = false): boolean {
    if (!this.data.has(dataId)) return true
    const datum = this.data.get(dataId)
    datum.refCount--
    if (!force && datum.refCount > 0) return false
    this.data.delete(dataId)
    return true
  }

  override incRef(dataId: object) {
    this.data.get(dataId).refCount++
  }

  override refCount(dataId: object): number {
    return this.data.has(dataId) ? this.data.get(dataId).refCount : 0
  }

  override numDataIds(): number {
    return this.data.numDataIds()
  }

  override memory() {
    return { unreliable: true }
  }

  override floatPrecision(): 32 {
    return 32
  }

  override epsilon(): number {
    return 1e-7
  }

  override timerAvailable(): boolean {
    return false
  }

  datum(dataId: object): Datum {
    return this.data.get(dataId)
  }

  add(datum: Datum): object {
    const dataId = {}
    this.data.set(dataId, datum)
    return dataId
  }
}

/**
 * Records `fn`: it is called once, with tensors that have shapes but no values.
 * @returns the graph of what it returns; its inputs are those of `inputs` that the outputs depend on
 * @throws DreamLIPError `NOT_RECORDABLE`, naming the line of `fn`, when it reads values or uses an op that has no rule;
 *   whatever `fn` itself throws
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
  void setBackend(backendName(dialect))
  backend.recording = recording
  try {
    const results = tidy(() => fn(mapEntries(placed.operands, (operand) => tensorOf(backend, operand))))
    const outputs = Object.entries(results).map(([name, tensor]) => ({ name, operand: operandOf(backend, tensor) }))
    dispose(results)
    return finish(builder, [...placed.inputs.values()], outputs)
  } finally {
    backend.recording = undefined
    if (before) void setBackend(before)
  }
}

/** Graph inputs, and the operands that `fn` gets. */
function placeInputs(graph: GraphBuilder, specs: Readonly<Record<string, InputSpec>>) {
  const inputs = new Map<string, GraphInput>()
  const operands = mapEntries(specs, ({ shape, dtype, storage, given }, name): Operand => {
    if (storage) return weightOperand(graph, inputs, name, shape, storage, [0, shape[0] ?? 1])
    inputs.set(name, { name, type: given ?? dtype, shape })
    const value = given ? once(() => graph.node('Cast', [name], { to: { type: dtype } })) : () => name
    return { value, shape: [...shape], dtype }
  })
  return { inputs, operands }
}

/** Rows of a parameter. Values that are stored in another type are converted where they are first used. */
function weightOperand(
  graph: GraphBuilder,
  inputs: Map<string, GraphInput>,
  of: string,
  shape: readonly number[],
  storage: Storage,
  rows: readonly [number, number],
): Operand {
  const [from, to] = rows
  const rest = shape.slice(1)
  const isWhole = shape.length === 0 || to - from === shape[0]
  const place = (array: ParameterPart['array'], type: ElementType, partShape: readonly number[]) => {
    const name = `${of}${isWhole ? '' : `[${from}:${to}]`}${array === 'scales' ? '.scales' : ''}`
    inputs.set(name, { name, type, shape: partShape, parameter: { of, array, rows } })
    return name
  }
  const partShape = shape.length === 0 ? [] : [to - from, ...rest]
  const quantized = () => ({
    values: place('values', 'int8', [...rest, to - from]),
    scales: place('scales', 'float32', [to - from]),
  })
  const value = once(() => {
    switch (storage) {
      case 'float32':
        return place('values', 'float32', partShape)
      case 'float16':
        return graph.node('Cast', [place('values', 'float16', partShape)], { to: { type: 'float32' } })
      case 'int8': {
        const { values, scales } = quantized()
        const transposed = graph.node('DequantizeLinear', [values, scales], { axis: 1 }) // [columns, rows]
        return graph.node('Transpose', [transposed], { perm: [1, 0] })
      }
    }
  })
  return {
    value,
    shape: partShape,
    dtype: 'float32',
    weight: {
      rows: (a, b) => weightOperand(graph, inputs, of, shape, storage, [from + a, from + b]),
      ...(storage === 'int8' && { quantized }),
    },
  }
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined
  return () => (made ??= { value: make() }).value
}

function mapEntries<A, B>(record: Readonly<Record<string, A>>, fn: (value: A, name: string) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, fn(value, name)]))
}

const backends = new Map<Dialect, RecordingBackend>()

function backendName(dialect: Dialect): string {
  return `dreamlip-${dialect}`
}

function recordingBackend(dialect: Dialect): RecordingBackend {
  const known = backends.get(dialect)
  if (known) return known
  const backend = new RecordingBackend()
  const name = backendName(dialect)
  registerBackend(name, () => backend, 0)
  const rules = rulesOf(dialect)
  for (const [kernelName, rule] of Object.entries(rules)) {
    registerKernel({ kernelName, backendName: name, kernelFunc: recording(backend, kernelName, rule) })
  }
  for (const { kernelName } of getKernelsForBackend('cpu').filter(({ kernelName }) => !(kernelName in rules))) {
    registerKernel({ kernelName, backendName: name, kernelFunc: foldingOnly(backend, kernelName) })
  }
  backends.set(dialect, backend)
  return backend
}

function rulesOf(dialect: Dialect): Rules {
  if (dialect === 'onnx') return { ...plainRules, ...standardRules }
  const rules: Record<string, Rule> = { ...plainRules, ...fusedRules }
  // Its fused attention skips keys where there are many (microsoft/onnxruntime#28520): composed, it is right everywhere.
  if (dialect === 'onnxruntime-webgpu') delete rules.DreamLIPAttention
  return rules
}

type KernelFunc = KernelConfig['kernelFunc']

/** A kernel that adds its rule's operations to the graph; of constants it computes the result at once. */
function recording(backend: RecordingBackend, kernelName: string, rule: Rule): KernelFunc {
  return ({ inputs: given, attrs }) => {
    const inputs = present(given)
    const folded = fold(backend, kernelName, given, attrs ?? {})
    if (folded) return folded
    const operands = mapEntries(inputs, (tensor) => operandOf(backend, tensor))
    const outputs = rule(backend.recording!.graph, operands, attrs ?? {})
    const infos = [outputs].flat().map((operand) => infoOf(backend, operand))
    return Array.isArray(outputs) ? infos : infos[0]!
  }
}

/** The inputs that were given: tfjs names optional ones in any case. */
function present(inputs: NamedTensorInfoMap): Record<string, TensorInfo> {
  const given = Object.entries(inputs).filter(
    (entry): entry is [string, TensorInfo] => entry[1] !== null && entry[1] !== undefined,
  )
  return Object.fromEntries(given)
}

/** A kernel without a rule: constants can still go through it. */
function foldingOnly(backend: RecordingBackend, kernelName: string): KernelFunc {
  return ({ inputs, attrs }) => {
    const folded = fold(backend, kernelName, inputs, attrs ?? {})
    if (folded) return folded
    throw unrecordable(
      `the op '${kernelName}' has no counterpart in the compiled runtime`,
      'Express it by other ops, compute it before the function and pass it in, or run with { runtime: "eager" }.',
    )
  }
}

/** tfjs's CPU backend, kept from advising the user to install another one. */
const cpu = once(() => {
  const backend = new MathBackendCPU()
  Object.assign(backend, { firstUse: false })
  return backend
})

/** The result of a kernel whose inputs are all constants, computed by tfjs's CPU backend; undefined when they are not. */
function fold(
  backend: RecordingBackend,
  kernelName: string,
  inputs: NamedTensorInfoMap,
  attrs: NamedAttrMap,
): TensorInfo[] | TensorInfo | undefined {
  const kernel = getKernel(kernelName, 'cpu')
  if (!kernel) return undefined
  // Kernels of any number of inputs, such as Concat, take a list.
  const known = (Array.isArray(inputs) ? [] : {}) as Record<string, TensorInfo>
  for (const [name, { dataId, shape, dtype }] of Object.entries(present(inputs))) {
    const datum = backend.datum(dataId)
    if (!('values' in datum)) return undefined
    known[name] = cpu().makeTensorInfo(shape, dtype, datum.values as never)
  }
  const likeGiven = Array.isArray(inputs) ? (Object.values(known) as unknown as NamedTensorInfoMap) : known
  const results = kernel.kernelFunc({ inputs: likeGiven, attrs, backend: cpu() })
  const infos = [results].flat().map(({ dataId, shape, dtype }) => ({
    dataId: backend.write(cpu().readSync(dataId), shape, dtype),
    shape,
    dtype,
  }))
  return Array.isArray(results) ? infos : infos[0]!
}

/** The place in the graph of a tensor that a kernel was given. */
function operandOf(backend: RecordingBackend, { dataId, shape, dtype }: TensorInfo): Operand {
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
  return engine().makeTensorFromTensorInfo({ dataId, shape, dtype })
}

function unrecordable(what: string, remedy: string): DreamLIPError {
  const place = callerLine(new Error().stack, home)
  return new DreamLIPError('NOT_RECORDABLE', `compile: ${what}${place ? `, at ${place}` : ''}. ${remedy}`)
}
