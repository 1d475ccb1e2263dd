/** Rules for kernels that gather or scatter elements by index. */
import { util } from '@tensorflow/tfjs-core'
import type { GraphBuilder, Operand } from '../../graph'
import {
  axisOf,
  broadcast,
  cast,
  castValue,
  constant,
  expand,
  filled,
  output,
  rangeOf,
  reshape,
  scalar,
  transpose,
  where,
  type Dtype,
  type Rules,
} from '../parts/rule'
import { countable } from '../elementwise/unary'
import { gemm } from '../products/matrix'
import { sliceAxis } from './shape'

/** Writes slices of `updates` into `base`. Indices: `[…, depth]`. */
function put(graph: GraphBuilder, base: Operand, indices: Operand, updates: Operand): Operand {
  const values = [base.value(), castValue(graph, indices, 'int64'), updates.value()]
  return output(graph.node('ScatterND', values), base.shape, base.dtype)
}

/**
 * Adds slices of `updates` to zeros. Indices: `[…, depth]`. ONNX Runtime's ScatterND adds in several threads and loses some values that
 * go to the same place. Its ScatterElements adds them one after the other.
 */
function sumInto(graph: GraphBuilder, indices: Operand, updates: Operand, shape: number[]): Operand {
  const depth = indices.shape.at(-1)!
  const places = util.sizeFromShape(shape.slice(0, depth))
  const width = util.sizeFromShape(shape.slice(depth))
  const count = util.sizeFromShape(indices.shape.slice(0, -1))
  const column = reshape(graph, linearIndices(graph, indices, shape.slice(0, depth)), [count, 1])
  const each = expand(graph, column, [count, width]).value() // [count, width]
  const values = [filled(graph, updates.dtype, 0, [places, width]), reshape(graph, updates, [count, width])]
  const [zeros, rows] = values.map(({ value }) => value()) as [string, string]
  const sums = graph.node('ScatterElements', [zeros, each, rows], { axis: 0, reduction: 'add' })
  return reshape(graph, output(sums, [places, width], updates.dtype), shape)
}

/** Flat indices into a tensor with these axes: `[…, depth] → […, 1]`. */
function linearIndices(graph: GraphBuilder, indices: Operand, axes: readonly number[]): Operand {
  if (axes.length === 1) return indices
  const strides = axes.map((_, axis) => util.sizeFromShape(axes.slice(axis + 1)))
  const parts = broadcast(graph, 'Mul', [indices, constant(graph, 'int32', strides, [axes.length])])
  const sums = graph.node('ReduceSum', [parts.value(), graph.ints([-1])], { keepdims: 1 })
  return output(sums, [...indices.shape.slice(0, -1), 1], 'int32')
}

/** A separate gather for each entry of the leading axes. */
function gatherInBatches(graph: GraphBuilder, x: Operand, indices: Operand, axis: number, batch: number): Operand {
  if (axis !== batch) {
    const order = [...rangeOf(batch), axis, ...rangeOf(x.shape.length).filter((i) => i >= batch && i !== axis)]
    const inFront = gatherInBatches(graph, transpose(graph, x, order), indices, batch, batch)
    const picked = indices.shape.length - batch
    const between = axis - batch
    const back = [
      ...rangeOf(batch),
      ...rangeOf(between).map((i) => batch + picked + i),
      ...rangeOf(picked).map((i) => batch + i),
      ...rangeOf(x.shape.length - axis - 1).map((i) => batch + picked + between + i),
    ]
    return transpose(graph, inFront, back)
  }
  const column = castValue(graph, reshape(graph, indices, [...indices.shape, 1]), 'int64')
  const shape = [...indices.shape, ...x.shape.slice(axis + 1)]
  return output(graph.node('GatherND', [x.value(), column], { batch_dims: batch }), shape, x.dtype)
}

/** The largest one-hot matrix of ids. */
const largestOneHot = 2 ** 22

/** Sums of finite rows with the same id; all ids must be in range: `[count]`, `[count, width] → [entries, width]`. */
export function sumById(graph: GraphBuilder, ids: Operand, rows: Operand, entries: number): Operand {
  const [count, width] = rows.shape as [number, number]
  if (entries * count > largestOneHot) return sumInto(graph, reshape(graph, ids, [count, 1]), rows, [entries, width])
  const places = constant(graph, 'int32', rangeOf(entries), [entries, 1])
  const hits = broadcast(graph, 'Equal', [places, reshape(graph, ids, [1, count])], 'bool') // [entries, count]
  return gemm(graph, cast(graph, hits, 'float32'), rows, { transposeA: false, transposeB: false }) // [entries, width]
}

/** Which ids are in [0, `count`). tfjs ignores the others. */
function inside(graph: GraphBuilder, ids: Operand, count: number): Operand {
  const fromZero = broadcast(graph, 'GreaterOrEqual', [ids, scalar(graph, 'int32', 0)], 'bool')
  return broadcast(graph, 'And', [fromZero, broadcast(graph, 'Less', [ids, scalar(graph, 'int32', count)], 'bool')])
}

/** Sums of the rows of `x` with the same id: `[rows, …], [rows] → [count, …]`. */
function segmentSum(graph: GraphBuilder, x: Operand, ids: Operand, count: number): Operand {
  const shape = [count, ...x.shape.slice(1)]
  if (count === 0) return filled(graph, x.dtype, 0, shape)
  const valid = inside(graph, ids, count)
  const inRows = reshape(graph, valid, [...ids.shape, ...x.shape.slice(1).map(() => 1)])
  const rows = where(graph, inRows, x, scalar(graph, x.dtype, 0))
  const column = reshape(graph, where(graph, valid, ids, scalar(graph, 'int32', 0)), [ids.shape[0]!, 1])
  return sumInto(graph, column, rows, shape)
}

/** The count of each of `size` numbers in a row, or the sum of its weights: `[rows, n] → [rows, size]`. */
function histogram(graph: GraphBuilder, x: Operand, weights: Operand, size: number): Operand {
  const [rows, columns] = x.shape as [number, number]
  const spare = size // the index for numbers that are not counted
  const bins = where(graph, inside(graph, x, size), x, scalar(graph, 'int32', spare)) // [rows, n]
  const starts = constant(
    graph,
    'int32',
    rangeOf(rows).map((row) => row * (size + 1)),
    [rows, 1],
  )
  const places = reshape(graph, broadcast(graph, 'Add', [bins, starts]), [rows * columns, 1])
  const type = weights.dtype as Dtype
  const counted = util.sizeFromShape(weights.shape) > 0 ? weights : filled(graph, type, 1, x.shape)
  const flat = reshape(graph, counted, [rows * columns])
  const sums = sumInto(graph, places, flat, [rows * (size + 1)])
  return sliceAxis(graph, reshape(graph, sums, [rows, size + 1]), 1, 0, size)
}

export const gatherRules: Rules = {
  GatherV2: (graph, { x, indices }, { axis, batchDims }) => {
    const at = axisOf(axis ?? 0, x!.shape.length)
    const batch = batchDims ?? 0
    if (batch > 0) return gatherInBatches(graph, x!, indices!, at, batch)
    const shape = [...x!.shape.slice(0, at), ...indices!.shape, ...x!.shape.slice(at + 1)]
    const { lookUp } = x!.weight ?? {}
    const rows = at === 0 && x!.shape.length === 2 && lookUp?.(indices!.value()) // […, columns]
    return output(rows || graph.node('Gather', [x!.value(), indices!.value()], { axis: at }), shape, x!.dtype)
  },
  GatherNd: (graph, { params, indices }) => {
    const depth = indices!.shape.at(-1)!
    const shape = [...indices!.shape.slice(0, -1), ...params!.shape.slice(depth)]
    return output(graph.node('GatherND', [params!.value(), castValue(graph, indices!, 'int64')]), shape, params!.dtype)
  },
  ScatterNd: (graph, { indices, updates }, { shape }) => {
    if (updates!.dtype !== 'bool') return sumInto(graph, indices!, updates!, shape)
    return put(graph, filled(graph, 'bool', 0, shape), indices!, updates!)
  },
  TensorScatterUpdate: (graph, { tensor, indices, updates }) => put(graph, tensor!, indices!, updates!),
  SparseToDense: (graph, { sparseIndices, sparseValues, defaultValue }, { outputShape: shape }) => {
    const { shape: given } = sparseIndices!
    const indices = given.length === 2 ? sparseIndices! : reshape(graph, sparseIndices!, [given[0] ?? 1, 1])
    const values = expand(graph, sparseValues!, [indices.shape[0]!])
    const filler = expand(graph, cast(graph, defaultValue!, values.dtype as Dtype), shape)
    return put(graph, filler, indices, values)
  },
  UnsortedSegmentSum: (graph, { x, segmentIds }, { numSegments }) => {
    const numbers = cast(graph, x!, countable(x!.dtype))
    return segmentSum(graph, numbers, segmentIds!, numSegments)
  },
  Bincount: (graph, { x, weights }, { size }) => {
    const row = reshape(graph, x!, [1, x!.shape[0]!])
    return reshape(graph, histogram(graph, row, weights!, size), [size])
  },
  DenseBincount: (graph, { x, weights }, { size: counts, binaryOutput }) => {
    if (x!.shape.length === 1) {
      const row = reshape(graph, x!, [1, x!.shape[0]!])
      return reshape(graph, histogram(graph, row, weights!, counts), [counts])
    }
    if (!binaryOutput) return histogram(graph, x!, weights!, counts)
    const unweighted = constant(graph, weights!.dtype as Dtype, [], [0])
    const occurrences = histogram(graph, x!, unweighted, counts)
    return broadcast(graph, 'Min', [occurrences, scalar(graph, occurrences.dtype, 1)])
  },
  Diag: (graph, { x }) => {
    const size = util.sizeFromShape(x!.shape)
    const positions = constant(graph, 'int32', rangeOf(size), [size])
    const diagonal = broadcast(graph, 'Equal', [reshape(graph, positions, [size, 1]), positions], 'bool')
    const square = where(graph, diagonal, reshape(graph, x!, [size]), scalar(graph, x!.dtype, 0))
    return reshape(graph, square, [...x!.shape, ...x!.shape])
  },
  OneHot: (graph, { indices }, { depth, onValue, offValue, dtype }) => {
    const type = (dtype ?? 'float32') as Dtype
    // Each id is compared with all classes. An id outside the classes becomes a row of zeros, as in tfjs.
    const classes = constant(graph, 'int32', rangeOf(depth), [depth])
    const column = reshape(graph, indices!, [...indices!.shape, 1])
    const hit = broadcast(graph, 'Equal', [column, classes], 'bool')
    return where(graph, hit, scalar(graph, type, onValue), scalar(graph, type, offValue))
  },
}
