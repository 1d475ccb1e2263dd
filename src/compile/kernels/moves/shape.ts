/** Rules for kernels that move, slice and concatenate elements. */
import { backend_util, slice_util, util } from '@tensorflow/tfjs-core'
import type { GraphBuilder, Operand } from '../../graph'
import { linear } from '../products/linear'
import { axesOf, axisOf, output, rangeOf, reshape, transpose, type Rules } from '../parts/rule'

/** The end of a backward slice that includes the first element. ONNX clamps it. */
const beforeFirst = -(2 ** 31)

/** Concatenates tensors along an existing axis. */
export function concat(graph: GraphBuilder, parts: readonly Operand[], axis: number): Operand {
  const shape = [...parts[0]!.shape]
  shape[axis] = parts.reduce((sum, part) => sum + part.shape[axis]!, 0)
  const nonEmpty = parts.filter((part) => util.sizeFromShape(part.shape) > 0)
  if (nonEmpty.length === 1) return nonEmpty[0]!
  const values = (nonEmpty.length === 0 ? parts : nonEmpty).map(({ value }) => value())
  return output(graph.node('Concat', values, { axis }), shape, parts[0]!.dtype)
}

/** Splits a tensor along an axis into pieces of these sizes. */
function split(graph: GraphBuilder, x: Operand, sizes: readonly number[], axis: number): Operand[] {
  const values = graph.nodes('Split', [x.value(), graph.ints(sizes)], sizes.length, { axis })
  return values.map((value, i) => output(value, replaced(x.shape, axis, sizes[i]!), x.dtype))
}

/** Splits the columns of a product with a parameter: each piece is a product with rows of the parameter, without a slice. */
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

/** `size` elements of an axis. */
export function sliceAxis(graph: GraphBuilder, x: Operand, axis: number, begin: number, size: number): Operand {
  if (size === x.shape[axis]) return x
  const bounds = [[begin], [begin + size], [axis]].map((values) => graph.ints(values))
  return output(graph.node('Slice', [x.value(), ...bounds]), replaced(x.shape, axis, size), x.dtype)
}

/** Cuts a box out of a tensor. */
function slice(graph: GraphBuilder, x: Operand, begin: readonly number[], size: number[]): Operand {
  if (util.arraysEqual(size, x.shape)) return x
  const end = begin.map((start, i) => start + size[i]!)
  if (x.weight && util.arraysEqual(size.slice(1), x.shape.slice(1))) return x.weight.rows(begin[0]!, end[0]!)
  return output(graph.node('Slice', [x.value(), graph.ints(begin), graph.ints(end)]), size, x.dtype)
}

/** Reverses a tensor along some axes. */
export function reverse(graph: GraphBuilder, x: Operand, axes: readonly number[]): Operand {
  if (axes.length === 0) return x
  const last = axes.map(() => -1)
  const ends = axes.map(() => beforeFirst)
  const value = graph.node('Slice', [x.value(), ...[last, ends, axes, last].map((values) => graph.ints(values))])
  return output(value, x.shape, x.dtype)
}

/** Padding with a constant value, or with the mirrored elements next to the border. */
export function pad(
  graph: GraphBuilder,
  x: Operand,
  paddings: readonly (readonly [number, number])[],
  filling: number | 'reflect',
): Operand {
  const shape = x.shape.map((size, i) => size + paddings[i]![0] + paddings[i]![1])
  if (util.arraysEqual(shape, x.shape)) return x
  const widths = graph.ints([...paddings.map(([before]) => before), ...paddings.map(([, after]) => after)])
  if (filling === 'reflect') return output(graph.node('Pad', [x.value(), widths], { mode: 'reflect' }), shape, x.dtype)
  const filler = graph.constant(x.dtype as 'float32' | 'int32' | 'bool', [filling], [])
  return output(graph.node('Pad', [x.value(), widths, filler]), shape, x.dtype)
}

/** Mirror padding that also repeats the border element. ONNX does not have it, so reversed ends are concatenated axis by axis. */
function mirror(graph: GraphBuilder, x: Operand, paddings: readonly (readonly [number, number])[]): Operand {
  return paddings.reduce((padded, [before, after], axis) => {
    const size = padded.shape[axis]!
    const ends = [
      ...(before > 0 ? [reverse(graph, sliceAxis(graph, padded, axis, 0, before), [axis])] : []),
      padded,
      ...(after > 0 ? [reverse(graph, sliceAxis(graph, padded, axis, size - after, after), [axis])] : []),
    ]
    return concat(graph, ends, axis)
  }, x)
}

/** Arranges blocks of channels as squares: `[batch, height, width, block² · depth] → [batch, height · block, width · block, depth]`. */
function depthToSpace(graph: GraphBuilder, x: Operand, block: number): Operand {
  const [batch, height, width, channels] = x.shape as [number, number, number, number]
  const depth = channels / block ** 2
  const apart = reshape(graph, x, [batch, height, width, block, block, depth])
  const beside = transpose(graph, apart, [0, 1, 3, 2, 4, 5]) // [batch, height, block, width, block, depth]
  return reshape(graph, beside, [batch, height * block, width * block, depth])
}

/** Dimensions of the axes that a block splits, moved to the batch. */
function spaceToBatch(graph: GraphBuilder, x: Operand, blocks: number[]): Operand {
  const size = util.sizeFromShape(blocks)
  const split = backend_util.getReshaped(x.shape, blocks, size, false)
  const order = backend_util.getPermuted(split.length, blocks.length, false)
  const joined = backend_util.getReshapedPermuted(x.shape, blocks, size, false)
  return reshape(graph, transpose(graph, reshape(graph, x, split), order), joined)
}

/** The inverse. */
function batchToSpace(graph: GraphBuilder, x: Operand, blocks: number[]): Operand {
  const size = util.sizeFromShape(blocks)
  const split = backend_util.getReshaped(x.shape, blocks, size)
  const order = backend_util.getPermuted(split.length, blocks.length)
  const joined = backend_util.getReshapedPermuted(x.shape, blocks, size)
  return reshape(graph, transpose(graph, reshape(graph, x, split), order), joined)
}

export const shapeRules: Rules = {
  Reshape: (graph, { x }, { shape }) => {
    const reshaped = reshape(graph, x!, util.inferFromImplicitShape(shape, util.sizeFromShape(x!.shape)))
    return x!.product && reshaped.shape.at(-1) === x!.shape.at(-1) ? { ...reshaped, product: x!.product } : reshaped
  },
  ExpandDims: (graph, { input }, { dim }) => {
    const rank = input!.shape.length
    return reshape(graph, input!, inserted(input!.shape, axisOf(dim, rank + 1)))
  },
  Transpose: (graph, { x }, { perm }) => transpose(graph, x!, perm),
  Reverse: (graph, { x }, { dims }) => reverse(graph, x!, axesOf(dims, x!.shape)),
  FlipLeftRight: (graph, { image }) => reverse(graph, image!, [2]),
  Slice: (graph, { x }, { begin, size }) => {
    const like = { shape: x!.shape, rank: x!.shape.length } as never
    const [starts, sizes] = slice_util.parseSliceParams(like, begin, size)
    return slice(graph, x!, starts!, sizes!)
  },
  StridedSlice: (graph, { x }, a) => {
    const info = slice_util.sliceInfo(
      x!.shape,
      a.begin,
      a.end,
      a.strides,
      a.beginMask,
      a.endMask,
      a.ellipsisMask,
      a.newAxisMask,
      a.shrinkAxisMask,
    )
    const ends = info.end.map((end, i) => (info.strides[i]! < 0 && end < 0 ? beforeFirst : end))
    const axes = rangeOf(x!.shape.length)
    const cut = graph.node('Slice', [x!.value(), ...[info.begin, ends, axes, info.strides].map((v) => graph.ints(v))])
    const sizes = axes.map((i) => Math.max(0, Math.ceil((info.end[i]! - info.begin[i]!) / info.strides[i]!)))
    return reshape(graph, output(cut, sizes, x!.dtype), info.finalShape)
  },
  Concat: (graph, inputs, { axis }) => {
    const parts = Object.values(inputs)
    return concat(graph, parts, axisOf(axis, parts[0]!.shape.length))
  },
  Pack: (graph, inputs, { axis }) => {
    const parts = Object.values(inputs)
    const at = axisOf(axis, parts[0]!.shape.length + 1)
    const columns = parts.map((part) => reshape(graph, part, inserted(part.shape, at)))
    return concat(graph, columns, at)
  },
  Unpack: (graph, { value }, { axis }) => {
    const at = axisOf(axis, value!.shape.length)
    const shape = value!.shape.filter((_, i) => i !== at)
    const pieces = split(graph, value!, Array<number>(value!.shape[at]!).fill(1), at)
    return pieces.map((piece) => reshape(graph, piece, shape))
  },
  SplitV: (graph, { x }, { numOrSizeSplits, axis }) => {
    const at = axisOf(axis, x!.shape.length)
    const sizes = backend_util.prepareSplitSize({ shape: x!.shape } as never, numOrSizeSplits, at)
    return (at === x!.shape.length - 1 && splitProduct(graph, x!, sizes)) || split(graph, x!, sizes, at)
  },
  Tile: (graph, { x }, { reps: counts }) => {
    const shape = x!.shape.map((size, i) => size * counts[i]!)
    return output(graph.node('Tile', [x!.value(), graph.ints(counts)]), shape, x!.dtype)
  },
  PadV2: (graph, { x }, { paddings, constantValue }) => pad(graph, x!, paddings, constantValue),
  MirrorPad: (graph, { x }, { paddings, mode }) =>
    mode === 'reflect' ? pad(graph, x!, paddings, 'reflect') : mirror(graph, x!, paddings),
  DepthToSpace: (graph, { x }, { blockSize, dataFormat }) => {
    if (dataFormat === 'NHWC') return depthToSpace(graph, x!, blockSize)
    const laidOut = depthToSpace(graph, transpose(graph, x!, [0, 2, 3, 1]), blockSize)
    return transpose(graph, laidOut, [0, 3, 1, 2])
  },
  SpaceToBatchND: (graph, { x }, { blockShape: blocks, paddings }) => {
    const inner = x!.shape.slice(1 + blocks.length).map(() => [0, 0] as const)
    const sides = paddings.map(([before, after]) => [before!, after!] as const)
    const padded = pad(graph, x!, [[0, 0], ...sides, ...inner], 0)
    return spaceToBatch(graph, padded, blocks)
  },
  BatchToSpaceND: (graph, { x }, { blockShape: blocks, crops }) => {
    const whole = batchToSpace(graph, x!, blocks)
    const begin = backend_util.getSliceBeginCoords(crops, blocks.length)
    const size = backend_util.getSliceSize(whole.shape, crops, blocks.length)
    const inner = whole.shape.slice(size.length)
    return slice(graph, whole, [...begin, ...inner.map(() => 0)], [...size, ...inner])
  },
}

function replaced(shape: readonly number[], axis: number, size: number): number[] {
  return shape.map((old, i) => (i === axis ? size : old))
}

function inserted(shape: readonly number[], axis: number): number[] {
  return [...shape.slice(0, axis), 1, ...shape.slice(axis)]
}
