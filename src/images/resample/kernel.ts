/** The weights of Pillow's antialiased resampling (src/libImaging/Resample.c). */

/** Pillow keeps this many fractional bits in its coefficients. */
export const precisionBits = 22

/** The filter that computes a pixel of the result from the pixels around it. The names are Pillow's. */
export type Interpolation = 'nearest' | 'bilinear' | 'bicubic' | 'lanczos'

export const interpolations: readonly Interpolation[] = ['nearest', 'bilinear', 'bicubic', 'lanczos']

interface Filter {
  /** Half the width of the kernel, in source pixels at scale 1. */
  readonly support: number
  readonly weight: (x: number) => number
}

const filters: Readonly<Record<Exclude<Interpolation, 'nearest'>, Filter>> = {
  bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  bicubic: { support: 2, weight: bicubic },
  lanczos: { support: 3, weight: (x) => (Math.abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0) },
}

/** Keys' cubic convolution kernel with a = -0.5. */
function bicubic(x: number): number {
  const a = -0.5
  const distance = Math.abs(x)
  if (distance < 1) return ((a + 2) * distance - (a + 3)) * distance * distance + 1
  if (distance < 2) return (((distance - 5) * distance + 8) * distance - 4) * a
  return 0
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI)
}

/** For each output position: the first source position, and the weights of the source pixels from there. */
export interface Kernel {
  readonly starts: Int32Array
  readonly lengths: Int32Array
  /** Fixed-point weights, `stride` per output position. */
  readonly weights: Int32Array
  readonly stride: number
}

/** Weights for `count` output positions from `from`. When an image shrinks, the kernel gets wider: this is the antialiasing. */
export function makeKernel(
  interpolation: Exclude<Interpolation, 'nearest'>,
  inputs: number,
  outputs: number,
  from: number,
  count: number,
): Kernel {
  const filter = filters[interpolation]
  const scale = inputs / outputs
  const filterScale = Math.max(scale, 1)
  const support = filter.support * filterScale
  const stride = Math.ceil(support) * 2 + 1
  const starts = new Int32Array(count)
  const lengths = new Int32Array(count)
  const weights = new Int32Array(count * stride)
  const row = new Float64Array(stride)
  for (let i = 0; i < count; i++) {
    const center = (from + i + 0.5) * scale
    const start = Math.max(0, Math.trunc(center - support + 0.5))
    const length = Math.min(inputs, Math.trunc(center + support + 0.5)) - start
    let sum = 0
    for (let x = 0; x < length; x++) sum += row[x] = filter.weight((x + start - center + 0.5) * (1 / filterScale))
    for (let x = 0; x < length; x++) {
      const weight = (sum === 0 ? row[x]! : row[x]! / sum) * (1 << precisionBits)
      weights[i * stride + x] = Math.trunc(weight < 0 ? weight - 0.5 : weight + 0.5)
    }
    starts[i] = start
    lengths[i] = length
  }
  return { starts, lengths, weights, stride }
}
