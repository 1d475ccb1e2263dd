/** `x · weightᵀ + bias`, in floating point, or in the stored form of the weight: 8-bit or 4-bit integers. */
import { blockSize } from '../../../quantization/block-size'
import { unsignedZero } from '../../../quantization/unsigned'
import type { GraphBuilder, Operand } from '../../graph'
import { gemm } from './matrix'
import { microsoft, output } from '../parts/rule'

/** `[rows, inputs] × [outputs, inputs] + [outputs] → [rows, outputs]` */
export function linear(graph: GraphBuilder, x: Operand, weight: Operand, bias?: Operand): Operand {
  return { ...productOf(weight)(graph, x, weight, bias), product: { x, weight, bias } }
}

function productOf({ weight }: Operand) {
  if (weight?.quantized) return integerProduct
  return weight?.blocks ? blockProduct : floatProduct
}

/** ONNX Runtime writes the bias of a product with one thread. A separate addition uses all threads, or is fused with the next operation. */
function floatProduct(graph: GraphBuilder, x: Operand, weight: Operand, bias?: Operand): Operand {
  const product = gemm(graph, x, weight, { transposeA: false, transposeB: true }) // [rows, outputs]
  return bias ? output(graph.node('Add', [product.value(), bias.value()]), product.shape, 'float32') : product
}

/** ONNX Runtime's product with 4-bit integers: `[rows, inputs] × [outputs, inputs] + [outputs] → [rows, outputs]`. */
export function blockProduct(graph: GraphBuilder, x: Operand, weight: Operand, bias?: Operand): Operand {
  const { values, scales } = weight.weight!.blocks!() // [outputs, blocks, 16], [outputs, blocks]
  const [outputs, inputs] = weight.shape as [number, number]
  const attributes = { K: inputs, N: outputs, bits: 4, block_size: blockSize, accuracy_level: accuracy }
  const product = graph.node('MatMulNBits', [x.value(), values, scales], attributes, microsoft) // [rows, outputs]
  const value = bias ? graph.node('Add', [product, bias.value()]) : product
  return output(value, [x.shape[0]!, outputs], 'float32')
}

/** ONNX Runtime's name for products in float32. */
const accuracy = 1

/** Rows of `x` become integers from -127 to 127, stored as 1 to 255. */
const largest = 127

/**
 * Each row of `x` gets its own scale, from its largest magnitude. The rounding of a row is thus independent of other rows, and
 * neither the rest of a batch nor its padding changes a result.
 */
function integerProduct(graph: GraphBuilder, x: Operand, weight: Operand, bias?: Operand): Operand {
  const { values, scales, zero } = weight.weight!.quantized!() // [inputs, outputs], [outputs], []
  const float = (value: number) => graph.constant('float32', [value], [])
  const magnitude = graph.node('ReduceMax', [graph.node('Abs', [x.value()]), graph.ints([1])], { keepdims: 1 }) // [rows, 1]
  const step = graph.node('Mul', [graph.node('Max', [magnitude, float(1e-30)]), float(1 / largest)]) // [rows, 1]
  const xZero = graph.constant('uint8', [unsignedZero], [])
  const integers = graph.node('QuantizeLinear', [graph.node('Div', [x.value(), step]), float(1), xZero]) // [rows, inputs]
  const operands = [integers, values, float(1), scales, xZero, zero]
  const product = graph.node('MatMulIntegerToFloat', operands, {}, microsoft) // [rows, outputs]
  const scaled = graph.node('Mul', [product, step]) // [rows, outputs]
  const value = bias ? graph.node('Add', [scaled, bias.value()]) : scaled
  return output(value, [x.shape[0]!, weight.shape[0]!], 'float32')
}
