/** The windows that convolutions and pooling move over an image or a volume, from tfjs's computations. */
import type { backend_util } from '@tensorflow/tfjs-core'
import type { GraphBuilder, GraphNode, Operand } from '../../graph'
import { rangeOf, transpose } from '../parts/rule'

type Info = backend_util.Conv2DInfo | backend_util.Conv3DInfo

/** A size for each axis of space: height and width; for volumes, depth first. */
export interface Window {
  readonly kernel: readonly number[]
  readonly strides: readonly number[]
  readonly dilations: readonly number[]
  readonly inputs: readonly number[]
  readonly outputs: readonly number[]
  readonly before: readonly number[]
  /** Padding after the last element: as much as the last window needs. Negative if the last window omits elements. */
  readonly after: readonly number[]
}

export function windowOf(info: Info): Window {
  const volume = 'inDepth' in info ? info : undefined
  const sizes = (depth: number | undefined, ...plane: number[]) => (depth === undefined ? plane : [depth, ...plane])
  const kernel = sizes(volume?.filterDepth, info.filterHeight, info.filterWidth)
  const strides = sizes(volume?.strideDepth, info.strideHeight, info.strideWidth)
  const dilations = sizes(volume?.dilationDepth, info.dilationHeight, info.dilationWidth)
  const inputs = sizes(volume?.inDepth, info.inHeight, info.inWidth)
  const outputs = sizes(volume?.outDepth, info.outHeight, info.outWidth)
  const before = sizes(volume?.padInfo.front, info.padInfo.top, info.padInfo.left)
  const after = inputs.map((size, i) => {
    const extent = (kernel[i]! - 1) * dilations[i]! + 1
    return (outputs[i]! - 1) * strides[i]! + extent - before[i]! - size
  })
  return { kernel, strides, dilations, inputs, outputs, before, after }
}

/** A window as the attributes of an ONNX operator. */
export function attributesOf({ kernel, strides, dilations, before, after }: Window): GraphNode['attributes'] {
  const pads = [...before, ...after.map((size) => Math.max(0, size))]
  return { kernel_shape: kernel, strides, dilations, pads }
}

/** `[batch, …space, channels] → [batch, channels, …space]`, the layout of ONNX. */
export function channelsFirst(graph: GraphBuilder, x: Operand): Operand {
  const space = rangeOf(x.shape.length - 2)
  return transpose(graph, x, [0, x.shape.length - 1, ...space.map((axis) => axis + 1)])
}

/** `[batch, channels, …space] → [batch, …space, channels]` */
export function channelsLast(graph: GraphBuilder, x: Operand): Operand {
  const space = rangeOf(x.shape.length - 2)
  return transpose(graph, x, [0, ...space.map((axis) => axis + 2), 1])
}
