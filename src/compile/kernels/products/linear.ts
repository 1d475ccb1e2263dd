/** `x · weightᵀ + bias`, in floating point, or in integers if the weight is stored as 8-bit integers. */
import type { GraphBuilder, Operand } from '../../graph'
import { gemm } from './matrix'
import { microsoft, output } from '../parts/rule'

/** `[rows, inputs] × [outputs, inputs] + [outputs] → [rows, outputs]` */
export function linear(graph: GraphBuilder, x: Operand, weight: Operand, bias?: Operand): Operand {
  const y = weight.weight?.quantized ? integerProduct(graph, x, weight, bias) : floatProduct(graph, x, weight, bias)
  return { ...y, product: { x, weight, bias } }
}

/** ONNX Runtime writes the bias of a product with one thread. A separate addition uses all threads, or is fused with the next operation. */
function floatProduct(graph: GraphBuilder, x: Operand, weight: Operand, bias?: Operand): Operand {
  const product = gemm(graph, x, weight, { transposeA: false, transposeB: true }) // [rows, outputs]
  return bias ? output(graph.node('Add', [product.value(), bias.value()]), product.shape, 'float32') : product
}

/** Rows of `x` become integers from -127 to 127, stored as 1 to 255. */
const largest = 127
const zeroPoint = 128

/**
 * Each row of `x` gets its own scale, from its largest magnitude. So the rounding of a row does not depend on other rows, and neither
 * the rest of a batch nor its padding changes a result.
 */
function integerProduct(graph: GraphBuilder, x: Operand, weight: Operand, bias?: Operand): Operand {
  const { values, scales } = weight.weight!.quantized!() // [inputs, outputs], [outputs]
  const float = (value: number) => graph.constant('float32', [value], [])
  const magnitude = graph.node('ReduceMax', [graph.node('Abs', [x.value()]), graph.ints([1])], { keepdims: 1 }) // [rows, 1]
  const step = graph.node('Mul', [graph.node('Max', [magnitude, float(1e-30)]), float(1 / largest)]) // [rows, 1]
  const zero = graph.constant('uint8', [zeroPoint], [])
  const integers = graph.node('QuantizeLinear', [graph.node('Div', [x.value(), step]), float(1), zero]) // [rows, inputs]
  const product = graph.node('MatMulIntegerToFloat', [integers, values, float(1), scales, zero], {}, microsoft) // [rows, outputs]
  const scaled = graph.node('Mul', [product, step]) // [rows, outputs]
  const value = bias ? graph.node('Add', [scaled, bias.value()]) : scaled
  return output(value, [x.shape[0]!, weight.shape[0]!], 'float32')
}
