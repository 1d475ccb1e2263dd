/** Rules for pooling of images and volumes, and its gradients. */
import {
  backend_util,
  util,
  type AvgPool3DAttrs,
  type AvgPoolAttrs,
  type MaxPoolWithArgmaxAttrs,
} from '@tensorflow/tfjs-core'
import type { GraphBuilder, Operand } from '../../graph'
import {
  broadcast,
  cast,
  castValue,
  constant,
  filled,
  output,
  reshape,
  within,
  type Dtype,
  type Rule,
  type Rules,
} from '../parts/rule'
import { attributesOf, channelsFirst, channelsLast, windowOf, type Window } from './window'

/** The attributes that the kernels for images and for volumes share. */
type Common = 'filterSize' | 'strides' | 'pad'
type Attributes = (Pick<AvgPoolAttrs, Common> | Pick<AvgPool3DAttrs, Common>) & Pick<AvgPoolAttrs, 'dimRoundingMode'>

function poolWindow({ shape }: Operand, { filterSize, strides, pad, dimRoundingMode }: Attributes): Window {
  const compute = shape.length === 4 ? backend_util.computePool2DInfo : backend_util.computePool3DInfo
  return windowOf(compute(shape as never, filterSize as never, strides as never, 1, pad as never, dimRoundingMode))
}

/** `[batch, …space, channels]`, pooled as floats. */
function pool(op: 'MaxPool' | 'AveragePool'): Rule<Attributes> {
  return (graph, { x }, attributes) => {
    const window = poolWindow(x!, attributes)
    return within(graph, 'float32', x!, (numbers) => {
      const image = channelsFirst(graph, numbers)
      const { dilations: _, ...place } = attributesOf(window)
      const value = graph.node(op, [image.value()], place)
      return channelsLast(graph, output(value, [...image.shape.slice(0, 2), ...window.outputs], 'float32'))
    })
  }
}

/** The maxima and their flat indices in `[batch, channels, …space]`. */
function maxima(graph: GraphBuilder, x: Operand, window: Window): { values: Operand; places: Operand } {
  const image = channelsFirst(graph, cast(graph, x, 'float32'))
  const { dilations: _, ...place } = attributesOf(window)
  const [values, places] = graph.nodes('MaxPool', [image.value()], 2, place)
  const shape = [...image.shape.slice(0, 2), ...window.outputs]
  return { values: output(values!, shape, 'float32'), places: output(places!, shape, 'int32') }
}

/** Each gradient goes to the element that was the maximum. */
const maxPoolGradient: Rule<Attributes> = (graph, { dy, input }, attributes) => {
  const { places } = maxima(graph, input!, poolWindow(input!, attributes))
  const image = channelsFirst(graph, input!)
  const zeros = filled(graph, 'float32', 0, [util.sizeFromShape(image.shape)])
  const flat = (x: Operand) => reshape(graph, x, [util.sizeFromShape(x.shape)])
  const parts = [zeros, flat(places), flat(channelsFirst(graph, dy!))].map(({ value }) => value())
  const sums = output(graph.node('ScatterElements', parts, { axis: 0, reduction: 'add' }), zeros.shape, 'float32')
  return channelsLast(graph, reshape(graph, sums, image.shape))
}

/** Each gradient goes in equal parts to the elements of its window. tfjs includes the padding. */
const averagePoolGradient: Rule<Attributes> = (graph, { dy, input }, attributes) => {
  const window = poolWindow(input!, attributes)
  const size = util.sizeFromShape([...window.kernel])
  const gradient = channelsFirst(graph, dy!)
  const images = reshape(graph, gradient, [gradient.shape[0]! * gradient.shape[1]!, 1, ...window.outputs])
  const share = constant(graph, 'float32', Array<number>(size).fill(1 / size), [1, 1, ...window.kernel])
  const value = graph.node('ConvTranspose', [images.value(), share.value()], {
    ...attributesOf(window),
    output_padding: window.after.map((left) => Math.max(0, -left)),
  })
  const spread = output(value, [images.shape[0]!, 1, ...window.inputs], 'float32')
  return channelsLast(graph, reshape(graph, spread, [...gradient.shape.slice(0, 2), ...window.inputs]))
}

/** tfjs's flat indices are for `[batch, height, width, channels]`, without the batch unless it is requested. */
const maxPoolWithPlaces: Rule<MaxPoolWithArgmaxAttrs> = (graph, { x }, attributes) => {
  const { values, places } = maxima(graph, x!, poolWindow(x!, attributes))
  const [batch, height, width, channels] = x!.shape as [number, number, number, number]
  const number = (value: number) => output(graph.constant('int64', [value], []), [], 'int32')
  const inPlane = broadcast(graph, 'Mod', [places, number(height * width)]) // [batch, channels, rows, columns]
  const channel = output(graph.constant('int64', Array.from({ length: channels }, (_, i) => i), [channels, 1, 1]), [channels, 1, 1], 'int32') // prettier-ignore
  const inEntry = broadcast(graph, 'Add', [broadcast(graph, 'Mul', [inPlane, number(channels)]), channel])
  const starts = Array.from({ length: batch }, (_, i) =>
    attributes.includeBatchInIndex ? i * height * width * channels : 0,
  )
  const entry = output(graph.constant('int64', starts, [batch, 1, 1, 1]), [batch, 1, 1, 1], 'int32')
  const counted = broadcast(graph, 'Add', [inEntry, entry])
  return [
    cast(graph, channelsLast(graph, values), x!.dtype as Dtype),
    channelsLast(graph, output(castValue(graph, counted, 'int32'), counted.shape, 'int32')),
  ]
}

export const poolingRules: Rules = {
  AvgPool: pool('AveragePool'),
  AvgPoolGrad: averagePoolGradient,
  AvgPool3D: pool('AveragePool'),
  AvgPool3DGrad: averagePoolGradient,
  MaxPool: pool('MaxPool'),
  MaxPoolGrad: maxPoolGradient,
  MaxPool3D: pool('MaxPool'),
  MaxPool3DGrad: maxPoolGradient,
  MaxPoolWithArgmax: maxPoolWithPlaces,
}
