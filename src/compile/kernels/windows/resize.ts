/** Rules for resizing images, and its gradients. */
import type { ResizeBilinearAttrs } from '@tensorflow/tfjs-core'
import type { GraphBuilder, Operand } from '../../graph'
import { cast, constant, output, reshape, type Rules } from '../parts/rule'
import { channelsFirst, channelsLast } from './window'

/** How the positions of new elements are mapped to old ones. All kernels of this file have these attributes. */
type Places = Pick<ResizeBilinearAttrs, 'alignCorners' | 'halfPixelCenters'>

/** The distance between new elements, in units of old elements. */
function step(old: number, size: number, alignCorners: boolean): number {
  return alignCorners && size > 1 ? (old - 1) / (size - 1) : old / size
}

/** For each new element, the nearest old one. */
function nearest(old: number, size: number, { alignCorners, halfPixelCenters }: Places): number[] {
  const scale = step(old, size, alignCorners)
  return Array.from({ length: size }, (_, i) => {
    const place = scale * (halfPixelCenters ? i + 0.5 : i)
    return Math.min(old - 1, alignCorners ? Math.round(place) : Math.floor(place))
  })
}

/** The weight of each old element for each new one: `[size, old]`, row-major. */
type Weights = (old: number, size: number, attributes: Places) => Float32Array

const nearestWeights: Weights = (old, size, { alignCorners }) => {
  const weights = new Float32Array(size * old)
  nearest(old, size, { alignCorners, halfPixelCenters: false }).forEach((from, i) => (weights[i * old + from] = 1))
  return weights
}

/** tfjs's gradient always aligns corners, independent of the forward pass. */
const bilinearWeights: Weights = (old, size, { alignCorners }) => {
  const scale = step(old, size, alignCorners)
  const weights = new Float32Array(size * old)
  for (let i = 0; i < size; i++) {
    const place = i * scale
    const low = Math.floor(place)
    weights[i * old + low]! += 1 - (place - low)
    weights[i * old + Math.min(Math.ceil(place), old - 1)]! += place - low
  }
  return weights
}

/** The gradient of a resizing that is linear in each axis: the transposed weights, applied to rows and columns. */
function gradient(graph: GraphBuilder, images: Operand, dy: Operand, weightsOf: Weights, attributes: Places): Operand {
  const [batch, height, width, channels] = images.shape as [number, number, number, number]
  const [, newHeight, newWidth] = dy.shape as [number, number, number, number]
  const byRow = reshape(graph, dy, [batch, newHeight, newWidth * channels])
  const rows = applyTransposed(graph, weightsOf(height, newHeight, attributes), height, byRow) // [batch, height, newWidth · channels]
  const byColumn = reshape(graph, rows, [batch * height, newWidth, channels])
  const columns = applyTransposed(graph, weightsOf(width, newWidth, attributes), width, byColumn)
  return reshape(graph, columns, [batch, height, width, channels])
}

/** `[size, old]ᵀ × [batch, size, n] → [batch, old, n]` */
function applyTransposed(graph: GraphBuilder, weights: Float32Array, old: number, x: Operand): Operand {
  const [batch, size, n] = x.shape as [number, number, number]
  const transposed = Float32Array.from(weights, (_, i) => weights[(i % size) * old + Math.floor(i / size)]!)
  const matrix = constant(graph, 'float32', transposed, [old, size])
  return output(graph.node('MatMul', [matrix.value(), x.value()]), [batch, old, n], 'float32')
}

export const resizeRules: Rules = {
  ResizeBilinear: (graph, { images }, { alignCorners, halfPixelCenters, size: [newHeight, newWidth] }) => {
    const image = channelsFirst(graph, cast(graph, images!, 'float32'))
    const shape = [...image.shape.slice(0, 2), newHeight, newWidth]
    const places = alignCorners ? 'align_corners' : halfPixelCenters ? 'half_pixel' : 'asymmetric'
    const inputs = [image.value(), '', '', graph.ints(shape)]
    const value = graph.node('Resize', inputs, { mode: 'linear', coordinate_transformation_mode: places })
    return channelsLast(graph, output(value, shape, 'float32'))
  },
  ResizeNearestNeighbor: (graph, { images }, attributes) => {
    const pick = (x: Operand, axis: number, size: number) => {
      const from = nearest(x.shape[axis]!, size, attributes)
      const shape = x.shape.map((old, i) => (i === axis ? size : old))
      return output(graph.node('Gather', [x.value(), graph.ints(from)], { axis }), shape, x.dtype)
    }
    const [newHeight, newWidth] = attributes.size
    return pick(pick(images!, 1, newHeight), 2, newWidth)
  },
  ResizeBilinearGrad: (graph, { images, dy }, attributes) => gradient(graph, images!, dy!, bilinearWeights, attributes),
  ResizeNearestNeighborGrad: (graph, { images, dy }, attributes) =>
    gradient(graph, images!, dy!, nearestWeights, attributes),
}
