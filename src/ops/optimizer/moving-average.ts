/** Exponential moving averages. */
import { add, mul, type Tensor } from '@tensorflow/tfjs-core'
import { fused } from '../fused'

/** `decay · average + (1 - decay) · value`; all have the same shape. */
export function movingAverage(average: Tensor, value: Tensor, decay: number): Tensor {
  return fused('DreamLIPMovingAverage', { average, value }, { decay }, () =>
    add(mul(average, decay), mul(value, 1 - decay)),
  )
}
