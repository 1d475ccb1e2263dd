/** Finds NaN and infinite values fast, and reports them by name before they spread into every result. */
import { DreamLIPError } from '../../errors'
import { shorten } from '../../printable'

/** The largest float16. */
const largestHalf = 65_504

/** Whether no value is NaN or infinite. A sum of finite float32 values is finite in double precision; two sums run in parallel. */
export function isFinite(values: Float32Array): boolean {
  const whole = values.length - (values.length % 8)
  let [a, b] = [0, 0]
  for (let i = 0; i < whole; i += 8) {
    a += values[i]! + values[i + 1]! + (values[i + 2]! + values[i + 3]!)
    b += values[i + 4]! + values[i + 5]! + (values[i + 6]! + values[i + 7]!)
  }
  for (let i = whole; i < values.length; i++) a += values[i]!
  return Number.isFinite(a + b)
}

/** Describes values that are not all finite: how many are NaN or infinite, and where the first one is. */
export function describeNonFinite(values: Float32Array): string {
  const isWrong = (value: number) => !Number.isFinite(value)
  const first = values.findIndex(isWrong)
  const count = values.reduce((sum, value) => sum + (isWrong(value) ? 1 : 0), 0)
  return `${count} of ${values.length} values are NaN or infinite, the first one at ${first} (${values[first]})`
}

/** @throws DreamLIPError `TENSOR_INVALID` for weights that are NaN or infinite */
export function checkWeights(file: string, name: string, values: Float32Array): void {
  if (isFinite(values)) return
  throw new DreamLIPError(
    'TENSOR_INVALID',
    `${file}: tensor '${shorten(name, 200)}': expected finite weights; ${describeNonFinite(values)}. ` +
      'Training has diverged, or the file is damaged. Use an earlier checkpoint.',
  )
}

/** The first finite value that float16 can't hold. `findIndex` would take several times as long for a model's weights. */
function beyondHalf(values: Float32Array): number | undefined {
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!
    if ((value > largestHalf || value < -largestHalf) && Number.isFinite(value)) return value
  }
  return undefined
}

/** @throws DreamLIPError `INVALID_ARGUMENT` for a value that would become infinite in half precision */
export function checkFitsHalf(name: string, values: Float32Array, remedy: string): void {
  const value = beyondHalf(values)
  if (value === undefined) return
  throw new DreamLIPError(
    'INVALID_ARGUMENT',
    `tensor '${shorten(name, 200)}': its value ${value} is beyond float16's ${largestHalf}. ${remedy}`,
  )
}

/**
 * Checks a batch of results.
 * @param rows how many results there are
 * @param nameOf the name of a row's input, such as `images[3]`
 * @param indexOf the place of a row's input in the caller's list, if there is one
 * @throws DreamLIPError `RUN_FAILED` naming the first result that is NaN or infinite
 */
export function checkResults(
  values: Float32Array,
  rows: number,
  nameOf: (row: number) => string,
  indexOf?: (row: number) => number,
): void {
  if (isFinite(values)) return
  const width = values.length / rows
  const row = Math.floor(values.findIndex((value) => !Number.isFinite(value)) / width)
  throw new DreamLIPError(
    'RUN_FAILED',
    `${nameOf(row)}: expected a finite embedding; ${describeNonFinite(values.subarray(row * width, (row + 1) * width))}. ` +
      'The device computes wrong results, or the weights overflow. Run model.selfCheck(), and try dtype float32 or another device.',
    { index: indexOf?.(row) },
  )
}
