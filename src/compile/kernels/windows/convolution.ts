/** Rules for convolutions of images and volumes, and their gradients. */
import {
  backend_util,
  type Conv2DAttrs,
  type Conv3DAttrs,
  type DepthwiseConv2dNativeAttrs,
} from '@tensorflow/tfjs-core'
import type { GraphBuilder, Operand } from '../../graph'
import { activate, type Activated } from '../elementwise/activation'
import { broadcast, output, rangeOf, reshape, transpose, type Rule, type Rules } from '../parts/rule'
import { sliceAxis } from '../moves/shape'
import { attributesOf, channelsFirst, channelsLast, windowOf, type Window } from './window'

/** The attributes that all kernels of this file may have. */
interface Layout {
  readonly dataFormat?: string
}

/** A family of convolutions: each output channel sees all input channels, or only its own. */
interface Family<Attributes> {
  readonly window: (input: number[], filter: number[], attributes: Attributes) => Window
  readonly depthwise: boolean
}

type Optional<T, Name extends keyof T> = Omit<T, Name> & Partial<Pick<T, Name>>

const conv2D: Family<Optional<Conv2DAttrs, 'dilations' | 'dataFormat'>> = {
  depthwise: false,
  window: (input, filter, { strides, dilations = [1, 1], pad, dimRoundingMode, dataFormat }) =>
    windowOf(
      backend_util.computeConv2DInfo(
        input as [number, number, number, number],
        filter as [number, number, number, number],
        strides,
        dilations,
        pad,
        dimRoundingMode,
        false,
        backend_util.convertConv2DDataFormat(dataFormat ?? 'NHWC'),
      ),
    ),
}

const depthwise2D: Family<Optional<DepthwiseConv2dNativeAttrs, 'dataFormat'>> = {
  depthwise: true,
  window: (input, filter, { strides, dilations, pad, dimRoundingMode }) =>
    windowOf(
      backend_util.computeConv2DInfo(
        input as [number, number, number, number],
        filter as [number, number, number, number],
        strides,
        dilations ?? [1, 1],
        pad,
        dimRoundingMode,
        true,
      ),
    ),
}

const conv3D: Family<Optional<Conv3DAttrs, 'dilations' | 'dataFormat'>> = {
  depthwise: false,
  window: (input, filter, { strides, dilations, pad }) =>
    windowOf(
      backend_util.computeConv3DInfo(
        input as [number, number, number, number, number],
        filter as [number, number, number, number, number],
        strides,
        dilations ?? 1,
        pad,
      ),
    ),
}

/** Groups of input channels that are convolved separately. */
function groupsOf({ depthwise }: Family<never>, filter: readonly number[]): number {
  return depthwise ? filter.at(-2)! : 1
}

/** `[…kernel, inputs, outputs] → [outputs, inputs, …kernel]`; for depthwise filters, `[inputs · multiplier, 1, …kernel]`. */
function weightsOf(graph: GraphBuilder, filter: Operand, { depthwise }: Family<never>): Operand {
  const rank = filter.shape.length
  const kernel = rangeOf(rank - 2)
  const order = depthwise ? [rank - 2, rank - 1, ...kernel] : [rank - 1, rank - 2, ...kernel]
  const weights = transpose(graph, filter, order)
  if (!depthwise) return weights
  const [inputs, multiplier, ...size] = weights.shape as [number, number, ...number[]]
  return reshape(graph, weights, [inputs * multiplier, 1, ...size])
}

function convolve<Attributes extends Layout>(
  graph: GraphBuilder,
  x: Operand,
  filter: Operand,
  family: Family<Attributes>,
  attributes: Attributes,
): Operand {
  const window = family.window(x.shape, filter.shape, attributes)
  const first = attributes.dataFormat === 'NCHW'
  const weights = weightsOf(graph, filter, family)
  const image = first ? x : channelsFirst(graph, x)
  const shape = [x.shape[0]!, weights.shape[0]!, ...window.outputs]
  const group = groupsOf(family, filter.shape)
  const value = graph.node('Conv', [image.value(), weights.value()], { ...attributesOf(window), group })
  const result = output(value, shape, 'float32') // [batch, channels, …space]
  return first ? result : channelsLast(graph, result)
}

/** The gradient of the input, which is also tfjs's transposed convolution. */
function backpropInput<Attributes extends Layout>(
  family: Family<Attributes>,
): Rule<Attributes & { readonly inputShape: number[] }> {
  return (graph, { dy, filter }, attributes) => {
    const first = attributes.dataFormat === 'NCHW'
    const window = family.window(attributes.inputShape, filter!.shape, attributes)
    const gradient = first ? dy! : channelsFirst(graph, dy!)
    const channels = filter!.shape.at(-2)!
    const value = graph.node('ConvTranspose', [gradient.value(), weightsOf(graph, filter!, family).value()], {
      ...attributesOf(window),
      output_padding: window.after.map((size) => Math.max(0, -size)),
      group: groupsOf(family, filter!.shape),
    })
    const result = output(value, [gradient.shape[0]!, channels, ...window.inputs], 'float32')
    return first ? result : channelsLast(graph, result)
  }
}

/** The gradient of the filter: a convolution of the input with the gradient of the output, with the batch as channels. */
function backpropFilter<Attributes extends Layout>(
  family: Family<Attributes>,
): Rule<Attributes & { readonly filterShape: number[] }> {
  return (graph, { x, dy }, attributes) => {
    const { filterShape } = attributes
    const window = family.window(x!.shape, filterShape, attributes)
    const last = attributes.dataFormat !== 'NCHW'
    const byChannel = (y: Operand) => {
      const first = last ? channelsFirst(graph, y) : y
      return transpose(graph, first, [1, 0, ...window.kernel.map((_, i) => i + 2)]) // [channels, batch, …space]
    }
    const [input, gradient] = [byChannel(x!), byChannel(dy!)]
    const [channels, batch] = input.shape as [number, number]
    const images = family.depthwise ? reshape(graph, input, [1, channels * batch, ...window.inputs]) : input
    const value = graph.node('Conv', [images.value(), gradient.value()], {
      ...attributesOf({ ...window, kernel: window.outputs, strides: window.dilations, dilations: window.strides }),
      group: groupsOf(family, filterShape),
    })
    // If the last window omits elements, the result has rows without a weight.
    const sizes = window.kernel.map(
      (size, i) => size + Math.floor(Math.max(0, -window.after[i]!) / window.dilations[i]!),
    )
    const whole = output(value, [images.shape[0]!, gradient.shape[0]!, ...sizes], 'float32')
    const cut = window.kernel.reduce((rest, size, i) => sliceAxis(graph, rest, i + 2, 0, size), whole)
    const space = window.kernel.map((_, i) => i + 2)
    if (!family.depthwise) return transpose(graph, cut, [...space, 0, 1]) // […kernel, inputs, outputs]
    const apart = reshape(graph, cut, [channels, gradient.shape[0]! / channels, ...window.kernel])
    return transpose(graph, apart, [...space, 0, 1]) // […kernel, inputs, multiplier]
  }
}

function forward<Attributes extends Layout>(family: Family<Attributes>): Rule<Attributes> {
  return (graph, { x, filter }, attributes) => convolve(graph, x!, filter!, family, attributes)
}

/** With a bias and an activation function. */
function fusedForward<Attributes extends Layout>(family: Family<Attributes>): Rule<Attributes & Activated> {
  return (graph, { x, filter, bias, preluActivationWeights }, attributes) => {
    const convolved = convolve(graph, x!, filter!, family, attributes)
    const byChannel = (operand: Operand) =>
      attributes.dataFormat === 'NCHW' && operand.shape.length === 1
        ? reshape(graph, operand, [operand.shape[0]!, 1, 1])
        : operand
    const sum = bias ? broadcast(graph, 'Add', [convolved, byChannel(bias)]) : convolved
    return activate(graph, sum, attributes, preluActivationWeights && byChannel(preluActivationWeights))
  }
}

export const convolutionRules: Rules = {
  Conv2D: forward(conv2D),
  Conv2DBackpropInput: backpropInput(conv2D),
  Conv2DBackpropFilter: backpropFilter(conv2D),
  FusedConv2D: fusedForward(conv2D),
  DepthwiseConv2dNative: forward(depthwise2D),
  DepthwiseConv2dNativeBackpropInput: backpropInput(depthwise2D),
  DepthwiseConv2dNativeBackpropFilter: backpropFilter(depthwise2D),
  FusedDepthwiseConv2D: fusedForward(depthwise2D),
  Conv3D: forward(conv3D),
  Conv3DBackpropInputV2: backpropInput(conv3D),
  Conv3DBackpropFilterV2: backpropFilter(conv3D),
}
