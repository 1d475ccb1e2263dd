/** Rules for kernels that move, cut, join and pick elements. */
import { backend_util, slice_util, util } from '@tensorflow/tfjs-core'
import type { GraphBuilder, Operand } from '../graph'
import { linear } from './linear'
import { axesOf, axisOf, output, reshape, transpose, type Rules } from './rule'

/** Where a slice that runs backwards through the first element ends: ONNX clamps it. */
const beforeFirst = -(2 ** 31)

/** Tensors joined along an axis that they have. */
function concat(graph: GraphBuilder, parts: readonly Operand[], axis: number): Operand {
  const shape = [...parts[0]!.shape]
  shape[axis] = parts.reduce((sum, part) => sum + part.shape[axis]!, 0)
  const nonEmpty = parts.filter((part) => util.sizeFromShape(part.shape) > 0)
  if (nonEmpty.length === 1) return nonEmpty[0]!
  const values = (nonEmpty.length === 0 ? parts : nonEmpty).map(({ value }) => value())
  return output(graph.node('Concat', values, { axis }), shape, parts[0]!.dtype)
}

/** A tensor cut along an axis into pieces of these sizes. */
function split(graph: GraphBuilder, x: Operand, sizes: readonly number[], axis: number): Operand[] {
  const values = graph.nodes('Split', [x.value(), graph.ints(sizes)], sizes.length, { axis })
  return values.map((value, i) => output(value, replaced(x.shape, axis, sizes[i]!), x.dtype))
}

/** Columns of a product with a parameter, each a product with rows of the parameter: nothing has to be cut. */
function splitProduct(
  graph: GraphBuilder,
  { shape, product }: Operand,
  sizes: readonly number[],
): Operand[] | undefined {
  const { weight } = product?.weight ?? {}
  const bias = product?.bias?.weight
  if (!product || !weight || Boolean(product.bias) !== Boolean(bias)) return undefined
  let from = 0
  return sizes.map((size) => {
    const to = from + size
    const part = linear(graph, product.x, weight.rows(from, to), bias?.rows(from, to))
    from = to
    return reshape(graph, part, replaced(shape, shape.length - 1, size))
  })
}

/** Ids that point at rows, as the int64 matrix that ONNX's ScatterND takes. */
function rowIds(graph: GraphBuilder, ids: Operand): string {
  const wide = graph.node('Cast', [ids.value()], { to: { type: 'int64' } })
  return graph.node('Reshape', [wide, graph.ints([util.sizeFromShape(ids.shape), 1])])
}

function zeros(graph: GraphBuilder, shape: readonly number[], x: Operand): string {
  const zero = graph.constant(x.dtype as 'float32' | 'int32', [0], [])
  return graph.node('Expand', [zero, graph.ints(shape)])
}

export const shapeRules: Rules = {
  Reshape: (graph, { x }, { shape }) => {
    const reshaped = reshape(graph, x!, util.inferFromImplicitShape(shape as number[], util.sizeFromShape(x!.shape)))
    return x!.product && reshaped.shape.at(-1) === x!.shape.at(-1) ? { ...reshaped, product: x!.product } : reshaped
  },
  ExpandDims: (graph, { input }, { dim }) => {
    const rank = input!.shape.length
    return reshape(graph, input!, inserted(input!.shape, axisOf(dim, rank + 1)))
  },
  Transpose: (graph, { x }, { perm }) => transpose(graph, x!, perm as number[]),
  Reverse: (graph, { x }, { dims }) => {
    const axes = axesOf(dims, x!.shape)
    if (axes.length === 0) return x!
    const last = axes.map(() => -1)
    const ends = axes.map(() => beforeFirst)
    const value = graph.node('Slice', [x!.value(), ...[last, ends, axes, last].map((v) => graph.ints(v))])
    return output(value, x!.shape, x!.dtype)
  },
  Slice: (graph, { x }, { begin, size }) => {
    const [starts, sizes] = slice_util.parseSliceParams(
      { shape: x!.shape, rank: x!.shape.length } as never,
      begin as number[],
      size as number[],
    ) as [number[], number[]]
    const ends = starts.map((start, i) => start + sizes[i]!)
    if (util.arraysEqual(sizes, x!.shape)) return x!
    if (x!.weight && util.arraysEqual(sizes.slice(1), x!.shape.slice(1))) return x!.weight.rows(starts[0]!, ends[0]!)
    return output(graph.node('Slice', [x!.value(), graph.ints(starts), graph.ints(ends)]), sizes, x!.dtype)
  },
  StridedSlice: (graph, { x }, attributes) => {
    const a = attributes as unknown as Record<'begin' | 'end' | 'strides', number[]> & Record<string, number>
    const info = slice_util.sliceInfo(
      x!.shape,
      a.begin,
      a.end,
      a.strides,
      a.beginMask!,
      a.endMask!,
      a.ellipsisMask!,
      a.newAxisMask!,
      a.shrinkAxisMask!,
    )
    const ends = info.end.map((end, i) => (info.strides[i]! < 0 && end < 0 ? beforeFirst : end))
    const axes = x!.shape.map((_, i) => i)
    const cut = graph.node('Slice', [x!.value(), ...[info.begin, ends, axes, info.strides].map((v) => graph.ints(v))])
    return reshape(graph, output(cut, info.finalShapeSparse, x!.dtype), info.finalShape)
  },
  Concat: (graph, inputs, { axis }) => {
    const parts = Object.values(inputs)
    return concat(graph, parts, axisOf(axis, parts[0]!.shape.length))
  },
  Pack: (graph, inputs, { axis }) => {
    const parts = Object.values(inputs)
    const at = axisOf(axis, parts[0]!.shape.length + 1)
    return concat(
      graph,
      parts.map((part) => reshape(graph, part, inserted(part.shape, at))),
      at,
    )
  },
  Unpack: (graph, { value }, { axis }) => {
    const at = axisOf(axis, value!.shape.length)
    const pieces = split(graph, value!, Array<number>(value!.shape[at]!).fill(1), at)
    return pieces.map((piece) =>
      reshape(
        graph,
        piece,
        piece.shape.filter((_, i) => i !== at),
      ),
    )
  },
  SplitV: (graph, { x }, { numOrSizeSplits, axis }) => {
    const at = axisOf(axis, x!.shape.length)
    const sizes = backend_util.prepareSplitSize({ shape: x!.shape } as never, numOrSizeSplits as number[], at)
    return (at === x!.shape.length - 1 && splitProduct(graph, x!, sizes)) || split(graph, x!, sizes, at)
  },
  Tile: (graph, { x }, { reps }) => {
    const counts = reps as number[]
    const shape = x!.shape.map((size, i) => size * counts[i]!)
    return output(graph.node('Tile', [x!.value(), graph.ints(counts)]), shape, x!.dtype)
  },
  BroadcastTo: (graph, { x }, { shape }) =>
    output(graph.node('Expand', [x!.value(), graph.ints(shape as number[])]), shape as number[], x!.dtype),
  PadV2: (graph, { x }, { paddings, constantValue }) => {
    const pads = paddings as [number, number][]
    const shape = x!.shape.map((size, i) => size + pads[i]![0] + pads[i]![1])
    const widths = graph.ints([...pads.map(([before]) => before), ...pads.map(([, after]) => after)])
    const filler = graph.constant(x!.dtype as 'float32' | 'int32', [constantValue as number], [])
    return output(graph.node('Pad', [x!.value(), widths, filler]), shape, x!.dtype)
  },
  MirrorPad: (graph, { x }, { paddings, mode }) => {
    const pads = paddings as [number, number][]
    const shape = x!.shape.map((size, i) => size + pads[i]![0] + pads[i]![1])
    const widths = graph.ints([...pads.map(([before]) => before), ...pads.map(([, after]) => after)])
    if (mode === 'reflect') return output(graph.node('Pad', [x!.value(), widths], { mode: 'reflect' }), shape, x!.dtype)
    return mirror(graph, x!, pads)
  },
  ZerosLike: (graph, { x }) => output(zeros(graph, x!.shape, x!), x!.shape, x!.dtype),
  OnesLike: (graph, { x }) => {
    const one = graph.constant(x!.dtype as 'float32' | 'int32' | 'bool', [1], [])
    return output(graph.node('Expand', [one, graph.ints(x!.shape)]), x!.shape, x!.dtype)
  },
  GatherV2: (graph, { x, indices }, { axis, batchDims }) => {
    const at = axisOf(axis ?? 0, x!.shape.length)
    const batch = (batchDims as number | undefined) ?? 0
    if (batch > 0) return gatherInBatches(graph, x!, indices!, at, batch)
    const shape = [...x!.shape.slice(0, at), ...indices!.shape, ...x!.shape.slice(at + 1)]
    return output(graph.node('Gather', [x!.value(), indices!.value()], { axis: at }), shape, x!.dtype)
  },
  GatherNd: (graph, { params, indices }) => {
    const depth = indices!.shape.at(-1)!
    const wide = graph.node('Cast', [indices!.value()], { to: { type: 'int64' } })
    const shape = [...indices!.shape.slice(0, -1), ...params!.shape.slice(depth)]
    return output(graph.node('GatherND', [params!.value(), wide]), shape, params!.dtype)
  },
  ScatterNd: (graph, { indices, updates }, { shape }) => {
    const wide = graph.node('Cast', [indices!.value()], { to: { type: 'int64' } })
    const sums = [zeros(graph, shape as number[], updates!), wide, updates!.value()]
    return output(graph.node('ScatterND', sums, { reduction: 'add' }), shape as number[], updates!.dtype)
  },
  UnsortedSegmentSum: (graph, { x, segmentIds }, { numSegments }) => {
    const shape = [numSegments as number, ...x!.shape.slice(1)]
    const sums = [zeros(graph, shape, x!), rowIds(graph, segmentIds!), x!.value()]
    return output(graph.node('ScatterND', sums, { reduction: 'add' }), shape, x!.dtype)
  },
  OneHot: (graph, { indices }, { depth, onValue, offValue, dtype }) => {
    const type = (dtype as 'float32' | 'int32' | undefined) ?? 'float32'
    const shape = [...indices!.shape, depth as number]
    // Compared with all classes: ids outside of them give a row without a one, as in tfjs.
    const classes = graph.constant('int32', rangeOf(depth as number))
    const column = graph.node('Reshape', [indices!.value(), graph.ints([...indices!.shape, 1])])
    const values = [onValue, offValue].map((value) => graph.constant(type, [value as number], []))
    return output(graph.node('Where', [graph.node('Equal', [column, classes]), ...values]), shape, type)
  },
}

function rangeOf(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i)
}

/** For each entry of the leading axes, a gather of its own. */
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
  const wide = graph.node('Cast', [indices.value()], { to: { type: 'int64' } })
  const column = graph.node('Reshape', [wide, graph.ints([...indices.shape, 1])])
  const shape = [...indices.shape, ...x.shape.slice(axis + 1)]
  return output(graph.node('GatherND', [x.value(), column], { batch_dims: batch }), shape, x.dtype)
}

/** Padding that repeats the border element too, which ONNX lacks: axis by axis, reversed ends are joined on. */
function mirror(graph: GraphBuilder, x: Operand, pads: readonly (readonly [number, number])[]): Operand {
  return pads.reduce((padded, [before, after], axis) => {
    const last = padded.shape[axis]! - 1
    /** `count` elements, backwards from `from`. */
    const backwards = (from: number, count: number) => {
      const to = from - count < 0 ? beforeFirst : from - count
      const bounds = [[from], [to], [axis], [-1]].map((values) => graph.ints(values))
      return output(graph.node('Slice', [padded.value(), ...bounds]), replaced(padded.shape, axis, count), padded.dtype)
    }
    const head = before > 0 ? [backwards(before - 1, before)] : []
    const tail = after > 0 ? [backwards(last, after)] : []
    return concat(graph, [...head, padded, ...tail], axis)
  }, x)
}

function replaced(shape: readonly number[], axis: number, size: number): number[] {
  return shape.map((old, i) => (i === axis ? size : old))
}

function inserted(shape: readonly number[], axis: number): number[] {
  return [...shape.slice(0, axis), 1, ...shape.slice(axis)]
}
