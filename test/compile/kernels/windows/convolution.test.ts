import * as tf from '@tensorflow/tfjs-core'
import { convolutionRules } from '../../../../src/compile/kernels/windows/convolution'
import { floats, of, specify, type Case } from '../specify'

type Stride = number | [number, number]
type Pad = 'same' | 'valid' | number | [[number, number], [number, number], [number, number], [number, number]]

/** Size of the filter, strides, padding, dilations; tfjs differentiates only convolutions without dilations. */
const windows: readonly [[number, number], Stride, Pad, number][] = [
  [[1, 1], 1, 'valid', 1],
  [[3, 3], 1, 'same', 1],
  [[3, 2], 2, 'same', 1],
  [[2, 3], [1, 2], 'valid', 1],
  [[3, 3], 3, 'valid', 1],
  [[2, 2], 3, 'valid', 1],
  [[3, 3], 2, 1, 1],
  [
    [3, 3],
    1,
    [
      [0, 0],
      [2, 1],
      [0, 2],
      [0, 0],
    ],
    1,
  ],
  [[3, 3], 1, 'same', 2],
  [[2, 3], 1, 'valid', 3],
]
const describeWindow = ([size, stride, pad, dilation]: (typeof windows)[number]) =>
  `${size.join('×')}, strides ${stride.toString()}, ${pad.toString()}, dilation ${dilation}`

const activations = ['linear', 'relu', 'relu6', 'elu', 'leakyrelu', 'sigmoid'] as const

const cases: Case[] = [
  ...windows.flatMap((window) => {
    const [size, stride, pad, dilation] = window
    const special = { noGradient: dilation > 1 }
    return [
      of(
        `conv2d ${describeWindow(window)}`,
        [floats([2, 8, 9, 3]), floats([...size, 3, 4])],
        (x: tf.Tensor4D, w: tf.Tensor4D) => tf.conv2d(x, w, stride, pad, 'NHWC', dilation),
        special,
      ),
      of(
        `depthwiseConv2d ${describeWindow(window)}`,
        [floats([2, 8, 8, 3]), floats([...size, 3, 2])],
        (x: tf.Tensor4D, w: tf.Tensor4D) =>
          tf.depthwiseConv2d(x, w, typeof stride === 'number' ? stride : 1, pad, 'NHWC', dilation),
        special,
      ),
    ]
  }),
  of(
    'conv2d of one image, rounded up',
    [floats([6, 6, 2]), floats([3, 3, 2, 2])],
    (x: tf.Tensor3D, w: tf.Tensor4D) => tf.conv2d(x, w, 2, 1, 'NHWC', 1, 'ceil'),
    { noGradient: true }, // tfjs's own gradient ignores the rounding
  ),
  of(
    'conv2d, channels first',
    [floats([2, 3, 6, 5]), floats([3, 3, 3, 4])],
    (x: tf.Tensor4D, w: tf.Tensor4D) => tf.conv2d(x, w, 1, 'same', 'NCHW'),
    { noGradient: true },
  ),
  of('conv1d', [floats([2, 9, 3]), floats([3, 3, 4])], (x: tf.Tensor3D, w: tf.Tensor3D) => tf.conv1d(x, w, 2, 'same')),
  of('conv2dTranspose', [floats([2, 4, 4, 3]), floats([3, 3, 2, 3])], (x: tf.Tensor4D, w: tf.Tensor4D) =>
    tf.conv2dTranspose(x, w, [2, 8, 8, 2], 2, 'same'),
  ),
  of(
    'separableConv2d',
    [floats([1, 6, 6, 2]), floats([3, 3, 2, 2]), floats([1, 1, 4, 5])],
    (x: tf.Tensor4D, d: tf.Tensor4D, p: tf.Tensor4D) => tf.separableConv2d(x, d, p, 1, 'same'),
  ),
  of('conv3d', [floats([2, 4, 5, 6, 2]), floats([2, 3, 2, 2, 3])], (x: tf.Tensor5D, w: tf.Tensor5D) =>
    tf.conv3d(x, w, 1, 'same'),
  ),
  of('conv3d with strides', [floats([1, 5, 5, 6, 2]), floats([2, 3, 2, 2, 3])], (x: tf.Tensor5D, w: tf.Tensor5D) =>
    tf.conv3d(x, w, [2, 2, 1], 'valid'),
  ),
  of(
    'conv3dTranspose',
    [floats([1, 2, 3, 3, 3]), floats([2, 2, 2, 2, 3])],
    (x: tf.Tensor5D, w: tf.Tensor5D) => tf.conv3dTranspose(x, w, [1, 4, 6, 6, 2], 2, 'same'),
    { noGradient: true },
  ),
  ...activations.flatMap((activation) => [
    of(
      `fused conv2d, ${activation}`,
      [floats([2, 6, 6, 3]), floats([3, 3, 3, 4]), floats([4])],
      (x: tf.Tensor4D, filter: tf.Tensor4D, bias: tf.Tensor) =>
        tf.fused.conv2d({ x, filter, bias, strides: 2, pad: 'same', activation, leakyreluAlpha: 0.2 }),
    ),
    of(
      `fused depthwiseConv2d, ${activation}`,
      [floats([2, 6, 6, 3]), floats([3, 3, 3, 2]), floats([6])],
      (x: tf.Tensor4D, filter: tf.Tensor4D, bias: tf.Tensor) =>
        tf.fused.depthwiseConv2d({ x, filter, bias, strides: 1, pad: 'valid', activation, leakyreluAlpha: 0.2 }),
    ),
  ]),
  of(
    'fused conv2d, prelu',
    [floats([1, 5, 5, 2]), floats([3, 3, 2, 4]), floats([4]), floats([4])],
    (x: tf.Tensor4D, filter: tf.Tensor4D, bias: tf.Tensor, preluActivationWeights: tf.Tensor) =>
      tf.fused.conv2d({ x, filter, bias, strides: 1, pad: 'valid', activation: 'prelu', preluActivationWeights }),
  ),
]

specify('convolutions', convolutionRules, cases)
