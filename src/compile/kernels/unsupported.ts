/** The tfjs kernels that cannot be compiled, with the reasons. Used in error messages and in docs/compiled-ops.md. */

/** Kernels without inputs. Their result is known when the function is recorded. */
export const constantKernels = ['Fill', 'LinSpace', 'Range'] as const

const complex = 'it works on complex numbers, which ONNX Runtime does not have'
const strings = 'it works on strings'
const valueShape = 'the shape of its result depends on values, and a graph has fixed shapes'
const host = 'it reads or draws pixels of a web page'
const chance = 'it draws random numbers; draw them outside of the function and pass them in'
const noOperator = 'ONNX has no operator for it'
const unused = 'no op of tfjs uses it'

/** Each kernel, and the end of the sentence "cannot be compiled: …". If all inputs are constants, tfjs's CPU backend computes it. */
export const unsupportedKernels: Readonly<Record<string, string>> = {
  BroadcastArgs: 'its result is a shape; write the shape as an array',
  BroadcastTo: unused,
  Complex: complex,
  ComplexAbs: complex,
  CropAndResize: noOperator,
  Dilation2D: noOperator,
  Dilation2DBackpropFilter: noOperator,
  Dilation2DBackpropInput: noOperator,
  Draw: host,
  FFT: complex,
  FromPixels: host,
  IFFT: complex,
  Imag: complex,
  LogSoftmax: unused,
  LogicalXor: unused,
  LowerBound: unused,
  MatrixBandPart: unused,
  Multinomial: chance,
  NonMaxSuppressionV3: valueShape,
  NonMaxSuppressionV4: noOperator,
  NonMaxSuppressionV5: valueShape,
  Pool: unused,
  RaggedGather: valueShape,
  RaggedRange: valueShape,
  RaggedTensorToTensor: valueShape,
  Real: complex,
  RotateWithOffset: noOperator,
  SparseFillEmptyRows: valueShape,
  SparseReshape: valueShape,
  SparseSegmentMean: valueShape,
  SparseSegmentSum: valueShape,
  StaticRegexReplace: strings,
  StringNGrams: strings,
  StringSplit: strings,
  StringToHashBucketFast: strings,
  Transform: noOperator,
  Unique: valueShape,
  UpperBound: unused,
}
