/** The inner loops of resampling: weighted sums of pixels in Pillow's fixed-point arithmetic. */
import type { RawImage } from '../raw-image'
import { precisionBits, type Kernel } from './kernel'

/** Added to a sum, so that truncation rounds it. */
const half = 1 << (precisionBits - 1)

/** Rounds a sum to a byte, as Pillow's `clip8` does. */
function toByte(sum: number): number {
  const value = sum >> precisionBits
  return value < 0 ? 0 : value > 255 ? 255 : value
}

/** Computes one output pixel: the weighted sum of source pixels from `at`, `step` bytes apart. The sum always fits in 32 bits. */
type Blend = (
  source: RawImage['data'],
  at: number,
  step: number,
  channels: number,
  kernel: Kernel,
  position: number,
  data: Uint8Array,
  out: number,
) => void

/** The fastest function for this number of channels. */
export function blendOf(channels: number): Blend {
  return channels === 3 ? blendThree : channels === 4 ? blendFour : blendChannels
}

const blendChannels: Blend = (source, at, step, channels, { weights, lengths, stride }, position, data, out) => {
  const first = position * stride
  const end = first + lengths[position]!
  for (let c = 0; c < channels; c++) {
    let sum = half
    for (let i = first, from = at + c; i < end; i++, from += step) {
      sum = (sum + Math.imul(source[from]!, weights[i]!)) | 0
    }
    data[out + c] = toByte(sum)
  }
}

/** Three channels at once, as photographs have: twice as fast, because each weight is loaded once. */
const blendThree: Blend = (source, at, step, _, { weights, lengths, stride }, position, data, out) => {
  const first = position * stride
  const end = first + lengths[position]!
  let red = half
  let green = half
  let blue = half
  for (let i = first, from = at; i < end; i++, from += step) {
    const weight = weights[i]!
    red = (red + Math.imul(source[from]!, weight)) | 0
    green = (green + Math.imul(source[from + 1]!, weight)) | 0
    blue = (blue + Math.imul(source[from + 2]!, weight)) | 0
  }
  data[out] = toByte(red)
  data[out + 1] = toByte(green)
  data[out + 2] = toByte(blue)
}

/** The same with a fourth channel: alpha or ink. */
const blendFour: Blend = (source, at, step, _, { weights, lengths, stride }, position, data, out) => {
  const first = position * stride
  const end = first + lengths[position]!
  let one = half
  let two = half
  let three = half
  let four = half
  for (let i = first, from = at; i < end; i++, from += step) {
    const weight = weights[i]!
    one = (one + Math.imul(source[from]!, weight)) | 0
    two = (two + Math.imul(source[from + 1]!, weight)) | 0
    three = (three + Math.imul(source[from + 2]!, weight)) | 0
    four = (four + Math.imul(source[from + 3]!, weight)) | 0
  }
  data[out] = toByte(one)
  data[out + 1] = toByte(two)
  data[out + 2] = toByte(three)
  data[out + 3] = toByte(four)
}
