/** The attributes of tfjs's kernels. tfjs declares their types, but passes them to kernels without a type. */
// eslint-disable-next-line no-restricted-imports -- these are types, not tfjs's internals
import type * as tf from '@tensorflow/tfjs-core'

/** The names of tfjs's kernels: each is exported as a constant with the same name. */
export type KernelName = {
  [Name in keyof typeof tf]: (typeof tf)[Name] extends Name ? Name : never
}[keyof typeof tf]

/** The attributes of a kernel, by its name. */
export type AttributesOf<Name> = Name extends keyof KernelAttributes ? KernelAttributes[Name] : object

interface KernelAttributes {
  All: tf.AllAttrs
  Any: tf.AnyAttrs
  ArgMax: tf.ArgMaxAttrs
  ArgMin: tf.ArgMinAttrs
  AvgPool: tf.AvgPoolAttrs
  AvgPool3D: tf.AvgPool3DAttrs
  AvgPool3DGrad: tf.AvgPool3DGradAttrs
  AvgPoolGrad: tf.AvgPoolGradAttrs
  BatchMatMul: tf.BatchMatMulAttrs
  BatchToSpaceND: tf.BatchToSpaceNDAttrs
  Bincount: tf.BincountAttrs
  Cast: tf.CastAttrs
  ClipByValue: tf.ClipByValueAttrs
  Concat: tf.ConcatAttrs
  Conv2D: tf.Conv2DAttrs
  Conv2DBackpropFilter: tf.Conv2DBackpropFilterAttrs
  Conv2DBackpropInput: tf.Conv2DBackpropInputAttrs
  Conv3D: tf.Conv3DAttrs
  Conv3DBackpropFilterV2: tf.Conv3DBackpropFilterV2Attrs
  Conv3DBackpropInputV2: tf.Conv3DBackpropInputV2Attrs
  Cumprod: tf.CumprodAttrs
  Cumsum: tf.CumsumAttrs
  DenseBincount: tf.DenseBincountAttrs
  DepthToSpace: tf.DepthToSpaceAttrs
  DepthwiseConv2dNative: tf.DepthwiseConv2dNativeAttrs
  DepthwiseConv2dNativeBackpropFilter: tf.DepthwiseConv2dNativeBackpropFilterAttrs
  DepthwiseConv2dNativeBackpropInput: tf.DepthwiseConv2dNativeBackpropInputAttrs
  Einsum: tf.EinsumAttrs
  ExpandDims: tf.ExpandDimsAttrs
  FusedBatchNorm: tf.FusedBatchNormAttrs
  FusedConv2D: tf.FusedConv2DAttrs
  FusedDepthwiseConv2D: tf.FusedDepthwiseConv2DAttrs
  GatherV2: tf.GatherV2Attrs
  LRN: tf.LRNAttrs
  LRNGrad: tf.LRNGradAttrs
  LeakyRelu: tf.LeakyReluAttrs
  Max: tf.MaxAttrs
  MaxPool: tf.MaxPoolAttrs
  MaxPool3D: tf.MaxPool3DAttrs
  MaxPool3DGrad: tf.MaxPool3DGradAttrs
  MaxPoolGrad: tf.MaxPoolGradAttrs
  MaxPoolWithArgmax: tf.MaxPoolWithArgmaxAttrs
  Mean: tf.MeanAttrs
  Min: tf.MinAttrs
  MirrorPad: tf.MirrorPadAttrs
  OneHot: tf.OneHotAttrs
  Pack: tf.PackAttrs
  PadV2: tf.PadV2Attrs
  Prod: tf.ProdAttrs
  Reshape: tf.ReshapeAttrs
  ResizeBilinear: tf.ResizeBilinearAttrs
  ResizeBilinearGrad: tf.ResizeBilinearGradAttrs
  ResizeNearestNeighbor: tf.ResizeNearestNeighborAttrs
  ResizeNearestNeighborGrad: tf.ResizeNearestNeighborGradAttrs
  Reverse: tf.ReverseAttrs
  ScatterNd: tf.ScatterNdAttrs
  SearchSorted: tf.SearchSortedAttrs
  Slice: tf.SliceAttrs
  Softmax: tf.SoftmaxAttrs
  SpaceToBatchND: tf.SpaceToBatchNDAttrs
  SparseToDense: tf.SparseToDenseAttrs
  SplitV: tf.SplitVAttrs
  Step: tf.StepAttrs
  StridedSlice: tf.StridedSliceAttrs
  Sum: tf.SumAttrs
  Tile: tf.TileAttrs
  TopK: tf.TopKAttrs
  Transpose: tf.TransposeAttrs
  Unpack: tf.UnpackAttrs
  UnsortedSegmentSum: tf.UnsortedSegmentSumAttrs
  _FusedMatMul: tf._FusedMatMulAttrs
}
