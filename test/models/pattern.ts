/** Pseudorandom numbers, the same here and in test/parity/models.py, so that goldens need no stored weights. */
import type { CLIPConfig } from '../../src/models/config/config'
import { parameterShapes } from '../../src/models/parameters'

/** Values in [-1, 1): a 32-bit hash of the stream's number and the element's index. */
export function pattern(stream: number, shape: readonly number[]): Float64Array {
  const size = shape.reduce((product, dimension) => product * dimension, 1)
  return Float64Array.from({ length: size }, (_, i) => {
    let z = (i + Math.imul(stream + 1, 0x9e3779b1)) | 0
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b)
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35)
    return ((z ^ (z >>> 16)) >>> 0) / 2 ** 31 - 1
  })
}

/** Weights for a whole model: gains near 1, layer scales near 0.5, everything else near 0. */
export function patternWeights(config: CLIPConfig): Map<string, { data: Float32Array; shape: number[] }> {
  return new Map(
    [...parameterShapes(config)].map(([name, shape], stream) => {
      const centre = name.endsWith('gamma') ? 0.5 : shape.length === 1 && name.endsWith('weight') ? 1 : 0
      return [name, { data: Float32Array.from(pattern(stream, shape), (value) => centre + 0.25 * value), shape }]
    }),
  )
}
